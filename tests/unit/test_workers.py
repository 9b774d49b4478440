"""Tests that share something run in one worker; all others go wherever there is time."""

from tests.workers import share


def test_a_suite_that_shares_a_folder_stays_together() -> None:
    assert share("tests/rie/test_roles.py::test_a[x/y]") == share(
        "tests/rie/test_senders.py::test_b"
    )
    assert share("tests/rie/test_roles.py::test_a") != share("tests/docs/test_readme.py::test_a")


def test_other_tests_go_alone() -> None:
    assert share("tests/unit/test_a.py::test_a") != share("tests/unit/test_a.py::test_b")
