"""What an exit plan says: means over draws, each with the ends between which nine draws of ten lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.errors import unusable
from lockin_sim.statistics import Estimate, interval, means, paired, quantiles
from lockin_sim.studies.exits.costs import LEAST
from lockin_sim.wording import opening
from lockin_sim.world.names import adjective, name_of

if TYPE_CHECKING:
    import xarray as xr

#: Draws with something to leave from which it is told what a buyer would pay: of fewer a range says nothing.
ENOUGH = 5


#: Names of economies that have an article within a sentence.
_ARTICLE = re.compile(
    r"^(United|Bahamas|Comoros|Gambia|Maldives|Netherlands|Philippines|Seychelles)\b|(Islands|Republic)$"
)


def over_draws(values: Floats) -> Estimate[float]:
    """Mean, and 5 and 95 % of draws of what is defined.  (draw,)."""
    low, high = quantiles(values, 0.05, 0.95)
    return Estimate(float(means(values)), float(low), float(high))


def median(values: Floats) -> Estimate[float]:
    """The same around the median, which years have."""
    low, middle, high = quantiles(values, 0.05, 0.5, 0.95)
    return Estimate(float(middle), float(low), float(high))


def _part(some: Floats, whole: Floats) -> Floats:
    """Per cent, NaN of nothing."""
    result: Floats = np.divide(100 * some, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return result


@dataclass(frozen=True)
class Buyer:
    """Who would leave, and its place in the dataset."""

    at: int
    label: str
    domain: str
    kind: str  # operator, users or project
    operator: str
    weight: float


@dataclass(frozen=True)
class Plan:
    """An exit plan to read.  ds: as :func:`lockin_sim.exit_plan` returns it."""

    ds: xr.Dataset

    def __post_init__(self) -> None:
        """Raises InputError for another dataset."""
        if not {"cost", "held", "stays", "owed"} <= set(self.ds.data_vars):
            raise unusable("exit plan", found="another dataset", allowed="what exit_plan returned")

    # --- what it is about ---

    @property
    def country(self) -> str:
        """The economy, as it is written within a sentence: 'Kenya', 'the United States'."""
        name = name_of("country", self.ds.attrs["country"])
        return f"the {name}" if _ARTICLE.search(name) else name

    @property
    def year(self) -> int:
        """Year of the plan."""
        return int(self.ds.attrs["year"])

    @property
    def last(self) -> int:
        """Last year that is followed."""
        return int(self.ds["year"].values[-1])

    @property
    def draws(self) -> int:
        """Number of draws."""
        return int(self.ds.sizes["draw"])

    @property
    def gone(self) -> list[str]:
        """Labels of the vendors to leave."""
        return str(self.ds.attrs["gone"]).split("; ")

    @property
    def whom(self) -> str:
        """Whom to leave, in a sentence: 'Huawei', 'Chinese vendors'."""
        leaving = str(self.ds.attrs["leaving"])
        if leaving in self.ds["sponsor"].values:
            return f"{adjective(leaving)} vendors"
        return name_of("vendor", leaving)

    @property
    def plural(self) -> bool:
        """Whether several are to be left."""
        return str(self.ds.attrs["leaving"]) in self.ds["sponsor"].values

    @cached_property
    def buyers(self) -> list[Buyer]:
        """Who buys, in the order of the layers."""
        columns = (self.ds[n].values.tolist() for n in ("buyer", "domain_of", "kind", "operator", "weight"))
        rows = zip(*columns, strict=True)
        return [Buyer(n, *row) for n, row in enumerate(rows)]

    @cached_property
    def layers(self) -> list[str]:
        """Layers in which somebody buys."""
        return list(dict.fromkeys(b.domain for b in self.buyers))

    def named(self, buyer: Buyer) -> str:
        """A buyer in words: 'Operator 1, lot 2'."""
        if buyer.kind == "operator":
            lots = [b for b in self.buyers if (b.domain, b.operator) == (buyer.domain, buyer.operator)]
            part = f", lot {lots.index(buyer) + 1}" if len(lots) > 1 else ""
            return f"{opening(buyer.operator)}{part}"
        return "All users" if buyer.kind == "users" else "All landings"

    @cached_property
    def state(self) -> list[Buyer]:
        """Operators, agencies and owners of cables, not users, that ever have something to leave."""
        return [b for b in self.buyers if b.kind != "users" and self.has(b).any()]

    # --- who supplies ---

    def supplied(self, domain: str) -> list[tuple[str, Estimate[float]]]:
        """Part of a layer that each vendor supplies, in per cent, the largest first."""
        at = self.ds["supplied"].sel(domain=domain).transpose("vendor", "draw").values
        found = [(str(v), over_draws(100 * row)) for v, row in zip(self.ds["vendor"].values, at, strict=True)]
        return sorted((one for one in found if one[1].mean > 0), key=lambda one: -one[1].mean)

    @cached_property
    def held(self) -> Floats:
        """Part of its layer that each buyer has from those to leave.  (draw, buyer)."""
        values: Floats = self.ds["held"].transpose("draw", "buyer").values
        return values

    def has(self, buyer: Buyer) -> Bools:
        """Draws in which the buyer has something to leave.  (draw,)."""
        result: Bools = self.held[:, buyer.at] > LEAST
        return result

    def in_layer(self, domain: str) -> Estimate[float]:
        """Part of a layer that those to leave supply, per cent."""
        mine = [b.at for b in self.buyers if b.domain == domain]
        return over_draws(100 * self.held[:, mine].sum(axis=-1))

    @cached_property
    def anything(self) -> bool:
        """Whether those to leave supply anything in any draw."""
        return bool((self.held > LEAST).any())

    def usual_supplier(self, buyer: Buyer) -> tuple[str, float] | None:
        """The vendor that runs a lot in most draws, and in what part of them; None for other buyers."""
        if buyer.kind != "operator":
            return None
        slot = self.ds["supplier"].transpose("draw", "buyer").values[:, buyer.at].astype(int)
        labels, counts = np.unique(slot, return_counts=True)
        most = int(labels[counts.argmax()])
        vendor = "nothing yet" if most < 0 else name_of("vendor", self.ds["vendor"].values[most])
        return vendor, float(counts.max() / len(slot))

    # --- when, and for how much ---

    def due(self, buyer: Buyer, name: str = "due_year") -> Estimate[float]:
        """Year in which a lot is first up, or with ``generation_year`` due for a generation.

        A year after the last one stands for one that is not followed; NaN where no draw has one.
        """
        years = self.ds[name].transpose("draw", "buyer").values[:, buyer.at]
        if not np.isfinite(years).any():
            return Estimate(np.nan, np.nan, np.nan)
        return median(np.where(np.isfinite(years), years, self.last + 1))

    def of(self, name: str, buyer: Buyer, moment: str) -> Floats:
        """One number of a buyer at a moment, NaN where it has nothing to leave.  (draw,)."""
        values: Floats = self.ds[name].sel(moment=moment).transpose("draw", "buyer").values[:, buyer.at]
        return values

    def total(self, buyers: list[Buyer], moment: str, name: str = "cost") -> Floats:
        """Sum over buyers; one with nothing to leave pays nothing, and what is unknown makes the sum so.
        (draw,)."""
        parts = [np.where(self.has(b), self.of(name, b, moment), 0.0) for b in buyers]
        return np.sum(parts, axis=0) if parts else np.zeros(self.draws)

    @cached_property
    def at_stake(self) -> list[Buyer]:
        """Buyers that have something to leave in more than a few draws."""
        return [b for b in self.buyers if self.has(b).sum() >= min(ENOUGH, self.draws)]

    # --- who could pay ---

    def could_lend(self, lender: int, buyers: list[Buyer], moment: str = "now") -> Floats:
        """Part of new contracts that a lender could pay, each lot by itself, per cent; NaN where there are
        none.  (draw,)."""
        lent = self.ds["could_lend"].sel(moment=moment).transpose("draw", "buyer", "lender").values
        given = np.zeros(self.draws)
        for b in buyers:
            given += np.where(self.has(b), lent[:, b.at, lender], 0.0)
        whole = self.total(buyers, moment, "contract")
        return _part(given, whole)

    def cut(self, buyers: list[Buyer]) -> Floats:
        """What loans take off the price of new contracts, mean over buyers by what they spend, per cent.
        (draw,)."""
        whole = self.total(buyers, "now", "contract")
        off = [
            np.where(self.has(b), self.of("contract", b, "now") * self.of("cut", b, "now"), 0.0)
            for b in buyers
        ]
        return _part(np.sum(off, axis=0), whole)

    @property
    def restricted(self) -> float:
        """Share of draws in which the sponsor of those to leave is restricted when the year begins."""
        sponsor = str(self.ds.attrs["sponsor"])
        return float(self.ds["restricted"].sel(sponsor=sponsor).mean()) if sponsor else 0.0

    # --- by itself ---

    def left(self, domain: str, scenario: int, year: int) -> Floats:
        """Part of a layer that leaves by the end of a year, of what those to leave have when the plan begins.

        Lots count once they are somebody else's, whatever is won elsewhere; of users and cables it is the
        net fall.  (draw,), per cent of the mean of what they have.
        """
        at = self.ds["stays"].sel(year=year).transpose("draw", "scenario", "buyer").values[:, scenario]
        gone = np.zeros(self.draws)
        for b in (b for b in self.buyers if b.domain == domain):
            before, after = self.held[:, b.at], at[:, b.at]
            gone += np.where(before > LEAST, before - after, 0.0) if b.kind == "operator" else before - after
        return 100 * gone / (self.in_layer(domain).mean / 100)

    def leaves(self, domain: str, year: int) -> Estimate[float]:
        """The same in the baseline: mean and its 95 % interval, per cent; of lots within 0 and 100."""
        found = np.array(interval(self.left(domain, 0, year))[:3], dtype=float)
        if all(b.kind == "operator" for b in self.buyers if b.domain == domain):
            found = np.clip(found, 0.0, 100.0)
        return Estimate(*found.tolist())

    def changes(self, domain: str, scenario: int, year: int) -> Estimate[float]:
        """How much more leaves under a policy than in the baseline, points, with its 95 % interval."""
        mean, low, high, _ = paired(self.left(domain, scenario, year), self.left(domain, 0, year))
        return Estimate(float(mean), float(low), float(high))
