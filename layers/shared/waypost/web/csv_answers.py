"""Answers as CSV: the one list of an answer becomes rows, nested fields become dotted columns."""

import csv
import io
from collections.abc import Iterable
from typing import Any, get_args, get_origin

import msgspec
from msgspec import Struct

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(answer: Struct) -> str:
    """The last list of objects in an answer as CSV, or the answer itself as one row."""
    return rows_to_csv(_rows(answer))


def rows_to_csv(objects: Iterable[dict[str, Any]]) -> str:
    """Objects as CSV, with the columns of all of them; a list in a cell is JSON.

    Text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    rows = [_flat(row) for row in objects]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe(row.get(name)) for name in columns] for row in rows)
    return out.getvalue()


def _rows(answer: Struct) -> list[dict[str, Any]]:
    members: dict[str, Any] = msgspec.to_builtins(answer)
    # A list of texts, such as the keys of a user, is a column: so the type decides, not the value.
    lists = [
        members[field.encode_name]
        for field in msgspec.structs.fields(answer)
        if _lists_objects(field.type) and field.encode_name in members
    ]
    # Where there are totals, the series stands behind them and says more.
    return lists[-1] if lists else [members]


def _lists_objects(type: Any) -> bool:
    options = [option for option in (type, *get_args(type)) if get_origin(option) is list]
    return any(issubclass(get_args(option)[0], Struct) for option in options)


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _safe(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, list | bool):
        # As the JSON of the same answer says it, not as Python does.
        return msgspec.json.encode(value).decode()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
