"""Policy levers: what each acts on, its settings with unit and bounds, and whom it targets."""

from lockin_sim.levers import catalogue
from lockin_sim.levers.registry import LEVERS, SPONSOR, Lever, Setting
from lockin_sim.levers.targets import targets_of

__all__ = ["LEVERS", "SPONSOR", "Lever", "Setting", "catalogue", "targets_of"]
