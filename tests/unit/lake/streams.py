"""Random streams of landed records: all that senders do, in every order that it may land in."""

from collections.abc import Iterator
from random import Random
from typing import Any

from tests.unit.lake.folding import NOW, landed
from waypost.event import TIME
from waypost.lake.records import Landed
from waypost.times import DAY_MS, HOUR_MS

# The days before today that events are of: today, settled, in months that are over, years ago.
DAYS = (-1, *[0] * 6, *[1] * 3, *(2, 4, 5, 7, 9, 16, 18, 20) * 2, 22, 400, 20_000)
USERS = ("u1", "u2", "u3", "u4", "u5", None, "", "ü'\"\\", "nul\0here")
COMPANIES = ("acme", "Acme", None, "", "O'Hara; DROP TABLE events", "\U0001f600")
TEXTS = (None, "", "a", "b", "(none)", "'", '"', "\n", "NULL", "é" * 40, "%s{}$1")
WEIGHTS = (1.0, 0.0, -2.5, 0.25, 1_000_000.0)
COUNTS = (1, 1, 1, 3, 1_000_000)
# Known to the schema, with the names that a path or a column might stumble over.
KEYS = ("plan", "Plan", "seats", "", "*", "$.plan", 'q"uote', "dot.ted", "sl/ash", "~0", "é", "n\0")
TYPES = {**dict.fromkeys(KEYS, "string"), "seats": "number", "deep": "object"}
VALUES = (None, "", "pro", "null", 1, -0.5, 10**37, 1e300, True, False, "\0", '"', "\U0001f600")


class Stream:
    """Arrivals of one random world. `overwrites` is a matter of the event, as of its source.

    `same_user`: all bodies of one event are of one user.
    """

    def __init__(self, chance: Random, *, same_user: bool = False) -> None:
        self.chance = chance
        self._kept = ("id", "time", "user_id") if same_user else ("id", "time")
        self._number = 0

    def records(self, events: int) -> list[Landed]:
        """The arrivals of so many events, in no order, each of them once."""
        records = [one for _ in range(events) for one in self._event()]
        records += [self._refused() for _ in range(events // 4)]
        self.chance.shuffle(records)
        return records

    def objects(self, records: list[Landed]) -> Iterator[list[Landed]]:
        """The records in landing objects, some of them in two, as when a message comes again."""
        records = records + self.chance.sample(records, len(records) // 5)
        self.chance.shuffle(records)
        while records:
            size = self.chance.choice((1, 2, 3, 15))
            yield records[:size]
            records = records[size:]

    def _event(self) -> Iterator[Landed]:
        pick = self.chance.choice
        fields = self._fields()
        overwrites, is_keyed = pick((True, False, False)), pick((True, False))
        for _ in range(pick((1, 1, 1, 2, 3))):
            body = fields | (self._fields() if pick((True, False)) else {})
            body |= {name: fields[name] for name in self._kept} | {"overwrites": overwrites}
            if is_keyed:
                body["digest"] = pick(("one", "two"))
            is_conflict = is_keyed and not overwrites and self.chance.random() < 0.1
            if is_conflict:
                body |= {"verdict": "rejected", "code": "conflict"}
            yield landed(**body, **self._arrival())

    def _fields(self) -> dict[str, Any]:
        pick = self.chance.choice
        self._number += 1
        time = NOW - pick(DAYS) * DAY_MS - pick((0, 1, HOUR_MS - 1, 5 * HOUR_MS))
        texts = {
            name: pick(TEXTS)
            for name in ("action", "label", "session", "module", "feature", "product", "page")
        }
        fields: dict[str, Any] = {
            "id": f"e{self._number}",
            "time": max(time, 0),
            "user_id": pick(USERS),
            "company_id": pick(COMPANIES),
            "weight": pick(WEIGHTS),
            "count": pick(COUNTS),
            "kind": pick((None, None, "time", "identify")),
            "active_ms": pick((0, 0, 5, 2**40)),
            "module_ms": pick((0, 7)),
            "properties": self._properties(),
            **texts,
        }
        return fields | ({"count": 0} if fields["kind"] == TIME else {})

    def _properties(self) -> dict[str, Any] | None:
        if self.chance.random() < 0.3:
            return None
        keys = self.chance.sample((*KEYS, "deep", "unknown"), self.chance.randrange(6))
        return {key: self.chance.choice((*VALUES, {"in": [1]}, [])) for key in keys}

    def _refused(self) -> Landed:
        pick = self.chance.choice
        verdict, code = pick((("rejected", "bad"), ("rejected", "O'x"), ("ignored", "rule")))
        arrival = self._arrival()
        nobody: dict[str, Any] = {"user_id": None, "company_id": None, "action": None}
        refused = {"verdict": verdict, "code": code, "time": arrival["received"]}
        return landed("", **arrival, **refused, **nobody)

    def _arrival(self) -> dict[str, Any]:
        """A place of its own in some receipt; several of those are of the same moment."""
        self._number += 1
        receipt: int = self.chance.randrange(30)
        ago = (0, 1, 1, 2, HOUR_MS, DAY_MS, 3 * DAY_MS)[receipt % 7]
        source = ("s", "moesif", "Ünï")[receipt % 3]
        place: dict[str, Any] = {"receipt": f"r{receipt}", "n": self._number}
        return {**place, "received": NOW - ago, "source": source}
