"""Counts of what guards did: one statement an answer, which adds and never overwrites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import connection

# Rows in one order, so that two answers that finish at once never wait for each other in a circle.
_ADD = """
INSERT INTO guardrails_guardcount (workspace_id, day, guard, action, code, count)
SELECT %s, %s, seen.guard, seen.action, seen.code, seen.count
FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS seen (guard, action, code, count)
ORDER BY seen.guard, seen.action, seen.code
ON CONFLICT (workspace_id, day, guard, action, code)
DO UPDATE SET count = guardrails_guardcount.count + excluded.count
"""


def add(workspace_id: int, day: date, seen: Iterable[Mapping[str, Any]]) -> None:
    """Add what a receipt holds (`Noted.as_json`) to the day's counts, in the caller's transaction.

    Call it last: the rows stay locked until that transaction ends.
    """
    rows = list(seen)
    if not rows:
        return
    columns = [[row[name] for row in rows] for name in ("guard", "action", "code", "count")]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [workspace_id, day, *columns])
