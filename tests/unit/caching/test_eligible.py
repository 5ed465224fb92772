"""Whose answers may be shared."""

import pytest

from supportapp.caching.eligible import Asking, obstacle


@pytest.mark.parametrize(
    "question",
    [
        "Where is my order?",
        "What is my balance?",
        "My name is Ann Lee, how do I log in?",
        "Why was order 20441958 refused?",
        "Can you write to ann@example.com?",
        "Did you receive the form that I sent?",
    ],
)
def test_a_question_about_its_asker_is_not_remembered(question: str):
    assert obstacle(Asking(question)) == "personal"


@pytest.mark.parametrize(
    "question",
    [
        "How do I delete my account?",
        "Can I change my plan in the middle of a month?",
        "What does error 404 mean?",
        "如何取消订阅？",
    ],
)
def test_a_question_that_anyone_could_ask_is_remembered(question: str):
    assert obstacle(Asking(question)) == ""


def test_a_follow_up_counts_only_where_it_was_made_to_stand_alone():
    asked = "How do I cancel the Plus plan?"
    assert obstacle(Asking(asked, follows=True)) == "follow_up"
    assert obstacle(Asking(asked, follows=True, stands_alone=True)) == ""


def test_what_was_redacted_or_answered_by_tools_is_nobody_elses():
    asked = "How do I cancel the Plus plan?"
    assert obstacle(Asking(asked, is_redacted=True)) == "redacted"
    assert obstacle(Asking(asked, uses_tools=True)) == "tools"
