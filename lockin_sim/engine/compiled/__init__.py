"""Hot stages of the vectorised engine, compiled by numba from the same rules and decisions.

Only this package imports numba.  ``rows`` and ``functions`` are what a rule is made of when it works on the
rows of a few customers at once; ``twins`` recompiles rules and decisions as they stand; ``memory`` says how
arrays are looked at, ``blocks`` brings rows in and out of them, and ``lanes`` says whose they are; ``lines``
and ``indexing`` are for loops that only add up, or work on single numbers; ``cache`` keeps what was compiled;
the other modules are stages.
"""

from lockin_sim.engine.compiled.adopters import adopters_adopt
from lockin_sim.engine.compiled.ballots import ballots
from lockin_sim.engine.compiled.bodies import settle
from lockin_sim.engine.compiled.books import books
from lockin_sim.engine.compiled.chance import CompiledDraws
from lockin_sim.engine.compiled.commit import commit
from lockin_sim.engine.compiled.lending import lend
from lockin_sim.engine.compiled.operators import operators_choose
from lockin_sim.engine.compiled.projects import projects_choose
from lockin_sim.engine.compiled.renewals import renewals
from lockin_sim.engine.compiled.restrictions import restrictions
from lockin_sim.engine.compiled.routes import planned
from lockin_sim.engine.compiled.surroundings import look_around
from lockin_sim.engine.compiled.totals import trade
from lockin_sim.engine.compiled.users import users_move
from lockin_sim.engine.hot import Hot

#: The stages that are compiled.
STAGES = Hot(
    renewals=renewals,
    planned=planned,
    lend=lend,
    look_around=look_around,
    operators_choose=operators_choose,
    users_move=users_move,
    projects_choose=projects_choose,
    adopters_adopt=adopters_adopt,
    ballots=ballots,
    settle=settle,
    restrictions=restrictions,
    trade=trade,
    books=books,
    commit=commit,
    draws=CompiledDraws,
)

__all__ = ["STAGES"]
