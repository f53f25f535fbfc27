"""Measures of lock-in from the literature: numbers in, numbers out, nothing of the model.

Each function takes plain arrays and names its axes; what a study or a test does not use is not here.
Equation numbers are those of ``docs/theory.md``.
"""

from lockin_sim.indices.concentration import effective_number, entropy, evenness, hhi, relative_hhi
from lockin_sim.indices.exposure import dependence, exit_cost_ratio, foreclosure, years_to_first_expiry
from lockin_sim.indices.history import (
    ergodicity_distance,
    first_mover_effect,
    mutual_information,
    path_dependence,
)
from lockin_sim.indices.persistence import (
    first_passage,
    last_passage,
    lock_in_probability,
    memory_time,
    retention,
    shorrocks,
    stationary_shares,
    switching_rate,
    transitions,
)
from lockin_sim.indices.power import (
    banzhaf,
    coleman_to_act,
    coleman_to_initiate,
    coleman_to_prevent,
    penrose,
    representation_gap,
    shapley_shubik,
)
from lockin_sim.indices.scoring import Area, auc, brier, covered, crps
from lockin_sim.indices.tipping import early_warning, hysteresis_width, kendall_trend, tipping_point
from lockin_sim.indices.welfare import excess_inertia, excess_momentum, regret

__all__ = [
    "Area",
    "auc",
    "banzhaf",
    "brier",
    "coleman_to_act",
    "coleman_to_initiate",
    "coleman_to_prevent",
    "covered",
    "crps",
    "dependence",
    "early_warning",
    "effective_number",
    "entropy",
    "ergodicity_distance",
    "evenness",
    "excess_inertia",
    "excess_momentum",
    "exit_cost_ratio",
    "first_mover_effect",
    "first_passage",
    "foreclosure",
    "hhi",
    "hysteresis_width",
    "kendall_trend",
    "last_passage",
    "lock_in_probability",
    "memory_time",
    "mutual_information",
    "path_dependence",
    "penrose",
    "regret",
    "relative_hhi",
    "representation_gap",
    "retention",
    "shapley_shubik",
    "shorrocks",
    "stationary_shares",
    "switching_rate",
    "tipping_point",
    "transitions",
    "years_to_first_expiry",
]
