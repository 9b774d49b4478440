"""The tree is the architecture: packages in the order of the data, and arrows only go down."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import waypost
from tests.template.stack import FUNCTIONS, ROOT

PACKAGE = ROOT / "layers" / "shared" / "waypost"
CORE = [
    *("event", "errors", "tenants", "tokens", "times"),
    *("isodate", "jsdate", "environment", "telemetry", "deadline", "answer_size", "collector"),
]

# Whom each package may import, besides itself. `core` are the modules at the root, the words.
MAY_IMPORT = {
    "core": "",
    "sources": "core",
    "profiles": "core sources",
    "lake": "core profiles",
    "ingest": "core sources profiles lake",
    "insights": "core profiles lake",
    "storage": "core profiles lake ingest insights",
    "services": "core storage profiles lake ingest insights",
    "web": "core sources profiles lake ingest insights services",
    "sdk": "",
    # `waypost sql` asks the files of the lake themselves.
    "cli": "core sources lake insights sdk storage local web",
    "local": "core sources storage",
    "functions": "core sources profiles lake ingest insights services web",
}


def modules() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *FUNCTIONS.rglob("*.py")])


def name(path: Path) -> str:
    return str(path.relative_to(FUNCTIONS.parent if FUNCTIONS in path.parents else PACKAGE.parent))


@pytest.mark.parametrize("path", modules(), ids=name)
def test_a_module_imports_only_what_stands_below_it(path: Path) -> None:
    package = package_of(path)

    allowed = {package, *MAY_IMPORT[package].split()}

    assert imported(path) - allowed == set()


def test_a_forbidden_import_is_caught(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def late():\n    from waypost import services\n    return services\n")

    assert imported(planted) - {"sources", *MAY_IMPORT["sources"].split()} == {"services"}


def test_every_package_has_its_rule_and_its_promise() -> None:
    folders = {path.parent for path in PACKAGE.rglob("__init__.py")} - {PACKAGE}

    assert {folder.relative_to(PACKAGE).parts[0] for folder in folders} <= set(MAY_IMPORT)
    for folder in folders:
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text())), folder


def test_the_map_of_the_package_names_every_package_and_every_word() -> None:
    named = set((waypost.__doc__ or "").replace("/", " ").split())

    folders = {path.parent.name for path in PACKAGE.rglob("__init__.py")} - {"waypost"}
    roots = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}

    assert roots == set(CORE)
    assert (folders | roots) - {word.strip(";:,.") for word in named} == set()


def package_of(path: Path) -> str:
    if FUNCTIONS in path.parents:
        return "functions"
    return of_module(path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", "."))


def of_module(dotted: str) -> str:
    first = dotted.split(".", maxsplit=1)[0]
    if first == "__main__":
        return "cli"
    return "core" if first in {*CORE, "__init__", ""} else first


def imported(path: Path) -> set[str]:
    """The packages of ours that a file imports, anywhere in it."""
    return {of_module(dotted) for dotted in _dotted(ast.parse(path.read_text()))}


def _dotted(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "waypost":
            names = [f"waypost.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        yield from (one.partition(".")[2] for one in names if one.split(".")[0] == "waypost")
