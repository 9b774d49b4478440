"""What `sam build` makes is what Lambda takes: small, complete, and free of what stays at home."""

from pathlib import Path

from tests.rie.build import Tools
from tests.template.stack import FUNCTIONS, the_stack

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


def _packages(artefact: Path) -> set[str]:
    return {path.name for path in (artefact / "SharedLayer" / "python").iterdir()}


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
