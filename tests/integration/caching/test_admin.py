"""What staff see and may do with remembered answers."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from supportapp.caching import keeping, shadows
from supportapp.caching.models import MemoryPolicy, RememberedAnswer
from supportapp.knowledge.models import Article, Workspace
from tests.factories import UserFactory
from tests.integration.caching.conftest import ASKED, Keep
from tests.integration.caching.test_memory import approval

LIST = "admin:caching_rememberedanswer_changelist"
State = RememberedAnswer.State


@pytest.fixture
def editor(db: None, client: Client) -> Client:
    client.force_login(UserFactory.create(editor=True))
    return client


def test_the_list_says_what_is_in_use_and_who_answers_for_it(
    editor: Client, keep: Keep, plan: Article
):
    keep("How do I get an invoice?")
    keeping.approve(approval(plan), UserFactory.create(username="ann"))
    page = editor.get(reverse(LIST)).text
    assert "How do I get an invoice?" in page
    assert "by ann until" in page
    assert "How do I get" not in editor.get(reverse(LIST), {"approval": "approved"}).text
    assert ASKED not in editor.get(reverse(LIST), {"approval": "due"}).text


def test_staff_word_an_approved_answer_anew_and_no_other(editor: Client, keep: Keep, plan: Article):
    kept = keeping.approve(approval(plan), UserFactory.create())
    address = reverse("admin:caching_rememberedanswer_change", args=[kept.pk])
    words = {"question": "How can a plan be ended?", "answer": "Better. [1]", "review_by": ""}
    forms = {"passages-TOTAL_FORMS": "0", "passages-INITIAL_FORMS": "0"}
    assert editor.post(address, words | forms).status_code == 302
    kept.refresh_from_db()
    assert (kept.question, kept.answer) == ("How can a plan be ended?", "Better. [1]")
    other = keep("How do I get an invoice?")
    assert other is not None
    address = reverse("admin:caching_rememberedanswer_change", args=[other.pk])
    assert editor.post(address, words | forms).status_code == 403


def test_staff_retire_and_renew(editor: Client, plan: Article):
    kept = keeping.approve(approval(plan), UserFactory.create())
    chosen = {"_selected_action": [kept.pk]}
    editor.post(reverse(LIST), {"action": "retire"} | chosen)
    kept.refresh_from_db()
    assert kept.state == State.RETIRED
    editor.post(reverse(LIST), {"action": "renew"} | chosen)
    kept.refresh_from_db()
    assert kept.state == State.LIVE


def test_disagreement_is_seen_and_the_threshold_set_by_the_budget(
    editor: Client, keep: Keep, workspace: Workspace
):
    kept = keep()
    assert kept is not None
    shadow = shadows.ask(kept.pk, uuid4(), ASKED, 0.97)
    assert shadow is not None
    shadows.judge(shadow, "Bring the lamp back.", [])
    assert "1 of 1" in editor.get(reverse(LIST)).text
    page = editor.get(reverse("admin:caching_shadowanswer_changelist")).text
    assert "Says something else" in page
    policy = MemoryPolicy.objects.create(workspace=workspace, error_budget=0.05)
    editor.post(
        reverse("admin:caching_memorypolicy_changelist"),
        {"action": "calibrate", "_selected_action": [policy.pk]},
    )
    policy.refresh_from_db()
    assert policy.threshold == shadows.threshold_for(0.05, [])
    assert policy.calibrated_on["judged"] == 1
