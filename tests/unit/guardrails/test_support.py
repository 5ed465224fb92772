"""What the evidence says is supported; what it doesn't say, or says otherwise, isn't."""

import pytest

from supportapp.guardrails import figures, outgoing, support
from supportapp.guardrails.grounds import Grounds
from supportapp.guardrails.support import Fault
from supportapp.retrieval.values import Evidence

TEXT = (
    "Yearly plans are refunded in full within 30 days of payment. Monthly plans are not refunded."
    "\n\n1. Open **Settings > Billing**.\n2. Choose **Refund**.\n\n"
    "Business costs €14 a month or €140 a year for each member. "
    "The phone line is open Monday to Friday, 9:00 to 17:00. "
    "You can export your receipts as CSV at any time; see [Exports](https://tally.example/exports)."
    "\n\n| Plan | Members | Price |\n|---|---|---|\n| Plus | 1 | €5.90 |\n| Family | 6 | €9.90 |"
)
EVIDENCE = (Evidence(1, 1, 1, 1, "plans", "Plans and refunds", (), TEXT, 1.0),)
GROUNDS = Grounds.of(EVIDENCE, "Can I get a refund after 45 days?")
SUPPORTED = [
    "Yearly plans are refunded in full within 30 days of payment [1].",
    "Yes, yearly plans are fully refunded within thirty days. [1]",
    "Monthly plans aren't refunded [1].",
    "Go to **Settings > Billing** and select **Refund** [1].",
    "1. Open **Settings > Billing** [1].",
    "Business costs 14 EUR per month for each member [1].",
    "The phone line is open from 9 a.m. to 5 p.m., Monday to Friday [1].",
    "| Family | 6 | €9.90 |",
    "The Family plan costs €9.90 [1].",
    "After 45 days, yearly plans are not refunded, only within 30 days of payment [1].",
    "You can export receipts as CSV at any time: https://tally.example/exports [1].",
    "Here is how it works:",
    "Would you like to know more?",
    "I don't know more than that.",
]
UNSUPPORTED = [
    (Fault.FIGURE, "Yearly plans are refunded in full within 60 days of payment [1]."),
    (Fault.FIGURE, "Yearly plans are refunded in full within 30 weeks of payment [1]."),
    (Fault.FIGURE, "The phone line is open Monday to Saturday, 9:00 to 17:00 [1]."),
    (Fault.FIGURE, "The phone line is open Monday to Friday, 8:00 to 17:00 [1]."),
    (Fault.FIGURE, "Business costs €41 a month for each member [1]."),
    (Fault.FIGURE, "Choose **Refund** and enter the code RF-2210 [1]."),
    (Fault.NEGATION, "Yearly plans are not refunded in full within 30 days of payment [1]."),
    (Fault.NEGATION, "Monthly plans are refunded [1]."),
    (Fault.NEGATION, "You can't export your receipts as CSV at any time [1]."),
    (Fault.LINK, "You can export your receipts at https://evil.example/exports [1]."),
    (Fault.LINK, "You can export your receipts as CSV, [see here](https://evil.example) [1]."),
    (Fault.LINK, "Write to refunds@evil.example for yearly plans [1]."),
    (Fault.WORDS, "A free scanner comes with each membership [1]."),
    (Fault.WORDS, "Yearly plans are refunded and two drinks are served by our friendly crew [1]."),
]


@pytest.mark.parametrize("sentence", SUPPORTED)
def test_what_the_evidence_says_is_supported(sentence: str) -> None:
    assert support.check(sentence, GROUNDS).fault is None


@pytest.mark.parametrize(("fault", "sentence"), UNSUPPORTED)
def test_what_the_evidence_does_not_say_is_not(fault: Fault, sentence: str) -> None:
    found = support.check(sentence, GROUNDS).fault
    assert found is not None
    assert fault in {found, Fault.WORDS} or found is fault


def test_vectors_decide_what_words_leave_open() -> None:
    sentence = "Payment for yearly plans is handed back completely."
    assert support.weigh(sentence, GROUNDS).is_open
    assert support.check(sentence, GROUNDS, lambda text, near: [0.9]).fault is None
    assert support.check(sentence, GROUNDS, lambda text, near: [0.3]).fault is Fault.WORDS


def test_chinese_is_checked_too() -> None:
    text = "年度套餐在付款后30天内可全额退款。月度套餐不退款。"
    grounds = Grounds.of((Evidence(1, 1, 1, 1, "zh", "退款", (), text, 1.0),))
    assert support.check("年度套餐在付款后30天内可全额退款 [1]。", grounds).fault is None
    assert support.check("年度套餐在付款后60天内可全额退款 [1]。", grounds).fault is Fault.FIGURE
    assert support.check("月度套餐可以退款。", grounds).fault is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("two weeks", "2 weeks"),
        ("5 p.m.", "17:00"),
        ("€14", "14 EUR"),
        ("1,234.50", "1234.5"),
        ("30-day", "30 days"),
        ("twenty-one days", "21 days"),
        ("十四天", "14天"),
        ("on Mondays", "each Monday"),
        # A Turkish keyboard's i, and an s of old prints, count as the usual letters.
        ("within fıve days", "within 5 days"),
        ("ſix weeks", "6 weeks"),
        ("twenty-ſıx days", "26 days"),
        ("SİX weeks", "6 weeks"),
    ],
)
def test_figures_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert figures.find(one) == figures.find(other)


def test_a_whole_answer_is_reviewed_without_a_reference() -> None:
    answer = "Yearly plans are refunded within 30 days [1]. We will refund you twice, I promise."
    ((sentence, finding),) = outgoing.review(answer, EVIDENCE)
    assert sentence.startswith("We will")
    assert finding.guard == "promises"
