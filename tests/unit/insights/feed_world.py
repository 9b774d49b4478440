"""A random tenant for feeds: who did what, as the lake holds it, and who everybody is now."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from msgspec import structs

from tests.asking import asked
from tests.fakes import FakeDirectory, FakeFeed, FakeReader, FakeRows, FakeTenants
from waypost.event import Verdict
from waypost.insights.feed import Page
from waypost.insights.ports import EventStores, LakeReader
from waypost.lake.records import Changed, Landed, changed
from waypost.profiles.directory import Account, User
from waypost.tenants import Tenant
from waypost.times import DAY_MS, HOUR_MS, day
from waypost.web.api.events import events

TENANT = Tenant("t1")
NOW = 1_800_000_000_000  # 2027-01-15T08:00Z
Row = dict[str, Any]
ACCOUNTS = ["a0", "a1", "a2", "a3"]
COMPANIES = [None, None, None, "a0", "a1", "ghost"]
_KINDS: list[Row] = [{"action": "Did", "kind": None}] * 7 + [
    {"action": "sessionSync", "kind": "time"},
    {"action": None, "kind": None},
    {"action": None, "kind": "identify"},
]
# Who was somebody else's browser, and whom nobody wrote down yet.
MERGED = {"u5": "u1", "u6": "u1", "u7": "u2"}
UNKNOWN = "u9"


@dataclass
class People:
    """Accounts of users, merges, and the accounts that exist."""

    accounts: dict[str, str | None]
    merged: dict[str, str] = field(default_factory=lambda: dict(MERGED))
    existing: list[str] = field(default_factory=lambda: list(ACCOUNTS))

    def person(self, user: str) -> str:
        return self.merged.get(user, user)

    def account(self, event: Row) -> str | None:
        if event["company_id"] in self.existing:
            return str(event["company_id"])
        return self.accounts.get(self.person(event["user_id"]))

    def who(self) -> list[Row]:
        return [
            {"user_id": user, "person": (person := self.person(user)),
             "account": self.accounts[person]}
            for user in self.accounts
        ]  # fmt: skip

    def alias(self) -> list[Row]:
        return [{"company_id": account, "account": account} for account in self.existing]

    def records(self) -> list[User | Account]:
        users = [
            User(user, name=f"{user} of now", external_id=f"x-{user}", account_id=account,
                 merged_into=self.merged.get(user))
            for user, account in self.accounts.items()
        ]  # fmt: skip
        return [*(Account(account) for account in self.existing), *users]

    def directory(self) -> FakeDirectory:
        directory = FakeDirectory()
        directory.add(TENANT.id, *self.records())
        return directory

    def changes(self, version: int) -> list[Changed]:
        """Everybody as it lands when it is written."""
        return [changed(structs.replace(record, version=version)) for record in self.records()]


def people(chance: Random) -> People:
    return People({f"u{n}": chance.choice([None, *ACCOUNTS[:3]]) for n in range(9)})


def happened(chance: Random, count: int) -> list[Row]:
    """Events of some days of a year, of which about four share each millisecond."""
    moments = [
        NOW - chance.randrange(380) * DAY_MS - chance.randrange(3) * HOUR_MS
        for _ in range(count // 4)
    ]
    return [
        {
            "time": chance.choice(moments),
            "id": UUID(int=chance.getrandbits(128)),
            "user_id": chance.choice([*(f"u{n}" for n in range(8)), UNKNOWN]),
            "company_id": chance.choice(COMPANIES),
            **chance.choice(_KINDS),
            **{"weight": 1.0, "count": 1, "active_ms": 0, "module_ms": 0},
            **{"source": chance.choice(["planhat", "kinesin"]), "received": NOW},
        }
        for _ in range(count)
    ]


def rollups(rows: list[Row]) -> dict[str, list[Row]]:
    """What tells where events are, one row for each of them: rows of rollups are partial."""
    active = [row for row in rows if row["kind"] is None]

    def given(row: Row) -> Row:
        return {name: row[name] for name in ("user_id", "company_id")}

    return {
        "days": [{"day": day(row["time"]), **given(row)} for row in active],
        "totals_day": [
            {"day": day(row["time"]), "source": row["source"], "action": row["action"]}
            for row in active
        ],
        "seen": [
            {"first": row["time"], "last": row["time"], "rows": 1, **given(row)} for row in active
        ],
    }


def landed(row: Row, receipt: str) -> Landed:
    """The event as it landed; without what the lake adds to it."""
    fields = {**row, "id": row["id"].hex, "receipt": receipt, "verdict": Verdict.STORED}
    return Landed(**fields)


def fake_reader(rows: list[Row], now: People) -> FakeReader:
    reader = FakeReader(events=rows, who=now.who(), alias=now.alias(), **rollups(rows))
    reader.complete_until = NOW
    return reader


def stores(reader: LakeReader, now: People) -> EventStores:
    return EventStores(
        tenants=FakeTenants({TENANT.id: TENANT}),
        directory=now.directory(),
        rows=FakeRows(),
        feed=FakeFeed(),
        reader=reader,
        clock=lambda: NOW,
    )


def pages(stores: EventStores, **query: str | list[str]) -> Iterator[Page]:
    """Every page of a feed, the newest first."""
    page = events(TENANT.id, asked(**query), stores)
    yield page
    while page.next is not None:
        page = events(TENANT.id, asked(**query, cursor=page.next), stores)
        yield page


def problems(stores: EventStores, rows: list[Row], now: People, limit: int) -> list[str]:
    """In which feeds of users and accounts, page by page, a plain recount finds other events."""
    active = [row for row in rows if row["action"] and not row["kind"]]
    ordered = sorted(active, key=lambda row: (row["time"], row["id"].hex), reverse=True)
    wrong: list[str] = []
    for user in {now.person(user) for user in now.accounts}:
        expected = [row["id"].hex for row in ordered if now.person(row["user_id"]) == user]
        wrong += _differences(stores, expected, limit, user=user)
    for account in [*ACCOUNTS, "ghost"]:
        expected = [row["id"].hex for row in ordered if now.account(row) == account]
        wrong += _differences(stores, expected, limit, account=account)
    return wrong


def _differences(
    stores: EventStores, expected: list[str], limit: int, **whose: str
) -> Iterator[str]:
    read = list(pages(stores, limit=str(limit), **whose))
    shown = [event.id for page in read for event in page.events]
    if shown != expected:
        yield f"{whose}: {len(shown)} shown, {len(expected)} expected"
    if any(len(page.events) != limit for page in read[:-1]):
        yield f"{whose}: a page in the middle is short"
