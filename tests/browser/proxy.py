"""BrowserProxy: a fault proxy that can be slow, and that can be well again."""

import time

from tests.clients.proxy import Exchange, FaultProxy, _Answer


class BrowserProxy(FaultProxy):
    """`delay` is how many seconds pass before a POST is answered.

    `answered` is how many POSTs had their answer by now.
    """

    delay: float = 0
    answered: int = 0

    def heal(self) -> None:
        """No more faults."""
        with self._lock:
            self._faults.clear()

    def exchange(self, request: Exchange, framed: bytes) -> _Answer:
        answer = super().exchange(request, framed)
        if request.method == "POST":
            time.sleep(self.delay)
        return answer

    def ended(self, exchange: Exchange) -> None:
        if exchange.method == "POST":
            with self._lock:
                self.answered += 1
