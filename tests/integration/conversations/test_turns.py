"""Turns in the database: opened once, ended once, whatever happens on the way."""

import uuid
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from supportapp.answering.values import Answer, Outcome
from supportapp.conversations import signals, turns
from supportapp.conversations.beating import beat
from supportapp.conversations.claiming import claim
from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.questions import Asker
from supportapp.conversations.running import Running, run
from supportapp.outbox.models import OutboxEvent
from supportapp.tracing import Trace
from tests.fakes.model_server import ModelServer

QUESTION = "Are yearly plans refunded?"
State = Turn.State


def open_turn(talk: Conversation, text: str = QUESTION, **more: object) -> Turn:
    return turns.open(talk, text, uuid.uuid4(), **more)  # type: ignore[arg-type]


def answer(turn: Turn) -> Turn:
    async_to_sync(run)(Running(turn.pk))
    turn.refresh_from_db()
    return turn


def promised(kind: str) -> list[str]:
    """The turns of the promised signals of a kind."""
    events = OutboxEvent.objects.filter(payload__kind=kind)
    return [event.payload["turn_id"] for event in events]


def test_a_question_is_answered_with_everything_that_it_rests_on(talk: Conversation) -> None:
    turn = answer(open_turn(talk))
    assert (turn.state, turn.outcome, turn.kind) == ("answered", "answered", "quoted")
    assert turn.answer.startswith("Yearly plans are refunded in full within 30 days")
    first = turn.citations.get(number=1)
    assert first.article.slug == "refund-policy"
    assert first.revision == first.article.published
    assert {span.name for span in turn.spans.all()} >= {"retrieval", "quoting"}
    assert turn.generation == talk.workspace.generation
    assert turn.receipt["evidence"][0]["slug"] == "refund-policy"
    assert turn.receipt["timings_ms"]["total"] >= turn.receipt["timings_ms"]["first_token"]
    assert OutboxEvent.objects.filter(task="supportapp.review.tasks.sample_turn").count() == 1


def test_no_text_is_stored_in_receipt_or_spans(talk: Conversation) -> None:
    turn = answer(open_turn(talk))
    kept = f"{turn.receipt} {[span.attributes for span in turn.spans.all()]}"
    assert "refunded" not in kept


def test_a_model_writes_the_answer(talk: Conversation, model: ModelServer) -> None:
    model.say("Yes, within 30 days [1].")
    turn = answer(open_turn(talk))
    assert (turn.kind, turn.answer) == ("generated", "Yes, within 30 days [1].")
    assert turn.prompt_version == "answer.v2"
    assert turn.model == "fake-model-2025-01-01"
    assert turn.receipt["prompt"]["sha256"]


def test_a_broken_stream_is_never_stored_as_an_answer(
    talk: Conversation, model: ModelServer
) -> None:
    model.say("Yes, within thirty days [1].").cut_after(tokens=3)
    turn = answer(open_turn(talk))
    assert (turn.state, turn.error_code) == (State.FAILED, "model_incomplete")
    assert turn.answer.startswith("Yes, within")
    assert turn.citations.count() == 0


def test_the_deadline_ends_a_turn(
    talk: Conversation, model: ModelServer, settings: Settings
) -> None:
    settings.TURN_DEADLINE_SECONDS = 3
    model.say("word " * 100 + "[1].").delay(0.1)
    turn = answer(open_turn(talk))
    assert (turn.state, turn.error_code) == (State.FAILED, "deadline")
    assert turn.answer.startswith("word word")
    assert model.wait_for_aborted(1)


def test_a_question_without_evidence_is_declined_with_the_closest(talk: Conversation) -> None:
    turn = answer(open_turn(talk, "Who won the chess championship in Reykjavik?"))
    assert turn.outcome == "no_evidence"
    assert turn.closest
    assert "offer_person" in turn.notices


def test_articles_for_customers_answer_customers_only(talk: Conversation) -> None:
    question = "What is the number of the phone line for customers?"
    assert "555-0100" not in answer(open_turn(talk, question)).answer
    customer = User.objects.create_user("anna")
    turn = answer(open_turn(talk, question, asker=Asker.of(talk, customer)))
    assert "555-0100" in turn.answer


def test_the_same_client_id_is_one_turn(talk: Conversation) -> None:
    client_id = uuid.uuid4()
    first = turns.open(talk, QUESTION, client_id)
    assert turns.open(talk, "Something else?", client_id) == first
    assert talk.turns.count() == 1


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty"), (" \u200b", "empty"), ("a" * 2001, "too_long")]
)
def test_what_cannot_be_a_question_is_refused(talk: Conversation, text: str, code: str) -> None:
    with pytest.raises(turns.Refused) as refused:
        open_turn(talk, text)
    assert refused.value.code == code
    assert talk.turns.count() == 0


def test_a_conversation_has_one_running_turn(talk: Conversation) -> None:
    open_turn(talk)
    with pytest.raises(turns.Refused) as refused:
        open_turn(talk, "And monthly plans?")
    assert refused.value.code == "busy"


def test_a_turn_of_another_conversation_cannot_be_superseded(talk: Conversation) -> None:
    other = Conversation.objects.create(workspace=talk.workspace, visitor=uuid.uuid4())
    with pytest.raises(turns.Refused) as refused:
        open_turn(talk, supersedes=open_turn(other).pk, cause="edit")
    assert refused.value.code == "gone"


def test_an_edit_while_it_runs_stops_the_old_turn(talk: Conversation) -> None:
    old = open_turn(talk)
    new = open_turn(talk, "Are monthly plans refunded?", supersedes=old, cause="edit")
    old.refresh_from_db()
    assert (old.state, new.position) == (State.CANCELLED, old.position)
    assert promised("edited") == [str(old.pk)]


def test_an_edit_of_an_old_version_replaces_the_newest(talk: Conversation) -> None:
    old = answer(open_turn(talk))
    newer = answer(open_turn(talk, supersedes=old, cause="regenerate"))
    newest = open_turn(talk, "And monthly ones?", supersedes=old, cause="edit")
    assert newest.supersedes == newer
    assert promised("regenerated") == [str(old.pk)]


def test_each_question_is_looked_at_for_a_repetition(talk: Conversation) -> None:
    first = answer(open_turn(talk, "How are yearly plans refunded?"))
    second = answer(open_turn(talk, "Will yearly plans be refunded?"))
    looked = OutboxEvent.objects.filter(task=signals.LOOK_BACK).order_by("created_at")
    assert [each.payload["turn_id"] for each in looked] == [str(first.pk), str(second.pk)]


def test_the_conversation_is_named_after_its_first_question(talk: Conversation) -> None:
    open_turn(talk, "Are  yearly\nplans refunded? " + "x" * 100)
    talk.refresh_from_db()
    assert talk.title.startswith("Are yearly plans refunded? x")
    assert len(talk.title) <= 80


def test_a_turn_is_claimed_once(talk: Conversation) -> None:
    turn = open_turn(talk)
    assert claim(turn.pk, "a", timezone.now()) is not None
    assert claim(turn.pk, "b", timezone.now()) is None


def test_whose_connection_broke_after_the_claim_has_the_turn_still(talk: Conversation) -> None:
    turn, now = open_turn(talk), timezone.now()
    assert claim(turn.pk, "a", now) is not None
    assert claim(turn.pk, "a", now) is not None
    assert claim(turn.pk, "b", now) is None
    assert claim(turn.pk, "a", now + timedelta(milliseconds=1)) is None


def test_earlier_turns_are_the_context(talk: Conversation) -> None:
    answer(open_turn(talk))
    replaced = answer(open_turn(talk, "What about this?"))
    answer(open_turn(talk, "What about that?", supersedes=replaced, cause="edit"))
    claimed = claim(open_turn(talk, "And monthly ones?").pk, "", timezone.now())
    assert claimed is not None
    said = [each.text for each in claimed.question.context]
    assert said[0] == QUESTION
    assert said[1].startswith("Yearly plans are refunded")
    assert "What about that?" in said
    assert "What about this?" not in said


def test_a_final_state_stays(talk: Conversation) -> None:
    turn = open_turn(talk)
    claim(turn.pk, "", timezone.now())
    assert turns.cancel(turn.pk, "so far")
    assert not turns.finish(turn.pk, Answer(Outcome.ANSWERED, "late"), Trace())
    assert not turns.fail(turn.pk, "deadline", "late")
    turn.refresh_from_db()
    assert (turn.state, turn.answer) == (State.CANCELLED, "so far")
    assert promised("stopped") == [str(turn.pk)]


def test_a_turn_without_a_sign_of_life_is_interrupted(talk: Conversation) -> None:
    turn = open_turn(talk)
    claim(turn.pk, "gone", timezone.now())
    assert turns.sweep() == 0
    Turn.objects.filter(pk=turn.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=11))
    assert turns.sweep() == 1
    turn.refresh_from_db()
    assert (turn.state, turn.error_code) == (State.INTERRUPTED, "interrupted")


def test_a_dead_turn_does_not_block_the_next_question(talk: Conversation) -> None:
    dead = open_turn(talk)
    Turn.objects.filter(pk=dead.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    again = open_turn(talk, supersedes=dead, cause="regenerate")
    assert again.is_running
    dead.refresh_from_db()
    assert dead.state in {State.INTERRUPTED, State.CANCELLED}


def test_a_heartbeat_keeps_the_text_so_far(talk: Conversation) -> None:
    turn = open_turn(talk)
    assert not beat([(turn.pk, "x", 1)])
    claim(turn.pk, "", timezone.now())
    assert beat([(turn.pk, "Yearly plans", 3)]) == {turn.pk}
    turn.refresh_from_db()
    assert (turn.answer, turn.streamed_seq) == ("Yearly plans", 3)
