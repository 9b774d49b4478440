"""What the edge asks of the functions behind it."""

from typing import Protocol


class Invoked(Protocol):
    """One function that can be invoked."""

    async def invoke(self, payload: bytes) -> bytes:
        """What the function returned, as JSON. Raises `FunctionFailed` where it gave nothing."""
        ...
