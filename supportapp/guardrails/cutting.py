"""A stream of text into whole sentences, each with the citations that follow it. Pure.

Joined again, the pieces are the text: nothing is lost or added. How the stream was cut changes
nothing.
"""

from __future__ import annotations

import re
from itertools import pairwise

from supportapp.retrieval import sentences

# Longer than this without an end is let go: a table of a thousand cells has none.
LONGEST = 1200
_MARKERS = re.compile(r"(?:(?<!\s)\s*+[\[【]\^?[\d\s,，、;^]*[\]】])+")
_NUMBERED = re.compile(r"\s*(?:\d{1,3}[.)]|[-*+>])?\s*")
_BEGUN = re.compile(r"(?<!\s)\s*(?:[\[【]\^?[\d\s,，、;^]*)?$")


class Cutter:
    """`feed` and `close` return the pieces that are whole."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> list[str]:
        """Take some text; return the sentences that it completes."""
        self._held += text
        lines = self._held.split("\n")
        pieces = [piece for line in lines[:-1] for piece in pieces_of(line + "\n")]
        last = pieces_of(lines[-1])
        # The last sentence may go on, and a citation may follow the one before it.
        while len(last) > 1 and not _BEGUN.fullmatch(last[1]):
            pieces.append(last.pop(0))
        self._held = "".join(last)
        if len(self._held) > LONGEST:
            pieces.append(self._held)
            self._held = ""
        return pieces

    def close(self) -> list[str]:
        """Return the rest."""
        rest, self._held = self._held, ""
        return pieces_of(rest)


def pieces_of(line: str) -> list[str]:
    """Cut one line into its sentences with the blanks and citations after them."""
    starts = [0]
    place = 0
    for sentence in sentences.split(line):
        place = line.find(sentence, place)
        if marker := _MARKERS.match(sentence):
            # The citation belongs to the sentence before it.
            place += marker.end()
            sentence = sentence[marker.end() :]
        if sentence and place and not _NUMBERED.fullmatch(line[:place]):
            starts.append(place)
        place += len(sentence)
    bounds = [*dict.fromkeys(starts), len(line)]
    return [line[a:b] for a, b in pairwise(bounds) if a < b]
