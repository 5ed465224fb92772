"""What speaks against an answer, and how loudly. Pure.

A person's verdict is the last word: what they called right and complete is no gap, whatever else
happened. Otherwise the loudest reason counts, and each further one adds a part of what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

DECLINED, LOW_RATED, LOW_SUPPORT, HANDED_OVER = (
    "declined",
    "low_rated",
    "low_support",
    "handed_over",
)
GOOD = "good"
# The verdicts that say something was missing; a wrong tone isn't mended by an article.
WEIGHTS: Mapping[str, float] = {
    "wrong": 0.9,
    "should_answer": 0.9,
    "should_decline": 0.9,
    "incomplete": 0.6,
    LOW_RATED: 0.7,
    HANDED_OVER: 0.5,
    DECLINED: 0.5,
    LOW_SUPPORT: 0.3,
}
LABELS: Mapping[str, str] = {
    "wrong": "judged wrong",
    "should_answer": "should have been answered",
    "should_decline": "answered without knowing",
    "incomplete": "judged incomplete",
    LOW_RATED: "rated down",
    HANDED_OVER: "asked for a person",
    DECLINED: "declined",
    LOW_SUPPORT: "weakly supported",
}
# One customer who asks ten times isn't ten customers.
MOST_PER_CUSTOMER = 1.5
HALF_LIFE_DAYS = 30.0


def badness(reasons: Iterable[str]) -> float:
    """Return how badly a question was answered, from 0 to 1."""
    found = set(reasons)
    if GOOD in found:
        return 0.0
    left = 1.0
    for reason in found:
        left *= 1.0 - WEIGHTS.get(reason, 0.0)
    return round(1.0 - left, 4)


def score(questions: Iterable[tuple[object, float, float]]) -> float:
    """Return how much a gap hurts, of (customer, badness, age in days) of each question.

    How often and how badly: badness is added up, halved with every thirty days, and no customer
    counts for more than one and a half bad answers.
    """
    by_customer: dict[object, float] = {}
    for customer, bad, age in questions:
        faded = bad * 0.5 ** (max(age, 0.0) / HALF_LIFE_DAYS)
        by_customer[customer] = min(by_customer.get(customer, 0.0) + faded, MOST_PER_CUSTOMER)
    return round(sum(by_customer.values()), 4)
