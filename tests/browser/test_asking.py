"""A customer asks and works with the answer."""

import re

from playwright.sync_api import expect

from tests.browser.chat import Visitor
from tests.browser.live_site import Database
from tests.fakes.model_server import ModelServer

REFUND = "Can I get a refund for a yearly plan?"
LONG = " ".join(f"Step {number} of the long story is told in full [1]." for number in range(1, 31))


def test_a_question_is_answered_with_sources_and_its_kind(visitor: Visitor) -> None:
    turn = visitor.chat().open().ask(REFUND)

    expect(turn.locator(".answer-text")).to_contain_text("30 days")
    expect(turn).to_contain_text("Quoted from the articles")
    expect(turn.locator("a.citation").first).to_be_visible()
    expect(turn.get_by_role("region", name="Sources")).to_contain_text(re.compile("refund", re.I))
    expect(visitor.page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/"))


def test_the_answer_grows_as_it_is_made(model_visitor: Visitor, model: ModelServer) -> None:
    model.say(LONG).delay(0.02)
    chat = model_visitor.chat().open()
    chat.send(REFUND)

    turn = chat.streaming(at_least=20)
    early = len(turn.locator(".streamed").inner_text())
    chat.streaming(at_least=early + 40)

    expect(chat.status).to_have_text("Answer started.")
    turn = chat.finished()
    expect(turn).to_contain_text("Written by AI from the articles")
    expect(turn.locator(".answer-text")).to_contain_text("Step 30 of the long story")


def test_a_safer_wording_is_sent_with_one_click(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    turn = chat.ask("You stupid idiot bot, can I get a refund for a yearly plan?")
    expect(turn.locator(".safer-text")).to_have_text(REFUND)
    expect(turn).to_contain_text("Ask a person")

    turn.get_by_role("button", name="Ask it like this").click()

    expect(chat.turns).to_have_count(2)
    turn = chat.finished()
    expect(turn.locator(".question-text")).to_have_text(REFUND)
    expect(turn.locator(".answer-text")).to_contain_text("30 days")


def test_a_follow_up_is_asked_without_a_new_page(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.ask(REFUND)
    visitor.page.evaluate("window.here = true")

    chat.ask("How long does it take?")

    expect(chat.turns).to_have_count(2)
    expect(chat.status).to_have_text("Answer finished.")
    assert visitor.page.evaluate("window.here")


def test_a_suggested_question_is_asked_with_one_click(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    prompt = visitor.page.locator(".prompt").first
    words = prompt.inner_text()
    prompt.click()

    turn = chat.finished()
    expect(turn.locator(".question-text")).to_have_text(words)


def test_a_follow_up_suggestion_is_asked_with_one_click(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    first = chat.ask(REFUND)
    suggestion = first.locator(".suggestions button").first
    words = suggestion.inner_text()
    suggestion.click()

    expect(chat.turns).to_have_count(2)
    expect(chat.finished().locator(".question-text")).to_have_text(words)


def test_stop_keeps_the_text_so_far_and_offers_another_try(
    model_visitor: Visitor, model: ModelServer
) -> None:
    model.say(LONG).delay(0.05)
    chat = model_visitor.chat().open()
    chat.send(REFUND)
    chat.streaming()
    model_visitor.page.get_by_role("button", name="Stop the answer").click()

    turn = chat.finished("cancelled")
    expect(turn).to_contain_text("You stopped this answer")
    expect(turn.locator(".answer-text")).to_contain_text("Step 1 of the long story")
    expect(chat.status).to_have_text("Answer stopped.")
    expect(turn.get_by_role("button", name="Try again")).to_be_visible()
    assert model.wait_for_aborted(1, seconds=3)


def test_an_edited_question_takes_the_place_of_the_old_one(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.ask("How do I delete my acount?")
    chat.last.get_by_role("link", name="Edit the question").click()
    box = visitor.page.get_by_label("Edit your question")
    expect(box).to_be_focused()
    box.fill("How do I cancel my plan?")
    visitor.page.get_by_role("button", name="Ask again").click()

    expect(chat.last.locator(".question-text")).to_have_text("How do I cancel my plan?")
    chat.finished()
    expect(chat.turns).to_have_count(1)
    visitor.page.reload()
    expect(chat.turns).to_have_count(1)
    expect(chat.last).to_contain_text("How do I cancel my plan?")


def test_an_earlier_question_is_edited_where_it_stands(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.ask(REFUND)
    chat.ask("How do I connect my bank?")
    chat.turns.first.get_by_role("link", name="Edit the question").click()
    visitor.page.get_by_label("Edit your question").fill("How do I pause my plan?")
    visitor.page.keyboard.press("Enter")

    expect(chat.turns.first.locator(".question-text")).to_have_text("How do I pause my plan?")
    expect(chat.turns.first).to_have_attribute("data-state", "answered")
    expect(chat.last).to_contain_text("How do I connect my bank?")
    expect(chat.turns).to_have_count(2)


def test_an_answer_is_made_again(model_visitor: Visitor, model: ModelServer) -> None:
    model.say("The first try [1].").once()
    chat = model_visitor.chat().open()
    first = chat.ask(REFUND)
    expect(first.locator(".answer-text")).to_contain_text("The first try")
    model.say("The second try [1].")
    first.get_by_role("button", name="Answer again").click()

    expect(chat.last.locator(".answer-text")).to_contain_text("The second try")
    expect(chat.turns).to_have_count(1)


def test_an_answer_is_copied_with_its_sources(visitor: Visitor, database: Database) -> None:
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = visitor.chat().open().ask(REFUND)
    turn.get_by_role("button", name="Copy").click()

    expect(turn.get_by_role("button", name="Copied")).to_be_visible()
    expect(visitor.chat().status).to_have_text("Answer copied.")
    text = visitor.page.evaluate("navigator.clipboard.readText()")
    assert "30 days" in text
    assert re.search(r"\[1\] .+ – http://127\.0\.0\.1:\d+/help/", text)
    assert database.wait_for(
        "SELECT count(*) FROM review_signal WHERE kind = 'copied' AND turn_id = %s",
        turn.get_attribute("data-turn"),
    )


def test_a_bad_answer_is_rated_down_with_reasons_and_words(
    visitor: Visitor, database: Database
) -> None:
    turn = visitor.chat().open().ask(REFUND)
    turn.get_by_role("button", name="Not helpful").click()
    expect(turn).to_contain_text("Thanks, noted.")
    turn.get_by_label("Something is missing").check()
    turn.get_by_label("What should it have said?").fill("Say what happens to my data.")
    turn.get_by_role("button", name="Send", exact=True).click()

    expect(turn.get_by_text("Change what you said")).to_be_visible()
    expect(turn.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    stored = "SELECT correction FROM review_feedback WHERE turn_id = %s AND value = 'down'"
    assert database.value(stored, turn.get_attribute("data-turn")) == "Say what happens to my data."
    visitor.page.reload()
    expect(visitor.chat().last.get_by_text("Change what you said")).to_be_visible()


def test_a_rating_is_changed_and_taken_back(visitor: Visitor) -> None:
    turn = visitor.chat().open().ask(REFUND)
    up = turn.get_by_role("button", name="Helpful", exact=True)
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    turn.get_by_role("button", name="Not helpful").click()
    expect(up).to_have_attribute("aria-pressed", "false")
    turn.get_by_role("button", name="Not helpful").click()
    expect(turn.get_by_text("Thanks, noted.")).to_have_count(0)


def test_a_citation_opens_its_passage_beside_the_answer(visitor: Visitor) -> None:
    turn = visitor.chat().open().ask(REFUND)
    citation = turn.locator("a.citation").first
    citation.click()

    panel = visitor.page.get_by_role("dialog", name="Source")
    title = turn.locator(".source-title").first.inner_text()
    expect(panel.get_by_role("heading", name=title)).to_be_visible()
    expect(panel.locator(".passage")).not_to_be_empty()
    expect(citation).to_have_attribute("aria-expanded", "true")
    visitor.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(citation).to_be_focused()


def test_the_passage_is_highlighted_in_its_article(visitor: Visitor) -> None:
    turn = visitor.chat().open().ask(REFUND)
    turn.locator("a.citation").first.click()
    visitor.page.get_by_role("link", name="Read it in the article").click()

    expect(visitor.page).to_have_url(re.compile(r"/help/.+passage=\d+#passage"))
    expect(visitor.page.locator("#passage")).to_be_in_viewport()


def test_without_evidence_the_closest_articles_and_a_person_are_offered(
    visitor: Visitor, database: Database
) -> None:
    turn = visitor.chat().open().ask("Which spark plugs fit a 1987 tractor?")
    expect(turn).to_have_attribute("data-state", "answered")
    turn.locator("summary", has_text="Ask a person").click()
    turn.get_by_label("Your e-mail address").fill("anna@example.com")
    turn.get_by_label("Anything to add").fill("It is a small tractor.")
    turn.get_by_role("button", name="Send to a person").click()

    expect(turn).to_contain_text("A person has your request")
    expect(turn).to_contain_text("anna@example.com")
    stored = "SELECT contact FROM conversations_handoff WHERE turn_id = %s"
    assert database.value(stored, turn.get_attribute("data-turn")) == "anna@example.com"


def test_a_person_can_be_asked_before_any_question(visitor: Visitor) -> None:
    visitor.chat().open()
    visitor.page.locator("[data-person]").click()
    visitor.page.get_by_label("Your e-mail address").fill("not an address")
    visitor.page.locator("form.person-form").evaluate("form => form.noValidate = true")
    visitor.page.get_by_role("button", name="Send to a person").click()
    expect(visitor.page.get_by_text("doesn’t look like an e-mail address")).to_be_visible()
    visitor.page.get_by_label("Your e-mail address").fill("ben@example.com")
    visitor.page.get_by_role("button", name="Send to a person").click()
    expect(visitor.page.get_by_text("A person has your request")).to_be_visible()


def test_too_many_questions_are_refused_with_a_countdown_and_kept(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.ask("Hello")
    for _ in range(22):
        chat.box.fill("Hello again")
        chat.box.press("Enter")
        visitor.page.wait_for_function(
            "() => document.querySelector('.turn-pending, [data-running]') === null"
        )
        if chat.notice.is_visible():
            break

    expect(chat.notice).to_contain_text(re.compile(r"You can ask again in \d+ s"))
    expect(chat.box).to_have_value("Hello again")


def test_enter_sends_and_shift_enter_starts_a_line(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.box.press_sequentially("How do I delete")
    chat.box.press("Shift+Enter")
    chat.box.press_sequentially("my account?")
    expect(chat.box).to_have_value("How do I delete\nmy account?")
    chat.box.press("Enter")
    expect(chat.finished().locator(".question-text")).to_have_text("How do I delete\nmy account?")


def test_a_draft_survives_a_reload_and_is_gone_once_asked(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.box.fill(REFUND)
    visitor.page.reload()
    expect(chat.box).to_have_value(REFUND)
    chat.box.press("Enter")
    chat.finished()
    expect(chat.open().box).to_have_value("")


def test_the_count_shows_near_the_limit(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.box.fill("x" * 1700)
    expect(visitor.page.locator("#count")).to_have_text("1700 of 2000 characters")
    chat.box.fill("short")
    expect(visitor.page.locator("#count")).to_be_hidden()
