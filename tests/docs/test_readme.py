"""The README is run: each of its commands, in its order, against a fresh local default."""

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, SHARED, Local, eventually, running
from tests.docs.console import Command, blocks, settled

README = ROOT / "README.md"
WRITES = re.compile(r"-X (POST|PUT)|waypost (load|aggregate)")
NOT_RUN_HERE = ("make ", "sam ", "git ", "cd ", "aws ")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


@pytest.fixture(scope="module")
def fresh(home: Path) -> Iterator[Local]:
    with running(home) as local:
        yield local


def test_make_dev_prints_what_the_readme_shows(fresh: Local, home: Path) -> None:
    shown = next(one for block in blocks(README) for one in block if one.text == "make dev")

    printed = (home / "dev.log").read_text()

    assert settled(shown.output) == settled(printed)


def test_every_command_of_the_readme_prints_what_the_readme_shows(fresh: Local) -> None:
    for block in blocks(README):
        if not needs_shared_data(block):
            assert_prints_what_it_shows(block, fresh)


def test_the_real_data_of_the_readme_gives_the_numbers_it_shows(fresh: Local) -> None:
    if not SHARED.exists():
        pytest.skip("the yammer data set is not on this machine")
    for block in blocks(README):
        if needs_shared_data(block):
            assert_prints_what_it_shows(block, fresh)


def assert_prints_what_it_shows(block: list[Command], local: Local) -> None:
    for command in block:
        if command.text.startswith(NOT_RUN_HERE):
            continue
        patience = 0 if WRITES.search(command.text) else 20
        eventually(
            lambda c=command: run(c, local), lambda printed, c=command: same(c, printed), patience
        )


def test_a_wrong_output_in_the_readme_would_be_noticed(fresh: Local) -> None:
    command = Command("echo 41 rows", "42 rows")

    assert not same(command, run(command, fresh))


def test_every_route_and_parameter_is_in_the_readme() -> None:
    text = README.read_text()
    template = (ROOT / "template.yaml").read_text()

    routes = set(re.findall(r'Path: "([^"]+)"', template))
    parameters = set(re.findall(r"^  (\w+):\n    Type: (?:String|Number)", template, re.MULTILINE))

    assert {route for route in routes if not named(route, text)} == set()
    assert {name for name in parameters if name not in text} == set()


def test_every_error_code_is_in_the_readme() -> None:
    text = README.read_text()

    undocumented = {code for code in error_codes() if f"`{code}`" not in text}

    assert undocumented == set()


def named(route: str, text: str) -> bool:
    """Whether a route stands in the text, whole or as one of `/v1/{track,page}`."""
    route = route.removesuffix("/{name}")
    stem, _, last = route.rpartition("/")
    lists = re.findall(rf"{re.escape(stem)}/\{{([\w,]+)\}}", text)
    return route in text or any(last in one.split(",") for one in lists)


def error_codes() -> set[str]:
    """The codes that the package hands to its errors and ledger entries, found in its source."""
    package = ROOT / "layers" / "shared" / "waypost"
    found: set[str] = set()
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and file.parent.name not in ("sdk", "cli", "local"):
                found |= codes_of(node)
    return found


def codes_of(call: ast.Call) -> set[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    first = call.args[:1] if name in ("ItemError", "ItemIgnored") else []
    second = call.args[1:2] if name == "Reject" else []
    return {
        value.value
        for value in [*named, *first, *second]
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def needs_shared_data(block: list[Command]) -> bool:
    return any("../shared" in command.text for command in block)


def same(command: Command, printed: str) -> bool:
    return settled(command.output) == settled(printed)


def run(command: Command, local: Local) -> str:
    port = local.url.rpartition(":")[2]
    text = command.text.replace("127.0.0.1:3000", f"127.0.0.1:{port}")
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=ROOT,
        env={**os.environ, "WAYPOST_PORT": port, "COLUMNS": "100", "NO_COLOR": "1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout
