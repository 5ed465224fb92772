"""From questions that nobody could answer to a draft, on a phone and on a desktop."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.chat import Visitor
from tests.browser.live_site import LiveSite
from tests.browser.test_accessibility import check

# Declined turns as they stand after customers asked: the worker finds them by itself.
ASKED = """
WITH made AS (
  INSERT INTO conversations_conversation (id, workspace_id, visitor, title, language, created_at,
    updated_at)
  SELECT gen_random_uuid(), (SELECT min(id) FROM knowledge_workspace), gen_random_uuid(), '', 'en',
    now(), now() FROM generate_series(1, %s) RETURNING id
)
INSERT INTO conversations_turn (id, conversation_id, position, client_id, cause, question, state,
  outcome, kind, answer, streamed_seq, runner, suggestions, closest, notices, error_code, model,
  prompt_version, generation, receipt, created_at, finished_at)
SELECT gen_random_uuid(), id, 1, gen_random_uuid(), 'ask',
  (ARRAY['Do you rent out canoes?', 'can I rent a canoe from you',
         'canoe rental for the weekend?'])[1 + (row_number() OVER ())::int %% 3],
  'answered', 'no_evidence', '', 'I don''t know.', 0, '', '[]', '[]', '[]', '', '', '', 0, '{}',
  now(), now() FROM made RETURNING 1
"""
FOUND = "SELECT 1 FROM gaps_gap WHERE questions >= 3 AND %s = ANY(words)"


def test_questions_become_a_gap_and_a_gap_a_draft_and_pages_are_accessible(
    chromium: Browser, live_site: LiveSite
) -> None:
    assert live_site.database.value(ASKED, 6)
    with Visitor(chromium, live_site.url, viewport={"width": 390, "height": 844}) as staff:
        page = staff.sign_in(live_site.database.staff_login, "/staff/gaps/")
        page.get_by_role("button", name="Read now").click()
        assert live_site.database.wait_for(FOUND, "canoe", seconds=30)
        page.goto(f"{live_site.url}/staff/gaps/")
        check(page)
        page.get_by_role("link", name=re.compile("canoe", re.I)).first.click()
        expect(page.get_by_text("6 questions of 6 customers")).to_be_visible()
        page.get_by_text("Put it off").click()
        check(page)
        page.set_viewport_size({"width": 1280, "height": 900})
        check(page)
        page.get_by_role("button", name="Draft an article").click()
        expect(page.get_by_text("Drafted. Check it before you publish it")).to_be_visible()
        for address in ("/staff/gaps/drift/", "/staff/gaps/articles/", "/staff/training/"):
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 844})
                page.goto(f"{live_site.url}{address}")
                check(page)
        page.goto(f"{live_site.url}/staff/gaps/")
        expect(page.get_by_role("link", name="Open the draft")).to_be_visible()
