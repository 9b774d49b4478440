"""The search for cycles, stopped while a batch is made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_gc() -> Iterator[None]:
    """Stops the search for cycles: a batch makes a hundred thousand objects and no cycle, and
    looking for them costs a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
