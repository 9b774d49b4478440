"""boto3 lives at the rim, and the doors start without it."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template.stack import FUNCTIONS, ROOT, open_doors

LAYER = ROOT / "layers" / "shared"
RIM = ("waypost/storage/", "waypost/local/")
SDK = frozenset({"boto3", "botocore", "s3transfer"})
# Each takes longer to import than all of a door.
HEAVY = SDK | {"duckdb", "urllib3", "aws_lambda_powertools", "pydantic"}
_LIST = "import json, sys, handler; print(json.dumps(sorted(sys.modules)))"


def test_only_storage_and_the_local_default_talk_to_aws() -> None:
    outside = [
        str(path.relative_to(ROOT))
        for folder in (LAYER, FUNCTIONS)
        for path in folder.rglob("*.py")
        if not str(path.relative_to(folder)).startswith(RIM) and SDK & set(_imported(path))
    ]

    assert outside == []


def test_an_import_inside_a_function_is_seen_too(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def late():\n    from botocore.config import Config\n    return Config\n")

    assert set(_imported(planted)) == {"botocore"}


@pytest.mark.parametrize("verb", open_doors())
def test_an_open_door_starts_without_what_is_slow_to_import(verb: str) -> None:
    modules = loaded(verb)

    assert "waypost" in modules
    assert {name for name in modules if name.split(".")[0] in HEAVY} == set()


@pytest.mark.parametrize("verb", ["admin", "api", "records"])
def test_a_reader_starts_without_duckdb(verb: str) -> None:
    assert "duckdb" not in loaded(verb)


def loaded(verb: str) -> set[str]:
    """Every module that the import of a function brings along."""
    answer = subprocess.run(
        [sys.executable, "-c", _LIST],
        cwd=FUNCTIONS / verb,
        env={**os.environ, "PYTHONPATH": str(LAYER), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(answer.stdout))


def _imported(path: Path) -> Iterator[str]:
    """The top-level packages that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.split(".")[0]
