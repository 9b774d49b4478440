"""AWS that does nothing: it answers each call of a door at once, in a process of its own."""

import json
import sys
from threading import Event
from typing import Any

from tests.server import Handler, Server

TENANT = "11111111-1111-4111-8111-111111111111"


class Sink(Handler):
    # Else each answer waits for the kernel to have seen the one before acknowledged.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps(_done(self.headers.get("x-amz-target", ""), call)).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)


def _done(target: str, call: dict[str, Any]) -> dict[str, Any]:
    if target.endswith("GetItem"):
        return {"Item": {"settings": {"S": json.dumps({"id": TENANT})}}}
    return {"Successful": [{"Id": entry["Id"]} for entry in call.get("Entries", [])]}


def main() -> None:
    with Server(Sink) as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        Event().wait()


if __name__ == "__main__":
    main()
