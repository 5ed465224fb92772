"""When not to answer: the page with its curve, on a desktop and on a phone."""

import json

from playwright.sync_api import Browser, expect

from supportapp.evals.curve import Curve
from tests.browser.chat import Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import check

ADDRESS = "/admin/retrieval/calibration/"
STORED = """
INSERT INTO retrieval_calibration
  (workspace_id, weights, words, constant, threshold, precision, fitted_on, is_active, made_at)
VALUES ((SELECT min(id) FROM knowledge_workspace), '{"cosine": 4.0}', '{}', -2.0, 0.295, 0.95,
  %s::jsonb, true, now()) RETURNING id
"""


def fitted_on() -> str:
    curve = Curve.of([n / 100 for n in range(100)], [n >= 30 or n % 3 == 0 for n in range(100)])
    return json.dumps(
        {
            **{"questions": 100, "right": 80, "conversations": 90, "auc": 0.9, "shipped_auc": 0.8},
            "sources": {"review labels": 100},
            "curve": curve.stored(),
            "shipped_curve": curve.stored(),
        }
    )


def test_the_threshold_is_set_and_given_back_and_every_state_is_accessible(
    chromium: Browser, live_site: LiveSite
) -> None:
    with Visitor(chromium, live_site.url, viewport={"width": 390, "height": 844}) as staff:
        page = staff.sign_in(live_site.database.staff_login, ADDRESS)
        expect(page.get_by_text("This workspace uses the shipped numbers")).to_be_visible()
        check(page)

        assert live_site.database.value(STORED, fitted_on())
        page.reload()
        expect(page.get_by_role("img", name="Precision by coverage")).to_be_visible()
        page.get_by_text("The same as a table").click()
        check(page)

        page.get_by_role("button", name="Promise 90 of 100").click()
        expect(page.get_by_text("It counts from the next question on.")).to_be_visible()
        page.get_by_role("button", name="Switch back to the shipped numbers").click()
        expect(page.get_by_text("What was shipped counts")).to_be_visible()
        page.set_viewport_size({"width": 1280, "height": 900})
        check(page)
