"""What was bought in a year, summed over groups of markets by compiled loops, run by run."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.lines import keep, line, nothing, over
from lockin_sim.engine.compiled.memory import plain, shared, tables
from lockin_sim.engine.compiled.twins import inlined
from lockin_sim.engine.operators import Signed
from lockin_sim.engine.projects import Built
from lockin_sim.engine.users import Moved

#: What is counted of lots and of users alike.
_COUNTED = ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus")


def trade(batch: Batch, year: Year, signed: Signed, moved: list[Moved], built: Built | None) -> Floats:
    """As of the engine of numpy."""
    flows, world = batch.flows, batch.world
    lent = np.zeros((len(batch.runs), len(world.countries), signed.lent.shape[1]))
    _trade(
        batch.like, *plain(batch.flow_groups, batch.ahead.worth[year.step]),
        *_of_lots(signed),
        *_of_users(batch, moved),
        *_of_projects(batch, built),
        (flows.contracts, flows.lock_in, flows.country_lock_in),
        (flows.paid, flows.country_renewed, lent), tuple(getattr(flows, name) for name in _COUNTED),
    )  # fmt: skip
    return lent


def _of_lots(signed: Signed) -> tuple[Any, ...]:
    """Lots that are up, one row each: where they are, what is paid and lent, and what is counted."""
    rows, counted = signed.rows, signed.counted
    return (
        plain(rows.run, rows.domain, rows.country, rows.incumbent, signed.slot, signed.signed),
        plain(rows.value, signed.paid, signed.lent, counted.locked),
        plain(*(getattr(counted, name) for name in _COUNTED)),
    )


def _of_users(batch: Batch, moved: list[Moved]) -> tuple[Any, ...]:
    """Users of all domains together: which those are, what is gained, locked in and paid, what is counted."""
    domains = batch.world.bought_by("users")
    if not moved:
        nobody = np.zeros((len(batch.runs), 0, 1, 1))
        return domains, (nobody,) * 3, (nobody,) * len(_COUNTED)
    (all_of_them,) = moved
    flowed = all_of_them.flowed
    return (
        domains,
        plain(flowed.gained, flowed.locked, all_of_them.paid),
        plain(*(getattr(flowed, name) for name in _COUNTED)),
    )


def _of_projects(batch: Batch, built: Built | None) -> tuple[Any, ...]:
    """Landings, one row each: the domain of all, where they are, what is paid and lent."""
    if built is None or batch.world.routes is None:
        nobody, nothing = np.zeros(0, dtype=np.intp), np.zeros((0, 1))
        return 0, (nobody, nobody, nobody, np.zeros((0, 1), dtype=bool)), (nothing, nothing, nothing)
    landings = built.landings
    return (
        batch.world.routes.domain,
        plain(landings.run, landings.country, built.slot, built.signed),
        plain(landings.value, built.paid, built.lent),
    )


@kernel
def _trade(
    like, groups, worth, lots, values, counted, domains, users, shares, d, landings, prices, slots, sums,
    shown,
):  # fmt: skip
    """Every purchase: see ``engine.totals``, which sums the same.

    like    a tuple as long as a row of vendors
    groups  (group, domain, country);  worth (domain, country), of contracts for a whole market, USD bn
    slots   added to, by vendor: bought and locked in of groups, and locked in of economies
    sums    added to: paid in groups, renewed in economies, (run, country, lender) lent
    shown   added to: (run, group, domain) each, in the order of what is counted
    """
    groups, worth = tables((groups, worth))
    slots, sums, shown = tables(slots), tables(sums), tables(shown)
    _add_lots(groups, tables(lots), tables(values), tables(counted), slots, sums, shown)
    _add_users(like, groups, worth, domains, tables(users), tables(shares), slots, sums, shown)
    _add_projects(groups, d, tables(landings), tables(prices), slots[0], sums)


@inlined
def _add_lots(groups, lots, values, counted, slots, sums, shown):
    """Add what operators bought, row by row."""
    run, domain, country, incumbent, slot, signed = lots
    value, price, money, locked = values
    contracts, lock_in, country_lock_in = slots
    paid, country_renewed, lent = sums
    for i in range(len(run)):
        r, d, c, held = run[i], domain[i], country[i], max(incumbent[i], 0)
        bought = value[i, 0] if signed[i, 0] else 0.0
        for g in range(len(groups)):
            if groups[g, d, c]:
                contracts[r, g, d, slot[i]] += bought
                lock_in[r, g, d, held] += locked[i, 0]
                paid[r, g, d] += price[i, 0] * bought
                for k in range(len(shown)):
                    shown[k][r, g, d] += counted[k][i, 0]
        if len(country_renewed):
            country_lock_in[r, d, c, held] += locked[i, 0]
            country_renewed[r, d, c] += counted[0][i, 0]
        for k in range(money.shape[1]):
            lent[r, c, k] += money[i, k]


@inlined
def _add_users(like, groups, worth, domains, users, counted, slots, sums, shown):
    """Add what users bought, domain by domain."""
    gained, locked, price = users
    contracts, lock_in, country_lock_in = slots
    paid, country_renewed, _ = sums
    for r in range(len(gained)):
        for k in range(len(domains)):
            d, asked = domains[k], price[shared(price, r), k]
            for g in range(len(groups)):
                bought = summed(like, groups[g, d], worth[d], gained[r, k])
                keep(contracts[r, g, d], bought, like)
                keep(lock_in[r, g, d], summed(like, groups[g, d], worth[d], locked[r, k]), like)
                if len(asked) == 1:  # in all countries
                    paid[r, g, d] = over(bought * line(asked[0], like))
                else:
                    paid[r, g, d] = over(_paid(like, groups[g, d], worth[d], gained[r, k], asked))
                for c in range(gained.shape[2]):
                    if groups[g, d, c]:
                        for j in range(len(shown)):
                            shown[j][r, g, d] += worth[d, c] * counted[j][r, k, c, 0]
            if len(country_renewed):
                for c in range(gained.shape[2]):
                    country_renewed[r, d, c] = worth[d, c] * counted[0][r, k, c, 0]
                    keep(country_lock_in[r, d, c], line(locked[r, k, c], like) * worth[d, c], like)


@inlined
def summed(like, within, weight, values):
    """Weighted sum over some of all countries: the loop form of ``engine.totals.of_groups``, of one group.

    like            a tuple as long as a row of vendors
    within, weight  (country,) each;  values (country, vendor)
    Returns a line.
    """
    found = nothing(like)
    for c in range(len(values)):
        if within[c]:
            found = found + line(values[c], like) * weight[c]
    return found


@inlined
def _paid(like, within, weight, gained, price):
    """The same of what is gained, at the prices of each country."""
    found = nothing(like)
    for c in range(len(gained)):
        if within[c]:
            found = found + line(gained[c], like) * line(price[c], like) * weight[c]
    return found


@inlined
def _add_projects(groups, d, landings, prices, contracts, sums):
    """Add what projects bought, landing by landing."""
    run, country, slot, signed = landings
    value, price, money = prices
    paid, _, lent = sums
    for i in range(len(run)):
        r, c = run[i], country[i]
        bought = value[i, 0] if signed[i, 0] else 0.0
        for g in range(len(groups)):
            if groups[g, d, c]:
                contracts[r, g, d, slot[i]] += bought
                paid[r, g, d] += price[i, 0] * value[i, 0]
        for k in range(money.shape[1]):
            lent[r, c, k] += money[i, k]
