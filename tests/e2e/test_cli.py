"""What every command keeps: errors in one line, help with an example, bars on terminals alone."""

import os
import pty
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.commandline import COMMAND, ROWS, Run
from waypost.local.emulator import free_port

NOBODY = {"WAYPOST_TENANT": "nobody"}
FILE = Path(__file__).parents[2] / "events" / "activity.csv"


@pytest.mark.parametrize(
    ("arguments", "changed", "code", "message"),
    [
        (["tail"], {"WAYPOST_TOKEN": "wp_wrong"}, 1, "check --token or WAYPOST_TOKEN"),
        (["load", str(FILE)], NOBODY, 1, "check --tenant or WAYPOST_TENANT"),
        (["tail", "--user", "nobody"], {}, 1, "there is no such user"),
        (["metrics", "--from", "someday"], {}, 1, "from is not a date"),
        (["batches", "nobody"], {}, 1, "there is no such batch"),
        (["batches", "--follow"], {}, 2, "waypost batches lists them"),
        (["metrics", "--csv", "--json"], {}, 2, "choose one of --json, --csv and --table"),
        (["load", "missing.csv"], {}, 2, "missing.csv: No such file or directory"),
        (["--url", "https://x.example", "--token", "", "tail"], {}, 2, "give --token"),
    ],
)
def test_an_error_is_one_line_that_names_the_remedy(
    waypost: Run, arguments: list[str], changed: dict[str, str], code: int, message: str
) -> None:
    done = waypost(*arguments, **changed)

    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr


def test_where_nothing_listens_it_says_how_to_start_it(waypost: Run) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    done = waypost("tail", WAYPOST_URL=url)

    assert done.returncode == 1
    assert done.stderr == (
        f"waypost: nothing answers at {url}/api/v1/events; start it with make dev\n"
    )


def test_help_names_every_command_and_gives_an_example_of_each(waypost: Run) -> None:
    listed = waypost("--help").stdout

    for command in ("dev", "load", "batches", "tail", "metrics", "aggregate"):
        assert f"\n  {command} " in listed
        assert f"Example: waypost {command}" in waypost(command, "--help").stdout


def test_control_codes_go_to_a_terminal_alone(
    waypost: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "activity.csv").write_text(ROWS)

    piped = waypost("load", "activity.csv")
    shown = on_terminal(environment, "load", str(tmp_path / "activity.csv"))
    quiet = on_terminal(environment | {"NO_COLOR": "1"}, "load", str(tmp_path / "activity.csv"))

    assert "\x1b" not in piped.stderr
    assert "uploading" in shown
    assert "3/3 rows" in shown.replace("\x1b[0m", "").replace("\x1b[32m", "")
    assert "\x1b" not in quiet


def on_terminal(environment: dict[str, str], *arguments: str) -> str:
    """What a command writes to stderr where that is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment | {"TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # the other end of a terminal closes with an error on Linux
        while data := os.read(ours, 4096):
            shown += data
    os.close(ours)
    process.wait(60)
    return shown.decode()
