r"""Who stays with a supplier from one generation to the next, and why: retention, and a logit of the choice.

In the logit an operator chooses its main supplier at each generation by

.. math:: u_{ijt} = a_{jt} + b_t\,1[j\ \text{there}] + r\,1[j\ \text{restricted}] + \sigma\eta_{ij}

and Gumbel shocks, with lasting tastes :math:`\eta` that are standard normal.  Where a record names several
main suppliers, the likelihood sums over all paths that it allows.
Source: Heckman (1981) on separating state dependence from tastes; Gauss-Hermite quadrature over their
differences.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.fft import dct
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import logsumexp, ndtri

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.statistics import CONFIDENCE
from lockin_sim.evidence.estimate import (
    Ends,
    EstimateRow,
    build_estimate_row,
    build_t_interval,
    estimate_share,
)
from lockin_sim.world.schema import read_table
from lockin_sim.world.suppliers import GENERATIONS, RESTRICTED, Change, Mains, Spell, changes, spells

# --- how often operators stay --------------------------------------------------------------------------

TABLE = "contracts, supplier_economies"
#: First generation into which changes count; little is recorded of earlier ones.
SINCE = GENERATIONS.index("4G")
#: Minimum number of changes in a region to report it separately.
FEWEST = 20
_SHARE = "share of operators that keep a main supplier, exact interval widened by doubt about rows"
_NOT_SEEN = (
    "operators that made no news; press over-reports swaps and memory fills in continuity, by about a tenth "
    "each way"
)
_PRESSED = "what was formal is a judgement; whoever foresaw a restriction left before it"
_FEW = "few operators; a swap within a generation is recorded where the press wrote of it"


def retained(folder: str | Path | None = None) -> list[EstimateRow]:
    """Retention by generation, set, region and restriction, and behaviour over three generations."""
    known = spells(folder)
    read, every = (
        [c for c in changes(some) if c.after.generation >= SINCE]
        for some in (known, spells(folder, recalled=True))
    )
    table = read_table("countries", folder)
    region = dict(zip(table.labels, table["region"].tolist(), strict=True))
    by_region = {
        f", {name}": [c for c in read if region[c.after.iso3] == name]
        for name, n in sorted(Counter(region[c.after.iso3] for c in read).items())
        if n >= FEWEST
    }
    return [
        *_by_generation("", read, "fact"),
        *_by_generation(": economies with nearly all operators", [c for c in read if c.after.complete]),
        *_by_generation(": all rows, memory included", every),
        _retention(": pairs with a recalled end", [c for c in every if c.recalled]),
        *(one for words, some in by_region.items() for one in _by_generation(words, some)),
        *_restrictions(read),
        *_over_three(known),
    ]


def staying(some: Sequence[Change]) -> Ends:
    """Share that stayed, and its interval, widened by the deviation due to wrong rows."""
    value, low, high = estimate_share(sum(c.stayed for c in some), len(some))
    deviation = np.sqrt(sum(c.error * (1 - c.error) for c in some))
    wrong = float(ndtri(0.5 + CONFIDENCE / 2) * deviation) / len(some)
    return (
        value,
        max(value - np.hypot(value - low, wrong), 0.0),
        min(value + np.hypot(high - value, wrong), 1.0),
    )


def _by_generation(words: str, some: Sequence[Change], role: str = "check") -> list[EstimateRow]:
    """Retention into each generation, and without restricted incumbents where there were any."""
    rows = []
    for generation in range(SINCE, len(GENERATIONS)):
        mine = [c for c in some if c.after.generation == generation]
        free = [c for c in mine if not c.hit]
        names = f"{GENERATIONS[generation - 1]} to {GENERATIONS[generation]}"
        if mine:
            rows.append(_retention(f", {names}{words}", mine, role))
        if len(free) < len(mine) and free:
            rows.append(_retention(f", {names}, without restricted incumbents{words}", free, role))
    return rows


def _retention(words: str, some: Sequence[Change], role: str = "check") -> EstimateRow:
    """A retention as a row."""
    about = {"role": role, "method": _SHARE, "silent_on": _NOT_SEEN}
    return _of_changes(f"main supplier stays{words}", staying(some), some, **about)


def _of_changes(quantity: str, ends: Ends, some: Sequence[Change], **about: str) -> EstimateRow:
    """A share of changes as a row."""
    economies = len({c.after.iso3 for c in some})
    said = {"method": "share of operators, exact interval"} | about
    return build_estimate_row(quantity, ends, len(some), economies, tables=TABLE, **said)


def _restrictions(every: Sequence[Change]) -> list[EstimateRow]:
    """Retention of Chinese incumbents at 5G, by the economy's restrictions."""
    last = [c for c in every if c.exposed and c.after.generation == len(GENERATIONS) - 1]
    parts = {
        "no restriction": [c for c in last if not c.after.restricted],
        "restricted in fact": [c for c in last if c.after.restricted and not c.after.formal],
        "restricted formally": [c for c in last if c.after.formal],
    }
    rows = []
    for words, mine in parts.items():
        stayed = sum(bool(c.before.last.vendors & c.after.first.vendors & RESTRICTED) for c in mine)
        quantity = f"Chinese main supplier stays, 4G to 5G: {words}"
        rows.append(_of_changes(quantity, estimate_share(stayed, len(mine)), mine, silent_on=_PRESSED))
    return rows


def _over_three(known: Sequence[Spell]) -> list[EstimateRow]:
    """What operators that left a supplier do at the next generation; swaps in between."""
    by_network = {(c.after.iso3, c.after.operator, c.after.generation): c for c in changes(known)}
    left = [
        (first, second)
        for (iso3, operator, generation), first in by_network.items()
        if not first.stayed and (second := by_network.get((iso3, operator, generation + 1)))
    ]
    again = [(first, second) for first, second in left if not second.stayed]
    back = [bool(first.before.last.vendors & second.after.first.vendors) for first, second in again]
    counts = (
        ("after a change of supplier the new one stays", [second.stayed for _, second in left], left),
        ("who leaves the new one too goes back to the old", back, again),
    )
    rows = [
        _of_changes(
            words, estimate_share(sum(hits), len(hits)), [second for _, second in pairs], silent_on=_FEW
        )
        for words, hits, pairs in counts
    ]
    swapped, economies = sum(s.swaps > 0 for s in known), len({s.iso3 for s in known})
    return [
        *rows,
        build_estimate_row(
            "main supplier swapped within a generation",
            estimate_share(swapped, len(known)),
            len(known),
            economies,
            method="share of networks, exact interval",
            tables=TABLE,
            silent_on=_FEW,
        ),
    ]


# --- switching cost and lasting tastes -----------------------------------------------------------------

#: Named vendors; all others are one.
VENDORS = ("ericsson", "nokia", "huawei", "zte", "others")

#: Generations with choices, 3G, 4G and 5G; incumbents of the first are unknown.
FIRST, STEPS = 1, 3

#: Positions of the parameters: appeals (step, vendor except the first), staying by step after the first,
#: restriction, and the spread of tastes.
APPEALS = STEPS * (len(VENDORS) - 1)
STAYING, RESTRICTION, SPREAD = slice(APPEALS, APPEALS + STEPS - 1), APPEALS + STEPS - 1, APPEALS + STEPS
SIZE = SPREAD + 1

#: Standard deviation of the normal prior of appeals and of the restriction, which would be infinite where
#: nobody or everybody chose a vendor; the others have none.
_WIDE = np.r_[np.full(APPEALS, 3.0), np.full(STEPS - 1, np.inf), 4.0, np.inf]

#: Quadrature nodes per dimension; seven change a log likelihood by less than a tenth.
_NODES = 5

_MASK = np.array([vendor in RESTRICTED for vendor in VENDORS])
_START = np.r_[np.zeros(APPEALS), np.full(STEPS - 1, 1.5), -2.0, 1.0]
_STEP = 1e-4


class Choices(NamedTuple):
    """Choices of operators, as paths.

    step, incumbent, restricted, barred  (situation,): the generation, the incumbent (-1 if unknown), and
               whether vendors are restricted, or barred throughout
    event      (path, step): situation times vendors plus the vendor chosen, -1 if nothing is known
    chance     (path,), log probability of a path
    operator   (path,), whose path it is
    owner      (operator,), whose tastes it has
    """

    step: Integers
    incumbent: Integers
    restricted: Bools
    barred: Bools
    event: Integers
    chance: Floats
    operator: Integers
    owner: Integers

    @property
    def n(self) -> int:
        """Choices of operators."""
        first = np.unique(self.operator, return_index=True)[1]
        return int((self.event[first] >= 0).sum())


class Fit(NamedTuple):
    """Maximum of a likelihood: values (parameter,), and the loss, minus its logarithm with the prior."""

    values: Floats
    loss: float


def choices(known: Sequence[Spell], barred: frozenset[str], *, by_economy: bool = False) -> Choices:
    """Choices of operators with at least two recorded networks.

    barred      economies in which vendors are barred throughout
    by_economy  whether all operators of an economy have the same tastes
    """
    networks: dict[tuple[str, str], list[Spell]] = defaultdict(list)
    for spell in sorted(known, key=lambda s: (s.iso3, s.operator, s.generation)):
        if spell.generation >= FIRST:
            networks[spell.iso3, spell.operator].append(spell)
    operators = {name: mine for name, mine in networks.items() if len(mine) > 1}
    situations: dict[tuple[int, int, bool, bool], int] = {}
    event, chance, operator = [], [], []
    for k, ((iso3, _), mine) in enumerate(operators.items()):
        restricted = {s.generation - FIRST: s.restricted for s in mine}
        for path, log_chance in _paths(mine):
            row = [-1] * STEPS
            for step, (incumbent, vendor) in path.items():
                key = step, incumbent, restricted[step], iso3 in barred
                row[step] = situations.setdefault(key, len(situations)) * len(VENDORS) + vendor
            event.append(row)
            chance.append(log_chance)
            operator.append(k)
    of = [iso3 if by_economy else f"{iso3}/{name}" for iso3, name in operators]
    steps, incumbents, restricting, barring = map(np.array, zip(*situations, strict=True))
    return Choices(
        steps, incumbents, restricting, barring,
        np.array(event), np.array(chance), np.array(operator), np.unique(of, return_inverse=True)[1],
    )  # fmt: skip


def fitted(data: Choices, fixed: Mapping[int, float] | None = None, start: Floats = _START) -> Fit:
    """Maximum-likelihood parameters.

    fixed  values of parameters that are not fitted, by position
    start  starting values.  (parameter,)
    """
    fixed = fixed or {}
    free = np.array([place for place in range(SIZE) if place not in fixed])
    values = start.copy()
    values[list(fixed)] = list(fixed.values())

    def loss(some: Floats) -> tuple[float, Floats]:
        """Negative log likelihood at some values of the free parameters, and its slope."""
        at = values.copy()
        at[free] = some
        height, slope = _loss(at, data)
        return height, slope[free]

    best = minimize(loss, values[free], jac=True, method="BFGS", options={"gtol": 1e-5})
    values[free] = best.x
    values[SPREAD] = abs(values[SPREAD])  # tastes are symmetric about zero
    return Fit(values, float(best.fun))


def covariance(values: Floats, data: Choices) -> Floats:
    """Covariance of the estimates, from the curvature of the likelihood.  (parameter, parameter)"""
    columns = np.array([
        (_loss(values + step, data)[1] - _loss(values - step, data)[1]) / (2 * _STEP)
        for step in _STEP * np.eye(SIZE)
    ])  # fmt: skip
    inverse: Floats = np.linalg.inv((columns + columns.T) / 2)
    return inverse


def retention(values: Floats, data: Choices, *, staying: bool = True, tastes: bool = True) -> float:
    """Share of operators that stay with a supplier from one step to the next, without restrictions.

    staying, tastes  whether the incumbent has an advantage, and whether tastes differ
    Mean over the steps after the first, weighted as on record.
    """
    at = values.copy()
    at[STAYING] *= staying
    at[SPREAD] *= tastes
    first = np.unique(data.operator, return_index=True)[1]  # one path each
    situation = data.event[first] // len(VENDORS)
    follows = (situation >= 0) & (data.incumbent[situation] >= 0)
    nodes, weight = _nodes()
    by_step = []
    for step in range(1, STEPS):
        before, again = (_chances(_appeals(at)[k] + at[SPREAD] * nodes) for k in (step - 1, step))
        odds = again / (1 - again) * np.exp(at[STAYING][step - 1])
        by_step.append(float(np.exp(weight) @ (before * odds / (1 + odds)).sum(axis=-1)))
    return float(np.average(by_step, weights=follows.sum(axis=0)[1:]))


def _paths(mine: Sequence[Spell]) -> list[tuple[dict[int, tuple[int, int]], float]]:
    """Sequences of main suppliers: incumbent and choice by step; log probabilities."""
    paths: list[tuple[dict[int, tuple[int, int]], float]] = [({}, 0.0)]
    before: Spell | None = None
    for spell in mine:
        step, longer = spell.generation - FIRST, []
        last = _places(before.last) if before and before.generation == spell.generation - 1 else []
        for path, chance in paths:
            chosen = path[step - 1][1] if last else -1
            incumbents = last if last and chosen not in last else [chosen]
            for incumbent, vendor in product(incumbents, _places(spell.first)):
                longer.append(({**path, step: (incumbent, vendor)}, chance - float(np.log(len(incumbents)))))
        paths, before = longer, spell
    return paths


def _places(mains: Mains) -> list[int]:
    """Places of main suppliers in VENDORS."""
    others = len(VENDORS) - 1
    return sorted({VENDORS.index(v) if v in VENDORS else others for v in mains.vendors})


@cache
def _nodes() -> tuple[Floats, Floats]:
    """Nodes of tastes, (node, vendor), minus their mean, which cancels out; logarithms of their weights."""
    size = len(VENDORS)
    at, weight = np.polynomial.hermite_e.hermegauss(_NODES)
    # cosines: eigenvectors of equal eigenvalues would depend on the processor; Helmert's axes are so close to
    # the vendors' own that they need twice as many nodes
    differences = dct(np.eye(size), axis=0, norm="ortho")[1:]
    nodes = np.array(list(product(at, repeat=size - 1))) @ differences
    weights = np.array(list(product(weight / weight.sum(), repeat=size - 1))).prod(axis=1)
    return nodes, np.log(weights)


def _appeals(values: Floats) -> Floats:
    """Appeal of each vendor relative to the first.  (step, vendor)"""
    return np.pad(values[:APPEALS].reshape(STEPS, -1), ((0, 0), (1, 0)))


def _chances(utility: Floats) -> Floats:
    """Chances of a logit over the last axis."""
    chances: Floats = np.exp(utility - logsumexp(utility, axis=-1, keepdims=True))
    return chances


def _loss(values: Floats, data: Choices) -> tuple[float, Floats]:
    """Negative log likelihood with the wide prior, and its slope."""
    nodes, weight = _nodes()
    size, advantage = len(VENDORS), np.r_[0.0, values[STAYING]]
    mine = data.incumbent[:, None] == np.arange(size)
    hit = data.restricted[:, None] & _MASK
    utility = _appeals(values)[data.step] + advantage[data.step][:, None] * mine + values[RESTRICTION] * hit
    utility = np.where(data.barred[:, None] & _MASK, -np.inf, utility)
    utility = utility[:, None] + values[SPREAD] * nodes  # (situation, node, vendor)
    log_chance = utility - logsumexp(utility, axis=-1, keepdims=True)
    by_event = np.moveaxis(log_chance, -1, 1).reshape(-1, len(nodes))
    known = data.event >= 0
    path = data.chance[:, None] + np.where(known[..., None], by_event[data.event], 0.0).sum(axis=1)
    top: Floats = np.maximum.reduceat(path, np.unique(data.operator, return_index=True)[1])
    operator = top + np.log(_sums(np.exp(path - top[data.operator]), data.operator))
    owner = _sums(operator, data.owner) + weight
    height = logsumexp(owner, axis=-1, keepdims=True)
    # posterior probability of each path and node
    after = np.exp((owner - height)[data.owner][data.operator] + path - operator[data.operator])
    which, step = np.nonzero(known)
    events = data.event[which, step], which
    chosen = csr_array((np.ones(len(which)), events), shape=(len(by_event), len(known))) @ after
    chosen = np.moveaxis(chosen.reshape(len(data.step), size, -1), 1, -1)
    slope = chosen - chosen.sum(axis=-1, keepdims=True) * np.exp(log_chance)
    by_situation = slope.sum(axis=1)
    appeal, stay = np.zeros((STEPS, size)), np.zeros(STEPS)
    np.add.at(appeal, data.step, by_situation)
    np.add.at(stay, data.step, (by_situation * mine).sum(axis=-1))
    slopes = np.r_[appeal[:, 1:].ravel(), stay[1:], (by_situation * hit).sum(), (slope * nodes).sum()]
    prior = float((values**2 / _WIDE**2).sum()) / 2
    return prior - float(height.sum()), values / _WIDE**2 - slopes


def _sums(values: Floats, of: Integers) -> Floats:
    """Sums over contiguous rows with the same position.  (position, ...)"""
    sums: Floats = np.add.reduceat(values, np.unique(of, return_index=True)[1])
    return sums


# --- rows ----------------------------------------------------------------------------------------------

_LOGIT = "mixed conditional logit of main suppliers, tastes by quadrature, interval by curvature"
_SPLIT = "part of retention above chance, mean of both orders of adding the two; interval by 400 draws"
_TEST = "twice what it loses of the log likelihood"
_STAYING = (
    "why: cost of leaving, contracts, or habit; who chose before 3G; press over-reports swaps, which lowers "
    "it, memory fills in continuity, which raises it"
)
_TASTE = (
    "tastes that change; whether they are an operator's, a group's or an economy's; prices that only some "
    "were offered"
)
_RESTRICTION = "which restriction: hardly anybody was kept by a formal one, so that its size has no upper end"
_PART = "as of the log odds; at other prices and qualities the part is another"

#: Number of parameter draws behind the interval of a share, and their seed.
_DRAWS, _SEED = 400, 1


def advantage(folder: str | Path | None = None) -> list[EstimateRow]:
    """How much of staying with a supplier is due to the incumbent's advantage, and how much to lasting
    tastes.

    The logit over rows that were read, of them the least biased economies, and over all rows.
    """
    read = spells(folder)
    table = read_table("market_barriers", folder)
    mine = (table["domain"] == "mobile_network") & (table["sponsor"] == "CHN")
    barred = frozenset(table["iso3"][mine].tolist())
    sets = (
        ("", "estimate", read),
        (": economies with nearly all operators", "check", [s for s in read if s.complete]),
        (": all rows, memory included", "check", spells(folder, recalled=True)),
    )
    return [one for words, role, networks in sets for one in _of_set(words, role, networks, barred)]


def _of_set(words: str, role: str, networks: Sequence[Spell], barred: frozenset[str]) -> list[EstimateRow]:
    """All rows of one set of networks."""
    data = choices(networks, barred)
    fit = fitted(data)
    values, spread, operators = fit.values, covariance(fit.values, data), len(data.owner)
    of_set = partial(build_estimate_row, n=data.n, clusters=operators, tables=f"{TABLE}, market_barriers")
    first = STAYING.start
    rows = []
    for name, place, silent_on, least in (
        ("log odds of staying, 3G to 4G", first, _STAYING, -np.inf),
        ("log odds of staying, 4G to 5G", first + 1, _STAYING, -np.inf),
        ("spread of operators' lasting tastes", SPREAD, _TASTE, 0.0),
        ("log odds of a restricted vendor at 5G", RESTRICTION, _RESTRICTION, -np.inf),
    ):
        value, low, high = build_t_interval(
            values[place], float(np.sqrt(spread[place, place])), operators - 1
        )
        ends: Ends = value, max(low, least), high
        rows.append(of_set(f"{name}{words}", ends, role=role, method=_LOGIT, silent_on=silent_on))
    draws = np.random.default_rng(_SEED).multivariate_normal(values, spread, _DRAWS)
    draws[:, SPREAD] = np.maximum(draws[:, SPREAD], 0.0)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile([part_of_staying(drawn, data) for drawn in draws], (tail, 1 - tail)).tolist()
    rows.append(of_set(
        f"part of persistence by the incumbent's advantage{words}",
        (part_of_staying(values, data), low, high), role=role, method=_SPLIT, silent_on=_PART,
    ))  # fmt: skip
    alone = {
        "lasting tastes alone": fitted(data, dict.fromkeys(range(first, STAYING.stop), 0.0), values),
        "the incumbent's advantage alone": fitted(data, {SPREAD: 0.0}, values),
        "tastes of economies, not of operators": fitted(choices(networks, barred, by_economy=True)),
    }
    for name, other in alone.items():
        lost = 2 * (other.loss - fit.loss), np.nan, np.nan
        rows.append(of_set(f"loss by {name}{words}", lost, method=_TEST))
    return rows


def part_of_staying(values: Floats, data: Choices) -> float:
    """Share of retention above chance that is due to the incumbent's advantage, mean of both orders."""
    both, advantage, taste, neither = (
        retention(values, data, staying=staying, tastes=tastes)
        for staying in (True, False) for tastes in (True, False)
    )  # fmt: skip
    return (both - taste + advantage - neither) / (2 * (both - neither))
