"""Staff: judge an answer by keys alone, take a request; every state is accessible."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import PATIENCE, Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import WIDTHS, check

QUESTIONS = (
    "Can I get a refund for a yearly plan?",
    "Which spark plugs fit a 1987 tractor?",
    "How do I cancel my plan?",
    "Can I connect two banks?",
    "How do I change my password?",
)
OPEN_ITEMS = "SELECT count(*) FROM review_reviewitem WHERE state = 'open' AND reason = 'low_rated'"


@pytest.fixture(scope="module")
def rated_down(chromium: Browser, live_site: LiveSite) -> None:
    """What customers left: answers rated down, and requests for a person."""
    before = int(str(live_site.database.value(OPEN_ITEMS)))
    with Visitor(chromium, live_site.url) as customer:
        chat = customer.chat().open()
        for question in QUESTIONS:
            turn = chat.ask(question)
            turn.get_by_role("button", name="Not helpful").click()
            expect(turn.get_by_text("Thanks, noted.")).to_be_visible(timeout=PATIENCE)
        for message in ("I was charged twice.", "Please call me back."):
            customer.page.goto("/person/")
            customer.page.get_by_label("Your e-mail address").fill("ada@example.com")
            customer.page.get_by_label("Anything to add").fill(message)
            customer.page.get_by_role("button", name="Send to a person").click()
            expect(customer.page.locator(".person-form")).to_have_count(0)
    waiting = f"SELECT ({OPEN_ITEMS}) >= %s"
    assert live_site.database.wait_for(waiting, before + len(QUESTIONS), seconds=30)


@pytest.fixture
def staff(chromium: Browser, live_site: LiveSite, rated_down: None) -> Iterator[Page]:
    with Visitor(chromium, live_site.url) as somebody:
        yield somebody.sign_in(live_site.database.staff_login, "/review/")


def test_an_answer_is_judged_by_keys_alone(staff: Page) -> None:
    question = staff.locator("#question-heading")
    # By number: other customers may have rated down the same question.
    item = staff.locator(".review-item:not([hidden]) form[action$='/verdict/']")
    first = str(item.get_attribute("action"))
    staff.keyboard.press("m")
    staff.keyboard.type("wrong: it cites the old price")
    staff.keyboard.press("Escape")
    staff.keyboard.press("w")
    staff.keyboard.press("w")  # a second press judges nothing else
    expect(staff.get_by_text("Stored: Wrong or not supported.")).to_be_visible(timeout=PATIENCE)
    expect(item).not_to_have_attribute("action", first, timeout=PATIENCE)
    expect(question).to_be_focused()
    staff.wait_for_timeout(600)
    staff.keyboard.press("u")
    expect(item).to_have_attribute("action", first, timeout=PATIENCE)
    staff.wait_for_timeout(600)
    staff.keyboard.press("n")
    expect(item).not_to_have_attribute("action", first, timeout=PATIENCE)


def test_an_answer_is_taken_apart_in_yes_and_no_and_done_with_by_keys(staff: Page) -> None:
    item = staff.locator(".review-item:not([hidden]) form[action$='/verdict/']")
    first = str(item.get_attribute("action"))
    supported = staff.get_by_role("group", name="Supported by the evidence")
    staff.keyboard.press("1")
    staff.keyboard.press("1")
    expect(supported.get_by_role("radio", name="No", exact=True)).to_be_checked()
    staff.keyboard.press("g")
    expect(staff.get_by_text("doesn’t go with what you said")).to_be_visible(timeout=PATIENCE)
    expect(item).to_have_attribute("action", first)
    expect(supported.get_by_role("radio", name="No", exact=True)).to_be_checked()
    staff.wait_for_timeout(600)
    staff.keyboard.press("s")
    expect(staff.get_by_text("Stored: Wrong or not supported.")).to_be_visible(timeout=PATIENCE)
    expect(item).not_to_have_attribute("action", first, timeout=PATIENCE)
    staff.wait_for_timeout(600)
    staff.keyboard.press("x")
    done = staff.locator("#review-status .follow-ups-done")
    expect(done.get_by_text("Nothing to do", exact=True)).to_be_visible(timeout=PATIENCE)


def test_a_request_for_a_person_is_taken_and_closed(staff: Page) -> None:
    staff.get_by_role("link", name="Requests").click()
    staff.get_by_role("link", name="ada@example.com").first.click()
    expect(staff.get_by_role("heading", name="Message")).to_be_visible()
    reply = staff.get_by_role("link", name="Reply to ada@example.com")
    assert str(reply.get_attribute("href")).startswith("mailto:ada@example.com?subject=")
    staff.get_by_label("Your words").fill("We gave one charge back.")
    staff.get_by_role("button", name="Send", exact=True).click()
    expect(staff.get_by_text("Your reply is in the conversation.")).to_be_visible()
    expect(staff.get_by_text("Taken by staff")).to_be_visible()
    staff.get_by_role("button", name="Close", exact=True).click()
    expect(staff.get_by_text("The request is closed.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_staff_pages_are_accessible(
    chromium: Browser, live_site: LiveSite, rated_down: None, width: int
) -> None:
    look = {"viewport": {"width": width, "height": 760}}
    with Visitor(chromium, live_site.url, **look) as somebody:
        page = somebody.sign_in(live_site.database.staff_login, "/review/")
        for summary in page.locator(".review-more summary").all():
            summary.click()
        check(page)
        page.get_by_role("button", name="Right but incomplete").click()
        expect(page.get_by_text("Stored: Right but incomplete.")).to_be_visible(timeout=PATIENCE)
        check(page)
        page.goto("/review/requests/")
        check(page)
        page.locator(".request-list a").first.click()
        check(page)
        page.goto("/review/?reason=asked_person")
        check(page)
        page.goto("/review/?list=open_ends")
        page.locator(".review-waiting a").first.click()
        for summary in page.locator(".review-follow-ups summary").all():
            summary.click()
        check(page)
        for address in ("/review/pairs/", "/review/agreement/"):
            page.goto(address)
            check(page)
