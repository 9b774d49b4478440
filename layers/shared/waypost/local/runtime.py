"""
One copy of a function, kept warm: `python -m waypost.local.runtime`, a process of its own.

Started by `workers`, which hands over a socket and then one event after another. What the function
prints goes to its log, as on Lambda.
"""

import json
import os
import socket
import struct
import sys
import time
import traceback
from importlib import import_module
from typing import Any
from uuid import uuid4

OK, FAILED = b"+", b"-"
LENGTH = struct.Struct(">I")


class Context:
    """What Lambda tells a handler about one invocation."""

    def __init__(self, function: dict[str, Any]) -> None:
        self.function_name: str = function["name"]
        self.function_version = "$LATEST"
        self.invoked_function_arn: str = function["arn"]
        self.memory_limit_in_mb: int = function["memory"]
        self.aws_request_id = str(uuid4())
        self.log_group_name = self.log_stream_name = function["name"]
        self._until = time.monotonic() + function["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._until - time.monotonic()) * 1000))


def serve(connection: socket.socket, function: dict[str, Any]) -> None:
    """Answers events until the other side is gone."""
    module, _, name = function["handler"].rpartition(".")
    handler = getattr(import_module(module), name)
    with connection.makefile("rwb") as stream:
        _send(stream, OK, b"")
        while head := stream.read(LENGTH.size):
            event = json.loads(stream.read(LENGTH.unpack(head)[0]))
            try:
                returned = handler(event, Context(function))
                # As Lambda's own runtime writes it, since its length is what Lambda bounds.
                _send(stream, OK, json.dumps(returned, ensure_ascii=False).encode())
            except Exception as error:
                traceback.print_exc()
                _send(stream, FAILED, f"{type(error).__name__}: {error}".encode())


def _send(stream: Any, kind: bytes, data: bytes) -> None:
    stream.write(LENGTH.pack(len(data)) + kind)
    stream.write(data)
    stream.flush()


def main() -> None:
    os.dup2(2, 1)
    serve(socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2]))


if __name__ == "__main__":
    main()
