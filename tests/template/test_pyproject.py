"""What is installed with the package: little for a program that sends, what runs for a server."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable

import pytest
from packaging.requirements import Requirement

from tests.template.stack import ROOT

PACKAGE = ROOT / "layers" / "shared" / "waypost"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LAYER = (ROOT / "layers" / "shared" / "requirements.txt").read_text().splitlines()
EXTRAS = PROJECT["optional-dependencies"]
# The module where it is named otherwise than its distribution.
RENAMED = {"aws_sam_translator": "samtranslator", "pyyaml": "yaml"}


def requirements(lines: Iterable[str]) -> dict[str, Requirement]:
    return {
        parsed.name: parsed
        for line in lines
        if line and not line.startswith("#")
        for parsed in [Requirement(line)]
    }


def ranges(extra: str) -> dict[str, Requirement]:
    return requirements(line for line in EXTRAS[extra] if not line.startswith("waypost["))


def test_the_base_install_is_urllib3_alone() -> None:
    assert set(requirements(PROJECT["dependencies"])) == {"urllib3"}


def test_the_server_extra_is_what_the_layer_ships() -> None:
    installed = requirements(PROJECT["dependencies"]) | ranges("server")

    assert set(installed) == set(requirements(LAYER))


def test_every_pinned_version_lies_in_its_range() -> None:
    pinned = requirements(LAYER) | ranges("dev")
    ranged = requirements(PROJECT["dependencies"])
    for extra in ("server", "cli", "sql", "local", "verify"):
        ranged |= ranges(extra)

    for name, requirement in ranged.items():
        (version,) = (specifier.version for specifier in pinned[name].specifier)
        assert requirement.specifier.contains(version), name


@pytest.mark.parametrize("extra", ["server", "cli", "sql", "local", "verify"])
def test_what_a_user_installs_leaves_room_for_other_programs(extra: str) -> None:
    operators = {spec.operator for range in ranges(extra).values() for spec in range.specifier}

    assert operators
    assert "==" not in operators


def test_the_layer_is_pinned_to_the_letter() -> None:
    for requirement in requirements(LAYER).values():
        assert [spec.operator for spec in requirement.specifier] == ["=="], requirement.name


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").read_text() == ""


def test_the_client_brings_nothing_else_of_ours_and_nothing_heavy() -> None:
    loaded = loaded_by("import waypost.sdk.client", forbidden=everything_but(set()))

    ours = {name for name in loaded if name.split(".")[0] == "waypost"}
    assert ours == {"waypost", "waypost.sdk", "waypost.sdk.client"}


def test_the_command_line_needs_only_what_its_extra_names() -> None:
    commands = [f"waypost.cli.{path.stem}" for path in (PACKAGE / "cli").glob("*.py")]
    late = ["waypost.storage.directory_table", "waypost.storage.stack", "waypost.web.csv_answers"]
    imports = "; ".join(f"import {name}" for name in [*commands, *late] if "__" not in name)

    assert "waypost.cli.app" in loaded_by(imports, forbidden=everything_but(set(ranges("cli"))))


def test_a_forbidden_import_is_caught() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        loaded_by("import waypost.lake.reader", forbidden=everything_but(set()))


def everything_but(allowed: set[str]) -> set[str]:
    """The modules of what the extras bring, apart from some distributions."""
    names = {*ranges("server"), *ranges("cli"), *ranges("local"), *ranges("verify")} - allowed
    modules = {name.replace("-", "_") for name in names}
    return {RENAMED.get(module, module) for module in modules}


def loaded_by(statement: str, *, forbidden: set[str]) -> set[str]:
    """The modules that a fresh interpreter holds afterwards; an import of a forbidden one fails."""
    refuse = f"import json, sys; sys.modules.update(dict.fromkeys({sorted(forbidden)!r}))"
    program = f"{refuse}; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(done.stdout))
