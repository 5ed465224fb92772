"""Without a model, a plain wish reaches its tool, and a question about it doesn't."""

import json

import pytest

from supportapp.tools import patterns
from supportapp.tools.shipped import get_mortgage_rates, get_order_status
from supportapp.tools.values import Caller

TOOLS = (get_mortgage_rates, get_order_status)
ANYONE = Caller(1, frozenset())
LENA = Caller(1, frozenset(), username="lena")


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("what are the mortgage rates", {}),
        ("What are today’s home-loan rates?", {}),
        ("Hi! Please show me the current mortgage interest rates", {}),
        ("mortgage rates in Germany for 10 years", {"country": "DE", "fixed_years": "10"}),
        ("今天的房贷利率是多少？", {}),
        ("请问荷兰的住房贷款利率", {"country": "NL"}),
    ],
)
def test_a_wish_for_the_rates_is_understood(text: str, arguments: dict[str, str]) -> None:
    request = patterns.asked(text, TOOLS, ANYONE)
    assert request is not None
    assert (request.name, json.loads(request.arguments)) == ("get_mortgage_rates", arguments)


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order TS-123456?",
        "where's my parcel TS-123456",
        "order TS-123456",
        "When will my order TS-123456 arrive?",
        "我的订单 TS-123456 到哪了？",
    ],
)
def test_an_order_number_is_looked_up(text: str) -> None:
    request = patterns.asked(text, TOOLS, ANYONE)
    assert request is not None
    assert json.loads(request.arguments) == {"order_number": "TS-123456"}


@pytest.mark.parametrize("text", ["Where is my order?", "我的订单到哪里了？"])
def test_without_a_number_only_who_is_signed_in_is_looked_up(text: str) -> None:
    assert patterns.asked(text, TOOLS, ANYONE) is None
    assert patterns.asked(text, TOOLS, LENA) is not None


@pytest.mark.parametrize(
    "text",
    [
        "How often are mortgage rates updated?",
        "Why is my rate different from the mortgage rates you show?",
        "How do I cancel my order TS-123456?",
        "Are mortgage rates an offer?",
        "How do you earn money with home loans?",
        "What is my refund for order TS-123456 if I return it?",
        "利率多久更新一次？",
        "",
        "TS-1234",
        "what are the mortgage rates " * 20,
    ],
)
def test_other_questions_are_left_to_the_articles(text: str) -> None:
    assert patterns.asked(text, TOOLS, LENA) is None
