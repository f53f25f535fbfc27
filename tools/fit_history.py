"""Fit the record's history jointly: qualities of vendors, bonuses at home and residuals, each with a prior.

    python tools/fit_history.py [--runs 128] [--rounds 5] [--drift 1.0] [--seed 10] [DOMAIN ...]

Finds the most probable values by Gauss-Newton steps: the distance of every fact of ``tools/fit_targets.csv``
from what runs give, over the fact's error, beside the distance of every unknown from its prior, over its
standard deviation.  Quality is a path: a vendor's first knot lies near zero, each further one near the one
before it.  Derivatives are differences between runs on the same luck; one world moves an unknown of every
domain at once, since domains hardly touch each other within the record.  Tastes for Apple by economy follow
from page views of its browser, or from income where none are on record, and afterwards the settled levels
from shares that stand still.  Rewrites ``quality.csv``, ``home_bonus`` of ``offers.csv``, and residuals and
tastes of ``events.csv`` in ``lockin_sim/data``, and prints every fact beside the fit.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logit

import lockin_sim as ls
from lockin_sim.common.engines import find_stages, has_compiler, limit_blas_threads
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import simulate_year
from lockin_sim.world import World
from lockin_sim.world.case import load_bundled_case
from lockin_sim.world.held_out import fitted_records
from lockin_sim.world.schema import DATA, read_all
from lockin_sim.world.states import scope as members
from lockin_sim.world.table_arrays import Tables

TARGETS = Path(__file__).parent / "fit_targets.csv"
#: Last year with a fact, years until a quality has settled, and the year until which shares must stand still.
LAST, SETTLE, HORIZON = 2024, 3, 2044
#: Last year whose events may be fitted to.
RECORDED = 2020
#: Without restrictions, distrust and drift, which are news: levels that make up for them would move everybody
#: else.
QUIET = ls.Parameters(restriction_rate=0.0, concern_weight=0.0, quality_spread=0.0)
#: Prior standard deviations: of a vendor's first knot, of the bonus of a vendor at home, of a residual of a
#: region, and of one of a single economy.
FIRST_KNOT, HOME, REGION, ECONOMY = 2.0, 1.5, 0.4, 1.5
#: How far an unknown is moved for its derivative, and the most that it moves in a round: what few operators
#: of one economy buy tells a small move from nothing in thousands of runs alone.
NUDGE, STRIDE = 0.5, 1.0
#: Part of the runs that derivatives are taken on: they need less precision than what is compared.
OF_SLOPES = 2
#: Runs computed at once.
AT_ONCE = 32
#: Whose tastes are read from page views of its browser, in which years, and the standard deviations of tastes
#: and of page views as a measure of devices in use, in log odds.
TASTE_FOR, TASTE_YEARS, TASTE, PAGE_VIEWS = ("smartphone", "apple"), (2016, 2020), 1.0, 0.5
#: Facts that name this much of a market are compared among the vendors that they name.
NEARLY_ALL = 0.95
#: Years around a record that it stands for, by who buys.
AROUND = {"project": 2, "operator": 1, "users": 0, "adopters": 0}

type Key = tuple[str, str]  # domain, vendor


class Unknown(NamedTuple):
    """What is fitted: a knot of a quality's path, a bonus at home, or a residual."""

    domain: str
    vendor: str  # empty: all of the sponsor that the residual names
    value: float
    prior: float  # where it lies most probably, but for later knots, which lie near the one before
    error: float
    year: int = 0  # of a knot
    rows: tuple[int, ...] = ()  # of a residual, in events.csv

    @property
    def kind(self) -> str:
        """knot, home or residual."""
        return "knot" if self.year else "residual" if self.rows else "home"


class Fact(NamedTuple):
    """A recorded share."""

    domain: str
    scope: str  # a group, or places of events.csv separated by semicolons
    year: int
    vendors: tuple[str, ...]
    quantity: str
    share: float
    error: float


class Means(NamedTuple):
    """What facts are compared with: means over runs, by year from the first."""

    sales: np.ndarray  # (year, group, domain, vendor), shares of sales
    spending: np.ndarray  # (year, group, domain), share of the world's sales
    base: np.ndarray  # (year, domain, country, vendor), installed
    bought: np.ndarray  # (year, domain, vendor), shares of what is bought in the world
    adoption: np.ndarray  # (year, domain, vendor), mean by market size


def facts(domains: Sequence[str] = ()) -> list[Fact]:
    """The facts of some domains, of all without any named."""
    with TARGETS.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not domains or row["domain"] in domains]
    numbers = [(int(row["year"]), float(row["share"]), float(row["error"])) for row in rows]
    return [
        Fact(
            row["domain"], row["scope"], year, tuple(filter(None, row["vendor"].split(";"))), row["quantity"],
            share, error,
        )
        for row, (year, share, error) in zip(rows, numbers, strict=True)
    ]  # fmt: skip


class Fit:
    """Unknowns of some domains, and the runs that they are fitted on."""

    def __init__(self, domains: Sequence[str], runs: int, seed: int, drift: float = 1.0) -> None:
        case = load_bundled_case()
        self.tables, self.facts = Tables(read_all(), case.years, case.sponsors[0]), facts(domains)
        world = ls.load_world()
        self.of_world = world.group_names
        self.world = self._with_places(world)
        self.runs, self.seed, self.drift = runs, seed, drift
        self.domains = sorted({fact.domain for fact in self.facts}, key=self.world.domains.index)
        self.shares = self._compared_among()
        self.unknowns = [*self._knots(), *self._bonuses(), *self._residuals()]
        self.settled = self._levels()

    def _with_places(self, world: World) -> World:
        """The world with a group for every place where sales to users are on record."""
        groups = dict(world.groups)
        for fact in self.facts:
            if fact.quantity == "sales" and world.buyer[world.domains.index(fact.domain)] == "users":
                where = np.broadcast_to(self._where(fact.scope), (len(world.domains), len(world.countries)))
                groups.setdefault(fact.scope, where)
        return dataclasses.replace(world, groups=groups)

    # --- unknowns ---

    def _knots(self) -> Iterator[Unknown]:
        """Of each vendor, one in each year of a market of which several vendors' shares are on record, or of
        a fact that is not about sales."""
        table, years = self.tables["quality"], defaultdict[Key, set[int]](set)
        for fact in self.facts:
            listed = (fact.domain, fact.scope, fact.year) in self.shares
            if len(fact.vendors) == 1 and (listed or fact.quantity not in ("sales", "bought")):
                years[fact.domain, fact.vendors[0]].add(fact.year)
        for (domain, vendor), at in years.items():
            mine = (table["domain"] == domain) & (table["vendor"] == vendor) & (table["kind"] == "record")
            old = table["year"][mine], table["quality"][mine]
            for k, year in enumerate(sorted(at)):
                start = float(np.interp(year, *old)) if mine.any() else 0.0
                yield Unknown(domain, vendor, start, 0.0, self.drift if k else FIRST_KNOT, year)

    def _bonuses(self) -> Iterator[Unknown]:
        """Of each vendor whose sales at home are on record."""
        vendors, offers = self.tables["vendors"], self.tables["offers"]
        homes = dict(zip(vendors.labels, vendors["home"].tolist(), strict=True))
        at_home = {
            (fact.domain, *fact.vendors): None
            for fact in self.facts
            if fact.quantity == "sales" and [homes.get(v) for v in fact.vendors] == [fact.scope]
        }
        for domain, vendor in at_home:
            row = (offers["vendor"] == vendor) & (offers["domain"] == domain)
            yield Unknown(domain, vendor, float(offers["home_bonus"][row][0]), 1.0, HOME)

    def _residuals(self) -> Iterator[Unknown]:
        """On record; rows that say the same of several places are one."""
        table, terms = self.tables["events"], defaultdict[tuple[str, ...], list[int]](list)
        for row in np.flatnonzero((table["kind"] == "residual") & np.isin(table["domain"], self.domains)):
            same = ("domain", "vendor", "sponsor", "from", "until", "note")
            terms[tuple(str(table[name][row]) for name in same)].append(int(row))
        for (domain, vendor, *_), rows in terms.items():
            alone = sum(members(self.tables, str(table["scope"][row])).sum() for row in rows) == 1
            error = ECONOMY if alone else REGION
            yield Unknown(domain, vendor, float(table["utility"][rows[0]]), 0.0, error, rows=tuple(rows))

    def _levels(self) -> dict[Key, tuple[int, float]]:
        """Year and level at which a quality settles: as in the table, else its last knot."""
        table = self.tables["quality"]
        rows = zip(table.labels, table["kind"], table["quality"], strict=True)
        old = {tuple(label.split("/")[:2]): float(level) for label, kind, level in rows if kind == "settled"}
        last = {(u.domain, u.vendor): u for u in self.unknowns if u.kind == "knot"}
        return {key: (u.year + SETTLE, old.get(key, u.value)) for key, u in last.items()}

    def priors(self, values: np.ndarray) -> np.ndarray:
        """Distance of each unknown from its prior, over its standard deviation."""
        before: dict[Key, float] = {}
        found = []
        for u, value in zip(self.unknowns, values, strict=True):
            near = before.get((u.domain, u.vendor), u.prior) if u.kind == "knot" else u.prior
            found.append((value - near) / u.error)
            if u.kind == "knot":
                before[u.domain, u.vendor] = value
        return np.array(found)

    def world_with(self, values: np.ndarray, *, news: bool = True) -> World:
        """The world with some values; without news, events among users stay as the record ends."""
        world, now = self.world, self.world.conditions
        path, trend = now.quality_path.copy(), now.quality_trend.copy()
        bonus, events = world.home_bonus.copy(), now.place_utility.copy()
        knots = defaultdict[Key, list[tuple[int, float]]](list)
        for u, value in zip(self.unknowns, values.tolist(), strict=True):
            if u.kind == "knot":
                knots[u.domain, u.vendor].append((u.year, value))
            elif u.kind == "home":
                bonus[self.place(u.domain, u.vendor)] = value
            else:
                events += (value - u.value) * self._cells(u)
        for key, mine in knots.items():
            settling = np.interp(now.years, *zip(*mine, self.settled[key], strict=True))
            path[:, *self.place(*key)] = settling
            trend[:, *self.place(*key)] = np.interp(now.years, *zip(*mine, strict=True)) - settling
        if not news:
            later, users = np.flatnonzero(now.years > RECORDED), world.bought_by("users")
            events[np.ix_(later, users)] = events[RECORDED - world.first_year, users]
        changed = dataclasses.replace(now, quality_path=path, quality_trend=trend, place_utility=events)
        return dataclasses.replace(world, conditions=changed, home_bonus=bonus)

    def _cells(self, residual: Unknown) -> np.ndarray:
        """Where a residual acts: 1 there, else 0.  (year, domain, country, vendor)."""
        table, years = self.tables["events"], self.world.conditions.years
        cells, d = (
            np.zeros(self.world.conditions.place_utility.shape),
            self.world.domains.index(residual.domain),
        )
        for row in residual.rows:
            until = table["until"][row]
            when = (years >= table["from"][row]) & ~(years > until)
            sponsor = str(table["sponsor"][row])
            who = self.world.slot_sponsor[d] == self.world.sponsors.index(sponsor) if sponsor else (
                np.arange(self.world.shape[2]) == self.place(residual.domain, residual.vendor)[1]
            )  # fmt: skip
            cells[np.ix_(when, [d], members(self.tables, str(table["scope"][row])), who)] = 1.0
        return cells

    def place(self, domain: str, vendor: str) -> tuple[int, int]:
        """Domain and slot of a vendor."""
        d = self.world.domains.index(domain)
        return d, int(np.flatnonzero(self.world.slot_vendor[d] == self.world.vendors.index(vendor))[0])

    # --- what runs give ---

    def simulated(
        self, world: World, last: int, parameters: ls.Parameters | None = None, runs: int | None = None
    ) -> Means:
        """Means over runs of the baseline, all unless said otherwise, from the first year to the last."""
        stages = find_stages("fast" if has_compiler() else "core")
        parts, runs = [], self.runs if runs is None else runs
        for start in range(0, runs, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, runs))
            batch = Batch(
                world, ls.load_scenario("baseline"), parameters or ls.Parameters(), seed=self.seed,
                runs=numbers, years=(world.first_year, last), record=frozenset({"group_sales_share"}),
                stages=stages,
            )  # fmt: skip
            by_year = [
                _of_year(batch, simulate_year(batch, y).now) for y in range(world.first_year + 1, last + 1)
            ]
            parts.append([len(numbers) / runs * np.stack(each) for each in zip(*by_year, strict=True)])
        means = [np.sum(each, axis=0) for each in zip(*parts, strict=True)]
        return Means(*(np.concatenate([each[:1], each]) for each in means))

    def compared(self, means: Means) -> np.ndarray:
        """What is compared with each fact."""
        return np.array([self._question(fact, means) for fact in self.facts])

    def _question(self, fact: Fact, means: Means) -> float:
        """The simulated number for one fact, among the vendors that its publisher lists."""
        world, d = self.world, self.world.domains.index(fact.domain)
        reach, at = AROUND[world.buyer[d]], fact.year - world.first_year
        span = slice(max(at - reach, 0), at + reach + 1)
        slots = [self.place(fact.domain, vendor)[1] for vendor in fact.vendors]
        if fact.quantity == "spending":
            return float(means.spending[span, world.group_names.index(fact.scope), d].mean())
        if fact.quantity == "adoption":
            return float(means.adoption[span, d, slots].sum(-1).mean())
        if fact.quantity in ("sales", "bought"):
            known = world.group_names if world.buyer[d] == "users" else self.of_world
            sales = fact.scope in known and fact.quantity == "sales"
            shares = (
                means.sales[span, world.group_names.index(fact.scope), d] if sales else means.bought[span, d]
            )
            if not sales and fact.quantity == "sales":  # an economy that is no group
                shares = self._base(means, span, d, fact.scope)
            mine, listed = (
                shares[:, slots].sum(-1).mean(),
                self.shares.get((fact.domain, fact.scope, fact.year)),
            )
            among = [self.place(fact.domain, vendor)[1] for vendor in listed or ()]
            return float(mine / shares[:, among].sum(-1).mean() if among else mine)
        if fact.quantity == "base":
            return float(self._base(means, span, d, fact.scope)[:, slots].sum(-1).mean())
        where = self._where(fact.scope)
        base = means.base[span, d][:, where]
        return float((base[..., slots].sum(-1) / base.sum(-1)).mean())

    def _base(self, means: Means, span: slice, d: int, scope: str) -> np.ndarray:
        """Shares of what is installed in a scope, by market size.  (year, vendor)."""
        where, sizes = self._where(scope), self.world.conditions.market_size
        steps = np.minimum(np.arange(len(means.base))[span], len(sizes) - 1)  # conditions are held
        size = sizes[steps, d][:, where, None]
        total = (size * means.base[span, d][:, where]).sum(axis=1)
        return total / total.sum(axis=-1, keepdims=True)

    def _where(self, scope: str) -> np.ndarray:
        """Economies of a fact's scope.  (country,)."""
        return np.any([members(self.tables, one) for one in scope.split(";")], axis=0)

    def _compared_among(self) -> dict[tuple[str, str, int], tuple[str, ...]]:
        """Vendors whose shares of sales compare among each other: facts that name nearly all of a market.

        Their recorded shares are made to sum to one.
        """
        listed = defaultdict[tuple[str, str, int], list[Fact]](list)
        for fact in self.facts:
            if fact.quantity in ("sales", "bought") and len(fact.vendors) == 1:
                listed[fact.domain, fact.scope, fact.year].append(fact)
        whole = {
            key: whole for key, mine in listed.items() if (whole := sum(f.share for f in mine)) > NEARLY_ALL
        }
        for k, fact in enumerate(self.facts):
            key = fact.domain, fact.scope, fact.year
            if key in whole and len(fact.vendors) == 1:
                self.facts[k] = fact._replace(share=fact.share / whole[key])
        return {key: tuple(f.vendors[0] for f in listed[key]) for key in whole}

    # --- steps ---

    def distances(self, values: np.ndarray, means: Means) -> np.ndarray:
        """Distances of facts and of priors over their errors."""
        found, facts = self.compared(means), self.facts
        off = np.array([(f.share - x) / f.error for f, x in zip(facts, found, strict=True)])
        return np.concatenate([off, -self.priors(values)])

    def derivatives(self, values: np.ndarray) -> np.ndarray:
        """Change of what is compared with each fact by each unknown.  (fact, unknown)."""
        runs = max(min(self.runs, AT_ONCE), self.runs // OF_SLOPES)
        now = self.compared(self.simulated(self.world_with(values), LAST, runs=runs))
        by_domain = [[k for k, u in enumerate(self.unknowns) if u.domain == d] for d in self.domains]
        of_fact = np.array([fact.domain for fact in self.facts])
        slopes = np.zeros((len(self.facts), len(values)))
        for together in zip_longest(*by_domain):
            moved = values.copy()
            some = [k for k in together if k is not None]
            moved[some] += NUDGE
            then = self.compared(self.simulated(self.world_with(moved), LAST, runs=runs))
            for k in some:
                mine = of_fact == self.unknowns[k].domain
                slopes[mine, k] = (then - now)[mine] / NUDGE
        return slopes

    def step(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        """A Gauss-Newton step, halved until it improves; returns the values and their loss."""
        means = self.simulated(self.world_with(values), LAST)
        off, loss = self.distances(values, means), _loss(self.distances(values, means))
        errors = np.array([fact.error for fact in self.facts])[:, None]
        slopes = np.concatenate([self.derivatives(values) / errors, self._prior_slopes(values)])
        move = np.linalg.lstsq(slopes, off, rcond=None)[0]
        move *= min(1.0, STRIDE / np.abs(move).max())
        for _ in range(4):
            tried = values + move
            better = _loss(self.distances(tried, self.simulated(self.world_with(tried), LAST)))
            if better < loss:
                return tried, better
            move = move / 2
        return values, loss

    def _prior_slopes(self, values: np.ndarray) -> np.ndarray:
        """Change of each distance from a prior by each unknown; they are linear.  (unknown, unknown)."""
        now = self.priors(values)
        return np.stack([self.priors(values + one) - now for one in np.eye(len(values))], axis=1)

    # --- tastes ---

    def taste(self, values: np.ndarray) -> float:
        """Move tastes by economy to what page views say, shrunk towards none, and where none are on record to
        what those of other economies say of its income; returns the largest move."""
        rows = np.flatnonzero(self._tastes())
        if not len(rows):
            return 0.0
        d, slot = self.place(*TASTE_FOR)
        first, last = (year - self.world.first_year for year in TASTE_YEARS)
        base = self.simulated(self.world_with(values), TASTE_YEARS[1]).base[first : last + 1, d].mean(axis=0)
        where = [self.world.countries.index(str(self.tables["events"]["scope"][row])) for row in rows]
        size = self.world.conditions.market_size[last, d, where]
        views = _page_views(self.world)[where]
        known = np.isfinite(views)
        apart = logit(views) - logit(base[where, slot] / base[where].sum(axis=-1))
        old = self.tables["events"]["utility"][rows].astype(float)
        apart += old - np.average((old + apart)[known], weights=size[known])
        new = apart * TASTE**2 / (TASTE**2 + PAGE_VIEWS**2)
        income = self.world.conditions.log_income[last, where]
        line = np.polynomial.Polynomial.fit(income[known], new[known], 1, w=np.sqrt(size[known]))
        new = np.where(known, new, line(income))
        utility = self.world.conditions.place_utility.copy()
        utility[:, d, where, slot] += new - old
        self.tables["events"]["utility"][rows] = new
        changed = dataclasses.replace(self.world.conditions, place_utility=utility)
        self.world = dataclasses.replace(self.world, conditions=changed)
        return float(np.abs(new - old).max())

    def _tastes(self) -> np.ndarray:
        """Rows of events that are tastes of the domains fitted.  (row,)."""
        table = self.tables["events"]
        return (table["kind"] == "taste") & np.isin(table["domain"], self.domains)

    # --- after the record ---

    def settle(self, values: np.ndarray, size: float = 0.6) -> float:
        """Move the settled levels so that shares stand still; returns the largest move."""
        means = self.simulated(self.world_with(values, news=False), HORIZON, QUIET)
        last = {(u.domain, u.vendor): float(x) for u, x in zip(self.unknowns, values, strict=True) if u.year}
        moves = {key: self._to_stand_still(means, last, *key) for key in self.settled}
        for key, (year, level) in list(self.settled.items()):
            self.settled[key] = year, level + size * float(np.clip(moves[key], -1, 1))
        return max(map(abs, moves.values()))

    def _to_stand_still(self, means: Means, values: Mapping[Key, float], domain: str, vendor: str) -> float:
        """How far a level must move for what is bought to be what is installed, and that what it was; where
        facts about a vendor are of one economy alone, for its share there; of systems that are adopted beside
        others, for new devices to go on reading them as in the last year of the record.

        values  the last knot of each quality
        """
        d, slot = self.place(domain, vendor)
        settled = self.settled[domain, vendor][0] - self.world.first_year
        scopes = {fact.scope for fact in self.facts if fact.domain == domain and fact.vendors == (vendor,)}
        if len(scopes) == 1 and scopes <= set(self.world.countries):
            base = [
                self._base(means, slice(k, k + 1 or None), d, *scopes)[0, slot]
                for k in (RECORDED - self.world.first_year, -1)
            ]
            return _apart(*base, odds=True)
        if self.world.buyer[d] == "adopters":  # what is built in stays so, and what is in use follows
            return values[domain, vendor] - self.settled[domain, vendor][1]
        bought = means.bought[settled + 1 :, d, slot].mean()
        base = self._base(means, slice(None), d, "world")[:, slot]
        return _apart(base[settled + 1 :].mean(), bought) + 0.5 * _apart(base[settled], base[-1])

    # --- tables ---

    def write(self, values: np.ndarray) -> None:
        """Rewrite the tables; rows of vendors without an unknown stay as they are."""
        knots = [
            (u, value) for u, value in zip(self.unknowns, values.tolist(), strict=True) if u.kind == "knot"
        ]
        kept = [row for row in rows_of("quality") if (row["domain"], row["vendor"]) not in self.settled]
        for key, (year, level) in self.settled.items():
            mine = [(u.year, value, "record") for u, value in knots if (u.domain, u.vendor) == key]
            for at, quality, kind in [*mine, (year, level, "settled")]:
                names = ("domain", "vendor", "year", "quality", "kind")
                kept.append(dict(zip(names, (*key, str(at), f"{quality:.3f}", kind), strict=True)))
        kept.sort(key=lambda row: self.world.domains.index(row["domain"]))
        rewrite("quality", kept)
        offers, events = rows_of("offers"), rows_of("events")
        for u, value in zip(self.unknowns, values.tolist(), strict=True):
            for row in offers if u.kind == "home" else ():
                if (row["domain"], row["vendor"]) == (u.domain, u.vendor):
                    row["home_bonus"] = f"{value:.2f}"
            for k in u.rows:
                events[k]["utility"] = f"{value:.2f}"
        for k in np.flatnonzero(self._tastes()).tolist():
            events[k]["utility"] = f"{self.tables['events']['utility'][k]:.2f}"
        rewrite("offers", offers)
        rewrite("events", events)


def _of_year(batch: Batch, now: Any) -> Means:
    """What one year of a batch shows, mean over its runs."""
    world, state = batch.world, batch.state
    sales, bought = batch.flows.sales, _share(batch.flows.contracts[:, 0]).mean(axis=0)
    spent = sales.sum(axis=-1)
    adoption = np.zeros(bought.shape)
    for at, d in enumerate(world.bought_by("adopters")):
        weight = now.market_size[d] / now.market_size[d].sum()
        adoption[d] = np.einsum("rcv,c->v", state.adoption[:, at], weight) / len(state.adoption)
    world_spent = np.where(spent[:, :1] > 0, spent[:, :1], 1.0)
    return Means(
        _share(sales).mean(axis=0), (spent / world_spent).mean(axis=0), state.installed.mean(axis=0),
        bought, adoption,
    )  # fmt: skip


def _page_views(world: World) -> np.ndarray:
    """Mean share of mobile page views from Apple's browser, NaN where not on record.  (country,)."""
    table, found = fitted_records("mobile_platform"), np.full(len(world.countries), np.nan)
    for i, iso3 in enumerate(world.countries):
        mine = (table["iso3"] == iso3) & (table["year"] >= TASTE_YEARS[0]) & (table["year"] <= TASTE_YEARS[1])
        if mine.any():
            found[i] = table["ios"][mine].mean()
    return found


def _share(values: np.ndarray) -> np.ndarray:
    """Shares along the last axis."""
    total = values.sum(axis=-1, keepdims=True)
    return values / np.where(total > 0, total, 1.0)


def _loss(distances: np.ndarray) -> float:
    """Half the sum of squares."""
    return float(0.5 * (distances**2).sum())


def _apart(wanted: float, simulated: float, *, odds: bool = False) -> float:
    """How far a utility must move: log of the ratio of shares, or of their odds."""
    wanted, simulated = max(wanted, 1e-4), max(simulated, 1e-5)
    if odds:
        return float(logit(min(wanted, 0.999)) - logit(min(simulated, 0.9999)))
    return float(np.log(wanted / simulated))


def rows_of(name: str) -> list[dict[str, str]]:
    """Rows of a bundled table, as written."""
    with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rewrite(name: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Rewrite a bundled table."""
    with (DATA / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def report(fit: Fit, values: np.ndarray, means: Means) -> None:
    """Print facts beside the fit, and unknowns."""
    for fact, simulated in zip(fit.facts, fit.compared(means), strict=True):
        who, off = ";".join(fact.vendors), (simulated - fact.share) / fact.error
        where = f"{fact.domain} {fact.scope} {fact.year} {fact.quantity} {who}"
        shares = f"recorded {100 * fact.share:5.1f}  simulated {100 * simulated:5.1f}"
        print(f"{where:70s} {shares}  {off:+.1f} errors")
    for u, value in zip(fit.unknowns, values, strict=True):
        print(f"{u.domain} {u.kind} {u.vendor} {u.year or ''} {value:+.3f}")


def main() -> None:
    """Fit, settle, write, and print what is left over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("domains", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--settle", type=int, default=10, help="rounds that find the settled levels")
    parser.add_argument("--runs", type=int, default=128)
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--drift", type=float, default=1.0, help="standard deviation of a quality's move")
    chosen = parser.parse_args()
    with limit_blas_threads():
        fit = Fit(chosen.domains, chosen.runs, chosen.seed, chosen.drift)
        values = np.array([u.value for u in fit.unknowns])
        print(f"{len(fit.facts)} facts, {len(values)} unknowns", flush=True)
        for k in range(chosen.rounds):
            before = values
            values, loss = fit.step(values)
            moved = fit.taste(values)
            print(f"round {k + 1}: loss {loss:.1f}, largest move of a taste {moved:.2f}", flush=True)
            if values is before and not moved:
                break  # the same step would fail again
        for k in range(chosen.settle):
            print(f"settling {k + 1}: largest move {fit.settle(values):.2f}", flush=True)
        fit.write(values)
        report(fit, values, fit.simulated(fit.world_with(values), LAST))


if __name__ == "__main__":
    main()
