"""Answers are measured as Lambda measures them: JSON in which the body is a string."""

import json
from itertools import repeat

import msgspec
import pytest

from waypost import answer_size
from waypost.errors import TooMuch

ROWS: list[object] = [
    {},
    {"text": "x" * 1_000},
    {"text": '"' * 1_000},
    {"text": "\\" * 1_000},
    {"text": "\0\n\x1f" * 300},
    {"text": "\U0001f600é" * 300},
]


@pytest.mark.parametrize("row", ROWS)
def test_a_body_is_as_large_as_json_in_json(row: object) -> None:
    body = msgspec.json.encode(row)

    assert (
        answer_size.escaped(body) == len(json.dumps(body.decode(), ensure_ascii=False).encode()) - 2
    )


@pytest.mark.parametrize("row", ROWS[1:])
def test_a_page_of_any_rows_is_an_answer(row: object) -> None:
    kept = answer_size.fitting(repeat(row, 20_000))

    answer = {"body": json.dumps([row] * kept, ensure_ascii=False, separators=(",", ":"))}
    assert len(json.dumps(answer, ensure_ascii=False).encode()) < answer_size.MOST_BYTES
    assert kept > 500


def test_a_row_that_is_a_page_of_its_own_comes_alone() -> None:
    large, small = {"text": "x" * answer_size.PAGE_BYTES}, {"text": "x"}

    assert answer_size.fitting([large, small]) == 1
    assert answer_size.fitting([small, large, small]) == 1
    assert answer_size.fitting([]) == 0


@pytest.mark.parametrize("character", ["x", '"', "é", "\U0001f600"])
def test_what_lambda_does_not_hand_on_is_too_much(character: str) -> None:
    each = len(json.dumps(character, ensure_ascii=False).encode()) - 2
    most = answer_size.MOST_BYTES // each

    answer_size.check(character * most)
    with pytest.raises(TooMuch):
        answer_size.check(character * (most + 1))
