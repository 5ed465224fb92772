"""Personal data are found, hidden, and given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.guardrails import personal

FOUND = [
    ("EMAIL", "write to jo.doe+x@mail.example please", "jo.doe+x@mail.example"),
    ("CARD", "my card 4111 1111 1111 1111 expired", "4111 1111 1111 1111"),
    ("CARD", "card no 5356890925363057 is wrong by a digit", "5356890925363057"),
    ("IBAN", "pay to DE89 3704 0044 0532 0130 00 please", "DE89 3704 0044 0532 0130 00"),
    ("IBAN", "gb82west12345698765432", "gb82west12345698765432"),
    ("ID", "My SSN is 594-62-0140", "594-62-0140"),
    ("ID", "DNI 54362315K", "54362315K"),
    ("ID", "身份证 11010519491231002X", "11010519491231002X"),
    ("ID", "my driver's license number is 481195160", "481195160"),
    ("IP", "blocked at 58.74.121.78 since noon", "58.74.121.78"),
    ("IP", "from 2001:db8::8a2e:370:7334 too", "2001:db8::8a2e:370:7334"),
    ("PHONE", "call me on (07) 5331 0577?", "(07) 5331 0577"),
    ("PHONE", "Desk: 986.291.2294x751", "986.291.2294x751"),
    ("PHONE", "电话 13563929429", "13563929429"),
    ("SECRET", "my password is hunter2!", "hunter2"),
    ("SECRET", "key sk-live-abcdefghijklmnop1234", "sk-live-abcdefghijklmnop1234"),
    ("SECRET", "ghp_abcdefghijklmnopqrstuvwxyz012345", "ghp_abcdefghijklmnopqrstuvwxyz012345"),
    ("NAME", "My name is Patricia Jeknić but", "Patricia Jeknić"),
    ("NAME", "ask Mrs. Amy Kupcová about it", "Amy Kupcová"),
    ("ADDRESS", "The bus is on Ziegelgasse 26", "Ziegelgasse 26"),
    ("ADDRESS", "send it to 12 Baker Street", "12 Baker Street"),
]
NOT_PERSONAL = [
    "How do I cancel my plan?",
    "Error TB-204 since 2026-03-01 14:30",
    "It costs €1 234 567 a year",
    "Where is order 2652247069?",
    "version 1.2.3.4 of the app",
    "my password is wrong",
    "Is my password saved anywhere?",
    "The PIN is not accepted",
    "I am very happy with Tallybird Plus",
    "from 2024-2026",
]


@pytest.mark.parametrize(("kind", "text", "value"), FOUND)
def test_it_is_found(kind: str, text: str, value: str) -> None:
    (span,) = personal.find(text)
    assert (span.kind, text[span.start : span.end]) == (kind, value)


@pytest.mark.parametrize("text", NOT_PERSONAL)
def test_it_is_nobodys(text: str) -> None:
    assert personal.find(text) == ()


def test_the_same_value_keeps_its_placeholder() -> None:
    text, found = personal.redact("a@x.example, b@x.example and a@x.example")
    assert text == "[EMAIL_1], [EMAIL_2] and [EMAIL_1]"
    again, found = personal.redact("b@x.example", found)
    assert again == "[EMAIL_2]"
    assert found.kinds == ("EMAIL",)


def test_the_companys_own_address_stays() -> None:
    text, found = personal.redact("Is Help@x.example yours?", allowed={"help@x.example"})
    assert text == "Is Help@x.example yours?"
    assert not found


@pytest.mark.parametrize("said", ["[EMAIL_1]", "EMAIL_1", r"\[EMAIL\_1\]"])
def test_placeholders_are_restored_however_a_model_writes_them(said: str) -> None:
    _, found = personal.redact("a@x.example")
    assert found.restore(f"We wrote to {said}.") == "We wrote to a@x.example."


def test_unknown_placeholders_stay() -> None:
    _, found = personal.redact("a@x.example")
    assert found.restore("[EMAIL_7] and [CARD_1]") == "[EMAIL_7] and [CARD_1]"


def test_a_search_is_asked_in_words() -> None:
    assert personal.spoken("is [EMAIL_1] known?") == "is email known?"


def test_what_is_hidden_is_in_no_representation() -> None:
    _, found = personal.redact("a@x.example")
    assert "a@x.example" not in repr(found)


texts = st.text(alphabet="abc A1290@.-_[]() +/:\n", max_size=80)


@given(texts)
def test_hiding_twice_changes_nothing(text: str) -> None:
    once, found = personal.redact(text)
    assert personal.redact(once, found)[0] == once


@given(texts)
def test_what_was_hidden_comes_back_whole(text: str) -> None:
    hidden, found = personal.redact(text)
    if "_" not in text:
        assert found.restore(hidden) == text
