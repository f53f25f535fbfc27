"""Who does each stage of a year in compiled code."""

from lockin_sim.engine.compiled.chance import CompiledDraws
from lockin_sim.engine.compiled.stages.adopters import adopters_adopt
from lockin_sim.engine.compiled.stages.ballots import ballots
from lockin_sim.engine.compiled.stages.bodies import propose, settle
from lockin_sim.engine.compiled.stages.books import books
from lockin_sim.engine.compiled.stages.commit import commit
from lockin_sim.engine.compiled.stages.lending import lend
from lockin_sim.engine.compiled.stages.operators import operators_choose
from lockin_sim.engine.compiled.stages.posted import prices
from lockin_sim.engine.compiled.stages.projects import projects_choose
from lockin_sim.engine.compiled.stages.renewals import renewals
from lockin_sim.engine.compiled.stages.restrictions import restrictions
from lockin_sim.engine.compiled.stages.routes import planned
from lockin_sim.engine.compiled.stages.surroundings import look_around
from lockin_sim.engine.compiled.stages.totals import trade
from lockin_sim.engine.compiled.stages.users import users_move
from lockin_sim.engine.stages import Stages

#: As the engine of numpy has them.
STAGES = Stages(
    prices=prices,
    renewals=renewals,
    planned=planned,
    lend=lend,
    look_around=look_around,
    operators_choose=operators_choose,
    users_move=users_move,
    projects_choose=projects_choose,
    adopters_adopt=adopters_adopt,
    propose=propose,
    ballots=ballots,
    settle=settle,
    restrictions=restrictions,
    trade=trade,
    books=books,
    commit=commit,
    draws=CompiledDraws,
)
