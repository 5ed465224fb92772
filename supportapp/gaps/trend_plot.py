"""A topic's weeks as a small curve, and all questions as bars: SVG without script or style."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, EDGE = 120.0, 32.0, 3.0
BAR, GAP, TALL = 40.0, 6.0, 96.0


def spark(shares: Sequence[float]) -> SafeString:
    """Draw one topic's shares; the numbers stand beside it."""
    most = max(shares, default=0.0) or 1.0
    step = (WIDTH - 2 * EDGE) / max(1, len(shares) - 1)
    places = [
        (EDGE + step * at, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * share / most)
        for at, share in enumerate(shares)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    last = places[-1] if places else (EDGE, HEIGHT - EDGE)
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">'
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="2.5"/></svg>',
        f"{WIDTH:.0f}",
        f"{HEIGHT:.0f}",
        line,
        f"{last[0]:.1f}",
        f"{last[1]:.1f}",
    )


def volume(weeks: Sequence[date], counts: Sequence[int]) -> SafeString | str:
    """Draw how many questions each week had; nothing where none had any."""
    most = max(counts, default=0)
    if not most:
        return ""
    bars = []
    for at, (day, count) in enumerate(zip(weeks, counts, strict=True)):
        tall = TALL * count / most
        x = at * (BAR + GAP)
        bars.append(
            (
                f"{x:.0f}",
                f"{18 + TALL - tall:.1f}",
                f"{BAR:.0f}",
                f"{max(tall, 1.0):.1f}",
                f"{x + BAR / 2:.0f}",
                f"{13 + TALL - tall:.1f}",
                count,
                f"{18 + TALL + 16:.0f}",
                f"{day.day} {day:%b}",
            )
        )
    width = len(weeks) * (BAR + GAP) - GAP
    return format_html(
        '<svg class="volume" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        f"{width:.0f}",
        f"{18 + TALL + 22:.0f}",
        "Questions by week: " + ", ".join(f"{each[8]} {each[6]}" for each in bars),
        format_html_join(
            "",
            '<rect x="{0}" y="{1}" width="{2}" height="{3}" rx="3"/>'
            '<text class="volume-count" x="{4}" y="{5}">{6}</text>'
            '<text x="{4}" y="{7}">{8}</text>',
            bars,
        ),
    )
