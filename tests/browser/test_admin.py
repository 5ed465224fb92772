"""The admin on a desktop and on a phone: readable, complete, usable without a mouse."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import check

WIDTHS = (1280, 390)
PAGES = (
    *("/admin/knowledge/article/", "/admin/knowledge/workspace/1/change/"),
    *("/admin/knowledge/embeddingmodel/1/change/", "/admin/auth/group/1/change/"),
    *("/admin/knowledge/embeddingmodel/", "/admin/evals/comparison/add/"),
    *("/admin/guardrails/guardswitch/", "/admin/guardrails/compliancerule/"),
    "/admin/guardrails/compliancerule/add/",
    *("/admin/auth/user/1/change/", "/admin/auth/user/add/", "/admin/auth/user/"),
)
CUT = """() => [...document.querySelectorAll('.results, .form-row, .module')]
  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className)"""


@pytest.fixture
def administrator(chromium: Browser, live_site: LiveSite) -> Iterator[Page]:
    """Somebody who may do everything."""
    with Visitor(chromium, live_site.url) as who:
        yield who.sign_in(live_site.database.staff_login, "/admin/")


def look(page: Page, address: str, width: int) -> None:
    """Open a page in a window of this width."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_accessible_and_nothing_in_it_is_cut(administrator: Page, address: str) -> None:
    for width in WIDTHS:
        look(administrator, address, width)
        assert (width, administrator.evaluate(CUT)) == (width, [])
    check(administrator)


@pytest.mark.parametrize(("width", "columns"), [(1280, 8), (390, 3)])
def test_a_list_keeps_its_first_columns_and_is_filtered_by_keyboard(
    administrator: Page, width: int, columns: int
) -> None:
    look(administrator, "/admin/knowledge/article/", width)
    assert administrator.locator("#result_list thead th:visible").count() == columns
    administrator.locator(".list-filters > summary").focus()
    for key in ("Enter", "Tab", "Tab", "Enter"):
        administrator.keyboard.press(key)
    expect(administrator).to_have_url(re.compile("state__exact="))
    expect(administrator.get_by_role("link", name="Show everything again")).to_be_visible()
