"""Thousands of damaged bodies at each door: no fault, no wait, a verdict on every item."""

import gzip
import json
import random
import zlib
from typing import Any

import pytest

from tests import effort
from tests.faults.damage import damaged
from tests.faults.doorbell import BULK, CSV, Answer, Doorbell
from tests.faults.seeds import DOORS, PLANHAT, TABLES, Door
from waypost.event import Batch, Verdict
from waypost.sources import natero, planhat_stretches
from waypost.sources.formats import csv_header

BODIES = effort.times(200, 1_000, 50_000)
NATERO = next(door for door in DOORS if "wp_" in door.path)


def items(door: Door, body: bytes) -> int | None:
    """How many items a body holds, told without Waypost; None where that is not plain."""
    try:
        body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    except (OSError, EOFError, zlib.error):
        return None
    if door.path == CSV:
        lines = [line for line in body.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
        # Of these some are rows, and some are nothing, as the delimiter has it.
        blank = any(line and not line.strip(b" \t,;|^\v\f") for line in body.splitlines())
        return None if b'"' in body or blank or not lines else len(lines) - 1
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if b'"batch"' in body or b"\\u00" in body:
        return _in_envelope(value) if body.count(b'"batch"') == 1 else None
    return len(value) if isinstance(value, list) else 1


def _in_envelope(value: Any) -> int | None:
    batch = value.get("batch") if isinstance(value, dict) else None
    return len(batch) if isinstance(batch, list) and batch else None


def check(bell: Doorbell, door: Door, body: bytes) -> Answer:
    """Rings once; whatever is wrong with the answer is an `AssertionError`."""
    answer = bell.ring("PUT" if door.path == CSV else "POST", door.path, body, **door.headers)
    assert answer.seconds < 1
    expected = items(door, body)
    if not door.is_planhats:
        sound_elsewhere(bell, answer, expected)
        return answer
    bell.sound(answer)
    _each_in_its_place(bell, expected)
    if "processed" in answer.body and expected is not None:
        assert answer.body["processed"] + answer.rejected == expected
    return answer


def sound_elsewhere(bell: Doorbell, answer: Answer, expected: int | None) -> None:
    """What holds of the other senders' answers, which say less of each item than Planhat's."""
    assert answer.status < 500
    if answer.status >= 400:
        assert answer.body["code"].isidentifier()
        assert answer.body["message"]
        assert not bell.stores.events
    if answer.status < 400 or not bell.stores.untouched:
        _each_in_its_place(bell, expected)


def _each_in_its_place(bell: Doorbell, expected: int | None) -> None:
    """Every item has one verdict under its own number; Natero's traits are items behind them."""
    judged = [entry.index for entry in bell.stores.entries if entry.verdict is not Verdict.NOTED]
    judged += [event.n for event in bell.stores.events]
    assert sorted(judged) == list(range(len(judged)))
    if expected is not None and judged:
        assert len(judged) >= expected


def fuzz(door: Door, seeds: list[bytes], count: int) -> dict[int, int]:
    """How many answers of each status `count` damaged bodies get; stops at the first bad one."""
    statuses: dict[int, int] = {}
    bell = Doorbell()
    for n in range(count):
        body = damaged(random.Random(f"{door.path} {n}"), seeds, PLANHAT + TABLES)
        try:
            status = check(bell, door, body).status
        except Exception as error:
            raise AssertionError(f"body {n} of {door.path}: {body[:2000]!r}") from error
        statuses[status] = statuses.get(status, 0) + 1
    return statuses


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.path[:30])
def test_no_damaged_body_brings_a_door_down(door: Door) -> None:
    statuses = fuzz(door, door.seeds, BODIES)

    assert statuses.keys() <= {200, 201, 202, 400, 413, 415}
    taken = sum(statuses.get(status, 0) for status in (200, 201, 202))
    assert min(taken, statuses[400]) > BODIES / 25


def test_bodies_for_another_door_bring_none_down() -> None:
    for door in DOORS:
        other = TABLES if door.path != CSV else PLANHAT
        fuzz(door, other, BODIES // 20)


def _raises_on_a_byte(*given: Any) -> Any:
    if b"\xe2" in given[0]:
        raise ValueError("planted")
    return _STRETCHES(*given)


def _forgets_rejects(*given: Any) -> Any:
    return [Batch(batch.events) for batch in _STRETCHES(*given)]


def _counts_twice(*given: Any) -> Any:
    return [Batch(batch.events, batch.rejects * 2) for batch in _STRETCHES(*given)]


def _loses_an_item(*given: Any) -> Any:
    return [Batch(batch.events[:4], batch.rejects) for batch in _STRETCHES(*given)]


_STRETCHES = planhat_stretches.stretches


@pytest.mark.parametrize(
    "planted", [_raises_on_a_byte, _forgets_rejects, _counts_twice, _loses_an_item]
)
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, planted: object) -> None:
    monkeypatch.setattr(planhat_stretches, "stretches", planted)
    bulk = next(door for door in DOORS if door.path == BULK)

    with pytest.raises(AssertionError, match=r"body .* of /analytics/bulk"):
        fuzz(bulk, bulk.seeds, 50_000)


def test_a_planted_bug_in_rows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_header, "check_characters", lambda _: None)
    rows = next(door for door in DOORS if door.path == CSV)

    with pytest.raises(AssertionError, match=r"body .* of /analytics/stream/csv"):
        fuzz(rows, rows.seeds, 50_000)


def test_a_planted_bug_in_a_value_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(natero, "_value", lambda item, names: item.get(names[0], "0").strip())

    with pytest.raises(AssertionError, match=r"body .* of /v1/"):
        fuzz(NATERO, NATERO.seeds, 50_000)
