"""The bundled world and its tables, as all tests of data ask for them."""

import pytest
from data.places import Places

from lockin_sim.world.schema import read_all


@pytest.fixture(scope="session")
def every():
    """All tables by name."""
    return read_all()


@pytest.fixture(scope="session")
def world(real_world):
    """The bundled world."""
    return real_world


@pytest.fixture(scope="session")
def at(world):
    """Positions of labels in it."""
    return Places(world)
