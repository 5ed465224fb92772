"""Which subject a conversation is about."""

import time

import pytest

from supportapp.retrieval.subjects import Subjects

NAMES = [
    "Lensfield Hotel",
    "Allenbell",
    "Finches Bed and Breakfast",
    "Nando's",
    "Golden Park Hotel",
]


def ordinary(word: str, subjects: frozenset[str]) -> float:
    """What passages about others say: "park", "golden" and "hotel" are everywhere."""
    return 0.05 if word in {"park", "golden", "hotel", "bed", "breakfast"} else 0.0


@pytest.fixture
def subjects() -> Subjects:
    return Subjects(NAMES, ordinary)


def strongest(subjects: Subjects, *texts: str) -> str | None:
    strengths = subjects.in_focus(texts)
    return NAMES[max(strengths, key=lambda n: strengths[n])] if strengths else None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("I booked the Lensfield Hotel", "Lensfield Hotel"),
        ("what about the lensfield?", "Lensfield Hotel"),
        ("a room at the Allen Bell guesthouse", "Allenbell"),
        ("a room at Finches", "Finches Bed and Breakfast"),
        ("finches bed & breakfast please", "Finches Bed and Breakfast"),
        ("a table at nandos", "Nando's"),
        ("is the lensfeild open", "Lensfield Hotel"),
    ],
)
def test_a_subject_is_found_however_it_is_said(subjects, said, meant):
    assert strongest(subjects, said) == meant


def test_the_last_mention_counts_most(subjects):
    assert strongest(subjects, "I like Nando's", "and the Allenbell", "is it cheap?") == "Allenbell"


def test_earlier_subjects_keep_some_strength(subjects):
    strengths = subjects.in_focus(["I like Nando's", "and the Allenbell"])
    assert 0 < strengths[NAMES.index("Nando's")] < strengths[NAMES.index("Allenbell")]


def test_ordinary_words_name_nothing(subjects):
    assert subjects.in_focus(["Where can I park at the hotel? I need a bed"]) == {}


def test_without_a_mention_nothing_is_in_focus(subjects):
    assert subjects.in_focus(["How are you?"]) == {}


def test_without_subjects_nothing_is_in_focus():
    assert Subjects([]).in_focus(["the Lensfield Hotel"]) == {}


def test_names_of_nothing_but_signs_do_no_harm():
    assert Subjects(["", "&&&", "!"]).in_focus(["anything"]) == {}


def test_chinese_subjects_are_found():
    found = Subjects(["北京饭店", "上海大厦"]).in_focus(["我想订北京饭店", "有停车场吗"])
    assert list(found) == [0]


def test_ten_thousand_subjects_are_searched_in_milliseconds():
    names = [
        f"{a}{b} house {n}" for n, (a, b) in enumerate((a, b) for a in SYLLABLES for b in SYLLABLES)
    ]
    subjects = Subjects(names)
    text = "I would like to book a table at a nice house for four people on Saturday evening please"
    began = time.perf_counter()
    for _ in range(20):
        subjects.in_focus([text] * 8)
    assert len(names) == 10_000
    assert (time.perf_counter() - began) / 20 < 0.1


SYLLABLES = [a + b + c for a in "bdfgklmnpr" for b in "aeiou" for c in "xz"]
