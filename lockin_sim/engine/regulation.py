"""Simulate regulation: states prescribe a family of standards, or withdraw the prescription."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Integers
from lockin_sim.engine.batch import Batch, Board
from lockin_sim.model import decisions
from lockin_sim.model.decisions import RegulationFactors


def regulation(batch: Batch, board: Board) -> Integers:
    """Decide which family each state prescribes in each domain, -1 for none.  (run, domain, country).

    Both engines share this stage: it is off in the baseline, and small.
    """
    world, before, may = batch.world, batch.state.prescribed, batch.world.prescribable(board.year)
    if not batch.regulates or not ((may.sum(axis=-1) > 1).any() or (before >= 0).any()):
        return before  # of one family alone nothing is to be decided
    open_to = np.flatnonzero(world.traded)
    knows = RegulationFactors(
        equipment=batch.state.installed[:, open_to] @ batch.state.compliance[:, open_to],
        neighbours=world.influence.neighbours(batch.demanded(board.now)[:, open_to].astype(float)),
        loans=(batch.state.debt @ world.owned)[:, None],
        treaty=board.now.treaty,
        decided=board.now.demanded.any(axis=-1),
    )
    luck = batch.draws.of_country("regulation", board.year)[:, None]
    shock = batch.draws.uniform(luck, world.cell_keys[open_to])
    after = before.copy()
    after[:, open_to] = decisions.update_prescriptions(
        before[:, open_to], knows, may, shock, batch.broadcast(3)
    )
    return after
