"""The README's table of clients says what the tests of this run proved, and nothing else."""

import os

import pytest

from tests.clients import compatibility


def test_the_readme_holds_what_the_clients_proved(left_out: set[str]) -> None:
    if left_out:
        pytest.skip(f"only a whole run makes the table; left out: {', '.join(sorted(left_out))}")
    proved = compatibility.table()
    if os.environ.get("WRITE_COMPATIBILITY"):
        compatibility.write(compatibility.README, proved)

    stated = compatibility.stated(compatibility.README.read_text())

    assert stated == proved, "tests/clients/README.md says otherwise; run `make compatibility`"
