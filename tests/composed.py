"""What `services` makes once in a process, as warm functions have it."""

from types import ModuleType

from waypost import services
from waypost.environment import environment


def forget() -> None:
    """Everything is made anew, from the environment as it is then."""
    environment.cache_clear()
    for module in vars(services).values():
        if isinstance(module, ModuleType):
            for factory in vars(module).values():
                if hasattr(factory, "cache_clear"):
                    factory.cache_clear()
