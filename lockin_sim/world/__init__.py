"""Load the world: facts as validated arrays, toy worlds, and the conditions of each year."""

import functools
from pathlib import Path

from lockin_sim.common.errors import unusable
from lockin_sim.common.files import check_path
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.load import BUNDLED, build_world
from lockin_sim.world.markets import Body, Influence, compute_gravity_weights
from lockin_sim.world.model import World
from lockin_sim.world.own_facts import OwnFacts, with_own_facts
from lockin_sim.world.schema import records
from lockin_sim.world.toy import toy_world

__all__ = [
    "BUNDLED",
    "Body",
    "Conditions",
    "Influence",
    "OwnFacts",
    "World",
    "compute_gravity_weights",
    "load_world",
    "records",
    "toy_world",
    "resolve_world",
]


#: What a folder of tables may be, for messages.
FOLDER = "the path of a folder with all tables, or None for the bundled world"


@checks_keywords()
def load_world(folder: str | Path | None = None, *, own_facts: OwnFacts = None) -> World:
    """Load the bundled world of 199 economies, or a world from a folder with edited copies of its tables.

    folder     a folder with all tables; None = the tables shipped with the package, read once
    own_facts  the user's own facts about suppliers, added to the record that runs follow: texts such as
               "MTN Ghana=huawei:2019", or a table or CSV file with the columns operator, vendor and year,
               and if needed iso3, generation and part
    Raises InputError that names file, row and column of the defect.
    """
    world = _load_bundled_world() if folder is None else build_world(check_path("load_world", folder, FOLDER))
    return with_own_facts(world, own_facts)


@functools.cache
def _load_bundled_world() -> World:
    """Load the bundled world, once."""
    return build_world()


def resolve_world(world: object, own_facts: OwnFacts = None) -> World:
    """Return ``world``, or the bundled world for None.

    own_facts  added to the record, see :func:`load_world`
    Raises InputError for other types.
    """
    if world is None:
        world = _load_bundled_world()
    if not isinstance(world, World):
        raise unusable("world", found=world, allowed="a World, as load_world() or toy_world() gives, or None")
    return with_own_facts(world, own_facts)
