"""`make bench`: speed as ratios, cost as counted calls and units, all in one run.

With the path of a Markdown file, what is printed also replaces the figures in that file.
"""

import re
import sys
from pathlib import Path

from tests.benchmarks import cold_start, cost, intake_cpu

_FIGURES = re.compile(r"(?<=<!-- make bench -->\n).*?(?=<!-- /make bench -->)", re.DOTALL)


def main(document: str | None = None) -> None:
    reports = []
    for part in (intake_cpu, cold_start, cost):
        reports.append(part.report())
        print(reports[-1], end="\n\n", flush=True)
    if document is not None:
        path, figures = Path(document), "\n\n".join(reports)
        path.write_text(_FIGURES.sub(lambda _: f"```\n{figures}\n```\n", path.read_text()))


main(*sys.argv[1:])
