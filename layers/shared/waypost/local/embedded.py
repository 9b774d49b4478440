"""The process of the embedded AWS: ministack, with the batching windows that it leaves out.

`python -m waypost.local.embedded` is `python -m ministack` whose event source mappings gather
messages as the template's `MaximumBatchingWindowInSeconds` and `BatchSize` say, and take a
`MaximumConcurrency` that is a parameter.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import uvicorn
from ministack.app import app
from ministack.core.concurrency import esm_wake
from ministack.services import lambda_svc, sqs

from waypost.local.windows import Gathering


def install() -> None:
    """Puts the windows between the emulator's poller and its queues."""
    lambda_svc._sqs_esm_concurrency = _counting(lambda_svc._sqs_esm_concurrency)
    sqs._receive_messages_for_esm = Gathering(
        receive=sqs._receive_messages_for_esm, arrived=_arrived, window=_window, wake=esm_wake.set
    )


def _counting(concurrency: Callable[..., int]) -> Callable[..., int]:
    """The emulator compares with the text that a parameter is to CloudFormation."""

    def in_numbers(mapping: dict[str, Any], *rest: Any) -> int:
        scaling = mapping.get("ScalingConfig")
        if scaling:
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        return concurrency(mapping, *rest)

    return in_numbers


def _arrived(queue: str) -> list[float]:
    now = time.time()
    with sqs._queues_lock:
        since = [message["visible_at"] for message in sqs._queues[queue]["messages"]]
    return [moment for moment in since if moment <= now]


def _window(queue: str) -> float:
    source = sqs._queues[queue]["attributes"]["QueueArn"]
    windows = [
        mapping.get("MaximumBatchingWindowInSeconds") or 0
        for mapping in lambda_svc._esms.values()
        if mapping["EventSourceArn"] == source
    ]
    return float(max(windows, default=0))


def serve(host: str, port: int) -> None:
    """Serves until SIGTERM. Its own server takes twice the time for a request."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        # Seconds: as its own server is set.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    install()
    serve(os.environ["BIND_HOST"], int(os.environ["GATEWAY_PORT"]))
