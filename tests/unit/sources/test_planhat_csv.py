"""Planhat's CSV stream: the header names the columns, each row is judged by itself."""

import pytest

from waypost.errors import Malformed
from waypost.event import NO_TIME, Batch, Event
from waypost.sources import csv_body
from waypost.sources.formats.json_items import MAX_ITEMS

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
HEADER = "cId, id, name, email, weight, action, date, count"
FELIPE = Event(
    email="felipe@acme.com",
    name="Felipe Walker",
    action="logged in",
    weight=1.0,
    count=3,
    time=1_487_647_440_000,
)


def read(text: str) -> Batch:
    return csv_body.read(text.encode("utf-8", "surrogateescape"), NOW).batch


def events(text: str) -> list[Event]:
    batch = read(text)
    assert not batch.rejects, batch.rejects
    return batch.events


def refused(text: str) -> Malformed:
    with pytest.raises(Malformed) as error:
        read(text)
    return error.value


def test_the_official_sample_with_its_spaces_and_empty_cells_is_read() -> None:
    row = ",,Felipe Walker,felipe@acme.com,1,logged in,2017-02-21T03:24:00Z,3"

    assert events(f"{HEADER}\n{row}\n") == [FELIPE]


@pytest.mark.parametrize(
    "text",
    [
        "count,date,action,weight,email,name\n"
        "3,2017-02-21T03:24:00Z,logged in,1,felipe@acme.com,Felipe Walker",
        "EMAIL;Name;ACTION;date;CoUnT\r\n"
        "felipe@acme.com;Felipe Walker;logged in;2017-02-21T03:24:00Z;3\r\n",
        "email\tfirstName\tlastName\taction\tdate\tcount\n"
        "felipe@acme.com\tFelipe\tWalker\tlogged in\t2017-02-21T03:24:00Z\t3",
        '"email"|"name" | "action"|date|count\n'
        '"felipe@acme.com"| Felipe Walker |"logged in"|"2017-02-21T03:24:00Z"|"3"',
        "\n\n  \nemail,name,action,date,count,\n"
        "felipe@acme.com,Felipe Walker,logged in,2017-02-21T03:24:00Z,3,\n\n",
    ],
)
def test_columns_come_in_any_order_case_and_delimiter(text: str) -> None:
    assert events(text) == [FELIPE]


def test_line_ends_of_every_system_and_quoted_newlines_are_read() -> None:
    for end in ("\n", "\r\n", "\r"):
        first, second = events(f'id,action{end}u-1,"two{end}lines"{end}u-2,one{end}')

        assert (first.action, second.action) == ("two\nlines", "one")


def test_an_empty_cell_is_an_absent_field() -> None:
    (event,) = events("id,email,name,weight,count,date,cId,info,plan\nu-1,, ,,,,,,\n")

    assert event == Event(external_id="u-1", time=NO_TIME)


def test_unknown_columns_are_kept_in_info_under_their_own_names() -> None:
    (event,) = events('id,Plan,info,__proto__,"Size, m²"\nu-1,pro,"{""a"":1}",x,5\n')

    assert event.properties == {"Plan": "pro", "a": 1, "__proto__": "x", "Size, m²": "5"}


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("text", "invalid_type"),
        ("[1]", "invalid_type"),
        ('{"a":', "invalid_type"),
        ('{"a":NaN}', "number_not_finite"),
        ('{"a":1e999}', "number_not_finite"),
        ('{"a":1,"a":2}', "duplicate_key"),
        ('{"a":"\\u0000"}', "nul_character"),
        ('{"a":"\\ud800"}', "lone_surrogate"),
        ('{"a":' * 1000 + "1" + "}" * 1000, "too_deep"),
        ('{"a":' + "1" * 39 + "}", "number_too_long"),
        ('{"a":' + "1" * 5000 + "}", "number_too_long"),
    ],
)
def test_an_info_column_is_as_strict_as_json_elsewhere(cell: str, code: str) -> None:
    (reject,) = read("id;info\nu-1;" + '"' + cell.replace('"', '""') + '"').rejects

    assert (reject.code, reject.field, reject.line) == (code, "info", 2)


def test_a_row_is_refused_by_itself_with_its_place_and_bytes() -> None:
    rows = [
        "a@acme.com,1,ok",
        "a@acme.com,heavy,x",
        "b@acme.com",
        "c@acme.com,1,x,y",
        '"d@acme.com,1,x',
        "e@acme.com,1,nul\0",
        "f@acme.com,1,\udce9",
        ",1,\u00e9 nobody",
        "",
        "z@acme.com,1,ok",
    ]

    batch = read("email,weight,action\n" + "\n".join(rows))

    assert [(event.n, event.email) for event in batch.events] == [
        (0, "a@acme.com"),
        (8, "z@acme.com"),
    ]
    assert [(r.index, r.line, r.code, r.field) for r in batch.rejects] == [
        (1, 3, "invalid_number", "weight"),
        (2, 4, "row_length", None),
        (3, 5, "row_length", None),
        (4, 6, "unclosed_quote", None),
        (5, 7, "nul_character", None),
        (6, 8, "bad_encoding", None),
        (7, 9, "identity_missing", "email"),
    ]
    assert batch.rejects[0].payload == "a@acme.com,heavy,x"
    assert batch.rejects[5].payload == "f@acme.com,1,\\udce9"


def test_a_short_or_long_row_says_what_the_header_has() -> None:
    (reject,) = read("id,action\nu-1\n").rejects

    assert reject.message.startswith("the header has 2 columns, this row 1; only empty cells")


def test_the_answer_entry_of_a_row_names_its_line() -> None:
    (reject,) = read("id,weight\nu-1,x\n").rejects

    assert reject.answer()["line"] == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,c\n1,2,3\n", "the first line must be a header"),
        ("felipe@acme.com,logged in\n", "the first line must be a header"),
        ('{"id":"u-1"}', "the first line must be a header"),
        ("id,gr\udcf6\u00dfe\nu-1,\u00fc\n", "in the header: the row is not UTF-8"),
        ("id,a\0\nu-1,x\n", "in the header: the row holds a NUL"),
        ("id," + "x" * 70_000 + "\nu-1,x\n", "the header is over 65536 characters"),
    ],
)
def test_a_header_that_names_nothing_or_too_much_is_refused(text: str, words: str) -> None:
    error = refused(text)

    assert (error.code, error.message[: len(words)]) == ("csv_header", words)


@pytest.mark.parametrize("text", ["", "\n \r\n"])
def test_an_empty_body_says_so(text: str) -> None:
    assert refused(text).code == "empty_body"


@pytest.mark.parametrize("text", ["id,email\n", "id,email", "id,email\n\n\n"])
def test_a_header_without_a_row_is_a_batch_of_nothing(text: str) -> None:
    assert read(text).received == 0


def test_reading_stops_soon_behind_the_limit() -> None:
    assert read("id\n" + "u\n" * MAX_ITEMS).received == MAX_ITEMS
    assert MAX_ITEMS < read("id\n" + "u\n" * (MAX_ITEMS + 5_000)).received <= MAX_ITEMS + 500
