"""
GET /api/v1/paths: what people did next, and before (`waypost.insights.paths`).

| parameter | says                                                                             |
|-----------|----------------------------------------------------------------------------------|
| `by`      | the field that steps are told by: `action` (else), `page`, `module`, `info.x`, … |
| that field | the anchor, as in `action=Exported`; repeated, any of them                      |
| `anchor`  | instead, a step as in `waypost.insights.steps`                                   |
| `window`  | how far apart neighbours may be: `30m` (else), `90s`, `2h`, at most `1d`         |
| `steps`   | how many in either direction, 1 to 3                                             |
| `top`     | how many paths are told, 20; the rest are `(other)`                              |
"""

from msgspec import Struct
from msgspec.structs import asdict

from waypost import times
from waypost.errors import BadQuery
from waypost.insights import calendar, fields, filters, paths, steps
from waypost.insights.explained import Explained
from waypost.insights.fields import Field
from waypost.insights.filters import Filter
from waypost.insights.paths import MOST_SHOWN, MOST_STEPS, NOTHING, Ask, Walk
from waypost.insights.ports import QuestionStores
from waypost.tenants import settings_of
from waypost.times import DAY_MS
from waypost.web.asking import Common, Parameters
from waypost.web.csv_answers import Table

DAYS = 30
OTHER = "(other)"
_UNTOLD = ("user", "account")  # a walk is one person's


class Path(Struct, omit_defaults=True):
    """A neighbour by its `key`, and further steps in `then`. `share` of all anchors, 0 to 1;
    `median_seconds` are those from the anchor to the last step.
    """

    key: str
    count: int
    share: float
    users: int | None = None
    median_seconds: float | None = None
    then: list[str] = []


class SidedPath(Struct):
    """A path as a row of CSV."""

    side: str
    key: str
    then: list[str]
    count: int
    share: float
    users: int | None
    median_seconds: float | None


class PathsAnswer(Struct, rename={"start": "from", "end": "to"}, omit_defaults=True, kw_only=True):
    """What came around `count` anchors of so many `users`, the most frequent first. Steps before
    are told backwards. `(nothing)`: none within the window.
    """

    by: str
    anchor: str
    window: str
    start: str
    end: str
    timezone: str
    count: int
    users: int
    before: list[Path]
    after: list[Path]
    complete_until: str
    provisional: bool
    explain: Explained | None = None

    def table(self) -> Table:
        """As CSV, of either side."""
        sides = (("before", self.before), ("after", self.after))
        return SidedPath, [SidedPath(side, **asdict(path)) for side, some in sides for path in some]


def answer(tenant: str, parameters: Parameters, stores: QuestionStores) -> PathsAnswer:
    """What came next and before. Raises `BadQuery`."""
    now = stores.clock()
    by, anchor = _steps(parameters)
    window = parameters.one("window", "30m")
    gap = parameters.length("window", window, longest=DAY_MS)
    count = parameters.number("steps", 1, most=MOST_STEPS)
    top = parameters.number("top", 20, most=MOST_SHOWN)
    common = parameters.common(settings_of(tenant, stores.tenants), now)
    parameters.refuse_rest()
    start, end = common.span(DAYS, now)
    ask = Ask(
        by=by,
        anchor=anchor,
        filters=common.filters,
        window=gap,
        steps=count,
        top=top,
        start=start,
        end=end,
    )
    return _shape(ask, window, paths.answer(ask, tenant, stores.reader), common)


def _steps(parameters: Parameters) -> tuple[Field, tuple[Filter, ...]]:
    """What steps are told by, and the anchor."""
    name = parameters.one("by", "action")
    by = fields.field(name, "by")
    if by.name in _UNTOLD or by.kind in {"trait", "account_trait"}:
        raise BadQuery(f"a path is what one person did: {by.name} is no step of it", field="by")
    text, values = parameters.one("anchor"), parameters.many(name)
    if text and values:
        raise BadQuery(f"anchor takes the place of {name}", field="anchor")
    if text:
        return by, steps.read(text, "anchor").filters
    if not values:
        raise BadQuery(f"around what? write {name}=…, or anchor=…", field=name)
    return by, (filters.make(by.name, "in", values, name),)


def _shape(ask: Ask, window: str, told: paths.Answer, common: Common) -> PathsAnswer:
    return PathsAnswer(
        by=ask.by.name,
        anchor=" and ".join(map(str, ask.anchor)),
        window=window,
        start=calendar.iso(ask.start, common.zone),
        end=calendar.iso(ask.end, common.zone),
        timezone=common.zone.key,
        count=told.count,
        users=told.users,
        before=_paths(told.before, told.count),
        after=_paths(told.after, told.count),
        complete_until=times.iso(told.complete_until),
        provisional=told.provisional,
        explain=told.explained if common.explain else None,
    )


def _paths(walks: list[Walk], anchors: int) -> list[Path]:
    listed = [
        Path(
            walk.steps[0] if walk.steps else NOTHING,
            walk.count,
            _share(walk.count, anchors),
            walk.users,
            None if walk.median_ms is None else round(walk.median_ms / 1000, 3),
            [*walk.steps[1:]],
        )
        for walk in walks
    ]
    rest = anchors - sum(walk.count for walk in walks)
    return [*listed, *([Path(OTHER, rest, _share(rest, anchors))] if rest else [])]


def _share(count: int, anchors: int) -> float:
    return round(count / anchors, 4)
