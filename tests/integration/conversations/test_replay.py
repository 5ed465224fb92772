"""A turn asked again: the same where nothing has changed, and where it hasn't, what."""

import json
import uuid
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from supportapp.conversations import replays, turns
from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.running import Running, run
from supportapp.gateway.models import ModelCall
from supportapp.knowledge import embeddings, publishing
from supportapp.knowledge.models import Article
from supportapp.knowledge.values import ArticleText
from tests.fakes import replies
from tests.fakes.model_server import ModelServer


@pytest.fixture
def answered(talk: Conversation, model: ModelServer, settings: Settings) -> Turn:
    """A turn that a model answered in reproducible mode."""
    settings.ANSWERING_SEED = 11
    settings.ANSWERING_TEMPERATURE = 0.0
    settings.ANSWERING_SUGGESTIONS = 0
    model.say("Yes, within 30 days [1].")
    turn = turns.open(talk, "Are yearly plans refunded?", uuid.uuid4())
    async_to_sync(run)(Running(turn.pk))
    turn.refresh_from_db()
    assert turn.kind == "generated"
    return turn


def changed(turn: Turn) -> dict[str, tuple[object, object]]:
    return {each.what: (each.before, each.now) for each in replays.replay(turn).differences}


def test_where_nothing_has_changed_nothing_differs(answered: Turn, model: ModelServer) -> None:
    replay = replays.replay(answered)
    assert replay.is_same
    first, second = model.chats()
    assert first.messages == second.messages
    assert (second.body["seed"], second.body["temperature"]) == (11, 0.0)


def test_the_turn_keeps_its_answer_and_the_calls_are_counted(
    answered: Turn, model: ModelServer
) -> None:
    model.say("Something else [1].")
    replay = replays.replay(answered)
    assert [line for line in replay.answer_diff if line[:3] not in {"---", "+++", "@@ "}] == [
        "-Yes, within 30 days [1].",
        "+Something else [1].",
    ]
    answered.refresh_from_db()
    assert answered.answer == "Yes, within 30 days [1]."
    assert ModelCall.objects.count() == 2


def test_a_new_fingerprint_is_told(
    answered: Turn, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "FINGERPRINT", "fp_new")
    assert changed(answered) == {"system fingerprint": ("fp_fake", "fp_new")}


def test_an_article_that_has_changed_is_told(answered: Turn, model: ModelServer) -> None:
    article = Article.objects.get(slug="refund-policy")
    body = "Yearly plans are refunded in full within 60 days of payment. Monthly plans are not."
    publishing.save_draft(article, ArticleText(article.title, body, "public"))
    article.refresh_from_db()
    assert article.draft is not None
    embeddings.embed_revision(publishing.publish(article.draft).revision.pk)

    differences = changed(answered)

    assert set(differences) >= {"evidence", "knowledge generation", "prompt as it was sent"}
    before, now = differences["evidence"]
    assert before != now


def test_a_model_that_is_away_now_is_told(answered: Turn, model: ModelServer) -> None:
    model.fault("500")
    differences = changed(answered)
    assert differences["kind of answer"] == ("generated", "quoted")


def test_the_command_shows_what_differs(
    answered: Turn, model: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("replay", str(answered.pk))
    assert "word for word" in capsys.readouterr().out

    model.say("Something else [1].")
    with pytest.raises(CommandError, match="differs"):
        call_command("replay", str(answered.pk), "--json", "--exit-code")
    told = json.loads(capsys.readouterr().out)
    assert (told["same"], told["answer"]) == (False, "Something else [1].")
    call_command("replay", str(answered.pk))
    assert "+Something else [1]." in capsys.readouterr().out


def test_a_turn_that_is_not_there_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="no such turn"):
        call_command("replay", str(uuid.uuid4()), stdout=StringIO())
