"""segment-analytics-python: makes the calls in CALLS and prints what its `on_error` was told."""

import json
import os
import re
import sys
from datetime import datetime
from typing import Any

from segment import analytics

errors: list[dict[str, Any]] = []


def tell(error: Exception, messages: list[Any]) -> None:
    errors.append({"status": getattr(error, "status", None), "messages": len(messages)})


def spelled(call: dict[str, Any]) -> dict[str, Any]:
    """The call's arguments as this client names them."""
    arguments = {re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", key): v for key, v in call.items()}
    if "timestamp" in arguments:
        arguments["timestamp"] = datetime.fromisoformat(
            arguments["timestamp"].replace("Z", "+00:00")
        )
    return arguments


analytics.write_key = os.environ["WAYPOST_KEY"]
analytics.host = os.environ["WAYPOST_URL"] + os.environ.get("WAYPOST_PATH", "")
analytics.gzip = sys.argv[1] == "gzip"
analytics.sync_mode = sys.argv[1] == "sync"
analytics.on_error = tell
for call in json.loads(os.environ["CALLS"]):
    getattr(analytics, call.pop("call"))(**spelled(call))
if not analytics.sync_mode:
    analytics.shutdown()
print(json.dumps({"errors": errors}))
