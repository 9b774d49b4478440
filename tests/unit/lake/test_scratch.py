"""A killed run's files do not fill the disk of the next one."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.lake.folding import Lake, landed
from waypost.lake import scratch

RUN = """
import sys, time
from waypost.lake import scratch
with scratch.folder() as folder:
    (folder / "fold.duckdb").write_bytes(bytes(4096))
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary disk of one sandbox."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def a_run_elsewhere() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process in the middle of a run, and its folder."""
    process = subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
    finally:
        process.kill()
        process.communicate()


def killed_run() -> Path:
    """The folder of a process that was killed in the middle of its run."""
    with a_run_elsewhere() as (process, left):
        process.send_signal(signal.SIGKILL)
        process.wait()
    return left


def test_a_folder_is_gone_after_its_run(disk: Path) -> None:
    with scratch.folder() as folder:
        (folder / "landing").write_bytes(b"rows")

    assert list(disk.iterdir()) == []


def test_a_folder_is_gone_after_a_run_that_failed(disk: Path) -> None:
    with pytest.raises(RuntimeError), scratch.folder():
        raise RuntimeError("out of memory")

    assert list(disk.iterdir()) == []


def test_what_a_killed_run_left_is_removed_when_the_next_one_begins() -> None:
    left = killed_run()
    assert (left / "fold.duckdb").exists(), "nothing was left, so nothing is shown"

    with scratch.folder():
        assert not left.exists()


def test_the_folder_of_a_run_that_lives_stays() -> None:
    with a_run_elsewhere() as (_, held), scratch.folder() as folder:
        assert (held / "fold.duckdb").exists()
        assert folder != held


def test_the_folders_of_two_runs_in_one_process_stay() -> None:
    with scratch.folder() as outer:
        with scratch.folder():
            pass

        assert outer.exists()


def test_runs_that_begin_together_keep_their_folders() -> None:
    def run(number: int) -> bool:
        with scratch.folder() as folder:
            (folder / "landing").write_text(str(number))
            return (folder / "landing").read_text() == str(number)

    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(run, range(400)))

    assert all(kept)


def test_the_hourly_run_removes_what_an_earlier_one_left(disk: Path) -> None:
    killed_run()
    lake = Lake()
    lake.land(landed("e1", "r1"))

    report = lake.run()

    assert report.days == 1
    assert list(disk.iterdir()) == []


def test_a_folder_of_a_process_is_there_until_it_ends(disk: Path) -> None:
    program = """
from waypost.lake import scratch
folder = scratch.of_process()
(folder / "kept").write_bytes(b"file")
with scratch.folder():
    pass
print(folder, (folder / "kept").exists())
"""

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    folder, kept = done.stdout.split()
    assert (Path(folder).parent, kept) == (disk, "True")
    assert list(disk.iterdir()) == []
