"""Random worlds against the recount in plain Python: no cell of any table differs."""

import pytest

from tests import effort
from tests.unit.lake import worlds

SEEDS = range(effort.times(2, 10, 400))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_is_the_recount_of_what_landed(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds.lived(seed, monkeypatch)

    assert world.faults() == []
