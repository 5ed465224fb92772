"""How tools' answers are written: dates, tables, and outside words that stay words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

# Where the text cites the tool's result.
SOURCE = "{source}"
_MARKS = frozenset("\\|[]<>*_`!#{}~&")


def escaped(text: str) -> str:
    """Return outside text as plain words of a Markdown text."""
    return "".join("\\" + each if each in _MARKS else each for each in " ".join(text.split()))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the cells are escaped."""
    lines = ["| " + " | ".join(escaped(cell) for cell in row) + " |" for row in (head, *rows)]
    lines.insert(1, "| " + " | ".join("---" for _ in head) + " |")
    return "\n".join(lines)


def day(when: date, language: str) -> str:
    """Return a day in words."""
    if language == "zh":
        return f"{when.year}年{when.month}月{when.day}日"
    return f"{when.day} {when:%B %Y}"


def moment(when: datetime, language: str, zone: ZoneInfo) -> str:
    """Return a moment in words, in a place's time."""
    there = when.astimezone(zone)
    gap = "" if language == "zh" else ","
    return f"{day(there, language)}{gap} {there:%H:%M}{'' if language == 'zh' else f' {there:%Z}'}"


def cited(text: str, number: int) -> str:
    """Return a tool's text with its citation; without a place for it, at the end."""
    if SOURCE not in text:
        text = f"{text} {SOURCE}"
    return text.replace(SOURCE, f"[{number}]")
