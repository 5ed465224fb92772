"""Citations in an answer: parse, verify, renumber. Pure.

A model cites evidence by its number: [2], [1, 3], 【2】 or [^2]. What the customer sees is
numbered by first appearance, and names only evidence that the model was given. One class does it
for a stream and for a whole text, so that both always agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supportapp.answering.values import CitedPassage
from supportapp.retrieval import sentences
from supportapp.retrieval.values import Evidence

_MARKER = re.compile(r"[ \t]*[\[【]\^?\s*(\d{1,4}(?:\s*[,，、;]\s*\^?\d{1,4})*)\s*[\]】]")
_UNFINISHED = re.compile(r"[ \t]*(?:[\[【](?:\^?[\d\s,，、;^]*)?)?$")
_OPEN = re.compile(r"[\[【]\^?[\d\s,，、;^]*$")
_TAIL = 60
_NUMBER = re.compile(r"\d+")


class CitationStream:
    """Takes an answer as it is made; gives out text whose markers are whole and verified.

    `feed` and `close` return text that may be shown. Markers of evidence that wasn't given are
    left out, as is the blank before them. How the text is cut into pieces changes nothing.
    """

    def __init__(self, known: Sequence[int] | Mapping[int, object]) -> None:
        self._known = frozenset(known)
        self._numbers: dict[int, int] = {}
        self._held = ""
        self._after_marker = False
        self._said = ""
        self.unknown = 0

    @property
    def cited(self) -> tuple[int, ...]:
        """The evidence numbers cited so far, in the order of their new numbers."""
        return tuple(self._numbers)

    def feed(self, text: str) -> str:
        """Take a piece; return what is certain."""
        text = self._held + text
        tail = _UNFINISHED.search(text)
        assert tail is not None
        self._held = text[tail.start() :]
        return self._rewrite(text[: tail.start()])

    def close(self) -> str:
        """Return the rest, less a marker that was never finished."""
        rest, self._held = self._held.rstrip(), ""
        return "" if rest.lstrip().startswith(("[", "【")) else self._rewrite(rest)

    def _rewrite(self, text: str) -> str:
        parts: list[str] = []
        end = 0
        for match in _MARKER.finditer(text):
            parts.append(self._say(self._between(text[end : match.start()])))
            parts.append(self._say(self._marker(match)))
            end = match.end()
        parts.append(self._say(self._between(text[end:])))
        return "".join(parts)

    def _say(self, text: str) -> str:
        self._said = (self._said + text)[-_TAIL:]
        return text

    def _between(self, text: str) -> str:
        if not text:
            return ""
        # "[1](" or "[1]:" would be read as a link and not as a marker.
        blank = " " if self._after_marker and text[0] in "(:" else ""
        self._after_marker = False
        return blank + text

    def _marker(self, match: re.Match[str]) -> str:
        wanted = [int(number) for number in _NUMBER.findall(match[1])]
        numbers = [self._number(number) for number in wanted if number in self._known]
        self.unknown += len(wanted) - len(numbers)
        if not numbers:
            # "[1 [9]]" must not become "[1]".
            return " " if _OPEN.search(self._said) else ""
        self._after_marker = True
        blank = " " if match[0][0] in " \t" else ""
        return blank + "".join(f"[{number}]" for number in dict.fromkeys(numbers))

    def _number(self, evidence: int) -> int:
        return self._numbers.setdefault(evidence, len(self._numbers) + 1)


@dataclass(frozen=True, slots=True)
class Verified:
    """A text whose every marker points to evidence."""

    text: str
    cited: tuple[int, ...]
    unknown: int


def verify(text: str, known: Sequence[int] | Mapping[int, object]) -> Verified:
    """Rewrite a whole text; never raises, cites nothing but `known`."""
    stream = CitationStream(known)
    rewritten = stream.feed(text) + stream.close()
    return Verified(rewritten, stream.cited, stream.unknown)


def cited_passages(
    text: str, cited: Sequence[int], evidence: Sequence[Evidence]
) -> tuple[CitedPassage, ...]:
    """Return the passages behind a verified text, each with the words that it lends.

    Numbers of what was looked up by tools belong to no passage.
    """
    by_number = {each.number: each for each in evidence}
    return tuple(
        citing(position, by_number[number], support(text, position, by_number[number]))
        for position, number in enumerate(cited, start=1)
        if number in by_number
    )


def citing(number: int, evidence: Evidence, quote: str) -> CitedPassage:
    """Return the evidence as a citation."""
    return CitedPassage(
        number=number,
        passage_id=evidence.passage_id,
        revision_id=evidence.revision_id,
        article_id=evidence.article_id,
        slug=evidence.slug,
        title=evidence.title,
        headings=evidence.headings,
        quote=quote,
    )


def support(text: str, number: int, evidence: Evidence) -> str:
    """Return the sentence of the evidence that is nearest to what the answer cites it for."""
    marker = f"[{number}]"
    claims = " ".join(line for line in sentences.split(text) if marker in line) or text
    wanted = sentences.terms(sentences.plain(claims))
    lines = [line for part in evidence.text.splitlines() for line in sentences.split(part)]
    return max(lines, key=lambda line: len(wanted & sentences.terms(line)), default=evidence.text)
