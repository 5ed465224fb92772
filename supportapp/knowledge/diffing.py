"""What changed between two revisions, word by word. Pure, but for the HTML it returns.

Removed and added words stand in <del> and <ins>, named in words for screen readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from supportapp.knowledge.values import ArticleText

CONTEXT = 2
MOST_WORDS = 6_000
_TOKENS = re.compile(r"\s+|[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+")
LABELS = {
    "title": "Title",
    "audience": "Audience",
    "language": "Language",
    "subject": "Subject",
    "tags": "Tags",
    "aliases": "Aliases",
}


@dataclass(frozen=True)
class FieldChange:
    """One field besides the text that says something else now."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Diff:
    """All that differs between two texts."""

    fields: tuple[FieldChange, ...]
    html: SafeString
    added: int
    removed: int

    @property
    def is_empty(self) -> bool:
        """Say whether the two are the same."""
        return not (self.fields or self.added or self.removed)


def diff(before: ArticleText, after: ArticleText) -> Diff:
    """Compare two texts with their fields."""
    builder = _Builder()
    builder.compare(before.body.split("\n"), after.body.split("\n"))
    return Diff(
        tuple(_field_changes(before, after)),
        mark_safe("\n".join(builder.lines)),  # noqa: S308  # built of escaped parts
        builder.added,
        builder.removed,
    )


def _field_changes(before: ArticleText, after: ArticleText) -> Iterator[FieldChange]:
    for name, label in LABELS.items():
        old, new = _shown(getattr(before, name)), _shown(getattr(after, name))
        if old != new:
            yield FieldChange(label, old, new)


def _shown(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


class _Builder:
    """Collects the lines of the comparison and counts words."""

    def __init__(self) -> None:
        self.lines: list[SafeString] = []
        self.added = 0
        self.removed = 0

    def compare(self, before: Sequence[str], after: Sequence[str]) -> None:
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        for kind, i1, i2, j1, j2 in matcher.get_opcodes():
            if kind == "equal":
                self._same(before[i1:i2], is_first=i1 == 0, is_last=i2 == len(before))
            else:
                self._changed("\n".join(before[i1:i2]), "\n".join(after[j1:j2]))

    def _same(self, lines: Sequence[str], *, is_first: bool, is_last: bool) -> None:
        head = 0 if is_first else CONTEXT
        tail = 0 if is_last else CONTEXT
        if len(lines) <= head + tail + 2:
            self._show(lines)
            return
        self._show(lines[:head])
        text = "… {} unchanged lines …"
        self.lines.append(
            format_html('<p class="diff-gap">' + text + "</p>", len(lines) - head - tail)
        )
        self._show(lines[len(lines) - tail :])

    def _show(self, lines: Sequence[str]) -> None:
        if any(line.strip() for line in lines):
            self.lines.append(format_html('<p class="diff-same">{}</p>', "\n".join(lines)))

    def _changed(self, before: str, after: str) -> None:
        parts = list(self._words(_TOKENS.findall(before), _TOKENS.findall(after)))
        if parts:
            html = mark_safe("".join(parts))  # noqa: S308  # each part is escaped
            self.lines.append(format_html('<p class="diff-changed">{}</p>', html))

    def _words(self, before: list[str], after: list[str]) -> Iterator[str]:
        if len(before) + len(after) > MOST_WORDS:
            yield self._mark("del", "".join(before))
            yield self._mark("ins", "".join(after))
            return
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        for kind, i1, i2, j1, j2 in matcher.get_opcodes():
            if kind == "equal":
                yield escape("".join(before[i1:i2]))
                continue
            yield self._mark("del", "".join(before[i1:i2]))
            yield self._mark("ins", "".join(after[j1:j2]))

    def _mark(self, tag: str, text: str) -> str:
        words = sum(1 for token in _TOKENS.findall(text) if token.strip())
        if tag == "del":
            self.removed += words
        else:
            self.added += words
        if not text:
            return ""
        label = "removed: " if tag == "del" else "added: "
        hidden = format_html('<span class="visually-hidden">{}</span>', label)
        end = mark_safe('<span class="visually-hidden"> end </span>')
        return format_html("<{0}>{1}{2}{3}</{0}>", tag, hidden, text, end)
