"""Objects of the lake on the disk of a run."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from waypost.lake.ports import LakeFiles

_THREADS = 16


def fetch(keys: list[str], folder: Path, name: str, *, lake: LakeFiles) -> list[Path]:
    """Objects side by side on the disk. Raises `Gone` where one is no longer there.

    No two calls with one folder may have the same `name`.
    """
    targets = [folder / f"{name}-{number}" for number in range(len(keys))]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lake.fetch, keys, targets))
