"""Names tell what was asked and never who asked it."""

from supportapp.gaps import naming
from supportapp.gaps.naming import Asked, Known

WORDS = frozenset(
    [
        "how",
        "do",
        "i",
        "can",
        "you",
        "get",
        "a",
        "refund",
        "cancel",
        "my",
        "plan",
        "the",
        "what",
        "is",
        "and",
        "for",
        "student",
        "discount",
        "of",
        "from",
        "in",
        "john",
        "smith",
        "lost",
        "parcel",
        "still",
        "not",
        "here",
        "where",
        "invoices",
        "invoice",
        "change",
        "address",
        "please",
        "an",
    ]
)
KNOWN = Known(WORDS.__contains__, frozenset({"acme"}))


def test_the_most_typical_question_gives_its_name():
    asked = [Asked("how do I get a refund", 1), Asked("refund please", 2)]
    assert naming.name(asked, ["refund"], KNOWN) == "How do I get a refund"


def test_a_question_with_somebody_in_it_names_nothing():
    asked = [
        Asked("my parcel for John Smith is not here", 1),
        Asked("I am at ada@example.com, where is my parcel", 2),
        Asked("where is my parcel 99120331", 3),
        Asked("where is the parcel of Xylander", 4),
        Asked("where is my parcel", 5),
    ]
    assert naming.name(asked, ["parcel"], KNOWN) == "Where is my parcel"


def test_where_no_question_will_do_telling_words_do():
    asked = [Asked("ada@example.com has no refund", 1)]
    assert naming.name(asked, ["refund", "plan"], KNOWN) == "Refund · plan"
    assert naming.name(asked, [], KNOWN) == naming.NAMELESS


def test_a_word_that_two_customers_use_is_nobodys():
    lonely = [Asked("how do I cancel Zonk", 1)]
    shared = [*lonely, Asked("cancel Zonk", 2)]
    assert naming.name(lonely, ["cancel"], KNOWN) == "Cancel"
    assert naming.name(shared, ["cancel"], KNOWN) == "How do I cancel Zonk"


def test_the_companys_own_names_may_stand():
    assert naming.is_safe("How do I cancel Acme", KNOWN)
    assert not naming.is_safe("How do I cancel Bolt", KNOWN)


def test_telling_words_are_frequent_here_and_rare_elsewhere():
    groups = {
        1: [Asked("get a refund", 1), Asked("refund of the plan", 2), Asked("refunds", 3)],
        2: [Asked("change the plan", 1), Asked("change my address", 4)],
        3: [Asked("where is the invoice of the plan", 5)],
    }
    found = naming.telling_words(groups, [1, 2], KNOWN)
    assert found[1][0] == "refund"
    assert found[2][0] == "change"
    assert 3 not in found


def test_nobodys_name_is_a_telling_word():
    groups = {1: [Asked("parcel Xylander Xylander Xylander", 1), Asked("parcel", 2)]}
    assert naming.telling_words(groups, [1], KNOWN)[1] == ["parcel"]
