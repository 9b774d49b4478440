"""Paths of random streams: through files, borders, merges and what landed a moment ago."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.unit.insights import walks
from tests.unit.lake.lakes import NOW, TENANT, Lake
from waypost import times
from waypost.insights import fields, filters, paths
from waypost.insights.paths import Ask
from waypost.lake.records import Landed
from waypost.times import DAY_MS

pytestmark = pytest.mark.slow

MIDNIGHT = times.start_of_day("2027-01-01")  # of a month too
USERS = [f"u{n}" for n in range(8)]
ACTIONS = ["Logged in", "Exported", "Ünïcode", "zoom", "Zoom", 'a "quoted" one', None]
MODULES = ["Billing", "Reports", None]
COMMON: dict[str, Any] = {"receipt": "r", "received": NOW, "source": "s", "verdict": "stored"}
SEEDS = range(12)
Event = dict[str, Any]


def stream(chance: Random, events: int) -> list[Event]:
    """Events that crowd around a midnight, many of them at one moment."""
    return [
        {
            "id": f"{number:032x}",
            "time": MIDNIGHT
            + chance.randrange(-2, 3) * DAY_MS
            + chance.choice([chance.randrange(-60, 60) * 60_000, chance.randrange(3)]),
            "user_id": chance.choice([*USERS, "new", None]),
            "action": chance.choice(ACTIONS),
            "module": chance.choice(MODULES),
            "count": 1,
            "weight": 1.0,
            "kind": None if chance.random() < 0.9 else "identify",
        }
        for number in range(events)
    ]


def world(folder: Path, chance: Random, events: list[Event]) -> tuple[Lake, dict[str, str]]:
    """Some events in a file per month, some in one per day, and the rest landed a moment ago."""
    lake = Lake(folder)
    people = {user: chance.choice([user, user, user, *USERS[:2]]) for user in USERS}
    lake.add("who", "", "", [{"user_id": user, "person": is_} for user, is_ in people.items()])
    folded = [event for event in events if chance.random() < 0.8]
    spans = [
        ("2026-12-01", "2026-12-31"),
        ("2027-01-01", "2027-01-01"),
        ("2027-01-02", "2027-01-31"),
    ]
    for first, last in spans:
        end = times.start_of_day(last) + DAY_MS
        rows = [event for event in folded if times.start_of_day(first) <= event["time"] < end]
        lake.add("events", first, last, rows)
        lake.derive(first, last, "made", ("path", "context"))
    fresh = [
        Landed(**COMMON, **event, n=n) for n, event in enumerate(events) if event not in folded
    ]
    lake.lake.put_landing(TENANT, fresh, NOW, ["m1"], {"stored": len(fresh)})
    return lake, people


@pytest.mark.parametrize("seed", SEEDS)
def test_no_path_differs_from_a_recount(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    events = stream(chance, 400)
    lake, people = world(tmp_path, chance, events)
    by = chance.choice(["action", "module"])
    ask = Ask(
        by=fields.field(by, "by"),
        anchor=(filters.make("action", "in", ["Exported", "zoom"], "action"),),
        window=chance.choice([0, 1, 90_000, 3_600_000]),
        steps=chance.choice([1, 2, 3]),
        top=chance.choice([1, 5, 100]),
        start=MIDNIGHT - chance.choice([0, 1, DAY_MS]),
        end=MIDNIGHT + chance.choice([0, 1, DAY_MS, 2 * DAY_MS]),
    )

    answer = paths.answer(ask, TENANT, lake.reader())

    assert (answer.count, answer.users, answer.after, answer.before) == walks.expected(
        ask,
        events,
        people,
        value=lambda event: event[by],
        is_anchor=lambda event: event["action"] in {"Exported", "zoom"},
    )


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("ORDER BY ALL", "ORDER BY person, time"),
        ("coalesce(person, user_id)", "user_id"),
        ("step % 2 = 1", "step % 2 = 0"),
    ],
)
def test_a_planted_bug_is_caught(
    right: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "_SQL", paths._SQL.replace(right, wrong))

    assert any(differs(tmp_path / str(seed), seed) for seed in SEEDS)


def differs(folder: Path, seed: int) -> bool:
    folder.mkdir()
    try:
        test_no_path_differs_from_a_recount(folder, seed)
    except AssertionError:
        return True
    return False
