"""Which of several workers (`pytest -n 2`) runs which tests."""

from xdist.scheduler import LoadScopeScheduling

# The tests of each of these share a folder, a table or an order of their own.
TOGETHER = {"clients", "docs", "rie"}
# The tests of each of these look at one world, which takes longer to make than all of them.
OF_ONE_WORLD = {"tests/integration/test_item_bounds.py"}


def share(test: str) -> str:
    """What goes to one worker in one piece: the suite of some tests, else the test alone."""
    suite, file = test.split("/")[1], test.partition("::")[0]
    if file in OF_ONE_WORLD:
        return file
    return suite if suite in TOGETHER else test


class Suites(LoadScopeScheduling):  # type: ignore[misc]
    """Deals out the largest suites first, then test after test to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)
