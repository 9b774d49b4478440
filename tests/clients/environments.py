"""
The vendors' own client packages, each in an environment of its own, at exact versions.

`make tools` runs this; without it, or without Node, the tests of the absent clients are skipped.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HOME = ROOT / ".tools" / "clients"
PACKAGE_JSON = Path(__file__).parent / "package.json"
OVERRIDES = Path(__file__).parent / "overrides.txt"
PYTHON = {
    "cruds": "1.9.1",
    "segment-analytics-python": "2.4.0",
    "rudder-sdk-python": "2.1.9",
    "moesifapi": "1.5.5",
}
NODE: dict[str, str] = json.loads(PACKAGE_JSON.read_bytes())["dependencies"]
VERSIONS = PYTHON | NODE
NODE_HOME = HOME / "node"


def command(package: str) -> list[str]:
    """What starts a driver of the package: its own Python, or Node."""
    return [str(_python(package))] if package in PYTHON else ["node"]


def missing(package: str) -> str | None:
    """Why the package cannot be run on this machine, or None where it can."""
    if package in NODE and not _node_is_here():
        return f"{package} needs node and npm, which are not on this machine"
    ready = _python_ready(package) if package in PYTHON else _node_ready()
    return None if ready else f"{package} is not installed; run `make tools`"


def install() -> None:
    """Installs what is absent; what is there already is left alone."""
    HOME.mkdir(parents=True, exist_ok=True)
    for package in PYTHON:
        if not _python_ready(package):
            _install_python(package)
    if not _node_is_here():
        print("node or npm is missing: the tests of Node clients will be skipped", file=sys.stderr)
    elif not _node_ready():
        _install_node()


def _python(package: str) -> Path:
    return HOME / package / "bin" / "python"


def _python_ready(package: str) -> bool:
    return (HOME / package / f"installed-{PYTHON[package]}").exists()


def _install_python(package: str) -> None:
    uv = str(Path(sys.executable).parent / "uv")
    quiet = ["--quiet", "--python"]
    _run(uv, "venv", "--allow-existing", *quiet, sys.executable, str(HOME / package))
    wanted = [f"{package}=={PYTHON[package]}", "--override", str(OVERRIDES)]
    _run(uv, "pip", "install", *quiet, str(_python(package)), *wanted)
    (HOME / package / f"installed-{PYTHON[package]}").touch()


def _node_is_here() -> bool:
    return bool(shutil.which("node") and shutil.which("npm"))


def _node_ready() -> bool:
    """npm writes its lock last, so what it names is installed whole."""
    lock = NODE_HOME / "node_modules" / ".package-lock.json"
    if not lock.exists():
        return False
    packages = json.loads(lock.read_bytes())["packages"]
    installed = {name: packages.get(f"node_modules/{name}", {}).get("version") for name in NODE}
    return installed == NODE


def _install_node() -> None:
    NODE_HOME.mkdir(parents=True, exist_ok=True)
    shutil.copy(PACKAGE_JSON, NODE_HOME)
    quiet = ["--silent", "--no-audit", "--no-fund", "--no-update-notifier"]
    _run("npm", "install", *quiet, "--prefix", str(NODE_HOME))


def _run(*arguments: str) -> None:
    subprocess.run(arguments, check=True)


if __name__ == "__main__":
    install()
