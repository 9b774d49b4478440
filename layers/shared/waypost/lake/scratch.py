"""Folders for the files of one run, and the end of those whose process was killed."""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "waypost-scratch-"


@contextmanager
def folder(home: Path | None = None) -> Iterator[Path]:
    """A temporary folder, in `home` or where such folders lie, gone afterwards; what killed
    processes left is removed first.

    A function that is killed leaves its folder to the next run in the same sandbox, up to the
    whole disk. A folder is somebody's while its lock is held, and the kernel lets go of the lock
    when its process ends, however it ends: so runs side by side leave each other's alone.
    """
    home = home or Path(tempfile.gettempdir())
    _remove_leftovers(home)
    path, lock = _locked_folder(home)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def of_process() -> Path:
    """A temporary folder that lasts as long as the process, however that ends."""
    home = Path(tempfile.gettempdir())
    _remove_leftovers(home)
    path, _ = _locked_folder(home)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _locked_folder(home: Path) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
        # Before it has its lock another run may take it for a leftover: then here is a new one.
        with suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                return path, lock
            os.close(lock)


def _remove_leftovers(home: Path) -> None:
    # A pattern would be matched against whatever else lies there, before each question.
    for path in [home / name for name in os.listdir(home) if name.startswith(_PREFIX)]:
        # Another user's, or gone by now: nothing to do.
        with suppress(OSError):
            lock = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)
