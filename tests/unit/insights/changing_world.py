"""A lake under questions while everything changes: events and people land, runs fold and die."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.unit.insights.question_oracle import Known, added, plain
from tests.unit.lake import histories, oracle, recounting, worlds
from tests.unit.lake.folding import NOW, TENANT
from tests.unit.lake.oracle import Decided
from waypost import times
from waypost.insights import activity, fields, filters
from waypost.insights.fields import Field
from waypost.insights.filters import Filter
from waypost.insights.needs import SUMS, Asked
from waypost.lake.cache import FileCache
from waypost.lake.reader import LakeReader
from waypost.lake.records import Changed, Landed
from waypost.times import DAY_MS, HOUR_MS

FIELDS = (
    *("action", "source", "module", "feature", "product", "label", "page", "session"),
    *("user", "account", "user", "account", "trait.plan", "account.trait.plan", "trait.none"),
    *("info.plan", "info.Plan", "info.seats", "info.*", 'info.q"uote', "info.sl/ash", "info.~0"),
    *("info.é", "info.", "info.deep", "info.deep.in", "info.deep.in.0", "info.$.plan"),
)
COLUMNS = ("time", "person", "account", "action", "session", *SUMS)
VALUES = ("pro", "a", "b", "", "1", "1.0", "-0.5", "true", '"', "s", "u1", "u2", "u3", "acme", "NU")
_OPS = {
    **dict.fromkeys(("=", "!=", "contains"), 1),
    **dict.fromkeys(("in", "not in"), 3),
    **dict.fromkeys(("exists", "missing"), 0),
}
_ORDERED = dict.fromkeys(("<", "<=", ">", ">="), 1)
_BOUNDS = (None, NOW // DAY_MS * DAY_MS, NOW // HOUR_MS * HOUR_MS, NOW - 1)


class ChangingWorld:
    """Steps of a random world, and what is known after each of them."""

    def __init__(self, seed: int, folder: Path, patch: pytest.MonkeyPatch) -> None:
        parts = bool(seed % 2)
        worlds.small(patch, parts=parts)
        self.world = worlds.World(seed, 30, same_user=parts)
        self.chance = self.world.chance
        self.complete = 0
        self._coming = histories.history(Random(seed), 40)
        self._changes: list[Changed] = []
        lake = self.world.lake
        self.reader = LakeReader(
            lake=lake.lake,
            manifests=lake.manifests,
            cache=FileCache(folder, 100_000_000),
            clock=lake.clock,
        )

    def steps(self) -> Iterator[Known]:
        while self._coming:
            for _ in range(self.chance.randrange(1, 5)):
                self.world.land()
                self._change()
            world = self.world
            self.chance.choice((self._run, self._run, world.die, world.rest, self._change))()
            yield Known(self._decided(), histories.recount(self._changes))

    def _decided(self) -> list[Decided]:
        """What counts now: what stands in files stays until a run, whatever landed since of it."""
        landed = self.world.landed
        published = recounting.published(self.world.lake)
        standing = oracle.decide(landed[arrival] for arrival in published)
        events = {_event(one.record) for one in standing if one.verdict == "stored"}
        unread = [record for arrival, record in landed.items() if arrival not in published]
        fresh = oracle.decide(record for record in unread if _event(record) not in events)
        return standing + fresh

    def _run(self) -> None:
        while self.world.lake.run().left:
            pass

    def _change(self) -> None:
        lines, self._coming = self._coming[:2], self._coming[2:]
        lake = self.world.lake
        for line in lines:
            lake.lake.put_changes(TENANT, [line], lake.clock(), gone=line.gone)
        self._changes += lines

    def wrong(self, asked: Asked, known: Known) -> str:
        """How the answer of the lake differs from what is known; nothing if it does not.

        Nothing too where the answer says that something of its days still waits for a run.
        """
        rows = activity.rows(asked)
        with self.reader.open(TENANT, rows.plan) as opened:
            answer = opened.rows(rows.sql, rows.parameters)
            if opened.complete_until < self.world.lake.clock():
                return ""
        self.complete += 1
        made = added((_told(row, asked) for row in answer), asked)
        expected = added(known.rows(asked).elements(), asked)
        return "" if made == expected else f"{rows.table}: {asked}\n{made}\nand not\n{expected}"


def _event(record: Landed) -> tuple[str, str]:
    return record.id, times.day(record.time)


def question(chance: Random) -> Asked:
    """Anything that may be asked, mostly of few fields and filters."""
    grain = chance.choice((1, 1, HOUR_MS, DAY_MS))
    start, end = (chance.choice(_BOUNDS) for _ in range(2))
    if start is not None:
        start -= chance.randrange(25) * DAY_MS
    names = chance.sample(COLUMNS, chance.choice((1, 1, 2, 3)))
    cases = tuple(_filters(chance, 1, 2) for _ in range(chance.choice((0, 0, 0, 2))))
    return Asked(
        fields=tuple(_field(chance) for _ in range(chance.choice((0, 0, 1, 2)))),
        filters=_filters(chance, 0, 0, 1, 1, 2),
        columns=frozenset(names),
        start=start,
        end=end,
        grain=grain,
        cases=cases,
        distinct=not set(names) & set(SUMS) and chance.choice((True, False)),
    )


def _field(chance: Random) -> Field:
    return fields.field(chance.choice(FIELDS), "group_by")


def _filters(chance: Random, *lengths: int) -> tuple[Filter, ...]:
    return tuple(_filter(chance) for _ in range(chance.choice(lengths)))


def _filter(chance: Random) -> Filter:
    name = chance.choice(FIELDS)
    ops = _OPS if name in {"user", "account"} else _OPS | _ORDERED
    op, most = chance.choice(list(ops.items()))
    values = chance.sample(VALUES, most)
    given: object = values if most > 1 else values[0] if most else None
    return filters.read({"field": name, "op": op, "value": given})


def _told(row: tuple[object, ...], asked: Asked) -> tuple[object, ...]:
    first = "time" in asked.columns
    last = first + len(asked.fields)
    return (*row[:first], *map(plain, row[first:last]), *row[last:])
