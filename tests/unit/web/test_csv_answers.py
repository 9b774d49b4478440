"""Answers as CSV say what their JSON says."""

from msgspec import Struct

from waypost.web import csv_answers


class Row(Struct):
    id: str
    keys: list[str]
    verified: bool
    traits: dict[str, object]


class Rows(Struct):
    rows: list[Row]
    next: str | None = None


def test_lists_and_truth_in_cells_are_json() -> None:
    row = Row("u1", ["x:idonly", 'e:"a"'], True, {"tags": ["a", 1, None], "of": {"b": False}})

    text = csv_answers.to_csv(Rows([row]))

    assert text == (
        "id,keys,verified,traits.tags,traits.of.b\n"
        'u1,"[""x:idonly"",""e:\\""a\\""""]",true,"[""a"",1,null]",false\n'
    )


def test_a_list_of_texts_is_a_column_of_an_answer_and_not_its_rows() -> None:
    assert csv_answers.to_csv(Row("u1", [], False, {})) == "id,keys,verified\nu1,[],false\n"
