"""The public names and where they live: what editors and type checkers read, and what the package loads from.

To make a name public, add its line here, ``from its.home import name as name``; there is no other list.
"""

from lockin_sim import rules as rules
from lockin_sim.agents import LockInModel as LockInModel
from lockin_sim.common.errors import InputError as InputError
from lockin_sim.comparisons.arms import contrast as contrast
from lockin_sim.comparisons.compare import compare as compare
from lockin_sim.comparisons.measured_places import outcomes as outcomes
from lockin_sim.comparisons.outcomes import own_outcome as own_outcome
from lockin_sim.comparisons.trial import Arm as Arm
from lockin_sim.evidence.calibrate import calibrate as calibrate
from lockin_sim.evidence.hindcast import hindcast as hindcast
from lockin_sim.evidence.validate import validate as validate
from lockin_sim.pages import plots as plots
from lockin_sim.pages import report as report
from lockin_sim.runs.context import running as running
from lockin_sim.runs.merge import merge as merge
from lockin_sim.runs.results import open_results as open_results
from lockin_sim.runs.simulation import simulate as simulate
from lockin_sim.settings import design as design
from lockin_sim.settings.ensemble import posterior_draws as posterior_draws
from lockin_sim.settings.levers import lever as lever
from lockin_sim.settings.parameters import Parameters as Parameters
from lockin_sim.settings.policies import scenarios as scenarios
from lockin_sim.settings.scenario import Scenario as Scenario
from lockin_sim.settings.scenario import load_scenario as load_scenario
from lockin_sim.studies.chain import chain as chain
from lockin_sim.studies.check import check as check
from lockin_sim.studies.country import country as country
from lockin_sim.studies.exit_plan import exit_plan as exit_plan
from lockin_sim.studies.explanation import explain as explain
from lockin_sim.studies.lead import lead as lead
from lockin_sim.studies.lock_in_trial import lock_in as lock_in
from lockin_sim.studies.points import evaluate as evaluate
from lockin_sim.studies.printing import describe as describe
from lockin_sim.studies.printing import summary as summary
from lockin_sim.studies.sweep import Experiment as Experiment
from lockin_sim.studies.sweep import load_experiment as load_experiment
from lockin_sim.studies.sweep import sweep as sweep
from lockin_sim.world import load_world as load_world
from lockin_sim.world import records as records
from lockin_sim.world import toy_world as toy_world

__version__: str
