"""How topics' shares change over the weeks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncWeek

from supportapp.gaps import chance
from supportapp.gaps.chance import Shift
from supportapp.gaps.models import AskedQuestion, Topic
from supportapp.knowledge.models import Workspace

WEEKS = 12
RECENT_WEEKS = 2
SHOWN = 15
# A topic of so few questions is tested with the others, as "Everything else".
FEWEST = 5
ELSE = "else"


@dataclass(frozen=True, slots=True)
class TopicTrend:
    """One topic's share of the questions, week by week."""

    topic: Topic | None
    shares: tuple[float, ...]
    questions: int
    shift: Shift

    @property
    def name(self) -> str:
        return self.topic.name if self.topic else "Everything else"

    @property
    def before_percent(self) -> str:
        return percent(self.shift.before)

    @property
    def now_percent(self) -> str:
        return percent(self.shift.now)

    @property
    def change(self) -> str:
        """The change in percentage points, with its sign."""
        return f"{self.shift.points:+.1f}".replace("-", "−")

    @property
    def p(self) -> str:
        return chance.shown(self.shift.p)

    @property
    def is_new(self) -> bool:
        return self.shift.before == 0.0 and self.shift.now > 0.0


@dataclass(frozen=True, slots=True)
class Drift:
    """Where the questions of a workspace are heading."""

    weeks: tuple[date, ...]
    counts: tuple[int, ...]
    trends: tuple[TopicTrend, ...]

    @property
    def moved(self) -> tuple[TopicTrend, ...]:
        """Those whose share changed by more than chance."""
        return tuple(trend for trend in self.trends if trend.shift.is_real)


def of(workspace: Workspace, now: datetime, weeks: int = WEEKS) -> Drift:
    """Return the shares of the last weeks, and what differs between the latest two and before."""
    first = _monday(now.date()) - timedelta(weeks=weeks - 1)
    days = tuple(first + timedelta(weeks=number) for number in range(weeks))
    by_topic = _counts(workspace, days)
    counts = tuple(sum(rows[at] for rows in by_topic.values()) for at in range(weeks))
    shifts = _shifts(by_topic, counts)
    topics = Topic.objects.in_bulk([int(key) for key in by_topic if key != ELSE])
    trends = [
        TopicTrend(
            topic=topics.get(int(key)) if key != ELSE else None,
            shares=tuple(rows[at] / counts[at] if counts[at] else 0.0 for at in range(weeks)),
            questions=sum(rows),
            shift=shifts[key],
        )
        for key, rows in by_topic.items()
    ]
    trends.sort(key=lambda each: (not each.shift.is_real, each.topic is None, -each.questions))
    return Drift(days, counts, tuple(trends[:SHOWN]))


def _counts(workspace: Workspace, days: tuple[date, ...]) -> dict[str, list[int]]:
    rows = (
        AskedQuestion.objects.filter(
            workspace=workspace,
            topic__isnull=False,
            asked_at__date__gte=days[0],
            turn__conversation__deleted_at=None,
        )
        .annotate(week=TruncWeek("asked_at"))
        .values_list("topic_id", "week")
        .annotate(count=Count("pk"))
    )
    found: dict[str, list[int]] = {}
    for topic, week, count in rows:
        at = (week.date() - days[0]).days // 7
        if 0 <= at < len(days):
            found.setdefault(str(topic), [0] * len(days))[at] += count
    small = [key for key, values in found.items() if sum(values) < FEWEST]
    if small:
        others = [found.pop(key) for key in small]
        found[ELSE] = [sum(values) for values in zip(*others, strict=True)]
    return found


def _shifts(by_topic: dict[str, list[int]], counts: tuple[int, ...]) -> dict[str, Shift]:
    recent = slice(len(counts) - RECENT_WEEKS, None)
    earlier = slice(0, len(counts) - RECENT_WEEKS)
    before = Counter({key: sum(rows[earlier]) for key, rows in by_topic.items()})
    now = Counter({key: sum(rows[recent]) for key, rows in by_topic.items()})
    totals = (sum(counts[earlier]), sum(counts[recent]))
    return {shift.key: shift for shift in chance.shifts(before, now, totals)}


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def percent(share: float) -> str:
    """Return a share as pages show it."""
    return f"{100 * share:.1f}"
