"""`python -m waymark.cli`: the same as `waymark`."""

from waymark.cli import main

main()
