"""What a verdict says in yes and no, and what yes and no say together. Pure.

Five questions have no other answers: is it supported by the evidence, relevant, complete, in the
right tone, and should it have been answered at all? A verdict in one key answers those that its
words answer; a reviewer may answer more, for the whole answer or sentence by sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from supportapp.retrieval import sentences
from supportapp.review.models import Annotation, Label

Verdict, Question = Annotation.Verdict, Label.Question
Answers = Mapping[str, bool]
MOST_SENTENCES = 40
# What makes a line an item of a list or a heading.
_MARK = re.compile(r"^(?:[-*+]|\d{1,3}[.)]|#{1,6}|>)\s+")
_OF_AN_ANSWER = (Question.SUPPORTED, Question.RELEVANT, Question.COMPLETE, Question.TONE)


def implied(verdict: str, *, declined: bool) -> dict[str, bool]:
    """Return the questions that the verdict's own words answer."""
    if verdict == Verdict.GOOD:
        if declined:
            return {Question.SHOULD_ANSWER: False}
        yes = (Question.SUPPORTED, Question.RELEVANT, Question.COMPLETE, Question.SHOULD_ANSWER)
        return dict.fromkeys(yes, True)
    if verdict == Verdict.WRONG:
        return {} if declined else {Question.SUPPORTED: False}
    says: dict[str, dict[str, bool]] = {
        Verdict.INCOMPLETE: {Question.SUPPORTED: True, Question.COMPLETE: False},
        Verdict.SHOULD_DECLINE: {Question.SHOULD_ANSWER: False},
        Verdict.SHOULD_ANSWER: {Question.SHOULD_ANSWER: True},
        Verdict.BAD_TONE: {Question.TONE: False},
    }
    return says[verdict]


def contradiction(
    verdict: str, given: Answers, in_sentences: Mapping[int, bool], *, declined: bool
) -> str:
    """Return the question whose answer can't stand beside the verdict; empty where all can."""
    says = implied(verdict, declined=declined)
    if verdict == Verdict.GOOD:
        says = {**says, Question.TONE: True}
        if False in in_sentences.values():
            return Question.SUPPORTED
    if verdict == Verdict.WRONG and given.get(Question.RELEVANT) is False:
        return ""  # beside the point, however well it is supported
    return next((name for name, value in given.items() if says.get(name, value) != value), "")


def verdict_of(given: Answers, *, declined: bool) -> str:
    """Return the verdict that the answers amount to; empty where they leave it open."""
    no = {name for name, value in given.items() if not value}
    if declined and given.get(Question.SHOULD_ANSWER) is not None:
        return Verdict.SHOULD_ANSWER if given[Question.SHOULD_ANSWER] else Verdict.GOOD
    if Question.SUPPORTED in no or Question.RELEVANT in no:
        return Verdict.WRONG
    if Question.SHOULD_ANSWER in no:
        return Verdict.SHOULD_DECLINE
    if Question.COMPLETE in no:
        return Verdict.INCOMPLETE
    if Question.TONE in no:
        return Verdict.BAD_TONE
    return Verdict.GOOD if all(given.get(each) for each in _OF_AN_ANSWER) else ""


def in_sentences(answer: str) -> tuple[str, ...]:
    """Return an answer's sentences, by which labels count them; numbers of sources stay behind."""
    found: list[str] = []
    for line in sentences.plain(answer).splitlines():
        for piece in sentences.split(_MARK.sub("", line.strip())):
            if found and not any(map(str.isalpha, piece)):
                found[-1] += f" {piece}"
            else:
                found.append(piece)
    return tuple(found)[:MOST_SENTENCES]
