"""List the compiled implementation of each stage of a year."""

from __future__ import annotations

from lockin_sim.compiled.stages import books, buyers, draws, market, politics, renewals
from lockin_sim.engine.schedule import Stages


def compiled_stages() -> Stages:
    """Return the compiled implementation of all stages."""
    return Stages(
        prices=market.prices,
        look_around=market.look_around,
        renewals=renewals.renewals,
        planned=renewals.planned,
        lend=renewals.lend,
        operators_choose=buyers.operators_choose,
        users_move=buyers.users_move,
        projects_choose=buyers.projects_choose,
        adopters_adopt=buyers.adopters_adopt,
        propose=politics.propose,
        ballots=politics.ballots,
        settle=politics.settle,
        restrictions=politics.restrictions,
        trade=books.trade,
        commit=books.commit,
        books=books.books,
        draws=draws.CompiledDraws,
    )
