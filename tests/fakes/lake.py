"""Lake: what landed, and the files of the lake."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from waypost import times
from waypost.errors import Gone
from waypost.lake import records as lake
from waypost.lake.records import Landed, LandingObject
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
