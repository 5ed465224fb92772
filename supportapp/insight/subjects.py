"""What customers ask about: topics where questions were grouped, else the articles cited most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import connection

from supportapp.insight import counting, figures
from supportapp.insight.estimates import Share
from supportapp.insight.periods import Choice
from supportapp.knowledge.models import Article

ROOM = "gaps"
_TOPICS = f"""{counting.JUDGED} SELECT a.topic_id, t.name, count(*) FILTER (WHERE is_now) AS now,
count(*) FILTER (WHERE NOT is_now), count(*) FILTER (WHERE is_now AND rating = 'down'),
count(*) FILTER (WHERE is_now AND ending = 'declined')
FROM fact JOIN gaps_askedquestion a USING (turn_id) JOIN gaps_topic t ON t.id = a.topic_id
WHERE is_question GROUP BY a.topic_id, t.name HAVING count(*) FILTER (WHERE is_now) > 0
ORDER BY now DESC, a.topic_id LIMIT %(most)s"""  # noqa: S608  # our own words
_GAPS = """SELECT id, name, questions, customers, score FROM gaps_gap
WHERE workspace_id = %s AND state = 'open' AND merged_into_id IS NULL
ORDER BY score DESC, id LIMIT %s"""
_OPEN = """SELECT count(*) FROM gaps_gap
WHERE workspace_id = %s AND state = 'open' AND merged_into_id IS NULL"""


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic or an article. `slug` is the dimension to drill down by."""

    slug: str
    key: str
    name: str
    now: int
    before: int
    down: int
    declined: int = 0

    @property
    def change(self) -> str:
        if not self.before:
            return "new"
        return f"{(self.now - self.before) / self.before:+.0%}"

    @property
    def down_share(self) -> str:
        return figures.percent(Share(self.down, self.now).value)


@dataclass(frozen=True, slots=True)
class OpenGap:
    """What customers ask and no article answers."""

    id: int
    name: str
    questions: int
    customers: int
    score: float


def top(choice: Choice, now: datetime, most: int) -> tuple[Subject, ...]:
    """Return what was asked about most: topics, or articles where there are none yet."""
    if apps.is_installed(f"supportapp.{ROOM}"):
        found = counting.rows(_TOPICS, choice, now, most=most)
        if found:
            return tuple(Subject("topic", str(row[0]), *row[1:]) for row in found)
    cited = counting.articles(choice, now, most)
    known = Article.objects.filter(
        pk__in=[int(each.key) for each in cited], workspace=choice.workspace_id
    ).values_list("pk", "published__title", "draft__title")
    titles = {str(key): published or draft or "–" for key, published, draft in known}
    return tuple(
        Subject("article", each.key, titles.get(each.key, "–"), each.now, each.before, each.down)
        for each in cited
    )


def open_gaps(workspace_id: int, most: int) -> tuple[OpenGap, ...]:
    """Return the open gaps, the worst first."""
    if not apps.is_installed(f"supportapp.{ROOM}"):
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, [workspace_id, most])
        return tuple(OpenGap(*row) for row in cursor.fetchall())


def open_gap_count(workspace_id: int) -> int:
    """Count the open gaps: a number, for mails must not hold what customers asked."""
    if not apps.is_installed(f"supportapp.{ROOM}"):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [workspace_id])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
