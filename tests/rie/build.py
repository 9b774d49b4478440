"""`sam build` for this machine's processor; `python -m tests.rie.build` does it from the shell."""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.rie import python313

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tools"
BUILD = ROOT / ".aws-sam" / "build"
OTHER = ROOT / ".aws-sam" / "other"
MACHINE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


class NotHere(Exception):
    """A tool is missing; the message names it and says how to get it."""


@dataclass(frozen=True)
class Tools:
    """A Python of the functions' version, and sam."""

    python: Path
    sam: Path
    runtime: Path = TOOLS / "runtime"

    @property
    def emulator(self) -> Path:
        """Lambda's emulator, a Linux program that comes with sam."""
        site = next((TOOLS / "sam").glob("lib/python*/site-packages"), TOOLS)
        return site / "samcli" / "local" / "rapid" / f"aws-lambda-rie-{MACHINE}"

    def run_sam(self, *arguments: str) -> str:
        """Runs sam in the checkout; what it printed. Raises `SamFailed`."""
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(self.python.parent), *os.get_exec_path()]),
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(TOOLS / "sam-home"),
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        answer = subprocess.run(
            [self.sam, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        told = answer.stdout + answer.stderr
        if answer.returncode:
            raise SamFailed(f"sam {' '.join(arguments)}:\n{told}")
        return told


class SamFailed(Exception):
    """sam ended with an error; the message is what it printed."""


def to_build() -> Tools:
    """What `sam build` takes, or `NotHere`."""
    try:
        python = python313.find()
    except python313.NoPython as missing:
        raise NotHere(str(missing)) from None
    sam = TOOLS / "sam" / "bin" / "sam"
    if not sam.exists():
        raise NotHere("the AWS SAM CLI is not in .tools/sam; run `make tools`")
    return Tools(python, sam)


def to_run() -> Tools:
    """What running the built functions takes too, or `NotHere`."""
    tools = to_build()
    if sys.platform != "linux":
        raise NotHere("Lambda's emulator is a Linux program; the functions are not run here")
    if not tools.emulator.exists():
        raise NotHere(f"{tools.emulator.name} is not in .tools/sam; run `make tools`")
    if not (tools.runtime / "awslambdaric").is_dir():
        raise NotHere("the Lambda runtime client is not in .tools/runtime; run `make tools`")
    if not os.access(tools.emulator, os.X_OK):
        tools.emulator.chmod(0o755)
    return tools


def build(tools: Tools) -> Path:
    """Builds every function and the layer; the folder that holds them."""
    tools.run_sam(
        "build",
        "--build-dir",
        str(BUILD.relative_to(ROOT)),
        "--parameter-overrides",
        f"Architecture={MACHINE}",
    )
    return BUILD


if __name__ == "__main__":
    try:
        print(build(to_build()))
    except (NotHere, SamFailed) as error:
        sys.exit(str(error))
