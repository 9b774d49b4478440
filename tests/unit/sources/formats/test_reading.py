"""What a sender tells of its file: taken in each form, refused by the name of its member."""

from typing import Any

import msgspec
import pytest

from waypost.errors import Malformed
from waypost.sources.formats import reading
from waypost.sources.formats.reading import NO_READING, Reading

WHOLE = {
    "columns": {"Company": "companyExternalId", "Notes": None},
    "delimiter": ";",
    "encoding": "cp1252",
    "dateOrder": "dmy",
    "decimal": ",",
    "header": ["Company", "Notes"],
}
READ = Reading(
    {"Company": "companyExternalId", "Notes": None},
    ";",
    "cp1252",
    "dmy",
    ",",
    ["Company", "Notes"],
)


def test_every_member_is_read_and_written_as_the_same_json() -> None:
    text = msgspec.json.encode(WHOLE)

    read = reading.of_json(text)

    assert read == READ
    assert msgspec.json.encode(read) == text


@pytest.mark.parametrize("body", [b"", b" \n", b"{}", b'{"reading":{}}', b'{"reading":null}'])
def test_a_body_that_tells_nothing_is_the_default(body: bytes) -> None:
    assert reading.of_body(body) == NO_READING


def test_a_body_and_a_query_tell_the_same() -> None:
    query = {
        "columns": '{"Company":"companyexternalid","Notes":null}',
        "header": '["Company","Notes"]',
        "delimiter": ";",
        "encoding": "cp1252",
        "dateOrder": "dmy",
        "decimal": ",",
    }

    assert reading.of_body(msgspec.json.encode({"reading": WHOLE})) == READ
    assert reading.of_query(query) == READ
    assert reading.of_query({"header": "false", "delimiter": "tab"}) == Reading(
        delimiter="\t", header=False
    )


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"dateorder": "dmy"}, "unknown field `dateorder`; it takes columns, delimiter"),
        ({"dateOrder": "DMY"}, "dateOrder must be dmy, mdy or ymd"),
        ({"decimal": ";"}, 'decimal must be "," or "."'),
        ({"header": "no"}, "header must be true, false or a list"),
        ({"header": []}, "header must name at least one column"),
        ({"delimiter": "||"}, "delimiter must be one character"),
        ({"delimiter": '"'}, "delimiter must be one character"),
        ({"delimiter": "a"}, "delimiter must be one character"),
        ({"delimiter": 5}, "delimiter must be one character"),
        ({"encoding": "latin-99"}, 'no encoding is called "latin-99"'),
        ({"encoding": "hex"}, 'no encoding is called "hex"'),
        ({"encoding": "rot13"}, 'no encoding is called "rot13"'),
        ({"encoding": "utf_7"}, "no file is written in utf-7"),
        (
            {"columns": {"Company": "companyExternlId"}},
            '"Company" cannot be "companyExternlId"; the fields are action',
        ),
        ({"columns": {"Company": 5}}, "columns must be an object like"),
        ({"columns": {"A": "email", "B": "Email"}}, "two of its columns are email"),
        ([], "it must be an object"),
        ("dmy", "it must be an object"),
    ],
)
def test_what_it_does_not_know_is_refused_by_name(told: Any, words: str) -> None:
    with pytest.raises(Malformed) as refusal:
        reading.of_json(msgspec.json.encode(told))

    assert refusal.value.code == "reading"
    assert words in refusal.value.message


@pytest.mark.parametrize("text", [b"{", b"\xff", b"[" * 100_000, b'{"a":' * 40_000])
def test_what_is_no_json_or_endless_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed, match="the reading cannot be used"):
        reading.of_json(text)


@pytest.mark.parametrize("body", [b"[]", b"dmy", b'{"dateOrder":"dmy"}', b'{"reading":[]}'])
def test_a_body_of_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="the reading cannot be used"):
        reading.of_body(body)


@pytest.mark.parametrize("query", [{"columns": "{"}, {"columns": "Company"}, {"header": "[1"}])
def test_a_query_that_is_no_json_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="the reading cannot be used"):
        reading.of_query(query)
