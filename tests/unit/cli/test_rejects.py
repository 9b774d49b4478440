"""The rejects file: what was refused, with the reason; fixed and loaded again, it is as if new."""

import gzip
import io
import json
from pathlib import Path

import pytest

from waypost.cli import rejects
from waypost.cli.source import Source
from waypost.event import Batch
from waypost.sources.formats import files
from waypost.sources.formats.reading import NO_READING, Reading

BAD = """cId,email,weight,action,date
a,ann@a.com,1,Logged in,2026-11-01
a,not-an-email,1,"Sent, and
opened",2026-11-01
a,bob@a.com,many,5" pipe,2026-11-01

a,cat@a.com,1
a,dan@a.com,1,"open,2026-11-01
"""


def judged(data: bytes, reading: Reading = NO_READING) -> Batch:
    """What the loader makes of a file."""
    whole, stream = Batch(), files.Counted(io.BytesIO(data))
    for part in files.batches(stream, 1_795_000_000_000, 2, reading=reading):
        whole.events += part.events
        whole.rejects += part.rejects
    return whole


def refused(data: bytes, tmp_path: Path, reading: Reading = NO_READING) -> bytes:
    """The rejects file of a file, as the loader would refuse its rows."""
    errors = [reject.answer() for reject in judged(data, reading).rejects]

    written, path = rejects.write(io.BytesIO(data), errors, tmp_path / "rejects", reading)

    assert written == len(errors)
    return path.read_bytes()


def cleaned(data: bytes) -> bytes:
    with rejects.cleaned(io.BytesIO(data)) as stream:
        return stream.read()


def test_refused_rows_stand_as_they_were_with_line_and_reason(tmp_path: Path) -> None:
    text = refused(BAD.encode(), tmp_path).decode()

    assert (
        text
        == """cId,email,weight,action,date,waypost_line,waypost_reason
a,not-an-email,1,"Sent, and
opened",2026-11-01,3,invalid_email: 'not-an-email' is not an e-mail address
a,bob@a.com,many,5" pipe,2026-11-01,5,invalid_number: weight must be a number; not 'many'
a,cat@a.com,1,7,row_length: the header has 5 columns; this row 3; only empty cells at the end \
may be left out; and never the date
a,dan@a.com,1,"open,2026-11-01,8,unclosed_quote: line 8: a quote is never closed; \
fix the row and load it again
"""
    )


def test_a_rejects_file_loads_as_the_rows_that_it_was_made_of(tmp_path: Path) -> None:
    once = judged(cleaned(refused(BAD.encode(), tmp_path)))

    assert [reject.code for reject in once.rejects] == [
        "invalid_email",
        "invalid_number",
        "row_length",
        "unclosed_quote",
    ]
    assert [reject.line for reject in once.rejects] == [2, 4, 5, 6]
    assert not once.events


def test_a_fixed_row_is_the_event_that_it_would_have_been(tmp_path: Path) -> None:
    good = BAD.replace("not-an-email", "eve@a.com").replace("many", "2")
    fixed = refused(BAD.encode(), tmp_path).replace(b"a,not-an-email", b"a,eve@a.com")

    events = judged(cleaned(fixed.replace(b",many,", b",2,"))).events

    straight = {
        (event.email, event.action, event.properties) for event in judged(good.encode()).events
    }
    assert [event.action for event in events] == ["Sent, and\nopened", '5" pipe']
    assert {(event.email, event.action, event.properties) for event in events} < straight


@pytest.mark.parametrize(
    ("row", "left"),
    [
        ("a,b@c.de,3,code: why", "a,b@c.de"),
        ('a,b@c.de,"3","code: why"', "a,b@c.de"),
        ("a,b@c.de,,", "a,b@c.de"),
        ('"a,b",b@c.de,,fixed this', '"a,b",b@c.de'),
        ("a,b@c.de", "a,b@c.de"),
        ("a,3,code: why", "a"),
    ],
)
def test_what_was_added_goes_however_a_spreadsheet_left_it(row: str, left: str) -> None:
    text = f"cId,email,waypost_line,waypost_reason\n\n{row}\n"

    assert cleaned(text.encode()).decode() == f"cId,email\n\n{left}\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_reason_never_changes_how_its_row_is_read(separator: str, tmp_path: Path) -> None:
    source = (
        separator.join(("cId", "email", "date")) + "\n" + separator.join(("a", "b", "c")) + "\n"
    )
    error = {"index": 0, "code": "odd", "message": 'a,b;c|d\te "f"\ng'}
    path = tmp_path / "rejects"

    rejects.write(io.BytesIO(source.encode()), [error], path)

    row = path.read_text().splitlines()[1]
    assert len(row.split(separator)) == 5
    assert '"' not in row
    assert cleaned(path.read_bytes()).decode() == source


def test_any_other_file_goes_up_as_it_is() -> None:
    for data in (BAD.encode(), b"", b"\x1f\x8b", gzip.compress(BAD.encode()), b'{"index":1}'):
        assert cleaned(data) == data


def test_a_stream_is_taken_from_where_it_stands() -> None:
    stream = io.BytesIO(b"....cId,email\na,b\n")
    stream.seek(4)

    with rejects.cleaned(stream) as plain:
        assert (rejects.is_csv(plain), plain.read()) == (True, b"cId,email\na,b\n")


def test_utf_16_and_gzip_are_read_as_the_loader_reads_them(tmp_path: Path) -> None:
    plain = refused(BAD.encode(), tmp_path)

    assert refused(gzip.compress(BAD.encode("utf-16")), tmp_path) == plain


def test_bytes_that_are_no_utf_8_stand_as_they_were(tmp_path: Path) -> None:
    data = b"cId,email,action\na,b@c.de,\xff\n"

    text = refused(data, tmp_path, Reading(encoding="utf-8"))

    assert b"a,b@c.de,\xff,2,bad_encoding: " in text


def test_rows_of_a_file_without_a_header_get_one_and_utf_8(tmp_path: Path) -> None:
    reading = Reading({"1": "email", "2": "action"}, "^", "cp1252", header=False)

    text = refused("sep=^\nb@c.de^Log in\nnobody^Müller\n".encode("cp1252"), tmp_path, reading)

    assert text.decode().splitlines() == [
        "column_1^column_2^waypost_line^waypost_reason",
        "nobody^Müller^3^invalid_email: 'nobody' is not an e-mail address",
    ]


def test_what_a_damaged_file_refused_before_the_damage_is_written(tmp_path: Path) -> None:
    data = gzip.compress(BAD.encode() * 2000)[:-20]
    error = {"index": 1, "code": "invalid_email", "message": "no"}
    path = tmp_path / "rejects"

    written, _ = rejects.write(io.BytesIO(data), [error, {**error, "index": 10**9}], path)

    assert written == 1
    assert path.read_text().count("not-an-email") == 1


JSON = r"""
[ {"email":"ann@a.com","cId":"a","action":"x","date":"2026-11-01"},
  {"email":"no", "cId":"a",
   "action":"x@y", "date":"2026-11-01"},
  {"email":"a@b.c","email":"d@b.c","date":"2026-11-01"},
  {"email":"a@b.c","weight":NaN},
  {"email":"a@b.c",,"weight":1}, 42, "text" ]
""".replace("x@y", "x\u2028y")


def test_refused_items_stand_letter_by_letter_with_place_and_reason(tmp_path: Path) -> None:
    lines = refused(JSON.encode(), tmp_path).decode().split("\n")[:-1]

    wrapped = [json.loads(line) for line in lines]
    assert [(line["index"], line["code"]) for line in wrapped] == [
        (1, "invalid_email"),
        (2, "duplicate_key"),
        (3, "number_not_finite"),
        (4, "invalid_json"),
        (5, "not_an_object"),
        (6, "not_an_object"),
    ]
    assert '"item": {"email":"a@b.c","email":"d@b.c","date":"2026-11-01"}' in lines[1]
    assert [line["item"] for line in wrapped[2:]] == [
        '{"email":"a@b.c","weight":NaN}',
        '{"email":"a@b.c",,"weight":1}',
        "42",
        '"text"',
    ]


def test_items_are_taken_out_of_a_rejects_file_again(tmp_path: Path) -> None:
    text = refused(JSON.encode(), tmp_path).decode()
    fixed = text.replace('"no"', '"e@a.com"').replace(r'"email\":\"d@b.c\",', "").replace(",,", ",")

    verdicts = judged(cleaned(fixed.encode()))

    assert [(event.email, event.action) for event in verdicts.events] == [
        ("e@a.com", "x\u2028y"),
        ("a@b.c", None),
    ]
    assert [reject.line for reject in verdicts.rejects] == [2, 3, 5, 6]


def test_an_item_that_is_refused_again_keeps_its_first_reason(tmp_path: Path) -> None:
    first = refused(b'{"email":"a@b.c"}\n42\n', tmp_path)

    again = refused(cleaned(first), tmp_path)

    assert again == first


@pytest.mark.parametrize("data", [BAD, "\n\n" + BAD, JSON, '\n{"email":"x"}\n\n{"email":"y"} {}\n'])
def test_rows_are_numbered_as_the_loader_numbers_them(data: str) -> None:
    rejected = judged(data.encode()).rejects

    rows = list(Source(io.BytesIO(data.encode())).rows())

    assert [(reject.line, reject.payload) for reject in rejected] == [
        (rows[reject.index].line, rows[reject.index].text) for reject in rejected
    ]


def test_a_rejects_file_that_somebody_may_be_fixing_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("half fixed")
    error = {"index": 0, "code": "odd", "message": "odd"}

    wrote = [rejects.write(io.BytesIO(b"cId,email\na,b\n"), [error], path) for _ in range(2)]

    assert wrote == [(1, tmp_path / "rejects-2.csv"), (1, tmp_path / "rejects-3.csv")]
    assert path.read_text() == "half fixed"
