"""Every outcome: what is measured of a state and the flows of a year, with unit and meaning.

``measure`` turns the state of some runs into named arrays; ``VARIABLES`` says what each means.
Studies derive further outcomes from datasets by the functions below.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Floats
from lockin_sim.state import Flows, State
from lockin_sim.world import Conditions, World


class Variable(NamedTuple):
    """What a variable of a dataset is."""

    axes: tuple[str, ...]  # after run and year; ``vendor`` is spread from slots to labels
    unit: str
    long_name: str
    always: bool = True


VARIABLES: dict[str, Variable] = {
    "vendor_share": Variable(("domain", "vendor"), "1", "share of the world's installed capacity"),
    "standard_share": Variable(("domain", "standard"), "1", "share of installed capacity by standard family"),
    "owned_standard_share": Variable(
        ("domain", "standard"), "1", "part of standard_share carried by vendors of the family's owners"
    ),
    "sales_share": Variable(("domain", "vendor"), "1", "share of the year's sales"),
    "status": Variable(("body", "domain", "standard"), "1", "share of a body's live standards by origin"),
    "price": Variable(("domain", "vendor"), "1 (industry mean cost of 2010)", "list price"),
    "lock_in": Variable(("domain",), "1", "lock-in: incumbents' chance that switching costs add"),
    "lock_in_to": Variable(("domain", "sponsor"), "1", "lock-in to the vendors of each sponsor"),
    "coverage": Variable(("domain",), "1", "share of the world's capacity that is deployed"),
    "retention": Variable(("domain",), "1", "share of renewed base that its incumbent kept"),
    "surplus": Variable(("domain",), "utility", "expected utility of renewing customers (logsum)"),
    "price_paid": Variable(("domain",), "1", "effective price of what was signed, after finance"),
    "contracts": Variable(("domain",), "USD bn", "value of contracts signed"),
    "replacement": Variable(("domain",), "USD bn", "value of restricted base put up for replacement"),
    "total_debt": Variable(("sponsor",), "USD bn", "debt owed to each sponsor"),
    "lending": Variable(("sponsor",), "USD bn", "loans of the year"),
    "restricting": Variable(("sponsor",), "1", "share of world GDP that restricts a sponsor's vendors"),
    "group_vendor_share": Variable(
        ("group", "domain", "vendor"), "1", "share of a group's installed capacity", False
    ),
    "group_sales_share": Variable(("group", "domain", "vendor"), "1", "share of a group's sales", False),
    "group_standard_share": Variable(
        ("group", "domain", "standard"), "1", "share of a group's installed capacity by standard", False
    ),
    "installed": Variable(("country", "domain", "vendor"), "1", "share of a country's capacity", False),
    "winner": Variable(("country", "domain"), "index of vendor, -1 if none", "winner of a tender", False),
    "restricted": Variable(
        ("country", "sponsor"), "bool", "restriction of a sponsor's vendors in force", False
    ),
    "debt": Variable(("country", "sponsor"), "USD bn", "debt owed to a sponsor", False),
    "lent": Variable(("country", "sponsor"), "USD bn", "loans of the year", False),
    "repaid": Variable(("country", "sponsor"), "USD bn", "principal repaid in the year", False),
    "vote_share": Variable(("body", "domain", "standard"), "1", "share in favour; NaN without a vote", False),
    "country_lock_in": Variable(("country", "sponsor"), "USD bn", "value of renewals times lock-in", False),
    "country_renewed": Variable(("country",), "USD bn", "value of base put up for replacement", False),
}


def group_total(world: World, values: Floats) -> Floats:
    """Sums over the countries of each group; a group takes the place of the country axis."""
    masks = world.group_masks.transpose(2, 0, 1).astype(np.float64)
    return np.matmul(masks, values.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)


def group_capacity(world: World, now: Conditions, installed: Floats) -> Floats:
    """Installed base times market size, by group.  (run, group, domain, vendor), USD bn per year."""
    weights = (world.group_masks * now.market_size).transpose(2, 0, 1)
    return np.matmul(weights, installed.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Part over whole, NaN where the whole is nothing."""
    return np.divide(
        part, whole, out=np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan), where=whole > 0
    )


def measure(
    world: World,
    now: Conditions,
    state: State,
    flows: Flows,
    list_price: Floats,
    *,
    first: bool,
    names: frozenset[str],
) -> dict[str, NDArray[Any]]:
    """Values of the named variables for one year; each (run, ...), vendors as slots.

    first  whether this is the initial state: flows are NaN then
    """
    capacity = flows.capacity
    share = _ratio(capacity, capacity.sum(axis=-1, keepdims=True))
    world_share = share[:, 0]
    used = world.slot_vendor >= 0
    owner = np.append(world.owners > 0, np.zeros((len(world.standards), 1), dtype=bool), axis=1)
    owned = owner.T[world.slot_sponsor]
    standard = (np.nan_to_num(world_share)[:, :, None, :] @ state.compliance)[:, :, 0]
    own_part = (np.nan_to_num(world_share)[:, :, None, :] @ (state.compliance * owned))[:, :, 0]
    total = flows.capacity[:, 0].sum(axis=-1)
    renewed, tendered = flows.renewed, flows.tendered
    gdp = now.gdp / now.gdp.sum()
    values: dict[str, NDArray[Any]] = {
        "vendor_share": world_share,
        "standard_share": standard,
        "owned_standard_share": own_part,
        "sales_share": _ratio(flows.sales[:, 0], flows.sales[:, 0].sum(axis=-1, keepdims=True)),
        "status": state.status,
        "price": np.where(used, list_price, np.nan),
        "lock_in": _ratio(flows.lock_in.sum(axis=-1), renewed),
        "lock_in_to": _ratio((flows.lock_in[:, :, None, :] @ world.sponsored)[:, :, 0], renewed[..., None]),
        "coverage": total / now.market_size.sum(axis=0),
        "retention": _ratio(flows.retained, renewed),
        "surplus": _ratio(flows.surplus, renewed),
        "price_paid": _ratio(flows.paid, tendered),
        "contracts": tendered,
        "replacement": flows.forced,
        "total_debt": state.debt.sum(axis=1),
        "lending": flows.lent.sum(axis=1),
        "restricting": gdp @ (state.since >= 0),
    }
    if "group_vendor_share" in names:
        values["group_vendor_share"] = share
    if "group_sales_share" in names:
        values["group_sales_share"] = _ratio(flows.sales, flows.sales.sum(axis=-1, keepdims=True))
    if "group_standard_share" in names:
        values["group_standard_share"] = (share.transpose(0, 2, 1, 3) @ state.compliance).transpose(
            0, 2, 1, 3
        )
    values |= {
        "installed": state.installed,
        "winner": flows.winner,
        "restricted": state.since >= 0,
        "debt": state.debt,
        "lent": flows.lent,
        "repaid": flows.repaid,
        "vote_share": flows.votes,
        "country_lock_in": flows.country_lock_in[..., :-1],
        "country_renewed": flows.country_renewed,
    }
    picked = {name: values[name] for name in names}
    if first:
        flow = {"sales_share", "lock_in", "lock_in_to", "retention", "surplus", "price_paid", "contracts"}
        flow |= {"replacement", "lending", "group_sales_share", "country_lock_in", "country_renewed"}
        picked |= {name: np.full_like(picked[name], np.nan) for name in flow & names}
    return {name: np.array(value, copy=True) for name, value in picked.items()}
