"""The admin on a desktop and on a phone: readable, complete, usable without a mouse."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import check

PAGES = (
    *("/admin/", "/admin/knowledge/article/", "/admin/knowledge/workspace/1/change/"),
    *("/admin/knowledge/importjob/add/", "/admin/knowledge/embeddingmodel/1/change/"),
    *("/admin/auth/user/1/change/", "/admin/auth/user/add/", "/admin/auth/group/1/change/"),
    *("/admin/auth/user/", "/admin/outbox/outboxevent/", "/admin/axes/accesslog/"),
)
CUT = """() => [...document.querySelectorAll('.results, .form-row, .module')]
  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className)"""


@pytest.fixture(params=[390, 1280])
def administrator(
    request: pytest.FixtureRequest, chromium: Browser, live_site: LiveSite
) -> Iterator[Page]:
    """Somebody who may do everything, in a window of each width."""
    with Visitor(chromium, live_site.url, viewport={"width": request.param, "height": 900}) as who:
        yield who.sign_in(live_site.database.staff_login, "/admin/")


def test_every_kind_of_page_is_accessible_and_nothing_is_cut(administrator: Page) -> None:
    for address in PAGES:
        administrator.goto(address)
        assert (address, administrator.evaluate(CUT)) == (address, [])
        check(administrator)


def test_a_list_is_filtered_by_keyboard(administrator: Page) -> None:
    administrator.goto("/admin/knowledge/article/")
    columns = administrator.locator("#result_list thead th:visible").count()
    assert columns == (3 if (administrator.viewport_size or {})["width"] == 390 else 8)
    administrator.locator(".list-filters > summary").focus()
    administrator.keyboard.press("Enter")
    administrator.keyboard.press("Tab")
    administrator.keyboard.press("Tab")
    administrator.keyboard.press("Enter")
    expect(administrator).to_have_url(re.compile("state__exact="))
    expect(administrator.get_by_role("link", name="Show everything again")).to_be_visible()
