"""Cache: files of the lake from one question to the next, bounded, and shared by processes."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from waypost.lake.cache import FileCache

BOUND = 1_000_000
BLOCK = 4_096


@pytest.fixture
def cache(tmp_path: Path) -> FileCache:
    return FileCache(tmp_path / "cache", BOUND)


@pytest.fixture
def question(tmp_path: Path) -> Path:
    folder = tmp_path / "question"
    folder.mkdir()
    return folder


def test_a_file_that_was_kept_is_there_for_the_next_question(
    cache: FileCache, question: Path
) -> None:
    keep(cache, question, "a", b"parquet")

    assert cache.take("a", question / "again")
    assert (question / "again").read_bytes() == b"parquet"
    assert not cache.take("b", question / "b")


def test_what_was_not_used_for_longest_goes_first(cache: FileCache, question: Path) -> None:
    for number in range(5):
        keep(cache, question, str(number), bytes(180_000))
        past(question / str(number), 10 - number)
    assert cache.take("0", question / "used")

    keep(cache, question, "5", bytes(180_000))

    kept = [name for name in "012345" if cache.take(name, question / f"{name}-after")]
    assert kept == ["0", "2", "3", "4", "5"]


@pytest.mark.parametrize("size", [BLOCK, 50_000, 300_000])
def test_it_never_takes_more_than_its_bound(cache: FileCache, question: Path, size: int) -> None:
    for number in range(3 * BOUND // size):
        keep(cache, question, str(number), bytes(size))
        (question / str(number)).unlink()

        assert taken(question.parent / "cache") <= BOUND


def test_a_file_with_holes_takes_what_is_in_it(cache: FileCache, question: Path) -> None:
    for number in range(5):
        part(cache, question, str(number), 100 * BOUND, [(0, BLOCK)])

    assert all(cache.take_part(str(number), question / f"{number}-", 1) for number in range(5))


def test_what_is_held_of_a_file_grows(cache: FileCache, question: Path) -> None:
    part(cache, question, "a", 10_000, [(0, 10)])

    path = question / "second"
    assert cache.take_part("a", path, 10_000) == [(0, 10)]
    cache.keep_part("a", path, [(50, 60)], 10)

    assert cache.take_part("a", question / "third", 10_000) == [(0, 10), (50, 60)]


def test_a_running_question_keeps_what_is_put_out(cache: FileCache, question: Path) -> None:
    keep(cache, question, "a", b"parquet")
    assert cache.take("a", question / "mine")
    past(question / "mine", 1000)
    assert part(cache, question, "b", 20, [(0, 20)]).read_bytes() == b"x" * 20
    past(question / "b", 1000)

    for number in range(10):
        keep(cache, question, str(number), bytes(200_000))

    assert not cache.take("a", question / "later")
    assert (question / "mine").read_bytes() == b"parquet"
    assert (question / "b").read_bytes() == b"x" * 20


def test_a_part_that_was_put_out_is_not_taken_for_the_next_one(
    cache: FileCache, question: Path
) -> None:
    """A slow question says what it fetched into a file that stands here no longer."""
    slow = part(cache, question, "a", 10_000, [(0, 10)])
    past(slow, 1000)
    for number in range(10):
        keep(cache, question, str(number), bytes(200_000))
    part(cache, question, "a", 10_000, [(100, 110)], path=question / "quick")

    cache.keep_part("a", slow, [(0, 10), (20, 30)], 10)

    assert cache.take_part("a", question / "next", 10_000) == [(100, 110)]


def test_an_end_in_the_middle_of_eviction_leaves_nothing_that_claims_too_much(
    cache: FileCache, question: Path
) -> None:
    part(cache, question, "a", 10_000, [(0, 10)])
    (place,) = (question.parent / "cache").glob("*.part")
    place.unlink()

    assert cache.take_part("a", question / "next", 10_000) == []
    cache.keep_part("a", question / "next", [(5, 6)], 1)

    assert cache.take_part("a", question / "later", 10_000) == [(5, 6)]


def test_many_questions_at_once_read_only_what_was_written(tmp_path: Path) -> None:
    """Each goes through a cache of its own over one folder, as processes would."""
    names = [str(number) for number in range(12)]

    def questions(seed: int) -> int:
        random, cache = Random(seed), FileCache(tmp_path / "cache", 300_000)
        folder = tmp_path / str(seed)
        folder.mkdir()
        return sum(
            wrongly_read(cache, folder / str(number), random.choice(names), random)
            for number in range(25)
        )

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(questions, range(4))) == [0, 0, 0, 0]


def wrongly_read(cache: FileCache, path: Path, name: str, random: Random) -> bool:
    """Reads a file or a part of it, fetching what is not there; whether what was there is wrong."""
    if random.random() < 0.5:
        held = cache.take_part(name, path, 60_000)
        data, start = path.read_bytes(), random.randrange(50_000)
        with path.open("r+b") as file:
            os.pwrite(file.fileno(), name[:1].encode() * 9_000, start)
        cache.keep_part(name, path, [(start, start + 9_000)], 9_000)
        return any(data[a:b] != name[:1].encode() * (b - a) for a, b in held)
    if cache.take(name, path):
        return path.read_bytes() != name.encode() * 30_000
    path.write_bytes(name.encode() * 30_000)
    cache.keep(name, path)
    return False


def keep(cache: FileCache, question: Path, name: str, data: bytes) -> None:
    (question / name).write_bytes(data)
    cache.keep(name, question / name)


def part(
    cache: FileCache,
    question: Path,
    name: str,
    size: int,
    spans: list[tuple[int, int]],
    path: Path | None = None,
) -> Path:
    path = path or question / name
    cache.take_part(name, path, size)
    with path.open("r+b") as file:
        for start, end in spans:
            os.pwrite(file.fileno(), b"x" * (end - start), start)
    cache.keep_part(name, path, spans, sum(end - start for start, end in spans))
    return path


def past(path: Path, seconds: int) -> None:
    """As if it had been used that long ago."""
    before = path.stat().st_mtime - seconds
    os.utime(path, (before, before))


def taken(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.iterdir() if path.suffix != ".held")
