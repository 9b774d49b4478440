"""Work in a process of its own: its seconds, CPU, greatest memory and disk."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

ROOT = Path(__file__).parents[2]
_MB = 1 << 20


@dataclass(frozen=True)
class Usage:
    """What a process took, and what it answered. `cpu` leaves out the imports."""

    seconds: float
    cpu: float
    memory_mb: float
    disk_mb: float
    answer: Any


def run(module: str, *arguments: str) -> Usage:
    """Runs `python -m module arguments`, which calls `told`. Its temporary folder is its own."""
    with TemporaryDirectory(dir=os.environ.get("BENCH_TMP")) as home:
        command = [sys.executable, "-m", module, *arguments]
        path = os.pathsep.join([str(ROOT), str(ROOT / "layers/shared")])
        env = os.environ | {"TMPDIR": home, "PYTHONPATH": path}
        with TemporaryFile("w+") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output)
            disk = 0
            while process.poll() is None:
                disk = max(disk, _size(Path(home)))
                time.sleep(0.05)
            output.seek(0)
            text = output.read()
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
        return Usage(disk_mb=disk / _MB, **json.loads(text.splitlines()[-1]))


def told(work: Callable[[], Any]) -> None:
    """In the process: does the work, and prints what it took and what it answers."""
    Path("/proc/self/clear_refs").write_text("5")  # the greatest memory is that of the work
    begun, cpu = time.monotonic(), time.process_time()
    answer = work()
    usage = {
        "seconds": time.monotonic() - begun,
        "cpu": time.process_time() - cpu,
        "memory_mb": _greatest_memory() / _MB,
        "answer": answer,
    }
    print(json.dumps(usage, default=str))


def _greatest_memory() -> int:
    """Bytes. `ru_maxrss` would count what the process was forked from."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _size(folder: Path) -> int:
    total = 0
    for home, _, names in os.walk(folder):
        for name in names:
            # What is gone by the time it is looked at takes no space.
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(home, name)).st_blocks * 512
    return total
