"""cruds: makes the calls in CALLS, each `[model, method, arguments, named arguments]`, and prints
what each returned, or raised."""

import json
import os
import sys
from types import GeneratorType

sys.path.pop(0)  # this file's own folder, where `cruds` is this file

from cruds.interfaces.planhat import Planhat, logic
from cruds.interfaces.planhat.exception import PlanhatUpsertError
from urllib3.exceptions import HTTPError


def made(model: str, method: str, given: list[object], named: dict[str, object]) -> object:
    try:
        returned = getattr(getattr(planhat, model), method)(*given, **named)
        return list(returned) if isinstance(returned, GeneratorType) else returned
    except PlanhatUpsertError as error:
        return {"raised": "PlanhatUpsertError", "errors": error.errors}
    except HTTPError as error:
        return {"raised": type(error).__name__, "message": str(error)}


logic.PLANHAT_API_HOST = logic.PLANHAT_ANALYTICS_HOST = os.environ["WAYPOST_URL"] + "/"
planhat = Planhat(api_token=os.environ["WAYPOST_KEY"], tenant_token=os.environ["WAYPOST_TENANT"])
if sys.argv[1] == "models":
    kinds = {name: getattr(Planhat, name) for name in dir(Planhat)}
    returned: object = {name: kind.uri for name, kind in kinds.items() if hasattr(kind, "uri")}
else:
    returned = [made(*call) for call in json.loads(os.environ["CALLS"])]
print(json.dumps({"returned": returned}))
