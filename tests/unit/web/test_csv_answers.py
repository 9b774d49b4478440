"""Answers as CSV hold everything that was asked for, in the types that a spreadsheet has."""

import csv
import io
from typing import Any

import pytest
from msgspec import UNSET, Struct, UnsetType

from tests.asking import asked
from waypost.errors import TooMuch
from waypost.web import csv_answers, paging
from waypost.web.asking import Parameters


class Who(Struct):
    id: str | None


class Row(Struct):
    id: str
    who: Who
    keys: list[str]
    verified: bool | None
    traits: dict[str, object]
    page: str | UnsetType = UNSET


class Rows(Struct):
    rows: list[Row]
    next: str | None = None


def row(id: str = "u1", **fields: Any) -> Row:
    return Row(id, **{"who": Who("w"), "keys": [], "verified": None, "traits": {}, **fields})


def cells(answer: Struct) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_answers.text([answer]))))


def test_columns_follow_from_the_type_and_not_from_the_rows() -> None:
    columns = ["id", "who.id", "keys", "verified", "page"]

    assert cells(Rows([])) == [columns]
    assert cells(Rows([row(), row("u2", page="/x")])) == [
        columns,
        ["u1", "w", "", "", ""],
        ["u2", "w", "", "", "/x"],
    ]


def test_a_list_of_texts_is_a_column_of_an_answer_and_not_its_rows() -> None:
    assert cells(row(keys=["a", "b"]))[1] == ["u1", "w", "a; b", "", ""]


def test_an_answer_may_say_itself_what_its_rows_are() -> None:
    class Told(Rows):
        def table(self) -> csv_answers.Table:
            return Who, [each.who for each in self.rows]

    assert cells(Told([row()])) == [["id"], ["w"]]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("2026-11-20T20:30:06.123Z", "2026-11-20 20:30:06"),
        ("2026-11-20T20:30:06Z", "2026-11-20 20:30:06"),
        ("2026-11-20T20:30:06+01:00", "2026-11-20T20:30:06+01:00"),
        ("at 2026-11-20T20:30:06Z", "at 2026-11-20T20:30:06Z"),
        (True, "TRUE"),
        (False, "FALSE"),
        (None, ""),
        (-5, "-5"),
        (1.5, "1.5"),
        (2**60, "1152921504606846976"),
        ([], ""),
        (["a", True, None, 1.0], "a; TRUE; ; 1.0"),
        ([{"a": 'b"'}, [1]], '{"a":"b\\""}; [1]'),
        ("=1+1", "'=1+1"),
        ("+49 170", "'+49 170"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("-2.50", "-2.50"),
        (["=1", "b"], "'=1; b"),
        ("\r=1", "'\n=1"),
        ("a\r\nb\rc", "a\nb\nc"),
        ('say "a,b"', 'say "a,b"'),
        ("a\0b😀" + "x" * 10_000, "a\0b😀" + "x" * 10_000),
    ],
)
def test_values_are_those_of_a_spreadsheet(value: object, cell: str) -> None:
    head, line = cells(row(traits={"x": value}))

    assert dict(zip(head, line, strict=True))["traits.x"] == cell


def test_keys_of_a_free_object_are_columns_of_all_rows_in_order() -> None:
    head, *lines = cells(
        Rows([row(traits={"b": 1}), row(traits={"a": {"c": 2}}), row(traits={"": 3})])
    )

    assert head[4:] == ["traits.", "traits.a.c", "traits.b", "page"]
    assert [line[4:7] for line in lines] == [["", "", "1"], ["", "2", ""], ["3", "", ""]]


def test_rare_keys_share_one_column_so_that_a_row_has_a_bound() -> None:
    many = [row(traits={"common": n, f"rare{n}": n}) for n in range(1000)]

    head, *lines = cells(Rows(many))

    assert len(head) == 5 + csv_answers.MOST_KEYS + 1
    assert "traits.common" in head
    assert lines[999][head.index("traits")] == '{"rare999":"999"}'
    assert lines[0][head.index("traits")] == ""


def three_pages(parameters: Parameters) -> Rows:
    number = int(parameters.one("cursor", "0"))
    return Rows([row(f"u{number}")], str(number + 1) if number < 2 else None)


def test_csv_is_all_of_a_list_and_with_a_limit_so_much_of_it() -> None:
    whole = csv_answers.text(paging.pages(three_pages, asked(format="csv")))
    rest = csv_answers.text(paging.pages(three_pages, asked(format="csv", cursor="1")))
    page = csv_answers.text(paging.pages(three_pages, asked(format="csv", limit="1")))

    ids = [[line[:2] for line in text.splitlines()[1:]] for text in (whole, rest, page)]
    assert ids == [["u0", "u1", "u2"], ["u1", "u2"], ["u0"]]


def test_what_no_answer_holds_is_given_up_before_all_of_it_is_read() -> None:
    read: list[str] = []

    def endless(parameters: Parameters) -> Rows:
        read.append(parameters.one("cursor"))
        return Rows([row("x" * 1_000_000)], "on")

    with pytest.raises(TooMuch):
        csv_answers.text(paging.pages(endless, asked(format="csv")))
    assert len(read) <= 7


def test_a_list_that_says_how_many_there_are_is_given_up_after_its_first_page() -> None:
    class Counted(Rows):
        total: int = 1_000_000

    read: list[str] = []

    def first(parameters: Parameters) -> Rows:
        read.append(parameters.one("cursor"))
        return Counted([row("x" * 100)], "on")

    with pytest.raises(TooMuch):
        csv_answers.text(paging.pages(first, asked(format="csv")))
    assert read == [""]


def test_what_only_its_quotes_make_too_large_is_given_up_too() -> None:
    with pytest.raises(TooMuch):
        csv_answers.text([Rows([row('"' * 1_600_000)])])


def test_a_file_holds_what_no_answer_does() -> None:
    out = io.StringIO()

    csv_answers.write([Rows([row("x" * 9_000_000)]), Rows([row("y")])], out)

    assert [line[:1] for line in out.getvalue().splitlines()] == ["i", "x", "y"]


def test_objects_without_a_type_have_the_columns_of_all_of_them() -> None:
    text = csv_answers.rows_to_csv([{"at": "2026-11-20T00:00:00Z"}, {"key": "=x", "n": True}])

    assert text == "at,key,n\n2026-11-20 00:00:00,,\n,'=x,TRUE\n"
