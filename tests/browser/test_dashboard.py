"""Staff read the dashboard: choose, drill down to an answer, take the numbers away; on a phone."""

import csv
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.chat import PATIENCE, Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import check

DECLINED = "Which spark plugs fit a 1987 tractor?"


def test_numbers_are_chosen_followed_to_their_turns_and_exported(
    chromium: Browser, live_site: LiveSite, tmp_path: Path
) -> None:
    with Visitor(chromium, live_site.url) as customer:
        chat = customer.chat().open()
        chat.ask("Can I get a refund for a yearly plan?")
        chat.ask(DECLINED)
    with Visitor(chromium, live_site.url, viewport={"width": 390, "height": 844}) as staff:
        page = staff.sign_in(live_site.database.staff_login, "/staff/insight/")
        expect(page.get_by_role("heading", name="How the assistant does")).to_be_visible()
        page.get_by_label("Period").select_option(label="Last 7 days")
        page.get_by_label("Model").select_option("none")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_label("Model")).to_have_value("none")
        check(page)
        page.locator("#trend-of-endings summary").click()
        table = page.get_by_role("region", name="Questions by how they ended")
        expect(table.get_by_role("row")).to_have_count(1 + 7)

        with page.expect_download() as download:
            page.get_by_role("link", name="Figures").click()
        kept = tmp_path / "figures.csv"
        download.value.save_as(kept)
        numbers = {row["measure"]: row for row in csv.DictReader(kept.read_text().splitlines())}
        declined = int(numbers["Declined"]["count"])
        assert declined >= 1

        page.get_by_role("link", name="Declined:").click()
        expect(page.get_by_role("heading", name="Declined")).to_be_visible()
        expect(page.get_by_text(DECLINED).first).to_be_visible(timeout=PATIENCE)
        expect(page.locator(".turn-row")).to_have_count(min(declined, 50))
        check(page)
        page.get_by_role("link", name="Back to the dashboard").click()
        expect(page.get_by_label("Period")).to_have_value("7")
        page.get_by_role("link", name="Weekly digest").click()
        page.get_by_role("button", name="Mail it to me").click()
        expect(page.get_by_text("You get it by mail")).to_be_visible()
        check(page)
        page.get_by_role("button", name="Stop the mails").click()
