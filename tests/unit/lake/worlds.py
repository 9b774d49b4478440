"""Random worlds: streams that land, and runs in any rhythm, killed and overtaken at any call."""

from collections.abc import Callable
from random import Random

import pytest

from tests.faults.killers import Intruder, Killer, mortal, survives
from tests.unit.lake import oracle, recounting, streams
from tests.unit.lake.folding import TENANT, Lake
from tests.unit.lake.oracle import Arrival
from waypost.lake import compaction, fold, hourly_run, units
from waypost.lake.ports import FoldStores
from waypost.lake.records import Landed
from waypost.times import DAY_MS, HOUR_MS

PLENTY_MS = 900_000
# As many calls to stores as a run of a small world makes.
_CALLS = 250
_RUNS = 200


def small(patch: pytest.MonkeyPatch, *, parts: bool) -> None:
    """Makes units, slices and compactions of a few rows, and of some days `parts`."""
    patch.setattr(hourly_run, "_UNITS", 3)
    patch.setattr(hourly_run, "_ROWS", 40)
    patch.setattr(hourly_run, "_SLICE_OBJECTS", 6)
    patch.setattr(units, "MOST_ROWS", 12)
    patch.setattr(fold, "_AT_ONCE", 7)
    patch.setattr(units, "MOST_OF_A_DAY", 15 if parts else 10_000)
    patch.setattr(compaction, "_FILES", 3)
    patch.setattr(compaction, "_MOST_ROWS", {"events": 40, "others": 40})


class World:
    """A lake, what landed of a random stream so far, and what it held when it was last looked at.

    `seen` are the faults that looks into the lake found on the way.
    """

    def __init__(self, seed: int, events: int, *, same_user: bool) -> None:
        self.chance = Random(seed)
        self.lake = Lake(streams.TYPES)
        self.landed: dict[Arrival, Landed] = {}
        self.told: set[Arrival] = set()
        self.seen: list[str] = []
        stream = streams.Stream(self.chance, same_user=same_user)
        self._waiting = list(stream.objects(stream.records(events)))

    def live(self) -> None:
        """Everything lands, and whatever may happen in between happens."""
        while self._waiting:
            for _ in range(self.chance.randrange(1, 5)):
                self.land()
            self.chance.choice((self.run, self.die, self.overtake, self.rest))()
            self.look()

    def settle(self) -> None:
        """Runs follow one another until nothing is left, and again when all is long over."""
        for days in (0, 5, 40):
            self.lake.clock.tick(HOUR_MS + days * DAY_MS)
            for _ in range(_RUNS):
                if not self.lake.run(self._time()).left:
                    break
            else:
                self.seen.append("runs never came to an end")
        self.look()

    def land(self) -> None:
        if self._waiting:
            records = self._waiting.pop()
            # `match` takes its hour before it writes.
            self.lake.land(*records, ago=self.chance.choice((0, 0, HOUR_MS)))
            self.landed |= {oracle.arrival(record): record for record in records}

    def run(self, killer: Killer | None = None) -> bool:
        lake, manifests = mortal(killer, self.lake.lake, self.lake.manifests)
        stores = self.lake.stores()
        stores = FoldStores(lake, manifests, stores.schemas, stores.clock)
        return survives(lambda: self.lake.run(self._time(), stores))

    def die(self) -> None:
        self.run(self._killer())

    def overtake(self) -> None:
        """Somebody else comes in the middle of a run."""
        effects: tuple[Callable[[], object], ...] = (self.run, self.die, self.land, self._news)
        self.run(Intruder(self._at(), effect=self.chance.choice(effects)))

    def rest(self) -> None:
        self.lake.clock.tick(self.chance.choice((HOUR_MS, 5 * HOUR_MS, 2 * DAY_MS, 30 * DAY_MS)))

    def look(self) -> None:
        """Notes what is wrong with the published state of this moment."""
        if gone := recounting.missing(self.lake):
            self.seen += gone
            return
        self.seen += recounting.differences(self.lake, self.landed)
        told = recounting.published(self.lake)
        self.seen += [f"{len(self.told - told)} are not told of any more"] * bool(self.told - told)
        self.told = told

    def faults(self) -> list[str]:
        """What was seen on the way, and what is wrong at the end."""
        lake, wrong = self.lake, list(self.seen)
        if lost := self.landed.keys() - self.told:
            wrong.append(f"{len(lost)} of {len(self.landed)} are lost, as {lost.pop()}")
        if (received := lake.totals()["received"]) != len(self.landed):
            wrong.append(f"{received} received, and {len(self.landed)} landed")
        if todo := lake.manifests.todo(TENANT):
            wrong.append(f"{todo} are still to be done")
        if not wrong:
            wrong = recounting.unseen(lake, self.landed.values())
        if nobodys := recounting.lying(lake) - recounting.named_files(lake):
            wrong.append(f"{len(nobodys)} files are nobody's, as {min(nobodys)}")
        return wrong

    def _news(self) -> None:
        self.land()
        self.run()

    def _time(self) -> int:
        return self.chance.choice((0, PLENTY_MS))

    def _at(self) -> int:
        return int(_CALLS ** self.chance.random())

    def _killer(self) -> Killer:
        return Killer(self._at(), self.chance.choice(("before", "after")))


def lived(seed: int, patch: pytest.MonkeyPatch, events: int = 40) -> World:
    """A world at its end. Every other one has days in parts.

    There each event is of one user, whatever its arrivals: parts are told apart by user.
    """
    parts = bool(seed % 2)
    small(patch, parts=parts)
    world = World(seed, events, same_user=parts)
    world.live()
    world.settle()
    return world
