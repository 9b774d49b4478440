"""
Signed AWS calls without botocore, for the doors.

Importing boto3 and making one client costs more CPU than a door's whole cold start may take, and
0.7 ms a call afterwards. A door makes few kinds of call, so it signs them itself; everything else
in Waypost uses boto3. The signature is AWS Signature Version 4, whose steps are described under
"Create a signed AWS API request" in the IAM user guide: a canonical request, the text to sign, a
key derived from day, region and service.
"""

import hmac
import os
import re
import time
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import quote, urlsplit

import msgspec

from waypost.deadline import Deadline
from waypost.errors import Unavailable
from waypost.storage import refusals
from waypost.storage.connections import Connections, Lost

_NOT_DONE = 300
# Seconds for one try.
_CALL = 6.0
# S3 tells in XML; `RequestTimeout`, which may work later, comes with a 400.
_S3_CODE = re.compile(rb"<Code>(\w+)</Code>")


class Caller:
    """Calls one AWS service, again and again until the deadline where it has to.

    No call outlives the run: a door always has a second left to answer in.
    """

    def __init__(
        self,
        service: str,
        *,
        region: str,
        endpoint: str | None,
        connections: Connections | None = None,
        clock: Callable[[], float] = time.time,
        deadline: Deadline | None = None,
    ) -> None:
        self._service = service
        self._region = region
        self._endpoint = endpoint or f"https://{service}.{region}.amazonaws.com"
        self._host = urlsplit(self._endpoint).netloc
        self._connections = connections or Connections(self._endpoint)
        self._clock = clock
        self._day_key = ("", "", b"")
        self.deadline = deadline or Deadline()

    def json(
        self, target: str, payload: dict[str, object], tries: int | None = None
    ) -> dict[str, object]:
        """One call of a JSON protocol (DynamoDB, SQS). Raises `Unavailable`, or as
        `refusals.final` has it.

        `tries` bounds how often: a call that is only a courtesy is not worth the waiting.
        """
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": target}
        data = self._send("POST", "/", msgspec.json.encode(payload), headers, tries)
        return msgspec.json.decode(data) if data else {}

    def put(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        """One PUT (S3). Raises `Unavailable`, or as `refusals.final` has it."""
        self._send("PUT", path, body, headers or {})

    def _send(
        self, method: str, path: str, body: bytes, headers: dict[str, str], tries: int | None = None
    ) -> bytes:
        for _ in self.deadline.tries(tries):
            seconds = self.deadline.patience(_CALL)
            if seconds <= 0:
                break
            try:
                answer = self._connections.request(
                    method,
                    path,
                    body=body,
                    headers=self._signed(method, path, body, headers),
                    seconds=seconds,
                )
            except Lost:
                # Perhaps it was done and only the answer was lost. Every call of a door may be
                # repeated: the same put again, or a message that `match` recognises.
                continue
            if answer.status < _NOT_DONE:
                return answer.data
            code, message = _told(answer.data, answer.status)
            if not refusals.passes(code, answer.status):
                raise refusals.final(code, message)
        raise Unavailable(f"{self._service} did not answer; send the same request again")

    def _signed(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> dict[str, str]:
        stamp = _stamp(self._clock())
        digest = sha256(body).hexdigest()
        signed = headers | {
            "host": self._host,
            "x-amz-date": stamp,
            # S3 refuses a call without it; DynamoDB and SQS take it as one more signed header.
            "x-amz-content-sha256": digest,
        }
        if token := os.environ.get("AWS_SESSION_TOKEN"):
            signed["x-amz-security-token"] = token
        # Every header is signed, and the two lists name them in the same order: AWS sorts too.
        ordered = sorted(signed)
        names = ";".join(ordered)
        lines = "".join(f"{name}:{signed[name].strip()}\n" for name in ordered)
        # S3 signs a path as it is sent. Other services encode it once more, but theirs is `/`.
        canonical = f"{method}\n{path}\n\n{lines}\n{names}\n{digest}"
        signature = self._signature(stamp, canonical)
        credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{self._scope(stamp)}"
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credential}, "
            f"SignedHeaders={names}, Signature={signature}"
        )
        return signed

    def presign(self, path: str, expires: int, method: str = "PUT", **asked: str) -> str:
        """A URL for one method on `path` (already percent-encoded), good for `expires` seconds.

        `asked` are further parameters, `_` in a name for `-`.
        """
        stamp = _stamp(self._clock())
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{os.environ['AWS_ACCESS_KEY_ID']}/{self._scope(stamp)}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(expires),
            "X-Amz-SignedHeaders": "host",
        }
        if token := os.environ.get("AWS_SESSION_TOKEN"):
            query["X-Amz-Security-Token"] = token
        query |= {name.replace("_", "-"): value for name, value in asked.items()}
        text = "&".join(f"{name}={quote(query[name], safe='')}" for name in sorted(query))
        # The sender's body is not known yet, so it stays out of the signature.
        canonical = f"{method}\n{path}\n{text}\nhost:{self._host}\n\nhost\nUNSIGNED-PAYLOAD"
        signature = self._signature(stamp, canonical)
        return f"{self._endpoint}{path}?{text}&X-Amz-Signature={signature}"

    def _scope(self, stamp: str) -> str:
        return f"{stamp[:8]}/{self._region}/{self._service}/aws4_request"

    def _signature(self, stamp: str, canonical: str) -> str:
        digest = sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{self._scope(stamp)}\n{digest}"
        return hmac.digest(self._key_of(stamp[:8]), text.encode(), "sha256").hex()

    def _key_of(self, day: str) -> bytes:
        secret = os.environ["AWS_SECRET_ACCESS_KEY"]
        if self._day_key[:2] != (secret, day):
            # Each step binds the key to less: a leaked one opens one service, in one region, for
            # a day.
            key = ("AWS4" + secret).encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._day_key = (secret, day, key)
        return self._day_key[2]


def _stamp(now: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))


def _told(data: bytes, status: int) -> tuple[str, str]:
    """The error code of an answer, and what it says besides."""
    try:
        answer = msgspec.json.decode(data, type=dict[str, object])
    except msgspec.MsgspecError:
        told = _S3_CODE.search(data)
        return told[1].decode() if told else str(status), ""
    # `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`
    code = str(answer.get("__type", status)).rpartition("#")[2]
    return code, str(answer.get("message") or answer.get("Message") or "")
