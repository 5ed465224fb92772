"""One's own conversations: found, renamed, deleted, brought back; nobody else's."""

from playwright.sync_api import Browser, expect

from tests.browser.chat import Visitor
from tests.browser.live_site import LiveSite

REFUND = "Can I get a refund for a yearly plan?"
CANCEL = "How do I cancel my plan?"


def test_conversations_are_found_by_their_words(visitor: Visitor) -> None:
    visitor.chat().open().ask(REFUND)
    visitor.chat().open().ask(CANCEL)
    visitor.page.get_by_role("link", name="Your conversations").first.click()
    items = visitor.page.locator(".history-item")
    expect(items).to_have_count(2)
    visitor.page.get_by_label("Search your conversations").press_sequentially("yearly")
    expect(items).to_have_count(1)
    expect(items).to_contain_text(REFUND)
    visitor.page.get_by_label("Search your conversations").fill("no such words")
    expect(visitor.page.get_by_text("Nothing was found")).to_be_visible()


def test_a_conversation_is_renamed(visitor: Visitor) -> None:
    visitor.chat().open().ask(REFUND)
    visitor.page.goto("/history/")
    visitor.page.locator(".rename summary").click()
    visitor.page.get_by_label("New name").fill("Money back")
    visitor.page.get_by_role("button", name="Rename").click()
    visitor.page.get_by_role("link", name="Money back").click()
    expect(visitor.page.get_by_role("heading", name="Money back")).to_be_visible()


def test_a_deleted_conversation_is_gone_until_it_is_brought_back(visitor: Visitor) -> None:
    visitor.chat().open().ask(REFUND)
    address = visitor.page.url
    visitor.page.goto("/history/")
    visitor.page.get_by_role("button", name="Delete").click()
    expect(visitor.page.get_by_text("was deleted")).to_be_visible()
    gone = visitor.context.request.get(address)
    assert gone.status == 404
    visitor.page.get_by_role("button", name="Undo").click()
    expect(visitor.page.locator(".history-item")).to_have_count(1)
    visitor.page.goto(address)
    expect(visitor.chat().last).to_contain_text(REFUND)


def test_somebody_else_finds_nothing_at_the_same_address(
    visitor: Visitor, chromium: Browser, live_site: LiveSite
) -> None:
    turn = visitor.chat().open().ask(REFUND)
    turn_id = turn.get_attribute("data-turn")
    with Visitor(chromium, live_site.url) as stranger:
        response = stranger.page.goto(visitor.page.url)
        assert response is not None
        assert response.status == 404
        expect(stranger.page.get_by_text(REFUND)).to_have_count(0)
        assert stranger.context.request.get(f"/t/{turn_id}/").status == 404
        assert stranger.context.request.get(f"/t/{turn_id}/sources/1/").status == 404


def test_a_new_conversation_starts_from_the_side(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.ask(REFUND)
    visitor.page.get_by_role("link", name="New conversation").click()
    expect(chat.turns).to_have_count(0)
    expect(visitor.page.get_by_role("navigation", name="Recent")).to_contain_text(REFUND)
