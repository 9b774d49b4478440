"""ThrottlingProxy: in front of an AWS, and refuses as AWS refuses whoever asks for too much."""

import http.client
import json
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import compress, count
from typing import Any

from tests.clients.proxy import Exchange, FaultProxy, _Answer
from tests.conftest import Local
from tests.faults import capacity
from tests.faults.capacity import Gate, Item, Need

_TYPE = "com.amazonaws.dynamodb.v20120810#"
_REFUSALS = ("ProvisionedThroughputExceededException", "ThrottlingException")
_REASONS = ("ProvisionedThroughputExceeded", "ThrottlingError")
_MESSAGE = "Throughput exceeds the current capacity of your table or partition."
_SLOW_DOWN = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"""


class ThrottlingProxy(FaultProxy):
    """What does not pass the gate is refused in the shape of its call, and never forwarded.

    `calls` counts calls by operation, `refused` those of which anything was refused, `read_bytes`
    what came back from the store. Both words of AWS for a refusal take turns.
    """

    def __init__(self, target: str, gate: Gate) -> None:
        super().__init__(target)
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.read_bytes = 0
        self.gate = gate
        self._turn = count()
        self._idle: deque[http.client.HTTPConnection] = deque()

    def exchange(self, request: Exchange, framed: bytes) -> _Answer:
        """The answer to one request; it is not kept in `seen`, for a load makes too many."""
        service, _, operation = request.headers.get("x-amz-target", "").rpartition(".")
        if service.startswith("DynamoDB"):
            answer, refused = self._dynamodb(operation, request)
        elif operation == "SendMessageBatch":
            answer, refused = self._send_messages(request)
        else:
            operation = f"{request.method} object"
            refused = not self.gate.call()(Need(request.method, "", request.path, 1))
            answer = _Answer(503, [], _SLOW_DOWN) if refused else self._forward(request, framed)
        with self._lock:
            self.calls[operation] += 1
            self.refused[operation] += refused
            self.read_bytes += len(answer.body)
        return answer

    def _dynamodb(self, operation: str, request: Exchange) -> tuple[_Answer, bool]:
        asked = json.loads(request.body)
        needs, take = capacity.needs(operation, asked), self.gate.call()
        passes = [take(need) for need in needs]
        if all(passes):
            answer = self._forward(request, request.body)
            self._spend_more(operation, asked, answer)
            return answer, False
        if operation == "TransactWriteItems":
            return self._cancelled(passes), True
        if operation == "BatchExecuteStatement":
            return self._statements(request, asked, passes), True
        if not any(passes):
            return _error(self._word(_REFUSALS)), True
        return self._part(operation, request, asked, passes), True

    def _word(self, words: tuple[str, ...]) -> str:
        return words[next(self._turn) % len(words)]

    def _spend_more(self, operation: str, asked: Item, answer: _Answer) -> None:
        if answer.status == 200 and isinstance(self.gate, capacity.Buckets):
            for need in capacity.read(operation, asked, json.loads(answer.body)):
                self.gate.spend(need)

    def _cancelled(self, passes: list[bool]) -> _Answer:
        word = self._word(_REASONS)
        reasons: list[Item] = [
            {"Code": "None"} if passed else {"Code": word, "Message": _MESSAGE} for passed in passes
        ]
        codes = ", ".join(reason["Code"] for reason in reasons)
        message = f"Transaction cancelled, please refer cancellation reasons for reasons [{codes}]"
        more = {"Message": message, "CancellationReasons": reasons}
        return _error("TransactionCanceledException", **more)

    def _statements(self, request: Exchange, asked: Item, passes: list[bool]) -> _Answer:
        """As AWS does: a 200, an answer for each statement, and an error in those refused."""
        taken = list(compress(asked["Statements"], passes))
        done: Iterator[Item] = iter(())
        if taken:
            answer = self._forward_as(request, {**asked, "Statements": taken})
            if answer.status != 200:
                return answer
            done = iter(json.loads(answer.body)["Responses"])
        error = {"Error": {"Code": self._word(_REASONS), "Message": _MESSAGE}}
        return _answer({"Responses": [next(done) if passed else error for passed in passes]})

    def _part(self, operation: str, request: Exchange, asked: Item, passes: list[bool]) -> _Answer:
        """A batch of which some passes: a 200 that names the rest."""
        taken, left = _split(asked["RequestItems"], passes)
        answer = self._forward_as(request, {**asked, "RequestItems": taken})
        if answer.status != 200:
            return answer
        self._spend_more(operation, asked, answer)
        rest = "UnprocessedKeys" if operation == "BatchGetItem" else "UnprocessedItems"
        return _answer({**json.loads(answer.body), rest: left})

    def _send_messages(self, request: Exchange) -> tuple[_Answer, bool]:
        asked, take = json.loads(request.body), self.gate.call()
        entries = asked["Entries"]
        passes = [take(Need("send", asked["QueueUrl"], entry["Id"], 1)) for entry in entries]
        if all(passes):
            return self._forward(request, request.body), False
        failed = [
            {"Id": entry["Id"], "Code": "ThrottlingException", "SenderFault": False}
            for entry, passed in zip(entries, passes, strict=True)
            if not passed
        ]
        body: Item = {"Successful": []}
        if any(passes):
            taken = {**asked, "Entries": list(compress(entries, passes))}
            body = json.loads(self._forward_as(request, taken).body)
        return _answer({**body, "Failed": failed}), True

    def _forward_as(self, request: Exchange, body: Item) -> _Answer:
        data = json.dumps(body).encode()
        headers = {**request.headers, "content-length": str(len(data))}
        return self._forward(Exchange(request.method, request.path, headers, data), data)

    def _forward(self, request: Exchange, framed: bytes) -> _Answer:
        headers = {name: value for name, value in request.headers.items() if name != "expect"}
        upstream = self._connection()
        try:
            upstream.request(request.method, request.path, framed, headers)
            answer = upstream.getresponse()
            given = _Answer(answer.status, answer.getheaders(), answer.read())
        except (http.client.RemoteDisconnected, ConnectionError):
            # It was closed while nobody used it: nothing of this request was done.
            upstream.close()
            return super()._forward(request, framed)
        self._idle.append(upstream)
        return given

    def _connection(self) -> http.client.HTTPConnection:
        try:
            return self._idle.pop()
        except IndexError:
            return http.client.HTTPConnection(self._target.hostname or "", self._target.port)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        for upstream in self._idle:
            upstream.close()


def _split(batch: Item, passes: list[bool]) -> tuple[Item, Item]:
    """Those of a batch's items that pass and the others, each by table as they were asked for."""
    taken: Item = {}
    left: Item = {}
    passing = iter(passes)
    for table, wanted in batch.items():
        items = wanted["Keys"] if isinstance(wanted, dict) else wanted
        goes = [next(passing) for _ in items]
        for side, chosen in ((taken, goes), (left, [not passed for passed in goes])):
            if some := list(compress(items, chosen)):
                side[table] = {**wanted, "Keys": some} if isinstance(wanted, dict) else some
    return taken, left


def _answer(body: Item, status: int = 200) -> _Answer:
    """Without the upstream's headers, among which is a checksum of another body."""
    headers = [("Content-Type", "application/x-amz-json-1.0")]
    return _Answer(status, headers, json.dumps(body).encode())


def _error(code: str, **more: Any) -> _Answer:
    return _answer({"__type": _TYPE + code, "message": _MESSAGE, **more}, 400)


@contextmanager
def behind(local: Local, proxy: ThrottlingProxy, *functions: str) -> Iterator[None]:
    """Functions of the local default whose AWS is the proxy, while the block lasts."""
    client = local.client("lambda")
    configurations = [
        each
        for each in client.list_functions()["Functions"]
        if each["FunctionName"].startswith(tuple(f"waypost-{name}Function-" for name in functions))
    ]
    assert len(configurations) == len(functions)

    def point(more: dict[str, str]) -> None:
        for each in configurations:
            variables = {**each["Environment"]["Variables"], **more}
            name = each["FunctionName"]
            client.update_function_configuration(
                FunctionName=name, Environment={"Variables": variables}
            )

    point({"AWS_ENDPOINT_URL": proxy.url})
    try:
        yield
    finally:
        point({})
