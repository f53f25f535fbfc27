"""Stage of the choice: every kind of buyer decides on what it saw when the stage began; all is booked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year, add_at
from lockin_sim.engine.lending import Loans
from lockin_sim.engine.operators import Signed
from lockin_sim.engine.projects import Built
from lockin_sim.engine.renewals import Renewals
from lockin_sim.engine.users import Moved
from lockin_sim.model.imposed import lots_won
from lockin_sim.model.installed import installed_of


class Choices(NamedTuple):
    """What every kind of buyer decided."""

    signed: Signed
    moved: list[Moved]
    built: Built | None
    adoption: Floats  # (run, adopters' domain, country, vendor)


def choose(batch: Batch, year: Year, up: Renewals, loans: Loans) -> Choices:
    """Operators, users, projects and adopters decide, all on the same state."""
    around = batch.stages.look_around(batch, year, up.rows)
    return Choices(
        signed=batch.stages.operators_choose(batch, year, up.rows, loans, around),
        moved=batch.stages.users_move(batch, year, up.leaving, around),
        built=batch.stages.projects_choose(batch, year, up.landings, loans, around),
        adoption=batch.stages.adopters_adopt(batch, year, around),
    )


def commit(batch: Batch, year: Year, chosen: Choices) -> None:
    """Write the decisions into the state."""
    world, state = batch.world, batch.state
    rows, slot = chosen.signed.rows, chosen.signed.slot
    signed = chosen.signed.signed[:, 0]
    run, lot = rows.run[signed], rows.lot[signed]
    state.incumbent[run, lot] = slot[signed]
    state.generation[run, lot] = rows.arrived[signed]
    given, to = lots_won(world, year.year)
    state.incumbent[:, given] = to
    for moved in chosen.moved:
        state.installed[:, moved.domains] = moved.flowed.installed
    if chosen.built is not None:
        state.landings *= world.landings_kept
        landings = chosen.built.landings
        built = chosen.built.signed[:, 0]
        add_at(state.landings, 1.0, landings.run[built], landings.country[built], chosen.built.slot[built])
    state.adoption = chosen.adoption
    installed_of(world, state)
    if batch.winners:
        note_winners(batch, chosen.signed)


def note_winners(batch: Batch, signed: Signed) -> None:
    """Who won the largest lot of each market, the last of several that are as large."""
    rows, took = signed.rows, np.flatnonzero(signed.signed[:, 0])
    took = took[np.argsort(rows.value[took, 0], kind="stable")]
    batch.flows.winner[rows.run[took], rows.domain[took], rows.country[took]] = signed.slot[took]
