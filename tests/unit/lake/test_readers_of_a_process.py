"""What the readers of one process share."""

from pathlib import Path

import pytest

from tests import composed
from waypost.lake import scratch
from waypost.lake.limits import UNLIMITED
from waypost.services import lakes, tables


def test_all_readers_of_a_process_keep_their_files_in_one_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[Path] = []

    def of_process() -> Path:
        made.append(tmp_path)
        return tmp_path

    composed.forget()
    monkeypatch.setattr(scratch, "of_process", of_process)
    monkeypatch.setattr(lakes, "lake", lambda: None)
    monkeypatch.setattr(tables, "manifests", lambda: None)

    for _ in range(3):
        lakes.reader_within(UNLIMITED)

    assert made == [tmp_path]
    monkeypatch.undo()
    composed.forget()
