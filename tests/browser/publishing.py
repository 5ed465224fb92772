"""Staff publish an article, by whatever page that leads to."""

import re

from playwright.sync_api import Page, expect

from tests.browser.chat import PATIENCE

# The worker has other things to do, too.
REPLAYED = 3 * PATIENCE


def publish(page: Page) -> None:
    """Press Publish in the editor.

    Where customers asked what the draft answers, that leads to its change: wait for the replays
    and publish there.
    """
    button = page.get_by_role("button", name="Publish", exact=True)
    button.click()
    page.wait_for_load_state()
    if "/staff/changes/" in page.url:
        expect(button).to_be_visible(timeout=REPLAYED)
        button.click()
    expect(page.get_by_text(re.compile(r"Live in \d"))).to_be_visible(timeout=PATIENCE)
