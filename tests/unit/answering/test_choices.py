"""Which side of a rollout a conversation is on: always the same, and as many as were meant."""

import uuid
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from supportapp.answering import prompting
from supportapp.answering.choices import Candidate, Choice, Retrieval, Standing
from supportapp.answering.intervals import wilson

CANARY = Candidate(7, "retrieval", "canary", 0.2, "salt", retrieval=Retrieval(evidence=3))
MANY = [uuid.UUID(int=number) for number in range(4000)]


@given(st.uuids(), st.floats(0, 1))
def test_a_conversation_keeps_its_side_when_the_share_grows(one: uuid.UUID, share: float) -> None:
    canary = replace(CANARY, share=share)
    assert canary.takes(one) == canary.takes(str(one))
    if canary.takes(one):
        assert replace(canary, share=min(1.0, share + 0.1)).takes(one)


def test_the_share_is_met() -> None:
    taken = sum(CANARY.takes(one) for one in MANY)
    low, high = 0.2 - 0.03, 0.2 + 0.03
    assert low < taken / len(MANY) < high


def test_two_rollouts_take_different_conversations() -> None:
    other = replace(CANARY, salt="pepper")
    both = sum(CANARY.takes(one) and other.takes(one) for one in MANY)
    assert both < 0.1 * len(MANY)


def test_all_or_nobody() -> None:
    assert all(replace(CANARY, share=1.0).takes(one) for one in MANY)
    assert not any(replace(CANARY, share=0.0).takes(one) for one in MANY)


def test_each_side_knows_its_name_and_only_one_gets_the_candidate() -> None:
    standing = Standing(Choice(), CANARY)
    chosen = [standing.for_conversation(one) for one in MANY[:200]]
    sides = {each.tried.side: each.retrieval.evidence for each in chosen if each.tried}
    assert sides == {"candidate": 3, "production": None}


def test_a_candidates_prompt_gets_the_examples_of_production() -> None:
    shown = (prompting.ShownExample("Q", "A [1]."),)
    usual = replace(prompting.shipped("answer"), examples=shown)
    new = replace(prompting.shipped("answer"), source="new")
    choice = Choice({"answer": usual}).with_prompt("answer", new)
    assert (choice.prompt("answer").source, choice.prompt("answer").examples) == ("new", shown)


def test_what_is_stored_of_a_retrieval_comes_back() -> None:
    retrieval = Retrieval(evidence=4, rerank="off")
    assert Retrieval.of(retrieval.stored()) == retrieval
    assert Retrieval.of({"unknown": 1}) == Retrieval()


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilsons_interval_holds_the_share(count: int, more: int) -> None:
    total = count + more
    interval = wilson(count, total)
    assert 0.0 <= interval.low <= interval.high <= 1.0
    if total:
        assert interval.low - 1e-9 <= count / total <= interval.high + 1e-9


def test_wilsons_interval_is_the_known_one() -> None:
    interval = wilson(10, 100)
    assert round(interval.low, 4) == 0.0552
    assert round(interval.high, 4) == 0.1744
