"""Answers as CSV: the one list of an answer becomes rows, nested fields become dotted columns."""

import csv
import io
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(answer: dict[str, Any]) -> str:
    """The first list of objects in an answer as CSV, or the answer itself as one row.

    Text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    lists = [value for value in answer.values() if isinstance(value, list)]
    rows = [_flat(row) for row in lists[-1]] if lists else [_flat(answer)]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe(row.get(name)) for name in columns] for row in rows)
    return out.getvalue()


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def _safe(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
