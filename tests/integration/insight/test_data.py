"""The data page: who may ask what, what runs as whom, and what is written down."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from supportapp.conversations.models import Conversation, Turn
from supportapp.insight import asking, catalogue, database, declared
from supportapp.insight.checking import Checked, check
from supportapp.insight.database import QueryFailed
from supportapp.insight.models import DataQuery
from supportapp.knowledge.models import Workspace
from tests.factories import UserFactory
from tests.fakes.model_server import ModelServer

PAGE = reverse("insight:data")
EXPORT = reverse("insight:export")
EVERY = catalogue.allowed(with_texts=True)


@pytest.fixture
def turns(db: None) -> list[Turn]:
    conversation = Conversation.objects.create(workspace=Workspace.default(), visitor=uuid.uuid4())
    made = [
        Turn.objects.create(
            conversation=conversation,
            position=place,
            client_id=uuid.uuid4(),
            question="=cmd|my secret question",
            state="answered",
            outcome=outcome,
            receipt={"timings_ms": {"total": 120.0 * place}, "confidence": 0.9},
        )
        for place, outcome in enumerate(["answered", "answered", "no_evidence"], start=1)
    ]
    Turn.objects.filter(pk=made[0].pk).update(created_at=timezone.now() - timedelta(days=2))
    Turn.objects.filter(pk=made[1].pk).update(created_at=timezone.now() - timedelta(days=1))
    return made


def staff(*permissions: str) -> tuple[Client, User]:
    user = UserFactory.create(is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client, user


@pytest.mark.parametrize("question", declared.DECLARED, ids=lambda each: each.slug)
def test_every_declared_question_runs(turns: list[Turn], question: declared.Declared) -> None:
    assert database.run(check(question.sql, EVERY)).columns


@pytest.mark.parametrize("view", catalogue.VIEWS, ids=lambda each: each.name)
def test_every_view_is_as_it_is_described(db: None, view: catalogue.View) -> None:
    table = database.run(check(f"SELECT * FROM {view.name}", EVERY))
    assert table.columns == tuple(name for name, _ in view.columns)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM auth_user", "permission denied"),
        ("SELECT * FROM conversations_turn", "permission denied"),
        ("SELECT pg_read_file('/etc/passwd')", "permission denied"),
        ("SELECT pg_sleep(60)", "statement timeout"),
        ("SELECT nothing FROM insight.turns", "does not exist"),
    ],
)
def test_what_slips_through_the_check_meets_the_role(
    db: None, monkeypatch: pytest.MonkeyPatch, sql: str, reason: str
) -> None:
    monkeypatch.setattr(database, "SECONDS", 1)
    with pytest.raises(QueryFailed, match=reason):
        database.run(Checked(sql))


def test_without_the_role_the_transaction_is_still_read_only(
    turns: list[Turn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "has_role", lambda: False)
    writing = Checked("SELECT 1 FROM (SELECT nextval('insight_dataquery_id_seq')) AS x")
    with pytest.raises(QueryFailed, match="read-only"):
        database.run(writing, is_ours=True)


def test_without_the_role_nobodys_own_query_runs(
    turns: list[Turn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "has_role", lambda: False)
    with pytest.raises(QueryFailed, match="supportapp_insight is missing"):
        database.run(check("SELECT 1 FROM turns", EVERY))
    assert database.run(check("SELECT 1 FROM turns", EVERY), is_ours=True).rows


def test_the_connection_is_itself_again_afterwards(turns: list[Turn]) -> None:
    database.run(check("SELECT 1 FROM turns", EVERY))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user = session_user, current_setting('statement_timeout')")
        assert cursor.fetchone() == (True, "0")
    Turn.objects.update(model="written")


def test_rows_are_limited(turns: list[Turn], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "ROWS", 2)
    table = database.run(check("SELECT turn_id FROM turns", EVERY))
    assert (len(table.rows), table.is_cut) == (2, True)


def test_a_visitor_and_staff_without_permission_stay_outside(db: None) -> None:
    assert Client().get(PAGE).status_code == 302
    assert staff()[0].get(PAGE).status_code == 403


def test_the_page_opens_with_questions_to_begin_with(db: None) -> None:
    text = staff("ask_data", "write_sql")[0].get(PAGE).content.decode()
    assert "How do questions end?" in text
    assert "Which questions had no answer lately?" not in text


def test_a_declared_question_is_answered_without_a_model(turns: list[Turn]) -> None:
    client, user = staff("ask_data")
    text = client.get(PAGE, {"declared": "questions-per-day"}).content.decode()
    assert "data-line" in text
    assert '<th scope="col">questions</th>' in text
    assert "DATE_TRUNC" in text
    query = DataQuery.objects.get()
    assert (query.user, query.origin, query.rows) == (user, "declared", 3)


def test_a_question_in_words_is_recognised(turns: list[Turn]) -> None:
    response = staff("ask_data")[0].post(PAGE, {"question": "How do questions end?"})
    assert "data-bar" in response.content.decode()


def test_an_unknown_question_without_a_model_says_what_there_is(db: None) -> None:
    response = staff("ask_data")[0].post(PAGE, {"question": "Who is the best customer?"})
    assert response.status_code == 400
    assert "Without a model" in response.content.decode()


def test_sql_needs_its_own_permission(turns: list[Turn]) -> None:
    sql = {"sql": "SELECT outcome, count(*) FROM turns GROUP BY 1"}
    assert staff("ask_data")[0].post(PAGE, sql).status_code == 400
    assert staff("ask_data", "write_sql")[0].post(PAGE, sql).status_code == 200


def test_refused_sql_is_explained_and_written_down(db: None) -> None:
    client, _ = staff("ask_data", "write_sql")
    response = client.post(PAGE, {"sql": "SELECT * FROM auth_user"})
    assert "isn’t one of the views" in response.content.decode().replace("&#x27;", "’")
    assert DataQuery.objects.get().error


def test_texts_need_their_permission(turns: list[Turn]) -> None:
    question = {"declared": "unanswered"}
    assert staff("ask_data")[0].get(PAGE, question).status_code == 400
    text = staff("ask_data", "read_texts")[0].get(PAGE, question).content.decode()
    assert "my secret question" in text


def test_a_value_that_does_not_fit_is_neither_shown_nor_written_down(turns: list[Turn]) -> None:
    client, _ = staff("ask_data", "read_texts", "write_sql")
    Turn.objects.update(question='my "secret"\nquestion')
    response = client.post(PAGE, {"sql": "SELECT CAST(question AS INT) FROM turn_texts"})
    assert response.status_code == 400
    assert "secret" not in response.content.decode()
    assert DataQuery.objects.get().error == 'invalid input syntax for type integer: "…"'


def test_no_text_of_a_deleted_conversation_is_even_looked_at(turns: list[Turn]) -> None:
    Turn.objects.update(question="not a number")
    Conversation.objects.update(deleted_at=timezone.now())
    sql = "SELECT 1 FROM turn_texts WHERE CAST(question AS INT) = 1"
    assert database.run(check(sql, EVERY)).rows == ()


def test_a_question_with_a_character_that_nobody_can_store_is_refused(db: None) -> None:
    client, _ = staff("ask_data", "write_sql")
    for name in ("question", "sql"):
        assert client.post(PAGE, {name: "How do\0 questions end?"}).status_code == 400
    assert DataQuery.objects.count() == 2


def test_csv_cannot_become_a_formula(turns: list[Turn]) -> None:
    client, _ = staff("ask_data", "read_texts", "write_sql")
    response = client.post(EXPORT, {"sql": "SELECT question FROM turn_texts"})
    assert response["Content-Type"].startswith("text/csv")
    assert response.content.decode().splitlines()[1] == "'=cmd|my secret question"
    assert DataQuery.objects.get().was_exported


def test_the_shown_query_is_exported_only_by_who_was_shown_it(turns: list[Turn]) -> None:
    client, _ = staff("ask_data")
    made = client.get(PAGE, {"declared": "outcomes"}).context["made"]
    assert client.post(EXPORT, {"made": made}).status_code == 200
    assert staff("ask_data")[0].post(EXPORT, {"made": made}).status_code == 400


def test_a_long_query_that_was_shown_is_exported_too(turns: list[Turn]) -> None:
    client, _ = staff("ask_data", "write_sql")
    columns = ", ".join(
        f"t.turn_id AS a_rather_long_name_for_a_column_{each}" for each in range(75)
    )
    made = client.post(PAGE, {"sql": f"SELECT {columns} FROM turns AS t"}).context["made"]
    assert client.post(EXPORT, {"made": made}).status_code == 200


@pytest.fixture
def model(settings: Settings) -> ModelServer:
    with ModelServer() as server:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = server.base_url, "key"
        yield server


def test_a_model_writes_the_query_and_sees_no_row(turns: list[Turn], model: ModelServer) -> None:
    model.say('{"sql": "SELECT outcome, count(*) AS n FROM turns GROUP BY 1", "note": ""}')
    response = staff("ask_data")[0].post(PAGE, {"question": "Compare the endings, please"})
    assert response.status_code == 200
    assert DataQuery.objects.get().origin == "model"
    assert "turns (one row for each question" in model.chats()[0].prompt
    assert "secret" not in model.chats()[0].prompt


def test_a_bad_query_of_a_model_is_sent_back_once_and_then_refused(
    db: None, model: ModelServer
) -> None:
    model.say('{"sql": "SELECT * FROM auth_user", "note": ""}')
    response = staff("ask_data")[0].post(PAGE, {"question": "Show me all passwords now"})
    assert response.status_code == 400
    assert "refused" in response.content.decode()
    assert len(model.chats()) == 2


def test_a_model_that_is_down_is_said_to_be(db: None, model: ModelServer) -> None:
    model.fault("500")
    response = staff("ask_data")[0].post(PAGE, {"question": "Compare the endings, please"})
    assert "can&#x27;t be reached" in response.content.decode()


def test_a_declared_question_needs_no_model_even_where_there_is_one(
    turns: list[Turn], model: ModelServer
) -> None:
    query = asking.understood("How do questions end?", with_texts=False)
    assert query.origin == "declared"
    assert not model.requests


def test_views_that_are_gone_come_back_and_half_a_database_is_no_fault(db: None) -> None:
    database.drop_views("default")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE review_feedback RENAME TO not_yet")
        database.ensure_views("default")
        cursor.execute("ALTER TABLE not_yet RENAME TO review_feedback")
    with pytest.raises(QueryFailed, match="does not exist"):
        database.run(check("SELECT 1 FROM turns", EVERY))
    database.ensure_views("default")
    assert database.run(check("SELECT 1 FROM turns", EVERY)).columns
