"""What the gateway answers by itself, in the words of the template."""

from collections.abc import Mapping
from typing import Any

Headers = list[tuple[bytes, bytes]]
# Status, headers and body.
Answer = tuple[int, Headers, bytes]


class GatewayResponses:
    """The template's gateway responses, by type."""

    def __init__(self, responses: Mapping[str, Mapping[str, Any]]) -> None:
        self._responses = responses

    def answer(self, kind: str) -> Answer:
        """The answer in a case of this kind, which the template words."""
        response = self._responses[kind]
        body = response["ResponseTemplates"]["application/json"].encode()
        return int(response["StatusCode"]), self._headers(kind), body

    def bad_gateway(self) -> Answer:
        """The answer where a function gave none that a proxy can use; AWS has no type for it."""
        return 502, self._headers("DEFAULT_5XX"), b'{"message": "Internal server error"}'

    def _headers(self, kind: str) -> Headers:
        given = self._responses.get(kind, {}).get("ResponseParameters", {}).get("Headers", {})
        # A literal stands in quotes there.
        named = [(name.lower().encode(), text.strip("'").encode()) for name, text in given.items()]
        return [*named, (b"content-type", b"application/json")]
