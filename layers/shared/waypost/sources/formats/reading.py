"""
Reading: what a sender tells of its file, where the file itself does not say enough.

| member      | says                                                                            |
|-------------|---------------------------------------------------------------------------------|
| `columns`   | by a column's name, or its number from 1, the field that it holds; null: not kept |
| `delimiter` | the one character between cells                                                 |
| `encoding`  | what the file is written in, by a name that Python knows                        |
| `dateOrder` | `dmy`, `mdy` or `ymd`: how `05/10/2016` is read, in every column of dates       |
| `decimal`   | `,` where 2,5 is two and a half                                                 |
| `header`    | false: the first line is a row already; or the names of the columns             |

It is the JSON of a `mapping.json`, of the member `reading` of a body, and of a batch's record.
Every member may be left out; a false one is refused, since a file read wrongly cannot be taken
back.
"""

import codecs
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from waypost.errors import Malformed
from waypost.sources.planhat_activity import FIELDS

DateOrder = Literal["dmy", "mdy", "ymd"]
# A mapping of a thousand columns takes less.
MAX_BYTES = 64 * 1024
_BY_NAME = {name.lower(): name for name in FIELDS}
# Codecs of Python's that are for other things than files.
_NOT_OF_FILES = frozenset(
    ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7")
)
_NO_DELIMITER = re.compile(r"[\w\"'\r\n\0\ufeff]|[^\x00-\x7f]")
_WORDS = {"true": True, "false": False, "tab": "\t", "\\t": "\t"}


class Reading(
    Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename={"date_order": "dateOrder"},
):
    """How a file is to be read, as far as somebody told; nothing told is the default."""

    columns: dict[str, str | None] = {}
    delimiter: str | None = None
    encoding: str | None = None
    date_order: DateOrder | None = None
    decimal: Literal[".", ","] | None = None
    header: bool | list[str] | None = None


NO_READING = Reading()


def of_json(text: bytes) -> Reading:
    """A reading as a `mapping.json` holds it. Raises `Malformed` naming the member and what it
    may be.
    """
    if len(text) > MAX_BYTES:
        raise _refusal(f"it is over {MAX_BYTES} bytes")
    try:
        value = msgspec.json.decode(text.removeprefix(codecs.BOM_UTF8))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal(f"it is not JSON: {error}") from None
    return of_value(value)


def of_body(body: bytes) -> Reading:
    """The member `reading` of a request's optional body. Raises `Malformed` for another member."""
    if not body.strip():
        return NO_READING
    try:
        value = msgspec.json.decode(body[: MAX_BYTES + 1], type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _refusal('the body must be JSON like {"reading": {"dateOrder": "dmy"}}') from None
    if other := value.keys() - {"reading"}:
        raise _refusal(f'the body has a member "{min(other)[:40]}"; it takes "reading" alone')
    told = value.get("reading")
    return NO_READING if told is None else of_value(told)


def of_query(query: Mapping[str, str]) -> Reading:
    """The same from a query, each member a parameter, `columns` and names of `header` as JSON."""
    told: dict[str, Any] = {name: query[name] for name in _MEMBERS if query.get(name)}
    for name in ("columns", "header"):
        if name in told and told[name][:1] in ("{", "["):
            try:
                told[name] = msgspec.json.decode(told[name])
            except msgspec.MsgspecError as error:
                raise _refusal(f"{name} is not JSON: {error}") from None
    told |= {
        name: _WORDS.get(text, text)
        for name, text in told.items()
        if name in ("header", "delimiter") and isinstance(text, str)
    }
    return of_value(told)


def of_value(value: object) -> Reading:
    """A reading from what JSON gave. Raises `Malformed` for anything that it does not know."""
    try:
        reading = msgspec.convert(value, Reading)
    except msgspec.ValidationError as error:
        raise _refusal(_told(error)) from None
    _check_delimiter(reading.delimiter)
    _check_encoding(reading.encoding)
    _check_header(reading.header)
    return msgspec.structs.replace(reading, columns=_fields(reading.columns))


_MEMBERS = tuple(field.encode_name for field in msgspec.structs.fields(Reading))


def _refusal(why: str) -> Malformed:
    return Malformed(f"the reading cannot be used: {why}", code="reading")


def _told(error: msgspec.ValidationError) -> str:
    text, _, path = str(error).partition(" - at `$")
    member = path.rstrip("`").lstrip(".").split("[")[0]
    if "unknown field" in text:
        return f"{text}; it takes {', '.join(_MEMBERS)}"
    takes = {
        "dateOrder": "dmy, mdy or ymd",
        "decimal": '"," or "."',
        "header": "true, false or a list of names",
        "columns": 'an object like {"Company": "companyExternalId", "Notes": null}',
        "delimiter": "one character",
        "encoding": "a name like cp1252",
    }
    return (
        f"{member} must be {takes[member]}" if member in takes else f"it must be an object: {text}"
    )


def _check_delimiter(delimiter: str | None) -> None:
    if delimiter is not None and (len(delimiter) != 1 or _NO_DELIMITER.match(delimiter)):
        raise _refusal("delimiter must be one character that no word has, such as ; or a tab")


def _check_encoding(encoding: str | None) -> None:
    if encoding is None:
        return
    try:
        known = codecs.lookup(encoding)
        "a".encode(encoding)  # a codec of bytes or of text to text is none of files
    except (LookupError, ValueError):
        raise _refusal(f'no encoding is called "{encoding[:40]}"; cp1252 is Excel\'s') from None
    if known.name.replace("_", "-") in _NOT_OF_FILES:
        raise _refusal(f"no file is written in {known.name}; cp1252 is Excel's")


def _check_header(header: bool | list[str] | None) -> None:
    if header == []:
        raise _refusal("header must name at least one column, or be false")


def _fields(columns: dict[str, str | None]) -> dict[str, str | None]:
    """The columns with the fields in Planhat's spelling, each of them named once."""
    fields = {name: field and _field(name, field) for name, field in columns.items()}
    named = [field for field in fields.values() if field]
    for field in named:
        if named.count(field) > 1:
            raise _refusal(f"two of its columns are {field}; one column can be")
    return fields


def _field(name: str, field: str) -> str:
    if (known := _BY_NAME.get(field.strip().lower())) is not None:
        return known
    raise _refusal(
        f'column "{name[:40]}" cannot be "{field[:40]}"; '
        f"the fields are {', '.join(sorted(FIELDS, key=str.lower))}"
    )
