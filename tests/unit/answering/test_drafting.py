"""A draft of an article without a model, and what a model's reply must be."""

from supportapp.answering import drafting
from supportapp.answering.drafting import TO_BE_WRITTEN, Drafted, How


def test_without_a_model_the_words_stand_under_the_question():
    made = drafting.skeleton(["how do I get an invoice?", "Invoice for 2024?"], "See **Billing**.")
    assert made.title == "How do I get an invoice?"
    assert made.body == "See **Billing**.\n\n## Also asked\n\n- Invoice for 2024?"
    assert made.how is How.SKELETON


def test_what_nobody_knows_is_said_plainly():
    assert drafting.skeleton(["Why?"], "") == Drafted("Why?", TO_BE_WRITTEN, How.SKELETON)
    assert drafting.skeleton([], "Words.").title == "New article"


def test_a_title_is_not_too_long():
    made = drafting.skeleton(["x" * 500], "")
    assert len(made.title) == drafting.LONGEST_TITLE
    assert made.title.endswith("…")


def test_a_models_draft_has_a_title_and_a_text():
    made = drafting.read('# "Get an invoice"\n\nOpen **Billing** [1].\n')
    assert made == Drafted("Get an invoice", "Open **Billing**.", How.MODEL)


def test_a_reply_without_either_is_none():
    assert drafting.read("Open Billing.") is None
    assert drafting.read("# Get an invoice\n\n") is None
    assert drafting.read("") is None
