"""Citations: whatever a model writes, only given evidence is cited, numbered from 1."""

import re

from hypothesis import given
from hypothesis import strategies as st

from supportapp.answering.citations import CitationStream, cited_passages, verify
from tests.unit.answering.conftest import TEXTS, evidence_of

MARKER = re.compile(r"\[(\d+)\]")
markers = st.sampled_from(
    [
        "[1]",
        "[2]",
        " [3]",
        "[9]",
        "[1, 2]",
        "【2】",
        "[^1]",
        "[1][2]",
        "[",
        "[1",
        "]",
        "[x](y)",
        "(",
        ":",
    ]
)
texts = st.lists(st.one_of(markers, st.text(alphabet="ab .,\n中[]()0129", max_size=8))).map("".join)


def test_numbers_follow_the_first_appearance() -> None:
    verified = verify("Yes [3]. No [1]. Yes [3].", [1, 2, 3])
    assert verified.text == "Yes [1]. No [2]. Yes [1]."
    assert verified.cited == (3, 1)


def test_unknown_citation_is_dropped_with_the_blank_before_it() -> None:
    verified = verify("It is free [9]. It is red [2].", [1, 2])
    assert verified.text == "It is free. It is red [1]."
    assert verified.unknown == 1


def test_groups_and_other_brackets_are_understood() -> None:
    assert verify("A [1, 2] B【2】 C [^1]", [1, 2]).text == "A [1][2] B[2] C [1]"


def test_a_marker_is_never_read_as_a_link() -> None:
    assert verify("See [1](https://evil.test)", [1]).text == "See [1] (https://evil.test)"
    assert verify("[1]: https://evil.test", [1]).text == "[1] : https://evil.test"


def test_what_is_left_of_a_marker_is_none() -> None:
    assert verify("Yes [1 [9]]", [1]).text == "Yes [1 ]"
    assert verify("Yes [1 [9]]", [1]).cited == ()


def test_a_link_stays_a_link() -> None:
    assert verify("See [the page](https://a.test) [1]", [1]).text.startswith("See [the page](https")


def test_an_incomplete_marker_is_held_back() -> None:
    stream = CitationStream([1, 2])
    assert stream.feed("Yes [") == "Yes"
    assert stream.feed("2") == ""
    assert stream.feed("] and") == " [1] and"
    assert stream.feed(" [1") == ""
    assert stream.close() == ""


def test_the_quote_is_the_sentence_that_supports_the_claim() -> None:
    evidence = evidence_of(
        [("a", "A", (), "The sky is blue. Refunds take 5 days. Grass is green.")]
    )
    (cited,) = cited_passages("You get refunds within 5 days [1].", [1], evidence)
    assert cited.quote == "Refunds take 5 days."


@given(texts)
def test_every_marker_points_to_given_evidence(text: str) -> None:
    verified = verify(text, [1, 2])
    numbers = {int(number) for number in MARKER.findall(verified.text)}
    assert numbers <= set(range(1, len(verified.cited) + 1))
    assert set(verified.cited) <= {1, 2}


@given(texts, st.lists(st.integers(1, 5), min_size=1))
def test_how_a_stream_is_cut_changes_nothing(text: str, sizes: list[int]) -> None:
    stream = CitationStream([1, 2])
    shown, place, turn = "", 0, 0
    while place < len(text):
        size = sizes[turn % len(sizes)]
        shown += stream.feed(text[place : place + size])
        place, turn = place + size, turn + 1
    shown += stream.close()
    assert shown == verify(text, [1, 2]).text
    assert stream.cited == verify(text, [1, 2]).cited


@given(texts)
def test_passages_are_cited_in_order_and_once(text: str) -> None:
    evidence = evidence_of(TEXTS)
    verified = verify(text, [each.number for each in evidence])
    cited = cited_passages(verified.text, verified.cited, evidence)
    assert [each.number for each in cited] == list(range(1, len(cited) + 1))
    assert len({each.passage_id for each in cited}) == len(cited)
