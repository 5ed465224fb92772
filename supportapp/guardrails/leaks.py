"""No words of the prompt in an answer, not even in another guise. Pure."""

from __future__ import annotations

import base64
import re
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
SHORTEST_RUN = 3


class LeakGuard:
    """Watches a stream for the prompt's own words; holds back what may become a leak.

    `feed` and `close` return text that may be shown. After `leaked` nothing more comes out. Short
    runs of the prompt's words are ordinary language; `longest_run` words in a row are a leak.
    """

    def __init__(self, rules: str, canary: str, *, longest_run: int = 9) -> None:
        self._runs = _runs(rules, longest_run)
        self._canary = canary.lower()
        self._longest = longest_run
        self._recent: list[str] = []
        self._run = 0
        # The text held back, how much of it was looked at, and where its words begin.
        self._held = ""
        self._seen = 0
        self._starts: list[int] = []
        self.leaked = False

    def feed(self, text: str) -> str:
        """Take a piece; return what is certain not to belong to a leak."""
        self._held += text
        return self._release(_last_boundary(self._held))

    def close(self) -> str:
        """Return the rest."""
        shown = self._release(len(self._held))
        rest, self._held = self._held, ""
        return "" if self.leaked else shown + rest

    def _release(self, end: int) -> str:
        if not self.leaked:
            self._look(end)
        if self.leaked:
            return ""
        # Words that run on as the prompt's do wait until the run breaks.
        waiting = min(self._run, len(self._starts)) if self._run >= SHORTEST_RUN else 0
        cut = self._starts[-waiting] if waiting else max(end, self._seen)
        shown, self._held = self._held[:cut], self._held[cut:]
        self._seen = max(end, self._seen) - cut
        self._starts = [start - cut for start in self._starts if start >= cut]
        return shown

    def _look(self, end: int) -> None:
        if self._canary and self._canary in self._held[:end].lower():
            self.leaked = True
        for match in _WORD.finditer(self._held, self._seen, max(end, self._seen)):
            self._recent = [*self._recent[-self._longest :], match[0].lower()]
            self._starts.append(match.start())
            self._run = self._extended()
            self.leaked = self.leaked or self._run >= self._longest

    def _extended(self) -> int:
        for size in range(min(self._run + 1, self._longest), 0, -1):
            if tuple(self._recent[-size:]) in self._runs[size]:
                return size
        return 0


# A handful of prompts are in use at a time, each for many answers.
@lru_cache(maxsize=16)
def _runs(rules: str, longest: int) -> list[frozenset[tuple[str, ...]]]:
    """Return the runs of a prompt's words, by how many words they have."""
    words = _words(rules)
    return [
        frozenset(tuple(words[i : i + size]) for i in range(len(words) - size + 1))
        for size in range(longest + 1)
    ]


@lru_cache(maxsize=16)
def _plain(rules: str) -> str:
    return " ".join(_words(rules))


def _words(text: str) -> list[str]:
    return [match[0].lower() for match in _WORD.finditer(text)]


def _last_boundary(text: str) -> int:
    """Where the last whole word ends; a word without end is let go at 60 characters."""
    for place in range(len(text) - 1, max(len(text) - 60, -1), -1):
        if not (text[place].isalnum() or text[place] in "-_"):
            return place + 1
        if text[place] >= "\u2e80":
            return place + 1
    return len(text) if len(text) >= 60 else 0


_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){16,}")
_FROM_ROT13 = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm",
)


def is_disguised(text: str, rules: str, canary: str, *, longest_run: int = 6) -> bool:
    """Say whether a text holds the prompt's words encoded, turned round or spelt out."""
    plain = _plain(rules)
    bare_canary = re.sub(r"\W", "", canary.lower())
    for guise in _guises(text):
        words = _words(guise)
        if bare_canary and bare_canary in re.sub(r"\W", "", guise.lower()):
            return True
        runs = (" ".join(words[i : i + longest_run]) for i in range(len(words) - longest_run + 1))
        if any(run in plain for run in runs):
            return True
    return False


def _guises(text: str) -> list[str]:
    """Return what a text may hide, by the ways that people ask a model to hide things."""
    found = [text.translate(_FROM_ROT13), text[::-1]]
    spelt = re.sub(r"(?<=\b\w)[ .\-_](?=\w\b)", "", text)
    if spelt != text:
        found.append(spelt)
    for match in _ENCODED.finditer(text):
        padded = match[0].rstrip("=").replace("-", "+").replace("_", "/")
        padded += "=" * (-len(padded) % 4)
        try:
            found.append(base64.b64decode(padded, validate=True).decode("utf-8", "ignore"))
        except ValueError:
            continue
    hexadecimal = (re.sub(r"[^0-9a-fA-F]", "", match[0]) for match in _HEX.finditer(text))
    return [*found, *(bytes.fromhex(each).decode("utf-8", "ignore") for each in hexadecimal)]
