"""Prompts: compared with the one before, labelled, rolled back; on a desktop and on a phone."""

from playwright.sync_api import Browser, expect

from tests.browser.chat import Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import check

ADDRESS = "/admin/answering/promptversion/"


def test_a_prompt_is_compared_labelled_and_rolled_back_and_every_page_is_accessible(
    chromium: Browser, live_site: LiveSite
) -> None:
    with Visitor(chromium, live_site.url, viewport={"width": 390, "height": 844}) as staff:
        page = staff.sign_in(live_site.database.staff_login, ADDRESS)
        check(page)
        page.get_by_role("link", name="Naming conversations").click()
        page.get_by_role("link", name="Write a version").click()
        body = page.get_by_label("Prompt", exact=True)
        shipped = body.input_value()

        body.fill(shipped + "{{ answr }}")
        page.get_by_role("button", name="Save as a version").click()
        expect(page.get_by_text("did you mean “answer”?")).to_be_visible()
        check(page)

        body.fill(shipped.replace("2 to 6 words", "3 to 5 words"))
        page.get_by_role("button", name="Save as a version").click()
        expect(page.get_by_text("is stored")).to_be_visible()
        expect(page.locator(".diff del")).to_contain_text(["2", "6"])
        expect(page.locator(".diff ins")).to_contain_text(["3", "5"])
        check(page)

        page.get_by_role("button", name="Set", exact=True).click()
        expect(page.get_by_text("It counts from the next question on.")).to_be_visible()
        page.set_viewport_size({"width": 1280, "height": 900})
        page.get_by_role("link", name="Naming conversations").click()
        page.get_by_role("button", name="Roll back to what was shipped").click()
        expect(page.get_by_text("as shipped, counts again")).to_be_visible()

        page.goto("/admin/answering/rollout/add/")
        page.get_by_label("Passages as evidence").fill("3")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("heading", name="Both sides")).to_be_visible()
        check(page)
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("What counted before counts alone")).to_be_visible()
