"""
Lists of Planhat's models: pages, and the lean list of companies.

| parameter  | meaning                                                              |
|------------|----------------------------------------------------------------------|
| limit      | 1 to 5,000 records, 100 without                                      |
| offset     | records to leave out first, 0 without                                |
| sort       | a field, with `-` before it from the highest down; `-_id` without    |
| select     | fields, apart by commas; `ALL` or none for all; `_id` is always there |
| companyId  | companies, apart by commas, in any form of reference; also `c`       |
| any field  | only records with one of these values, apart by commas               |
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from waypost import answer_size
from waypost.errors import BadQuery
from waypost.profiles.planhat.companies import COMPANIES, LEAN
from waypost.profiles.planhat.ports import ListStore, ModelStore
from waypost.profiles.planhat.records import Model, Record, Reference, company_id, reference

MAX_LIMIT = 5000
_MOST_LEAN = 100_000  # of 60 bytes at least: more than an answer holds
_DIGITS = 9
_KEYED = ("_id", "externalId", "sourceId")
_CONTROL = frozenset({"limit", "offset", "sort", "select", "c"})


@dataclass(frozen=True, slots=True)
class Listing:
    """What was asked of a list. `filters` are the values that a field may have."""

    limit: int
    offset: int
    sort: str
    descending: bool
    select: tuple[str, ...]
    filters: dict[str, frozenset[str]]


def listing(query: Mapping[str, str]) -> Listing:
    """The list that a query asks for. Raises `BadQuery`."""
    sort = query.get("sort", "-_id").strip()
    select = parts(query.get("select", "ALL"))
    filters = {
        name: frozenset(parts(value)) for name, value in query.items() if name not in _CONTROL
    }
    if "c" in query:
        filters["companyId"] = frozenset(parts(query["c"]))
    return Listing(
        limit=whole(query, "limit", 100, 1, MAX_LIMIT),
        offset=whole(query, "offset", 0, 0, 10**_DIGITS),
        sort=sort.lstrip("+-"),
        descending=sort.startswith("-"),
        select=() if "ALL" in select else tuple(select),
        filters=filters,
    )


def whole(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number of a query. A larger one is refused, not cut: a client that gets fewer
    records than it asked for takes them for the last.
    """
    text = query.get(name, str(default)).strip()
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise BadQuery(f"{name} must be a whole number", field=name)
    if not least <= int(text) <= most:
        raise BadQuery(f"{name} must lie between {least} and {most}", field=name)
    return int(text)


def parts(text: str) -> list[str]:
    """What stands between the commas of a parameter."""
    return [part for piece in text.split(",") if (part := piece.strip())]


def page(
    model: Model, query: Mapping[str, str], tenant: str, store: ModelStore, lists: ListStore
) -> list[Record]:
    """The records of one page. Raises `BadQuery`, also where they are too many bytes."""
    asked = listing(query)
    if "companyId" in asked.filters:
        named = company_ids(asked.filters.pop("companyId"), tenant, store)
        asked.filters["_id" if model is COMPANIES else "companyId"] = named
    records = _named(model, asked, tenant, store)
    chosen: Iterator[Record]
    if records is None:
        chosen = (model.record(tenant, stored) for stored in lists.page(model, tenant, asked))
    else:
        chosen = islice(records, asked.offset, asked.offset + asked.limit)
    return fitted(_selected(record, asked.select) for record in chosen)


def lean(
    query: Mapping[str, str], tenant: str, store: ModelStore, lists: ListStore
) -> list[Record]:
    """Every company that the query leaves over, by its ids and names alone."""
    names = ("externalId", "sourceId", "status")
    filters = {name: frozenset(parts(query[name])) for name in names if name in query}
    asked = Listing(_MOST_LEAN, 0, "_id", False, LEAN, filters)
    records = _named(COMPANIES, asked, tenant, store)
    if records is None:
        return fitted(lists.fields(COMPANIES, tenant, asked))
    return fitted({name: record.get(name) for name in LEAN} for record in records)


def company_ids(names: Iterable[str], tenant: str, store: ModelStore) -> frozenset[str]:
    """The `_id`s of companies named in any form; a plain text is taken for an externalId."""
    wanted = [reference(name) or Reference("externalId", name) for name in names]
    by_source = (asked for asked in wanted if asked.by == "sourceId")
    pointers = {key for asked in by_source if (key := COMPANIES.pointer(asked))}
    known = store.targets(tenant, pointers) if pointers else {}
    ids = {asked.value for asked in wanted if asked.by == "_id"}
    accounts = (COMPANIES.located(asked, known) for asked in wanted if asked.by != "_id")
    return frozenset(ids | {company_id(tenant, account) for account in accounts if account})


def fitted(records: Iterable[Record]) -> list[Record]:
    """The records, or `BadQuery` where no answer can hold them: no more of them are then read."""
    kept: list[Record] = []
    room = answer_size.MOST_BYTES
    for record in records:
        room -= answer_size.escaped(msgspec.json.encode(record)) + 1
        if room < 0:
            raise _too_large()
        kept.append(record)
    return kept


def _too_large() -> BadQuery:
    message = "these records are more than an answer holds; ask with a smaller limit or select"
    return BadQuery(message, code="answer_too_large", field="limit")


def _named(model: Model, asked: Listing, tenant: str, store: ModelStore) -> Iterator[Record] | None:
    """The records that pass where a filter gives their ids, in order: those alone are read.

    None where no filter does.
    """
    by = next((name for name in _KEYED if name in asked.filters), None)
    if by is None:
        return None
    wanted = [Reference(by, value) for value in asked.filters[by]]
    pointers = {key for reference in wanted if (key := model.pointer(reference))}
    known = store.targets(tenant, pointers)
    ids = {id for reference in wanted if (id := model.located(reference, known))}
    records = [model.record(tenant, stored) for stored in store.some(model, tenant, ids)]
    return iter(ordered((record for record in records if passes(record, asked)), asked))


def passes(record: Record, asked: Listing) -> bool:
    """Whether no filter leaves the record out."""
    return all(holds(record.get(name), values) for name, values in asked.filters.items())


def holds(value: Any, values: frozenset[str]) -> bool:
    """Whether a field with this value is meant by one of the texts; a list by that of an entry."""
    if isinstance(value, list):
        return not values.isdisjoint(map(str, value))
    # As JSON writes it: True would be asked for as true.
    if isinstance(value, bool):
        return str(value).lower() in values
    return value is not None and str(value) in values


def ordered(records: Iterable[Record], asked: Listing) -> list[Record]:
    """Numbers before texts; what has no value stands last, whichever way the rest goes.

    What is equal stands by `_id`, that too from the highest down where that was asked.
    """
    everything = sorted(records, key=lambda record: record["_id"], reverse=asked.descending)
    there = [record for record in everything if record.get(asked.sort) is not None]
    there.sort(key=lambda record: _rank(record[asked.sort]), reverse=asked.descending)
    return there + [record for record in everything if record.get(asked.sort) is None]


def _rank(value: Any) -> tuple[bool, float, str]:
    # A field may hold a number here and a text there, which Python does not compare.
    plain = isinstance(value, int | float)
    return (not plain, float(value) if plain else 0.0, "" if plain else str(value))


def _selected(record: Record, names: tuple[str, ...]) -> Record:
    if not names:
        return record
    return {name: record[name] for name in ("_id", *names) if name in record}
