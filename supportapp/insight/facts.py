"""Finished turns become facts: one narrow row each, so that no page reads receipts to count.

Pattern: catch up before reading. The worker makes facts every minute, and a page makes those that
are missing before it counts, as a search index applies what it missed before it answers. So a
number is never older than the page, and never counts a turn twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from supportapp.insight.models import FactMark, TurnFact

BATCH = 1000
# A page waits for so many batches at most; the worker does the rest.
PAGE_BATCHES = 2
# A question is stored within seconds of its time; what is older can't appear any more.
SETTLED = timedelta(minutes=10)
_LOCK = 0x5EED_FAC7

_MISSING = """
FROM conversations_turn t JOIN conversations_conversation c ON c.id = t.conversation_id
WHERE t.created_at >= %(mark)s AND t.state NOT IN ('waiting', 'streaming')
AND NOT EXISTS (SELECT 1 FROM insight_turnfact f WHERE f.turn_id = t.id)
"""
_ROUTE = """
CASE
WHEN t.receipt #>> '{memory,outcome}' = 'approved' THEN 'approved'
WHEN t.receipt #>> '{memory,outcome}' = 'hit' THEN 'memory'
WHEN t.outcome <> 'answered' THEN ''
WHEN jsonb_typeof(t.receipt -> 'route') = 'object' THEN left(t.receipt #>> '{route,route}', 20)
WHEN jsonb_typeof(t.receipt -> 'route') = 'string' THEN left(t.receipt ->> 'route', 20)
WHEN t.kind = 'quoted' THEN 'quoting'
WHEN t.kind = 'looked_up' THEN 'tools'
WHEN t.kind = 'generated' THEN 'model'
ELSE '' END
"""
_INSERT = f"""
INSERT INTO insight_turnfact (turn_id, workspace_id, conversation_id, position, asked_at, ending,
route, model, prompt, first_token_ms, cost, guards, is_current, is_last)
SELECT t.id, c.workspace_id, t.conversation_id, t.position, t.created_at,
CASE WHEN t.state = 'cancelled' THEN 'stopped' WHEN t.state <> 'answered' THEN 'failed'
ELSE CASE t.outcome WHEN 'no_evidence' THEN 'declined' WHEN 'blocked' THEN 'blocked'
WHEN 'smalltalk' THEN 'small_talk' ELSE 'answered' END END,
coalesce({_ROUTE}, ''), t.model, t.prompt_version,
1000 * extract(epoch FROM t.first_token_at - t.created_at),
coalesce((SELECT sum((call ->> 'cost')::numeric) FROM jsonb_array_elements(
    CASE jsonb_typeof(t.receipt -> 'calls') WHEN 'array' THEN t.receipt -> 'calls' ELSE '[]' END
) AS call), 0),
ARRAY(SELECT DISTINCT left(seen ->> 'guard', 40) FROM jsonb_array_elements(
    CASE jsonb_typeof(t.receipt -> 'guards') WHEN 'array' THEN t.receipt -> 'guards' ELSE '[]' END
) AS seen WHERE seen ->> 'guard' IS NOT NULL AND seen ->> 'action' <> 'allow'),
true, false
{_MISSING} ORDER BY t.created_at LIMIT %(most)s
ON CONFLICT (turn_id) DO NOTHING RETURNING conversation_id
"""  # noqa: S608  # our own words
# A version counts until the one that took its place is over; the last question judges all.
_FLAGS = """
UPDATE insight_turnfact f SET is_current = seen.is_current, is_last = seen.is_last
FROM (
    SELECT turn_id, is_current, is_question AND row_number() OVER (
        PARTITION BY conversation_id, is_question ORDER BY position DESC, asked_at DESC) = 1
        AS is_last
    FROM (
        SELECT x.*, x.is_current AND x.ending <> 'small_talk' AS is_question FROM (
            SELECT o.turn_id, o.conversation_id, o.position, o.asked_at, o.ending,
            NOT EXISTS (SELECT 1 FROM conversations_turn t JOIN insight_turnfact n
                ON n.turn_id = t.id WHERE t.supersedes_id = o.turn_id) AS is_current
            FROM insight_turnfact o WHERE o.conversation_id = ANY(%s)
        ) x
    ) y
) seen
WHERE f.turn_id = seen.turn_id
AND (f.is_current, f.is_last) IS DISTINCT FROM (seen.is_current, seen.is_last)
"""
_OPEN = """
SELECT min(t.created_at) FROM conversations_turn t WHERE t.created_at >= %(mark)s
AND NOT EXISTS (SELECT 1 FROM insight_turnfact f WHERE f.turn_id = t.id)
"""


def catch_up(batches: int = PAGE_BATCHES) -> int:
    """Make the facts that are missing; returns how many turns are still without one."""
    while batches > 0 and (left := missing()):
        make_some()
        batches -= 1
        if left <= BATCH:
            return 0
    return missing()


def missing() -> int:
    """Count finished turns without a fact."""
    found = _one(f"SELECT count(*) {_MISSING}", _mark())
    return found if isinstance(found, int) else 0


def make_some(most: int = BATCH) -> int:
    """Make facts of the oldest turns without one, a batch in one transaction; returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        # One at a time: which question is the last one is seen only with all others committed.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        mark = _mark()
        cursor.execute(_INSERT, {**mark, "most": most})
        conversations = [row[0] for row in cursor.fetchall()]
        if conversations:
            cursor.execute(_FLAGS, [list(set(conversations))])
        _move_mark(mark)
    return len(conversations)


def make_again() -> int:
    """Forget all facts and make them anew, a batch at a time; returns how many."""
    with transaction.atomic():
        TurnFact.objects.all().delete()
        FactMark.objects.all().delete()
    made = 0
    while batch := make_some():
        made += batch
    return made


def _mark() -> dict[str, Any]:
    known = FactMark.objects.order_by("pk").values_list("complete_before", flat=True).first()
    return {"mark": known or timezone.now() - timedelta(days=365 * 100)}


def _move_mark(mark: dict[str, Any]) -> None:
    """Say from when on to look for turns: the oldest without a fact, or lately."""
    settled = timezone.now() - SETTLED
    waiting = _one(_OPEN, mark)
    before = min(waiting, settled) if isinstance(waiting, datetime) else settled
    FactMark.objects.update_or_create(pk=1, defaults={"complete_before": before})


def _one(query: str, values: dict[str, Any]) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    return row[0] if row else None
