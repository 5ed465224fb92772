"""Without scripts the whole product works as pages and forms."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat import Visitor
from tests.browser.live_site import Database, LiveSite
from tests.fakes.model_server import ModelServer

REFUND = "Can I get a refund for a yearly plan?"


@pytest.fixture
def plain(chromium: Browser, live_site: LiveSite) -> Iterator[Visitor]:
    """A visitor whose browser runs no scripts."""
    with Visitor(chromium, live_site.url, java_script_enabled=False) as visitor:
        yield visitor


def test_asking_rating_and_sources_work_without_scripts(plain: Visitor, database: Database) -> None:
    page = plain.chat().open().page
    page.get_by_label("Your question").fill(REFUND)
    page.get_by_role("button", name="Send", exact=True).click()
    turn = plain.chat().finished()
    expect(turn.locator(".answer-text")).to_contain_text("30 days")

    turn.get_by_role("button", name="Not helpful").click()
    turn = plain.chat().last
    turn.get_by_label("What should it have said?").fill("More.")
    turn.get_by_role("button", name="Send", exact=True).click()
    stored = "SELECT correction FROM review_feedback WHERE turn_id = %s"
    assert database.value(stored, turn.get_attribute("data-turn")) == "More."

    plain.chat().last.locator("a.citation").first.click()
    expect(page.locator(".passage")).not_to_be_empty()
    page.get_by_role("link", name="Back to the conversation").click()
    expect(plain.chat().last).to_be_visible()


def test_a_safer_wording_is_sent_without_scripts_too(plain: Visitor) -> None:
    page = plain.chat().open().page
    page.get_by_label("Your question").fill(f"Shut up, you idiots. {REFUND}")
    page.get_by_role("button", name="Send", exact=True).click()
    turn = plain.chat().finished()

    turn.get_by_role("button", name="Ask it like this").click()

    turn = plain.chat().finished()
    expect(turn.locator(".question-text")).to_have_text(REFUND)
    expect(turn.locator(".answer-text")).to_contain_text("30 days")


def test_what_needs_scripts_is_not_offered_without_them(plain: Visitor) -> None:
    chat = plain.chat().open()
    chat.page.get_by_role("button", name="How do I cancel my plan?").click()
    turn = chat.finished()
    expect(turn.get_by_role("button", name="Answer again")).to_be_visible()
    expect(turn.get_by_role("button", name="Copy")).to_have_count(0)


def test_where_sockets_are_forbidden_answers_come_by_asking_for_them(visitor: Visitor) -> None:
    visitor.page.add_init_script("WebSocket = class { constructor() { throw new Error('no'); } }")
    turn = visitor.chat().open().ask(REFUND)
    expect(turn.locator(".answer-text")).to_contain_text("30 days")
    expect(visitor.chat().ask("And for a monthly one?")).to_contain_text("monthly plans")


def test_endless_words_do_not_widen_the_page(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.chat().open().ask("w" * 1500)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") == 390


def test_editing_asking_again_and_a_person_work_without_scripts(plain: Visitor) -> None:
    chat = plain.chat().open()
    chat.page.get_by_role("button", name="How do I cancel my plan?").click()
    chat.finished().get_by_role("link", name="Edit the question").click()
    chat.page.get_by_label("Your question").fill("How do I pause my plan?")
    chat.page.get_by_role("button", name="Ask again").click()
    turn = chat.finished()
    expect(turn.locator(".question-text")).to_have_text("How do I pause my plan?")
    expect(chat.turns).to_have_count(1)

    turn.get_by_role("button", name="Answer again").click()
    chat.finished()
    expect(chat.turns).to_have_count(1)

    chat.page.locator("[data-person]").click()
    chat.page.get_by_label("Your e-mail address").fill("anna@example.com")
    chat.page.get_by_role("button", name="Send to a person").click()
    expect(chat.page.get_by_text("A person has your request")).to_be_visible()


def test_a_running_answer_refreshes_itself_and_can_be_stopped(
    chromium: Browser, model_site: LiveSite, model: ModelServer
) -> None:
    model.say("Word by word. " * 400).delay(0.05)
    with Visitor(chromium, model_site.url, java_script_enabled=False) as plain:
        chat = plain.chat().open()
        chat.page.get_by_label("Your question").fill(REFUND)
        chat.page.get_by_role("button", name="Send", exact=True).click()
        expect(chat.page.locator(".streamed")).to_contain_text("Word by word.")
        chat.page.get_by_role("button", name="Stop").click()
        expect(chat.finished("cancelled")).to_contain_text("You stopped this answer")


def test_an_empty_question_is_refused_with_a_reason(plain: Visitor) -> None:
    page = plain.chat().open().page
    page.get_by_label("Your question").fill("   ")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Write a question first.")
