"""What the dashboard shows, gathered: figures, charts, shares, topics, gaps. Read on Mondays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from supportapp.answering.intervals import Interval
from supportapp.guardrails import catalogue
from supportapp.insight import counting, facts, figures, subjects, trends
from supportapp.insight.counting import FirstWord, Part, Spent
from supportapp.insight.estimates import Alike, Share
from supportapp.insight.figures import Figure
from supportapp.insight.measures import BY_SLUG, ENDINGS, FATES, ROUTES
from supportapp.insight.periods import Choice
from supportapp.insight.subjects import OpenGap, Subject
from supportapp.insight.trends import Trend

LISTED = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a whole. `key` is the value to drill down to."""

    slug: str
    key: str
    name: str
    count: int
    total: int
    before: int
    before_total: int
    is_part: bool = False

    @property
    def query(self) -> str:
        """Return what an address adds for the turns behind it."""
        return urlencode({"measure": self.slug} | ({"key": self.key} if self.is_part else {}))

    @property
    def share(self) -> str:
        return figures.percent(Share(self.count, self.total).value)

    @property
    def was(self) -> str:
        return figures.percent(Share(self.before, self.before_total).value)

    @property
    def width(self) -> str:
        """Return the length of its bar, in hundredths."""
        return f"{100 * self.count / self.total if self.total else 0:.1f}"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A whole and its parts."""

    slug: str
    title: str
    about: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything on the page. `missing` turns are over and not yet counted."""

    choice: Choice
    figures: tuple[Figure, ...]
    trends: tuple[Trend, ...]
    breakdowns: tuple[Breakdown, ...]
    subjects: tuple[Subject, ...]
    gaps: tuple[OpenGap, ...]
    quiet: int
    unpriced: int
    missing: int

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was asked in the period."""
        return not self.figures[0].count


def gather(choice: Choice, now: datetime) -> Dashboard:
    """Count everything of a choice, after what is missing was made up for."""
    missing = facts.catch_up()
    days = counting.by_day(choice, now)
    mine = counting.summed(each for each in days if each.is_now)
    theirs = counting.summed(each for each in days if not each.is_now)
    words = counting.first_words(choice, now)
    spent = counting.costs(choice, now)
    return Dashboard(
        choice=choice,
        figures=(
            figures.count("questions", mine, theirs),
            *(figures.share(slug, mine, theirs) for slug in ("answered", "declined")),
            figures.share("handed_over", mine, theirs),
            figures.share("resolved", mine, theirs),
            figures.share("up", mine, theirs),
            _cost(spent),
            *_first_words(words),
            figures.share("remembered", mine, theirs),
            figures.count("guarded", mine, theirs),
        ),
        trends=trends.trends(choice, days, words),
        breakdowns=_breakdowns(choice, now, mine, theirs),
        subjects=subjects.top(choice, now, LISTED),
        gaps=subjects.open_gaps(choice.workspace_id, LISTED),
        quiet=mine["quiet"],
        unpriced=sum(each.unpriced for each in spent if each.is_now),
        missing=missing,
    )


def _breakdowns(
    choice: Choice, now: datetime, mine: dict[str, int], theirs: dict[str, int]
) -> tuple[Breakdown, ...]:
    return (
        Breakdown(
            "endings",
            "How questions ended",
            "Of all questions.",
            tuple(_bar(slug, mine, theirs) for slug in ENDINGS),
        ),
        Breakdown(
            "fates",
            "How conversations ended",
            "Of all conversations, each judged by its last question.",
            tuple(_bar(slug, mine, theirs) for slug in FATES),
        ),
        _parts(
            ("routes", "route", "Who answered", "Routes of the answers given, the memory's too."),
            counting.routes(choice, now),
            {each: ROUTES.get(each, each) for each in ROUTES} | {"": "Not noted"},
        ),
        _guards(counting.guards(choice, now), mine["guarded"], theirs["guarded"]),
    )


def _bar(slug: str, mine: dict[str, int], theirs: dict[str, int]) -> Bar:
    measure = BY_SLUG[slug]
    total, before = mine[measure.of], theirs[measure.of]
    return Bar(slug, "", measure.name, mine[slug], total, theirs[slug], before)


def _parts(names: tuple[str, str, str, str], found: list[Part], words: dict[str, str]) -> Breakdown:
    slug, dimension, title, about = names
    total, before = sum(each.now for each in found), sum(each.before for each in found)
    bars = tuple(
        Bar(
            dimension,
            each.key,
            words.get(each.key, each.key),
            each.now,
            total,
            each.before,
            before,
            True,
        )
        for each in found
    )
    return Breakdown(slug, title, about, bars)


def _guards(found: list[Part], total: int, before: int) -> Breakdown:
    bars = tuple(
        Bar("guard", each.key, _guard(each.key), each.now, total, each.before, before, True)
        for each in found
    )
    about = "Of the messages in which a guard did something; several guards may act in one."
    return Breakdown("guards", "What guards did", about, bars)


def _guard(name: str) -> str:
    known = catalogue.BY_NAME.get(name)
    return known.title if known else name


def _cost(spent: list[Spent]) -> Figure:
    def of(is_now: bool) -> tuple[float, Interval | None] | None:
        return figures.cost_per_resolution(
            [
                Alike(each.cost, each.is_resolved, each.conversations)
                for each in spent
                if each.is_now == is_now
            ]
        )

    names = (
        "cost",
        "Cost per resolution",
        "What all calls of models cost in the period, by resolved conversation. The range is a"
        " bootstrap over conversations.",
        "resolved",
    )
    resolved = sum(each.conversations for each in spent if each.is_now and each.is_resolved)
    return figures.measured(names, of(True), of(False), figures.dollars, resolved)


def _first_words(words: list[FirstWord]) -> tuple[Figure, Figure]:
    whole = {each.is_now: each for each in words if each.bucket is None}
    mine, theirs = whole.get(True), whole.get(False)

    def figure(slug: str, name: str, meaning: str, place: str) -> Figure:
        return figures.measured(
            (slug, name, meaning, "slow"),
            _timed(mine, place),
            _timed(theirs, place),
            figures.seconds,
            mine.answers if mine else 0,
        )

    return (
        figure("p50", "First word, p50", "Half of the answers began within this time.", "p50"),
        figure("p95", "First word, p95", "95 of 100 answers began within this time.", "p95"),
    )


def _timed(found: FirstWord | None, place: str) -> tuple[float, Interval | None] | None:
    if found is None:
        return None
    middle, low, high = getattr(found, place)
    return middle, Interval(low, high)
