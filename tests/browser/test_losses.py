"""Connections, pages and servers go away in the middle of an answer; nothing that was sent may."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat import Visitor
from tests.browser.live_site import Database, LiveSite
from tests.fakes.model_server import ModelServer

REFUND = "Can I get a refund for a yearly plan?"
LONG = " ".join(f"Step {number} of the long story is told in full [1]." for number in range(1, 22))
WHOLE = re.compile(r"Step 1 of .*Step 21 of the long story is told in full", re.S)


@pytest.fixture
def mortal_site(
    live_site: LiveSite, database: Database, fake_model: ModelServer
) -> Iterator[LiveSite]:
    """A web server of one test's own, to be killed."""
    with LiveSite(
        database,
        worker=False,
        OPENAI_BASE_URL=fake_model.base_url,
        OPENAI_API_KEY="unused",
        CACHE_ON="0",
    ) as site:
        yield site


def test_a_reload_in_mid_answer_shows_the_text_so_far_and_the_rest(
    model_visitor: Visitor, model: ModelServer
) -> None:
    model.say(LONG).delay(0.02)
    chat = model_visitor.chat().open()
    chat.send(REFUND)
    chat.streaming(at_least=60)
    model_visitor.page.reload()

    chat.streaming(at_least=60)
    expect(chat.finished().locator(".answer-text")).to_have_text(WHOLE)
    expect(chat.turns).to_have_count(1)
    assert len(model.chats()) == 1


def test_a_second_tab_in_mid_answer_shows_the_same_answer(
    model_visitor: Visitor, model: ModelServer
) -> None:
    model.say(LONG).delay(0.02)
    chat = model_visitor.chat().open()
    chat.send(REFUND)
    chat.streaming()
    second = model_visitor.chat(model_visitor.context.new_page())
    second.page.goto(model_visitor.page.url)

    second.streaming()
    expect(second.finished().locator(".answer-text")).to_have_text(WHOLE)
    answer = chat.finished().locator(".answer-text").inner_text()
    assert second.last.locator(".answer-text").inner_text() == answer
    assert len(model.chats()) == 1


def test_offline_in_mid_answer_is_said_and_made_good(
    model_visitor: Visitor, model: ModelServer
) -> None:
    model.say(LONG).delay(0.02)
    chat = model_visitor.chat().open()
    chat.send(REFUND)
    chat.streaming()
    model_visitor.context.set_offline(True)
    expect(chat.notice).to_contain_text("You are offline")
    model_visitor.context.set_offline(False)

    expect(chat.notice).to_be_hidden()
    expect(chat.finished().locator(".answer-text")).to_have_text(WHOLE)
    expect(chat.turns).to_have_count(1)


def test_a_question_asked_offline_is_sent_on_return(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.ask(REFUND)
    visitor.context.set_offline(True)
    expect(chat.notice).to_contain_text("You are offline")
    chat.send("How do I cancel my plan?")
    expect(visitor.page.locator(".turn-pending")).to_contain_text("How do I cancel my plan?")
    visitor.context.set_offline(False)

    expect(chat.turns).to_have_count(2)
    expect(chat.finished()).to_contain_text("How do I cancel my plan?")
    expect(visitor.page.locator(".turn-pending")).to_have_count(0)


def test_a_question_asked_offline_can_be_taken_back(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.ask(REFUND)
    visitor.context.set_offline(True)
    chat.send("How do I cancel my plan?")
    visitor.page.get_by_role("button", name="Stop the answer").click()

    expect(visitor.page.locator(".turn-pending")).to_have_count(0)
    expect(chat.box).to_have_value("How do I cancel my plan?")


def test_a_killed_server_loses_no_question_and_try_again_works(
    chromium: Browser, mortal_site: LiveSite, model: ModelServer, database: Database
) -> None:
    model.say(LONG).delay(0.1)
    with Visitor(chromium, mortal_site.url) as visitor:
        chat = visitor.chat().open()
        chat.send(REFUND)
        chat.streaming(at_least=60)
        mortal_site.web.kill()
        expect(chat.notice).to_contain_text("The connection was lost", timeout=5_000)
        chat.box.fill("And on a monthly plan?")
        mortal_site.web.start()
        mortal_site.wait_until_ready()

        turn = chat.finished("interrupted")
        expect(turn).to_contain_text("The answer was interrupted on our side")
        expect(turn).to_contain_text(REFUND)
        expect(chat.box).to_have_value("And on a monthly plan?")
        model.reset()
        turn.get_by_role("button", name="Try again").click()
        expect(chat.finished().locator(".answer-text a.citation").first).to_be_visible()
        expect(chat.turns).to_have_count(1)
    running = "SELECT count(*) FROM conversations_turn WHERE state IN ('waiting', 'streaming')"
    assert database.value(running) == 0


def test_a_question_sent_into_a_dying_server_arrives_once(
    chromium: Browser, mortal_site: LiveSite, model: ModelServer
) -> None:
    with Visitor(chromium, mortal_site.url) as visitor:
        chat = visitor.chat().open()
        chat.ask(REFUND)
        mortal_site.web.kill()
        chat.send("How do I cancel my plan?")
        visitor.page.wait_for_timeout(300)
        mortal_site.web.start()

        expect(chat.turns).to_have_count(2, timeout=30_000)
        chat.finished()
        visitor.page.reload()
        expect(chat.turns).to_have_count(2)


def test_with_sockets_blocked_the_answer_still_comes(
    model_visitor: Visitor, model: ModelServer
) -> None:
    model.say(LONG).delay(0.03)
    model_visitor.page.add_init_script(
        "WebSocket = class extends EventTarget {"
        "  readyState = 3;"
        "  constructor() {"
        "    super();"
        "    setTimeout(() => this.dispatchEvent(new CloseEvent('close', { code: 1006 })));"
        "  }"
        "  close() {}"
        "}; WebSocket.OPEN = 1;"
    )
    chat = model_visitor.chat().open()
    chat.send(REFUND)
    expect(chat.finished().locator(".answer-text")).to_have_text(WHOLE)

    model.reset()
    chat.send("How do I cancel my plan?")
    expect(chat.turns).to_have_count(2)
    chat.finished()


def test_with_the_chats_scripts_blocked_the_answer_still_comes(
    model_visitor: Visitor, model: ModelServer
) -> None:
    model.say(LONG).delay(0.01)
    model_visitor.page.route("**/js/conversation/*.js", lambda route: route.abort())
    chat = model_visitor.chat().open()
    chat.box.fill(REFUND)
    model_visitor.page.get_by_role("button", name="Send", exact=True).click()

    expect(chat.page.get_by_role("button", name="Stop")).to_be_visible()
    expect(chat.finished().locator(".answer-text")).to_have_text(WHOLE)


def test_a_first_question_offline_stays_in_the_box(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    visitor.context.set_offline(True)
    chat.send(REFUND)
    expect(chat.notice).to_contain_text("You are offline")
    expect(chat.box).to_have_value(REFUND)
    visitor.context.set_offline(False)
    chat.box.press("Enter")
    chat.finished()


def test_a_model_that_breaks_off_is_never_shown_as_whole(
    model_visitor: Visitor, model: ModelServer
) -> None:
    model.say(LONG).cut_after(tokens=8)
    turn = model_visitor.chat().open().send(REFUND).finished("failed")

    expect(turn).to_contain_text("The answer broke off here; it is unfinished")
    expect(turn.get_by_role("button", name="Helpful", exact=True)).to_have_count(0)
    expect(turn.get_by_role("button", name="Try again")).to_be_visible()


def test_with_the_model_down_the_articles_are_quoted_and_that_is_said(
    model_visitor: Visitor, model: ModelServer
) -> None:
    model.fault("503")
    turn = model_visitor.chat().open().ask(REFUND)

    expect(turn).to_contain_text("The AI model can’t be reached")
    expect(turn).to_contain_text("Quoted from the articles")
    expect(turn.locator(".answer-text")).to_contain_text("30 days")


def test_a_slow_model_is_said_to_be_slow(model_visitor: Visitor, model: ModelServer) -> None:
    model.say("It takes a while [1].").delay_first(8)
    chat = model_visitor.chat().open()
    chat.send(REFUND)
    stage = model_visitor.page.locator(".stage")
    expect(stage).to_contain_text("taking longer than usual", timeout=10_000)
    chat.finished()
