"""Which Waypost, tenant and token a command uses, and how its errors are worded."""

from pathlib import Path

import pytest

from waypost.cli import connection, dev
from waypost.cli.connection import Connection
from waypost.cli.output import Failure
from waypost.local import credentials, demo
from waypost.sdk.client import ClientError, Unreachable


@pytest.fixture(autouse=True)
def _no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYPOST_PORT", raising=False)


def test_without_options_it_is_the_demo_tenant_on_this_machine() -> None:
    place = connection.resolve(None, None, None)

    assert place == Connection("http://127.0.0.1:3000", credentials.TENANT, credentials.TOKEN)
    assert (demo.TENANT, demo.TOKEN) == (credentials.TENANT, credentials.TOKEN)


def test_the_port_of_the_local_default_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_PORT", "4000")

    assert connection.resolve(None, None, None).url == "http://127.0.0.1:4000"


@pytest.mark.parametrize("url", ["https://track.acme.com", "http://10.0.0.1", "http://127.0.0.1.x"])
def test_the_demo_token_never_leaves_this_machine(url: str) -> None:
    assert connection.resolve(url, None, None) == Connection(url, "", "")


@pytest.mark.parametrize("url", ["http://localhost:1/", "http://127.0.0.2:1", "https://[::1]:1"])
def test_loopback_has_many_names(url: str) -> None:
    assert connection.resolve(url, None, None).token == credentials.TOKEN


def test_what_is_given_wins() -> None:
    place = connection.resolve("http://127.0.0.1:1/prod/", "tenant", "token")

    assert place == Connection("http://127.0.0.1:1/prod", "tenant", "token")


@pytest.mark.parametrize("url", ["127.0.0.1:3000", "ftp://x", "http://", "http://x:port", "///"])
def test_what_is_no_url_is_a_usage_error_that_shows_one(url: str) -> None:
    with pytest.raises(Failure, match="write one like http://") as failure:
        connection.resolve(url, None, None)

    assert failure.value.code == 2


@pytest.mark.parametrize("token", ["a\nb", "tökén"])
def test_a_token_that_no_header_can_hold_is_a_usage_error(token: str) -> None:
    with pytest.raises(Failure, match="copy it again"):
        connection.resolve(None, None, token)


@pytest.mark.parametrize(
    ("error", "url", "todo"),
    [
        (Unreachable("nothing answers at x"), "http://127.0.0.1:3000", "start it with make dev"),
        (Unreachable("nothing answers at x"), "https://acme.com", "check --url"),
        (ClientError("no", status=401, code="token_unknown"), "https://acme.com", "check --token"),
        (ClientError("no", status=404, code="unknown_tenant"), "https://x.com", "check --tenant"),
    ],
)
def test_an_error_says_what_to_do(error: ClientError, url: str, todo: str) -> None:
    assert todo in connection.remedy(error, Connection(url))


def test_the_checkout_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    (tmp_path / "layers/shared/waypost").mkdir(parents=True)
    (tmp_path / "template.yaml").touch()

    assert dev.checkout(tmp_path / "layers") == tmp_path


def test_another_project_is_not_taken_for_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").touch()

    assert dev.checkout(tmp_path) == Path(__file__).parents[3]
