"""What no year changes: lasting tastes of countries and operators, and when each lot meets a generation."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import NEVER, Floats, Integers
from lockin_sim.draws import Draws, label_keys
from lockin_sim.parameters import Parameters
from lockin_sim.rules import contracts
from lockin_sim.world import World


def _by_run(value: float | Floats, axes: int) -> float | Floats:
    """A parameter, shaped to meet arrays with some axes behind the run."""
    return value.reshape(-1, *[1] * axes) if isinstance(value, np.ndarray) else value


def fixed_taste(world: World, draws: Draws, p: Parameters, runs: Integers) -> Floats:
    """Lasting taste of each country for each offer, utility units.  (run, domain, country, vendor).

    Systems that adopters use side by side share one taste a country: their receivers share a chip.
    """
    scale = _by_run(p.taste_country, 3)
    shape = (len(runs), *world.shape)
    taste: Floats = np.zeros(shape, dtype=world.dtype)
    if np.any(scale):
        side_by_side = np.array([who == "adopters" for who in world.buyer]) & ~world.enacted
        offers = np.where(side_by_side[:, None], np.uint64(0), world.offer_keys)
        keys = draws.of_country("taste")[:, None, :, None] ^ world.cell_keys[..., None]
        shock = draws.normal(keys, offers[:, None], world.dtype)
        taste = scale * world.relative_taste[:, None, None] * shock
    if world.taste is not None:
        taste = taste + (world.taste if world.taste.ndim == 3 else world.taste[runs])
    return taste


def operator_taste(world: World, draws: Draws, p: Parameters) -> Floats:
    """Lasting taste of the operator of every lot.  (run, lot, vendor)."""
    lots = world.lots
    luck = draws.of_country("operator taste")
    mine = luck if luck.shape[1] == 1 else luck[:, lots.country]
    keys = (mine ^ world.operator_keys)[..., None]
    shock = draws.normal(keys, world.offer_keys[lots.domain], world.dtype)
    return _by_run(p.taste_operator, 2) * world.relative_taste[lots.domain][:, None] * shock


def generation_starts(world: World, draws: Draws, runs: int) -> Integers:
    """Year in which each lot is due for each generation.  (run, lot, generation)."""
    lots = world.lots
    launch = world.launch_year[lots.domain, lots.country]
    if not launch.size or (launch >= NEVER).all():
        return np.full((runs, len(lots), 0), NEVER)
    luck = draws.of_country("generation")
    mine = luck if luck.shape[1] == 1 else luck[:, lots.country]
    steps = label_keys([f"generation {g}" for g in range(launch.shape[1])])
    shock = draws.uniform((mine ^ world.lot_keys)[..., None], steps)
    years = world.roll_out_years[lots.domain, lots.country]
    return np.where(launch >= NEVER, NEVER, contracts.generation_start(launch, years, shock))
