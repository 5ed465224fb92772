"""Second opinions, settling, gold items, assignment and the rota: who judges what."""

import threading
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from supportapp.conversations.models import Turn
from supportapp.review import (
    agreement_figures,
    decisions,
    export,
    gold,
    intake,
    labels,
    queue,
    rota,
)
from supportapp.review.decisions import Judgement
from supportapp.review.models import Annotation, Label, ReviewItem, ReviewRule, RotaPlace
from supportapp.review.queue import Filter
from tests.integration.review.conftest import client_of, make_turn, user

HTMX = {"HX-Request": "true"}


def judge(item: ReviewItem, who: User, verdict: str, **more: object) -> Annotation:
    stored = decisions.annotate(item, who, Judgement(verdict, **more), timezone.now())
    assert isinstance(stored, Annotation)
    item.refresh_from_db()
    return stored


def standing() -> list[str]:
    return list(Annotation.objects.standing().values_list("verdict", flat=True))


@pytest.fixture
def twice(item: ReviewItem) -> ReviewItem:
    """An item that two people are to judge."""
    ReviewItem.objects.filter(pk=item.pk).update(wanted=2)
    item.refresh_from_db()
    return item


@pytest.fixture
def lead(db: None) -> User:
    return user("lea", "Editor")


def test_two_opinions_that_agree_stand_as_one(twice, reviewer, other_reviewer):
    judge(twice, reviewer, "wrong")
    assert (twice.state, standing()) == ("open", [])
    assert queue.take_next(reviewer, timezone.now()) is None
    assert queue.take_next(other_reviewer, timezone.now()) == twice
    judge(twice, other_reviewer, "wrong")
    assert (twice.state, standing()) == ("done", ["wrong"])


def test_where_opinions_differ_nothing_stands_until_a_third_settles_it(
    twice, reviewer, other_reviewer, lead
):
    judge(twice, reviewer, "should_decline")
    judge(twice, other_reviewer, "good")
    workspace = twice.turn.conversation.workspace
    assert (twice.state, standing()) == ("disputed", [])
    assert not labels.of(workspace).questions
    disputed = Filter(list="disputed")
    assert queue.take_next(lead, timezone.now(), disputed) == twice
    settled = judge(twice, lead, "should_decline")
    assert (settled.role, twice.state, standing()) == ("adjudication", "done", ["should_decline"])
    assert [bool(each.answers) for each in labels.of(workspace).questions] == [False]
    decisions.undo(settled.pk, lead, timezone.now())
    assert standing() == []
    assert queue.listed(lead, disputed).count() == 1


def test_only_leads_settle_and_see_what_differs(twice, reviewer, other_reviewer, lead, turn):
    judge(twice, reviewer, "wrong", note="It cites the old price.")
    judge(twice, other_reviewer, "good")
    third = user("tom", "Reviewer")
    address = reverse("review:verdict", args=[twice.pk])
    assert client_of(third).post(address, {"verdict": "good"}).status_code == 403
    page = reverse("review:item", args=[twice.pk])
    assert "old price" not in client_of(third).get(page).text
    assert "old price" in client_of(lead).get(page).text


def test_a_second_opinion_is_given_blind(twice, reviewer, other_reviewer):
    judge(twice, reviewer, "wrong", note="It cites the old price.", labels={"tone": True})
    page = client_of(other_reviewer).get(reverse("review:item", args=[twice.pk])).text
    assert "old price" not in page
    assert "judged:" not in page


@pytest.mark.django_db(transaction=True)
def test_two_who_judge_at_the_same_moment_are_two_opinions_and_one_item(
    twice, reviewer, other_reviewer
):
    ready = threading.Barrier(2)

    def give(who: User, verdict: str) -> None:
        ready.wait()
        decisions.annotate(twice, who, Judgement(verdict), timezone.now())
        connection.close()

    given = ((reviewer, "good"), (other_reviewer, "wrong"))
    threads = [threading.Thread(target=give, args=each) for each in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    twice.refresh_from_db()
    assert twice.state == "disputed"
    assert Annotation.objects.live().count() == 2


def test_a_share_is_judged_twice_once_two_are_on_the_rota(workspace, settings, reviewer, lead):
    settings.REVIEW_SECOND_OPINION_PERCENT = 100
    alone = intake.enqueue(make_turn(workspace), "low_rated")
    for who in (reviewer, lead):
        RotaPlace.objects.create(user=who)
    together = intake.enqueue(make_turn(workspace), "low_rated")
    assert (alone.wanted, together.wanted) == (1, 2)


def test_kappa_counts_what_two_people_said(workspace, reviewer, other_reviewer, lead):
    for first, second in (("good", "good"), ("wrong", "wrong"), ("good", "wrong"), ("wrong",) * 2):
        item = ReviewItem.objects.create(turn=make_turn(workspace), reason="sampled", wanted=2)
        judge(item, reviewer, first)
        judge(item, other_reviewer, second)
    judged = agreement_figures.twice_judged(timezone.now())
    rows = {row.label: row.agreement for row in agreement_figures.by_question(judged)}
    assert (rows["Verdict"].count, rows["Verdict"].kappa) == (4, pytest.approx(0.5))
    assert rows["Supported by the evidence"].count == 4
    assert rows["Right tone"].count == 0
    assert [row.label for row in agreement_figures.by_people(judged)] == ["rita and omar"]
    page = client_of(lead).get(reverse("review:agreement")).text
    assert "0.50" in page
    assert "Gold items" in page
    assert "Gold items" not in client_of(reviewer).get(reverse("review:agreement")).text


def test_gold_is_shown_blind_and_only_leads_see_who_hits_it(
    item, reviewer, other_reviewer, lead, settings
):
    judge(item, lead, "wrong")
    client_of(lead).post(reverse("review:gold", args=[item.pk]))
    settings.REVIEW_GOLD_PERCENT = 100
    assert gold.due(lead) is None
    seeded = queue.take_next(reviewer, timezone.now())
    assert seeded == item
    page = client_of(reviewer).get(reverse("review:queue")).text
    assert "gold" not in page.lower()
    assert "judged:" not in page
    stored = judge(item, reviewer, "good")
    judge(item, other_reviewer, "wrong")
    assert (stored.role, standing()) == ("gold", ["wrong"])
    assert [(each.reviewer, each.percent) for each in gold.accuracies()] == [
        ("omar", 100.0),
        ("rita", 0.0),
    ]
    assert len(list(export.labels())) == 1
    assert gold.due(reviewer) is None
    decisions.undo(stored.pk, reviewer, timezone.now())
    item.refresh_from_db()
    assert (item.state, [each.reviewer for each in gold.accuracies()]) == ("done", ["omar"])


def test_answers_in_yes_and_no_are_stored_beside_the_verdict(reviewer_client, item):
    given = {"verdict": "incomplete", "tone": "yes", "sentence_0": "yes", "sentence_1": "no"}
    item.turn.answer = "Open Billing. Choose Cancel plan. [1]"
    item.turn.save()
    address = reverse("review:verdict", args=[item.pk])
    refused = reviewer_client.post(address, given | {"complete": "yes"}, headers=HTMX)
    assert refused.status_code == 422
    assert "doesn’t go with" in refused.text
    refused = reviewer_client.post(address, given, headers=HTMX)
    assert refused.status_code == 422
    assert (
        reviewer_client.post(address, given | {"verdict": "wrong"}, headers=HTMX).status_code == 200
    )
    whole = Label.objects.filter(sentence=None).values_list("question", "value")
    assert dict(whole) == {"supported": False, "tone": True}
    parts = Label.objects.exclude(sentence=None).values_list("sentence", "value", "text")
    assert set(parts) == {(0, True, "Open Billing."), (1, False, "Choose Cancel plan. [1]")}


def test_answers_alone_amount_to_a_verdict(reviewer_client, item):
    address = reverse("review:verdict", args=[item.pk])
    reviewer_client.post(address, {"verdict": "", "supported": "yes", "complete": "no"})
    assert Annotation.objects.get().verdict == "incomplete"


# Whose it is


def test_what_is_given_to_one_person_is_theirs_for_two_days(item, reviewer, other_reviewer, lead):
    address = reverse("review:assign", args=[item.pk])
    client_of(lead).post(address, {"to": reviewer.pk})
    now = timezone.now()
    assert queue.take_next(other_reviewer, now) is None
    assert queue.listed(reviewer, Filter(list="mine")).count() == 1
    later = now + queue.RESERVED + timedelta(minutes=1)
    assert queue.take_next(other_reviewer, later) == item


def test_nobody_is_given_work_who_does_not_review(item, reviewer_client, customer):
    address = reverse("review:assign", args=[item.pk])
    assert reviewer_client.post(address, {"to": customer.pk}).status_code == 400
    reviewer_client.post(address, {"to": ""})
    item.refresh_from_db()
    assert item.assignee is None


def test_the_sample_is_dealt_out_evenly_among_those_on_duty(workspace, reviewer, other_reviewer):
    today = timezone.now().weekday()
    RotaPlace.objects.create(user=reviewer, weekdays=[today])
    RotaPlace.objects.create(user=other_reviewer, weekdays=[today])
    RotaPlace.objects.create(user=user("off", "Reviewer"), weekdays=[(today + 3) % 7])
    items = [intake.enqueue(make_turn(workspace), "sampled") for _ in range(4)]
    for item in items:
        item.refresh_from_db()
    assert sorted(item.assignee.username for item in items) == ["omar", "omar", "rita", "rita"]


def test_a_thin_day_is_topped_up_once(workspace):
    now = timezone.now()
    made = [make_turn(workspace).pk for _ in range(8)]
    Turn.objects.filter(pk__in=made).update(created_at=now - timedelta(days=1))
    assert [intake.top_up(now), intake.top_up(now)] == [5, 0]
    assert ReviewItem.objects.filter(reason="sampled").count() == 5
    assert rota.draw(workspace, date(2020, 1, 1), 5) == []


def test_staffs_rule_counts_before_the_shipped_one(workspace):
    ReviewRule.objects.create(reason="low_rated", priority=3)
    ReviewRule.objects.create(reason="sampled", priority=1, is_on=False, workspace=workspace)
    assert intake.enqueue(make_turn(workspace), "low_rated").priority == 3
    assert intake.enqueue(make_turn(workspace), "sampled") is None
    weak = make_turn(workspace, receipt={"confidence": 0.1, "candidates": []})
    ReviewRule.objects.create(reason="low_support", priority=50, threshold=0.2)
    assert intake.take_in_turn(weak.pk).reason == "low_support"
