"""A file looked at before it is sent: what is said of it, and what has to be told."""

import gzip
import io
import json

import pytest
import typer

from waypost.cli import asking, look, looking
from waypost.cli.look import Look
from waypost.cli.output import Failure
from waypost.sources.formats.reading import NO_READING, Reading

GOOD = "cId,email,action,date\nacme,a@b.com,Logged in,2026-11-01\n"
EITHER = "cId,email,action,date\nacme,a@b.com,Logged in,05/10/2016\n"


def looked_at(text: str | bytes, reading: Reading = NO_READING) -> Look:
    data = text if isinstance(text, bytes) else text.encode()
    return looking.looked_at(io.BytesIO(data), reading, whole=True)


def lines(text: str | bytes, reading: Reading = NO_READING) -> list[str]:
    return list(look.told(looked_at(text, reading)))


@pytest.mark.parametrize(
    ("text", "reading", "told"),
    [
        (GOOD, NO_READING, []),
        ("user_id,event\nu,x\n", NO_READING, ["columns: user_id → externalId, event → action"]),
        (
            "email,Plan,Notes\na@b.com,pro,-\n",
            Reading({"Notes": None}),
            ["kept in info: Plan", "left out: Notes"],
        ),
        (
            "email,date\na@b.com,05.10.2016\na@b.com,13.10.2016\n",
            NO_READING,
            ["dates are read as dmy: “05.10.2016” is 2016-10-05"],
        ),
        ("email,date\n", NO_READING, ["the file has a header and no row"]),
        ("sep=;\ncId;email\nacme;a@b.com\n", NO_READING, []),
        ('[{"email": "a@b.com"}]', NO_READING, []),
    ],
)
def test_what_is_not_plain_to_see_is_told(text: str, reading: Reading, told: list[str]) -> None:
    assert lines(text, reading) == told


def test_a_column_that_may_be_meant_for_a_field_is_named_with_the_option() -> None:
    told = lines("Company,email\nacme,a@b.com\n")

    assert told[0] == "kept in info: Company"
    assert '--map "Company=companyExternalId"' in told[1]


def test_an_encoding_that_is_found_is_told_with_an_example_and_for_a_drop() -> None:
    data = GOOD.replace("Logged in", "Müller ging").encode("cp1252")

    seen = looked_at(gzip.compress(data))

    assert "read as cp1252, as in “Müller”" in next(look.told(seen))
    assert list(look.outlook(seen)) == [
        "0 of 1 row would be refused",
        'the same for a drop, as mapping.json beside it: {"encoding":"cp1252"}',
    ]
    assert look.as_json(looked_at("email,date\na@b.com,13/10/2016\n"))["reading"] == {
        "dateOrder": "dmy"
    }


def test_refused_rows_are_counted_and_the_first_shown() -> None:
    seen = looked_at(GOOD + "acme,nobody,x,2026-11-01\n" * 5)

    assert (seen.rows, seen.refused) == (6, 5)
    assert list(look.outlook(seen)) == [
        "5 of 6 rows would be refused",
        *[f'line {n}: "nobody" is not an e-mail address' for n in (3, 4, 5)],
    ]


def test_before_a_file_is_sent_a_part_of_it_is_looked_at_and_it_stands_where_it_stood() -> None:
    stream = io.BytesIO(b"...." + GOOD.encode() + b"acme,a@b.com,x,2026-11-01\n" * 20_000)
    stream.seek(4)

    seen = looking.looked_at(stream, NO_READING)

    assert (seen.rows, seen.whole, stream.tell()) == (20_000, False, 4)
    assert next(look.outlook(seen)) == "0 of the first 20,000 rows would be refused"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (EITHER, r"05/10/2016.*--date-order dmy \(day first\) or mdy \(month first\)"),
        ("email;weight\na@b.com;1,500\n", "weight.*1,500.*--decimal ,"),
    ],
)
def test_what_is_open_is_told_with_its_option_where_nobody_can_be_asked(
    text: str, remedy: str
) -> None:
    with pytest.raises(Failure, match=remedy) as failure:
        looking.before_sending("f.csv", io.BytesIO(text.encode()), NO_READING, quiet=True)

    assert failure.value.code == 2


def test_at_a_terminal_somebody_is_asked_until_the_answer_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = ["october", "dmy"]
    monkeypatch.setattr(asking, "is_terminal", lambda _: True)
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: answers.pop(0))
    stream = io.BytesIO(EITHER.encode())

    reading = looking.before_sending("f.csv", stream, NO_READING, quiet=True)

    assert (reading, answers) == (Reading(date_order="dmy"), [])


@pytest.mark.parametrize(
    ("data", "remedy"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04..[Content_Types].xml", "this is an Excel workbook; save it as CSV"),
        (
            b"acme,a@b.com,x,2026-11-01\nacme,b@b.com,y,2026-11-02\n",
            "--no-header --map 2=email --map 4=date",
        ),
        (b"shop,who\nacme,ann\n", '--map "shop=FIELD"'),
    ],
)
def test_a_file_that_nobody_can_read_is_one_line_with_a_remedy(data: bytes, remedy: str) -> None:
    with pytest.raises(Failure) as failure:
        looking.before_sending("f", io.BytesIO(data), NO_READING, quiet=True)

    assert remedy in failure.value.message
    assert "\n" not in failure.value.message
    assert failure.value.code == 1


def test_a_dry_run_answers_a_program_with_one_object_and_3_for_refused_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = io.BytesIO(GOOD.encode() + b"acme,nobody,x,2026-11-01\n")

    with pytest.raises(typer.Exit) as end:
        looking.dry_run("f.csv", stream, NO_READING, as_json=True)

    answer = json.loads(capsys.readouterr().out)
    assert end.value.exit_code == 3
    assert (answer["rows"], answer["rejected"], answer["errors"][0]["line"]) == (2, 1, 3)
    assert answer["columns"] == {name: name for name in ("cId", "email", "action", "date")}
