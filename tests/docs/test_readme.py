"""Every README is run: each of its commands, in its order, against one fresh local default."""

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import ROOT, Local, eventually, running
from tests.docs.console import Command, blocks, settled
from tests.docs.links import broken
from tests.template.stack import FUNCTIONS, the_stack, verbs

README = ROOT / "README.md"
MOST_BYTES = 9_000
MADE = {".venv", ".tools", ".aws-sam", ".waypost", "node_modules"}
# The first page comes first: what others print may build upon what it loads, as for a reader.
READMES = [
    README,
    *sorted(
        path
        for path in ROOT.glob("**/README.md")
        if path != README and not MADE & set(path.relative_to(ROOT).parts)
    ),
]
DOORS_AND_READERS = [verb for verb in verbs() if the_stack().routes(verb)]
WRITES = re.compile(r"-X (POST|PUT|PATCH)|waypost (load|aggregate)")
PLAIN = {"COLUMNS": "100", "NO_COLOR": "1"}
NOT_RUN_HERE = ("make ", "sam ", "git ", "cd ", "aws ")


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


@pytest.fixture(scope="module")
def fresh(home: Path) -> Iterator[Local]:
    with running(home) as local:
        yield local


def test_make_dev_prints_what_the_readme_shows(fresh: Local, home: Path) -> None:
    commands = [command for block in blocks(README) for command in block]
    shown = next(command for command in commands if command.text == "make dev")

    printed = (home / "dev.log").read_text()

    assert settled(shown.output) == settled(printed)


@pytest.mark.parametrize("readme", READMES, ids=place)
def test_every_command_of_a_readme_prints_what_it_shows(readme: Path, fresh: Local) -> None:
    for block in blocks(readme):
        assert_prints_what_it_shows(block, fresh)


def assert_prints_what_it_shows(block: list[Command], local: Local) -> None:
    for command in block:
        if command.text.startswith(NOT_RUN_HERE):
            continue
        patience = 0 if WRITES.search(command.text) else 120
        eventually(partial(run, command, local), partial(same, command), patience)


def test_a_wrong_output_in_the_readme_would_be_noticed(fresh: Local) -> None:
    command = Command("echo 41 rows", "42 rows")

    assert not same(command, run(command, fresh))


@pytest.mark.parametrize("readme", READMES, ids=place)
def test_every_readme_is_short(readme: Path) -> None:
    assert len(readme.read_bytes()) <= MOST_BYTES


@pytest.mark.parametrize("readme", READMES, ids=place)
def test_every_link_leads_somewhere(readme: Path) -> None:
    assert broken(readme) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("# A title\n[good](#a-title) [gone](gone.md) [lost](README.md#lost)\n")

    assert broken(page) == ["gone.md", "README.md#lost"]


def test_every_route_and_parameter_is_documented() -> None:
    text = everything()
    template = (ROOT / "template.yaml").read_text()

    routes = {path for verb in DOORS_AND_READERS for _, path in the_stack().routes(verb)}
    parameters = set(re.findall(r"^  (\w+):\n    Type: (?:String|Number)", template, re.MULTILINE))

    assert {route for route in routes if not named(route, text)} == set()
    assert routes >= set(re.findall(r'Path: "([^"]+)"', template))
    assert {name for name in parameters if name not in text} == set()


@pytest.mark.parametrize("verb", DOORS_AND_READERS)
def test_a_function_with_routes_has_them_in_a_readme_of_its_own(verb: str) -> None:
    text = (FUNCTIONS / verb / "README.md").read_text()

    undocumented = {path for _, path in the_stack().routes(verb) if not named(path, text)}

    assert undocumented == set()


def test_every_error_code_is_documented() -> None:
    text = everything()

    undocumented = {code for code in error_codes() if f"`{code}`" not in text}

    assert undocumented == set()


def everything() -> str:
    """What all READMEs say."""
    return "\n".join(readme.read_text() for readme in READMES)


def named(route: str, text: str) -> bool:
    """Whether a route stands in the text, whole or as one of `/v1/{track,page}`."""
    route = route.removesuffix("/{name}")
    stem, _, last = route.rpartition("/")
    lists = re.findall(rf"{re.escape(stem)}/\{{([\w,]+)\}}", text)
    return route in text or any(last in names.split(",") for names in lists)


def error_codes() -> set[str]:
    """The codes that the package hands to its errors and ledger entries, found in its source."""
    package = ROOT / "layers" / "shared" / "waypost"
    codes: set[str] = set()
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and file.parent.name not in ("sdk", "cli", "local"):
                codes |= codes_of(node)
    return codes


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


def same(command: Command, printed: str) -> bool:
    return settled(command.output) == settled(printed)


def run(command: Command, local: Local) -> str:
    port = local.url.rpartition(":")[2]
    text = command.text.replace("127.0.0.1:3000", f"127.0.0.1:{port}")
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=ROOT,
        env={**os.environ, "WAYPOST_PORT": port, "WAYPOST_HOME": str(local.home), **PLAIN},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout
