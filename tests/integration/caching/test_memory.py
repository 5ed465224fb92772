"""A remembered answer is served to its question, and to nobody else's."""

import datetime
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from supportapp.caching import calibrating, confirming, keeping, lookup, shadows, tidying
from supportapp.caching.keeping import NotApprovable
from supportapp.caching.models import MemoryPolicy, RememberedAnswer, ShadowAnswer
from supportapp.caching.values import Approval, Miss, ReadPassage, Remembered, ToRemember
from supportapp.knowledge import publishing
from supportapp.knowledge.models import Article, EmbeddingModel, Passage, Workspace
from supportapp.retrieval.values import Limits, Scope
from tests.factories import UserFactory, WorkspaceFactory
from tests.integration.caching.conftest import ASKED, PUBLIC, Find, Keep, asked
from tests.integration.retrieval.conftest import publish_article

State, Reason = RememberedAnswer.State, RememberedAnswer.Reason


@pytest.mark.parametrize(
    "question",
    [ASKED, "how do i cancel my plan", "How can I cancel my plan?", "How do I cancell my plan?"],
)
def test_another_wording_and_a_slip_are_served_from_memory(keep: Keep, find: Find, question: str):
    keep()
    found = find(question)
    assert isinstance(found, Remembered)
    assert found.answer.startswith("Open *Billing*")
    assert [each.slug for each in found.sources] == ["cancel"]
    assert RememberedAnswer.objects.get().served == 1


@pytest.mark.parametrize(
    "question",
    ["Why can't I cancel my plan?", "How do I cancel my 2 plans?", "How do I upgrade my plan?"],
)
def test_a_near_miss_is_answered_anew(keep: Keep, find: Find, question: str):
    keep()
    assert isinstance(find(question), Miss)


@pytest.mark.parametrize(
    "otherwise",
    [
        {"audiences": frozenset({"public", "customers"})},
        {"language": "de"},
        {"recipe": "another prompt or model"},
    ],
    ids=lambda each: next(iter(each)),
)
def test_what_an_answer_depends_on_is_part_of_its_key(
    keep: Keep, find: Find, otherwise: dict[str, object]
):
    keep()
    assert isinstance(find(**otherwise), Miss)


def test_another_workspace_remembers_nothing_of_it(keep: Keep, find: Find):
    keep()
    other = WorkspaceFactory.create(slug="other")

    assert isinstance(lookup.find(asked(ASKED, other)), Miss)


def test_a_changed_passage_takes_the_answer_along_in_its_own_transaction(
    keep: Keep, find: Find, plan: Article, workspace: Workspace
):
    keep()
    publish_article(workspace, "cancel", "Cancel your plan", "Write to us to cancel.")
    assert isinstance(find(), Miss)
    confirming.confirm(workspace.pk, Limits())
    kept = RememberedAnswer.objects.get()
    assert (kept.state, kept.reason) == (State.RETIRED, Reason.PASSAGE_CHANGED)


def test_an_archived_article_takes_the_answer_along(keep: Keep, find: Find, plan: Article):
    keep()
    publishing.archive(plan)
    assert isinstance(find(), Miss)


def test_a_publication_about_something_else_only_pauses_the_answer(
    keep: Keep, find: Find, workspace: Workspace
):
    keep()
    publish_article(workspace, "lamp", "Change the bulb of the lamp", "Unscrew the bulb.")
    assert isinstance(find(), Miss)
    confirming.confirm_all(Limits(evidence=1))
    assert isinstance(find(), Remembered)


def test_a_new_article_that_the_question_finds_takes_the_answer_along(
    keep: Keep, find: Find, workspace: Workspace
):
    keep()
    publish_article(
        workspace, "cancel-plus", "Cancel the plan by post", "How to cancel a plan by post: write."
    )
    confirming.confirm_all(Limits())
    assert RememberedAnswer.objects.get().reason == Reason.NEW_PASSAGE
    assert isinstance(find(), Miss)


def test_nothing_is_confirmed_while_a_new_passage_has_no_vector(
    keep: Keep, find: Find, workspace: Workspace
):
    keep()
    publish_article(workspace, "lamp", "Change the bulb", "Unscrew the bulb.", embed=False)
    assert confirming.confirm_all() == 0
    assert RememberedAnswer.objects.get().state == State.LIVE


def test_an_answer_that_a_publication_overtook_is_not_remembered(
    keep: Keep, plan: Article, workspace: Workspace
):
    held = keep()
    assert held is not None
    passages = list(held.passages.values_list("passage_id", "number"))
    publish_article(workspace, "cancel", "Cancel your plan", "Write to us to cancel.")

    late = ToRemember(
        asked("How may a plan be ended?", workspace),
        "Old. [1]",
        "generated",
        "m",
        "p",
        tuple(ReadPassage(*each) for each in passages),
        held.generation,
        0.9,
        10.0,
    )
    assert keeping.remember(late) is None


def approval(plan: Article, question: str = ASKED) -> Approval:
    passage = Passage.objects.get(article=plan, generation_removed=None)
    scope = Scope(plan.workspace_id, PUBLIC)
    read = (ReadPassage(passage.pk, 1, "Open Billing."),)
    return Approval(question, "Approved words. [1]", scope, "en", read)


def test_an_approved_answer_is_served_first_whatever_model_counts(
    keep: Keep, find: Find, plan: Article
):
    keep("How can I cancel my plan?")
    keeping.approve(approval(plan), UserFactory.create())
    found = find("How can I cancel my plan?", recipe="another")
    assert isinstance(found, Remembered)
    assert found.is_approved
    assert found.answer == "Approved words. [1]"


def test_an_approved_answer_outlives_the_embedding_model_that_read_its_question(
    find: Find, plan: Article
):
    kept = keeping.approve(approval(plan), UserFactory.create())
    before = EmbeddingModel.objects.create(name="before", dimension=3)
    RememberedAnswer.objects.filter(pk=kept.pk).update(embedding_model=before, vector=[1, 0, 0])
    assert isinstance(find(), Miss)
    before.delete()
    assert confirming.reread() == 1
    assert confirming.reread() == 0
    found = find()
    assert isinstance(found, Remembered)
    assert found.is_approved


def test_an_approved_answer_whose_passage_changed_waits_for_its_people(
    find: Find, plan: Article, workspace: Workspace
):
    kept = keeping.approve(approval(plan), UserFactory.create())
    publish_article(workspace, "cancel", "Cancel your plan", "Write to us to cancel.")
    confirming.confirm_all()
    kept.refresh_from_db()
    assert kept.state == State.STALE
    assert not keeping.renew(kept, UserFactory.create())


def test_an_approval_without_a_source_is_refused(plan: Article):
    given = Approval(ASKED, "Words.", Scope(plan.workspace_id, PUBLIC), "en")
    with pytest.raises(NotApprovable):
        keeping.approve(given, UserFactory.create())


def test_an_approval_lapses_after_its_day_and_can_be_renewed(find: Find, plan: Article):
    kept = keeping.approve(approval(plan), UserFactory.create())
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    RememberedAnswer.objects.update(review_by=yesterday)
    assert isinstance(find(), Miss)
    assert keeping.renew(kept, UserFactory.create())
    assert isinstance(find(), Remembered)


def test_a_shadow_that_says_something_else_retires_the_answer(
    keep: Keep, find: Find, plan: Article
):
    kept = keep()
    assert kept is not None

    shadow = shadows.ask(kept.pk, uuid4(), ASKED, 0.97)
    assert shadow is not None
    assert shadows.judge(shadow, kept.answer, [plan.pk]) == ShadowAnswer.State.AGREES
    other = shadows.ask(kept.pk, uuid4(), ASKED, 0.97)
    assert other is not None
    assert shadows.judge(other, "Bring the lamp back.", []) == ShadowAnswer.State.DIFFERS
    assert isinstance(find(), Miss)


def test_wrong_shadows_raise_the_threshold_and_good_ones_leave_it(workspace: Workspace):
    good = [(0.99, False)] * 40
    wrong = [(0.96, True)] * 5
    start = shadows.threshold_for(0.02, [])
    assert shadows.threshold_for(0.02, good) <= start
    assert shadows.threshold_for(0.02, good + wrong) > 0.96
    policy = calibrating.calibrate(workspace, 0.01)
    assert policy.threshold == shadows.threshold_for(0.01, [])


def test_a_workspace_that_remembers_nothing_is_left_alone(
    keep: Keep, find: Find, workspace: Workspace
):
    keep()
    MemoryPolicy.objects.create(workspace=workspace, is_on=False)
    assert find() == Miss("off")
    assert keep("How do I get an invoice?") is None


def test_a_customers_thumb_down_retires_what_was_served(keep: Keep, find: Find):
    kept = keep()
    assert kept is not None
    assert keeping.doubt([], [kept.pk]) == 1
    assert isinstance(find(), Miss)


def test_a_customers_thumb_down_leaves_what_a_person_approved(keep: Keep, find: Find):
    kept = keep()
    assert kept is not None
    RememberedAnswer.objects.filter(pk=kept.pk).update(approved_at=timezone.now())
    assert keeping.doubt([], [kept.pk]) == 0
    assert isinstance(find(), Remembered)


def test_customers_who_keep_asking_for_another_answer_get_their_way(keep: Keep, find: Find):
    kept = keep()
    assert kept is not None
    keeping.passed_over(kept.pk)
    assert isinstance(find(), Remembered)
    keeping.passed_over(kept.pk)
    assert isinstance(find(), Miss)


def test_the_old_and_the_unused_leave_by_themselves(keep: Keep, find: Find, settings: Settings):
    settings.CACHE_ENTRIES = 1
    keep()
    keep("How do I get an invoice?")
    find()
    assert tidying.tidy(timezone.now()) == 1
    assert RememberedAnswer.objects.get(state=State.LIVE).question == ASKED
    later = timezone.now() + datetime.timedelta(days=31)
    assert tidying.tidy(later) == 1
