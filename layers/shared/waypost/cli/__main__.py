"""`python -m waypost.cli`: the same as `waypost`."""

from waypost.cli import main

main()
