"""Active content stays text, wherever it is typed; the page talks to nobody but its own host."""

import json
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import Visitor
from tests.browser.live_site import LiveSite
from tests.browser.publishing import publish
from tests.fakes.model_server import ModelServer

OWN = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "[click](javascript:alert(1))",
    "![pixel](https://evil.example/p.png?q=1)",
    '<a href="javascript:alert(1)" style="position:fixed;inset:0">x</a>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=https://evil.example><input name=a></form>",
    "<style>*{display:none}</style>",
    "{{7*7}}{% csrf_token %}<template><script>alert(1)</script></template>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "</textarea></template><script>alert(1)</script>",
)
SHARED = Path(__file__).parents[3] / "shared" / "attacks" / "active_content.jsonl"
LIVE = """() => [...document.querySelectorAll('main *')].filter((element) =>
  element.matches('script, style, iframe, object, embed, base, meta, link, img')
  || [...element.attributes].some(({ name, value }) => name.startsWith('on')
    || name === 'style' || /^\\s*javascript:/i.test(value))
).map((element) => element.outerHTML)"""

# The admin's own pages hold scripts and pictures, but nothing that a customer may have typed.
HANDLERS = """() => [...document.querySelectorAll('*')].filter((element) =>
  [...element.attributes].some(({ name, value }) => name.startsWith('on')
    || /^\\s*javascript:/i.test(value)) || element.matches('iframe, object, embed, base')
).map((element) => element.outerHTML)"""


def payloads() -> list[str]:
    """Our own list, and the shared one where this machine has it."""
    if not SHARED.exists():
        return list(OWN)
    lines = SHARED.read_text("utf-8").splitlines()
    return [*OWN, *(json.loads(line)["text"] for line in lines if line.strip())]


def assert_inert(page: Page) -> None:
    assert page.evaluate(LIVE) == []


def test_active_content_in_questions_titles_and_feedback_is_text(
    model_visitor: Visitor, model: ModelServer
) -> None:
    chat = model_visitor.chat().open()
    model.say("Noted [1].")
    chat.ask("\n".join(OWN))
    assert_inert(chat.page)
    expect(chat.last.locator(".question-text")).to_contain_text("<script>alert(1)</script>")

    chat.last.get_by_role("button", name="Not helpful").click()
    chat.last.get_by_label("What should it have said?").fill(OWN[1])
    chat.last.get_by_role("button", name="Send", exact=True).click()
    expect(chat.last.get_by_text("Change what you said")).to_be_visible()
    assert_inert(chat.page)
    chat.page.reload()
    assert_inert(chat.page)
    chat.page.goto("/history/")
    assert_inert(chat.page)
    chat.page.goto("/history/?q=<script>alert(1)</script>")
    assert_inert(chat.page)


def test_active_content_written_by_a_model_is_text(
    model_visitor: Visitor, model: ModelServer
) -> None:
    chat = model_visitor.chat().open()
    model.say("\n\n".join(payloads()) + "\n\nThe end [1].").delay(0)
    chat.ask("Can I get a refund for a yearly plan?")
    assert_inert(chat.page)
    links = chat.last.locator(".answer-text a:not(.citation)")
    for link in links.all():
        assert (link.get_attribute("href") or "https://").startswith(("https://", "mailto:"))


def test_active_content_is_text_for_staff_too(
    visitor: Visitor, live_site: LiveSite, chromium: Browser
) -> None:
    turn = visitor.chat().open().ask("\n".join(OWN))
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_label("What should it have said?").fill(OWN[1])
    turn.get_by_role("button", name="Send", exact=True).click()
    expect(turn.get_by_text("Change what you said")).to_be_visible()
    visitor.page.goto("/person/")
    visitor.page.get_by_label("Your e-mail address").fill("anna@example.com")
    visitor.page.get_by_label("Anything to add").fill(OWN[0])
    visitor.page.get_by_role("button", name="Send to a person").click()
    expect(visitor.page.get_by_text("A person has your request")).to_be_visible()

    with Visitor(chromium, live_site.url) as staff:
        page = staff.sign_in(live_site.database.staff_login, "/review/requests/")
        assert_inert(page)
        rooms = ("conversations/turn", "conversations/conversation", "review/feedback")
        for address in ("/review/", *(f"/admin/{room}/" for room in rooms)):
            page.goto(address)
            assert page.evaluate(HANDLERS) == []


def test_active_content_in_an_article_is_inert_wherever_it_is_read(
    visitor: Visitor, live_site: LiveSite, chromium: Browser
) -> None:
    """In the editor, in its preview and in the help centre."""
    body = "To reset the zebra switch, hold it down for a while.\n\n" + "\n\n".join(payloads())
    with Visitor(chromium, live_site.url) as staff:
        page = staff.sign_in(live_site.database.staff_login, "/admin/knowledge/article/add/")
        page.get_by_label("Title").fill("Reset the zebra switch")
        page.get_by_label("Text (Markdown)").fill(body)
        expect(page.locator("#preview")).to_contain_text("zebra switch")
        assert page.evaluate(HANDLERS) == []
        publish(page)
        assert page.evaluate(HANDLERS) == []

    visitor.page.goto("/help/reset-the-zebra-switch/")
    expect(visitor.page.locator("main")).to_contain_text("zebra switch")
    assert_inert(visitor.page)


def test_the_policy_allows_nothing_inline(visitor: Visitor) -> None:
    response = visitor.page.goto("/")
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "'self'" in policy
    assert response.headers["cache-control"] == "no-store"
    assert visitor.page.evaluate("document.querySelectorAll('[style], style').length") == 0
