"""What leaving costs a buyer, in the money of the model's contracts: (T8) of (C8) and (P10).

Each is made of what decides in the model: the utility of offers, their price term, what loans take off.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.hypothetical_offers import HypotheticalOffers, Offered
from lockin_sim.engine.renewals import years_ahead
from lockin_sim.model import decisions
from lockin_sim.model.projects import landing_value
from lockin_sim.model.sales import follows_base
from lockin_sim.rules import contracts, finance
from lockin_sim.rules.reduce import total

#: Capacity below which nothing is there to leave: what retires never quite reaches zero.
LEAST = 1e-3


class Costs(NamedTuple):
    """What leaving costs some buyers, (row,) each."""

    cost: Floats  # (T8), USD bn, NaN where nobody else offers
    bought_again: Floats  # part of it that was paid ahead, USD bn
    rebate: Floats  # g
    without_switching: Floats  # g, had the buyer no incumbent to switch from
    chance: Floats  # that the buyer leaves by itself, its contract being up
    cut: Floats  # 1 - q, share of others' price that loans take off
    spending: Floats  # M T c, USD bn
    contract: Floats  # (1 - e) M T c, the part that is paid ahead, USD bn
    lent: Floats  # (row, lender), loans for a contract with whom it would take, USD bn


def priced(
    seen: HypotheticalOffers, domain: int, run: Integers, offered: Offered, gone: Bools, spending: Floats
) -> Costs:
    """The costs at the end of a contract.

    domain    index;  run (row,), positions of runs;  offered to each
    gone      (vendor,), offers of those to leave;  spending (row,), M T c
    """
    left = decisions.leave(
        offered.offers, offered.switching, offered.benefit, gone, offered.price_weight, offered.noise
    )
    sponsor = seen.batch.world.slot_sponsor[domain]
    by_lender = np.einsum("rv,rvl->rl", left.others, offered.given[:, sponsor])
    contract = spending * _ahead(seen, run, domain)
    chance, rebate, free, net = (
        part[:, 0] for part in (left.chance, left.rebate, left.without_switching, left.net_price)
    )
    return Costs(
        cost=contracts.leaving_cost(spending, 0.0, rebate, net),
        bought_again=np.zeros_like(net),
        rebate=rebate,
        without_switching=free,
        chance=chance,
        cut=1.0 - net,
        spending=spending,
        contract=contract,
        # of the contract alone: what loans pay beside it, such as backbones, is not part of leaving
        lent=finance.loans(contract[:, None], by_lender, seen.batch.of_rows(run).financed_share, 1.0),
    )


def before_the_end(costs: Costs) -> Costs:
    """The same for leaving before the contract's end, when nothing is up and nobody leaves by itself."""
    net = 1.0 - costs.cut
    cost = contracts.leaving_cost(costs.spending, costs.contract, costs.rebate, net)
    return costs._replace(cost=cost, bought_again=net * costs.contract, chance=np.zeros_like(costs.chance))


def of_lot(
    seen: HypotheticalOffers, run: Integers, lot: int, incumbent: Integers, gone: Bools, *, freed: bool
) -> Costs:
    """Costs of one operator's lot in some runs, at the end of its contract or freed by a generation.

    run  (row,);  incumbent (row,), slot that runs it;  gone (domain, vendor)
    """
    batch, lots = seen.batch, seen.batch.world.lots
    d, place = int(lots.domain[lot]), np.full(len(run), lot)
    years = years_ahead(batch, seen.year.year, run, place)[:, 0]
    size = seen.year.now.market_size[d, lots.country[lot]]
    spending = contracts.contract_value(float(lots.weight[lot]), size, years)
    return priced(seen, d, run, seen.lots(run, place, incumbent, freed=freed), gone[d], spending)


def of_users(seen: HypotheticalOffers, domain: int, country: int, gone: Bools) -> Costs:
    """Costs of all users of those to leave, in every run; shares and chances are means over users."""
    batch, world = seen.batch, seen.batch.world
    held = batch.state.installed[:, domain, country]
    run, size = np.arange(len(held)), seen.year.now.market_size[domain, country]
    origins = np.flatnonzero(gone[domain] & (held > 0).any(axis=0)).tolist()
    parts = [
        priced(
            *(seen, domain, run, seen.users(domain, country, origin), gone[domain]),
            contracts.contract_value(held[:, origin], size, world.lifetime[domain]),
        )
        for origin in origins
    ]
    return _together(parts, held[:, origins])


def of_cables(seen: HypotheticalOffers, country: int, gone: Bools) -> Costs:
    """Costs of the landings of those to leave, in every run: each would be built anew."""
    world, routes = seen.batch.world, seen.batch.world.routes
    assert routes is not None
    d = routes.domain
    landings = seen.batch.state.landings[:, country][:, gone[d]].sum(axis=-1)
    value = landing_value(world, seen.year.now.market_size[d])
    return priced(seen, d, np.arange(len(landings)), seen.landing(country), gone[d], landings * value)


def _together(parts: list[Costs], weights: Floats) -> Costs:
    """One buyer of several origins: money is added, shares are means by weight.  weights (row, part)."""
    whole = np.maximum(weights.sum(axis=-1), np.finfo(float).tiny)

    def mean(name: str) -> Floats:
        """Mean over parts by weight.  (row,)."""
        return total(np.stack([getattr(p, name) for p in parts], axis=-1) * weights)[..., 0] / whole

    summed = {name: np.sum([getattr(p, name) for p in parts], axis=0) for name in Costs._fields}
    for name in ("rebate", "without_switching", "chance", "cut"):
        summed[name] = mean(name)
    return Costs(**summed)


def _ahead(seen: HypotheticalOffers, run: Integers, domain: int) -> Floats:
    """Part of spending in a layer that contracts pay ahead, 1 - e.  (row,)."""
    follows = follows_base(seen.batch.world, seen.batch.parameters)[:, domain]
    return 1.0 - np.broadcast_to(follows, (len(seen.batch.runs),))[run]
