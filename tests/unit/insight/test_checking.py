"""Which SQL may run, and that nothing else does."""

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from supportapp.insight import declared
from supportapp.insight.catalogue import VIEWS, allowed, described
from supportapp.insight.checking import ALLOWED, BadSql, check

ALL = allowed(with_texts=True)
NO_TEXTS = allowed(with_texts=False)


@pytest.mark.parametrize("question", declared.DECLARED, ids=lambda each: each.slug)
def test_every_declared_question_passes(question: declared.Declared) -> None:
    assert check(question.sql, ALL if question.holds_text else NO_TEXTS).sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; DROP TABLE auth_user",
        "DELETE FROM turns",
        "UPDATE turns SET state = ''",
        "INSERT INTO turns VALUES (1)",
        "DROP VIEW turns",
        "TRUNCATE turns",
        "WITH gone AS (DELETE FROM turns RETURNING *) SELECT * FROM gone",
        "SELECT * INTO copied FROM turns",
        "CREATE TABLE x AS SELECT 1",
        "SELECT * FROM turns FOR UPDATE",
        "COPY turns TO '/tmp/x'",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "SET ROLE postgres",
        "RESET ROLE",
        "EXPLAIN ANALYZE SELECT 1",
        "DO $$ BEGIN END $$",
        "CALL something()",
        "LISTEN x",
        "VALUES (1)",
        "BEGIN",
        "",
        "not SQL at all",
    ],
)
def test_only_one_select_is_allowed(sql: str) -> None:
    with pytest.raises(BadSql):
        check(sql, ALL)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM auth_user",
        "SELECT password FROM public.auth_user",
        "SELECT * FROM conversations_turn",
        "SELECT * FROM public.turns",
        "SELECT * FROM other.insight.turns",
        "SELECT * FROM pg_catalog.pg_roles",
        "SELECT * FROM pg_stat_activity",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM turns JOIN auth_user ON true",
        "SELECT (SELECT max(password) FROM auth_user)",
        "SELECT * FROM turns WHERE EXISTS (SELECT 1 FROM auth_user)",
        "SELECT 1 UNION SELECT password FROM auth_user",
        "WITH turns AS (SELECT 1) SELECT * FROM turns",
        "WITH x AS (SELECT * FROM auth_user) SELECT * FROM x",
        "WITH auth_user AS (SELECT * FROM auth_user) SELECT * FROM auth_user",
        "WITH x AS (SELECT * FROM auth_user), auth_user AS (SELECT 1) SELECT * FROM x",
        "SELECT * FROM auth_user, (WITH auth_user AS (SELECT 1) SELECT * FROM auth_user) x",
        "WITH x AS (WITH auth_user AS (SELECT 1) SELECT 1) SELECT * FROM auth_user",
        "SELECT 1 FROM turns UNION (WITH auth_user AS (SELECT 1) SELECT 1) "
        "UNION SELECT password FROM auth_user",
        'WITH "AUTH_USER" AS (SELECT 1) SELECT * FROM auth_user',
        "SELECT * FROM turns, LATERAL (SELECT 1) y",
        'SELECT * FROM "Turns; DROP TABLE x"',
        "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 1 FROM x) SELECT * FROM x",
        "SELECT * FROM generate_series(1, 1000000000)",
        "SELECT * FROM unnest(ARRAY[1])",
    ],
)
def test_only_the_views_can_be_read(sql: str) -> None:
    with pytest.raises(BadSql):
        check(sql, ALL)


@pytest.mark.parametrize(
    "call",
    [
        "pg_sleep(10)",
        "pg_read_file('/etc/passwd')",
        "lo_import('/etc/passwd')",
        "set_config('role', 'postgres', true)",
        "current_setting('is_superuser')",
        "dblink('host=1.1.1.1', 'SELECT 1')",
        "query_to_xml('SELECT * FROM auth_user', true, true, '')",
        "pg_terminate_backend(1)",
        "pg_advisory_lock(1)",
        "nextval('x')",
        "version()",
        "inet_server_addr()",
        "row_to_json(turns)",
        "repeat('x', 1000000000)",
        "'pg_authid'::regclass",
        "'x'::json",
        "current_user",
        "session_user",
        "pg_catalog.pg_sleep(10)",
        "(1).pg_sleep",
        "('is_superuser').current_setting",
        "(CAST('/etc/passwd' AS TEXT)).pg_read_file",
        "((SELECT 1)).pg_advisory_lock",
        "convert_from('x', 'utf8')",
        "txid_current()",
    ],
)
def test_only_harmless_functions_are_allowed(call: str) -> None:
    with pytest.raises(BadSql):
        check(f"SELECT {call} FROM turns", ALL)


@pytest.mark.parametrize(
    "sql",
    ["SELECT question FROM turn_texts", "SELECT 1 WHERE EXISTS (SELECT 1 FROM feedback_texts)"],
)
def test_customers_texts_need_a_permission(sql: str) -> None:
    assert check(sql, ALL)
    with pytest.raises(BadSql):
        check(sql, NO_TEXTS)


def test_what_runs_is_written_anew_with_every_name_in_full() -> None:
    sql = check("select Count(*) n /* x */ from TURNS t -- y", ALL).sql
    assert sql == 'SELECT COUNT(*) AS "n" FROM "insight"."turns" AS "t"'


def test_a_part_of_the_query_may_have_a_name_of_its_own() -> None:
    sql = check("WITH a AS (SELECT * FROM turns) SELECT count(*) FROM a", ALL).sql
    assert 'FROM "a"' in sql
    assert '"insight"."turns"' in sql


@pytest.mark.parametrize(
    "sql",
    [
        "WITH a AS (SELECT * FROM turns), b AS (SELECT * FROM a) SELECT * FROM b JOIN a ON true",
        "WITH A AS (SELECT 1 AS n) SELECT n FROM a UNION SELECT n FROM a ORDER BY n",
        "WITH a AS (SELECT 1 AS n) SELECT (SELECT max(n) FROM a) FROM turns WHERE EXISTS "
        "(SELECT 1 FROM a)",
        "SELECT * FROM (WITH a AS (SELECT 1 AS n) SELECT n FROM a) x",
        'WITH "A b" AS (SELECT 1) SELECT * FROM "A b"',
    ],
)
def test_a_part_is_found_wherever_it_reaches(sql: str) -> None:
    assert check(sql, NO_TEXTS).sql


def test_a_very_long_query_is_refused() -> None:
    with pytest.raises(BadSql):
        check("SELECT " + ", ".join("1" for _ in range(900)), ALL)
    with pytest.raises(BadSql):
        check("SELECT " + "(" * 4000 + "1" + ")" * 900, ALL)


def test_nothing_that_writes_is_on_the_list_of_harmless_parts() -> None:
    writing = {"Insert", "Update", "Delete", "Drop", "Create", "Command", "Copy", "Into", "Lock"}
    assert not writing & {each.__name__ for each in ALLOWED}


def test_no_view_without_permission_names_a_text_of_a_customer() -> None:
    described_columns = described(NO_TEXTS)
    for word in ("question,", "answer,", "comment text", "contact", "message", "username"):
        assert word not in described_columns
    assert {view.name for view in VIEWS if view.holds_text} == {"turn_texts", "feedback_texts"}


PIECES = [
    "SELECT", "FROM", "turns", "auth_user", "(", ")", ",", ";", "*", "1", "'x'", "WITH", "AS",
    "a", "DELETE", "UNION", "WHERE", "pg_sleep", "--", "/*", "*/", "$$", "\\", "INTO", "::", '"',
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
@settings(max_examples=300)
def test_whatever_passes_reads_views_only(text: str) -> None:
    try:
        sql = check(text, ALL).sql
    except BadSql:
        return
    tables = sqlglot.parse_one(sql, dialect="postgres").find_all(sqlglot.exp.Table)
    assert all(each.name != "auth_user" for each in tables)
    assert ";" not in sql


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("How many questions were asked per day?", "questions-per-day"),
        ("which articles are cited the most", "most-cited"),
        ("articles overdue for review", "overdue"),
        ("What is the weather?", None),
        ("", None),
    ],
)
def test_a_wording_finds_its_declared_question(question: str, slug: str | None) -> None:
    found = declared.nearest(question, with_texts=False)
    assert (found.slug if found else None) == slug


def test_a_text_cannot_be_doubled_until_it_fills_the_memory() -> None:
    doubled = ", ".join(f"d{n} AS (SELECT s || s AS s FROM d{n - 1})" for n in range(1, 11))
    with pytest.raises(BadSql, match="joined"):
        check(f"WITH d0 AS (SELECT 'x' AS s), {doubled} SELECT s FROM d10", ALL)


def test_with_names_a_few_queries() -> None:
    named = ", ".join(f"d{n} AS (SELECT 1 AS s)" for n in range(13))
    with pytest.raises(BadSql, match="WITH"):
        check(f"WITH {named} SELECT s FROM d1", ALL)
