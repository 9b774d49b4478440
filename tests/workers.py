"""How many workers `pytest -n auto` starts, and which of them runs which tests."""

import os

from xdist.scheduler import LoadScopeScheduling

from tests import effort

# The tests of each of these share a folder, a table or an order of their own.
TOGETHER = {"clients", "docs", "rie"}


def count(level: str = effort.LEVEL) -> int:
    """Most tests wait for emulator or browser; those of `make quick` never do."""
    processors = os.cpu_count() or 1
    return min(4, processors if level == "quick" else processors + 1)


def share(test: str) -> str:
    """What goes to one worker in one piece: the suite of some tests, else the test alone."""
    suite = test.split("/")[1]
    return suite if suite in TOGETHER else test


class Suites(LoadScopeScheduling):  # type: ignore[misc]
    """Deals out the largest suites first, then test after test to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)
