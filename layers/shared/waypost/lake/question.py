"""One question: the files that its plan needs, and the views over them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waypost.lake import changes, derived, fresh, months, people, tables, uncolumned, views
from waypost.lake.fetching import Equal, Fetcher, Wanted
from waypost.lake.months import File
from waypost.lake.plans import Columns, Plan
from waypost.lake.standing import Standing
from waypost.lake.views import Source

if TYPE_CHECKING:
    import duckdb

_UNCOLUMNED, _IDS = "uncolumned", "ids"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is read of some files of a table: columns (None for all), rows with some values, days
    of a span.
    """

    table: str
    files: list[File]
    columns: Columns
    equal: Equal = None
    first: str | None = None
    last: str | None = None

    def where(self, file: File) -> str:
        return views.days_of(self.table, file, self.first, self.last)

    def wanted(self) -> list[Wanted]:
        files: Iterable[File] = self.files
        if self.equal and self.equal[0] == "user_id":
            files = months.of_users(files, self.equal[1])
        return [
            Wanted(file, views.needed(self.table, self.columns, self.where(file)), self.equal)
            for file in files
        ]


class Question:
    """A plan, over what stands. Raises `Gone` where a file was replaced by now."""

    def __init__(
        self, plan: Plan, stands: Standing, db: "duckdb.DuckDBPyConnection", fetcher: Fetcher
    ) -> None:
        self._plan = plan
        self._stands = stands
        self._db = db
        self._fetcher = fetcher

    def lay_out(self) -> None:
        """Makes the views of the plan, once all that they need is here."""
        asked = {table: self._asked(table) for table in self._plan.tables}
        if "props" in asked:
            asked |= self._uncolumned(asked["props"])
        sources = self._fetch(asked)
        laid_over = self._fresh()
        if _UNCOLUMNED in sources:
            laid_over.setdefault("props", []).append(self._from_events(sources[_UNCOLUMNED]))
        of_people = {
            table: columns for table, columns in self._plan.tables.items() if table in people.KIND
        }
        self._lay_people(of_people, sources)
        for table in self._plan.tables.keys() - of_people:
            columns = self._plan.tables[table]
            query = views.select(table, columns, sources[table], laid_over.get(table, ()))
            self._db.execute(f"CREATE VIEW {table} AS {query}")

    def _asked(self, table: str) -> _Asked:
        plan = self._plan
        columns, equal = plan.tables[table], _by_text(table, plan.equal.get(table))
        if table == "seen":
            return self._asked_of_seen(columns, equal)
        files = self._stands.files(table, plan.first, plan.last)
        if table in people.KIND:
            return self._asked_of_people(table, files, columns, equal)
        if columns is None and equal is not None:
            columns = tuple(tables.TABLES[table])
        if plan.days is not None and table in tables.MONTHLY:
            files = [file for file in files if any(map(file.spans, plan.days))]
        return _Asked(table, files, columns, equal, plan.first, plan.last)

    def _asked_of_seen(self, columns: Columns, equal: Equal) -> _Asked:
        """While a run publishes months, and until it is done, `seen` is behind their activity: then
        that is what was seen.
        """
        activity = self._stands.files("activity")
        if months.made_of(activity) == self._stands.head.seen_of:
            files, table = self._stands.files("seen"), "seen"
        else:
            files, table = activity, "activity"
        return _Asked(table, files, columns or tuple(tables.TABLES["seen"]), equal)

    def _asked_of_people(
        self, table: str, files: list[File], columns: Columns, equal: Equal
    ) -> _Asked:
        behind = tables.BEHIND[table]
        if columns is None and equal is not None:
            columns = tuple(tables.TABLES[table] | behind)
        if self._stands.changes.objects:
            # Whom a record led to, and whether a change of it is news, other records may tell.
            equal = None
            more = people.NEEDED[table]
        else:
            more = ("gone",)
        return _Asked(table, files, columns and (*columns, *more), equal)

    def _uncolumned(self, props: _Asked) -> dict[str, _Asked]:
        """Of days whose files lack an asked property as a column, the events instead."""
        days = uncolumned.days(props.files, set(uncolumned.keys(props.columns)))
        if not days:
            return {}
        files = uncolumned.confined(props.files, lambda day: day not in days)
        known = self._stands.files("events", props.first, props.last)
        events = uncolumned.confined(known, days.__contains__)
        equal = props.equal if props.equal and props.equal[0] in uncolumned.READ else None
        span = (props.first, props.last)
        return {
            "props": _Asked("props", list(files), props.columns, props.equal, *span),
            _UNCOLUMNED: _Asked("events", list(events), uncolumned.READ, equal, *span),
        }

    def _from_events(self, sources: list[Source]) -> str:
        """The rows of `props` out of files of events."""
        events = views.select("events", uncolumned.READ, sources)
        keys = uncolumned.keys(self._plan.tables["props"])
        return f"({derived.select('props', f'({events})', keys)})"

    def _fetch(self, asked: Mapping[str, _Asked]) -> dict[str, list[Source]]:
        """The local files of each of the asked, all fetched side by side."""
        wanted = [(name, each) for name, some in asked.items() for each in some.wanted()]
        sources: dict[str, list[Source]] = {name: [] for name in asked}
        local = self._fetcher.files(self._db, [each for _, each in wanted])
        for (name, each), here in zip(wanted, local, strict=True):
            # Nothing of it may be read where no row group can hold what is asked for.
            if here.rows is None or here.rows:
                rows = None if here.rows is None else tuple(here.rows)
                sources[name].append(Source(here.path, asked[name].where(each.file), rows))
        return sources

    def _fresh(self) -> dict[str, list[str]]:
        """What landed since the last run, as relations by table."""
        objects = self._stands.landing.objects
        if not objects:
            return {}
        paths = self._fetcher.objects([landing.key for landing in objects])
        days, users = fresh.land(self._db, self._plan, paths)
        # It may stand in the files already: a run publishes them before it says what it read.
        files = [file for file in self._stands.files("events") if any(map(file.spans, days))]
        columns, equal = ("id", "time"), ("user_id", users) if users else None
        sources = self._fetch({_IDS: _Asked("events", files, columns, equal)})
        fresh.settle(self._db, views.select("events", columns, sources[_IDS]))
        return fresh.relations(self._plan)

    def _lay_people(
        self, of_people: Mapping[str, Columns], sources: Mapping[str, list[Source]]
    ) -> None:
        """The views of people, with what changed since the last run."""
        objects = self._stands.changes.objects
        if objects:
            paths = self._fetcher.objects([change.key for change in objects])
            changes.start(self._db)
            changes.read(self._db, paths, self._stands.now)
        base = {
            table: f"(FROM {relation})"
            for table in of_people
            for relation in views.relations(sources[table])
        }
        people.lay(self._db, of_people, base, changed=bool(objects))


def _by_text(table: str, equal: Equal) -> Equal:
    """What row groups are chosen by: texts alone, whose order is known here."""
    if equal is None or views.columns_of(table, (equal[0],))[equal[0]] != "VARCHAR":
        return None
    return equal
