"""Rows of CSV: each with its line number, whatever its neighbours look like."""

import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.sources import planhat_header
from waypost.sources.formats import csv_header, csv_rows
from waypost.sources.formats.csv_rows import MAX_RECORD_CHARS, MAX_RECORD_LINES

CELL = st.text(st.sampled_from('ab ü🙂,;"\n'), max_size=6)
LINE = st.text(st.sampled_from('a,"'), max_size=8)


def read(text: str, separator: str = ",") -> list[tuple[int, list[str] | str]]:
    """(line, cells or the code of the error) of each row."""
    lines = io.StringIO(text, newline=None)
    return [
        (row.line, row.error.code if row.error else row.cells)
        for row in csv_rows.rows(lines, separator)
    ]


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("cId,id,email", ","),
        ("cId;id;email", ";"),
        ("cId\tid\temail", "\t"),
        ("cId|id|email", "|"),
        ("email", ","),
        ("email;note, if any", ";"),
        ('email;"a, b, c";date', ";"),
        ("email;note, if any, or none, or else;date", ";"),
        ("cId^id^email", "^"),
    ],
)
def test_the_header_tells_the_delimiter(header: str, delimiter: str) -> None:
    assert csv_header.delimiter(header, planhat_header.known) == delimiter


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\nc,d\n", [(1, ["a", "b"]), (2, ["c", "d"])]),
        ("a,b\r\nc,d\r\n", [(1, ["a", "b"]), (2, ["c", "d"])]),
        ("a,b\rc,d", [(1, ["a", "b"]), (2, ["c", "d"])]),
        ("a,b\n\n\r\nc,d", [(1, ["a", "b"]), (4, ["c", "d"])]),
        (",\n ,,\n;x", [(3, [";x"])]),
        ('a, "b, c", "d"\n', [(1, ["a", "b, c", "d"])]),
        ('"a" , "b" ,"c "\n', [(1, ["a", "b", "c "])]),
        ('a,"{\\"b\\": \\"c, d\\"}",e\n', [(1, ["a", '{"b": "c, d"}', "e"])]),
        ('a,"C:\\",b\n', [(1, ["a", "C:\\", "b"])]),
        ('"a","b"\n', [(1, ["a", "b"])]),
        ('"a,b",c\n', [(1, ["a,b", "c"])]),
        ('"say ""hi""",c\n', [(1, ['say "hi"', "c"])]),
        ('"",""\n', [(1, ["", ""])]),
        ('a,"b\nc"\nd,e\n', [(1, ["a", "b\nc"]), (3, ["d", "e"])]),
        ('a,"b\r\nc"\r\nd,e\r\n', [(1, ["a", "b\nc"]), (3, ["d", "e"])]),
        ('a,"b\n\n\nc"\nd,e', [(1, ["a", "b\n\n\nc"]), (5, ["d", "e"])]),
        ('5" pipe,b\n', [(1, ['5" pipe', "b"])]),
        ('5" x 4" pipe,b\n', [(1, ['5" x 4" pipe', "b"])]),
        ('5" pipe,"b\nc"\n', [(1, ['5" pipe', "b\nc"])]),
        ("", []),
        ("\n\n", []),
    ],
)
def test_rows_come_with_the_line_that_they_began_on(text: str, rows: list[object]) -> None:
    assert read(text) == rows


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ('x,"never closed', "unclosed_quote"),
        ('x,"closed "" never', "unclosed_quote"),
        ('x,"a"b', "stray_quote"),
        ('"x" z,y', "stray_quote"),
        ("x," + "y" * MAX_RECORD_CHARS, "row_too_long"),
        ('x,"' + "y" * MAX_RECORD_CHARS + '"', "row_too_long"),
        ('"' + "y" * 200_000, "row_too_long"),
    ],
)
@pytest.mark.parametrize("good", ["c,d", '"c","d"', '"c",d', '"c\n","d"'])
def test_a_bad_row_harms_no_neighbour(bad: str, code: str, good: str) -> None:
    cells = [cell.strip('"') for cell in good.split(",")]
    lines = good.count("\n") + 1

    assert read(f"a,b\n{bad}\n{good}\n{bad}\n{good}") == [
        (1, ["a", "b"]),
        (2, code),
        (3, cells),
        (3 + lines, code),
        (4 + lines, cells),
    ]


def test_an_unreadable_row_says_where_it_is_and_keeps_its_text() -> None:
    (row,) = csv_rows.rows(['x,"never closed\n'], ",", first_line=7)

    assert (row.line, row.text) == (7, 'x,"never closed')
    assert row.error is not None
    assert row.error.message == "line 7: a quote is never closed; fix the row and load it again"


def test_a_quoted_cell_may_span_many_lines_and_no_more() -> None:
    within = '"' + "\n" * (MAX_RECORD_LINES - 1) + '",b\nc,d'
    beyond = '"' + "\n" * MAX_RECORD_LINES + '",b\nc,d'

    assert [line for line, _ in read(within)] == [1, MAX_RECORD_LINES + 1]
    assert read(beyond)[0] == (1, "unclosed_quote")
    assert read(beyond)[-1] == (MAX_RECORD_LINES + 2, ["c", "d"])


def test_a_long_cell_is_read_after_a_hundred_quotes_that_were_never_closed() -> None:
    long = '"' + "\n" * 50 + '",b'

    found = read('x,"y\n' * 100 + "a,b\n" * 100 + long)

    assert [cells for _, cells in found[:100]] == ["unclosed_quote"] * 100
    assert found[-1] == (201, ["\n" * 50, "b"])


@pytest.mark.parametrize("line", ['"a', 'x",a"b,"', '"', 'a@b.c,"x', '"a""', 'x",a"b,"' + "y" * 80])
def test_a_file_of_nothing_but_open_quotes_takes_no_longer_than_its_length(line: str) -> None:
    began = time.process_time()

    rows = sum(1 for _ in csv_rows.rows([line + "\n"] * 20_000, ","))

    assert rows > 9_000
    assert time.process_time() - began < 2


@given(st.lists(st.lists(CELL, min_size=2, max_size=4), max_size=5), st.sampled_from(",;\t|"))
def test_whatever_a_csv_writer_writes_is_read_back(table: list[list[str]], separator: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(table)

    assert [cells for _, cells in read(text.getvalue(), separator)] == table


@given(st.lists(LINE, max_size=12))
def test_every_character_lies_in_exactly_one_row(lines: list[str]) -> None:
    found = list(csv_rows.rows(io.StringIO("\n".join(lines), newline=None), ","))

    # But for lines of nothing but delimiters.
    said = "".join(row.text for row in found).replace("\n", "").replace(",", "")
    assert said == "".join(lines).replace(",", "")
    assert [row.line for row in found] == sorted({row.line for row in found})
