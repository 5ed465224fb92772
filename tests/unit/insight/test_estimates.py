"""Ranges of shares' changes and of ratios, against published and simple cases."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from supportapp.insight import csv_rows, estimates, figures, measures, periods, trend_plot
from supportapp.insight.estimates import Alike, Share
from supportapp.insight.periods import Choice, Period
from supportapp.insight.trend_plot import Axis, Line, Point


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        # Newcombe 1998, table II, method 10.
        (Share(56, 70), Share(48, 80), 0.0524, 0.3339),
        (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
        (Share(10, 10), Share(0, 10), 0.6075, 1.0),
        (Share(0, 10), Share(0, 20), -0.1611, 0.2775),
    ],
)
def test_the_difference_of_two_shares_is_newcombes(
    now: Share, before: Share, low: float, high: float
) -> None:
    found = estimates.difference(now, before)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


def test_nothing_changes_where_one_side_is_empty() -> None:
    assert estimates.difference(Share(1, 2), Share(0, 0)) is None
    assert figures.share("up", {"up": 0, "rated": 0}, {"up": 1, "rated": 2}).shown == "–"


def test_a_ratio_lies_around_its_value_and_is_the_same_each_time() -> None:
    groups = [Alike(0.0, True, 300), Alike(0.02, True, 100), Alike(0.05, False, 40)]
    found, again = estimates.ratio(groups), estimates.ratio(groups)
    assert found == again
    assert found is not None
    value = (100 * 0.02 + 40 * 0.05) / 400
    assert found.low < value < found.high
    # By the delta method, by hand: 3.92 * sqrt(0.14 / 440 / 440) / (400 / 440).
    assert found.high - found.low == pytest.approx(0.0037, rel=0.2)


def test_a_ratio_of_few_says_nothing() -> None:
    assert estimates.ratio([Alike(0.02, True, 4), Alike(0.0, False, 4)]) is None
    assert estimates.ratio([Alike(0.0, True, 40)]) is None


def test_a_change_is_called_one_only_where_its_range_leaves_out_nought() -> None:
    def figure(now: int, before: int) -> figures.Figure:
        return figures.share(
            "declined", {"declined": now, "questions": 1000}, {"declined": before, "questions": 900}
        )

    assert (figure(100, 92).tone, figure(100, 92).change) == ("same", "10% before, no clear change")
    assert figure(200, 90).tone == "worse"
    assert figure(20, 90).tone == "better"


def test_periods_are_whole_days_and_followed_by_none() -> None:
    wednesday = date(2026, 3, 18)
    week = periods.last_week(wednesday)
    assert (week.first, week.last) == (date(2026, 3, 9), date(2026, 3, 15))
    assert week.before == Period(date(2026, 3, 2), date(2026, 3, 8))
    assert periods.named("28", wednesday).days == 28
    assert str(Period(date(2025, 12, 30), date(2026, 1, 2))) == "30 December 2025 to 2 January 2026"


def test_an_address_holds_the_whole_choice() -> None:
    week = Period(date(2026, 3, 9), date(2026, 3, 15))
    choice = Choice(1, "acme", week, ZoneInfo("UTC"), "own", prompt="a.1", model="none")
    assert choice.query == (
        "workspace=acme&period=own&first=2026-03-09&last=2026-03-15&prompt=a.1&model=none"
    )
    assert (choice.until - choice.since).days == 7


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "  =1", "＝1", "\r\n=1"])
def test_what_a_spreadsheet_would_run_is_a_text(text: str) -> None:
    assert csv_rows.safe(text) == f"'{text}"
    assert csv_rows.safe(-1.5) == -1.5
    assert csv_rows.safe(None) == ""


def test_every_share_is_of_a_measure_that_there_is() -> None:
    assert {each.of for each in measures.MEASURES} - {""} <= set(measures.BY_SLUG)
    assert set(measures.ENDINGS) | set(measures.FATES) <= set(measures.BY_SLUG)


def days(count: int) -> list[date]:
    return [date(2026, 3, day) for day in range(1, count + 1)]


def test_a_line_breaks_where_nothing_was_counted() -> None:
    values = (0.5, 0.6, None, 0.7, None, 0.9, 0.8)
    points = tuple(
        Point(at, value, None if value is None else value - 0.1, None if value is None else 1.0)
        for at, value in zip(days(7), values, strict=True)
    )
    drawn = str(trend_plot.lines("a", "Answered", [Line("x", points)], Axis("%", 100.0, most=1.0)))
    assert drawn.count("<polyline") == 2
    assert drawn.count("<polygon") == 2
    assert drawn.count("<circle") == 1
    assert ">100%<" in drawn
    assert "120%" not in drawn


def test_bars_stand_on_each_other_and_names_are_escaped() -> None:
    lines = [
        Line("<b>", tuple(Point(at, 2.0) for at in days(3))),
        Line("y", tuple(Point(at, 1.0) for at in days(3))),
    ]
    drawn = str(trend_plot.bars("a", "<script>", lines, Axis()))
    assert drawn.count("<rect") == 6
    assert "<script>" not in drawn
    assert (
        trend_plot.bars("a", "x", [Line("x", tuple(Point(at, 0.0) for at in days(2)))], Axis())
        == ""
    )
