"""
Files of the lake on the function's temporary disk, kept from one question to the next.

Files of the lake never change, so whoever knows a file's name knows its bytes. Several processes
may share a cache. A question links what it uses into a folder of its own: what is put out of the
cache meanwhile stays there until the question is done.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

import msgspec

from waypost.lake.spans import Span, joined

BOUND = 2_000_000_000  # bytes, of the 4 GB that a function has
_SLACK = 16  # the part of the bound that may come in before it is looked at again
_BLOCK = 512  # bytes, of which the kernel counts how many a file takes
_PART, _HELD, _LOCK = ".part", ".held", "lock"

_spans = msgspec.json.Decoder(list[Span])


class FileCache:
    """Whole files, and files of which some spans are held. It takes at most `bound` bytes; what
    was not used for longest goes first.
    """

    def __init__(self, folder: Path, bound: int = BOUND) -> None:
        self._folder = folder
        self._bound = bound
        self._added = bound  # a folder that was there before is looked at first
        self._counting = threading.Lock()

    def take(self, name: str, path: Path) -> bool:
        """Links a whole file to `path`; False where it is not here."""
        with suppress(FileNotFoundError):
            os.link(self._place(name), path)
            os.utime(path)
            return True
        return False

    def take_part(self, name: str, path: Path, size: int) -> list[Span]:
        """Links a file of which some spans are here to `path`, or makes one without any."""
        with self._locked():
            try:
                os.link(self._place(name, _PART), path)
                os.utime(path)
                return self._held(name)
            except FileNotFoundError:
                path.touch()
                os.truncate(path, size)
                return []

    def keep(self, name: str, path: Path) -> None:
        """Takes in a whole file that was fetched."""
        with self._locked(), suppress(FileExistsError):
            os.link(path, self._place(name))
        self._make_room(_taken(path.stat()))

    def keep_part(self, name: str, path: Path, spans: list[Span], added: int) -> None:
        """Takes in that these spans of a file have been fetched, of which `added` bytes are new.

        What stands here may be another process's file meanwhile: then that one is the better known.
        """
        part = self._place(name, _PART)
        with self._locked():
            if not part.exists():
                self._place(name, _HELD).unlink(missing_ok=True)
                os.link(path, part)
            if part.samefile(path):
                self._write_held(name, joined([*self._held(name), *spans]))
        self._make_room(added)

    def _held(self, name: str) -> list[Span]:
        try:
            return _spans.decode(self._place(name, _HELD).read_bytes())
        except FileNotFoundError:
            return []

    def _write_held(self, name: str, spans: list[Span]) -> None:
        fresh = self._place(name, f".{os.getpid()}")
        fresh.write_bytes(msgspec.json.encode(spans))
        fresh.rename(self._place(name, _HELD))

    def _make_room(self, added: int) -> None:
        with self._counting:
            self._added += added
            if self._added < self._bound // _SLACK:
                return
            self._added = 0
        with self._locked():
            self._evict(self._bound - self._bound // _SLACK)

    def _evict(self, bound: int) -> None:
        found = [(entry.stat(), entry.name) for entry in os.scandir(self._folder)]
        total = sum(_taken(status) for status, _ in found)
        for status, name in sorted(found, key=lambda each: each[0].st_mtime_ns):
            if total <= bound:
                break
            if name == _LOCK or name.endswith(_HELD):
                continue
            # First what says that the bytes are there, should the process end in between.
            (self._folder / name).with_suffix(_HELD).unlink(missing_ok=True)
            (self._folder / name).unlink(missing_ok=True)
            total -= _taken(status)

    def _place(self, name: str, suffix: str = "") -> Path:
        return self._folder / (_hash(name) + suffix)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """What several processes would do to the same entry, one after the other."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _hash(name: str) -> str:
    return blake2b(name.encode(), digest_size=16).hexdigest()


def _taken(status: os.stat_result) -> int:
    """The bytes on disk: a file with holes takes less than its size."""
    return status.st_blocks * _BLOCK
