"""What people type is cleaned before it is checked, and refused in words for people."""

import pytest
from django.core.exceptions import ValidationError

from supportapp.answering.fields import PageId, PlainEmail, PlainText

HIDDEN = "\x00\u200b\u202e\x1b\U000e0041"


def fault_of(field, value) -> str:
    with pytest.raises(ValidationError) as raised:
        field.clean(value)
    return " ".join(raised.value.messages)


def test_hidden_characters_are_taken_out() -> None:
    assert PlainText().clean(f" re{HIDDEN}fund\r\n please ") == "refund\n please"
    assert PlainEmail().clean(f"anna{HIDDEN}@example.com") == "anna@example.com"


def test_nothing_but_hidden_characters_is_nothing() -> None:
    field = PlainText(error_messages={"required": "Write something."})
    assert fault_of(field, HIDDEN) == "Write something."
    assert PlainText(required=False).clean(None) == ""


def test_only_what_can_be_seen_counts_towards_the_length() -> None:
    assert PlainText(max_length=3).clean(f"a{HIDDEN}bc") == "abc"
    assert fault_of(PlainText(max_length=3), "abcd") == "This can have 3 characters; it has 4."


@pytest.mark.parametrize("value", ["not-an-id", "\x00", ""])
def test_an_id_that_nobody_typed_is_not_explained_as_one(value: str) -> None:
    assert fault_of(PageId(), value) == "This page is out of date. Reload it, then send it again."
