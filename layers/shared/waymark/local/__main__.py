"""`python -m waymark.local`: the local default for the checkout in the current folder."""

from pathlib import Path

from waymark.local import server

server.serve(Path.cwd())
