"""Which parts of a passage are embedded on their own."""

import numpy as np

from supportapp.knowledge.models import fields
from supportapp.knowledge.plaintext import lines


def test_a_list_of_questions_is_embedded_question_by_question():
    text = "- Where is my parcel?\n- When will it **arrive**?"
    assert lines(text) == ["Where is my parcel?", "When will it arrive?"]


def test_a_passage_of_one_line_is_that_line_and_nothing_besides():
    assert lines("Refunds take five to ten business days.") == []


def test_aliases_that_say_something_are_lines_and_names_of_things_are_not():
    assert lines("One line.", ["mortgage", "mortgage rates", "do banks pay you", "年费多少钱"]) == [
        "do banks pay you",
        "年费多少钱",
    ]


def test_vectors_of_lines_come_back_as_they_were_stored():
    rows = np.array([[0.5, -0.25], [1.0, 0.0]], dtype=np.float32)
    field = fields.HalfVectorsField()
    assert np.array_equal(field.from_db_value(fields.written(rows), None, None), rows)
    assert field.from_db_value("{}", None, None).shape == (0, 0)
