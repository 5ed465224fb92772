"""Staff look through a question: with scripts, without them, on a phone, in light and dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import PATIENCE, Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import check

QUESTION = "How do I get rid of my membership?"


@pytest.fixture(params=[390, 1280])
def staff(request: pytest.FixtureRequest, chromium: Browser, live_site: LiveSite) -> Iterator[Page]:
    viewport = {"width": request.param, "height": 844}
    with Visitor(chromium, live_site.url, viewport=viewport) as somebody:
        yield somebody.sign_in(live_site.database.staff_login, "/staff/xray/")


def test_a_question_is_looked_through_and_a_change_tried(staff: Page) -> None:
    check(staff)
    staff.get_by_label("Question").fill(QUESTION)
    staff.get_by_text("With these synonyms").click()
    staff.get_by_label("Synonyms to try").fill("membership, plan")
    staff.get_by_role("button", name="Look").click()
    expect(staff.get_by_role("heading", name="Passages")).to_be_visible(timeout=PATIENCE)
    expect(staff.locator("#xray-status")).to_contain_text("passages found")
    for summary in staff.locator("#xray-result summary").all()[:3]:
        summary.click()
    check(staff)

    staff.get_by_role("button", name="What if").first.click()
    aliases = staff.get_by_label("Aliases")
    expect(aliases).to_be_visible(timeout=PATIENCE)
    aliases.fill("get rid of my membership")
    aliases.press("Enter")
    expect(staff.get_by_role("region", name="Places with the change")).to_be_visible(
        timeout=PATIENCE
    )
    check(staff)
    staff.get_by_role("button", name="Write it into the draft").click()
    expect(staff.get_by_label("Aliases")).to_have_value("get rid of my membership")
    expect(staff.get_by_text("Nothing is saved yet")).to_be_visible()


def test_it_works_without_scripts(chromium: Browser, live_site: LiveSite) -> None:
    with Visitor(chromium, live_site.url, java_script_enabled=False) as somebody:
        page = somebody.sign_in(live_site.database.staff_login, "/staff/xray/")
        page.get_by_label("Question").fill(QUESTION)
        page.get_by_role("button", name="Look").click()
        page.get_by_role("button", name="What if").nth(1).click()
        expect(page.get_by_role("heading", name="What if “")).to_be_visible()
        expect(page.get_by_label("Question")).to_have_value(QUESTION)
