"""The transformed template, once for the suite."""

import pytest

from tests.template.stack import Stack, the_stack


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The stack of this checkout."""
    return the_stack()
