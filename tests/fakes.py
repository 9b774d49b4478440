"""
In-memory stores that keep the promises of the packages' `ports`.

`tests/integration/test_store_contract.py` runs one suite over these and over the real stores, so
every other test may trust them. What is read from a store is a copy, as it is from AWS.
"""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import md5
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from waypost import times
from waypost.errors import Unavailable
from waypost.event import Event, Reject
from waypost.ingest import batches
from waypost.ingest.arrivals import First
from waypost.ingest.batches import BatchRecord, PartRecord
from waypost.ingest.messages import Message, Pointer, queue_body, read_frame, read_queue
from waypost.ingest.schema import Schema
from waypost.lake import records as lake
from waypost.lake.last_seen import Month, Presence
from waypost.lake.manifests import Manifest
from waypost.lake.records import FeedPage, Landed, LandingObject, ParquetObject
from waypost.lake.rollups import RollupRow
from waypost.profiles.directory import Account, Change, Placement, User, View, user_keys
from waypost.profiles.ports import DirectoryConflict
from waypost.tenants import Tenant


class FixedClock:
    """Epoch milliseconds that only a test moves."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def tick(self, ms: int) -> None:
        self.now += ms


class FakeTenants(dict[str, Tenant]):
    """Tenants by id; `get` is the dictionary's own."""


@dataclass
class FakeOutbox:
    """What is on its way to `match`: (tenant, queue body) in order, and chunk objects by key."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    chunks: dict[str, bytes] = field(default_factory=dict)

    def send(self, tenant: str, messages: list[bytes] | list[Pointer]) -> None:
        self.sent += [(tenant, queue_body(message)) for message in messages]

    def put_chunk(self, key: str, data: bytes) -> None:
        self.chunks[key] = data

    def read(self, body: str) -> Message:
        """The message that a queue body holds or points at."""
        queued = read_queue(body)
        return queued if isinstance(queued, Message) else FakeInbox(self.chunks).read_chunk(queued)


@dataclass
class FakeInbox:
    """The inbox bucket: files by key, and the chunks of an outbox where it is given those."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def read_chunk(self, pointer: Pointer) -> Message:
        last = pointer.offset + pointer.length
        return read_frame(self.objects[pointer.key][pointer.offset : last])

    def open(self, key: str) -> tuple[BinaryIO, int]:
        return BytesIO(self.objects[key]), len(self.objects[key])


_RowKey = tuple[str, str, int, str]


@dataclass(frozen=True)
class _EventRow:
    receipt: str
    n: int
    digest: str | None
    event: Event


class FakeRows:
    """Event rows as a door and as `match` write them; `in` asks for an event id."""

    def __init__(self) -> None:
        self._rows: dict[_RowKey, _EventRow] = {}
        self._times: dict[tuple[str, str], int] = {}

    def __contains__(self, id: str) -> bool:
        return any(key[3] == id for key in self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def put_first(self, tenant: Tenant, event: Event, line: bytes, receipt: str) -> bool:
        shown = msgspec.json.decode(line, type=Event)
        return self._put(tenant, event, shown, receipt)

    def claim(self, tenant: Tenant, arrivals: list[tuple[str, Event]]) -> dict[str, First]:
        for receipt, event in arrivals:
            self._put(tenant, event, deepcopy(event), receipt)
        first_of: dict[str, First] = {}
        for _, event in arrivals:
            row = self._rows[_row_key(tenant, event)]
            first_of.setdefault(event.id, First(row.receipt, row.n, row.digest))
        return first_of

    def first_times(self, tenant: Tenant, events: list[Event]) -> dict[str, int]:
        return {one.id: self._times.setdefault((tenant.id, one.id), one.time) for one in events}

    def replace(self, tenant: Tenant, receipt: str, event: Event) -> None:
        standing = self._rows.get(_row_key(tenant, event))
        if standing is None or standing.receipt <= receipt:
            row = _EventRow(receipt, event.n, event.digest, deepcopy(event))
            self._rows[_row_key(tenant, event)] = row

    def of_user(
        self, tenant: str, pointers: list[str], before: str | None, limit: int
    ) -> list[tuple[str, Event]]:
        events = {
            f"{time:015d}#{id}": deepcopy(row.event)
            for (owner, pointer, time, id), row in self._rows.items()
            if owner == tenant and pointer in pointers
        }
        older = [pair for pair in events.items() if before is None or pair[0] < before]
        return sorted(older, key=lambda pair: pair[0], reverse=True)[:limit]

    def days_of(self, tenant: str, pointers: list[str]) -> set[str]:
        return {times.day(key[2]) for key in self._rows if key[0] == tenant and key[1] in pointers}

    def _put(self, tenant: Tenant, event: Event, shown: Event, receipt: str) -> bool:
        row = _EventRow(receipt, event.n, event.digest, shown)
        return self._rows.setdefault(_row_key(tenant, event), row) is row


def _row_key(tenant: Tenant, event: Event) -> _RowKey:
    pointer = (user_keys(event) or [f"g:{event.company_id}"])[0]
    return tenant.id, pointer, event.time, event.id


@dataclass
class FakeDirectory:
    """Users, pointers, accounts and domains, each under (tenant, id)."""

    users: dict[tuple[str, str], User] = field(default_factory=dict)
    pointers: dict[tuple[str, str], str] = field(default_factory=dict)
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    domains: dict[tuple[str, str, str], str] = field(default_factory=dict)
    placed: dict[tuple[str, str], Placement] = field(default_factory=dict)
    hour: str = "9999-12-31T23"

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        keys = {key for event in events for key in user_keys(event)}
        pointers = {k: self.pointers[tenant.id, k] for k in keys if (tenant.id, k) in self.pointers}
        users = [self.users[tenant.id, id] for id in set(pointers.values())]
        wanted = {(tenant.id, event.company_id) for event in events}
        accounts = [account for key, account in self.accounts.items() if key in wanted]
        return View(
            pointers=pointers,
            users=deepcopy(users),
            accounts=deepcopy(accounts),
            domains=self._domains(tenant.id),
        )

    def _domains(self, tenant: str) -> dict[str, dict[str, int]]:
        totals: dict[str, dict[str, int]] = {}
        for (owner, domain, _), account in self.domains.items():
            if owner == tenant:
                counts = totals.setdefault(domain, {})
                counts[account] = counts.get(account, 0) + 1
        return totals

    def commit(self, tenant: str, change: Change) -> None:
        for account in change.accounts.values():
            self._put_account(tenant, account)
        for (domain, user_id), account_id in change.domains.items():
            self.domains[tenant, domain, user_id] = account_id
        for id, placement in change.placed.items():
            self.placed[tenant, id] = msgspec.structs.replace(placement, hour=self.hour)
        if any((tenant, key) in self.pointers for key in change.pointers):
            raise DirectoryConflict
        if any(self.pointers.get((tenant, k)) != before for k, (before, _) in change.moved.items()):
            raise DirectoryConflict
        for user in change.users.values():
            standing = self.users.get((tenant, user.id))
            if user.version != (standing.version if standing else 0):
                raise DirectoryConflict
        for user in change.users.values():
            user.version += 1
            self.users[tenant, user.id] = deepcopy(user)
        self.pointers |= {(tenant, key): id for key, id in change.pointers.items()}
        self.pointers |= {(tenant, key): after for key, (_, after) in change.moved.items()}

    def placements(self, tenant: str) -> list[Placement]:
        return [deepcopy(one) for (owner, _), one in self.placed.items() if owner == tenant]

    def _put_account(self, tenant: str, account: Account) -> None:
        standing = self.accounts.get((tenant, account.id))
        seen = account.version
        account.version += 1
        if standing is not None and not seen and not account.traits and account.name is None:
            return
        if seen != (standing.version if standing else 0):
            raise DirectoryConflict
        self.accounts[tenant, account.id] = deepcopy(account)


@dataclass
class FakeLedger:
    """Rejects by (tenant, receipt, part): a message's entry is written whole."""

    entries: dict[tuple[str, str, int], list[Reject]] = field(default_factory=dict)

    def put(self, tenant: Tenant, message: Message, rejects: list[Reject]) -> None:
        self.entries[tenant.id, message.receipt, message.part] = deepcopy(rejects)

    def of_receipt(self, tenant: str, receipt: str) -> Iterator[Reject]:
        for owner, name, part in sorted(self.entries):
            if (owner, name) == (tenant, receipt):
                yield from deepcopy(self.entries[owner, name, part])


class FakeFeed:
    """The live feed and the feeds of accounts, an item per `put`."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str | None], dict[str, list[Landed]]] = {}

    def put(self, tenant: Tenant, records: list[Landed], now: int, ids: list[str]) -> None:
        cursor = f"{now:015d}#{lake.digest(ids)}"
        accounts = {record.account_id for record in records if record.account_id is not None}
        for account in (None, *accounts):
            some = [one for one in records if account in (None, one.account_id)]
            if some:
                items = self._items.setdefault((tenant.id, account), {})
                items[cursor] = sorted(deepcopy(some), key=lambda record: record.time)

    def pages(
        self, tenant: str, account: str | None, *, after: str | None, before: str | None
    ) -> Iterator[FeedPage]:
        for cursor, records in sorted(self._items.get((tenant, account), {}).items(), reverse=True):
            if (after is None or cursor > after) and (before is None or cursor < before):
                yield FeedPage(cursor, deepcopy(records))


@dataclass
class FakeBatches:
    """Batches and what `match` did with each part."""

    records: dict[tuple[str, str], BatchRecord] = field(default_factory=dict)
    parts: dict[tuple[str, str, int], PartRecord] = field(default_factory=dict)

    def put(self, tenant: str, record: BatchRecord) -> None:
        self.records[tenant, record.id] = deepcopy(record)

    def open(self, tenant: str, record: BatchRecord) -> BatchRecord:
        return deepcopy(self.records.setdefault((tenant, record.id), deepcopy(record)))

    def get(self, tenant: str, batch: str) -> BatchRecord | None:
        return deepcopy(self.records.get((tenant, batch)))

    def put_part(self, tenant: str, message: Message, part: PartRecord) -> None:
        self.parts[tenant, message.receipt, message.part] = deepcopy(part)

    def progress(self, tenant: str, batch: str) -> dict[str, object] | None:
        record = self.records.get((tenant, batch))
        mine = [part for key, part in self.parts.items() if key[:2] == (tenant, batch)]
        return batches.progress(record, mine) if record else None


@dataclass
class FakeSchemas:
    """The types of property keys, by tenant; what was read once is read again only `fresh`."""

    known: dict[str, Schema] = field(default_factory=dict)
    remembered: dict[str, Schema] = field(default_factory=dict)

    def get(self, tenant: str, *, fresh: bool = False) -> Schema:
        if fresh or tenant not in self.remembered:
            self.remembered[tenant] = self.known.get(tenant, Schema())
        return deepcopy(self.remembered[tenant])

    def put(self, tenant: str, schema: Schema) -> bool:
        if self.known.get(tenant, Schema()).version != schema.version:
            return False
        grown = msgspec.structs.replace(schema, version=schema.version + 1)
        self.known[tenant] = self.remembered[tenant] = deepcopy(grown)
        return True


class FakeLake:
    """A bucket: `in` and `len` look at the keys of its objects."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def __contains__(self, key: str) -> bool:
        return key in self.objects

    def __len__(self) -> int:
        return len(self.objects)

    def put_landing(
        self, tenant: str, records: list[Landed], now: int, ids: list[str], counts: dict[str, int]
    ) -> None:
        self.objects[lake.landing_key(tenant, now, ids, counts)] = lake.pack(records)

    def landing(self, tenant: str, hour: str) -> list[LandingObject]:
        keys = sorted(key for key in self.objects if key.startswith(f"landing/{tenant}/"))
        return [
            LandingObject(key, landed, bytes.fromhex(name.split(".")[0]), lake.counts_in(key))
            for key, (_, _, landed, name) in ((key, key.split("/")) for key in keys)
            if landed >= hour
        ]

    def parquet(self, tenant: str, day: str) -> list[ParquetObject]:
        placed = ((key, key.split("/")) for key in sorted(self.objects))
        return [
            ParquetObject(key, parts[1], day, parts[4], _etag(self.objects[key]))
            for key, parts in placed
            if parts[0] == "parquet" and parts[2:4] == [tenant, day]
        ]

    def fetch(self, key: str, path: Path) -> Path:
        path.write_bytes(self.objects[key])
        return path

    def put_parquet(
        self, tenant: str, kind: str, day: str, hour: str, path: Path, seen: str | None
    ) -> bool:
        key = f"parquet/{kind}/{tenant}/{day}/{hour}"
        standing = _etag(self.objects[key]) if key in self.objects else None
        if standing != seen:
            return False
        self.objects[key] = path.read_bytes()
        return True


def _etag(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()


class FakeMetrics:
    """Published numbers. A run that finds its own name after a refused put has won."""

    def __init__(self) -> None:
        self.heads: dict[tuple[str, str], Manifest] = {}
        self.read: dict[str, tuple[str, frozenset[bytes]]] = {}
        self._cubes: dict[tuple[str, str, str], list[RollupRow]] = {}
        self._months: dict[tuple[str, str], tuple[Month, Presence]] = {}

    def watermark(self, tenant: str) -> tuple[str, frozenset[bytes]]:
        return self.read.get(tenant, ("", frozenset()))

    def put_watermark(self, tenant: str, hour: str, done: frozenset[bytes]) -> None:
        self.read[tenant] = (hour, done)

    def manifests(
        self, tenant: str, first: str | None = None, last: str | None = None
    ) -> list[Manifest]:
        return [
            deepcopy(head)
            for (owner, day), head in sorted(self.heads.items())
            if owner == tenant and (first or day) <= day <= (last or day)
        ]

    def claim(self, tenant: str, manifest: Manifest, run: str, hours: set[str]) -> Manifest | None:
        claimed = _next(manifest, claim=run, rewriting=sorted(hours))
        won = self._put(tenant, claimed) or self.heads[tenant, manifest.day] == claimed
        return claimed if won else None

    def publish(self, tenant: str, manifest: Manifest, rows: list[RollupRow]) -> bool:
        run = manifest.claim
        self._cubes[tenant, manifest.day, run] = deepcopy(rows)
        final = _next(manifest, run=run, chunks=1, claim="", rewriting=[])
        return self._put(tenant, final) or self.heads[tenant, manifest.day].run == run

    def _put(self, tenant: str, head: Manifest) -> bool:
        standing = self.heads.get((tenant, head.day), Manifest(head.day))
        if standing.version == head.version - 1:
            self.heads[tenant, head.day] = deepcopy(head)
            return True
        return False

    def cube(self, tenant: str, manifest: Manifest) -> Iterator[RollupRow]:
        if not manifest.run:
            return iter(())
        rows = self._cubes.get((tenant, manifest.day, manifest.run))
        if rows is None:
            raise Unavailable("the numbers were republished while being read; ask again")
        return iter(deepcopy(rows))

    def months(self, tenant: str) -> list[Month]:
        return [deepcopy(head) for (owner, _), (head, _) in self._months.items() if owner == tenant]

    def publish_month(self, tenant: str, month: Month, folded: Presence, run: str) -> None:
        standing = self._months.get((tenant, month.month))
        if standing is None or standing[0].fence < month.fence:
            head = msgspec.structs.replace(month, run=run, chunks=1)
            self._months[tenant, month.month] = (head, deepcopy(folded))

    def presence(self, tenant: str) -> Presence:
        presence = Presence({}, {})
        for (owner, _), (_, month) in sorted(self._months.items()):
            if owner == tenant:
                _join(presence.users, month.users.items())
                _join(presence.accounts, month.accounts.items())
        return presence


def _next(manifest: Manifest, **fields: Any) -> Manifest:
    return msgspec.structs.replace(manifest, version=manifest.version + 1, **fields)


def _join(known: dict[str, Any], more: Iterable[tuple[str, Any]]) -> None:
    for id, seen in deepcopy(list(more)):
        known[id].join(seen) if id in known else known.update({id: seen})
