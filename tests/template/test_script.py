"""The browser script: what is served is what is read, small, and says in its first lines what it
sends."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.template.stack import FUNCTIONS, ROOT

FOLDER = FUNCTIONS / "script"
SOURCE = sorted((FOLDER / "source").glob("*.js"))
SERVED, SECOND, SNIPPET = (
    FOLDER / name for name in ("plantrack.min.js", "na.min.js", "snippet.js")
)
ESBUILD = ROOT / ".tools" / "esbuild" / "node_modules" / ".bin" / "esbuild"
MAKEFILE = (ROOT / "Makefile").read_text()
MOST_SCRIPT = 3_500
MOST_SNIPPET = 1_000


@pytest.mark.parametrize("served", [SERVED, SECOND], ids=lambda path: path.name)
def test_a_served_file_is_built_from_the_source_beside_it(served: Path) -> None:
    if not ESBUILD.exists():
        pytest.skip("esbuild is not installed; run `make tools` where npm is")

    source = FOLDER / "source" / served.name.replace(".min", "")
    built = subprocess.run(
        [ESBUILD, source, *_setting("MINIFY").split()], capture_output=True, check=True
    )

    assert built.stdout == served.read_bytes(), "run `make script`"


def test_the_source_says_in_which_order_to_read_it_and_each_file_imports_upwards_alone() -> None:
    legend = (FOLDER / "source" / "plantrack.js").read_text().partition("*/")[0]
    order = re.findall(r"^ \* (\w+\.js) ", legend, re.MULTILINE)

    assert {*order, "plantrack.js", "na.js"} == {path.name for path in SOURCE}
    for n, name in enumerate(order):
        imported = re.findall(r'from "\./(.*)"', (FOLDER / "source" / name).read_text())
        assert set(imported) <= set(order[:n]), name


def test_the_builder_is_the_one_that_is_pinned() -> None:
    if not ESBUILD.exists():
        pytest.skip("esbuild is not installed; run `make tools` where npm is")

    answer = subprocess.run([ESBUILD, "--version"], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == _setting("ESBUILD")


@pytest.mark.parametrize("path", [SERVED, SECOND, SNIPPET], ids=lambda path: path.name)
def test_node_can_read_it(path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not on this machine")

    checked = subprocess.run(["node", "--check", path], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_script_is_small() -> None:
    assert len(gzip.compress(SERVED.read_bytes(), 9, mtime=0)) <= MOST_SCRIPT


def test_the_snippet_is_small() -> None:
    assert len(SNIPPET.read_bytes()) <= MOST_SNIPPET


@pytest.mark.parametrize("path", [*SOURCE, SNIPPET], ids=lambda path: path.name)
def test_nothing_in_it_needs_more_than_script_src_and_connect_src(path: Path) -> None:
    forbidden = (
        r"\beval\b|new Function|innerHTML|document\.write|\.style\b|setAttribute\(.on|import\("
    )

    assert re.findall(forbidden, path.read_text()) == []


def test_no_page_is_kept_from_the_back_forward_cache() -> None:
    assert re.findall(r"\"(?:before)?unload\"", SERVED.read_text()) == []


def _setting(name: str) -> str:
    setting = re.search(rf"^{name} := (.*)$", MAKEFILE, re.MULTILINE)
    assert setting is not None
    return setting[1]
