"""axe-core on every page and state: nothing serious or critical; and no sideways scrolling."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from supportapp.answering.prompting import NO_ANSWER
from tests.browser.chat import Visitor
from tests.browser.live_site import LiveSite
from tests.fakes.model_server import ModelServer

REFUND = "Can I get a refund for a yearly plan?"
WIDTHS = (320, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def check(page: Page) -> None:
    """Run axe on the page as it stands, in light and in dark."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        # Preloading would put style elements into the page, which its policy rightly refuses.
        found = Axe().run(page, options={"preload": False}).response["violations"]
        grave = [
            (fault["id"], [node["html"] for node in fault["nodes"]][:3])
            for fault in found
            if fault["impact"] in {"serious", "critical"}
        ]
        assert (scheme, grave) == (scheme, [])
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


@pytest.fixture(params=WIDTHS)
def looker(
    request: pytest.FixtureRequest, chromium: Browser, model_site: LiveSite, model: ModelServer
) -> Iterator[Visitor]:
    """A visitor with a window of each width."""
    width = request.param
    with Visitor(
        chromium,
        model_site.url,
        viewport={"width": width, "height": 760},
        has_touch=width < 1000,
    ) as visitor:
        yield visitor


def test_the_chat_is_accessible_in_every_state(looker: Visitor, model: ModelServer) -> None:
    chat = looker.chat().open()
    check(chat.page)

    model.say("You can have **30 days** [1].\n\n- One\n- Two [2]")
    turn = chat.ask(REFUND)
    check(chat.page)
    turn.get_by_role("button", name="Not helpful").click()
    expect(turn.get_by_label("What should it have said?")).to_be_visible()
    check(chat.page)

    turn.locator("a.citation").first.click()
    expect(chat.page.get_by_role("dialog", name="Source")).to_be_visible()
    check(chat.page)
    chat.page.get_by_role("button", name="Close the source").click()

    model.say("It breaks [1] " * 20).cut_after(tokens=6)
    chat.send("How do I cancel my plan?").finished("failed")
    check(chat.page)
    model.reset()
    model.say(NO_ANSWER)
    unanswered = chat.ask("Which spark plugs fit a 1987 tractor?")
    unanswered.locator("summary", has_text="Ask a person").click()
    check(chat.page)

    model.reset()
    model.say("Slowly, slowly. " * 100).delay(0.05)
    chat.send("How do I pause my plan?").streaming()
    check(chat.page)
    looker.context.set_offline(True)
    expect(chat.notice).to_be_visible()
    check(chat.page)


def test_every_other_page_is_accessible(looker: Visitor) -> None:
    page = looker.page
    looker.chat().open().ask(REFUND)
    edit = looker.chat().last.get_by_role("link", name="Edit the question").get_attribute("href")
    source = looker.chat().last.locator("a.citation").first.get_attribute("href")
    addresses = [
        *("/history/", "/history/?q=nothing+at+all", "/about-ai/", "/person/", "/help/"),
        *("/help/refund-policy/", "/no-such-page", edit, source),
    ]
    for address in addresses:
        page.goto(str(address))
        check(page)


def test_the_admin_is_accessible(visitor: Visitor, live_site: LiveSite) -> None:
    page = visitor.page
    page.goto("/admin/")
    check(page)
    visitor.sign_in(live_site.database.staff_login, "/admin/")
    check(page)
    page.goto("/admin/knowledge/article/")
    check(page)
    page.locator("#result_list tbody th a").first.click()
    check(page)


def test_targets_are_large_enough_to_hit(looker: Visitor) -> None:
    turn = looker.chat().open().ask(REFUND)
    turn.get_by_role("button", name="Not helpful").click()
    expect(turn.get_by_label("What should it have said?")).to_be_visible()
    small = looker.page.evaluate(
        """() => [...document.querySelectorAll('a, button, summary, input, textarea')]
          .filter((element) => element.checkVisibility() && !element.closest('.visually-hidden'))
          .map((element) => [element, element.closest('.choice') ?? element])
          .map(([element, target]) => [element, target.getBoundingClientRect()])
          .filter(([element, box]) => box.height > 1 && (box.width < 24 || box.height < 24))
          .filter(([element]) => !(element.matches('a') && element.closest('p')))
          .map(([element]) => element.outerHTML)"""
    )
    assert small == []
