"""Signatures of a door's own calls, beside those of botocore."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from waypost.storage.connections import Answer
from waypost.storage.sigv4 import Caller

MOMENTS = [1_795_176_000.0, 1_795_176_001.0, 1_795_176_000.0 + 86_400]


class Host:
    """Keeps what is sent to it."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []

    def request(self, *_: object, headers: dict[str, str], **__: object) -> Answer:
        self.heard.append(headers)
        return Answer(200, b"")


@pytest.mark.parametrize("token", ["", "session/token=="])
def test_every_call_is_signed_as_botocore_signs_it(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one day, on the next, and after the secret was changed."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    host: Any = Host()
    now = SimpleNamespace(seconds=0.0)
    caller = Caller(
        "s3", region="eu-west-1", endpoint=None, connections=host, clock=lambda: now.seconds
    )

    for secret in ("first", "second"):
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        for now.seconds in MOMENTS:
            caller.put("/bucket/a%20b/%C3%BC", b"body", {"x-amz-meta-a": "b"})

            wanted = _signed(host.heard[-1], secret, token, now.seconds, monkeypatch)
            assert host.heard[-1]["authorization"] == wanted

    assert len(host.heard) == 6


def _signed(
    sent: dict[str, str], secret: str, token: str, now: float, patch: pytest.MonkeyPatch
) -> str:
    """The header `Authorization` that botocore gives the same request."""
    moment = datetime.fromtimestamp(now, UTC)
    patch.setattr(auth, "get_current_datetime", lambda: moment)
    headers = {name: value for name, value in sent.items() if name != "authorization"}
    request = AWSRequest(
        "PUT",
        "https://s3.eu-west-1.amazonaws.com/bucket/a%20b/%C3%BC",
        headers={name: value for name, value in headers.items() if name != "x-amz-security-token"},
        data=b"body",
    )
    auth.S3SigV4Auth(Credentials("AKID", secret, token or None), "s3", "eu-west-1").add_auth(
        request
    )
    return str(request.headers["Authorization"])
