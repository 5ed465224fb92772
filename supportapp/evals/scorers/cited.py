"""Whether citations are valid and point to the right article. Pure."""

from __future__ import annotations

import re

from supportapp.evals.scorers import wordings
from supportapp.evals.values import Answered, Known, Score
from supportapp.guardrails.cutting import pieces_of
from supportapp.retrieval import sentences

VALID, RIGHT = "citations", "cites_right"
_MARKER = re.compile(r"\[(\d{1,4})\]")
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
    """Return the share of sentences whose markers all point to evidence that holds the quote.

    A sentence that claims something without a marker isn't valid either, unless a list's heading
    or the sentence after it in the same line carries one.
    """
    sound = {each.number for each in answered.citations if _holds(answered, each.number)}
    faults: list[str] = []
    total = 0
    for line in answered.text.split("\n"):
        marked = [int(number) for number in _MARKER.findall(line)]
        for piece in pieces_of(line):
            numbers = [int(number) for number in _MARKER.findall(piece)]
            if not numbers and (marked or not _claims(piece)):
                continue
            total += 1
            if not numbers:
                faults.append("a statement without a citation")
            elif wrong := [number for number in numbers if number not in sound]:
                faults.append(f"[{wrong[0]}] points to nothing that holds it")
    if not total:
        return Score(0.0, "cites nothing")
    return Score(1 - len(faults) / total, "; ".join(dict.fromkeys(faults)))


def _holds(answered: Answered, number: int) -> bool:
    """Say whether a citation's passage was evidence and has the words that it lends."""
    cited = next(each for each in answered.citations if each.number == number)
    passages = [each.text for each in answered.evidence if each.passage_id == cited.passage_id]
    quote = wordings.bare(cited.quote)
    return any(quote in wordings.bare(text) for text in passages)


def _claims(piece: str) -> bool:
    bare = wordings.bare(piece)
    return not bare.endswith((":", "：", "?", "？")) and len(sentences.terms(bare)) >= FEWEST_TERMS
