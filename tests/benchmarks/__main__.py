"""`make bench`: speed as ratios, cost as counted calls and units, all in one run.

With the path of a Markdown file, what is printed also replaces the figures in that file.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import (
    cold_start,
    cost,
    fold_cpu,
    intake_cpu,
    keyed_cpu,
    question_cpu,
    world,
)

_FIGURES = re.compile(r"(?<=<!-- make bench -->\n).*?(?=<!-- /make bench -->)", re.DOTALL)


def main(document: str | None = None) -> None:
    reports = []
    for report in _reports():
        reports.append(report)
        print(report, end="\n\n", flush=True)
    if document is not None:
        path, figures = Path(document), "\n\n".join(reports)
        path.write_text(_FIGURES.sub(lambda _: f"```\n{figures}\n```\n", path.read_text()))


def _reports() -> Iterator[str]:
    yield intake_cpu.report()
    yield cold_start.report()
    with TemporaryDirectory() as home, world.running(Path(home)):
        yield keyed_cpu.report()
        yield cost.report()
    yield fold_cpu.report()
    yield question_cpu.report()


main(*sys.argv[1:])
