"""CSV as spreadsheets and other products write it: what a file costs is a column or a row."""

import random
from typing import Any

import pytest

from waypost.errors import Malformed
from waypost.event import NO_TIME, Event, Verdict
from waypost.sources import csv_body, planhat_csv, planhat_csv_columns
from waypost.sources.csv_body import CsvBody
from waypost.sources.formats.reading import Reading

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
FIVE_OCTOBER = 1_475_625_600_000
DAY = 86_400_000
ANN = Event(external_id="ann", action="Logged in", time=FIVE_OCTOBER)


def read(text: str | bytes, **told: Any) -> CsvBody:
    body = text if isinstance(text, bytes) else text.encode()
    return csv_body.read(body, NOW, reading=Reading(**told))


def events(text: str | bytes, **told: Any) -> list[Event]:
    batch = read(text, **told).batch
    assert [entry for entry in batch.rejects if entry.verdict is Verdict.REJECTED] == []
    for event in batch.events:
        event.n = 0
    return batch.events


@pytest.mark.parametrize(
    "text",
    [
        'id, action, date\nann, "Logged in", 2016-10-05\n',
        '"id" , "action" , "date"\n"ann" , "Logged in" , "2016-10-05"\n',
        "sep=;\nid;action;date\nann;Logged in;2016-10-05\n",
        '"sep=\t"\nid\taction\tdate\nann\tLogged in\t2016-10-05\n',
        "id^action^date\nann^Logged in^2016-10-05\n",
        "id,action,date,,\nann,Logged in,2016-10-05,,\n,,,,\n,,,,\n",
        "id,action,date\nann,Logged in,2016-10-05,,\n",
        "id;date;action;weight;count\nann;2016-10-05;Logged in\n",
        "Activity report\nmade on;2026-11-20\n\nid;action;date\nann;Logged in;2016-10-05\n",
        "user_id,event,timestamp\nann,Logged in,2016-10-05\n",
        "distinct_id,event,time\nann,Logged in,1475625600\n",
        "Distinct ID,Event Name,Created At\nann,Logged in,1475625600000\n",
        "id;action;date;weight\nann;Logged in;05.10.2016;1,0\nann;Logged in;13.10.2016;1\n",
        "id,action,date\rann,Logged in,2016-10-05\r",
        "id,action,date\nann,Logged in,2016-10-05\n".encode("utf-16-le"),
        "id,action,date\nann,Logged in,2016-10-05\n".encode("utf-16"),
        b"\xef\xbb\xbfsep=,\r\nid,action,date\r\nann,Logged in,2016-10-05\r\n",
    ],
)
def test_a_row_is_the_same_event_in_every_dialect(text: str | bytes) -> None:
    assert events(text)[0] == ANN


def test_a_delimiter_in_quotes_with_space_around_belongs_to_its_cell() -> None:
    (event,) = events('id, name, action\nann, "Wright, Ann" , "Logged in"\n')

    assert (event.name, event.action) == ("Wright, Ann", "Logged in")


def test_columns_of_one_name_are_both_kept() -> None:
    body = read("id,plan,plan,id,email,Email\nann,pro,free,bob,a@b.c,d@e.f\n")

    (event,) = body.batch.events
    assert (event.external_id, event.email) == ("ann", "a@b.c")
    assert event.properties == {"plan": "pro", "plan_2": "free", "id_2": "bob", "Email": "d@e.f"}
    assert body.columns.told["plan_2"] == "info.plan_2"


@pytest.mark.parametrize(
    ("cell", "weight"),
    [("2,5", 2.5), ("2.5", 2.5), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("0,125", 0.125)],
)
def test_a_number_speaks_for_itself_in_a_file_of_semicolons(cell: str, weight: float) -> None:
    assert events(f"id;weight\nann;{cell}\n")[0].weight == weight


@pytest.mark.parametrize(
    ("other", "told", "count"),
    [
        ("2,5", {}, 1000),
        ("2.5", {}, 1),
        ("1", {"decimal": ","}, 1000),
        ("1", {"decimal": "."}, 1),
    ],
)
def test_a_thousand_or_one_is_told_by_the_other_numbers(
    other: str, told: dict[str, Any], count: int
) -> None:
    first, second = events(f"id;weight;count\nann;{other};1.000\nbob;{other};2\n", **told)

    assert (first.count, second.count) == (count, 2)


@pytest.mark.parametrize(
    ("dates", "times"),
    [
        (["05.10.2016", "13.10.2016"], [0, 8 * DAY]),
        (["05/10/2016", "13/10/2016 00:00"], [0, 8 * DAY]),
        (["10/05/2016", "10/13/2016 0:00:00 AM"], [0, 8 * DAY]),
        (["5-10-16", "13-10-16"], [0, 8 * DAY]),
        (["10/5/2016, 12:00:00 AM", "10/13/2016, 12:00:00 AM"], [0, 8 * DAY]),
        (["2016-10-05", "13/10/2016", "05/10/2016"], [0, 8 * DAY, 0]),
        (["10/10/2016"], [5 * DAY]),
        (["5 Oct 2016", "2016/10/13"], [0, 8 * DAY]),
    ],
)
def test_a_column_of_dates_has_one_order(dates: list[str], times: list[int]) -> None:
    rows = "".join(f"ann;{date}\n" for date in dates)

    assert [event.time - FIVE_OCTOBER for event in events(f"id;date\n{rows}")] == times


@pytest.mark.parametrize(
    ("text", "code", "examples"),
    [
        ("id;date\na;05.10.2016\nb;06.10.2016\n", "date_order", ["05.10.2016", "06.10.2016"]),
        ("id;date\na;13.10.2016\nb;10.13.2016\n", "date_order", ["13.10.2016", "10.13.2016"]),
        ("id;count\na;1.000\nb;2\n", "decimal", ["1.000"]),
        ("id;weight;count\na;2,5;1.000\nb;2.5;2\n", "decimal", ["1.000"]),
    ],
)
def test_what_no_value_decides_is_asked(text: str, code: str, examples: list[str]) -> None:
    with pytest.raises(Malformed) as refusal:
        read(text)

    assert refusal.value.code == code
    assert refusal.value.body()["question"]["examples"] == examples  # type: ignore[index]


def test_a_date_that_does_not_fit_the_order_that_was_told_costs_its_row() -> None:
    batch = read("id;date\na;13.10.2016\nb;10.13.2016\n", date_order="dmy").batch

    (reject,) = batch.rejects
    assert [event.external_id for event in batch.events] == ["a"]
    assert (reject.code, reject.line, reject.field) == ("invalid_date", 3, "date")


def test_what_is_not_utf8_is_read_as_cp1252_and_noted() -> None:
    batch = read("id,gr\u00f6\u00dfe\nM\u00fcller,5\u20ac\n".encode("cp1252")).batch

    (note,) = batch.rejects
    (event,) = batch.events
    assert (event.external_id, event.properties) == ("M\u00fcller", {"gr\u00f6\u00dfe": "5\u20ac"})
    assert (note.code, note.verdict) == ("cp1252_read", Verdict.NOTED)


def test_a_file_of_utf8_with_a_broken_byte_loses_that_row_alone() -> None:
    batch = read(b"id\nM\xc3\xbcller\nM\xfcller\n\xc3\xa9\n").batch

    assert [event.external_id for event in batch.events] == ["M\u00fcller", "\u00e9"]
    assert [(entry.code, entry.line) for entry in batch.rejects] == [("bad_encoding", 3)]


@pytest.mark.parametrize(
    ("told", "column"),
    [
        ({"columns": {"Company": "companyExternalId", "Notes": None}}, {}),
        ({"columns": {" company ": "cId"}}, {"Notes": "x"}),
    ],
)
def test_a_column_is_what_was_told_of_it(told: dict[str, Any], column: dict[str, str]) -> None:
    (event,) = events("id,Company,Notes\nann,acme,x\n", **told)

    assert (event.company_id, event.properties or {}) == ("acme", column)


def test_a_file_without_a_header_is_read_by_number_or_by_the_names_told() -> None:
    told = {"1": "externalId", "3": "date"}

    (numbered,) = events("ann,Logged in,2016-10-05\n", header=False, columns=told)
    (named,) = events("ann,Logged in,2016-10-05\n", header=["id", "action", "date"])

    assert numbered.properties == {"column_2": "Logged in"}
    assert numbered.time == FIVE_OCTOBER
    assert named == ANN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ann@acme.com,Logged in,2016-10-05\n", "this one is a row already"),
        ("color,size\nred,5\n", 'of "color", "size" none is known'),
        (b"PK\x03\x04\x14\x00[Content_Types].xml\x00", "this is an Excel workbook; save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "this is an Excel workbook"),
        (b"PK\x03\x04\x14\x00events.csv", "this is a ZIP; unpack it"),
        (b"PAR1\x15\x04", "this is a Parquet file; save it as CSV"),
        ("<!DOCTYPE html><html>", "this is a web page"),
    ],
)
def test_what_is_no_table_says_what_to_do(text: str | bytes, words: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read(text)

    assert words in refusal.value.message


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("id,Company", 'column "Company" is kept in info; if it is companyExternalId'),
        ("id,group_id", 'column "group_id" is kept in info; if it is companyExternalId'),
        ("Username,action", 'column "Username" is kept in info; if it is externalId'),
        ("id,acton", 'column "acton" is kept in info; if it is action'),
        ("id,", "column 2 has no name"),
    ],
)
def test_a_near_miss_is_named(header: str, words: str) -> None:
    assert any(words in hint for hint in read(f"{header}\nann,acme\n").columns.hints)


@pytest.mark.parametrize("header", ["id,cId,Company", "id,company_id,account", "email,plan"])
def test_nothing_is_hinted_where_the_field_is_there(header: str) -> None:
    assert read(f"{header}\nann@a.b,acme,x\n").columns.hints == []


def test_properties_of_other_products_are_the_objects_they_are() -> None:
    text = 'distinct_id,event,properties\nann,Hi,"{""plan"":""pro"",""n"":1}"\nbob,Hi,plain\n'

    first, second = events(text)

    assert first.properties == {"plan": "pro", "n": 1}
    assert second.properties == {"properties": "plain"}


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ("ann,2016-10-05", "taken"),
        ("ann,2016-10-05,Hi,x", "row_length"),
        ("ann", "row_length"),
    ],
)
def test_a_row_may_lack_empty_cells_and_never_its_date(row: str, verdict: str) -> None:
    batch = read(f"id,date,action\n{row}\n").batch

    assert [entry.code for entry in batch.rejects] == ([] if verdict == "taken" else [verdict])


CELLS = {
    "id": ["ann", "bob", "", " ann", "undefined", "0", "x" * 300],
    "email": ["a@b.c", "A@b.c", "", "a b@c.d", "no address", "a@b.c "],
    "action": ["Hi", "", "a\u00a0b", '"Hi, you"', "\u00e9", " Hi "],
    "weight": ["1", "", "2.5", "2,5", "heavy", "-1", "1e3"],
    "count": ["1", "", "2", "0", "1.5", " 3"],
    "date": ["2016-10-05", "2016-10-05T08:00:00.000Z", "", "1785000000", "13/10/2016", "x"],
    "info": ["", '"{""a"":1}"', '"{""a"":1,""a"":2}"', '"[1]"', '"{""b"":1.5}"', "{}"],
    "plan": ["pro", "", " pro ", '"p ""q"""', "free"],
    "firstName": ["", "", "", "Ann"],
}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_judged_together_are_rows_judged_alone(
    monkeypatch: pytest.MonkeyPatch, delimiter: str
) -> None:
    rows = drawn(random.Random(delimiter), delimiter, 3_000)
    together = read(rows, date_order="dmy", decimal=".").batch

    monkeypatch.setattr(planhat_csv_columns, "_judge_columns", planhat_csv.judge_alone)
    alone = read(rows, date_order="dmy", decimal=".").batch

    assert together.events == alone.events
    assert together.rejects == alone.rejects
    assert len(together.events) > 300
    assert {event.time for event in together.events} > {NO_TIME, FIVE_OCTOBER}


def drawn(chance: random.Random, delimiter: str, count: int) -> str:
    """Rows of which some stretches are everyday ones and others hold all that there is."""
    lines = [delimiter.join(CELLS)]
    for n in range(count):
        odds = (0.0, 0.02, 0.3)[n // 500 % 3]
        cells = [
            chance.choice(pool) if chance.random() < odds else pool[0] for pool in CELLS.values()
        ]
        cells += [""] * (chance.random() < odds / 10)
        lines.append(delimiter.join(cells).replace("Hi, you", f"Hi{delimiter} you"))
    return "\n".join(lines)
