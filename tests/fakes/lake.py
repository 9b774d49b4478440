"""Lake: landing and Parquet objects, and the numbers published from them."""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec

from waypost import times
from waypost.errors import Gone, Unavailable
from waypost.lake import records as lake
from waypost.lake.last_seen import Month, Presence
from waypost.lake.manifests import Manifest
from waypost.lake.records import Landed, LandingObject
from waypost.lake.rollups import RollupRow
from waypost.lake.tables import HEAD
from waypost.profiles.directory import Account, User


class FakeLake:
    """A bucket: `in` and `len` look at the keys of its objects."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.announced: set[tuple[str, str]] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.objects

    def __len__(self) -> int:
        return len(self.objects)

    def announce(self, tenants: list[str], now: int) -> None:
        self.announced.update((tenant, times.hour(now)) for tenant in tenants)

    def put_landing(
        self, tenant: str, records: list[Landed], now: int, names: list[str], counts: dict[str, int]
    ) -> None:
        self.objects[lake.landing_key(tenant, now, names, counts)] = lake.pack(records)

    def landing(self, tenant: str, hour: str) -> list[LandingObject]:
        return self._landed(f"landing/{tenant}/", hour)

    def put_changes(
        self, tenant: str, people: Sequence[User | Account], now: int, *, gone: bool = False
    ) -> None:
        if people:
            changes = [lake.changed(thing, gone=gone) for thing in people]
            data = lake.pack(changes)
            self.objects[lake.changes_key(tenant, now, changes, data)] = data

    def changes(self, tenant: str, hour: str) -> list[LandingObject]:
        return self._landed(f"changes/{tenant}/", hour)

    def _landed(self, prefix: str, hour: str) -> list[LandingObject]:
        keys = sorted(key for key in self.objects if key.startswith(prefix))
        found = [lake.listed(key, len(self.objects[key])) for key in keys]
        return [landing for landing in found if landing.hour >= hour]

    def of_month(self, tenant: str, month: str) -> list[str]:
        place = f"/tenant_id={tenant}/month={month}/"
        return [key for key in sorted(self.objects) if place in key]

    def of_head(self, tenant: str) -> list[str]:
        prefixes = tuple(f"{table}/tenant_id={tenant}/" for table in HEAD)
        return [key for key in sorted(self.objects) if key.startswith(prefixes)]

    def fetch(self, key: str, path: Path) -> Path:
        if key not in self.objects:
            raise Gone
        path.write_bytes(self.objects[key])
        return path

    def fetch_range(self, key: str, start: int, end: int) -> bytes:
        if key not in self.objects:
            raise Gone
        return self.objects[key][start:end]

    def put_file(self, key: str, path: Path) -> int:
        self.objects[key] = path.read_bytes()
        return len(self.objects[key])

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.objects.pop(key, None)


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
