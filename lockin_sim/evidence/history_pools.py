"""Pools of runs near the record.

For each parameter draw, runs whose chance events give each economy its own history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.draws import Draws, combine, label_keys
from lockin_sim.common.progress import Progress
from lockin_sim.record import Fact
from lockin_sim.record.facts import build_history_facts
from lockin_sim.record.histories import (
    RECORD,
    SEED,
    compute_record_distances,
    draw_pool_runs,
    group_recorded_economies,
)
from lockin_sim.record.questions import AnswerReducer
from lockin_sim.runs.jobs import RunCase, run_cases
from lockin_sim.settings.ensemble import HISTORY, extract_parameter_values
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Runs in the pool of each draw, and histories chosen from it: orders, loans and contracts are as recorded in
#: any case, so that few runs suffice for what is left.
POOL, ALTERNATIVES = 16, 4

#: Runs simulated together.
TOGETHER = 64


def build_history_pools(
    world: World,
    parameters: Parameters,
    facts: tuple[Fact, ...],
    *,
    draws: int,
    pool: int = POOL,
    alternatives: int = ALTERNATIVES,
    workers: int | None = None,
    progress: bool | Progress = False,
) -> xr.DataArray:
    """Choose runs close to the record as histories of each parameter draw and economy.

    parameters    plain, or arrays (draw,)
    facts         to match, see :func:`.record.facts.build_history_facts`
    pool          runs simulated for each draw
    alternatives  histories chosen from them, closer runs with higher probability
    Returns run numbers within the pool of the draw, (draw, which, country), for
    :func:`lockin_sim.settings.ensemble.build_posterior_history`.
    """
    import xarray as xr

    varied = {n: np.repeat(v, pool) for n, v in parameters.as_dict().items() if np.ndim(v)}
    scoped, questions = group_recorded_economies(world, facts), tuple(fact.question for fact in facts)
    last = max(question.year for question in questions)
    case = RunCase(
        "pools",
        load_scenario("baseline"),
        AnswerReducer(questions),
        parameters.replace(varied),
        RECORD,
        TOGETHER,
        world=scoped,
    )
    met = run_cases(
        [case],
        world=scoped,
        runs=draws * pool,
        seed=SEED,
        years=(world.first_year, last),
        workers=workers,
        chunk=TOGETHER,
        progress=progress,
    )["pools"]["values"]
    luck, numbered = Draws(SEED, np.arange(draws)), label_keys([f"history {k}" for k in range(alternatives)])
    order, within = luck.stream("order of histories"), luck.stream("history")
    shape = draws, alternatives, len(world.countries)
    chosen = np.broadcast_to(np.arange(alternatives)[:, None], shape).astype(np.min_scalar_type(-pool))
    for draw, runs in enumerate(met.reshape(draws, pool, -1)):
        by_country = compute_record_distances(runs, facts)
        # one shock in each of as many equal parts as there are alternatives, in an order of the economy's own
        for code, distance in by_country.items():
            keys = combine(label_keys([code]), numbered)
            part = luck.uniform(order[draw], keys).argsort()
            shock = (part + luck.uniform(within[draw], keys)) / alternatives
            chosen[draw, :, world.countries.index(code)] = draw_pool_runs(distance, shock)
    about = {"units": "1", "long_name": "run of the pool of the draw"} | {
        "pool": pool,
        "pool_seed": SEED,
        "last_year": world.case.years.present,
    }
    axes = ("draw", "which", "country")
    return xr.DataArray(chosen, {"country": list(world.countries)}, axes, attrs=about)


def add_histories(
    posterior: xr.Dataset,
    *,
    world: World,
    parameters: Parameters,
    workers: int | None = None,
    progress: bool | Progress = False,
) -> xr.Dataset:
    """Add histories to the draws of a posterior; without a record to match, return it unchanged.

    parameters  fixed in the calibration of the posterior
    """
    facts = build_history_facts(world)
    if not facts:
        return posterior
    draws = posterior.sizes["draw"]
    values = parameters.replace(extract_parameter_values(posterior, np.arange(draws)))
    histories = build_history_pools(world, values, facts, draws=draws, workers=workers, progress=progress)
    return posterior.drop_dims(["which", "country"], errors="ignore").assign({HISTORY: histories})
