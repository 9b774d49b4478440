"""Copies of a function: warm, apart, bounded, and let go when they are of no more use."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from waypost.local.functions import Function
from waypost.local.workers import FunctionFailed, Workers

HANDLER = """
import os, sys, time

def handler(event, context):
    print("printed by", context.function_name)
    if event.get("end"):
        os._exit(1)
    if event.get("raise"):
        raise KeyError("gone")
    time.sleep(event.get("sleep", 0))
    return {"pid": os.getpid(), "own": os.environ["OWN"], "aws": os.environ.get("AWS_PROFILE"),
            "left": context.get_remaining_time_in_millis(), "length": len(event.get("long", ""))}
"""


@pytest.fixture
def function(tmp_path: Path) -> Function:
    (tmp_path / "code.py").write_text(HANDLER)
    return Function(
        name="made",
        arn="arn",
        handler="code.handler",
        paths=(tmp_path,),
        timeout=2,
        memory=128,
        at_once=2,
        environment={"OWN": "its own"},
    )


def run(function: Function, tmp_path: Path, *events: Any, together: bool = False) -> list[Any]:
    """What a function's copies answer to events, one after another or all at once."""

    async def main() -> list[Any]:
        workers = Workers(function, tmp_path / "log")
        try:
            calls = [_call(workers, event) for event in events]
            return await asyncio.gather(*calls) if together else [await call for call in calls]
        finally:
            workers.stop()

    return asyncio.run(main())


async def _call(workers: Workers, event: Any) -> Any:
    try:
        return json.loads(await workers.invoke(json.dumps(event).encode()))
    except FunctionFailed as error:
        return str(error)


def test_a_copy_stays_warm_and_knows_only_its_own_environment(
    function: Function, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody's")

    first, second = run(function, tmp_path, {}, {"long": "x" * 5_000_000})

    assert first["pid"] == second["pid"]
    assert (first["own"], first["aws"], second["length"]) == ("its own", None, 5_000_000)
    assert 0 < first["left"] <= 2000
    assert "printed by made" in (tmp_path / "log").read_text()


def test_a_function_that_was_warmed_answers_from_the_copy_that_is_there(
    function: Function, tmp_path: Path
) -> None:
    async def main() -> tuple[str, Any]:
        workers = Workers(function, tmp_path / "log")
        await workers.warm()
        begun = (tmp_path / "log").read_text()
        try:
            return begun, await asyncio.gather(_call(workers, {}), workers.warm())
        finally:
            workers.stop()

    (tmp_path / "code.py").write_text("import os\nos.write(2, b'begun;')\n" + HANDLER)

    begun, _ = asyncio.run(main())

    assert begun == "begun;"
    assert (tmp_path / "log").read_text().count("begun;") == 1


def test_no_more_copies_work_than_the_stack_lets(function: Function, tmp_path: Path) -> None:
    answers = run(function, tmp_path, *[{"sleep": 0.3}] * 6, together=True)

    assert len({answer["pid"] for answer in answers}) == 2


def test_what_a_handler_raises_ends_no_copy(function: Function, tmp_path: Path) -> None:
    before, failed, after = run(function, tmp_path, {}, {"raise": True}, {})

    assert failed == "KeyError: 'gone'"
    assert before["pid"] == after["pid"]


@pytest.mark.parametrize(
    ("event", "says"), [({"end": True}, "ended in the middle"), ({"sleep": 3}, "timed out after 2")]
)
def test_a_copy_that_is_of_no_more_use_is_replaced(
    function: Function, tmp_path: Path, event: Any, says: str
) -> None:
    before, failed, after = run(function, tmp_path, {}, event, {})

    assert says in failed
    assert before["pid"] != after["pid"]


def test_a_function_that_cannot_start_says_where_to_look(
    function: Function, tmp_path: Path
) -> None:
    (tmp_path / "code.py").write_text("import nothing_of_this_name")

    (failed,) = run(function, tmp_path, {})

    assert str(tmp_path / "log") in failed
    assert "nothing_of_this_name" in (tmp_path / "log").read_text()
