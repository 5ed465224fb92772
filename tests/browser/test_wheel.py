"""The whole wheel: a bad answer is rated down, reviewed, mended, told, and measurably better."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import PATIENCE, Visitor
from tests.browser.live_site import LiveSite
from tests.browser.publishing import REPLAYED, publish
from tests.browser.test_accessibility import check

QUESTION = "How long are gift vouchers valid?"
ALIKE = "Gift vouchers: how long are they valid?"
WRONG = "Gift vouchers are valid for 12 months after they were bought."
RIGHT = "Gift vouchers are valid for 36 months after they were bought."
ITEM = """
    SELECT item.id FROM review_reviewitem item
    JOIN conversations_turn turn ON turn.id = item.turn_id
    WHERE turn.question = %s
"""


@pytest.fixture
def staff(chromium: Browser, live_site: LiveSite) -> Iterator[Page]:
    with Visitor(chromium, live_site.url) as somebody:
        yield somebody.sign_in(live_site.database.staff_login, "/admin/knowledge/article/add/")


def write_article(page: Page) -> None:
    page.get_by_label("Title").fill("Gift vouchers")
    page.get_by_label("Text (Markdown)").fill(WRONG)
    publish(page)


def judge(page: Page, item: object) -> None:
    """Judge the answer wrong and keep what is right as a golden example."""
    page.goto(f"/review/{item}/")
    page.get_by_role("button", name=re.compile("Wrong or not supported")).click()
    expect(page.get_by_text("Stored: Wrong or not supported.")).to_be_visible(timeout=PATIENCE)
    page.goto(f"/review/{item}/")
    page.locator("#do-golden > summary").click()
    page.get_by_label("Must say").fill("36 months")
    page.get_by_label("Must not say").fill("12 months")
    page.get_by_role("checkbox", name="Gift vouchers").check(force=True)
    page.get_by_role("button", name="Add it to the golden set").click()
    expect(page.get_by_text("Golden example added").first).to_be_visible(timeout=PATIENCE)


def mend(page: Page, item: object) -> None:
    """Fix the article; its change shows what the draft does to answers."""
    page.goto(f"/review/{item}/")
    page.get_by_role("button", name=re.compile("Fix the article")).first.click()
    page.get_by_label("Text (Markdown)").fill(RIGHT)
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile("/staff/changes/"))
    expect(page.get_by_role("heading", name="Decide")).to_be_visible(timeout=REPLAYED)
    golden = page.locator(".replay", has_text="Golden example").filter(has_text=QUESTION)
    expect(golden.get_by_text("Better", exact=True)).to_be_visible()
    expect(golden.locator("ins").first).to_contain_text("36")
    check(page)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text(re.compile(r"Live in \d"))).to_be_visible(timeout=PATIENCE)


def tell_everyone(page: Page) -> None:
    """Recall the answer from the page of the change."""
    page.get_by_role("button", name="Tell who got a wrong answer").click()
    page.wait_for_url(re.compile("/staff/changes/recalls/"))
    expect(page.get_by_label("What they are told")).to_have_value(re.compile("36 months"))
    expect(page.get_by_role("blockquote").first).to_contain_text("12 months")
    check(page)
    page.get_by_role("button", name=re.compile(r"Tell 2 conversations")).click()
    expect(page.get_by_text("Everyone is told")).to_be_visible(timeout=REPLAYED)
    check(page)


def run_golden(page: Page, why: str) -> str:
    """Run the golden set and return the run's number."""
    page.goto("/staff/evals/")
    page.get_by_role("link", name="golden", exact=True).first.click()
    page.get_by_label(re.compile("^Why")).fill(why)
    page.get_by_role("button", name="Run golden").click()
    expect(page.get_by_role("heading", name="Scores")).to_be_visible(timeout=REPLAYED)
    return page.url.rstrip("/").rsplit("/", 1)[1]


def shows_the_gain(page: Page, before: str) -> None:
    """Compare the run on the page with the one before the fix."""
    page.locator(".eval-compare a", has_text=re.compile(rf"^\s*{before}\b")).click()
    row = page.locator("article", has_text=QUESTION)
    expect(row.get_by_role("heading", name=QUESTION)).to_contain_text("better")
    expect(row).to_contain_text("12 months")
    expect(row).to_contain_text("36 months")


def test_a_bad_answer_is_rated_down_reviewed_mended_told_and_better(
    chromium: Browser, live_site: LiveSite, staff: Page
) -> None:
    write_article(staff)
    with (
        Visitor(chromium, live_site.url) as customer,
        Visitor(chromium, live_site.url) as other,
    ):
        answer = customer.chat().open().ask(QUESTION)
        expect(answer).to_contain_text("12 months")
        expect(other.chat().open().ask(ALIKE)).to_contain_text("12 months")
        other.page.goto("/history/")
        answer.get_by_role("button", name="Not helpful").click()
        expect(answer.get_by_text("Thanks, noted.")).to_be_visible(timeout=PATIENCE)
        item = live_site.database.wait_for(ITEM, QUESTION, seconds=30)

        judge(staff, item)
        baseline = run_golden(staff, "Before the fix")
        mend(staff, item)
        tell_everyone(staff)

        # On the page that is open, without reloading it.
        told = customer.page.locator(".team-message")
        expect(told).to_contain_text("36 months", timeout=REPLAYED)
        expect(told).to_contain_text("12 months")
        check(customer.page)
        other.page.reload()
        expect(other.page.get_by_text("1 new message")).to_be_visible()
        expect(customer.chat().ask(QUESTION)).to_contain_text("36 months")
        other.page.get_by_role("link", name=ALIKE).click()
        expect(other.page.locator(".team-message")).to_contain_text("36 months")
        staff.reload()
        seen = staff.locator(".recall-figures > div").filter(has_text="Have seen it")
        expect(seen).to_contain_text("2")
        run_golden(staff, "After the fix")
        shows_the_gain(staff, baseline)
