"""The world: facts as validated arrays, toy worlds, and the conditions of each year."""

import functools
from pathlib import Path

from lockin_sim.common.errors import unusable
from lockin_sim.common.files import path_of
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.load import BUNDLED, load
from lockin_sim.world.markets import Body, Influence, gravity
from lockin_sim.world.model import World
from lockin_sim.world.schema import records
from lockin_sim.world.toy import toy_world

__all__ = [
    "BUNDLED",
    "Body",
    "Conditions",
    "Influence",
    "World",
    "gravity",
    "load_world",
    "records",
    "toy_world",
    "world_of",
]


#: What a folder of tables may be, for messages.
FOLDER = "the path of a folder with all tables, or None for the bundled world"


@checks_keywords()
def load_world(folder: str | Path | None = None) -> World:
    """Load the bundled world of 199 economies, or one from a folder with edited copies of its tables.

    folder  a folder with all tables; None = those shipped with the package, read once
    Raises InputError that names file, row and column of what is wrong.
    """
    return _bundled() if folder is None else load(path_of("load_world", folder, FOLDER))


@functools.cache
def _bundled() -> World:
    """The bundled world, read once."""
    return load()


def world_of(world: object) -> World:
    """The world that an argument stands for: itself, or the bundled one for None.

    Raises InputError for anything else.
    """
    if world is None:
        return _bundled()
    if not isinstance(world, World):
        raise unusable("world", found=world, allowed="a World, as load_world() or toy_world() gives, or None")
    return world
