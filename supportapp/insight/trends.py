"""The dashboard's charts: days or weeks of one period, each chart with its table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.safestring import SafeString

from supportapp.insight import counting, figures, trend_plot
from supportapp.insight.counting import Day, FirstWord
from supportapp.insight.estimates import Share
from supportapp.insight.measures import BY_SLUG, ENDINGS
from supportapp.insight.periods import Choice
from supportapp.insight.trend_plot import Axis, Line, Point

SHARES = ("answered", "resolved", "handed_over", "up")
PERCENT = Axis("%", 100.0, most=1.0)
# What is held back, broke off or was stopped is little, and one colour.
_OTHERS = ("blocked", "failed", "stopped")


@dataclass(frozen=True, slots=True)
class Trend:
    """One chart: its lines, how it is drawn, and the rows of its table."""

    slug: str
    title: str
    about: str
    lines: tuple[Line, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    drawing: SafeString | str


def trends(choice: Choice, days: Sequence[Day], words: Sequence[FirstWord]) -> tuple[Trend, ...]:
    """Return every chart of a period."""
    counts = _bucketed(choice, days)
    places = _places(choice)
    return (
        _endings(places, counts),
        _first_words(places, words),
        *(_share(slug, places, counts) for slug in SHARES),
    )


def _places(choice: Choice) -> tuple[date, ...]:
    """Return the days of a period, or the first days of its weeks."""
    step = 7 if choice.period.is_weekly else 1
    first = choice.period.first
    return tuple(first + timedelta(days=number) for number in range(0, choice.period.days, step))


def _bucketed(choice: Choice, days: Iterable[Day]) -> dict[date, dict[str, int]]:
    found: dict[date, list[Day]] = {}
    for each in days:
        if each.is_now:
            found.setdefault(counting.bucket(each.day, choice), []).append(each)
    return {at: counting.summed(each) for at, each in found.items()}


def _endings(places: Sequence[date], counts: dict[date, dict[str, int]]) -> Trend:
    def line(name: str, slugs: Sequence[str]) -> Line:
        return Line(
            name,
            tuple(
                Point(at, float(sum(counts.get(at, {}).get(slug, 0) for slug in slugs)))
                for at in places
            ),
        )

    given = (
        line("Answered", ("answered",)),
        line("Declined", ("declined",)),
        line("Blocked, failed or stopped", _OTHERS),
    )
    title = "Questions by how they ended"
    return Trend(
        "endings",
        title,
        "Each column is a day, or a week where the period is long.",
        given,
        ("From", *(BY_SLUG[slug].name for slug in ENDINGS)),
        tuple(
            (at.isoformat(), *(str(counts.get(at, {}).get(slug, 0)) for slug in ENDINGS))
            for at in places
        ),
        trend_plot.bars("endings", title, given, Axis()),
    )


def _share(slug: str, places: Sequence[date], counts: dict[date, dict[str, int]]) -> Trend:
    measure = BY_SLUG[slug]
    points, rows = [], []
    for at in places:
        of_day = counts.get(at, {})
        found = Share(of_day.get(slug, 0), of_day.get(measure.of, 0))
        between = found.interval if found.total else None
        points.append(
            Point(
                at,
                found.value,
                between.low if between else None,
                between.high if between else None,
                found.total,
            )
        )
        rows.append(
            (
                at.isoformat(),
                figures.percent(found.value),
                f"{figures.percent(between.low)} to {figures.percent(between.high)}"
                if between
                else "",
                str(found.count),
                str(found.total),
            )
        )
    of = BY_SLUG[measure.of].name.lower()
    line = Line(measure.name, tuple(points))
    title = f"{measure.name}, of {of}"
    return Trend(
        slug,
        title,
        "The band is Wilson's 95% interval.",
        (line,),
        ("From", "Share", "95% interval", measure.name, of.capitalize()),
        tuple(rows),
        trend_plot.lines(slug, title, (line,), PERCENT),
    )


def _first_words(places: Sequence[date], words: Sequence[FirstWord]) -> Trend:
    known = {each.bucket: each for each in words if each.is_now and each.bucket}
    rows = []
    middle, late = [], []
    for at in places:
        found = known.get(at)
        middle.append(_timed(at, found.p50 if found else None))
        late.append(_timed(at, found.p95 if found else None))
        half, most = (found.p50, found.p95) if found else (None, None)
        answers = str(found.answers if found else 0)
        rows.append((at.isoformat(), *_said(half), *_said(most), answers))
    given = (Line("Half begin within", tuple(middle)), Line("95 of 100 within", tuple(late)))
    title = "Time to the first word"
    return Trend(
        "first_word",
        title,
        "Bands lie between order statistics, 95%.",
        given,
        ("From", "p50", "95% interval", "p95", "95% interval", "Answers"),
        tuple(rows),
        trend_plot.lines("first_word", title, given, Axis(" s", 0.001)),
    )


def _timed(at: date, found: tuple[float, float, float] | None) -> Point:
    return Point(at, *found) if found else Point(at, None)


def _said(found: tuple[float, float, float] | None) -> tuple[str, str]:
    if found is None:
        return figures.NO_VALUE, ""
    middle, low, high = (figures.seconds(each) for each in found)
    return middle, f"{low} to {high}"
