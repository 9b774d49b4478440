"""
Cold start of the doors as they are built, as a multiple of `import boto3` and one client (CPU).

Each run is a process of Lambda's Python, in interleaved rounds. As on Lambda the layer and boto3
bring their bytecode along, and a handler is compiled each time.
"""

import os
import statistics
import subprocess
from pathlib import Path

from tests.rie import build
from tests.rie.build import Tools

RUNS = 9
DOORS = ("Planhat", "Segment", "Moesif", "Synerise", "Natero", "Kinesin")
OTHERS = ("Dimensions", "Uploads", "Script", "Records")
_BASE = "import boto3; boto3.client('dynamodb', region_name='us-east-1')"
_TIMED = "{}\nimport time; print(time.process_time() * 1000)"


def report() -> str:
    try:
        tools = build.to_build()
    except build.NotHere as missing:
        return f"Import of the doors: not measured, since {missing}"
    milliseconds = _medians(tools, build.build(tools))
    base = milliseconds.pop("")
    rows = [
        f"  {name.lower():<10} {door:5.0f} ms  {door / base:4.2f} ×"
        for name, door in milliseconds.items()
    ]
    head = f"Import of the doors, CPU, median of {RUNS}; × boto3 and one client ({base:.0f} ms)"
    return "\n".join([head, *rows])


def _medians(tools: Tools, folder: Path) -> dict[str, float]:
    """Milliseconds by function; those of boto3 under no name."""
    runs: dict[str, list[float]] = {name: [] for name in ("", *DOORS, *OTHERS)}
    _cpu_ms(tools, folder, "", writes=True)
    for _ in range(RUNS):
        for name, times in runs.items():
            times.append(_cpu_ms(tools, folder, name))
    return {name: statistics.median(times) for name, times in runs.items()}


def _cpu_ms(tools: Tools, folder: Path, name: str, *, writes: bool = False) -> float:
    """Of one process; `writes` leaves the bytecode of what it imports beside the sources."""
    paths = [folder / f"{name}Function", folder / "SharedLayer" / "python"] if name else []
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, [*paths, tools.runtime])),
        # What is built stays as it was built.
        "PYTHONDONTWRITEBYTECODE": "" if writes else "1",
    }
    code = _TIMED.format("import handler" if name else _BASE)
    return float(subprocess.check_output([tools.python, "-c", code], env=environment))
