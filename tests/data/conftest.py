"""The bundled world and its tables, as all tests of data ask for them."""

import pytest
from data.places import Places

from lockin_sim.world import World
from lockin_sim.world.schema import Table, read_all


@pytest.fixture(scope="session")
def every() -> dict[str, Table]:
    """All tables by name."""
    return read_all()


@pytest.fixture(scope="session")
def world(real_world: World) -> World:
    """The bundled world."""
    return real_world


@pytest.fixture(scope="session")
def at(world: World) -> Places:
    """Positions of labels in it."""
    return Places(world)
