"""Objects of the lake on the disk of a run."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from waypost.lake import views
from waypost.lake.months import File
from waypost.lake.ports import LakeFiles
from waypost.lake.views import Source

_THREADS = 16


def fetch(keys: list[str], folder: Path, name: str, *, lake: LakeFiles) -> list[Path]:
    """Objects side by side on the disk. Raises `Gone` where one is no longer there.

    No two calls with one folder may have the same `name`.
    """
    targets = [folder / f"{name}-{number}" for number in range(len(keys))]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lake.fetch, keys, targets))


def own_days(
    table: str, files: list[File], folder: Path, name: str, *, lake: LakeFiles
) -> list[Source]:
    """Files of a table on the disk, each with the days that are its own; as `fetch`."""
    paths = fetch([file.key for file in files], folder, name, lake=lake)
    return [
        Source(path, views.days_of(table, file, None, None))
        for path, file in zip(paths, files, strict=True)
    ]
