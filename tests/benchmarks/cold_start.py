"""Cold start of the doors, as a multiple of `import boto3` and one client (CPU, median)."""

import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 9
BASE = "import boto3; boto3.client('dynamodb', region_name='us-east-1')"
DOOR = "import sys; sys.path.insert(0, 'functions/{name}'); import handler"


def report() -> str:
    base = _cpu_ms(BASE)
    rows = [
        f"  {name:<8} {milliseconds:5.0f} ms  {milliseconds / base:4.2f} ×"
        for name in ("planhat", "segment", "moesif", "synerise", "natero", "kinesin")
        if (milliseconds := _cpu_ms(DOOR.format(name=name)))
    ]
    head = f"Import of the doors, CPU, median of {RUNS}; × boto3 and one client ({base:.0f} ms)"
    return "\n".join([head, *rows])


def _cpu_ms(code: str) -> float:
    timed = f"{code}\nimport time; print(time.process_time() * 1000)"
    return statistics.median(
        float(subprocess.check_output([sys.executable, "-c", timed], cwd=ROOT)) for _ in range(RUNS)
    )
