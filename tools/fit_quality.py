"""Fit the qualities of vendors to recorded shares, and the level at which they stand still afterwards.

    python tools/fit_quality.py [--rounds 30] [--runs 64] [DOMAIN ...]

Reads ``tools/fit_targets.csv`` and rewrites ``lockin_sim/data/quality.csv``.  Qualities are free at each year
with a target and joined by straight lines, so that a good fit shows that the model can hold the record, not
that it predicts it.  Three years after its last target a vendor's quality stands at the level at which its
share of what is bought equals its share of what is installed: no news.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import logit

import lockin_sim as ls
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import one_year
from lockin_sim.threads import one_blas_thread
from lockin_sim.world import Conditions, World

ROOT = Path(__file__).parents[1]
TARGETS, TABLE = ROOT / "tools" / "fit_targets.csv", ROOT / "lockin_sim" / "data" / "quality.csv"
FIRST, SETTLE, HORIZON = 2010, 3, 2044
#: Last year whose events may be fitted to.
RECORDED = 2020
#: Without restrictions and distrust, which are news: levels that make up for them would move everybody else.
QUIET = ls.Parameters(restriction_rate=0.0, concern_weight=0.0)
#: Qualities stay within this, utility units: where no quality meets a target, none is looked for beyond.
MOST = 12.0
#: Economies whose targets are met by the home bonus of their vendors.
HOME = ("CHN",)
#: Runs computed at once.
AT_ONCE = 32

type Key = tuple[str, str]  # domain, vendor
type Target = tuple[str, str, int]  # domain, scope, year
type Shares = dict[str, np.ndarray]  # by what is compared, (domain, vendor slot) each


class Compared(NamedTuple):
    """One vendor's share in one target."""

    wanted: float
    found: float
    weight: float  # in the mean move of a target, which is taken off where shares sum to one


def targets() -> dict[Target, dict[str, float]]:
    """Recorded shares by (domain, scope, year) and vendor; those of a scope are made to sum to one."""
    found: dict[Target, dict[str, float]] = defaultdict(dict)
    with TARGETS.open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["domain"], row["scope"], int(row["year"])][row["vendor"]] = float(row["share"])
    return dict(found)


class Paths:
    """Qualities of vendors under way: knots of the record, and the level at which each settles."""

    def __init__(self) -> None:
        self.knots: dict[Key, dict[int, float]] = defaultdict(dict)
        self.settled: dict[Key, tuple[int, float]] = {}
        with TABLE.open(newline="") as file:
            self._rows = list(csv.DictReader(file))
        for row in self._rows:
            key, year, value = (row["domain"], row["vendor"]), int(row["year"]), float(row["quality"])
            if row["kind"] == "record":
                self.knots[key][year] = value
            else:
                self.settled[key] = year, value

    def place(self, years: Mapping[Key, set[int]]) -> None:
        """Vendors with targets get a knot at each of their years; the path so far is kept as a start."""
        for key, wanted in years.items():
            old = sorted(self.knots[key].items())
            start = (lambda year, old=old: np.interp(year, *zip(*old, strict=True))) if old else lambda _: 0.0
            self.knots[key] = {year: float(start(year)) for year in wanted}
            last = max(wanted)
            level = self.settled.get(key, (0, self.knots[key][last]))[1]
            self.settled[key] = last + SETTLE, level

    def move(self, key: Key, year: int, by: float) -> None:
        """Move a knot, within bounds."""
        self.knots[key][year] = _bounded(self.knots[key][year] + by)

    def move_level(self, key: Key, by: float) -> None:
        """Move a settled level, within bounds."""
        year, level = self.settled[key]
        self.settled[key] = year, _bounded(level + by)

    def of(self, key: Key, years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Quality of some years, and what holding the last record instead would add.  (year,) each."""
        knots = sorted(self.knots[key].items())
        path = np.interp(years, *zip(*[*knots, self.settled[key]], strict=True))
        return path, np.interp(years, *zip(*knots, strict=True)) - path

    def write(self, domains: Sequence[str]) -> None:
        """Rewrite the table, in the order of domains; rows of vendors without a settled level stay."""
        rows = [row for row in self._rows if (row["domain"], row["vendor"]) not in self.settled]
        for key, settled in self.settled.items():
            rows += [_row(key, *knot, "record") for knot in sorted(self.knots[key].items())]
            rows.append(_row(key, *settled, "settled"))
        rows.sort(key=lambda row: domains.index(row["domain"]))
        with TABLE.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(_row(("", ""), 0, 0.0, "")), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


class Fit:
    """Some domains whose qualities are moved towards their targets."""

    def __init__(self, world: World, domains: list[str], runs: int, seed: int) -> None:
        self.world, self.domains, self.runs, self.seed = world, domains, runs, seed
        self.home: dict[Key, float] = {}  # moves of home bonuses
        self.targets = {target: shares for target, shares in targets().items() if target[0] in domains}
        self.points = {s for _, s, _ in self.targets if s in world.countries}  # shares that do not sum to one
        self.paths = Paths()
        years: dict[Key, set[int]] = defaultdict(set)
        for (domain, scope, year), shares in self.targets.items():
            for vendor in shares if scope not in HOME else ():
                years[domain, vendor].add(year)
        self.paths.place(years)

    def fitted(self, *, news: bool = True) -> World:
        """The world with the qualities of now; without news, events among users stay as the record ends."""
        world, now, bonus = self.world, self.world.conditions, self.world.home_bonus.copy()
        path, trend = now.quality_path.copy(), now.quality_trend.copy()
        for key in self.paths.settled:
            place = self._place(*key)
            path[:, *place], trend[:, *place] = self.paths.of(key, now.years)
        for key, move in self.home.items():
            bonus[self._place(*key)] += move
        events = now.place_utility.copy()
        if not news:
            later, users = np.flatnonzero(now.years > RECORDED), world.bought_by("users")
            events[np.ix_(later, users)] = events[RECORDED - FIRST, users]
        conditions = dataclasses.replace(now, quality_path=path, quality_trend=trend, place_utility=events)
        return dataclasses.replace(world, conditions=conditions, home_bonus=bonus)

    def simulated(self, last: int, parameters: ls.Parameters | None = None) -> list[Shares]:
        """What the targets are compared with, year by year from the first: mean over runs of the shares of
        sales, of what is bought and of what is installed (by scope), and adoption."""
        world, total = self.fitted(news=parameters is None), []
        scopes = {scope for _, scope, _ in self.targets} - {"world", *world.groups}
        masks = {scope: np.array([c == scope for c in world.countries]) for scope in scopes}
        masks["world"] = np.ones(len(world.countries), dtype=bool)
        for start in range(0, self.runs, AT_ONCE):
            numbers = np.arange(start, min(start + AT_ONCE, self.runs))
            batch = Batch(
                world,
                ls.load_scenario("baseline"),
                parameters or ls.Parameters(),
                seed=self.seed,
                runs=numbers,
                years=(FIRST, last),
                record=frozenset({"group_sales_share"}),
            )
            span = range(FIRST + 1, last + 1)
            years = [_of_year(batch, one_year(batch, year).now, masks) for year in span]
            weight = len(numbers) / self.runs
            years = [{name: weight * value for name, value in year.items()} for year in years]
            total = [_sum(*pair) for pair in zip(total, years, strict=True)] if total else years
        return [total[0], *total]

    def around(self, years: list[Shares], year: int, kind: str, d: int) -> np.ndarray:
        """Mean over the years a record stands for: five of projects, three of operators, one of users."""
        reach = {"project": 2, "operator": 1}.get(self.world.buyer[d], 0)
        first = max(year - FIRST - reach, 0)
        return np.mean([each[kind][d] for each in years[first : year - FIRST + reach + 1]], axis=0)

    def compared(self, years: list[Shares], target: Target) -> dict[str, Compared]:
        """A target beside what is simulated, by vendor; shares are those among the vendors listed."""
        domain, scope, year = target
        shares, kind = self.targets[target], self.kind(domain, scope)
        among = self.around(years, year, kind, self.world.domains.index(domain))
        found = {vendor: among[self.slot(domain, vendor)] for vendor in shares}
        if kind == "adoption" or scope in self.points:
            return {vendor: Compared(share, found[vendor], 0.0) for vendor, share in shares.items()}
        whole, mass = sum(shares.values()), sum(found.values())
        return {v: Compared(share / whole, found[v] / mass, share / whole) for v, share in shares.items()}

    def step(self, years: list[Shares], size: float) -> float:
        """Move qualities towards the targets; returns the largest distance of a share from its target."""
        worst = 0.0
        for target in self.targets:
            domain, scope, year = target
            compared = self.compared(years, target)
            worst = max(worst, *(abs(each.wanted - each.found) for each in compared.values()))
            kind = self.kind(domain, scope)
            moves = {v: _distance(each.wanted, each.found, kind) for v, each in compared.items()}
            if scope in HOME:  # what is sold at home, beside what is sold abroad
                for vendor, move in moves.items():
                    self.home[domain, vendor] = self.home.get((domain, vendor), 0.0) + size * move
                continue
            middle = sum(compared[vendor].weight * move for vendor, move in moves.items())
            for vendor, move in moves.items():
                self.paths.move((domain, vendor), year, size * float(np.clip(move - middle, -1.5, 1.5)))
        return worst

    def settle(self, years: list[Shares], size: float) -> None:
        """Move the settled levels so that shares stand still."""
        for key, (year, _) in list(self.paths.settled.items()):
            if key[0] in self.domains:
                move = self._to_stand_still(years, year - FIRST, key)
                self.paths.move_level(key, size * float(np.clip(move, -1, 1)))

    def _to_stand_still(self, years: list[Shares], settled: int, key: Key) -> float:
        """How far a level must move for what is bought to be what is installed, and that what it was; where a
        vendor's targets are of one economy alone, for its share there."""
        d, slot = self._place(*key)
        scopes = {scope for (domain, scope, _), shares in self.targets.items()
                  if domain == key[0] and key[1] in shares}  # fmt: skip
        if len(scopes) == 1 and scopes <= self.points:
            base = f"base {scopes.pop()}"
            return _distance(years[RECORDED - FIRST][base][d, slot], years[-1][base][d, slot], "adoption")
        if self.world.buyer[d] == "adopters":
            then, now = (years[year]["adoption"][d, slot] for year in (settled, -1))
            return _distance(then, now, "adoption")
        later = years[settled + 1 :]
        bought = np.mean([year["bought"][d, slot] for year in later])
        base = np.mean([year["base world"][d, slot] for year in later])
        then, now = (years[year]["base world"][d, slot] for year in (settled, -1))
        return _distance(base, bought, "") + 0.5 * _distance(then, now, "")

    def kind(self, domain: str, scope: str) -> str:
        """What a target is compared with."""
        buyer = self.world.buyer[self.world.domains.index(domain)]
        if buyer == "adopters":
            return "adoption"
        if buyer == "project":
            return "bought"
        return f"sales {scope}" if scope in self.world.group_names else f"base {scope}"

    def slot(self, domain: str, vendor: str) -> int:
        """The slot of a vendor."""
        return self._place(domain, vendor)[1]

    def _place(self, domain: str, vendor: str) -> tuple[int, int]:
        """Domain and slot of a vendor."""
        d = self.world.domains.index(domain)
        return d, int(np.flatnonzero(self.world.slot_vendor[d] == self.world.vendors.index(vendor))[0])


def _row(key: Key, year: int, quality: float, kind: str) -> dict[str, object]:
    """A row of the table."""
    domain, vendor = key
    return {"domain": domain, "vendor": vendor, "year": year, "quality": round(quality, 3), "kind": kind}


def _bounded(quality: float) -> float:
    """A quality within what is allowed."""
    return float(np.clip(quality, -MOST, MOST))


def _sum(one: Shares, other: Shares) -> Shares:
    """The sum of shares, name by name."""
    return {name: one[name] + other[name] for name in one}


def _distance(wanted: float, found: float, kind: str) -> float:
    """How far a utility must move: log of the ratio of shares, or of odds for adoption."""
    wanted, found = max(wanted, 1e-4), max(found, 1e-5)
    if kind == "adoption":
        return float(logit(min(wanted, 0.999)) - logit(min(found, 0.9999)))
    return float(np.log(wanted / found))


def _of_year(batch: Batch, now: Conditions, masks: dict[str, np.ndarray]) -> Shares:
    """Shares of one year, mean over the runs of a batch."""
    world, state = batch.world, batch.state
    installed = state.installed * now.market_size[..., None]
    found = {f"base {name}": _share(installed[:, :, mask].sum(axis=2)) for name, mask in masks.items()}
    for group, name in enumerate(world.group_names):
        found[f"sales {name}"] = _share(batch.flows.sales[:, group])
    found["bought"] = _share(batch.flows.contracts[:, 0])
    adoption = np.zeros(found["bought"].shape)
    for place, d in enumerate(world.bought_by("adopters")):
        weight = now.market_size[d] / now.market_size[d].sum()
        adoption[d] = np.einsum("rcv,c->v", state.adoption[:, place], weight) / len(state.adoption)
    found["adoption"] = adoption
    return found


def _share(values: np.ndarray) -> np.ndarray:
    """Shares along the last axis, averaged over runs."""
    total = values.sum(axis=-1, keepdims=True)
    return (values / np.where(total > 0, total, 1.0)).mean(axis=0)


def main() -> None:
    """Fit, settle, write, and print what is left over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("domains", nargs="*")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--settle", type=int, default=10, help="rounds that find the settled levels")
    parser.add_argument("--runs", type=int, default=64)
    parser.add_argument("--seed", type=int, default=10)
    chosen = parser.parse_args()
    world = ls.load_world()
    known = sorted({domain for domain, _, _ in targets()}, key=world.domains.index)
    fit = Fit(world, chosen.domains or known, chosen.runs, chosen.seed)
    with one_blas_thread():
        for k in range(chosen.rounds):
            worst = fit.step(fit.simulated(2021), 0.8 if k < chosen.rounds / 2 else 0.5)
            print(f"round {k + 1}: worst {100 * worst:.1f} points", flush=True)
        fit.paths.write(world.domains)
        for k in range(chosen.settle):
            years = fit.simulated(HORIZON, QUIET)
            fit.settle(years, 0.6)
            print(f"settling {k + 1}: {_drift(fit, years)}", flush=True)
    fit.paths.write(world.domains)
    report(fit, fit.simulated(2021))
    for (domain, vendor), move in fit.home.items():
        print(f"home bonus of {vendor} in {domain}: {move:+.2f} (to be written into offers.csv)")


def _drift(fit: Fit, years: list[Shares]) -> str:
    """Largest move of a share after the record, by domain, in points."""
    found = []
    for domain in fit.domains:
        d = fit.world.domains.index(domain)
        kind = "adoption" if fit.world.buyer[d] == "adopters" else "base world"
        moved = np.abs(years[-1][kind][d] - years[2023 - FIRST][kind][d]).max()
        found.append(f"{domain} {100 * moved:.1f}")
    return ", ".join(found)


def report(fit: Fit, years: list[Shares]) -> None:
    """Targets and what is simulated."""
    for (domain, scope, year), shares in fit.targets.items():
        d, kind = fit.world.domains.index(domain), fit.kind(domain, scope)
        found = fit.around(years, year, kind, d)
        line = ", ".join(
            f"{v} {100 * s:.1f}/{100 * found[fit.slot(domain, v)]:.1f}" for v, s in shares.items()
        )
        print(f"{domain} {scope} {year} (recorded/simulated): {line}")


if __name__ == "__main__":
    main()
