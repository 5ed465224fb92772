"""A candidate on a share of the conversations, or behind the scenes; guarded, compared, ended."""

import uuid
from dataclasses import replace

import pytest
from django.contrib.auth.models import User

from supportapp.answering import prompting, rollout_figures, rollouts, setups, tasks, versions
from supportapp.answering.choices import Retrieval
from supportapp.answering.models import (
    Judgement,
    Label,
    PromptLabel,
    PromptVersion,
    Rollout,
    RolloutTurn,
    ShadowAnswer,
)
from supportapp.answering.rollouts import AlreadyRunning, Guards, Plan
from supportapp.answering.versions import StillTried, Written
from supportapp.conversations import pairs, shadows
from supportapp.conversations.models import Conversation, Turn
from supportapp.gateway.models import ModelConfig
from supportapp.knowledge.models import Workspace
from supportapp.outbox.models import OutboxEvent
from supportapp.review.models import Feedback
from tests.factories import WorkspaceFactory
from tests.fakes.model_server import ModelServer
from tests.integration.conversations.conftest import VISITOR
from tests.integration.conversations.test_turns import QUESTION, answer, open_turn

EVERYONE = Plan(mode="canary", share=1.0, retrieval=Retrieval(evidence=1))


@pytest.fixture
def candidate(help_centre: Workspace) -> PromptVersion:
    source = prompting.shipped("answer").source.replace("friendly", "very friendly")
    return versions.save(help_centre, "answer", Written(source), author=None, why="Friendlier")


def start(workspace: Workspace, plan: Plan = EVERYONE) -> Rollout:
    return rollouts.start(workspace, plan, by=None)


def answered(
    workspace: Workspace, rollout: Rollout, side: str = "candidate", **fields: object
) -> Turn:
    """Store a turn that one side answered."""
    talk = Conversation.objects.create(workspace=workspace, visitor=VISITOR)
    usual: dict[str, object] = {"state": "answered", "outcome": "answered", "question": QUESTION}
    turn = Turn.objects.create(
        conversation=talk, position=1, client_id=uuid.uuid4(), **usual | fields
    )
    RolloutTurn.objects.create(rollout=rollout, turn=turn, side=side)
    return turn


def test_a_prompt_is_tried_on_its_share_and_the_receipt_says_so(
    talk: Conversation, model: ModelServer, candidate: PromptVersion
) -> None:
    rollout = start(talk.workspace, replace(EVERYONE, prompt=candidate, retrieval=Retrieval()))
    turn = answer(open_turn(talk))
    assert "very friendly" in model.chats()[-1].prompt
    assert turn.prompt_version == f"answer.{candidate.number}"
    assert turn.receipt["prompt"]["sha256"] == candidate.sha256
    noted = {"id": rollout.pk, "kind": "prompt", "mode": "canary", "side": "candidate"}
    assert turn.receipt["rollout"] == noted
    assert turn.rollout_turn.side == "candidate"
    assert PromptLabel.objects.get(ended_at=None, label=Label.CANDIDATE).prompt == candidate


def test_other_conversations_stay_with_what_counts(talk: Conversation, model: ModelServer) -> None:
    rollout = start(talk.workspace, replace(EVERYONE, share=0.0))
    turn = answer(open_turn(talk))
    assert turn.receipt["rollout"]["side"] == "production"
    rollouts.stop(rollout, by=None)
    assert "rollout" not in answer(open_turn(talk)).receipt


def test_a_retrieval_is_tried(talk: Conversation) -> None:
    start(talk.workspace)
    assert len(answer(open_turn(talk)).receipt["evidence"]) <= 2
    assert setups.standing(talk.workspace_id).choice.retrieval == Retrieval()


def test_a_model_is_tried_and_promoted(talk: Conversation, model: ModelServer) -> None:
    ModelConfig.objects.create(name="other", base_url=model.base_url, wire_name="other-1")
    rollout = start(talk.workspace, replace(EVERYONE, model="other", retrieval=Retrieval()))
    answer(open_turn(talk))
    assert model.chats()[-1].body["model"] == "other-1"
    assert rollouts.promote(rollout, by=None)
    assert setups.standing(talk.workspace_id).choice.model == "other"
    assert not rollouts.promote(rollout, by=None)
    rollouts.reset(talk.workspace)
    assert setups.standing(talk.workspace_id).choice.model == ""


def test_a_promoted_prompt_counts_for_everyone(
    help_centre: Workspace, candidate: PromptVersion
) -> None:
    rollout = start(help_centre, replace(EVERYONE, prompt=candidate, retrieval=Retrieval()))
    with pytest.raises(StillTried):
        versions.unlabel(help_centre, "answer", Label.CANDIDATE, by=None, why="")
    rollouts.promote(rollout, by=None)
    labels = PromptLabel.objects.filter(ended_at=None).values_list("label", "prompt")
    assert list(labels) == [(Label.PRODUCTION, candidate.pk)]
    standing = setups.standing(help_centre.pk)
    assert (standing.canary, standing.choice.prompt("answer").source) == (None, candidate.body)


def test_one_of_each_mode_runs_in_a_workspace_and_others_are_left_alone(
    help_centre: Workspace, candidate: PromptVersion
) -> None:
    start(help_centre)
    start(help_centre, replace(EVERYONE, mode="shadow"))
    with pytest.raises(AlreadyRunning):
        start(help_centre)
    other = WorkspaceFactory(slug="other", name="Other")
    assert setups.standing(other.pk).canary is None
    with pytest.raises(ValueError, match="another workspace"):
        start(other, replace(EVERYONE, prompt=candidate, retrieval=Retrieval()))


def test_a_rollout_tries_one_thing() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        _ = replace(EVERYONE, model="other").kind


def test_a_breached_guard_rolls_it_back_with_its_reason(
    help_centre: Workspace, candidate: PromptVersion
) -> None:
    plan = replace(EVERYONE, prompt=candidate, retrieval=Retrieval(), guards=Guards(least_turns=4))
    rollout = start(help_centre, plan)
    for number in range(3):
        turn = answered(help_centre, rollout)
        if number < 2:
            Feedback.objects.create(turn=turn, visitor=VISITOR, value="down")
    assert tasks.guard_rollouts() == 0
    answered(help_centre, rollout)
    assert tasks.guard_rollouts() == 1
    rollout.refresh_from_db()
    assert rollout.state == Rollout.State.ROLLED_BACK
    assert rollout.ended_why == "Rated down: 50.0% of 4 answers, more than 20%."
    event = rollout.events.first()
    assert event is not None
    assert (event.what, event.by) == ("rolled back", None)
    assert setups.standing(help_centre.pk).canary is None
    assert not PromptLabel.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize(
    ("fields", "guards", "said"),
    [
        ({"state": "failed", "outcome": ""}, Guards(least_turns=2), "Errors: 100.0%"),
        ({"outcome": "no_evidence"}, Guards(least_turns=2), "Declined: 100.0%"),
        ({"outcome": "blocked"}, Guards(least_turns=2), "Blocked by a guardrail: 100.0%"),
        ({}, Guards(first_token_ms=1, least_turns=2), "Time to first token: "),
    ],
)
def test_every_guard_is_watched(
    help_centre: Workspace, fields: dict[str, object], guards: Guards, said: str
) -> None:
    rollout = start(help_centre, replace(EVERYONE, guards=guards))
    for _ in range(2):
        turn = answered(help_centre, rollout, **fields)
        Turn.objects.filter(pk=turn.pk).update(first_token_at=turn.created_at.replace(year=2099))
    breach = rollout_figures.breach(rollout)
    assert breach is not None
    assert breach.says.startswith(said)


def test_production_may_do_what_the_candidate_may_not(help_centre: Workspace) -> None:
    rollout = start(help_centre, replace(EVERYONE, guards=Guards(least_turns=1)))
    answered(help_centre, rollout, side="production", outcome="blocked")
    assert rollout_figures.breach(rollout) is None
    sides = rollout_figures.sides(rollout)
    assert (sides["production"].rates["blocked"].count, sides["candidate"].turns) == (1, 0)


def shadowed(talk: Conversation, model: ModelServer, text: str) -> tuple[Turn, ShadowAnswer]:
    """Let a customer be answered, then the shadow."""
    start(talk.workspace, replace(EVERYONE, mode="shadow"))
    turn = answer(open_turn(talk))
    event = OutboxEvent.objects.get(task=shadows.TASK)
    model.say(text)
    shadow = shadows.run(uuid.UUID(event.payload["turn_id"]), event.payload["rollout_id"])
    assert shadow is not None
    return turn, shadow


def test_a_shadow_answers_apart_and_the_customer_sees_nothing_of_it(
    talk: Conversation, model: ModelServer
) -> None:
    turn, shadow = shadowed(talk, model, "Yearly plans are refunded in full within 30 days [1].")
    assert (shadow.outcome, shadow.error, shadow.turn) == ("answered", "", turn)
    assert "rollout" not in turn.receipt
    turn.refresh_from_db()
    assert turn.answer != shadow.text
    assert turn.conversation.turns.count() == 1
    assert shadows.run(turn.pk, shadow.rollout_id) == shadow


def test_a_judge_that_goes_by_the_order_finds_neither_better(
    talk: Conversation, model: ModelServer
) -> None:
    model.when("fit this JSON schema").say('{"reason": "It came first.", "verdict": "first"}')
    _, shadow = shadowed(talk, model, "Yearly plans are refunded in full within 30 days [1].")
    judgement = shadow.judgements.get()
    assert judgement.verdict == Judgement.Verdict.TIE
    assert judgement.details["verdicts"] == ["production", "candidate"]


def test_a_failing_candidate_is_counted_as_an_error(talk: Conversation, model: ModelServer) -> None:
    start(talk.workspace, replace(EVERYONE, mode="shadow", guards=Guards(least_turns=1)))
    turn = answer(open_turn(talk))
    model.fault("cut", after=12)
    event = OutboxEvent.objects.get(task=shadows.TASK)
    shadow = shadows.run(turn.pk, event.payload["rollout_id"])
    assert shadow is not None
    assert shadow.error == "model_incomplete"
    assert tasks.guard_rollouts() == 1


def test_an_ended_shadow_answers_no_more(talk: Conversation, model: ModelServer) -> None:
    rollout = start(talk.workspace, replace(EVERYONE, mode="shadow"))
    turn = answer(open_turn(talk))
    rollouts.stop(rollout, by=None)
    assert shadows.run(turn.pk, rollout.pk) is None
    assert ShadowAnswer.objects.count() == 0


def test_people_judge_without_knowing_which_is_which(
    talk: Conversation, model: ModelServer
) -> None:
    _, shadow = shadowed(talk, model, "Yearly plans are refunded in full within 30 days [1].")
    people = [User.objects.create_user(f"person{number}") for number in range(12)]
    firsts = {pairs.shown(shadow, who).a for who in people}
    assert firsts == {shadow.text, shadow.turn.answer}
    for who in people:
        better = "a" if pairs.shown(shadow, who).a == shadow.text else "b"
        assert pairs.judge(shadow, who, better)
        assert not pairs.judge(shadow, who, "tie")
    verdicts = rollout_figures.verdicts(shadow.rollout, by_model=False)
    assert (verdicts.candidate, verdicts.total) == (12, 12)
    assert not pairs.waiting(shadow.rollout, people[0]).exists()
