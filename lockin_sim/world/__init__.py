"""The world: facts as validated arrays, toy worlds, and the conditions of each year."""

from lockin_sim.world.influence import Influence, gravity
from lockin_sim.world.model import Body, Conditions, World
from lockin_sim.world.toy import toy_world

__all__ = ["Body", "Conditions", "Influence", "World", "gravity", "load_world", "toy_world"]


def load_world(folder: str | None = None) -> World:
    """The bundled world of 199 economies, or one from a folder with edited copies of its tables.

    folder  a folder that holds all tables; None = those shipped with the package
    Raises InputError that names file, row and column of what is wrong.
    """
    from lockin_sim.world.load import load

    return load(folder)
