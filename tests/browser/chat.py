"""A visitor in a browser of their own, and what they do on the chat page."""

from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Dialog, Locator, Page, Request, expect

PATIENCE = 15_000
# Chromium reports these by itself when a test cuts the line or is refused; they are not faults.
EXPECTED = ("WebSocket connection to", "Failed to load resource", "net::ERR_")


class Visitor:
    """One browser profile. Leaving it checks that the page did nothing it must not do."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        settings = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
        self.context = browser.new_context(base_url=url, **(settings | options))
        self.context.set_default_timeout(PATIENCE)
        self.host = urlsplit(url).netloc
        self.faults: list[str] = []
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        self.context.on("dialog", self._on_dialog)
        self.context.on("request", self._on_request)
        self.page = self.context.new_page()

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.context.close()
        if error is None:
            assert self.faults == [], self.faults

    def _on_console(self, message: Any) -> None:
        if message.type == "error" and not any(known in message.text for known in EXPECTED):
            self.faults.append(f"console: {message.text}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.host:
            self.faults.append(f"foreign host: {parts.netloc}")

    def sign_in(self, login: dict[str, str], then: str) -> Page:
        """Sign in as staff and go on to an address."""
        self.page.goto(f"/admin/login/?next={then}")
        self.page.get_by_label("Username").fill(login["user"])
        self.page.get_by_label("Password").fill(login["password"])
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: urlsplit(url).path == then)
        return self.page

    def chat(self, page: Page | None = None) -> "Chat":
        """The chat page in this (or another) tab."""
        return Chat(page or self.page)


class Chat:
    """The chat page as a customer sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self) -> "Chat":
        self.page.goto("/")
        return self

    @property
    def box(self) -> Locator:
        return self.page.get_by_label("Your question", exact=True)

    @property
    def turns(self) -> Locator:
        return self.page.locator(".turn[data-turn]")

    @property
    def last(self) -> Locator:
        return self.turns.last

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def status(self) -> Locator:
        return self.page.locator("#status")

    @property
    def notice(self) -> Locator:
        return self.page.locator("#connection")

    def send(self, text: str) -> "Chat":
        """Type a question and press Enter."""
        self.box.fill(text)
        self.box.press("Enter")
        return self

    def ask(self, text: str) -> Locator:
        """Ask, wait for the whole answer, and return its turn."""
        before = self.turns.count()
        self.send(text)
        expect(self.turns).to_have_count(before + 1, timeout=PATIENCE)
        return self.finished()

    def finished(self, state: str = "answered") -> Locator:
        """Wait until the last turn is over."""
        expect(self.last).to_have_attribute("data-state", state, timeout=PATIENCE)
        return self.last

    def streaming(self, at_least: int = 20) -> Locator:
        """Wait until some of the answer is there, but not all of it."""
        self.page.wait_for_function(
            "n => (document.querySelector('[data-running] .streamed')?.innerText.length ?? 0) >= n",
            arg=at_least,
        )
        return self.page.locator(".turn[data-running]")
