"""Which finished turns are worth a person's time."""

import uuid

import pytest

from supportapp.conversations.models import Turn
from supportapp.review import rules
from supportapp.review.rules import SHIPPED, Facts, Rule


def reasons(facts: Facts) -> list[str]:
    return [rule.reason for rule in rules.matching(facts, SHIPPED)]


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (Facts("answered", confidence=0.9, nearest=0.8), []),
        (Facts("answered", confidence=0.65), ["low_support"]),
        (Facts("no_evidence", confidence=0.3, nearest=0.6), []),
        (Facts("answered", confidence=0.9, guards=frozenset({"figures"})), ["low_support"]),
        (Facts("blocked", guards=frozenset({"injection"})), ["guardrail"]),
        (Facts("answered", confidence=0.9, guards=frozenset({"personal_data"})), []),
        (Facts("no_evidence", nearest=0.1), ["new_topic"]),
        (Facts("smalltalk", nearest=0.1), []),
        (Facts("answered", is_remembered=True), ["remembered"]),
        (
            Facts("answered", 0.6, 0.2, frozenset({"tone"}), True),
            ["guardrail", "low_support", "new_topic", "remembered"],
        ),
    ],
)
def test_rules_are_met_most_urgent_first(facts, found):
    assert reasons(facts) == [*found, "sampled"]


def test_a_receipt_is_read():
    turn = Turn(
        outcome="answered",
        receipt={
            "confidence": 0.7,
            "candidates": [{"vector_score": 0.4}, {"vector_score": None}, {"vector_score": 0.6}],
            "guards": [{"guard": "tone", "action": "block", "code": "rude", "count": 1}],
            "memory": {"outcome": "hit", "remembered": 7},
        },
    )
    assert rules.facts_of(turn) == Facts("answered", 0.7, 0.6, frozenset({"tone"}), True)
    assert rules.facts_of(Turn(outcome="smalltalk")) == Facts("smalltalk")


def test_a_share_is_drawn_by_the_turn_and_the_same_each_time():
    rule = Rule("sampled", 10, percent=25.0)
    ids = [uuid.UUID(int=number) for number in range(0, 10_000, 7)]
    taken = [each for each in ids if rule.takes(each)]
    assert len(taken) / len(ids) == pytest.approx(0.25, abs=0.01)
    assert taken == [each for each in ids if rule.takes(each)]
    assert not Rule("sampled", 10, is_on=False).takes(ids[0])
