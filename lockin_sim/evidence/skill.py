"""Skill of runs and of simple rules in forecasting what was left out of the record, and known errors.

Every forecast is a distribution, given by equally likely members, and is scored as one: by the distance of
its mean, a calibrated forecast must lose to a rule that names one of two outcomes.  Rivals: the *record of
others*, which is that of another economy of the world or the region; *all stay* with what they had, which is
certain; *stay as often as before*, how often Chinese and other incumbents were followed by Chinese vendors in
earlier contracts.  Operators whose state forbids Chinese vendors have a known answer and are not scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.common.indices import covered, crps, squared_error
from lockin_sim.common.progress import Progress
from lockin_sim.common.statistics import quantiles
from lockin_sim.evidence.left_out import (
    ECONOMIES,
    GENERATION,
    LENT,
    LENT_BEFORE,
    LOANS,
    NOTHING,
    TIME,
    YEARS,
    BlindRuns,
    LeftOutOperators,
    build_left_out_operators,
    carry_holders_forward,
    combine_folds,
    is_chinese_offer,
    keep_read_contracts,
    simulate_blind_runs,
)
from lockin_sim.evidence.scores import MODEL, judge_difference
from lockin_sim.record import SPONSOR
from lockin_sim.record.tables import compute_chinese_loans
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import World
from lockin_sim.world.restrictions import FREE, MUST
from lockin_sim.world.schema import read_table

#: Forecasters: runs that know what was left out, and simple rules.
MEMORY = "model that knows them"
MEAN, OF_REGION = "the record of others", "the record of others in the region"
STAYS, CALIBRATED = "all stay", "stay as often as before"

#: Members of the distribution of a simple rule, drawn from a seed.
MEMBERS, MEMBERS_SEED = 400, 1

#: By whom loans are placed.
RULE, DECADE_BEFORE, EQUAL = "the rule", "loans of the decade before", "equal loans to all"

#: Operators whose state did not restrict after all, among those of which nothing is known after a year.
SPARED = f"{TIME}, where no order came"

#: Economies named by which the rule of loans errs most.
WORST = 8

#: Economies of a region from which its record is a forecast; else that of the world is.
FEWEST_OF_REGION = 3


# --- rivals --------------------------------------------------------------------------------------------


def compute_known_changes(world: World, last: Integers) -> tuple[Floats, Floats]:
    """Compute the Chinese part of an operator's contracts before and after each known change.

    Contracts up to a last year of each lot, (lot,), where both ends were read in a source, outside the home
    of Chinese vendors.  Returns before and after, (contract,) each.
    """
    read, lots, theirs = keep_read_contracts(world), world.lots, is_chinese_offer(world)
    year, lot, _, slot = read.contracts.until(last, world.first_year).tenders.T
    old = carry_holders_forward(read.on_record.holder)[world.step(year) - 1, lot]
    both = (old >= 0) & ~world.home[lots.country[lot], world.sponsors.index(SPONSOR)]
    year, lot, slot, old = year[both], lot[both], slot[both], old[both]
    _, of = np.unique(year * len(lots.operators) + lots.operator[lot], return_inverse=True)
    whole = np.bincount(of, lots.weight[lot])
    before, after = (np.bincount(of, lots.weight[lot] * theirs[lot, who]) / whole for who in (old, slot))
    return before, after


def predict_change(changes: tuple[Floats, Floats], before: Floats) -> Floats:
    """Predict the chance of a Chinese vendor after a contract, from the Chinese part before.  (operator,)

    By least squares on known changes: how often Chinese and other incumbents are followed by Chinese vendors.
    changes  of :func:`compute_known_changes`;  before  (operator,)
    """
    slope, level = np.polyfit(*changes, 1)
    result: Floats = np.clip(level + slope * before, 0.0, 1.0)
    return result


def draw_all_or_nothing(chance: Floats) -> Floats:
    """Draw members in which each operator has only Chinese vendors, with its chance, or none.

    chance  (operator,);  returns (member, operator), 0 or 1
    """
    # one uniform number in each of MEMBERS equal strata, so that means are the chances
    rng = np.random.default_rng(MEMBERS_SEED)
    strata = rng.permuted(np.tile(np.arange(MEMBERS), (len(chance), 1)), axis=1).T
    return ((strata + 0.5) / MEMBERS < chance).astype(float)


def draw_from_others(values: Floats, country: Integers, group: Integers) -> Floats:
    """Draw members that give an economy the values of another economy of its group.

    Where fewer than FEWEST_OF_REGION other economies of the group are known, all other economies are drawn
    from.  Another economy is drawn in proportion to its operators, and one of these for each operator, so
    that means are those of all operators and operators of an economy are as alike as on record.

    values  NaN where unknown;  country, group  (operator,);  returns (member, operator)
    """
    rng, known = np.random.default_rng(MEMBERS_SEED), np.isfinite(values)
    members = np.empty((MEMBERS, len(values)))
    for own in np.unique(country):
        mine = np.flatnonzero(country == own)
        others = known & (country != own)
        near = others & (group == group[mine[0]])
        if len(np.unique(country[near])) >= FEWEST_OF_REGION:
            others = near
        place = np.flatnonzero(others)
        # every other operator names its economy equally often
        drawn = country[rng.permutation(np.resize(place, MEMBERS))]
        for economy in np.unique(drawn):
            which = np.flatnonzero(drawn == economy)
            theirs = place[country[place] == economy]
            members[np.ix_(which, mine)] = values[rng.choice(theirs, (len(which), len(mine)))]
    return members


def build_rival_forecasts(
    world: World, left: str, last: Integers, mine: LeftOutOperators
) -> dict[str, Floats]:
    """Build rival forecasts: of simple rules that know what the runs know, and of runs that know all.

    left  what was left out;  last  last year in which contracts are known, (lot,);  mine  operators to
          forecast
    Returns members by name of the forecast.  (member, operator)
    """
    memory = {MEMORY: mine.remembered}
    table = read_table("countries")
    of = dict(zip(table.labels, table["market_region"].tolist(), strict=True))
    region = np.unique([of.get(world.countries[k], "") for k in mine.country], return_inverse=True)[1]
    world_wide = np.zeros(len(region), dtype=int)
    if left == ECONOMIES:
        return memory | {
            MEAN: draw_from_others(mine.recorded, mine.country, world_wide),
            OF_REGION: draw_from_others(mine.recorded, mine.country, region),
        }
    others = draw_from_others(mine.before, mine.country, world_wide)
    before = np.where(np.isfinite(mine.before), mine.before, others.mean(axis=0))
    changed = draw_all_or_nothing(predict_change(compute_known_changes(world, last), before))
    return memory | {MEAN: others, STAYS: np.tile(before, (2, 1)), CALIBRATED: changed}


# --- scores -------------------------------------------------------------------------------------------


class SkillScore(NamedTuple):
    """Score of a forecast of what was left out.

    left, year, forecast  what was left out, of which year, and by whom it is forecast
    operators, economies  their numbers
    score      mean square of an operator's error: the Brier score where a vendor has all or nothing
    low, high  95 % interval of the model's score minus this one's, by resampling economies
    verdict    whether the model is better, equal or worse; "" for the model, with what was left out or not
    crps       mean continuous ranked probability score of an economy's Chinese part, 0 to 1
    crps_low, crps_high, crps_verdict  difference and verdict by this score
    points     mean distance of the median of an economy's Chinese part from the record, per cent of its lots
    covered    what part of economies lies in the 90 % interval of runs; NaN for rivals
    width      mean width of these intervals, points
    """

    left: str
    year: int
    forecast: str
    operators: int
    economies: int
    score: float
    low: float
    high: float
    verdict: str
    crps: float
    crps_low: float
    crps_high: float
    crps_verdict: str
    points: float
    covered: float
    width: float


def score_operators(
    left: str, year: int, mine: LeftOutOperators, rivals: Mapping[str, Floats], seed: int
) -> list[SkillScore]:
    """Score the model and its rivals over the same operators.

    left, year  what was left out, and the year;  mine  operators
    rivals      members by name, (member, operator);  seed  of resampling economies
    """
    _, cluster = np.unique(mine.country, return_inverse=True)
    belongs = mine.capacity[:, None] * (cluster[:, None] == np.arange(cluster.max() + 1))
    of_economy = belongs / belongs.sum(axis=0)
    truth, economy = mine.recorded @ of_economy, np.arange(of_economy.shape[1])
    square, ranked = squared_error(mine.said, mine.recorded), crps(mine.said @ of_economy, truth)
    scored = []
    for name, said in {MODEL: mine.said, **rivals}.items():
        parts = said @ of_economy
        errors, distances = squared_error(said, mine.recorded), crps(parts, truth)
        beside = beside_ranked = (np.nan, np.nan, "")
        if name not in (MODEL, MEMORY):
            beside = judge_difference(square - errors, cluster, seed)
            beside_ranked = judge_difference(ranked - distances, economy, seed)
        points = 100 * float(np.abs(np.median(parts, axis=0) - truth).mean())
        low, high = quantiles(parts, 0.05, 0.95)
        inside = float(covered(parts, truth).mean()), 100 * float((high - low).mean())
        scored.append(
            SkillScore(
                left,
                year,
                name,
                len(errors),
                len(truth),
                float(errors.mean()),
                *beside,
                float(distances.mean()),
                *beside_ranked,
                points,
                *(inside if name == MODEL else (np.nan, np.nan)),
            )
        )
    return scored


# --- loans ---------------------------------------------------------------------------------------------


class LoanTotals(NamedTuple):
    """Chinese loans to an economy, or to all of an income group, USD bn.

    recorded, before  in the years of LENT and of LENT_BEFORE
    said  mean over runs that know no loan
    """

    place: str
    recorded: float
    said: float
    before: float


class PlacementScore(NamedTuple):
    """Score of a forecast of how loans are placed among economies.

    misplaced  part of the money that goes to other economies than on record, per cent; the whole amount is
               that on record
    low, high  95 % interval of the rule's minus this, by resampling economies
    verdict    whether the rule is better, equal or worse; "" for the rule
    """

    forecast: str
    misplaced: float
    low: float
    high: float
    verdict: str


def score_loan_placement(
    world: World, said: Floats, seed: int
) -> tuple[tuple[PlacementScore, ...], tuple[LoanTotals, ...]]:
    """Score how the rule places loans, beside loans of the decade before and equal loans.

    said  USD bn, (run, country)
    Returns the scores, and loans by income group and of the WORST economies, by which the rule errs most.
    """
    recorded, before = (compute_chinese_loans(world.countries, *years) / 1e3 for years in (LENT, LENT_BEFORE))
    known = np.flatnonzero(np.isfinite(recorded) & ~world.home[:, world.sponsors.index(SPONSOR)])
    code, mean = np.array(world.countries)[known], said.mean(axis=0)[known]
    recorded, before = recorded[known], before[known]
    total = recorded.sum()
    off = {
        name: np.abs(of * total / of.sum() - recorded) * (50 * len(known) / total)
        for name, of in {RULE: mean, DECADE_BEFORE: before, EQUAL: np.ones(len(known))}.items()
    }
    cluster = np.arange(len(known))
    placed = [
        PlacementScore(
            name,
            float(of.mean()),
            *((np.nan, np.nan, "") if name == RULE else judge_difference(off[RULE] - of, cluster, seed)),
        )
        for name, of in off.items()
    ]
    table = read_table("countries")
    income = dict(zip(table.labels, table["income_group"].tolist(), strict=True))
    group = np.array([income.get(each, "") for each in code.tolist()])
    some = {f"income:{name}": group == name for name in dict.fromkeys(table["income_group"].tolist())}
    worst = np.argsort(-np.abs(mean - recorded), kind="stable")[:WORST]
    some |= {str(code[k]): cluster == k for k in worst}
    rows = [
        LoanTotals(name, *(float(of[which].sum()) for of in (recorded, mean, before)))
        for name, which in some.items()
    ]
    return tuple(placed), tuple(rows)


# --- known errors --------------------------------------------------------------------------------------


class KnownError(NamedTuple):
    """Recorded number beside that of runs that lack some of the record.

    said       mean over runs
    low, high  ends of the range of nine runs in ten
    """

    what: str
    recorded: float
    said: float
    low: float
    high: float


def compute_known_errors(
    world: World, said: Mapping[str, BlindRuns], mine: Mapping[str, LeftOutOperators]
) -> list[KnownError]:
    """Compute the Chinese equipment that restricted operators keep, and the number of restricting states.

    mine  operators in the last of YEARS, by what is left out
    Returns recorded beside simulated numbers.
    """
    errors, later = list[KnownError](), f"nothing known after {said[TIME].orders}"
    for left, words in ((GENERATION, "orders known"), (TIME, later)):
        hit = mine[left].some(mine[left].barred & (mine[left].before > 0))
        had = hit.before.sum()
        whose = f"{len(hit.before)} operators under an order"
        what = f"Chinese equipment that {whose} keep in {YEARS[-1]}, %; {words}"
        errors.append(
            _build_known_error(what, 100 * float(hit.recorded.sum() / had), 100 * hit.said.sum(axis=1) / had)
        )
    assert world.recorded_orders is not None
    orders = world.recorded_orders[..., world.sponsors.index(SPONSOR)]
    for place, year in enumerate(YEARS):
        of_year, now = orders[world.step(year)], said[TIME].restricted[:, place] > 0
        for words, some in (
            (f"states that restrict in {year}, of {(of_year != FREE).sum()} on record", of_year != FREE),
            (f"of the {(of_year == MUST).sum()} that do on record", of_year == MUST),
        ):
            restricting = float((of_year[some] == MUST).sum())
            errors.append(_build_known_error(f"{words}; {later}", restricting, now[:, some].sum(axis=1)))
    return errors


def _build_known_error(what: str, recorded: float, said: Floats | Integers) -> KnownError:
    """Build the comparison of a recorded number with simulated numbers, (run,)."""
    low, high = quantiles(said[:, None].astype(float), 0.05, 0.95)[:, 0].tolist()
    return KnownError(what, float(recorded), float(said.mean()), low, high)


# --- the whole -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LeftOutResults:
    """Forecasts of facts that were left out: scores beside rivals, loans, and known errors."""

    skills: tuple[SkillScore, ...]
    placed: tuple[PlacementScore, ...]
    lent: tuple[LoanTotals, ...]
    errors: tuple[KnownError, ...]


def score_left_out(
    world: World,
    parameters: Parameters,
    *,
    runs: int,
    seed: int,
    workers: int | None = 1,
    progress: bool | Progress = False,
) -> LeftOutResults:
    """Simulate runs that lack some of the record, and score their forecasts of what was left out.

    parameters  one set for all or one for each run
    Operators whose orders are known to runs are not scored.
    """
    said = simulate_blind_runs(world, parameters, runs, seed, workers, progress)
    said[ECONOMIES] = combine_folds(world, said)
    scored, last = list[SkillScore](), dict[str, LeftOutOperators]()
    for left in (ECONOMIES, GENERATION, TIME):
        for year in YEARS[1:] if left == GENERATION else YEARS:
            every = build_left_out_operators(world, said[left], said[NOTHING], year, signed=left != ECONOMIES)
            mine, last[left] = every.some(~every.known), every
            rivals = build_rival_forecasts(world, left, said[left].last, mine)
            scored += score_operators(left, year, mine, rivals, seed)
    spared = {name: values[:, ~mine.barred] for name, values in rivals.items()}
    scored += score_operators(SPARED, YEARS[-1], mine.some(~mine.barred), spared, seed)
    return LeftOutResults(
        tuple(scored),
        *score_loan_placement(world, said[LOANS].lent, seed),
        tuple(compute_known_errors(world, said, last)),
    )
