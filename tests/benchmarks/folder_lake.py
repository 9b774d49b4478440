"""A lake in folders: the keys of its objects are paths in it, its manifests are in memory."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from tests.benchmarks.lake_files import Lake
from tests.fakes import MemoryTable
from waypost import times
from waypost.errors import Gone
from waypost.lake import records
from waypost.lake.records import LandingObject
from waypost.storage.manifests_table import DynamoManifests


class FolderLake:
    """The objects of a folder, and those that are put, in another.

    What landed in a later hour than `clock` (epoch ms) tells is not there yet.
    """

    def __init__(self, folder: Path, clock: Callable[[], int], own: Path | None = None) -> None:
        self._folders = [folder] if own is None else [folder, own]
        self._clock = clock

    def landing(self, tenant: str, hour: str) -> list[LandingObject]:
        return self._landed("landing", tenant, hour)

    def changes(self, tenant: str, hour: str) -> list[LandingObject]:
        return self._landed("changes", tenant, hour)

    def _landed(self, kind: str, tenant: str, hour: str) -> list[LandingObject]:
        until = times.hour(self._clock())
        return [
            records.listed(key, path.stat().st_size)
            for key, path in self._under(f"{kind}/{tenant}")
            if hour <= path.parent.name <= until
        ]

    def of_month(self, tenant: str, month: str) -> list[str]:
        return [key for key, _ in self._under("") if f"{tenant}/month={month}/" in key]

    def of_head(self, tenant: str) -> list[str]:
        keys = [key for key, _ in self._under("") if f"/tenant_id={tenant}/" in key]
        return [key for key in keys if "/month=" not in key]

    def _under(self, prefix: str) -> list[tuple[str, Path]]:
        """The objects whose keys begin so, by key."""
        return sorted(
            (str(path.relative_to(folder)), path)
            for folder in self._folders
            for path in (folder / prefix).rglob("*")
            if path.is_file()
        )

    def fetch(self, key: str, path: Path) -> Path:
        return Path(shutil.copyfile(self._path(key), path))

    def fetch_range(self, key: str, start: int, end: int) -> bytes:
        with self._path(key).open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    def put_file(self, key: str, path: Path) -> int:
        target = self._folders[-1] / key
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        return target.stat().st_size

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            (self._folders[-1] / key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        for folder in self._folders:
            if (folder / key).exists():
                return folder / key
        raise Gone


def manifests(tenant: str, lake: Lake) -> DynamoManifests:
    """The manifests of a lake that was written, as runs would have published them."""
    store = DynamoManifests(MemoryTable())  # type: ignore[arg-type]
    for month in lake.months:
        assert store.put_month(tenant, msgspec.structs.replace(month, version=1))
    assert store.put_head(tenant, msgspec.structs.replace(lake.head, version=1))
    return store
