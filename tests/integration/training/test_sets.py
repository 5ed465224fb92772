"""Training sets: by consent, without personal data, and no near-duplicate on both sides."""

import json

from django.contrib.auth.models import User
from django.utils import timezone

from supportapp.answering.models import Judgement, Rollout, ShadowAnswer
from supportapp.knowledge.models import Workspace
from supportapp.review.models import Annotation, Label, ReviewItem
from supportapp.training import collecting, consents, sets
from supportapp.training.models import TrainingFile, TrainingSet
from supportapp.training.sets import Wanted
from tests.integration.training.conftest import Mark

Kind, State = TrainingSet.Kind, TrainingSet.State
QUESTIONS = [
    "How do I cancel my plan?",
    "how do i cancel my plan",
    "Where do I find Billing?",
    "Can my colleague end the subscription?",
    "What happens to my data afterwards?",
    "Is there a fee for leaving early?",
]


def made(workspace: Workspace, author: User, **wanted: object) -> TrainingSet:
    given = {"kind": Kind.ANSWERS, "licence": "internal use only", "validation_share": 0.3}
    ordered = sets.start(workspace, Wanted(**given | wanted), author)  # type: ignore[arg-type]
    assert sets.make(ordered.pk, timezone.now())
    ordered.refresh_from_db()
    assert ordered.state == State.DONE
    return ordered


def lines(of: TrainingSet, split: str = "") -> list[dict[str, list[dict[str, str]]]]:
    files = of.files.filter(split=split) if split else of.files.all()
    return [json.loads(line) for each in files for line in each.content.splitlines()]


def test_customers_words_are_used_only_where_consent_is_written_down(
    workspace: Workspace, mark: Mark, admin: User
):
    turns = [mark(question) for question in QUESTIONS]
    first = made(workspace, admin)
    assert lines(first) == []
    assert first.figures["left_out"] == {sets.NO_CONSENT: 6}
    consents.decide(workspace, admin, is_given=True, basis="Terms of 2026, section 4")
    consents.decide(
        workspace,
        admin,
        is_given=False,
        basis="Letter",
        visitor=turns[5].conversation.visitor,
    )
    second = made(workspace, admin)
    assert second.figures["left_out"][sets.NO_CONSENT] == 1
    assert second.figures["consent"]["basis"] == "Terms of 2026, section 4"
    assert "leaving early" not in json.dumps(lines(second))
    consents.decide(workspace, admin, is_given=False, basis="Taken back")
    assert sets.stale(second) == len({t for f in second.files.all() for t in f.turns})


def test_one_visitors_consent_suffices_for_that_visitor(
    workspace: Workspace, mark: Mark, admin: User
):
    turn = mark(QUESTIONS[0])
    mark(QUESTIONS[2])
    visitor = turn.conversation.visitor
    consents.decide(workspace, admin, is_given=True, basis="Asked", visitor=visitor)
    assert len(lines(made(workspace, admin))) == 1


def test_a_line_is_what_production_sends_with_the_answer_to_imitate(
    workspace: Workspace, mark: Mark, admin: User
):
    consents.decide(workspace, admin, is_given=True, basis="Terms")
    mark("I am ada@example.com, how do I cancel? Call +49 30 901820.")
    row = lines(made(workspace, admin))[0]
    assert [each["role"] for each in row["messages"]] == ["system", "user", "assistant"]
    asked, answer = row["messages"][1]["content"], row["messages"][2]["content"]
    assert "Open *Billing* and choose *Cancel plan*" in asked
    assert answer == "Open *Billing* and choose *Cancel plan*. [1]"
    assert "[EMAIL_1]" in asked
    assert "ada@example.com" not in json.dumps(row)
    assert "901820" not in json.dumps(row)


def test_near_duplicates_are_on_one_side_and_the_same_set_comes_out_again(
    workspace: Workspace, mark: Mark, admin: User
):
    consents.decide(workspace, admin, is_given=True, basis="Terms")
    for question in [*QUESTIONS, "So how do I cancel my plan now?"]:
        mark(question)
    first, second = made(workspace, admin), made(workspace, admin)
    assert {each.split: each.sha256 for each in first.files.all()} == {
        each.split: each.sha256 for each in second.files.all()
    }
    sides = [
        {
            split
            for split in ("train", "validation")
            for row in lines(first, split)
            if text in str(row)
        }
        for text in ("cancel my plan",)
    ]
    assert all(len(side) == 1 for side in sides)
    assert first.files.count() == 2
    assert sets.manifest(first)["licence"] == "internal use only"
    assert first.figures["left_out"] == {sets.TWICE: 1}


def test_what_may_not_be_used_is_in_no_set(workspace: Workspace, mark: Mark, admin: User):
    consents.decide(workspace, admin, is_given=True, basis="Terms")
    kept, deleted, undone = (mark(question) for question in QUESTIONS[2:5])
    usable = made(workspace, admin)
    assert len(lines(usable)) == 3
    deleted.conversation.deleted_at = timezone.now()
    deleted.conversation.save()
    assert sets.stale(usable) == 1
    assert sets.forget_stale() == 1
    assert not usable.files.exists()
    assert sets.forget_stale() == 0
    undone.training_mark.undone_at = timezone.now()
    undone.training_mark.save()
    other = Workspace.objects.create(slug="other", name="Other")
    consents.decide(other, admin, is_given=True, basis="Terms")
    assert len(lines(made(workspace, admin))) == 1
    assert lines(made(other, admin)) == []
    assert kept.pk


def test_pairs_that_people_judged_blind_become_preferences(
    workspace: Workspace, mark: Mark, admin: User
):
    consents.decide(workspace, admin, is_given=True, basis="Terms")
    turn, tied = mark(QUESTIONS[0]), mark(QUESTIONS[2])
    rollout = Rollout.objects.create(
        workspace=workspace, kind="model", mode="shadow", model="x", share=1
    )
    for asked, verdict in ((turn, "candidate"), (tied, "tie")):
        shadow = ShadowAnswer.objects.create(rollout=rollout, turn=asked, text="Better. [1]")
        Judgement.objects.create(shadow=shadow, judge=admin, verdict=verdict)
        Judgement.objects.create(shadow=shadow, judge=None, verdict="production")
    rows = lines(made(workspace, admin, kind=Kind.PREFERENCES))
    assert len(rows) == 1
    assert rows[0]["preferred_output"][0]["content"] == "Better. [1]"
    assert rows[0]["non_preferred_output"][0]["content"] == turn.answer


def test_peoples_labels_teach_a_judge(workspace: Workspace, mark: Mark, admin: User):
    consents.decide(workspace, admin, is_given=True, basis="Terms")
    turn = mark(QUESTIONS[0])
    item = ReviewItem.objects.create(turn=turn, reason="sampled", state="done")
    annotation = Annotation.objects.create(item=item, reviewer=admin, verdict="wrong")
    for question, value in (("supported", False), ("tone", True)):
        Label.objects.create(annotation=annotation, question=question, value=value)
    Label.objects.create(annotation=annotation, question="supported", value=True, sentence=0)
    row = lines(made(workspace, admin, kind=Kind.JUDGING))[0]
    assert json.loads(row["messages"][-1]["content"]) == {"supported": False, "tone": True}
    assert turn.answer in row["messages"][1]["content"]


def test_a_cancelled_set_is_not_made_and_a_dead_workers_is(
    workspace: Workspace, mark: Mark, admin: User
):
    ordered = sets.start(workspace, Wanted(Kind.ANSWERS, "internal"), admin)
    assert sets.cancel(ordered)
    assert sets.make(ordered.pk, timezone.now())
    assert not TrainingFile.objects.exists()
    running = sets.start(workspace, Wanted(Kind.ANSWERS, "internal"), admin)
    TrainingSet.objects.filter(pk=running.pk).update(state=State.RUNNING)
    assert not sets.make(running.pk, timezone.now())
    assert sets.make(running.pk, timezone.now() + sets.QUIET * 2)
    running.refresh_from_db()
    assert running.state == State.DONE
    assert "nothing to train on" in running.message


def test_an_answer_with_what_a_tool_looked_up_teaches_nobody(
    workspace: Workspace, mark: Mark, admin: User
):
    turn = mark(QUESTIONS[0])
    turn.tool_calls.create(workspace=workspace, tool="get_order_status")
    assert list(collecting.answers(workspace)) == []
