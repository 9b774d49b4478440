"""How the command line starts: as a script, as a module, and without what it needs."""

import subprocess
import sys
import tomllib

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def start(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    program = f"{before}\nimport runpy, sys\nsys.argv = {['waypost', *arguments]!r}\n"
    program += "runpy.run_module('waypost', run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


def test_the_package_runs_as_a_module_and_tells_its_version() -> None:
    done = start("--version")

    assert (done.returncode, done.stdout) == (0, f"waypost {PROJECT['version']}\n")


def test_without_its_extra_the_command_line_says_how_to_install_it() -> None:
    done = start("--version", before="import sys\nsys.modules['typer'] = None")

    assert done.returncode == 1
    assert done.stderr == (
        "the command line needs typer; install it with: pip install 'waypost[cli]'\n"
    )


def test_a_fault_of_our_own_is_not_taken_for_a_missing_extra() -> None:
    done = start("--version", before="import sys\nsys.modules['waypost.cli.app'] = None")

    assert "Traceback" in done.stderr
