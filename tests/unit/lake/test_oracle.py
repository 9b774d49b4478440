"""Random worlds against the recount in plain Python: no cell of any table differs."""

import pytest

from tests import effort
from tests.unit.lake import planted, worlds

pytestmark = pytest.mark.slow

SEEDS = range(effort.times(2, 5, 400))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_is_the_recount_of_what_landed(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds.lived(seed, monkeypatch)

    assert world.faults() == []


@pytest.mark.parametrize("bug", planted.BUGS)
def test_the_worlds_catch_a_planted_bug(
    bug: planted.Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)

    world = worlds.lived(planted.BUGS[bug], monkeypatch)

    assert world.faults()
