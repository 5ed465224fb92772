"""What a model says of a tool's result passes the support check when it is so, and only then."""

from datetime import UTC, date, datetime

import pytest
from pytest_django.fixtures import Settings

from supportapp.guardrails import support
from supportapp.guardrails.grounds import Grounds
from supportapp.knowledge.models import Workspace
from supportapp.retrieval.values import Evidence
from supportapp.tools import rates, spotlight
from supportapp.tools.models import Order
from supportapp.tools.shipped import get_mortgage_rates, get_order_status
from supportapp.tools.values import Caller, Code, Finding, Request, Result

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def is_supported(sentence: str, finding: object) -> bool:
    assert isinstance(finding, Finding)
    text = spotlight.facts(Result(Request("1", "x", "{}"), Code.OK, finding=finding))
    grounds = Grounds.of([Evidence(1, 0, 0, 0, "", "", (), text, 0.0)])
    return support.check(sentence, grounds).fault is None


@pytest.fixture
def found(settings: Settings) -> object:
    rates.sync(settings.RATES_SOURCE, NOW)
    return get_mortgage_rates.function(caller=Caller(1, frozenset()), country="NL")


@pytest.mark.parametrize(
    "sentence",
    [
        "The lowest rate in the Netherlands is 3.31% for 5 years, from Duinzicht Bank, "
        "as of 20 November 2026 [1].",
        "Kestrel Home Loans has a mortgage rate of 3.75% fixed for 10 years [1].",
        "The rates are indicative and not an offer [1].",
    ],
)
def test_true_sentences_about_rates_are_supported(found: object, sentence: str) -> None:
    assert is_supported(sentence, found)


@pytest.mark.parametrize(
    "sentence",
    [
        "The lowest rate in the Netherlands is 2.31% for 5 years, from Duinzicht Bank [1].",
        "As of 21 November 2026 the lowest rate in the Netherlands for 5 years is 3.31% [1].",
        "You will get this rate for certain when you sign today [1].",
    ],
)
def test_altered_sentences_about_rates_are_not(found: object, sentence: str) -> None:
    assert not is_supported(sentence, found)


def test_sentences_about_an_order_are_checked_too() -> None:
    workspace = Workspace.default()
    Order.objects.create(
        workspace=workspace,
        number="TS-104233",
        customer="lena",
        item="Tallybird Scan",
        state="shipped",
        ordered_on=date(2026, 11, 17),
        expected_on=date(2026, 11, 24),
        carrier="Brieftaube Express",
        tracking="BX4410772",
        updated_at=NOW,
    )
    caller = Caller(workspace.pk, frozenset(), username="lena")
    finding = get_order_status.function(caller=caller, order_number="TS-104233")
    assert is_supported("Your order TS-104233 (Tallybird Scan) is on its way [1].", finding)
    assert is_supported("It should arrive by 24 November 2026 [1].", finding)
    assert not is_supported("It should arrive by 22 November 2026 [1].", finding)
