"""MODELS is read strictly, and what is wrong with it is said without repeating it."""

import json
from decimal import Decimal

import pytest

from supportapp.gateway import declared
from supportapp.gateway.values import Configured, Limits, Source
from supportapp.llm.endpoints import Endpoint

SPARE = {"name": "spare", "base_url": "https://models.example/v1", "model": "small-4"}


def listed(**changes: object) -> str:
    return json.dumps([SPARE | changes])


def test_a_model_has_sensible_defaults() -> None:
    (model,) = declared.models(listed())
    made = model.configured()
    assert (made.position, made.source, made.endpoint.provider) == (
        20,
        Source.ENVIRONMENT,
        "openai",
    )
    assert made.endpoint.capabilities.dialect() == Endpoint("", "", "").capabilities.dialect()
    assert made.endpoint.price is None


def test_nothing_is_no_model() -> None:
    assert declared.models("") == ()


@pytest.mark.parametrize(
    "wrong",
    [
        "{",
        '{"name": "x"}',
        listed(name="With Spaces"),
        listed(base_url="not an address"),
        listed(base_url="https://user:password@host/v1"),
        listed(model=""),
        listed(price_in=-1),
        listed(purposes=["chatting"]),
        listed(api_key="sk-secret"),
        listed(key_variable="SECRET_KEY"),
        json.dumps([SPARE, SPARE]),
    ],
)
def test_what_cannot_be_read_is_refused_without_being_repeated(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        declared.models(wrong)
    for secret in ("sk-secret", "password"):
        assert secret not in str(raised.value)


@pytest.mark.parametrize(
    ("price_in", "price_out", "cached", "expected"),
    [
        (None, Decimal(1), None, None),
        (Decimal(1), None, None, None),
        (Decimal(1), Decimal(2), None, Decimal(1)),
        (Decimal(1), Decimal(2), Decimal("0.5"), Decimal("0.5")),
    ],
)
def test_a_price_is_known_whole_or_not_at_all(
    price_in: Decimal | None,
    price_out: Decimal | None,
    cached: Decimal | None,
    expected: Decimal | None,
) -> None:
    found = declared.price(price_in, price_out, cached)
    assert (found.cached if found else None) == expected


def test_moderation_is_asked_of_who_was_chosen_for_it() -> None:
    def serving(*purposes: str) -> Configured:
        return Configured(Endpoint("m", "", ""), 1, frozenset(purposes), Source.DATABASE)

    assert serving().serves("answer")
    assert not serving().serves("moderation")
    assert serving("moderation").serves("moderation")
    assert not serving("moderation").serves("answer")


def test_a_key_is_in_no_description_of_its_endpoint() -> None:
    assert "sk-secret" not in repr(Endpoint("m", "https://x/v1", "m", api_key="sk-secret"))


def test_limits_hold_nothing_back_until_there_is_one() -> None:
    assert not Limits().hold_back
    assert not Limits(are_models_on=False).hold_back
    assert Limits(dollars=Decimal("0.01")).hold_back
    assert Limits(visitor_concurrent=1).hold_back
