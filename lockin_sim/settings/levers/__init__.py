"""Define policy levers: target, settings with unit and bounds, and effect of each.

A lever is a bounded change of one declared quantity, for some targets, from year to year.  It writes to the
:class:`~lockin_sim.world.Conditions` of its years before the engines see them, so a lever at its neutral
setting is the identity, bit for bit.  To add one on an existing quantity, write one function in
``catalogue``: its keyword arguments declare the settings.
"""

from lockin_sim.settings.levers import catalogue
from lockin_sim.settings.levers.declaration import (
    FACTOR,
    LEVERS,
    Lever,
    Reach,
    Setting,
    amount,
    choice,
    lever,
    resolve_targets,
)

__all__ = [
    "FACTOR",
    "LEVERS",
    "Lever",
    "Reach",
    "Setting",
    "amount",
    "catalogue",
    "choice",
    "lever",
    "resolve_targets",
]
