"""`make screenshots`: pictures of the running product for README, written to docs/images/.

Starts the product on throw-away servers with the sample help centre, walks through it and takes
the pictures. Text is drawn in Inter and Noto Sans CJK where this machine has them.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from supportapp.embedded import places
from supportapp.embedded.leases import lease
from tests.browser.browsers import launch
from tests.browser.chat import Visitor
from tests.browser.live_site import Database, LiveSite

IMAGES = places.PROJECT / "docs" / "images"
DESKTOP = {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "color_scheme": "dark",
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
QUESTION = "Can I get a refund for a yearly plan?"


def save(page: Page, name: str) -> None:
    """Take the picture once everything has settled."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)
    page.screenshot(path=IMAGES / f"{name}.png")
    sys.stdout.write(f"docs/images/{name}.png\n")


def chat_on_a_desktop(visitor: Visitor, site: LiveSite) -> None:
    chat = visitor.chat().open()
    save(chat.page, "welcome-desktop-light")
    chat.ask("How do I connect my bank?")
    chat.open()
    turn = chat.ask(QUESTION)
    turn.locator("a.citation").first.click()
    chat.page.get_by_role("dialog", name="Source").wait_for()
    chat.page.evaluate("scrollTo(0, 0)")
    save(chat.page, "chat-desktop-light")


def chat_on_a_phone(visitor: Visitor, site: LiveSite) -> None:
    chat = visitor.chat().open()
    chat.ask(QUESTION)
    chat.page.evaluate("scrollTo(0, 0)")
    save(chat.page, "chat-phone-dark")
    chat.open()
    save(chat.page, "welcome-phone-dark")


def staff_pages(visitor: Visitor, site: LiveSite) -> None:
    page = visitor.page
    turn = visitor.chat().open().ask("What happens to my data if I cancel?")
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_label("Something is missing").check()
    turn.get_by_label("What should it have said?").fill("Say how long my receipts are kept.")
    turn.get_by_role("button", name="Send", exact=True).click()
    turn.get_by_text("Change what you said").wait_for()
    site.database.wait_for("SELECT count(*) FROM review_reviewitem", seconds=20)
    visitor.sign_in(site.database.staff_login, "/review/")
    save(page, "review-desktop-light")
    page.goto("/admin/knowledge/article/?q=Refund+policy")
    page.get_by_role("link", name="Refund policy", exact=True).click()
    page.evaluate("scrollTo(0, 0)")
    save(page, "admin-desktop-light")


def picture(
    browser: Browser,
    site: LiveSite,
    scene: Callable[[Visitor, LiveSite], None],
    look: dict[str, object],
) -> None:
    with Visitor(browser, site.url, **look) as visitor:
        scene(visitor, site)


def main() -> int:
    """Start the product, take every picture, stop it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="supportapp-pictures-") as folder:
        services = lease(Path(folder) / "servers", throw_away=True)
        data = Path(folder) / "site"
        data.mkdir()
        database = Database(services, "pictures", data)
        with (
            LiveSite(database, worker=True) as site,
            sync_playwright() as driver,
            launch(driver) as browser,
        ):
            picture(browser, site, chat_on_a_desktop, DESKTOP)
            picture(browser, site, chat_on_a_phone, PHONE)
            picture(browser, site, staff_pages, DESKTOP)
        services.close(wait=30)
    return 0


if __name__ == "__main__":
    sys.exit(main())
