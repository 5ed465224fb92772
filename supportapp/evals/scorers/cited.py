"""Whether citations are valid and point to the right article. Pure."""

from __future__ import annotations

import re

from supportapp.answering.values import CitedPassage
from supportapp.evals.scorers import wordings
from supportapp.evals.values import Answered, Known, Score
from supportapp.guardrails.cutting import pieces_of
from supportapp.retrieval import sentences

VALID, RIGHT = "citations", "cites_right"
_MARKER = re.compile(r"\[(\d{1,4})\]")
_WORD = re.compile(r"[^\W_]+")
# A table's row is quoted as "heading: cell; heading: cell".
_CELL = re.compile(r"[:;：；]\s")
FEWEST_TERMS = 3


def scores(answered: Answered, known: Known) -> dict[str, Score]:
    """Return both, for what was answered; a declined question cites nothing."""
    if not answered.is_answer:
        return {}
    found = {VALID: valid(answered)}
    if known.articles:
        cited = {each.slug for each in answered.citations}
        wrong = "" if cited & set(known.articles) else f"cites {', '.join(sorted(cited)) or 'none'}"
        found[RIGHT] = Score(0.0 if wrong else 1.0, wrong)
    return found


def valid(answered: Answered) -> Score:
    """Return the share of statements with a citation whose passage holds its quote.

    A marker speaks for what stands before it in its paragraph or list, back to the marker before.
    """
    sound = {each.number for each in answered.citations if _holds(answered, each)}
    faults: list[str] = []
    total = 0
    for block in answered.text.split("\n\n"):
        waiting = 0
        for piece in (piece for line in block.split("\n") for piece in pieces_of(line)):
            numbers = [int(number) for number in _MARKER.findall(piece)]
            waiting += bool(numbers) or _claims(piece)
            if numbers:
                total += waiting
                if wrong := [number for number in numbers if number not in sound]:
                    faults += [f"[{wrong[0]}] points to nothing that holds it"] * waiting
                waiting = 0
        total += waiting
        faults += ["a statement without a citation"] * waiting
    if not total:
        return Score(0.0, "cites nothing")
    return Score(1 - len(faults) / total, "; ".join(dict.fromkeys(faults)))


def _holds(answered: Answered, cited: CitedPassage) -> bool:
    """Say whether a citation's passage was evidence and has the sentences that it lends."""
    passages = [
        _words(each.text) for each in answered.evidence if each.passage_id == cited.passage_id
    ]
    said = [
        _words(part)
        for line in cited.quote.splitlines()
        for sentence in sentences.split(line)
        for part in _CELL.split(sentence)
    ]
    return any(all(each in text for each in said) for text in passages)


def _words(text: str) -> str:
    """Return the words alone: quotes leave out list marks, links and emphasis."""
    return " ".join(_WORD.findall(wordings.bare(text)))


def _claims(piece: str) -> bool:
    bare = wordings.bare(piece)
    return not bare.endswith((":", "：", "?", "？")) and len(sentences.terms(bare)) >= FEWEST_TERMS
