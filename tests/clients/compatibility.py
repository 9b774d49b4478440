"""
What the client tests proved, as the table in the README beside this file.

Tests call `record` and `record_status`; `test_table.py` runs last and holds the README against
`table()`, and `make compatibility` writes it.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

README = Path(__file__).with_name("README.md")
START, END = "<!-- compatibility -->\n", "<!-- /compatibility -->"
GOLDEN = "golden requests"
DROPPED, RESENT = "dropped", "resent, counted once"
_NO_PACKAGE = (
    "**golden requests**: no client package of this sender can be had, so requests written after "
    "its documentation stand in for one."
)


@dataclass(slots=True)
class _Proven:
    version: str = ""
    routes: set[str] = field(default_factory=set)
    what: set[str] = field(default_factory=set)
    statuses: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


_proven: dict[str, _Proven] = defaultdict(_Proven)


def record(client: str, version: str, route: str, what: str) -> None:
    """A client did `what` over `route`, and what it meant arrived.

    `GOLDEN` as client and the sender as version where the sender ships no package.
    """
    proven = _proven[client if client != GOLDEN else f"{GOLDEN}, {version}"]
    proven.version = version
    proven.routes.add(route)
    proven.what.add(what)


def record_status(client: str, status: int, outcome: str) -> None:
    """What a client did when it was answered `status`: `DROPPED` or `RESENT`."""
    _proven[client].statuses[status].add(outcome)


def table() -> str:
    """Everything recorded, as Markdown."""
    packages = {name: row for name, row in _proven.items() if not name.startswith(GOLDEN)}
    golden = {name: row for name, row in _proven.items() if name.startswith(GOLDEN)}
    lines = ["| client | version | routes | proved | refused with |", "|---|---|---|---|---|"]
    for name, row in [*sorted(packages.items()), *sorted(golden.items())]:
        version = "-" if name in golden else row.version
        cells = [name, version, _codes(row.routes), _words(row.what), _statuses(row)]
        lines.append(f"| {' | '.join(cells)} |")
    if golden:
        lines += ["", _NO_PACKAGE]
    return "\n".join(lines) + "\n"


def stated(document: str) -> str | None:
    """The table that a document holds, or None where it has no place for one."""
    _, start, rest = document.partition(START)
    held, end, _ = rest.partition(END)
    return held if start and end else None


def write(path: Path, table: str) -> None:
    """Puts the table into the document. Raises `ValueError` where it has no place for one."""
    document = path.read_text()
    held = stated(document)
    if held is None:
        raise ValueError(f"{path.name} has no {START.strip()} … {END} block")
    path.write_text(document.replace(START + held + END, START + table + END))


def _codes(routes: set[str]) -> str:
    return ", ".join(f"`{route}`" for route in sorted(routes))


def _words(what: set[str]) -> str:
    return ", ".join(sorted(what))


def _statuses(proven: _Proven) -> str:
    """The statuses by outcome, such as `400, 413 dropped; 503 resent, counted once`."""
    by_outcome: dict[str, list[str]] = defaultdict(list)
    for status in sorted(proven.statuses):
        by_outcome[" or ".join(sorted(proven.statuses[status]))].append(str(status))
    return "; ".join(f"{', '.join(codes)} {outcome}" for outcome, codes in by_outcome.items())
