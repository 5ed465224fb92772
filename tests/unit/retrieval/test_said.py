"""A conversation as lines: what is shown can be edited and read back."""

from hypothesis import given
from hypothesis import strategies as st

from supportapp.retrieval.said import MOST_LINES, lines, parse
from supportapp.retrieval.values import Utterance

WORDS = st.text(st.sampled_from("ab :?退"), min_size=1).map(str.strip).filter(bool)
SAID = st.lists(st.builds(Utterance, st.sampled_from("US"), WORDS), max_size=6)


@given(SAID)
def test_what_is_written_reads_back_the_same(said):
    squeezed = [Utterance(each.speaker, " ".join(each.text.split())) for each in said]
    assert list(parse(lines(said))) == squeezed


def test_lines_without_a_speaker_are_the_customers():
    assert parse("Open?\n\nassistant: Nine to five.\nU: And on Sunday?") == (
        Utterance("U", "Open?"),
        Utterance("S", "Nine to five."),
        Utterance("U", "And on Sunday?"),
    )


def test_a_very_long_conversation_keeps_its_end():
    kept = parse("\n".join(f"line {number}" for number in range(100)))
    assert len(kept) == MOST_LINES
    assert kept[-1].text == "line 99"
