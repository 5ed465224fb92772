"""The numbers, counted in the database: facts with what was said and done about them since.

Deleted conversations are counted nowhere. Every query is of one workspace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any
from uuid import UUID

from django.db import connection

from supportapp.answering.intervals import Z
from supportapp.insight import measures
from supportapp.insight.measures import MEASURES, SETTLED_DAYS
from supportapp.insight.periods import NONE, Choice

# The feedback of a turn is its own visitor's: one row at most.
JUDGED = f"""
WITH noted AS (
    SELECT DISTINCT s.turn_id FROM review_signal s WHERE s.kind = 'solved'
), returned AS (
    SELECT DISTINCT b.conversation_id FROM review_signal s
    JOIN insight_turnfact b ON b.turn_id = s.turn_id WHERE s.kind = 'came_back'
), handed AS (
    SELECT DISTINCT conversation_id FROM conversations_handoff
), fact AS (
    SELECT f.*, r.value AS rating, f.ending <> 'small_talk' AS is_question,
    (f.asked_at AT TIME ZONE %(zone)s)::date AS day,
    f.asked_at >= %(since)s AS is_now,
    CASE WHEN NOT f.is_last THEN ''
    WHEN h.conversation_id IS NOT NULL THEN 'handed_over'
    WHEN b.conversation_id IS NOT NULL THEN 'came_back'
    WHEN n.turn_id IS NOT NULL THEN 'confirmed'
    WHEN r.value = 'down' THEN 'unhappy'
    WHEN f.ending IN ('declined', 'blocked') THEN 'unanswered'
    WHEN f.ending <> 'answered' THEN 'abandoned'
    WHEN f.asked_at < %(now)s - interval '{SETTLED_DAYS} days' THEN 'settled'
    ELSE 'quiet' END AS fate
    FROM insight_turnfact f
    JOIN conversations_conversation c ON c.id = f.conversation_id AND c.deleted_at IS NULL
    LEFT JOIN review_feedback r ON r.turn_id = f.turn_id AND r.visitor = c.visitor
    LEFT JOIN noted n ON n.turn_id = f.turn_id
    LEFT JOIN returned b ON b.conversation_id = f.conversation_id
    LEFT JOIN handed h ON h.conversation_id = f.conversation_id
    WHERE f.workspace_id = %(workspace)s AND f.asked_at >= %(before)s AND f.asked_at < %(until)s
    AND f.is_current
    AND (%(prompt)s = '' OR f.prompt = CASE %(prompt)s WHEN '{NONE}' THEN '' ELSE %(prompt)s END)
    AND (%(model)s = '' OR f.model = CASE %(model)s WHEN '{NONE}' THEN '' ELSE %(model)s END)
)
"""  # noqa: S608  # our own words
_BUCKET = "CASE WHEN %(weekly)s THEN %(first)s::date + (day - %(first)s::date) / 7 * 7 ELSE day END"
_COUNTS = ", ".join(f"count(*) FILTER (WHERE {each.condition}) AS {each.slug}" for each in MEASURES)
_BY_DAY = f"""{JUDGED} SELECT is_now, day, {_COUNTS}
FROM fact GROUP BY is_now, day ORDER BY is_now, day"""  # noqa: S608  # our own words
# An order statistic on either side of each percentile: between them it lies, in 95 of 100 cases.
_RANKS = ", ".join(
    f"greatest(0, least(1, {share} {sign} {Z * sqrt(share * (1 - share)):.6f} / sqrt(n)))"
    for share in (0.5, 0.95)
    for sign in ("- 0 *", "-", "+")
)
_PERCENTILES = f"""SELECT {{groups}}, n, percentile_disc(ARRAY[{_RANKS}])
WITHIN GROUP (ORDER BY first_token_ms) FROM (
    SELECT {{groups}}, first_token_ms, count(*) OVER (PARTITION BY {{groups}}) AS n FROM began
) counted GROUP BY {{groups}}, n"""  # noqa: S608  # our own words
# The facts are looked at once: a second look would have Postgres work out every fate for it.
_FIRST_WORDS = f"""{JUDGED}, began AS (
    SELECT is_now, {_BUCKET} AS bucket, first_token_ms
    FROM fact WHERE {measures.BY_SLUG["slow"].condition}
), whole AS ({_PERCENTILES.format(groups="is_now")}
), parts AS ({_PERCENTILES.format(groups="is_now, bucket")}
)
SELECT is_now, NULL::date AS bucket, n, percentile_disc FROM whole
UNION ALL SELECT * FROM parts WHERE is_now ORDER BY 1, 2"""  # noqa: S608  # our own words
# What was spent on replaced versions and on small talk was spent, too.
_COSTS = f"""{JUDGED}, call AS (
    SELECT turn_id, sum(cost) AS cost, count(*) FILTER (WHERE cost IS NULL AND error = '') AS free
    FROM gateway_modelcall WHERE workspace_id = %(workspace)s AND turn_id IS NOT NULL
    AND created_at >= %(before)s GROUP BY turn_id
), spent AS (
    SELECT f.conversation_id, f.asked_at >= %(since)s AS is_now,
    sum(coalesce(m.cost, f.cost)) AS cost, sum(coalesce(m.free, 0)) AS free
    FROM insight_turnfact f
    JOIN conversations_conversation c ON c.id = f.conversation_id AND c.deleted_at IS NULL
    LEFT JOIN call m ON m.turn_id = f.turn_id
    WHERE f.workspace_id = %(workspace)s AND f.asked_at >= %(before)s AND f.asked_at < %(until)s
    AND (%(prompt)s = '' OR f.prompt = CASE %(prompt)s WHEN '{NONE}' THEN '' ELSE %(prompt)s END)
    AND (%(model)s = '' OR f.model = CASE %(model)s WHEN '{NONE}' THEN '' ELSE %(model)s END)
    GROUP BY 1, 2
), won AS (
    SELECT conversation_id, is_now FROM fact WHERE {measures.BY_SLUG["resolved"].condition}
)
SELECT coalesce(s.is_now, w.is_now), coalesce(s.cost, 0)::float8, w.conversation_id IS NOT NULL,
count(*), sum(coalesce(s.free, 0))::int FROM spent s FULL JOIN won w
USING (conversation_id, is_now) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""  # noqa: S608  # our own words
_ROUTES = f"""{JUDGED} SELECT route, count(*) FILTER (WHERE is_now),
count(*) FILTER (WHERE NOT is_now), count(*) FILTER (WHERE is_now AND rating = 'down')
FROM fact WHERE {measures.BY_SLUG["answered"].condition}
GROUP BY route ORDER BY 2 DESC, 1"""  # noqa: S608  # our own words
_GUARDS = f"""{JUDGED} SELECT guard, count(*) FILTER (WHERE is_now),
count(*) FILTER (WHERE NOT is_now) FROM fact, unnest(guards) AS guard
GROUP BY guard ORDER BY 2 DESC, 1"""  # noqa: S608  # our own words
_ARTICLES = f"""{JUDGED} SELECT k.article_id, count(*) FILTER (WHERE is_now) AS now,
count(*) FILTER (WHERE NOT is_now), count(*) FILTER (WHERE is_now AND rating = 'down')
FROM fact JOIN (SELECT DISTINCT article_id, turn_id FROM conversations_citation) k USING (turn_id)
WHERE is_question
GROUP BY k.article_id HAVING count(*) FILTER (WHERE is_now) > 0
ORDER BY now DESC, k.article_id LIMIT %(most)s"""  # noqa: S608  # our own words
_NAMES = """SELECT DISTINCT {} FROM insight_turnfact WHERE workspace_id = %(workspace)s
AND asked_at >= %(before)s AND asked_at < %(until)s ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class Day:
    """One day's counts by measure. `is_now`: of the period, else of the one before."""

    is_now: bool
    day: date
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class FirstWord:
    """When answers begin: milliseconds, each with the two between which it lies."""

    is_now: bool
    bucket: date | None
    answers: int
    p50: tuple[float, float, float]
    p95: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Spent:
    """Conversations that cost the same in a period, and whether they were resolved there."""

    is_now: bool
    cost: float
    is_resolved: bool
    conversations: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class Part:
    """One route, guard or article: now, before, and of now rated down."""

    key: str
    now: int
    before: int
    down: int = 0


def by_day(choice: Choice, now: datetime) -> list[Day]:
    """Return each day's counts, of the period and of the one before."""
    slugs = [each.slug for each in MEASURES]
    return [
        Day(row[0], row[1], dict(zip(slugs, row[2:], strict=True)))
        for row in rows(_BY_DAY, choice, now)
    ]


def summed(days: Iterable[Day]) -> Counter[str]:
    """Add days up."""
    total: Counter[str] = Counter({each.slug: 0 for each in MEASURES})
    for each in days:
        total.update(each.counts)
    return total


def first_words(choice: Choice, now: datetime) -> list[FirstWord]:
    """Return both periods' times to the first word, then those of each point of the chart."""
    return [
        FirstWord(row[0], row[1], row[2], tuple(row[3][:3]), tuple(row[3][3:]))
        for row in rows(_FIRST_WORDS, choice, now)
    ]


def costs(choice: Choice, now: datetime) -> list[Spent]:
    """Return what conversations cost; most cost nothing."""
    return [Spent(*row) for row in rows(_COSTS, choice, now)]


def routes(choice: Choice, now: datetime) -> list[Part]:
    """Return who answered."""
    return [Part(*row) for row in rows(_ROUTES, choice, now)]


def guards(choice: Choice, now: datetime) -> list[Part]:
    """Return which guards did something, and in how many messages."""
    return [Part(*row) for row in rows(_GUARDS, choice, now)]


def articles(choice: Choice, now: datetime, most: int) -> list[Part]:
    """Return the articles that were cited most."""
    return [Part(str(row[0]), *row[1:]) for row in rows(_ARTICLES, choice, now, most=most)]


def names(choice: Choice, now: datetime, column: str) -> list[str]:
    """Return the prompts or the models that answered in either period, “” for none."""
    assert column in {"prompt", "model"}
    return [row[0] for row in rows(_NAMES.format(column), choice, now)]


def is_empty(workspace_id: int) -> bool:
    """Return whether nothing was asked yet in a workspace."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM insight_turnfact WHERE workspace_id = %s)",
            [workspace_id],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def rows(query: str, choice: Choice, now: datetime, **more: Any) -> Sequence[tuple[Any, ...]]:
    """Run one of our queries for a choice."""
    values: dict[str, Any] = {
        "workspace": choice.workspace_id,
        "before": choice.before.since,
        "since": choice.since,
        "until": choice.until,
        "now": now,
        "zone": str(choice.zone),
        "prompt": choice.prompt,
        "model": choice.model,
        "first": choice.period.first,
        "weekly": choice.period.is_weekly,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values | more)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def turns(
    choice: Choice,
    now: datetime,
    condition: str,
    order: str,
    *,
    limit: tuple[int, int],
    key: str = "",
) -> list[tuple[UUID, str]]:
    """Return the turns behind a number of the period, a page of them, each with its fate.

    `condition` and `order` are ours: of `measures` or of `drilldown`; `key` is anybody's.
    """
    query = (
        f"{JUDGED} SELECT turn_id, fate FROM fact WHERE is_now AND {condition}"  # noqa: S608  # ours
        f" ORDER BY {order}, turn_id LIMIT %(most)s OFFSET %(skip)s"
    )
    most, skip = limit
    return [(row[0], row[1]) for row in rows(query, choice, now, most=most, skip=skip, key=key)]


def bucket(day: date, choice: Choice) -> date:
    """Return the first day of a day's point in a chart."""
    if not choice.period.is_weekly:
        return day
    return choice.period.first + timedelta(days=(day - choice.period.first).days // 7 * 7)
