"""What the manifests name, read as a question would, and compared with the recount of it."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.unit.lake import oracle
from tests.unit.lake.folding import TENANT, Lake
from tests.unit.lake.oracle import Arrival, Decided, Row
from waypost.lake.derived import column
from waypost.lake.months import span
from waypost.lake.records import Landed
from waypost.lake.tables import DAY, EVENTS, MONTHLY

_UUID = {"id": "id::VARCHAR", "day": "day::VARCHAR"}
_PROPS = ("time", "user_id", "company_id", "action", "weight", "count")


def published(lake: Lake) -> set[Arrival]:
    """The arrivals that are told of, wherever: as an event, or as what is none."""
    columns = "arrival, n, id::VARCHAR"
    return {row for table in ("events", "others") for row in lake.rows(table, columns)}


def differences(lake: Lake, landed: dict[Arrival, Landed]) -> list[str]:
    """What of the published tables is not the recount of the arrivals that they tell of."""
    arrivals = published(lake)
    decided = oracle.decide(landed[one] for one in arrivals if one in landed)
    wrong = [f"{len(arrivals - landed.keys())} never landed"] * bool(arrivals - landed.keys())
    for table, expected in oracle.tables(decided).items():
        wrong += _compared(table, rows(lake, table), expected)
    wrong += _compared("counts", _counts(lake), _flat(oracle.counts(decided)))
    return [*wrong, *_props(lake, decided)]


def unseen(lake: Lake, landed: Iterable[Landed]) -> list[str]:
    """What of `seen` is not the recount of all that landed."""
    return _compared("seen", Counter(lake.rows("seen")), oracle.seen(oracle.decide(landed)))


def missing(lake: Lake) -> list[str]:
    """Files that a manifest names and nobody can read."""
    names = [file.key for month in lake.months() for some in month.files.values() for file in some]
    names += [staged.key for month in lake.months() for staged in month.staged]
    return [f"{key} is gone" for key in names if key not in lake.lake]


def rows(lake: Lake, table: str) -> Counter[Row]:
    """The rows of a table in the words of the oracle."""
    if table in oracle.KEYS:
        keys, sums = oracle.KEYS[table], oracle.SUMS[table]
        partial = lake.rows(table, ", ".join((*keys, *sums)))
        pairs = [(row[: len(keys)], row[len(keys) :]) for row in partial]
        return Counter(oracle.add_up(table, pairs))
    columns = ", ".join(_UUID.get(name, name) for name in MONTHLY[table])
    stored = lake.rows(table, columns)
    return Counter(stored if table != "events" else map(_event, stored))


def _event(row: Row) -> Row:
    at = list(EVENTS).index("properties")
    text = None if row[at] is None else oracle.canonical(json.loads(row[at]))
    return (*row[:at], text, *row[at + 1 :])


def _counts(lake: Lake) -> Counter[Row]:
    return _flat({day: counts for month in lake.months() for day, counts in month.counts.items()})


def _flat(counts: dict[str, Any]) -> Counter[Row]:
    return Counter(
        {
            (day, verdict, number): 1
            for day, verdicts in counts.items()
            for verdict, number in verdicts.items()
            if number
        }
    )


def _props(lake: Lake, decided: Iterable[Decided]) -> list[str]:
    """Each row with the columns that all files of its day have."""
    keys = _keys_by_day(lake)
    every = sorted(set().union(*keys.values()))
    columns = [DAY["props"] + "::VARCHAR", *_PROPS, *map(column, every)]
    made = lake.rows("props", ", ".join(columns)) if keys else []
    expected = [
        (one.day, *oracle.props(one.record), oracle.shredded(one.record, keys.get(one.day, ())))
        for one in decided
        if one.is_activity
    ]
    return _compared(
        "props",
        Counter((*row[:7], _named(every, row[7:], keys[row[0]])) for row in made),
        Counter((*row[:7], _named(keys.get(row[0], ()), row[7], every)) for row in expected),
    )


def _named(names: Iterable[str], values: Iterable[str | None], wanted: Iterable[str]) -> Row:
    return tuple(
        (name, _value(value)) for name, value in zip(names, values, strict=True) if name in wanted
    )


def _keys_by_day(lake: Lake) -> dict[str, list[str]]:
    keys: dict[str, set[str]] = {}
    for file in [file for month in lake.months() for file in month.files.get("props", ())]:
        for day in filter(file.spans, span(file.first, file.last)):
            keys[day] = keys.get(day, set(file.keys)) & set(file.keys)
    return {day: sorted(names) for day, names in keys.items()}


def _value(text: str | None) -> str | None:
    """A number as a number, however it was written."""
    try:
        return None if text is None else repr(json.loads(text))
    except ValueError:
        return text


def _compared(table: str, made: Counter[Row], expected: Counter[Row]) -> list[str]:
    wrong = []
    for word, rows_of in (("misses", expected - made), ("should not have", made - expected)):
        if rows_of:
            wrong.append(f"{table} {word} {rows_of.total()} rows, as {next(iter(rows_of))}")
    return wrong


def lying(lake: Lake) -> set[str]:
    """The keys of all files of months, named or not."""
    tables = tuple(f"{table}/tenant_id={TENANT}/" for table in MONTHLY)
    return {key for key in lake.lake.objects if key.startswith(tables)}


def named_files(lake: Lake) -> set[str]:
    return {file.key for month in lake.months() for some in month.files.values() for file in some}
