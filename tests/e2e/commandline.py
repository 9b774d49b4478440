"""What the suites of the command line share: how it is run, and a file for it."""

import subprocess
import sys
from collections.abc import Callable

COMMAND = [sys.executable, "-m", "waypost.cli"]
ROWS = """cId,email,name,action,date,count
acme,ann@acme.com,Ann Lee,Logged in,2026-11-01,1
acme,bob@acme.com,Bob,Logged in,2026-11-01,2
umbrella,cat@umbrella.org,Cat,Report sent,2026-11-02,1
"""
Run = Callable[..., subprocess.CompletedProcess[str]]
