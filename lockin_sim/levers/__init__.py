"""Policy levers: what each acts on, its settings with unit and bounds, and whom it targets.

A lever is a bounded change of one declared quantity, for some targets, from year to year.  It writes to the
:class:`~lockin_sim.world.Conditions` of its years before the engines see them, so a lever at its neutral
setting is the identity, bit for bit.  To add one on an existing quantity, write one function in the module
of its subject: its keyword arguments declare the settings.
"""

from lockin_sim.levers import data, industry, presence, security, standards
from lockin_sim.levers.registry import BODY, FACTOR, LEVERS, PLACE, SPONSOR, STANDARD, Lever, Setting
from lockin_sim.levers.targets import targets_of

__all__ = [
    "BODY",
    "FACTOR",
    "LEVERS",
    "PLACE",
    "SPONSOR",
    "STANDARD",
    "Lever",
    "Setting",
    "data",
    "industry",
    "presence",
    "security",
    "standards",
    "targets_of",
]
