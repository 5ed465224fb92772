"""Secrets come back from their seal, and only with a key that is known."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from supportapp.gateway import sealing


@given(st.text(max_size=60).filter(lambda text: text.isprintable()))
@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_sealed_can_be_unsealed(secret: str) -> None:
    sealed = sealing.seal(secret)
    assert sealing.unseal(sealed) == secret
    assert len(secret) < 4 or secret not in sealed


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    assert sealing.seal("sk-1") != sealing.seal("sk-1")


def test_a_new_secret_key_reads_what_an_older_one_sealed_while_that_is_known(
    settings: Settings,
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "one" * 20, []
    sealed = sealing.seal("sk-1")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "two" * 20, ["one" * 20]
    anew = sealing.reseal(sealed)
    settings.SECRET_KEY_FALLBACKS = []
    assert sealing.unseal(anew) == "sk-1"
    for verb in (sealing.unseal, sealing.reseal):
        with pytest.raises(sealing.Unreadable):
            verb(sealed)


def test_what_was_tampered_with_is_unreadable() -> None:
    sealed = sealing.seal("sk-1")
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(sealed[:-4] + "AAAA")
