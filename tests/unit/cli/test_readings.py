"""How a file is to be read, as options and a mapping.json say it."""

import json
from pathlib import Path

import pytest

from waypost.cli.output import Failure
from waypost.cli.readings import asked, options, told
from waypost.sources.formats.reading import Reading


def test_options_are_the_members_of_a_reading() -> None:
    said = {"encoding": "cp1250", "dateOrder": "dmy", "delimiter": "tab", "decimal": None}

    read = asked(None, ["Company=companyExternalId", "a=b=action", "Notes="], **said)

    assert told(read) == {
        "columns": {"Company": "companyExternalId", "a=b": "action", "Notes": None},
        "encoding": "cp1250",
        "dateOrder": "dmy",
        "delimiter": "\t",
    }


def test_an_option_wins_over_the_same_in_a_mapping_file(tmp_path: Path) -> None:
    file = tmp_path / "mapping.json"
    file.write_text(json.dumps({"columns": {"A": "email", "B": "action"}, "dateOrder": "mdy"}))

    read = asked(file, ["B=name"], dateOrder="dmy")

    assert told(read) == {"columns": {"A": "email", "B": "name"}, "dateOrder": "dmy"}


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("{", "not JSON"),
        ('{"colums": {}}', "it takes columns"),
        ('{"dateOrder": "ddmmyy"}', "dateOrder"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_by_name(
    text: str, remedy: str, tmp_path: Path
) -> None:
    file = tmp_path / "mapping.json"
    file.write_text(text)

    with pytest.raises(Failure, match=remedy) as failure:
        asked(file, [])

    assert failure.value.code == 2


@pytest.mark.parametrize("text", ["Company", "=email", ""])
def test_a_map_is_a_column_and_a_field(text: str) -> None:
    with pytest.raises(Failure, match="write it as in --map Company=companyExternalId"):
        asked(None, [text])


def test_refused_rows_are_loaded_with_the_options_that_their_file_needed() -> None:
    known = Reading({"1": "cId", "2": None}, ";", "cp1252", "dmy", ",", header=False)

    assert options(known) == (
        " --map column_1=cId --map column_2= --date-order dmy --decimal , --delimiter ';'"
    )
    assert options(Reading({"The firm": "cId"})) == " --map 'The firm=cId'"
    assert options(Reading(encoding="cp1252")) == ""
