"""What `sam build` makes is what Lambda takes: small, complete, and free of what stays at home."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rie import build
from tests.rie.build import MACHINE, ROOT, Tools
from tests.template.stack import FUNCTIONS, TEMPLATE, the_stack

# The second word of a .pyc: made from a hash of its source, with which it is never compared.
UNCHECKED = b"\x01\x00\x00\x00"
ELF_MACHINE = {"arm64": 0xB7, "x86_64": 0x3E}
OTHER = next(name for name in ELF_MACHINE if name != MACHINE)
DEVELOPERS = ("cli", "local")
_LOADED = re.compile(r"^# code object from '(.*)'$", re.MULTILINE)
_ASK = """
import sys
from samcli.commands.deploy.auth_utils import auth_per_resource
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
stacks, _ = SamLocalStackProvider.get_stacks(sys.argv[1])
print([name for name, authorised in auth_per_resource(stacks) if not authorised])
"""
MOST_BYTES = 250 * 1024 * 1024
AT_HOME = ("boto3", "botocore", "typer", "rich", "pytest", "ministack", "samtranslator")


def test_the_template_passes_the_linter_of_sam(builder: Tools) -> None:
    told = builder.run_sam("validate", "--lint")

    assert "is a valid SAM Template" in told


def test_a_function_and_the_layer_fit_into_lambda(artefact: Path) -> None:
    layer = _bytes(artefact / "SharedLayer")
    largest = max(_bytes(artefact / name) for name in the_stack().functions().values())

    assert layer + largest < MOST_BYTES


def test_a_function_ships_its_own_files_and_no_dependency(artefact: Path) -> None:
    for verb, name in the_stack().functions().items():
        source = {path.name for path in (FUNCTIONS / verb).iterdir()} - {"__pycache__"}
        assert {path.name for path in (artefact / name).iterdir()} == source


def test_the_layer_carries_the_package_and_its_dependencies(artefact: Path) -> None:
    packages = _packages(artefact)

    assert {"waypost", "aws_lambda_powertools", "msgspec", "duckdb", "zstandard"} <= packages
    assert (artefact / "SharedLayer" / "python" / "waypost" / "event.py").is_file()


def test_the_layer_leaves_at_home_what_lambda_has_or_nobody_runs_there(artefact: Path) -> None:
    assert _packages(artefact).isdisjoint(AT_HOME)


def test_the_tools_of_a_developers_machine_stay_at_home(artefact: Path) -> None:
    shipped = _layer(artefact) / "waypost"

    assert [name for name in DEVELOPERS if (shipped / name).exists()] == []
    assert (shipped / "sdk").is_dir()


def test_every_module_of_the_layer_is_compiled_and_taken_unchecked(artefact: Path) -> None:
    sources = list(_layer(artefact).rglob("*.py"))

    flags = {path: _compiled(path).read_bytes()[4:8] for path in sources}

    assert len(sources) > 300
    assert {path for path, flag in flags.items() if flag != UNCHECKED} == set()


def test_no_compiled_module_knows_where_it_was_built(artefact: Path) -> None:
    """The layer is the same wherever it is built, and a traceback names Lambda's own paths."""
    compiled = _compiled(_layer(artefact) / "waypost" / "event.py").read_bytes()

    assert b"/opt/python/waypost/event.py" in compiled
    assert str(ROOT).encode() not in compiled


def test_a_function_starts_from_what_is_compiled(tools: Tools, artefact: Path) -> None:
    """Python's own word for each module, with `-v`: what it compiled anew has no .pyc there."""
    layer = str(_layer(artefact))
    answer = subprocess.run(
        [tools.python, "-B", "-v", "-c", "import handler"],
        cwd=artefact / the_stack().functions()["planhat"],
        env={"PYTHONPATH": f"{layer}:{tools.runtime}"},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = [path for path in _LOADED.findall(answer.stderr) if path.startswith(layer)]

    assert f"{layer}/waypost/web/__pycache__/doors.cpython-313.pyc" in loaded
    assert [path for path in loaded if not path.endswith(".pyc")] == []


@pytest.mark.slow
def test_the_layer_of_the_other_processor_is_built_on_this_one(builder: Tools) -> None:
    folder = build.OTHER
    builder.run_sam(
        *("build", "SharedLayer", "--build-dir", str(folder.relative_to(ROOT))),
        *("--parameter-overrides", f"Architecture={OTHER}"),
    )

    assert set(_machines(folder)) == {ELF_MACHINE[OTHER]}


def test_the_layer_of_this_processor_is_for_no_other(artefact: Path) -> None:
    assert set(_machines(artefact)) == {ELF_MACHINE[MACHINE]}


def test_a_guided_deploy_asks_for_no_function_whether_it_may_go_without_a_token(
    builder: Tools, tmp_path: Path
) -> None:
    """It asks once per route where an API has no `Auth`, and Enter means no."""
    planted = tmp_path / "template.yaml"
    planted.write_text(
        "".join(
            line
            for line in TEMPLATE.read_text().splitlines(keepends=True)
            if "AddDefaultAuthorizerToCorsPreflight" not in line
        )
    )

    assert _asked(builder, TEMPLATE) == []
    assert len(_asked(builder, planted)) > 50


def _asked(builder: Tools, template: Path) -> list[str]:
    """The functions that sam's own check finds without authentication, once per route."""
    python = builder.sam.with_name("python")
    answer = subprocess.run(
        [python, "-c", _ASK, template], capture_output=True, text=True, check=True
    )
    return list(ast.literal_eval(answer.stdout.splitlines()[-1]))


def _machines(folder: Path) -> Iterator[int]:
    """The processor of every library of a layer, as its ELF header has it."""
    for library in _layer(folder).rglob("*.so"):
        yield int.from_bytes(library.read_bytes()[18:20], "little")


def _compiled(source: Path) -> Path:
    return source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"


def _layer(artefact: Path) -> Path:
    return artefact / "SharedLayer" / "python"


def _packages(artefact: Path) -> set[str]:
    return {path.name for path in (artefact / "SharedLayer" / "python").iterdir()}


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
