"""An exit plan as means over draws with their ranges, and as tables for files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import opening, with_article
from lockin_sim.common.statistics import (
    Estimate,
    estimate_interval,
    estimate_paired_difference,
    mean_by_column,
    quantiles,
)
from lockin_sim.studies.exit_costs import LEAST, MOMENTS
from lockin_sim.world.names import format_label, get_sponsor_adjective, read_label_column
from lockin_sim.world.recorded import COUNTRY_RECORD, NOT_RECORDED

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Fewest draws with something to leave for which a buyer's price is reported: a range of fewer says nothing.
ENOUGH = 5


def summarise_draws(values: Floats) -> Estimate[float]:
    """Compute the mean, and the 5 and 95 % quantiles, of the defined values.  (draw,)."""
    low, high = quantiles(values, 0.05, 0.95)
    return Estimate(float(mean_by_column(values)), float(low), float(high))


def summarise_years(values: Floats) -> Estimate[float]:
    """Compute the median, and the 5 and 95 % quantiles, of the defined values, for years.  (draw,)."""
    low, middle, high = quantiles(values, 0.05, 0.5, 0.95)
    return Estimate(float(middle), float(low), float(high))


def _compute_percent(some: Floats, whole: Floats) -> Floats:
    """Compute a part in per cent of a whole, NaN for a whole of zero."""
    result: Floats = np.divide(100 * some, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return result


class LeavingBuyer(NamedTuple):
    """Buyer of an exit plan, and its position ``at`` along the dataset's axis of buyers."""

    at: int
    label: str
    domain: str
    kind: str  # operator, users or project
    operator: str
    weight: float


class ExitPlan:
    """Reader of an exit plan.

    ds  as :func:`lockin_sim.exit_plan` returns it
    Raises InputError for another dataset.
    """

    def __init__(self, ds: xr.Dataset) -> None:
        if not {"cost", "held", "stays", "owed"} <= set(ds.data_vars):
            raise unusable("exit plan", words="another dataset", allowed="what exit_plan returned")
        self.ds, self.about = ds.transpose("draw", ...), ds.attrs
        self.year, self.last = int(ds.attrs["year"]), int(ds["year"].values[-1])
        self.draws = int(ds.sizes["draw"])
        leaving, country = str(ds.attrs["leaving"]), format_label("country", ds.attrs["country"])
        #: the economy within a sentence: 'Kenya', 'the United States'
        self.country = with_article(country)
        #: whether several vendors are to be left, and how they are called: 'Huawei', 'Chinese vendors'
        self.plural = leaving in ds["sponsor"].values
        self.whom = (
            f"{get_sponsor_adjective(leaving)} vendors" if self.plural else format_label("vendor", leaving)
        )
        columns = (ds[n].values.tolist() for n in ("buyer", "domain_of", "kind", "operator", "weight"))
        self.buyers = [LeavingBuyer(n, *row) for n, row in enumerate(zip(*columns, strict=True))]
        #: layers in which somebody buys
        self.layers = list(dict.fromkeys(b.domain for b in self.buyers))
        #: lender, its sponsor, and whether it is tied
        names = ("lender", "lender_of", "tied")
        self.lenders = list(zip(*(ds[name].values.tolist() for name in names), strict=True))

    def by_draw(self, name: str, **at: Any) -> Floats:
        """Select the values of a variable at some labels.  (draw, ...)."""
        return self.ds[name].sel(at).values

    @property
    def position(self) -> Integers:
        """Index of each draw among the draws of the posterior; an index may repeat.  (draw,)."""
        return self.ds["position"].values.astype(np.intp)

    # --- who buys ---

    def named(self, buyer: LeavingBuyer) -> str:
        """Describe a buyer in words: 'Operator 1, lot 2'."""
        if buyer.kind == "operator":
            lots = self.lots_of(buyer)
            part = f", lot {lots.index(buyer) + 1}" if len(lots) > 1 else ""
            return f"{opening(buyer.operator)}{part}"
        return "All users" if buyer.kind == "users" else "All landings"

    def lots_of(self, buyer: LeavingBuyer) -> list[LeavingBuyer]:
        """List all lots of a buyer's operator in the buyer's layer."""
        return [b for b in self.buyers if (b.domain, b.operator) == (buyer.domain, buyer.operator)]

    @cached_property
    def held(self) -> Floats:
        """Share of the layer's capacity that each buyer has from the vendors to leave.  (draw, buyer)."""
        return self.by_draw("held")

    def has(self, buyer: LeavingBuyer) -> Bools:
        """Whether the buyer has something to leave, in each draw.  (draw,)."""
        return self.held[:, buyer.at] > LEAST

    @cached_property
    def leavers(self) -> list[LeavingBuyer]:
        """Buyers with equipment to leave in any draw."""
        return [b for b in self.buyers if self.has(b).any()]

    def leavers_in(self, domain: str) -> list[LeavingBuyer]:
        """List the buyers of a layer that have something to leave in any draw."""
        return [b for b in self.leavers if b.domain == domain]

    @cached_property
    def state(self) -> list[LeavingBuyer]:
        """Operators, agencies and owners of cables that have something to leave in any draw."""
        return [b for b in self.leavers if b.kind != "users"]

    @cached_property
    def at_stake(self) -> list[LeavingBuyer]:
        """Buyers that have something to leave in at least :data:`ENOUGH` draws, or in all draws if fewer."""
        return [b for b in self.buyers if self.has(b).sum() >= min(ENOUGH, self.draws)]

    @cached_property
    def users(self) -> list[LeavingBuyer]:
        """Buyers of kind "users" that have something to leave in at least :data:`ENOUGH` draws."""
        return [b for b in self.at_stake if b.kind == "users"]

    # --- who supplies ---

    @cached_property
    def suppliers_given(self) -> dict[str, str]:
        """Vendor by operator, as given by the caller."""
        pairs = (one.partition("=") for one in str(self.about["suppliers"]).split("; ") if one)
        return {operator: vendor for operator, _, vendor in pairs}

    @property
    def record(self) -> str:
        """Description of the record of the economy's networks; "" in a world without a record."""
        return str(self.about.get(COUNTRY_RECORD, ""))

    @cached_property
    def _recorded_layers(self) -> list[str]:
        """Layers in which contracts of any economy are on record."""
        return self._split_attribute("recorded_layers")

    def _split_attribute(self, name: str) -> list[str]:
        """Split an attribute that holds a list."""
        return [one for one in str(self.about.get(name, "")).split("; ") if one]

    def guessed(self, domain: str) -> bool:
        """Whether a layer with recorded contracts elsewhere has no record and no given supplier here.

        A mean over draws is then not informative about the economy.
        """
        recorded = self.record != NOT_RECORDED or bool(self.suppliers_given)
        return domain in self._recorded_layers and not recorded

    @cached_property
    def suppliers_asked(self) -> list[LeavingBuyer]:
        """Largest lot of each operator with an unknown supplier, in layers of the vendors to leave.

        A supplier is unknown if neither given nor on record; a layer counts if those vendors have a share.
        """
        largest: dict[tuple[str, str], LeavingBuyer] = {}
        for b in sorted((b for b in self.buyers if b.kind == "operator"), key=lambda b: -b.weight):
            known = b.operator in self.suppliers_given or (
                b.domain in self._recorded_layers
                and b.operator in self._split_attribute("recorded_operators")
            )
            if not known and self.in_layer(b.domain).mean > 0:
                largest.setdefault((b.domain, b.operator), b)
        return sorted(largest.values(), key=lambda b: self.layers.index(b.domain))

    def supplied(self, domain: str) -> list[tuple[str, Estimate[float]]]:
        """Estimate the share of a layer that each vendor supplies, per cent, the largest first."""
        at = 100 * self.by_draw("supplied", domain=domain).T
        parts = [(str(v), summarise_draws(row)) for v, row in zip(self.ds["vendor"].values, at, strict=True)]
        return sorted((one for one in parts if one[1].mean > 0), key=lambda one: -one[1].mean)

    def in_layer(self, domain: str) -> Estimate[float]:
        """Estimate the share of a layer that the vendors to leave supply, per cent."""
        at = [b.at for b in self.buyers if b.domain == domain]
        return summarise_draws(100 * self.held[:, at].sum(axis=-1))

    def usual_supplier(self, buyer: LeavingBuyer) -> tuple[str, float] | None:
        """Return the vendor that runs a lot in most draws, and the share of draws; None for other buyers."""
        if buyer.kind != "operator":
            return None
        slot = self.by_draw("supplier")[:, buyer.at].astype(int)
        labels, counts = np.unique(slot, return_counts=True)
        most = int(labels[counts.argmax()])
        vendor = "nothing yet" if most < 0 else format_label("vendor", self.ds["vendor"].values[most])
        return vendor, float(counts.max() / len(slot))

    # --- when, and for how much ---

    def due(self, buyer: LeavingBuyer, name: str = "due_year") -> Estimate[float]:
        """Estimate when a lot first comes up, or with ``generation_year`` the year of its next generation.

        Draws without such a year count as the year after the last; NaN where no draw has such a year.
        """
        years = self.by_draw(name)[:, buyer.at]
        if not np.isfinite(years).any():
            return Estimate(np.nan, np.nan, np.nan)
        return summarise_years(np.where(np.isfinite(years), years, self.last + 1))

    def of(self, name: str, buyer: LeavingBuyer, moment: str) -> Floats:
        """Select a cost variable of a buyer at a moment, NaN where it has nothing to leave.  (draw,)."""
        return self.by_draw(name, moment=moment)[:, buyer.at]

    def total(self, buyers: list[LeavingBuyer], moment: str, name: str = "cost") -> Floats:
        """Sum a cost variable over buyers.  (draw,).

        A buyer with nothing to leave counts as 0; an unknown cost makes the sum NaN.
        """
        return self._sum_over_leavers(buyers, lambda b: self.of(name, b, moment))

    def weighted(self, name: str, buyers: list[LeavingBuyer], moment: str) -> Floats:
        """Average a variable over buyers with something to leave, weighted by spending until renewal.

        (draw,), NaN where no buyer has something to leave.
        """
        spent = self._sum_over_leavers(buyers, lambda b: self.of("spending", b, moment))
        whole = self._sum_over_leavers(
            buyers, lambda b: self.of("spending", b, moment) * self.of(name, b, moment)
        )
        result: Floats = np.divide(whole, spent, out=np.full(spent.shape, np.nan), where=spent > 0)
        return result

    def _sum_over_leavers(
        self, buyers: list[LeavingBuyer], values: Callable[[LeavingBuyer], Floats]
    ) -> Floats:
        """Sum values over the buyers that have something to leave.  (draw,)."""
        parts = [np.where(self.has(b), values(b), 0.0) for b in buyers]
        return np.sum(parts, axis=0) if parts else np.zeros(self.draws)

    def met_by_generation(self, buyers: list[LeavingBuyer]) -> list[LeavingBuyer]:
        """Select the buyers that a new generation frees in any draw."""
        return [b for b in buyers if np.isfinite(self.of("cost", b, "generation")).any()]

    # --- who could pay ---

    @cached_property
    def on_record(self) -> list[int]:
        """Positions of lenders to name.

        All lenders of the caller's own tables; of the bundled lenders those whose choice of borrowers is
        estimated from a record of loans.
        """
        if not self.about["bundled"]:
            return list(range(len(self.lenders)))
        past = read_label_column("lenders", "past_weight")
        return [h for h, (lender, _, _) in enumerate(self.lenders) if float(str(past.get(lender, 0))) > 0]

    @cached_property
    def assumed(self) -> list[int]:
        """Positions of all other lenders, which are known by assumption alone."""
        return [h for h in range(len(self.lenders)) if h not in self.on_record]

    def could_lend(self, lenders: list[int], buyers: list[LeavingBuyer]) -> Floats:
        """Compute the part of new contracts now that some lenders could pay, per cent, each lot by itself.

        (draw,), NaN where there are no contracts.
        """
        lent = self.by_draw("could_lend", moment="now")[..., lenders].sum(axis=-1)
        return _compute_percent(
            self._sum_over_leavers(buyers, lambda b: lent[:, b.at]), self.total(buyers, "now", "contract")
        )

    def cut(self, buyers: list[LeavingBuyer]) -> Floats:
        """Compute the part of the price of new contracts that loans pay, per cent, weighted by value.

        (draw,).
        """
        off = self._sum_over_leavers(
            buyers, lambda b: self.of("contract", b, "now") * self.of("cut", b, "now")
        )
        return _compute_percent(off, self.total(buyers, "now", "contract"))

    @property
    def restricted(self) -> float:
        """Share of draws in which the sponsor to leave is restricted when the year begins."""
        sponsor = str(self.about["sponsor"])
        return float(self.by_draw("restricted", sponsor=sponsor).mean()) if sponsor else 0.0

    # --- by itself ---

    def left(self, domain: str, scenario: int, year: int) -> Floats:
        """Compute the part of a layer that the vendors to leave lose by the end of a year.

        Lots count once they have another vendor, and lots won elsewhere are left out; for users and cables
        the loss is the net fall.  (draw,), per cent of the mean share when the plan begins.
        """
        stays = self.by_draw("stays", year=year)[:, scenario]
        gone = np.zeros(self.draws)
        for b in (b for b in self.buyers if b.domain == domain):
            before, after = self.held[:, b.at], stays[:, b.at]
            gone += np.where(before > LEAST, before - after, 0.0) if b.kind == "operator" else before - after
        return 100 * gone / (self.in_layer(domain).mean / 100)

    def moves(self, domain: str, scenario: int, year: int) -> Estimate[float]:
        """Estimate the part of a layer lost by a year in the baseline, or how much more under a policy.

        Mean and its 95 % interval, per cent (within 0 and 100 for layers of lots) and points.
        """
        if scenario:
            left, stays = (self.left(domain, at, year) for at in (scenario, 0))
            estimate = estimate_paired_difference(left, stays, self.position)[:3]
            return Estimate(*map(float, estimate))
        ends = np.array(estimate_interval(self.left(domain, 0, year), self.position)[:3], dtype=float)
        if all(b.kind == "operator" for b in self.buyers if b.domain == domain):
            ends = np.clip(ends, 0.0, 100.0)
        return Estimate(*ends.tolist())


# --- in files ---

_NUMBERS = ("cost", "bought_again", "rebate", "chance", "cut")


def build_exit_tables(plan: ExitPlan) -> dict[str, pd.DataFrame]:
    """Build the tables of a plan; every number over draws with its 5 and 95 % quantiles.

    Money is in USD bn, shares are fractions.
    """
    import pandas as pd

    def with_ends(*names: str) -> list[str]:
        """Return the heads of numbers and of their ranges."""
        return [f"{name}{end}" for name in names for end in ("", "_q05", "_q95")]

    found, rows = dict[str, pd.DataFrame](), list[list[Any]]()
    for b in plan.buyers:
        row = [b.label, b.domain, b.kind, b.weight, *(plan.usual_supplier(b) or ("", float("nan")))]
        row += [float(plan.has(b).mean()), *summarise_draws(plan.held[:, b.at])]
        row += [*plan.due(b), *plan.due(b, "generation_year")]
        rows.append(row + [x for m in MOMENTS for n in _NUMBERS for x in summarise_draws(plan.of(n, b, m))])
    heads = ["buyer", "domain", "kind", "weight", "usual_supplier", "usual_supplier_share", "has_some"]
    costs = (f"{n}_{m}" for m in MOMENTS for n in _NUMBERS)
    heads += with_ends("held", "due_year", "generation_year", *costs)
    found["exit"] = pd.DataFrame(rows, columns=heads)
    rows = [
        [domain, vendor, *(value / 100 for value in share)]
        for domain in plan.ds["domain"].values.tolist()
        for vendor, share in plan.supplied(domain)
    ]
    found["suppliers"] = pd.DataFrame(rows, columns=["domain", "vendor", *with_ends("share")])
    owed, until, rows = plan.by_draw("owed"), plan.by_draw("owed_until"), []
    for h, lender in enumerate(plan.lenders):
        part = plan.could_lend([h], plan.state) / 100
        chance = float((part > 0).mean()) if plan.state else float("nan")
        rows.append(
            [
                *lender,
                chance,
                *summarise_draws(part),
                *summarise_draws(owed[:, h]),
                *summarise_years(until[:, h]),
            ]
        )
    heads = ["lender", "of", "tied", "chance_to_lend", *with_ends("part_of_contracts", "owed", "owed_until")]
    found["lenders"] = pd.DataFrame(rows, columns=heads)
    rows = [
        [title, domain, year, *(x / 100 for x in plan.moves(domain, s, year))]
        for s, title in enumerate(plan.ds["scenario"].values.tolist())
        for domain in plan.layers
        if plan.in_layer(domain).mean > 0
        for year in plan.ds["year"].values.tolist()
    ]
    heads = ["scenario", "domain", "year", "left_or_more", "low", "high"]
    return found | {"policies": pd.DataFrame(rows, columns=heads)}
