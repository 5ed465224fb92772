"""Datasets and runs: examples in, run by the worker, looked through, changed, compared."""

import json

from playwright.sync_api import Browser, expect

from tests.browser.chat import Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import check

LINES = [
    {
        "key": "walk-cancel",
        "question": "Where do I end my plan?",
        "must_say": ["Cancel plan"],
        "articles": ["cancel-plan"],
        "topic": "billing",
    },
    {"key": "weather", "question": "Will it rain tomorrow?", "outcome": "no_evidence"},
]


def test_a_dataset_is_filled_run_by_the_worker_changed_and_compared(
    chromium: Browser, live_site: LiveSite
) -> None:
    with Visitor(chromium, live_site.url, viewport={"width": 390, "height": 844}) as staff:
        page = staff.sign_in(live_site.database.staff_login, "/staff/evals/")
        if not page.get_by_label("Name").is_visible():
            page.locator("summary", has_text="New dataset").click()
        expect(page.get_by_label("Name")).to_be_visible()
        check(page)
        page.get_by_label("Name").fill("walk")
        page.get_by_role("button", name="Make it").click()
        page.get_by_text("Upload examples").click()
        body = "\n".join(json.dumps(line) for line in LINES).encode()
        page.get_by_label("File").set_input_files(
            {"name": "walk.jsonl", "mimeType": "application/jsonl", "buffer": body}
        )
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_text("2 added, 0 changed, 0 as before.")).to_be_visible()
        check(page)
        dataset = page.url

        page.get_by_role("button", name="Run walk").click()
        expect(page.get_by_role("heading", name="Scores")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("1 of 2 answered")).to_be_visible()
        check(page)
        page.get_by_role("link", name="Where do I end my plan?").click()
        expect(page.get_by_role("heading", name="Expected")).to_be_visible()
        check(page)

        page.get_by_role("link", name="walk-cancel", exact=True).click()
        page.get_by_label("Must say").fill("Cancel plan\nno such words")
        page.get_by_label("Cites cancel-plan").check()
        check(page)
        page.get_by_role("button", name="Keep").click()
        expect(page.get_by_text("Kept.")).to_be_visible()

        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(dataset)
        expect(page.get_by_text("Version 2", exact=True)).to_be_visible()
        page.get_by_role("button", name="Run walk").click()
        expect(page.get_by_role("heading", name="Scores")).to_be_visible(timeout=60_000)
        page.get_by_role("navigation", name="Compare with another run").get_by_role(
            "link"
        ).first.click()
        expect(page.get_by_text("1 changed, 1 the same")).to_be_visible()
        expect(page.get_by_text("edited")).to_be_visible()
        check(page)
        page.get_by_role("link", name="Judges").click()
        expect(page.get_by_role("heading", name="How far to trust the judges")).to_be_visible()
        check(page)
