"""Everything by keyboard alone, with the focus always seen and never lost."""

from playwright.sync_api import Page, expect

from tests.browser.chat import Visitor
from tests.fakes.model_server import ModelServer

REFUND = "Can I get a refund for a yearly plan?"
LONG = "Word by word it goes on [1]. " * 60
VISIBLE = """() => {
  const element = document.activeElement;
  if (element === document.body) return '';  // Past the last stop, on the way to the first.
  const style = getComputedStyle(element.closest('.composer') ?? element);
  const box = element.getBoundingClientRect();
  const x = box.left + Math.min(box.width / 2, 40), y = box.top + box.height / 2;
  const top = document.elementFromPoint(x, y);
  const ringed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  const seen = top !== null && (element.contains(top) || top.contains(element));
  return (ringed || element.matches('.choice input')) && seen ? '' : element.outerHTML;
}"""


def tab_to(page: Page, selector: str, limit: int = 60) -> None:
    """Press Tab until the element has the focus; every stop on the way must be seen."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        assert page.evaluate(VISIBLE) == ""
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def test_the_first_stop_skips_to_the_content(visitor: Visitor) -> None:
    visitor.page.goto("/about-ai/")
    visitor.page.keyboard.press("Tab")
    expect(visitor.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("main")).to_be_focused()


def test_who_types_goes_on_typing_where_the_first_question_leads(visitor: Visitor) -> None:
    page = visitor.chat().open().page
    page.keyboard.type(REFUND)
    page.keyboard.press("Enter")
    visitor.chat().finished()
    expect(page.get_by_role("textbox")).to_be_focused()


def test_ask_rate_and_hand_over_by_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.chat().open().page
    page.keyboard.type(REFUND)
    page.keyboard.press("Enter")
    visitor.chat().finished()

    tab_to(page, "[aria-label='Not helpful']")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-label='Not helpful']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[aria-label='Not helpful']")).to_be_focused()
    tab_to(page, ".choice input")
    page.keyboard.press("Space")
    tab_to(page, ".feedback-more button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Change what you said")).to_be_visible()

    tab_to(page, "[data-person]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Talk to a person")).to_be_visible()
    tab_to(page, "[name=contact]")
    page.keyboard.type("anna@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A person has your request")).to_be_visible()


def test_stop_and_retry_by_keyboard_alone(model_visitor: Visitor, model: ModelServer) -> None:
    model.say(LONG).delay(0.05)
    chat = model_visitor.chat().open()
    chat.page.keyboard.type(REFUND)
    chat.page.keyboard.press("Enter")
    chat.streaming()
    chat.page.keyboard.press("Escape")
    chat.finished("cancelled")

    model.reset()
    tab_to(chat.page, ".actions .button-primary")
    chat.page.keyboard.press("Enter")
    chat.finished()


def test_a_citation_opens_and_closes_by_keyboard(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    chat.ask(REFUND)
    visitor.page.locator("a.citation").first.focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#panel-heading")).to_be_focused()
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator("a.citation").first).to_be_focused()


def test_shortcuts_are_listed_work_and_can_be_switched_off(visitor: Visitor) -> None:
    page = visitor.chat().open().page
    page.locator("main").focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.locator("main").focus()
    page.keyboard.press("/")
    expect(visitor.chat().box).to_be_focused()

    page.get_by_role("button", name="Keyboard shortcuts").click()
    keys.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.locator("main").focus()
    page.keyboard.press("?")
    expect(keys).to_be_hidden()


def test_an_answer_is_announced_once_and_never_token_by_token(
    model_visitor: Visitor, model: ModelServer
) -> None:
    chat = model_visitor.chat().open()
    chat.ask(REFUND)
    chat.page.evaluate(
        """() => {
          window.heard = { log: 0, said: [] };
          const log = document.querySelector('[role=log]');
          new MutationObserver((changes) => (window.heard.log += changes.length)).observe(log, {
            childList: true, characterData: true, subtree: true,
          });
          const status = document.querySelector('#status');
          new MutationObserver(() => {
            if (status.textContent) window.heard.said.push(status.textContent);
          }).observe(status, { childList: true, characterData: true, subtree: true });
        }"""
    )
    model.say(LONG).delay(0.005)
    chat.ask("How do I cancel my plan?")

    heard = chat.page.evaluate("window.heard")
    assert heard["log"] <= 3
    assert heard["said"] == ["Answer started.", "Answer finished."]
    expect(chat.log).to_contain_text("Word by word it goes on")


def test_the_notice_is_there_before_the_first_question(visitor: Visitor) -> None:
    page = visitor.chat().open().page
    expect(page.get_by_role("heading", name="You are talking to an AI system")).to_be_visible()
    expect(page.locator(".dock")).to_contain_text("AI answers can be wrong")
    description = visitor.chat().box.evaluate(
        "box => box.getAttribute('aria-describedby').split(' ')"
        ".map((id) => document.getElementById(id).textContent).join(' ')"
    )
    assert "You are talking to an AI system" in description


def test_the_chosen_theme_stays(visitor: Visitor) -> None:
    page = visitor.chat().open().page
    page.get_by_role("button", name="Switch to dark colours").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.goto("/about-ai/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.get_by_role("button", name="Switch to light colours").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
