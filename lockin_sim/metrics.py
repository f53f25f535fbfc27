"""Every variable of a dataset: what is measured of a state and the flows of a year, with unit and meaning.

``measure`` turns the state of some runs into named arrays; ``VARIABLES`` says what each means.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Floats, product
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.indices import banzhaf as banzhaf  # these three are public names of this module too
from lockin_sim.indices import hhi as hhi
from lockin_sim.indices import shapley_shubik as shapley_shubik
from lockin_sim.rules import finance, pricing
from lockin_sim.state import Flows, State
from lockin_sim.world import Conditions, World

#: What the axes of a dataset are.
AXES = {
    "run": "run; the same luck in every scenario",
    "year": "year",
    "country": "economy, by its ISO 3166-1 code",
    "domain": "domain of technology",
    "vendor": "vendor",
    "standard": "family of standards",
    "body": "standards body",
    "sponsor": "state or union behind vendors",
    "group": "group of markets, the world first",
}


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
    "status": Variable(
        ("body", "domain", "standard"),
        "1",
        "share of a body's live standards by origin, NaN outside its mandate",
    ),
    "price": Variable(("domain", "vendor"), "1 (industry mean cost of 2010)", "list price"),
    "lock_in": Variable(("domain",), "1", "lock-in: incumbents' chance that switching costs add"),
    "lock_in_to": Variable(("domain", "sponsor"), "1", "lock-in to the vendors of each sponsor"),
    "coverage": Variable(("domain",), "1", "share of the world's capacity that is deployed"),
    "retention": Variable(("domain",), "1", "share of renewed base that its incumbent kept"),
    "surplus": Variable(("domain",), "utility", "expected utility of renewing customers (logsum)"),
    "price_paid": Variable(("domain",), "1", "effective price of what was signed, after finance"),
    "contracts": Variable(("domain",), "USD bn", "value of contracts signed"),
    "replacement": Variable(("domain",), "USD bn", "value of restricted base put up for replacement"),
    "early_replacement": Variable(
        ("domain",), "USD bn", "value of restricted base replaced ahead of its renewal", False
    ),
    "total_debt": Variable(("sponsor",), "USD bn", "debt owed to each sponsor"),
    "lending": Variable(("sponsor",), "USD bn", "loans of the year"),
    "grant_equivalent": Variable(
        ("sponsor",), "USD bn", "grant equivalent of the year's loans at borrowers' own rates", False
    ),
    "subsidies": Variable(
        ("domain", "vendor"), "USD bn", "part of the cost of what was signed that states paid", False
    ),
    "restricting": Variable(("sponsor",), "1", "share of world GDP that restricts a sponsor's vendors"),
    "group_vendor_share": Variable(
        ("group", "domain", "vendor"), "1", "share of a group's installed capacity", False
    ),
    "group_sales_share": Variable(("group", "domain", "vendor"), "1", "share of a group's sales", False),
    "group_standard_share": Variable(
        ("group", "domain", "standard"), "1", "share of a group's installed capacity by standard", False
    ),
    "group_retention": Variable(
        ("group", "domain"), "1", "share of a group's renewed base that its incumbent kept", False
    ),
    "group_surplus": Variable(
        ("group", "domain"), "utility", "expected utility of a group's renewing customers (logsum)", False
    ),
    "group_price_paid": Variable(
        ("group", "domain"), "1", "effective price of what a group signed, after finance", False
    ),
    "group_lock_in_to": Variable(
        ("group", "domain", "sponsor"), "1", "lock-in of a group to the vendors of each sponsor", False
    ),
    "installed": Variable(("country", "domain", "vendor"), "1", "share of a country's capacity", False),
    "winner": Variable(("country", "domain"), "index of vendor, -1 if none", "winner of a tender", False),
    "restricted": Variable(
        ("country", "sponsor"), "bool", "restriction of a sponsor's vendors in force", False
    ),
    "compliance": Variable(
        ("standard", "domain", "vendor"),
        "1",
        "share of a vendor's products that complies with a family",
        False,
    ),
    "debt": Variable(("country", "sponsor"), "USD bn", "debt owed to a sponsor", False),
    "lent": Variable(("country", "sponsor"), "USD bn", "loans of the year", False),
    "repaid": Variable(("country", "sponsor"), "USD bn", "principal repaid in the year", False),
    "vote_share": Variable(("body", "domain", "standard"), "1", "share in favour; NaN without a vote", False),
    "country_lock_in": Variable(("country", "sponsor"), "USD bn", "value of renewals times lock-in", False),
    "country_dependence": Variable(
        ("country", "sponsor"), "1", "share of a country's base by value that a sponsor's vendors run", False
    ),
    "country_renewed": Variable(("country",), "USD bn", "value of base put up for replacement", False),
    "unsound": Variable(
        (), "position in the state, -1 if none", "first array with a number that is not finite", False
    ),
}


def recorded(names: object) -> frozenset[str]:
    """Names of the variables to record: those always there, and those asked for (a name or several).

    Raises InputError for an unknown name.
    """
    if not isinstance(names, str | Iterable | None):
        raise unusable("record", found=names, allowed="names of variables")
    asked = [names] if isinstance(names, str) else list(names or ())
    for name in asked:
        if name not in VARIABLES:
            raise unknown_name("record", found=name, known=VARIABLES)
    return frozenset(asked) | {name for name, variable in VARIABLES.items() if variable.always}


#: Variables of what happens in a year; NaN in the initial one.
FLOWS = frozenset(
    {
        *("sales_share", "lock_in", "lock_in_to", "retention", "surplus", "price_paid", "contracts"),
        *("replacement", "early_replacement", "lending", "grant_equivalent", "subsidies"),
        *("country_lock_in", "country_renewed"),
        *("group_sales_share", "group_retention", "group_lock_in_to", "group_surplus", "group_price_paid"),
    }
)


def groups_measured(world: World, names: frozenset[str]) -> Bools:
    """Masks of the groups that the named variables need, the world first.  (group, country, domain)."""
    every = any(name.startswith("group_") for name in names)
    return world.group_masks if every else world.group_masks[:1]


def group_total(groups: Bools, values: Floats, weight: Floats | float = 1.0) -> Floats:
    """Weighted sums over the countries of each group; a group takes the place of the country axis.

    groups  (group, country, domain); values (run, country, domain, column); weight (country, domain)
    """
    masks = np.ascontiguousarray((groups * weight).transpose(2, 0, 1), dtype=values.dtype)
    return np.matmul(masks, values.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Part over whole, NaN where the whole is nothing."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.divide(part, whole, out=np.full(shape, np.nan, dtype=part.dtype), where=whole > 0)


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
    values: dict[str, NDArray[Any]] = {}
    values |= _shares(world, now, state, flows) | _tenders(world, flows)
    if any(name.startswith("group_") for name in names - FLOWS):
        values |= _group_shares(state, flows)
    if any(name.startswith("group_") for name in names & FLOWS):
        values |= _group_tenders(world, flows)
    if "country_dependence" in names:
        base = state.installed * now.market_size[..., None]
        total = base.sum(axis=(-2, -1))[..., None]
        values["country_dependence"] = _ratio(by_sponsor(world, base), total)
    if names & {"grant_equivalent", "subsidies"}:
        values |= _public_money(world, now, flows, list_price)
    if "unsound" in names:
        values["unsound"] = state.unsound()
    gdp = now.gdp / now.gdp.sum()
    restricted = state.since >= 0
    values |= {
        "price": np.where(world.slot_vendor >= 0, list_price, np.nan),
        "status": np.where(now.mandate[..., None], state.status, np.nan),
        "vote_share": flows.votes,
        "total_debt": state.debt.sum(axis=1),
        "lending": flows.lent.sum(axis=1),
        "restricting": gdp @ restricted,
        "restricted": restricted,
        "installed": state.installed,
        "compliance": np.where(world.slot_vendor >= 0, np.moveaxis(state.compliance, -1, 1), np.nan),
        "winner": flows.winner,
        "debt": state.debt,
        "lent": flows.lent,
        "repaid": flows.repaid,
        "country_lock_in": flows.country_lock_in,
        "country_renewed": flows.country_renewed,
    }
    picked = {name: values[name] for name in names}
    if first:
        picked |= {name: np.full_like(picked[name], np.nan) for name in FLOWS & names}
    return {name: np.array(value, copy=True) for name, value in picked.items()}


def by_sponsor(world: World, values: Floats) -> Floats:
    """Sums of (run, country, domain, vendor) over domains, by sponsor.  (run, country, sponsor)."""
    flat = values.reshape(*values.shape[:2], -1)
    return product(flat, world.sponsored.reshape(flat.shape[-1], -1).astype(values.dtype))


def _shares(world: World, now: Conditions, state: State, flows: Flows) -> dict[str, NDArray[Any]]:
    """Who and which standards hold the world's installed base and its sales."""
    capacity, sales = flows.capacity[:, 0], flows.sales[:, 0]
    share = _ratio(capacity, capacity.sum(axis=-1, keepdims=True))
    owner = np.append(world.owners > 0, np.zeros((len(world.standards), 1), dtype=bool), axis=1)
    owned = state.compliance * owner.T[world.slot_sponsor]
    held = np.nan_to_num(share)[:, :, None, :]
    return {
        "vendor_share": share,
        "standard_share": (held @ state.compliance)[:, :, 0],
        "owned_standard_share": (held @ owned)[:, :, 0],
        "sales_share": _ratio(sales, sales.sum(axis=-1, keepdims=True)),
        "coverage": capacity.sum(axis=-1) / now.market_size.sum(axis=0),
    }


def _tenders(world: World, flows: Flows) -> dict[str, NDArray[Any]]:
    """What the year's tenders show, for the world."""
    renewed, signed, lock_in = flows.renewed[:, 0], flows.contracts[:, 0].sum(axis=-1), flows.lock_in[:, 0]
    locked = (lock_in[:, :, None, :] @ world.sponsored)[:, :, 0]
    return {
        "lock_in": _ratio(lock_in.sum(axis=-1), renewed),
        "lock_in_to": _ratio(locked, renewed[..., None]),
        "retention": _ratio(flows.retained[:, 0], renewed),
        "surplus": _ratio(flows.surplus[:, 0], renewed),
        "price_paid": _ratio(flows.paid[:, 0], signed),
        "contracts": signed,
        "replacement": flows.forced[:, 0],
        "early_replacement": flows.early[:, 0],
    }


def _public_money(world: World, now: Conditions, flows: Flows, list_price: Floats) -> dict[str, NDArray[Any]]:
    """What states gave away in the year: in soft loans by lender, in subsidies by vendor."""
    element = finance.grant_element(
        now.loan_rate, now.tenor, now.grace, world.borrowing_rate[:, None], world.payments_per_year
    )
    signed = flows.contracts[:, 0]
    return {
        "grant_equivalent": finance.grant_equivalent(flows.lent, element).sum(axis=1),
        "subsidies": pricing.subsidy_paid(list_price, now.subsidy, signed),
    }


def _group_shares(state: State, flows: Flows) -> dict[str, NDArray[Any]]:
    """Who and which standards hold the installed base of groups of markets."""
    share = _ratio(flows.capacity, flows.capacity.sum(axis=-1, keepdims=True))
    standard = share.transpose(0, 2, 1, 3) @ state.compliance
    return {"group_vendor_share": share, "group_standard_share": standard.transpose(0, 2, 1, 3)}


def _group_tenders(world: World, flows: Flows) -> dict[str, NDArray[Any]]:
    """Sales, and what the year's tenders show, by groups of markets, and how adopters fare."""
    locked = (flows.lock_in[..., None, :] @ world.sponsored)[..., 0, :]
    return {
        "group_surplus": _ratio(flows.surplus, flows.renewed),
        "group_price_paid": _ratio(flows.paid, flows.contracts.sum(axis=-1)),
        "group_sales_share": _ratio(flows.sales, flows.sales.sum(axis=-1, keepdims=True)),
        "group_retention": _ratio(flows.retained, flows.renewed),
        "group_lock_in_to": _ratio(locked, flows.renewed[..., None]),
    }
