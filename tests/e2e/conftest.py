"""The command line as a process of its own, pointed at a fresh tenant of the local default."""

from pathlib import Path

import pytest

from tests.conftest import Customer, Local
from tests.e2e import commandline
from tests.e2e.commandline import Run


@pytest.fixture
def environment(local: Local, customer: Customer) -> dict[str, str]:
    """What points the command line at a fresh tenant of the local default."""
    return commandline.pointed_at(local, customer)


@pytest.fixture
def waypost(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs a command in an empty folder; what it printed and its exit code."""
    return commandline.in_folder(tmp_path, environment)
