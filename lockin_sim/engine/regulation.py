"""Stage of regulation: states prescribe families of standards, or withdraw what they prescribed."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Integers
from lockin_sim.engine.batch import Batch, Board
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Regulator


def regulation(batch: Batch, board: Board) -> Integers:
    """Family that each state prescribes in each domain, -1 for none.  (run, domain, country).

    Compiled and plain runs share it: it is off in the baseline, and small.
    """
    world, state, before = batch.world, batch.state, batch.state.prescribed
    if not batch.regulates:
        return before
    demanded = batch.demanded(board.now)
    knows = Regulator(
        equipment=state.installed @ state.compliance,
        neighbours=world.influence.neighbours(demanded.astype(float)),
        loans=(state.debt @ world.owned)[:, None],
        treaty=board.now.treaty,
        decided=board.now.demanded.any(axis=-1),
    )
    luck = batch.draws.of_country("regulation", board.year)[:, None]
    shock = batch.draws.uniform(luck, world.cell_keys)
    may = world.prescribable(board.year)
    after = decisions.regulate(before, knows, may, shock, batch.broadcast(3))
    return np.where(world.traded[:, None], after, before)
