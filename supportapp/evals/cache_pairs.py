"""Questions by what they want, as sets for the semantic cache: files into values. Pure.

A folder holds `*_train.jsonl` and `*_test.jsonl` with {text, intent}: the first are remembered,
the second asked; an answer of another intent is a wrong one. `*paraphrases.jsonl` holds
{question, paraphrase}: each question is remembered and its paraphrases are asked. `*pairs.jsonl`
holds {kept, asked, same, why?}: one question is remembered and one asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

Row = TypeVar("Row", bound=BaseModel)
# Asked of the whole world: no answer of the set is right.
NOTHING = frozenset({"NO_NODES_DETECTED", "oos", "OOS", ""})


class CachePairsError(Exception):
    """A file of the set can't be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what it wants; the same wish has the same answer."""

    text: str
    intent: str

    @property
    def is_answered(self) -> bool:
        return self.intent not in NOTHING


@dataclass(frozen=True, slots=True)
class Memory:
    """Questions that are remembered, and others that are asked afterwards."""

    name: str
    kept: tuple[Asked, ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions, whether one answer is right for both, and if not, why."""

    kept: str
    asked: str
    same: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class CachePairs:
    """What a folder holds. `labelled` tell right from wrong, `paraphrased` are noisy."""

    name: str
    labelled: tuple[Memory, ...]
    paraphrased: tuple[Memory, ...]
    pairs: tuple[Pair, ...]


class _Labelled(BaseModel):
    text: str
    intent: str


class _Paraphrased(BaseModel):
    question: str
    paraphrase: str


class _Pair(BaseModel):
    kept: str
    asked: str
    same: bool
    why: str = ""


def read(folder: Path) -> CachePairs:
    """Read a folder; raises CachePairsError where it holds nothing to measure."""
    if not folder.is_dir():
        raise CachePairsError(f"{folder} is no folder.")
    labelled = tuple(
        Memory(train.name.removesuffix("_train.jsonl"), tuple(_asked(train)), tuple(_asked(test)))
        for train in sorted(folder.glob("*_train.jsonl"))
        if (test := train.with_name(train.name.replace("_train.", "_test."))).exists()
    )
    paraphrased = tuple(map(_paraphrases, sorted(folder.glob("*paraphrases.jsonl"))))
    pairs = tuple(
        Pair(each.kept, each.asked, each.same, each.why)
        for path in sorted(folder.glob("*pairs.jsonl"))
        for each in _rows(path, _Pair)
    )
    if not (labelled or paraphrased or pairs):
        raise CachePairsError(
            f"{folder} holds no *_train.jsonl with its *_test.jsonl, *paraphrases.jsonl or"
            " *pairs.jsonl."
        )
    return CachePairs(folder.name, labelled, paraphrased, pairs)


def _asked(path: Path) -> Iterator[Asked]:
    yield from (Asked(each.text, each.intent) for each in _rows(path, _Labelled))


def _paraphrases(path: Path) -> Memory:
    rows = list(_rows(path, _Paraphrased))
    questions = dict.fromkeys(each.question for each in rows)
    return Memory(
        path.name.removesuffix(".jsonl"),
        tuple(Asked(each, each) for each in questions),
        tuple(Asked(each.paraphrase, each.question) for each in rows),
    )


def _rows(path: Path, kind: type[Row]) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield kind.model_validate(json.loads(line))
                except (ValidationError, json.JSONDecodeError) as error:
                    raise CachePairsError(f"{path.name}, line {number}: {error}") from None
