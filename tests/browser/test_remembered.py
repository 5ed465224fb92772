"""A reviewer approves an answer; the next customer gets those words first, and staff see them."""

import os

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat import PATIENCE, Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import WIDTHS, check

# One for each width: what is approved once isn't approved again.
QUESTIONS = ("How do I scan a receipt?", "How do I get the calendar feed?")
WORDS = "Hold the phone above the receipt until it turns green. [1]"
PICTURES = os.environ.get("PICTURES", "")


@pytest.mark.parametrize(("width", "question"), list(zip(WIDTHS, QUESTIONS, strict=True)))
def test_an_approved_answer_is_given_first_and_says_so(
    chromium: Browser, live_site: LiveSite, width: int, question: str
) -> None:
    look = {"viewport": {"width": width, "height": 760}}
    with Visitor(chromium, live_site.url) as customer:
        turn = customer.chat().open().ask(question)
        turn.get_by_role("button", name="Not helpful").click()
        expect(turn.get_by_text("Thanks, noted.")).to_be_visible(timeout=PATIENCE)
    wanted = (
        "SELECT i.id FROM review_reviewitem i JOIN conversations_turn t ON t.id = i.turn_id"
        " WHERE t.question = %s ORDER BY i.id DESC LIMIT 1"
    )
    item = live_site.database.wait_for(wanted, question, seconds=30)
    with Visitor(chromium, live_site.url, **look) as staff:
        page = staff.sign_in(live_site.database.staff_login, f"/review/{item}/")
        page.get_by_role("button", name="Wrong or not supported").click()
        expect(page.locator(".follow-ups").first).to_be_visible()
        page.goto(f"/review/{item}/")
        page.get_by_role("link", name="Approve the answer").click()
        page.get_by_label("Answer").fill(WORDS)
        check(page)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/approve-{width}.png", full_page=True)
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("Whoever asks this gets it from now on.")).to_be_visible()
        page.goto("/admin/caching/rememberedanswer/")
        expect(page.get_by_text(question)).to_be_visible()
        check(page)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/list-{width}.png")
    with Visitor(chromium, live_site.url, **look) as another:
        turn = another.chat().open().ask(f"Hi, {question[0].lower()}{question[1:]}")
        expect(turn).to_contain_text("Hold the phone above the receipt")
        expect(turn).to_contain_text("checked by our team")
        check(another.page)
        if PICTURES:
            another.page.screenshot(path=f"{PICTURES}/turn-{width}.png")
