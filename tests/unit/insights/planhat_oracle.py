"""Planhat's lists told once more in plain Python, over people and questions drawn at random."""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from tests.fakes import FakeReader
from waypost.insights.planhat_lists import PlanhatLists
from waypost.lake.plans import Plan
from waypost.lake.reader import Opened
from waypost.profiles.directory import Account, User
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.profiles.planhat.listings import Listing
from waypost.profiles.planhat.records import Model, Record

TENANT = "t-1"
SEEDS = range(8)
_QUESTIONS = 10
_EVERYBODY = Plan({"users": None, "accounts": None})
_VALUES: list[Any] = [
    *(0, 1, 10, 9, -3, 2**53 + 1, 2**64, -(10**30), 1.0, 1.5, -0.0, 1e16, 1e-7, 5e300),
    *(True, False, "1", "1.0", "true", "True", "x", "X", "é", "\U0001f600", "", "[1]", "a\0b"),
    *(["t"], ["t", "u"], [1, True, None, 1.5], [1], [], [["t"]], {"a": 1}, {"a": 1.0}, {}),
]  # fmt: skip
# Of some fields the values are close to each other.
_CLOSE: dict[str, list[Any]] = {
    "score": [0, -0.0, 0.0, False, True, 1, 1.0, "0", "x", [0]],
    "custom": [{"a": True}, {"a": [1]}, {"a": None}, [True], ["t"], [None], "[true]", "[True]"],
}
_TRAITS = [
    *("score", "tags", "custom", "createDate", "a/b", "a~1b", 'q"', "*", "$.score", "0", ""),
    *("name", "email", "companyId", "externalId", "_id"),
]  # fmt: skip
_FIELDS = [*_TRAITS, "sourceId", "nowhere"]
_ACCOUNTS = ["acme", "Acme", "ümlaut", "f" * 8 + "0123456789abcdef", "f" * 24, "a\0b", "gone"]


class Standing:
    """A lake that was opened once. Each question has a connection of its own."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    @contextmanager
    def open(self, _tenant: str, _plan: Plan) -> Iterator[Opened]:
        with self._opened.db.cursor() as db:
            yield Opened(db, 0)


class People:
    """The users and accounts of a tenant."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.profiles: dict[str, list[Any]] = {
            "accounts": [self._account(id) for id in _ACCOUNTS[:-1]]
            + [self._account(f"c-{n}") for n in range(20)],
            "users": [self._user(n) for n in range(30)],
        }

    @contextmanager
    def standing(self) -> Iterator[PlanhatLists]:
        """The lists of these people. They are written down once, not for each question."""
        rows = {table: list(map(_row, some)) for table, some in self.profiles.items()}
        with FakeReader(**rows).open(TENANT, _EVERYBODY) as opened:
            yield PlanhatLists(Standing(opened))

    def records(self, model: Model) -> list[Record]:
        profiles = self.profiles["accounts" if model is COMPANIES else "users"]
        there = (some for some in profiles if not getattr(some, "merged_into", None))
        return [model.record(TENANT, some) for some in there]

    def question(self, model: Model) -> Listing:
        few, several = self.random.choice([0, 0, 1, 2]), self.random.randrange(1, 6)
        filters = {
            self.random.choice(_FIELDS): frozenset(self._text(model) for _ in range(several))
            for _ in range(few)
        }
        return Listing(
            limit=self.random.choice([1, 3, 100]),
            offset=self.random.choice([0, 0, 2, 20]),
            sort=self.random.choice(["_id", *_CLOSE, *_CLOSE, *_FIELDS]),
            descending=self.random.random() < 0.5,
            select=tuple(dict.fromkeys(self.random.choices(["_id", *_FIELDS], k=3))),
            filters=filters,
        )

    def _text(self, model: Model) -> str:
        """What somebody may ask a field by: mostly how the value of some record is written."""
        record = self.random.choice(self.records(model))
        values = [value for value in record.values() if value is not None]
        return self.random.choice([*texts(self.random.choice(values)), "true", "t", "1"])

    def _account(self, id: str) -> Account:
        name = self.random.choice([None, "", "N", "M"])
        return Account(id, created=self._moment(), name=name, traits=self._traits())

    def _user(self, n: int) -> User:
        return User(
            f"u_{self.random.randbytes(12).hex()}",
            created=self._moment(),
            external_id=self.random.choice([None, f"x-{n}"]),
            email=self.random.choice([None, f"{n}@example.com"]),
            name=self.random.choice([None, "Ann", "Bob"]),
            account_id=self.random.choice([None, *_ACCOUNTS]),
            traits=self._traits(),
            merged_into=self.random.choice([None, None, None, "u_somebody"]),
        )

    def _traits(self) -> dict[str, Any]:
        names = self.random.sample(_TRAITS, k=self.random.randrange(len(_TRAITS)))
        return {name: self.random.choice(_CLOSE.get(name, _VALUES)) for name in names}

    def _moment(self) -> int:
        return self.random.choice([0, 1_795_176_000_123, 1_795_176_000_120, 999])


def differences(seeds: Iterable[int] = SEEDS) -> Iterator[str]:
    """Where the lists and the oracle do not say the same."""
    for people in map(People, seeds):
        with people.standing() as lists:
            for model in [COMPANIES, ENDUSERS] * _QUESTIONS:
                asked = people.question(model)
                expected = page(people.records(model), asked)
                # As text, in which 1, 1.0 and True are three values.
                if repr(listed(lists, model, asked)) != repr(expected):
                    yield f"{model.name} {asked}"
                some = [{name: record.get(name) for name in asked.select} for record in expected]
                if repr(list(lists.fields(model, TENANT, asked))) != repr(some):
                    yield f"fields of {model.name} {asked}"


def listed(lists: PlanhatLists, model: Model, asked: Listing) -> list[Record]:
    return [model.record(TENANT, profile) for profile in lists.page(model, TENANT, asked)]


def page(records: list[Record], asked: Listing) -> list[Record]:
    """The page that is asked for, in the plainest way there is."""
    for name, wanted in asked.filters.items():
        records = [record for record in records if wanted & set(texts(record.get(name)))]
    records = sorted(records, key=lambda record: record["_id"], reverse=asked.descending)
    numbers = [record for record in records if isinstance(record.get(asked.sort), int | float)]
    numbers.sort(key=lambda record: float(record[asked.sort]), reverse=asked.descending)
    nothing = [record for record in records if record.get(asked.sort) is None]
    words = [record for record in records if record not in numbers and record not in nothing]
    words.sort(key=lambda record: str(record[asked.sort]), reverse=asked.descending)
    there = [*words, *numbers] if asked.descending else [*numbers, *words]
    return [*there, *nothing][asked.offset :][: asked.limit]


def texts(value: Any) -> list[str]:
    """The texts by which a value is asked for."""
    if isinstance(value, list):
        return [str(entry) for entry in value]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [] if value is None else [str(value)]


def _row(profile: User | Account) -> dict[str, Any]:
    traits = msgspec.json.encode(profile.traits).decode()
    return msgspec.structs.asdict(profile) | {"traits": traits, "traits_at": "{}"}
