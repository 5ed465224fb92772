"""How questions are said, whatever they are about."""

import pytest

from supportapp.gaps.forms_of_questions import LABELS, Said, counts


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("How do I cancel my plan?", set()),
        ("refund status", {"keywords", "no_question", "lower"}),
        ("My order 4711 is late. Where is it?", {"several", "digits"}),
        ("怎么取消订阅？", {"other_language"}),
    ],
)
def test_a_question_has_the_forms_that_are_seen_in_it(text: str, forms: set[str]):
    assert Said(text).forms() == forms


def test_what_follows_others_is_a_form_too():
    assert Said("Is it free of charge then?", follows=True).forms() == {"follows"}


def test_every_form_is_counted_also_where_none_has_it():
    found = counts([Said("refund status"), Said("How do I cancel my plan?")])
    assert set(found) == set(LABELS)
    assert (found["keywords"], found["digits"]) == (1, 0)
