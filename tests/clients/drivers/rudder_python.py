"""rudder-sdk-python: makes the calls in CALLS and prints what its `on_error` was told."""

import json
import os
import re
import sys
from datetime import datetime
from typing import Any

import rudderstack.analytics as rudder

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


rudder.write_key = os.environ["WAYPOST_KEY"]
rudder.dataPlaneUrl = os.environ["WAYPOST_URL"]
rudder.gzip = sys.argv[1] != "plain"
rudder.sync_mode = sys.argv[1] == "sync"
rudder.on_error = tell
for call in json.loads(os.environ["CALLS"]):
    getattr(rudder, call.pop("call"))(**spelled(call))
if not rudder.sync_mode:
    rudder.shutdown()
print(json.dumps({"errors": errors}))
