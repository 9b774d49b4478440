"""
Random journeys: events of users who merged, of accounts they moved between, many at one moment.

What a question should say of them is told here in plain Python, event by event.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from statistics import quantiles
from typing import Any

from tests.fakes.reader import FakeReader
from tests.unit.insights import activity_world
from waypost import times
from waypost.insights.funnels import NOTHING, Funnel, Reached, Stuck, Took

Event = dict[str, Any]
Meets = Callable[[Event], bool]

BEGIN = activity_world.DAY
_USERS = [f"u{number}" for number in range(7)]
_COMPANIES = ["acme", "globex", "unknown", None]
# One company is a part of another by now.
_ACCOUNTS: dict[Any, str] = {"acme": "acme", "globex": "holding"}


@dataclass
class Journeys:
    events: list[Event]
    person: dict[str, str]
    home: dict[Any, str | None] = field(default_factory=dict)  # a person's account

    @property
    def reader(self) -> FakeReader:
        who: list[Event] = [
            {"user_id": user, "person": person, "account": self.home[person]}
            for user, person in self.person.items()
        ]
        alias: list[Event] = [
            {"company_id": own, "account": account} for own, account in _ACCOUNTS.items()
        ]
        plain = [{key: event[key] for key in event if key != "p:plan"} for event in self.events]
        return activity_world.reader(
            *plain, who=who, alias=alias, seen=self.seen(), days=self.days(), props=self.events
        )

    def seen(self) -> list[Event]:
        first: dict[tuple[Any, Any], int] = {}
        for event in self.events:
            pair = (event["user_id"], event["company_id"])
            first[pair] = min(first.get(pair, event["time"]), event["time"])
        return [
            {"user_id": user, "company_id": company, "first": time}
            for (user, company), time in first.items()
        ]

    def days(self) -> list[Event]:
        rows = [(event["time"], event["user_id"], event["company_id"]) for event in self.events]
        active = dict.fromkeys((times.day(time), user, company) for time, user, company in rows)
        return [
            {"day": day, "user_id": user, "company_id": company} for day, user, company in active
        ]

    def whose(self, event: Event, per: str) -> Any:
        person = self.person.get(event["user_id"], event["user_id"])
        if per == "person":
            return person
        return _ACCOUNTS.get(event["company_id"], self.home.get(person))

    def by(self, per: str) -> dict[str, list[Event]]:
        """The events of everybody in the order in which they happened."""
        everybody: dict[str, list[Event]] = {}
        for event in sorted(self.events, key=lambda event: event["time"]):
            whose = self.whose(event, per)
            if whose is not None:
                everybody.setdefault(whose, []).append(event)
        return everybody


def random(seed: int, events: int = 60, unit: int = 1000, span: int = 40) -> Journeys:
    """Events in so many units of time (ms) since the begin."""
    chance = Random(seed)
    # The last user is too new for the table of people; some turned out to be an earlier one.
    person = {user: user for user in _USERS[:-1]}
    for user in _USERS[2:-1]:
        if chance.random() < 0.4:
            person[user] = _USERS[chance.randrange(2)]
    home = {user: chance.choice(["acme", "holding", None]) for user in person.values()}
    made = [
        {
            "time": BEGIN + chance.randrange(span) * unit,
            "user_id": chance.choice(_USERS),
            "company_id": chance.choice(_COMPANIES),
            "action": chance.choice("abcd"),
            "p:plan": chance.choice(["pro", "free", None]),
        }
        for _ in range(events)
    ]
    return Journeys(made, person, home)


def funnel(
    journeys: Journeys, asked: Funnel, meets: list[Meets], apart: bool
) -> tuple[list[Reached], list[Stuck]]:
    """The steps and who is stuck; with steps that are `apart` no event can be two of them."""
    best = dict(_best(journeys, asked, meets, apart))
    steps = []
    for number, step in enumerate(asked.steps):
        times = [moments for moments, _ in best.values() if len(moments) > number]
        stuck = [id for id, (moments, _) in best.items() if len(moments) == number + 1]
        last = number == len(meets) - 1
        before = [moments[number] - moments[number - 1] for moments in times] if number else []
        first = [moments[number] - moments[0] for moments in times] if number else []
        count = 0 if last else len(stuck)
        steps.append(Reached(step.name, len(times), count, _spread(before), _spread(first)))
    return steps, [
        Stuck(number, id, None, journeys.home.get(id) if asked.per == "person" else id, latest)
        for number in range(1, len(meets))
        for latest, id in sorted(
            ((latest, id) for id, (moments, latest) in best.items() if len(moments) == number),
            key=lambda pair: (-pair[0], pair[1]),
        )[: asked.limit]
    ]


def _best(
    journeys: Journeys, asked: Funnel, meets: list[Meets], apart: bool
) -> Iterator[tuple[str, tuple[list[int], int]]]:
    for id, events in journeys.by(asked.per).items():
        begins = [event for event in events if meets[0](event)]
        if asked.attempts == "first":
            begins = [each for each in begins if asked.since_ever or each["time"] >= asked.start]
            begins = begins[:1]
        tried = [
            list(_attempt(begin["time"], events, asked.window, meets[1:], apart))
            for begin in begins
            if asked.start <= begin["time"] < asked.end
        ]
        if tried:
            furthest = max(map(len, tried))
            equal = [attempt for attempt in tried if len(attempt) == furthest]
            yield id, (min(equal), max(attempt[-1] for attempt in equal))


def _attempt(
    begin: int, events: list[Event], window: int, meets: list[Meets], apart: bool
) -> Iterator[int]:
    yield begin
    now = begin
    for step in meets:
        later = [
            event["time"]
            for event in events
            if step(event) and (event["time"] > now or (apart and event["time"] == now))
        ]
        if not later or later[0] > begin + window:
            return
        now = later[0]
        yield now


def _spread(values: list[int]) -> Took:
    if not values:
        return NOTHING
    if len(values) == 1:
        return values[0] / 1000, values[0] / 1000
    tenths = quantiles(values, n=10, method="inclusive")
    return round(tenths[4] / 1000, 3), round(tenths[8] / 1000, 3)
