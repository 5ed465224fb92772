"""What a model wrote may stand for a question only if it says what the conversation says."""

import pytest

from supportapp.answering import standalone
from supportapp.retrieval.values import Utterance
from tests.unit.answering.conftest import make_question

BEFORE = (
    Utterance("U", "My order 1042 is late, and so is AB-77_x."),
    Utterance("S", "Write to help@tally.example about order 1042 [1]. `ERR_7` may appear."),
)


def fault(text: str, asked: str, language: str = "en") -> str:
    return standalone.fault(text, make_question(asked, BEFORE, language))


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ("can I cancel it?", "Can I cancel order 1042?"),
        ("Why?", "Why is order 1042 late?"),
        ("and AB-77_x?", "Is AB-77_X late, too?"),
        ("who do I write to", "Who do I write to about order 1042?"),
        ("what is ERR_7?", "What does ERR_7 mean for order 1042?"),
        ("no, the other one", "No, the other order, AB-77_x"),
        ("my card 5% off <b>", "my card 5% off <b> for order 1042"),
    ],
)
def test_what_keeps_to_the_conversation_stands(asked: str, made: str) -> None:
    assert fault(made, asked) == ""


@pytest.mark.parametrize(
    ("asked", "made", "name"),
    [
        ("can I cancel 1042?", "Can I cancel the order?", "lost_code"),
        ("does 10% apply?", "Does 100% apply to order 1042?", "lost_code"),
        ("is me@tally.example known?", "Is my address known?", "lost_code"),
        ("see https://tally.example/a, why late?", "Why is the order late?", "lost_code"),
        ("can I cancel it?", "Can I cancel order 1043?", "invented_code"),
        ("who do I write to?", "Do I write to evil@tally.example?", "invented_code"),
        ("can I cancel it?", "Can I cancel it at https://evil.example?", "invented_code"),
        ("can I cancel it?", "Can I cancel order 1042 [1]?", "markup"),
        ("can I cancel it?", "Can I cancel `order 1042`?", "markup"),
        ("can I cancel it?", "You can cancel order 1042.", "answer"),
        ("cancel it", "Sure, order 1042 is cancelled", "answer"),
        ("cancel it", "It is late. Write to us. We cancel it.", "answer"),
        ("can I cancel it?", "What is the weather in Rome?", "strayed"),
        ("can I cancel it?", "", "empty"),
        ("can I cancel it?", "Can I cancel it?\nCan I?", "several_lines"),
    ],
)
def test_the_first_thing_wrong_is_named(asked: str, made: str, name: str) -> None:
    assert fault(made, asked) == name


def test_chinese_is_read_by_its_characters() -> None:
    question = make_question("那能退款吗？", (Utterance("U", "标准版多少钱？"),), "zh")
    assert standalone.fault("标准版能退款吗？", question) == ""
    assert standalone.fault("北京今天的天气怎么样？", question) == "strayed"
    assert standalone.fault("可以，三十天内。", question) == "answer"


@pytest.mark.parametrize(
    "reply",
    [
        '"Is it refunded?"',
        "“Is it refunded?”",
        "Rewritten question: Is it refunded?",
        "Standalone message: Is it refunded?\n",
        "  Is it refunded?\u200b ",
    ],
)
def test_labels_and_quotation_marks_around_it_are_taken_off(reply: str) -> None:
    assert standalone.tidied(reply) == "Is it refunded?"


def test_quotation_marks_inside_stay() -> None:
    assert standalone.tidied('"Plus" or "Pro"') == '"Plus" or "Pro"'
    assert standalone.tidied('"') == '"'


def test_capitals_and_marks_make_no_other_question() -> None:
    assert standalone.is_same("And: is it REFUNDED?", "and is it refunded")
    assert not standalone.is_same("Is Plus refunded?", "Is it refunded?")
