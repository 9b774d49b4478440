"""What the hourly job did, in one line."""

from waypost.cli import numbers


def test_a_run_says_what_it_read_and_published() -> None:
    run = {"objects": 1200, "days": 1}

    assert numbers.report(run, 2.345) == "read 1,200 objects, published 1 day in 2.3 seconds"
    assert numbers.report({}, 0.1) == "nothing new to count (0.1 seconds)"
