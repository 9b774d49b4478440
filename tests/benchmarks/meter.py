"""A meter on the calls that the real handlers make: the doors' signed ones and boto3's."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from tests.benchmarks.bill import Bill, wait_ms
from waypost.services import process
from waypost.storage.sigv4 import Caller


@dataclass
class Meter:
    """What was called, which messages were queued, and the CPU seconds of this process."""

    bill: Bill = field(default_factory=Bill)
    messages: list[str] = field(default_factory=list)
    cpu: float = 0.0
    calls: list[tuple[float, float, float]] = field(default_factory=list)  # begun, ended, wait

    @contextmanager
    def running(self) -> Iterator["Meter"]:
        emitters = [process.client(name).meta.events for name in ("dynamodb", "s3")]
        for emitter in emitters:
            emitter.register("before-call.*.*", self._begin)
            emitter.register("after-call.*.*", self._end)
        with mock.patch.object(Caller, "_send", self._door_call(Caller._send)):
            begun = time.process_time()
            yield self
            self.cpu += time.process_time() - begun
        for emitter in emitters:
            emitter.unregister("before-call.*.*", self._begin)
            emitter.unregister("after-call.*.*", self._end)

    def _door_call(self, send: Any) -> Any:
        def counted(
            caller: Caller, method: str, path: str, body: bytes, headers: Any, tries: Any = None
        ) -> bytes:
            operation = headers.get("x-amz-target", "PutObject").rpartition(".")[2]
            begun = time.monotonic()
            if operation == "SendMessageBatch":
                # Nobody polls here: what is queued is handed to `match` by the benchmark.
                entries = json.loads(body)["Entries"]
                self.messages += [entry["MessageBody"] for entry in entries]
                answer = json.dumps({"Successful": entries}).encode()
            else:
                answer = send(caller, method, path, body, headers, tries)
            self._add(operation, body, {}, begun)
            return answer

        return counted

    def _begin(self, params: Any, context: Any, **_: Any) -> None:
        body = params.get("body") or b""
        context["bench"] = time.monotonic(), body if isinstance(body, bytes) else b""

    def _end(self, model: Any, parsed: Any, context: Any, **_: Any) -> None:
        begun, body = context["bench"]
        self._add(model.name, body, parsed, begun)

    def _add(self, operation: str, body: bytes, answer: Any, begun: float) -> None:
        self.bill.add(operation, body, answer)
        self.calls.append((begun, time.monotonic(), wait_ms(operation) / 1000))

    def waited(self) -> float:
        """Seconds of waiting, as long as AWS is assumed to take: side by side counts once.

        Calls that overlapped here share their waits in the proportion in which they overlapped.
        """
        total, cluster, until = 0.0, list[tuple[float, float, float]](), 0.0
        for call in sorted(self.calls):
            if cluster and call[0] > until:
                total += _together(cluster, until)
                cluster = []
            cluster.append(call)
            until = max(until, call[1])
        return total + (_together(cluster, until) if cluster else 0.0)


def _together(calls: list[tuple[float, float, float]], until: float) -> float:
    """The waits of calls that overlap, over how many of them ran at a time."""
    lasted = sum(ended - begun for begun, ended, _ in calls)
    overlap = (until - calls[0][0]) / lasted if lasted else 1.0
    return sum(wait for _, _, wait in calls) * overlap
