"""Likelihood of recorded contracts given operators' tastes, and of the parameters behind the tastes.

One guided run gives the offers to each operator on record, by each supplier that it might have had before,
without tastes.  Tastes enter the worth of an offer additively, so that any number of tastes are weighed
against the same offers (a mixed logit: Train 2009, chapter 6).

An operator decides once a generation, however many lots stand for its network: of a contract with several
suppliers the record says that the choice was one of them, and the likelihood sums over all sequences that the
record allows.  Changes of supplier within a generation are no decisions, since staying within a generation
makes no news: they only update who the supplier is afterwards.  Where tastes drift, each candidate is a path
of tastes, one a generation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.draws import Draws, History
from lockin_sim.model.start import OPERATOR_TASTE, constants, taste_of_generation, tastes_drift
from lockin_sim.rules import choice, utility
from lockin_sim.settings.ensemble import find_recorded_operators
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import World
from lockin_sim.world.cache import cache_per_world

#: Number of tastes of an operator of which one is taken.
CANDIDATES = 512

#: Numbers of tastes of each country, and of each of its operators, over which a likelihood is a mean, and
#: their seed: the same at all parameters, so that chance does not tell these apart.
COUNTRY_TASTES, OPERATOR_TASTES, SEED = 4, 64, 2010


#: Worth below the best at which an offer counts as none.
LARGEST_GAP = 700.0


class SupplierStates(NamedTuple):
    """Supplier states of operators on record, sorted by operator and year; one row per state.

    The first state of each operator is that of the first year, with every vendor possible where nothing is
    recorded.

    operator    (state,), place among operators on record
    lot         (state,), one of the operator's lots
    year        (state,)
    decides     (state,), whether a generation begins, as in the first year
    generation  (state,), index of the generation that begins, -1 in the first year and where none begins
    step        (state,), number of earlier states of the operator
    mains       (state, vendor), whether the vendor has a lot
    """

    operator: Integers
    lot: Integers
    year: Integers
    decides: Bools
    generation: Integers
    step: Integers
    mains: Bools


class TasteEvidence(NamedTuple):
    """Offers and country tastes in guided runs, from which the likelihood of tastes is computed.

    offers   (run, state, incumbent, vendor + 1), utility over noise scale without tastes, the last that of
             going without; -inf where not to be taken, NaN where nothing was decided or no vendor on record
             was on offer
    country  lasting tastes of countries in the runs, utility units;  fixed  part of these tastes that is in
             the world's tables.  (run, country, vendor)
    """

    offers: Floats
    country: Floats
    fixed: Floats


def find_contract_domain(world: World) -> int:
    """Return the index of the domain of the operators on record."""
    return int(world.lots.domain[world.contracts.held[0, 1]])


@cache_per_world(most=2)
def build_supplier_states(world: World) -> SupplierStates:
    """Build the supplier states of each operator from the contracts on record."""
    some, contracts = find_recorded_operators(world), world.contracts
    first = contracts.held[:, 0] == world.first_year
    year, lot, slot = np.concatenate([contracts.held[first], contracts.tenders[:, [0, 1, 3]]]).T
    begun = np.concatenate([np.full(first.sum(), -1), contracts.tenders[:, 2]])
    begins = (begun >= 0) | (np.arange(len(begun)) < first.sum())
    operator = np.searchsorted(some, world.lots.operator[lot])
    rows: dict[tuple[int, int], list[int]] = {}
    for row in np.lexsort([lot, year, operator]).tolist():
        rows.setdefault((int(operator[row]), int(year[row])), []).append(row)
    any_lot = np.unique(world.lots.operator, return_index=True)[1][some]
    states = list[tuple[int, int, int, bool, int, int, Bools]]()
    everybody = world.slots_used[find_contract_domain(world)]
    for k in range(len(some)):
        mine = [key for key in rows if key[0] == k]
        if not mine or mine[0][1] > world.first_year:
            states.append((k, any_lot[k], world.first_year, True, -1, 0, np.ones(everybody, dtype=bool)))
        for _, when in mine:
            own = rows[k, when]
            mains = np.isin(np.arange(everybody), slot[own])
            step = sum(state[0] == k for state in states[-len(mine) - 1 :])
            newest = int(begun[own].max())
            states.append((k, lot[own[0]], when, bool(begins[own].any()), newest, step, mains))
    return SupplierStates(*map(np.array, zip(*states, strict=True)))


def compute_first_offers(world: World) -> Floats:
    """Compute utilities of offers in the first year, without lasting tastes, in each state's country.

    Returns (state, vendor), -inf where a vendor is not on sale.
    """
    states, domain = build_supplier_states(world), find_contract_domain(world)
    appeal: Floats = constants(world)[domain, world.lots.country[states.lot]]
    return appeal[:, : world.slots_used[domain]]


def draw_operator_tastes(
    world: World, parameters: Parameters, history: History, runs: Integers, said: TasteEvidence
) -> Integers:
    """Draw the tastes of operators given their contracts, as numbers of pool runs.  (run, operator)

    Each operator on record gets one of :data:`CANDIDATES` tastes, with weight P(its contracts | taste,
    offers); operators that are not on record have the taste of their country's pool run.
    """
    lots, some = world.lots, find_recorded_operators(world)
    first_lot = np.unique(lots.operator, return_index=True)[1]
    tastes = history.numbers[:, lots.country[first_lot]].astype(np.int32)
    lot = first_lot[some]
    paths = _build_taste_paths(world, parameters, Draws(history.seed, np.arange(CANDIDATES)), lot)
    luck = Draws(history.seed, runs)
    shock = luck.uniform(luck.stream("taste of operators")[:, None], world.operator_keys[lot])
    for r in range(len(runs)):
        p = parameters.select(r).at(world.first_year)
        taste = p.taste_operator * paths(p) + said.country[r, lots.country[lot]][:, None]
        liked, first = _compute_odds(p, taste)
        likelihood = _compute_log_likelihood(world, liked, first[0], said.offers[r])
        tastes[r, some] = choice.weighted(likelihood, shock[r])
    return tastes


def compute_contracts_log_likelihood(world: World, parameters: Parameters, said: TasteEvidence) -> Floats:
    """Compute the log likelihood of the contracts, averaged over random tastes.  (run, country)

    parameters  of each run, whose spreads of tastes count
    said        offers of the guided runs; their own random tastes do not enter
    Returns 0 for a country without a contract.
    """
    some = find_recorded_operators(world)
    lot = np.unique(world.lots.operator, return_index=True)[1][some]
    country = world.lots.country[lot]
    of_operator = _build_taste_paths(world, parameters, Draws(SEED, np.arange(OPERATOR_TASTES)), lot)
    keys = world.cell_keys[world.lots.domain[lot], country]
    of_country = _draw_taste_shocks(world, Draws(SEED, np.arange(COUNTRY_TASTES)), lot, "taste", keys)[
        :, :, None
    ]
    shape = len(some), COUNTRY_TASTES, OPERATOR_TASTES
    likelihood = np.zeros((len(said.offers), len(world.countries)))
    for r in range(len(likelihood)):
        p = parameters.select(r).at(world.first_year)
        fixed = said.fixed[r, country][:, None, None] + p.taste_country * of_country
        parts = zip(
            _compute_odds(p, p.taste_operator * of_operator(p)[:, :, None]),
            _compute_odds(p, fixed),
            strict=True,
        )
        every = -1, len(some), COUNTRY_TASTES * OPERATOR_TASTES, fixed.shape[-1]
        liked, first = ((one * other).reshape(every) for one, other in parts)
        of = _compute_log_likelihood(world, liked, first[0], said.offers[r])
        by_country = np.zeros((len(world.countries), COUNTRY_TASTES))
        np.add.at(by_country, country, choice.log_mean(of.reshape(shape)))
        likelihood[r] = choice.log_mean(by_country)
    return likelihood


def _build_taste_paths(
    world: World, parameters: Parameters, pool: Draws, lot: Integers
) -> Callable[[Parameters], Floats]:
    """Build the function that computes tastes of the operators of some lots, for a spread of one.

    lot  one of each operator.  (operator,)
    The function takes the parameters of one run and returns tastes in the first year and, where tastes drift,
    in each generation up to the last on record: (1 or 1 + generation, operator, run of the pool, vendor).
    """
    drifts = tastes_drift(parameters.at(world.first_year))
    last = build_supplier_states(world).generation.max(initial=-1) if drifts else -1
    names = [OPERATOR_TASTE, *map(taste_of_generation, range(last + 1))]
    normal = [_draw_taste_shocks(world, pool, lot, name, world.operator_keys[lot]) for name in names]

    def path(p: Parameters) -> Floats:
        """Compute the taste paths at the parameters of one run."""
        drift = partial(utility.drifted, persistence=p.taste_persistence)
        return np.stack(list(accumulate(normal, drift)))

    return path


def _draw_taste_shocks(world: World, pool: Draws, lot: Integers, name: str, cells: Any) -> Floats:
    """Draw normal shocks to tastes, scaled by each vendor's relative taste, for a spread of one.

    name  of the shock;  cells  keys of the operators or countries of the lots.  (operator,)
    Returns (operator, run of the pool, vendor).
    """
    domain = world.lots.domain[lot]
    keys = pool.stream(name)[:, None, None] ^ cells[:, None]
    normal = pool.normal(keys, world.offer_keys[domain]).swapaxes(0, 1)
    scaled: Floats = world.relative_taste[domain][:, None, None] * normal
    return scaled[..., : world.slots_used[find_contract_domain(world)]]


def _compute_odds(p: Parameters, taste: Floats) -> tuple[Floats, Floats]:
    """Compute odds of tastes over the noise scale, and over a noise scale of one as in the first year."""
    raw, noise = choice.odds(taste), float(np.asarray(p.noise_scale))
    return (raw if noise == 1.0 else choice.odds(taste / noise)), raw


def _compute_log_likelihood(world: World, liked: Floats, first: Floats, offers: Floats) -> Floats:
    """Compute the log likelihood of recorded contracts for each candidate taste.  (operator, candidate)

    liked   odds of tastes, in the first year and, where they drift, in each generation.  (1 or more,
            operator, candidate, vendor)
    first   odds of tastes in the first year, with a noise scale of one.  (operator, candidate, vendor)
    offers  of one run, see :class:`TasteEvidence`
    """
    states = build_supplier_states(world)
    likely = choice.odds(compute_first_offers(world)[states.step == 0])[:, None] * first
    whole = likely.sum(axis=-1, keepdims=True)
    likely = np.divide(likely, whole, out=np.zeros_like(likely), where=whole > 0)  # of no offer, nothing
    top = np.max(offers, axis=-1, keepdims=True, initial=-LARGEST_GAP)
    weight = choice.odds(offers - top)
    for step in range(states.step.max() + 1):
        now = np.flatnonzero(states.step == step)
        who, mains = states.operator[now], states.mains[now][:, None].astype(np.float32)
        decided = ~np.isnan(weight[now, 0, 0])
        if step:
            some = who[decided]
            path = np.minimum(states.generation[now[decided]] + 1, len(liked) - 1)
            likely[some] = choice.after_tender(likely[some], liked[path, some], weight[now[decided]])
        meets = likely[who] * mains
        part = meets.sum(axis=-1, keepdims=True)
        says = (decided | (step == 0)) & (part > 0).any(axis=(1, 2))
        # what was not decided, or cannot have been, only says who is there afterwards
        total = likely[who[~says]].sum(axis=-1, keepdims=True)
        even = mains[~says] / mains[~says].sum(axis=-1, keepdims=True)
        there = np.where(part[~says] > 0, meets[~says] / np.where(part[~says] > 0, part[~says], 1), even)
        likely[who[says]], likely[who[~says]] = meets[says], total * there
    return choice.log_of(likely.sum(axis=-1, dtype=np.float64))
