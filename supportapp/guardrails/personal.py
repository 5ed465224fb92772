"""Personal data: found, hidden behind placeholders, and put back for their owner. Pure.

What has a shape or a checksum is found reliably; names and postal addresses are found where words
around them say what they are, and no further (docs/security.md has the figures).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from supportapp.guardrails import credentials, numbers_of_people, places
from supportapp.guardrails.spans import Span

KINDS = (
    "EMAIL",
    "SECRET",
    "IBAN",
    "CARD",
    "ID",
    "IP",
    "PHONE",
    "ADDRESS",
    "NAME",
)
_PLACEHOLDER = re.compile(rf"\\?\[?({'|'.join(KINDS)})\\?_(\d{{1,3}})\\?\]?")
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[^\W\d_][\w-]{1,}", re.UNICODE)
# What a placeholder stands for, in words that a search understands.
SPOKEN = {
    "EMAIL": "email",
    "SECRET": "password",
    "IBAN": "bank account",
    "CARD": "card",
    "ID": "",
    "IP": "IP address",
    "PHONE": "phone number",
    "ADDRESS": "address",
    "NAME": "",
}


@dataclass(frozen=True, slots=True)
class Redactions:
    """A text's personal data by placeholder. Its content is in no representation of it."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return what was found, each kind once."""
        return tuple(dict.fromkeys(name.strip("[]").rpartition("_")[0] for name in self.values))

    def __bool__(self) -> bool:
        return bool(self.values)

    def restore(self, text: str) -> str:
        """Put the customer's own data back where placeholders stand."""
        if not self.values or "_" not in text:
            return text

        def known(match: re.Match[str]) -> str:
            return self.values.get(f"[{match[1]}_{match[2]}]", match[0])

        return _PLACEHOLDER.sub(known, text)


NONE = Redactions()


def find(text: str, *, allowed: Collection[str] = ()) -> tuple[Span, ...]:
    """Return what is personal, in order, without overlaps; `allowed` texts are the company's."""
    taken: list[Span] = []
    for span in _every(text):
        if text[span.start : span.end].lower() in allowed:
            continue
        if any(span.start < other.end and other.start < span.end for other in taken):
            continue
        taken.append(span)
    return tuple(sorted((span for span in taken if span.kind), key=lambda span: span.start))


def redact(
    text: str, known: Redactions = NONE, *, allowed: Collection[str] = ()
) -> tuple[str, Redactions]:
    """Return the text with placeholders, and what they stand for. The same value keeps its own."""
    spans = find(text, allowed=allowed)
    if not spans:
        return text, known
    values = dict(known.values)
    names = {value: name for name, value in values.items()}
    pieces: list[str] = []
    end = 0
    for span in spans:
        value = text[span.start : span.end]
        if value not in names:
            names[value] = f"[{span.kind}_{_next(values, span.kind)}]"
            values[names[value]] = value
        pieces += [text[end : span.start], names[value]]
        end = span.end
    return "".join([*pieces, text[end:]]), Redactions(values)


def spoken(text: str) -> str:
    """Return a redacted text as it is searched: with words for what is hidden."""
    if "_" not in text:
        return text
    return " ".join(_PLACEHOLDER.sub(lambda match: f" {SPOKEN[match[1]]} ", text).split())


def masked(text: str) -> str:
    """Return the text with placeholders, for those who needn't see whose it is."""
    return redact(text)[0]


def _next(values: Mapping[str, str], kind: str) -> int:
    return sum(name.startswith(f"[{kind}_") for name in values) + 1


def _every(text: str) -> Iterator[Span]:
    """Yield findings, the surest kinds first."""
    for match in _PLACEHOLDER.finditer(text):
        if match[0].startswith("["):
            # Hidden already: nothing in it is to be found again.
            yield Span("", match.start(), match.end())
    for match in _EMAIL.finditer(text):
        yield Span("EMAIL", match.start(), match.end())
    yield from credentials.find(text)
    yield from numbers_of_people.find(text)
    yield from places.find(text)
