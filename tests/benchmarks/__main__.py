"""`make bench`: speed as ratios, cost as counted calls and units, all in one run.

With a folder, what is printed also replaces the figures in its documents: those of what comes in
in README.md, those of the lake in LAKE.md.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import (
    cold_start,
    cost,
    csv_cpu,
    fold_cpu,
    intake_cpu,
    keyed_cpu,
    question_cpu,
    single_cpu,
    world,
)

_FIGURES = re.compile(r"(?<=<!-- make bench -->\n).*?(?=<!-- /make bench -->)", re.DOTALL)


def main(folder: str | None = None) -> None:
    for name, reports in {"README.md": _of_intake(), "LAKE.md": _of_lake()}.items():
        printed = []
        for report in reports:
            printed.append(report)
            print(report, end="\n\n", flush=True)
        if folder is not None:
            _write(Path(folder) / name, "\n\n".join(printed))


def _write(document: Path, figures: str) -> None:
    document.write_text(_FIGURES.sub(lambda _: f"```\n{figures}\n```\n", document.read_text()))


def _of_intake() -> Iterator[str]:
    yield intake_cpu.report()
    yield csv_cpu.report()
    yield cold_start.report()
    with TemporaryDirectory() as home, world.running(Path(home)):
        yield single_cpu.report()
        yield keyed_cpu.report()
        yield cost.report()


def _of_lake() -> Iterator[str]:
    yield fold_cpu.report()
    yield question_cpu.report()


main(*sys.argv[1:])
