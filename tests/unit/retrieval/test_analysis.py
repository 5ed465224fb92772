"""What a text is searched by."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.retrieval import analysis
from supportapp.retrieval.analysis import Analyser, analyser


def terms(text: str, language: str = "en") -> list[str]:
    return analyser(language).terms(text)


def test_words_are_stemmed_and_grammar_is_left_out():
    assert analyser().words("How do I cancel my plans?") == ["cancel", "plan"]


def test_neighbouring_words_make_a_pair():
    assert "cancel plan" in terms("cancel the plan")


def test_pairs_weigh_less_than_words():
    assert analysis.weight("cancel plan") < analysis.weight("cancel")


@pytest.mark.parametrize("code", ["TB-204", "tb204", "TB 204", "tb_204", "TB/204", "ＴＢ-２０４"])
def test_a_product_code_is_found_however_it_is_written(code):
    assert "tb204" in terms(f"What does {code} mean?")


def test_a_product_code_is_also_found_by_its_parts():
    assert {"iphone15", "iphon", "15"} <= set(terms("iPhone15"))


def test_a_hyphen_or_none_makes_no_difference():
    assert "checkin" in terms("check-in")
    assert "checkin" in terms("checkin")


def test_possessives_and_accents_make_no_difference():
    assert terms("Nando's café") == terms("Nandos cafe")


def test_numbers_with_decimals_stay_whole():
    assert "5.90" in terms("costs €5.90 a month")


def test_chinese_is_searched_by_characters_and_pairs_of_them():
    assert {"退款", "退", "款"} <= set(terms("怎么退款？"))


def test_words_of_every_chinese_question_carry_no_topic_and_part_its_pairs():
    assert set(terms("如何取消套餐")) == {"取", "消", "套", "餐", "取消", "消套", "套餐"}
    assert terms("天气怎么样") == terms("天气")


def test_traditional_characters_are_read_as_simplified_ones():
    assert terms("如何刪除帳號") == terms("如何删除账号")


def test_characters_of_other_forms_are_marked_where_they_stand():
    marked = [text for *_, held in analyser().places("帳號") for text in held]
    assert "账号" in marked


def test_thai_vowel_signs_belong_to_the_word():
    assert "รห" in terms("ลืมรหัสผ่าน")


def test_latin_words_inside_chinese_are_words():
    assert "tb503" in terms("出现TB-503错误")


def test_german_is_stemmed_as_german():
    assert terms("Kündigungen", "de") == terms("Kündigung", "de")


def test_a_question_is_read_in_every_language_of_the_index():
    weights = analysis.weighted("Kündigungen", ("de", "en"))
    assert set(terms("Kündigungen", "de")) | set(terms("Kündigungen", "en")) == set(weights)


def test_unspaced_share_tells_scripts_apart():
    assert analysis.share_unspaced("How do I cancel?") == 0
    assert analysis.share_unspaced("怎么取消") == 1
    assert 0 < analysis.share_unspaced("怎么取消 Plus") < 1


def test_threads_may_share_an_analyser():
    words = [f"{stem}{ending}" for stem in STEMS for ending in ("ing", "ed", "ation", "es", "ly")]
    expected = [Analyser().stem(word) for word in words]
    shared = Analyser()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(shared.stem, words * 4))
    assert found == expected * 4


STEMS = [
    a + b + c for a in ("sta", "tre", "plo") for b in ("ckl", "nd", "rt") for c in ("im", "on")
]


@given(st.text(max_size=300))
def test_any_text_can_be_read_and_is_read_alike_twice(text):
    assert terms(text) == terms(text)
    assert all(term and not term.isspace() for term in terms(text))


@given(st.text(max_size=200))
def test_upper_case_and_width_make_no_difference_in_ascii(text):
    plain = "".join(letter for letter in text if letter.isascii())
    assert terms(plain.upper()) == terms(plain.lower())
