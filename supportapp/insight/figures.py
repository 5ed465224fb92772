"""A number as staff read it: with its range, what it was before, and whether that is a change.

Pure. Colours and arrows are never alone: each change is said in words, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from supportapp.answering.intervals import Interval
from supportapp.insight import estimates
from supportapp.insight.estimates import Alike, Share
from supportapp.insight.measures import BY_SLUG, Measure

SAME, BETTER, WORSE, OTHER = "same", "better", "worse", "other"
# Below so many, a share's range covers nearly everything.
NO_VALUE = "–"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `shown` and the like are words; the rest is for CSV.

    `behind` is the measure whose turns it was counted from.
    """

    slug: str
    name: str
    meaning: str
    shown: str
    between: str
    was: str
    change: str
    tone: str
    value: float | None
    low: float | None
    high: float | None
    before: float | None
    count: int
    total: int
    behind: str

    def as_json(self) -> dict[str, Any]:
        """Return what a digest keeps."""
        return asdict(self)


def share(slug: str, now: Mapping[str, int], before: Mapping[str, int]) -> Figure:
    """Return a measure as a share, with Wilson's range and Newcombe's of the change."""
    measure = BY_SLUG[slug]
    mine = Share(now[slug], now[measure.of])
    theirs = Share(before[slug], before[measure.of])
    change, tone = _change(measure, mine, theirs)
    interval = mine.interval if mine.total else None
    return Figure(
        slug=slug,
        name=measure.name,
        meaning=measure.meaning,
        shown=percent(mine.value),
        between=f"{percent(interval.low)} to {percent(interval.high)}" if interval else "",
        was=percent(theirs.value) if theirs.total else "",
        change=change,
        tone=tone,
        value=mine.value,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        before=theirs.value,
        count=mine.count,
        total=mine.total,
        behind=slug,
    )


def count(slug: str, now: Mapping[str, int], before: Mapping[str, int]) -> Figure:
    """Return a measure as a count: it was counted in full, so it has no range."""
    measure = BY_SLUG[slug]
    mine, theirs = now[slug], before[slug]
    change = f"{(mine - theirs) / theirs:+.0%} against {theirs:,}" if theirs else ""
    return Figure(
        slug=slug,
        name=measure.name,
        meaning=measure.meaning,
        shown=f"{mine:,}",
        between="",
        was=f"{theirs:,}",
        change=change,
        tone=OTHER,
        value=float(mine),
        low=None,
        high=None,
        before=float(theirs),
        count=mine,
        total=mine,
        behind=slug,
    )


def measured(
    names: tuple[str, str, str, str],
    value: tuple[float, Interval | None] | None,
    before: tuple[float, Interval | None] | None,
    word: Any,
    counted: int,
) -> Figure:
    """Return a time or a price: less is better.

    `names` are slug, name, meaning, and the measure whose turns stand behind it.
    """
    slug, name, meaning, behind = names
    mine, interval = value or (None, None)
    theirs, other = before or (None, None)
    change, tone = "", SAME
    if mine is not None and theirs is not None:
        change = f"{word(theirs)} before"
        if interval and other:
            is_clear = not interval.overlaps(other)
            tone = (BETTER if mine < theirs else WORSE) if is_clear else SAME
            change += "" if is_clear else ", no clear change"
    return Figure(
        slug=slug,
        name=name,
        meaning=meaning,
        shown=NO_VALUE if mine is None else word(mine),
        between=f"{word(interval.low)} to {word(interval.high)}" if interval else "",
        was="" if theirs is None else word(theirs),
        change=change,
        tone=tone,
        value=mine,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        before=theirs,
        count=counted,
        total=counted,
        behind=behind,
    )


def cost_per_resolution(groups: Sequence[Alike]) -> tuple[float, Interval | None] | None:
    """Return what was spent by resolved conversation; None where none was or nothing was spent."""
    won = sum(each.count for each in groups if each.is_resolved)
    spent = sum(each.cost * each.count for each in groups)
    if not won or spent <= 0:
        return None
    return spent / won, estimates.ratio(groups)


def percent(value: float | None) -> str:
    """Return a share in words, exact where it is small."""
    if value is None:
        return NO_VALUE
    digits = 1 if 0 < value < 0.1 else 0
    return f"{100 * value:.{digits}f}%"


def seconds(milliseconds: float) -> str:
    """Return a time as people say it."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s"


def dollars(value: float) -> str:
    """Return a price, with the digits that say something."""
    if value >= 1:
        return f"${value:,.2f}"
    return f"${value:.3f}" if value >= 0.01 else f"${value:.5f}"


def _change(measure: Measure, now: Share, before: Share) -> tuple[str, str]:
    interval = estimates.difference(now, before)
    if interval is None or now.value is None or before.value is None:
        return "", SAME
    points = 100 * (now.value - before.value)
    if interval.low <= 0 <= interval.high:
        return f"{percent(before.value)} before, no clear change", SAME
    said = (
        f"{points:+.1f} points ({100 * interval.low:+.1f} to {100 * interval.high:+.1f})"
        f" against {percent(before.value)}"
    )
    if measure.more_is_better is None:
        return said, OTHER
    return said, BETTER if (points > 0) == measure.more_is_better else WORSE
