"""What leaving costs a buyer, in the money of the model's contracts.

Each number is made of what decides in the model: the utility of offers, their price term, what loans take off.

At the end of a contract, and when a generation frees the buyer in part,

.. math:: C = q\\,g\\,M\\,T\\,c        (X1)

and before a contract's end what was paid ahead is bought again:

.. math:: C_{now} = q\\,(1 - e)\\,M\\,T\\,c + q\\,g\\,M\\,T\\,c        (X2)

g  rebate on others' prices at which the buyer expects to be as well off as with the offers it leaves, (P10)
q  what loans leave of the price, mean over whom it would take
M  spending of the economy in the layer, USD bn a year;  c  the buyer's part of it
T  years to the next contract, (T7);  e  part of spending that follows the base and is not paid ahead, (T6)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.as_if import AsIf, Offered
from lockin_sim.engine.renewals import years_ahead
from lockin_sim.model import decisions
from lockin_sim.model.deliveries import follows_base
from lockin_sim.model.projects import landing_value
from lockin_sim.rules import contracts, finance
from lockin_sim.rules.reduce import total

#: Capacity below which nothing is there to leave: what retires never quite reaches zero.
LEAST = 1e-3

#: What is found at each moment, by row or by row and lender.
COLUMNS = ("cost", "bought_again", "rebate", "without_switching", "chance", "cut", "spending")


class Costs(NamedTuple):
    """What leaving costs some buyers, (row,) each."""

    cost: Floats  # (X1) or (X2), USD bn, NaN where nobody else offers
    bought_again: Floats  # part of it that was paid ahead, USD bn
    rebate: Floats  # g
    without_switching: Floats  # g, had the buyer no incumbent to switch from
    chance: Floats  # that the buyer leaves by itself, its contract being up
    cut: Floats  # 1 - q, share of others' price that loans take off
    spending: Floats  # M T c, USD bn
    lent: Floats  # (row, lender), loans for a contract with whom it would take, USD bn


def priced(
    offered: Offered, gone: Bools, spending: Floats, ahead: Floats, lend: tuple[Integers, Floats, Floats]
) -> Costs:
    """The costs at the end of a contract.

    gone      (vendor,), offers of those to leave;  spending (row,), M T c
    ahead     (row,), part of it that contracts pay ahead, 1 - e
    lend      sponsor of each offer, (vendor,); financed share, (row, 1); what loans pay over it, (row, 1)
    """
    left = decisions.leave(
        offered.offers, offered.switching, offered.benefit, gone, offered.price_weight, offered.noise
    )
    sponsor, share, base = lend
    by_lender = np.einsum("rv,rvl->rl", left.others, offered.given[:, sponsor])
    chance, rebate, free, net = (
        part[:, 0] for part in (left.chance, left.rebate, left.without_switching, left.net_price)
    )
    return Costs(
        cost=net * rebate * spending,
        bought_again=np.zeros_like(net),
        rebate=rebate,
        without_switching=free,
        chance=chance,
        cut=1.0 - net,
        spending=spending,
        lent=finance.loans((spending * ahead)[:, None], by_lender, share, base),
    )


def before_the_end(costs: Costs, ahead: Floats) -> Costs:
    """The same for leaving before the contract's end, when nothing is up and nobody leaves by itself."""
    again = (1.0 - costs.cut) * ahead * costs.spending
    return costs._replace(cost=costs.cost + again, bought_again=again, chance=np.zeros_like(costs.chance))


def of_lot(
    seen: AsIf, run: Integers, lot: int, incumbent: Integers, gone: Bools, *, freed: bool
) -> tuple[Costs, Floats]:
    """Costs of one operator's lot in some runs, and the part of spending that contracts pay ahead.  (row,)."""
    batch, lots = seen.batch, seen.batch.world.lots
    d, place = int(lots.domain[lot]), np.full(len(run), lot)
    offered = seen.lots(run, place, incumbent, freed=freed)
    years = years_ahead(batch, seen.year.year, run, place)[:, 0]
    size = seen.year.now.market_size[d, lots.country[lot]]
    spending = contracts.contract_value(float(lots.weight[lot]), size, years)
    ahead = _ahead(seen, run, d)
    return priced(offered, gone[d], spending, ahead, _lending(seen, run, d)), ahead


def of_users(seen: AsIf, domain: int, country: int, gone: Bools) -> tuple[Costs, Floats]:
    """Costs of all users of those to leave, in every run; shares and chances are means over users."""
    batch, world = seen.batch, seen.batch.world
    held = batch.state.installed[:, domain, country]
    run, size = np.arange(len(held)), seen.year.now.market_size[domain, country]
    ahead, parts, weights = _ahead(seen, run, domain), [], []
    for origin in np.flatnonzero(gone[domain] & (held > 0).any(axis=0)):
        spending = contracts.contract_value(held[:, origin], size, world.lifetime[domain])
        offered = seen.users(domain, country, int(origin))
        parts.append(priced(offered, gone[domain], spending, ahead, _lending(seen, run, domain)))
        weights.append(held[:, origin])
    return _together(parts, np.stack(weights, axis=-1)), ahead


def of_cables(seen: AsIf, country: int, gone: Bools) -> tuple[Costs, Floats]:
    """Costs of the landings of those to leave, in every run: each would be built anew."""
    world, routes = seen.batch.world, seen.batch.world.routes
    assert routes is not None
    d = routes.domain
    landings = seen.batch.state.landings[:, country][:, gone[d]].sum(axis=-1)
    value = landing_value(world, seen.year.now.market_size[d])
    run = np.arange(len(landings))
    ahead = np.ones(len(run))
    found = priced(seen.landing(country), gone[d], landings * value, ahead, _lending(seen, run, d))
    return found, ahead


def _together(parts: list[Costs], weights: Floats) -> Costs:
    """One buyer of several origins: money is added, shares are means by who has what.  weights (row, part)."""
    whole = np.maximum(weights.sum(axis=-1), np.finfo(float).tiny)

    def mean(name: str) -> Floats:
        return total(np.stack([getattr(p, name) for p in parts], axis=-1) * weights)[..., 0] / whole

    summed = {name: np.sum([getattr(p, name) for p in parts], axis=0) for name in Costs._fields}
    for name in ("rebate", "without_switching", "chance", "cut"):
        summed[name] = mean(name)
    return Costs(**summed)


def _ahead(seen: AsIf, run: Integers, domain: int) -> Floats:
    """Part of spending in a layer that contracts pay ahead.  (row,)."""
    follows = np.broadcast_to(
        follows_base(seen.batch.world, seen.batch.parameters), (len(seen.batch.runs), len(seen.batch.world.domains))
    )
    return 1.0 - follows[run, domain]


def _lending(seen: AsIf, run: Integers, domain: int) -> tuple[Integers, Floats, Floats]:
    """What :func:`priced` needs of loans."""
    world, p = seen.batch.world, seen.batch.of_rows(run)
    column = np.ones((len(run), 1))
    base = column * (p.financed_base if world.backbone[domain] else 1.0)
    return world.slot_sponsor[domain], column * p.financed_share, base
