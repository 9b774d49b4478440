"""`python -m waypost.local`: the local default for the checkout in the current folder."""

from pathlib import Path

from waypost.local import server

server.serve(Path.cwd())
