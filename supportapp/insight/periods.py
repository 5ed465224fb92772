"""Which turns are counted: a workspace, a period and the one before it, a prompt, a model. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from urllib.parse import urlencode

LONGEST_DAYS = 731
# From so many days on, a point of a chart is a week: single days would only be noise.
WEEKLY_FROM = 63
NONE = "none"
WEEK = timedelta(days=7)
PERIODS = {
    "week": "Last week, Monday to Sunday",
    "7": "Last 7 days",
    "28": "Last 28 days",
    "90": "Last 90 days",
    "365": "Last 365 days",
    "own": "From … to …",
}
DEFAULT = "28"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """Return the period of the same length that ends the day before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def is_weekly(self) -> bool:
        return self.days >= WEEKLY_FROM

    def __str__(self) -> str:
        if self.first == self.last:
            return f"{self.first:%-d %B %Y}"
        year = "" if self.first.year == self.last.year else f" {self.first.year}"
        return f"{self.first:%-d %B}{year} to {self.last:%-d %B %Y}"


def last_week(today: date) -> Period:
    """Return the last whole week, Monday to Sunday."""
    monday = today - timedelta(days=today.weekday() + 7)
    return Period(monday, monday + WEEK - timedelta(days=1))


def named(name: str, today: date) -> Period:
    """Return a period of PERIODS other than “own”; today counts as a day."""
    if name == "week":
        return last_week(today)
    return Period(today - timedelta(days=int(name) - 1), today)


@dataclass(frozen=True, slots=True)
class Choice:
    """What staff chose to see. Empty: every prompt, every model; NONE: answers without one."""

    workspace_id: int
    workspace: str
    period: Period
    zone: tzinfo
    name: str = DEFAULT
    prompt: str = ""
    model: str = ""

    @property
    def before(self) -> Choice:
        return replace(self, period=self.period.before)

    @property
    def since(self) -> datetime:
        return datetime.combine(self.period.first, time.min, self.zone)

    @property
    def until(self) -> datetime:
        return datetime.combine(self.period.last + timedelta(days=1), time.min, self.zone)

    @property
    def query(self) -> str:
        """Return it as the query of an address."""
        named = {"workspace": self.workspace, "period": self.name}
        if self.name == "own":
            named |= {
                "first": self.period.first.isoformat(),
                "last": self.period.last.isoformat(),
            }
        chosen = {"prompt": self.prompt, "model": self.model}
        return urlencode(named | {key: value for key, value in chosen.items() if value})
