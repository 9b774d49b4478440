"""What is derived from events: the SQL of each table over a relation of events' columns."""

from collections.abc import Iterable

from waypost.event import TIME
from waypost.lake.sql import named, quoted
from waypost.lake.tables import PROPERTY
from waypost.times import HOUR_MS

_SUMS = (
    "sum(count)::BIGINT AS events, sum(weight * count) AS weight, "
    "sum(active_ms)::BIGINT AS active_ms, sum(module_ms)::BIGINT AS module_ms"
)
_DAY = "CAST(make_timestamp(time * 1000) AS DATE) AS day"
_ACTIVE = "kind IS NULL"
# Reports of time have a count of 0: of what is added up they change the times alone.
_TIMED = f"({_ACTIVE} OR kind = {quoted(TIME)})"

_OF_EVENTS = {
    "path": f"SELECT time, user_id, company_id, action FROM {{events}} WHERE {_ACTIVE}",
    "context": f"""SELECT time, user_id, company_id, action, session, module, feature, product,
        source, weight, count, active_ms, module_ms FROM {{events}} WHERE {_TIMED}""",
    "totals": f"""SELECT time // {HOUR_MS} * {HOUR_MS} AS hour, action, source, {_SUMS}
        FROM {{events}} WHERE {_TIMED} GROUP BY ALL""",
    "totals_day": f"""SELECT {_DAY}, action, source, {_SUMS}
        FROM {{events}} WHERE {_TIMED} GROUP BY ALL""",
    "days": f"SELECT DISTINCT {_DAY}, user_id, company_id FROM {{events}} WHERE {_ACTIVE}",
    "activity": f"""SELECT {_DAY}, user_id, company_id, {_SUMS},
        min(time) FILTER (WHERE {_ACTIVE}) AS first, max(time) FILTER (WHERE {_ACTIVE}) AS last,
        count(*) FILTER (WHERE {_ACTIVE}) AS rows FROM {{events}} WHERE {_TIMED} GROUP BY ALL""",
    "seen": f"""SELECT user_id, company_id, min(time) AS first, max(time) AS last,
        sum(count)::BIGINT AS events, sum(weight * count) AS weight, count(*) AS rows
        FROM {{events}} WHERE {_ACTIVE} GROUP BY ALL""",
}

# What a run derives of a day, without what was not stored and is no event.
DERIVED = ("path", "context", "props", "totals", "totals_day", "days", "activity")
# Of those, what has a row for each event, in the order of events.
PICKED = ("path", "context", "props")


def select(table: str, events: str, keys: Iterable[str] = ()) -> str:
    """The query that makes a table of the events in the relation `events`.

    `keys` are the properties that `props` has as columns.
    """
    if table == "props":
        return _props(events, list(keys))
    return _OF_EVENTS[table].format(events=events)


def _props(events: str, keys: list[str]) -> str:
    """A text as such, anything else as JSON; NULL where there is no such property or it is null."""
    base = "SELECT time, user_id, company_id, action, weight, count"
    if not keys:
        return f"{base} FROM {events} WHERE {_ACTIVE}"
    # All keys in one go: the text is parsed once per event.
    paths = ", ".join(quoted(path(key)) for key in keys)
    columns = ", ".join(
        f"found[{number}] AS {column(key)}" for number, key in enumerate(keys, start=1)
    )
    return f"""{base}, {columns} FROM (
        SELECT *, json_extract_string(properties, [{paths}]) AS found FROM {events}
    ) WHERE {_ACTIVE}"""


def column(key: str) -> str:
    """The column of `props` that holds a property, as SQL writes it."""
    return named(PROPERTY + key)


def path(key: str) -> str:
    """Where a property at the top level is, whatever stands in its name."""
    # A JSON pointer: in a path with `$`, even quoted, `*` is a wildcard and no name may be empty.
    return "/" + key.replace("~", "~0").replace("/", "~1")
