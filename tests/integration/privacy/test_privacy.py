"""One person's data: all of it out, all of it away, and nobody else's."""

import json
import uuid
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import Client
from django.utils import timezone

from supportapp.audit.models import AuditEvent
from supportapp.conversations import messages, visitors
from supportapp.conversations.models import Conversation, Handoff, Message, SpanRecord, Turn
from supportapp.evals import datasets
from supportapp.evals.models import Example
from supportapp.gateway.models import Spending
from supportapp.knowledge.models import Workspace
from supportapp.privacy import erasing, gathering, people
from supportapp.privacy.places import PLACES
from supportapp.privacy.tasks import purge
from supportapp.review.models import Annotation, Feedback, ReviewItem, Signal
from supportapp.training.models import Consent, TrainingFile, TrainingSet
from tests.factories import UserFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
CANARY = "heliotrope-7731"
ME, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
# Columns with such names that say nothing about whose row it is, and why.
NOT_PERSONAL = {
    "conversations.Turn.client_id",  # the page's own number for a question
    "conversations.Conversation.visitor",  # where everything begins
    "changes.Recall.turn",  # staff's own words about an answer; the link goes with the turn
}


@pytest.fixture
def workspace() -> Workspace:
    return WorkspaceFactory.create()


def talk(workspace: Workspace, visitor: uuid.UUID, word: str, **more: Any) -> Turn:
    """A conversation with a bit of everything in it, each bit with the word."""
    conversation = Conversation.objects.create(
        workspace=workspace, visitor=visitor, title=f"About {word}", **more
    )
    turn = Turn.objects.create(
        conversation=conversation,
        position=0,
        client_id=uuid.uuid4(),
        question=f"Where is {word}?",
        answer=f"Here is {word}. [1]",
        state=Turn.State.ANSWERED,
        outcome="answered",
        receipt={"searched": word},
        suggestions=[word],
        finished_at=timezone.now(),
    )
    SpanRecord.objects.create(
        turn=turn, name="search", position=0, started_ms=0, duration_ms=1, attributes={"q": word}
    )
    Handoff.objects.create(
        conversation=conversation,
        turn=turn,
        client_id=uuid.uuid4(),
        name=word,
        contact=f"{word}@example.com",
        message=word,
    )
    messages.post(
        conversation, kind=Message.Kind.REPLY, text=f"Dear {word}", key=f"reply {turn.pk}"
    )
    Feedback.objects.create(turn=turn, visitor=visitor, value="down", comment=word)
    Signal.objects.create(turn=turn, kind=Signal.Kind.COPIED, event_id=uuid.uuid4())
    item = ReviewItem.objects.create(turn=turn, reason=ReviewItem.Reason.LOW_RATED)
    reviewer, _ = User.objects.get_or_create(username="reviewer", is_staff=True)
    Annotation.objects.create(item=item, reviewer=reviewer, verdict="wrong", note=f"About {word}")
    golden = datasets.golden(workspace)
    datasets.add(golden, question=f"Where is {word}?", expected=word, turn=turn.pk)
    Spending.objects.create(
        workspace=workspace, visitor=visitor, day=timezone.now().date(), tokens=5
    )
    Consent.objects.create(workspace=workspace, visitor=visitor, is_given=True, basis=word)
    made = TrainingSet.objects.create(workspace=workspace, licence="internal use only")
    TrainingFile.objects.create(
        training_set=made, split="train", content=word, rows=1, tokens=1, turns=[turn.pk]
    )
    return turn


def rows_with(word: str) -> dict[str, int]:
    """Where the word stands, in any column of any table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{word}%"])
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def reachable() -> set[type[models.Model]]:
    """Models whose rows go with a conversation, by foreign keys that cascade."""
    found: set[type[models.Model]] = {Conversation}
    while more := {
        model
        for model in apps.get_models(include_auto_created=True)
        if model not in found
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and field.remote_field.on_delete is models.CASCADE
        and field.related_model in found
    }:
        found |= more
    return found


def test_no_column_that_leads_to_a_person_is_forgotten() -> None:
    known = {f"{place.label}.{place.column}" for place in PLACES} | NOT_PERSONAL
    with_conversations = reachable()
    forgotten = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            name = f"{model._meta.label}.{field.name}"
            leads = isinstance(field, models.UUIDField) and not field.primary_key
            leads = leads and any(word in field.name for word in ("turn", "visitor", "client"))
            hangs = isinstance(field, models.ForeignKey) and field.related_model is Turn
            if (leads or hangs) and name not in known and model not in with_conversations:
                forgotten.append(name)
    assert not forgotten, "say in privacy/places.py what becomes of these"


def test_the_export_holds_all_of_one_person_and_nothing_of_others(workspace: Workspace) -> None:
    talk(workspace, ME, CANARY)
    talk(workspace, OTHER, "someone-else")
    exported = gathering.export(people.of_visitor(ME))
    text = json.dumps(exported, default=str)
    assert "someone-else" not in text
    counted = {label: len(rows) for label, rows in exported["data"].items()}
    assert exported["rows"] == sum(counted.values())
    tables = {apps.get_model(label)._meta.db_table: count for label, count in counted.items()}
    assert rows_with(CANARY).items() <= tables.items()
    assert counted["gateway.Spending"] == 1
    assert exported["data"]["conversations.Turn"][0]["question"] == f"Where is {CANARY}?"


def test_after_an_erasure_nothing_is_left_in_any_table(workspace: Workspace) -> None:
    talk(workspace, ME, CANARY)
    talk(workspace, OTHER, "someone-else")
    others = rows_with("someone-else")
    assert len(rows_with(CANARY)) >= 10
    erased = erasing.erase(people.of_visitor(ME))
    assert erased["conversations.Turn"] == 1
    assert rows_with(CANARY) == {}
    assert rows_with(str(ME)) == {}
    assert rows_with("someone-else") == others
    assert erasing.erase(people.of_visitor(ME)) == {}


def test_an_address_leads_to_all_that_was_asked_from_the_same_browser(
    workspace: Workspace,
) -> None:
    talk(workspace, ME, CANARY)
    Conversation.objects.create(workspace=workspace, visitor=ME, title="Before")
    person = people.find(f"{CANARY}@EXAMPLE.com")
    assert person.conversations.count() == 2
    with pytest.raises(people.Unknown, match="Nobody is known by that"):
        people.find("nobody@example.com")


def test_an_account_goes_with_its_conversations_unless_it_works_here(workspace: Workspace) -> None:
    customer = UserFactory.create(username="ada", email=f"{CANARY}@example.com")
    talk(workspace, ME, CANARY, user=customer)
    erasing.erase(people.find("ada"))
    assert rows_with(CANARY) == {}
    clerk = UserFactory.create(username="eve", reviewer=True)
    talk(workspace, ME, CANARY, user=clerk)
    erasing.erase(people.find("eve"))
    assert rows_with(CANARY) == {}
    assert User.objects.filter(username="eve").exists()


def test_what_is_past_its_time_goes_and_what_people_took_over_stays(
    workspace: Workspace, settings: Any
) -> None:
    settings.RETENTION_DAYS, settings.DELETED_DAYS = 365, 30
    now = timezone.now()
    old, deleted, young = (
        talk(workspace, uuid.uuid4(), word).conversation for word in ("old", "deleted", "young")
    )
    Conversation.objects.filter(pk=old.pk).update(updated_at=now - timedelta(days=366))
    Conversation.objects.filter(pk=deleted.pk).update(deleted_at=now - timedelta(days=31))
    Conversation.objects.filter(pk=young.pk).update(deleted_at=now - timedelta(days=29))
    assert purge() == 2
    assert [*Conversation.objects.all()] == [young]
    assert TrainingFile.objects.count() == 1
    kept = Example.objects.filter(source_turn=None).values_list("question", flat=True)
    assert sorted(kept) == ["Where is deleted?", "Where is old?"]
    assert purge() == 0
    noted = AuditEvent.objects.filter(action="purged")
    assert [event.details for event in noted] == [{"conversations": 2}]


def test_nothing_is_purged_by_age_where_that_is_switched_off(
    workspace: Workspace, settings: Any
) -> None:
    settings.RETENTION_DAYS = 0
    talk(workspace, ME, CANARY)
    Conversation.objects.update(updated_at=timezone.now() - timedelta(days=9999))
    assert purge() == 0


def browser_of(visitor: uuid.UUID, settings: Any) -> Client:
    client = Client()
    client.cookies[settings.VISITOR_COOKIE_NAME] = visitors.sign(visitor)
    return client


def test_customers_export_and_erase_their_own_browsers_data(
    workspace: Workspace, settings: Any
) -> None:
    talk(workspace, ME, CANARY)
    talk(workspace, OTHER, "someone-else")
    client = browser_of(ME, settings)
    assert b"We keep 1 conversation from" in client.get("/history/data/").content
    given = client.post("/history/data/export.json")
    assert given["Content-Disposition"] == 'attachment; filename="my-conversations.json"'
    assert given["Cache-Control"] == "no-store"
    assert CANARY in given.content.decode()
    assert "someone-else" not in given.content.decode()
    assert client.post("/history/data/erase/").status_code == 422
    assert rows_with(CANARY)
    assert b"Everything is erased" in client.post("/history/data/erase/", {"sure": "on"}).content
    assert rows_with(CANARY) == {}
    assert rows_with("someone-else")
    assert b"We keep no conversations" in client.get("/history/data/").content


def test_nothing_is_erased_while_an_answer_is_being_written(
    workspace: Workspace, settings: Any
) -> None:
    turn = talk(workspace, ME, CANARY)
    Turn.objects.filter(pk=turn.pk).update(state=Turn.State.STREAMING)
    answer = browser_of(ME, settings).post("/history/data/erase/", {"sure": "on"})
    assert answer.status_code == 409
    assert rows_with(CANARY)


def test_staff_need_the_permission_and_each_use_is_written_down(workspace: Workspace) -> None:
    talk(workspace, ME, CANARY)
    who = {"who": f"{CANARY}@example.com"}
    client = Client()
    client.force_login(UserFactory.create(editor=True))
    for page in ("", "export.json", "erase/"):
        assert client.post(f"/staff/privacy/{page}", who).status_code == 403
    admin = UserFactory.create(administrator=True)
    client.force_login(admin)
    assert client.get("/staff/privacy/").status_code == 200
    assert client.post("/staff/privacy/", {"who": "nobody"}).status_code == 422
    assert b"1 conversation from 1 browser" in client.post("/staff/privacy/", who).content
    assert CANARY in client.post("/staff/privacy/export.json", who).content.decode()
    assert client.post("/staff/privacy/erase/", who).status_code == 422
    assert client.post("/staff/privacy/erase/", who | {"sure": "on"}).status_code == 200
    assert rows_with(CANARY) == {}
    noted = AuditEvent.objects.filter(action__in=["exported", "erased"]).order_by("pk")
    assert [(each.action, each.actor_id) for each in noted] == [
        ("exported", admin.pk),
        ("erased", admin.pk),
    ]


def test_the_command_does_the_same(workspace: Workspace) -> None:
    talk(workspace, ME, CANARY)
    out = StringIO()
    call_command("person", "export", f"{CANARY}@example.com", stdout=out)
    assert json.loads(out.getvalue())["rows"] > 10
    call_command("person", "erase", f"{CANARY}@example.com", "--yes", stdout=out)
    assert rows_with(CANARY) == {}
    with pytest.raises(CommandError, match="Nobody is known"):
        call_command("person", "erase", f"{CANARY}@example.com", "--yes")
