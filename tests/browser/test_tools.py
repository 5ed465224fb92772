"""What tools do, as people see it: looked-up answers, the card that asks, staff's data page."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat import Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import check
from tests.fakes.model_server import ModelServer

RATES = "What are the mortgage rates?"
UPSET = "My yearly plan refund is late, please let somebody look at it"
PHONE = {"width": 390, "height": 844}


def test_a_looked_up_answer_shows_its_source_and_date(visitor: Visitor) -> None:
    chat = visitor.chat().open()
    turn = chat.ask(RATES)
    expect(turn).to_contain_text("Looked up for you")
    expect(turn.locator("table")).to_contain_text("Germany")
    expect(turn.locator(".tool-steps")).to_contain_text("Looking up home-loan rates")
    turn.locator("a.citation").click()
    expect(chat.page).to_have_url(re.compile(r"#tool-"))
    expect(turn.locator(".tool-source")).to_contain_text("as of 20 November 2026")
    check(chat.page)
    chat.page.set_viewport_size(PHONE)
    check(chat.page)


def test_an_order_is_shown_to_who_is_signed_in(visitor: Visitor, live_site: LiveSite) -> None:
    chat = visitor.chat().open()
    expect(chat.ask("Where is my order TS-104233?")).to_contain_text("sign in")
    visitor.sign_in(live_site.database.staff_login, "/")
    turn = visitor.chat().ask("Where is my order TS-104233?")
    expect(turn).to_contain_text("is on its way")
    expect(turn).to_contain_text("Your orders")


def test_each_step_is_seen_as_it_happens(model_visitor: Visitor, model: ModelServer) -> None:
    model.when(RATES).say("The lowest is 3.31% [1]. " * 20).call("get_mortgage_rates").delay(0.05)
    chat = model_visitor.chat().open().send(RATES)
    expect(chat.page.locator(".stage", has_text="Looking up home-loan rates…")).to_be_visible()


def test_nothing_is_done_before_the_customer_confirms(
    model_visitor: Visitor, model: ModelServer
) -> None:
    model.when(UPSET).say("Done!").call("request_person")
    chat = model_visitor.chat().open()
    turn = chat.ask(UPSET)
    card = turn.locator(".confirmation")
    expect(card).to_contain_text("Shall I pass this conversation on to a person?")
    check(chat.page)
    card.get_by_label("Your e-mail address").fill("lena@example.com")
    card.get_by_role("button", name="Confirm").dblclick()
    expect(turn.get_by_role("status")).to_contain_text("A person has your request")
    check(chat.page)


@pytest.mark.parametrize("answer", ["Confirm", "No"])
def test_the_card_works_without_scripts(
    chromium: Browser, model_site: LiveSite, model: ModelServer, answer: str
) -> None:
    model.when(UPSET).say("Done!").call("request_person")
    with Visitor(chromium, model_site.url, java_script_enabled=False) as plain:
        page = plain.chat().open().page
        page.get_by_label("Your question").fill(UPSET)
        page.get_by_role("button", name="Send", exact=True).click()
        card = plain.chat().finished().locator(".confirmation")
        if answer == "Confirm":
            card.get_by_label("Your e-mail address").fill("lena@example.com")
        card.get_by_role("button", name=answer).click()
        said = "A person has your request" if answer == "Confirm" else "You said no"
        expect(plain.chat().last).to_contain_text(said)


def test_staff_ask_their_data(visitor: Visitor, live_site: LiveSite) -> None:
    visitor.chat().open().ask(RATES)
    page = visitor.sign_in(live_site.database.staff_login, "/staff/data/")
    check(page)
    page.get_by_label("Your question").fill("How do questions end?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("heading", name="How do questions end?")).to_be_visible()
    expect(page.locator("table")).to_contain_text("answered")
    page.get_by_text("The query", exact=True).click()
    expect(page.locator("pre.insight-sql")).to_contain_text("SELECT")
    check(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == "data.csv"
    page.get_by_text("Write SQL", exact=True).click()
    page.get_by_label("One SELECT over the views below").fill("SELECT * FROM auth_user")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("one of the views")
    page.set_viewport_size(PHONE)
    check(page)


def test_staff_see_how_old_the_rates_are(visitor: Visitor, live_site: LiveSite) -> None:
    page = visitor.sign_in(live_site.database.staff_login, "/admin/tools/ratesync/")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Nothing new").first).to_be_visible()
    check(page)
    page.goto("/admin/tools/toolswitch/")
    expect(page.get_by_text("get_order_status")).to_be_visible()
    check(page)
    page.goto("/admin/tools/apidescription/add/")
    check(page)
