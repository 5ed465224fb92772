"""What each guard did lately, for the page on which staff switch them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Q, Sum

from supportapp.guardrails import catalogue
from supportapp.guardrails.catalogue import Guard, Stage
from supportapp.guardrails.models import GuardCount, GuardSwitch

WEEK, MONTH = 7, 30


@dataclass(slots=True)
class Doing:
    """How often a guard did one thing."""

    action: str
    code: str
    today: int
    week: int
    month: int


@dataclass(slots=True)
class Row:
    """A guard as the page shows it. `is_off_everywhere`: a setting overrules the switch."""

    guard: Guard
    is_on: bool
    is_off_everywhere: bool
    doings: list[Doing] = field(default_factory=list)

    @property
    def today(self) -> int:
        return sum(each.today for each in self.doings)

    @property
    def week(self) -> int:
        return sum(each.week for each in self.doings)

    @property
    def month(self) -> int:
        return sum(each.month for each in self.doings)


@dataclass(frozen=True, slots=True)
class Group:
    """The guards of one stage."""

    title: str
    rows: tuple[Row, ...]


TITLES = {
    Stage.IN: "Before an answer: questions",
    Stage.KNOWLEDGE: "What was found: articles are data",
    Stage.OUT: "Each sentence of an answer, before it is shown",
}


def groups(workspace_id: int, today: date) -> tuple[Group, ...]:
    """Return every guard with its switch and its counts, in two queries."""
    switched = dict(
        GuardSwitch.objects.filter(workspace=workspace_id).values_list("guard", "is_on")
    )
    overruled = catalogue.named(tuple(settings.GUARDRAILS_OFF)) - catalogue.FIXED
    doings = _doings(workspace_id, today)
    rows = [
        Row(
            guard,
            guard.is_fixed or switched.get(guard.name, not guard.starts_off),
            guard.name in overruled,
            doings[guard.name],
        )
        for guard in catalogue.GUARDS
    ]
    return tuple(
        Group(title, tuple(row for row in rows if row.guard.stage is stage))
        for stage, title in TITLES.items()
    )


def _doings(workspace_id: int, today: date) -> dict[str, list[Doing]]:
    since = today - timedelta(days=MONTH - 1)
    week = Q(day__gt=today - timedelta(days=WEEK))
    counted = (
        GuardCount.objects.filter(workspace=workspace_id, day__gte=since)
        .order_by()
        .values_list("guard", "action", "code")
        .annotate(
            today=Sum("count", filter=Q(day=today), default=0),
            week=Sum("count", filter=week, default=0),
            month=Sum("count", default=0),
        )
        .order_by("-month", "code")
    )
    found: dict[str, list[Doing]] = defaultdict(list)
    for guard, action, code, *sums in counted:
        found[guard].append(Doing(action, code, *sums))
    return found
