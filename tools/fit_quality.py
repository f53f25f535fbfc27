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
from pathlib import Path

import numpy as np
from scipy.special import logit

import lockin_sim as ls
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import one_year
from lockin_sim.threads import one_blas_thread
from lockin_sim.world import Conditions, World

ROOT = Path(__file__).parents[1]
TARGETS, TABLE = ROOT / "tools" / "fit_targets.csv", ROOT / "lockin_sim" / "data" / "quality.csv"
SETTLE, HORIZON = 3, 2044
#: Without restrictions and distrust, which are news: levels that make up for them would move everybody else.
QUIET = ls.Parameters(restriction_rate=0.0, concern_weight=0.0)
#: Qualities stay within this, utility units: where no quality meets a target, none is looked for beyond.
MOST = 12.0
#: Economies whose targets are met by the home bonus of their vendors.
HOME = ("CHN",)
type Knot = tuple[str, str, int]  # domain, vendor, year


def targets() -> dict[tuple[str, str, int], dict[str, float]]:
    """Recorded shares by (domain, scope, year) and vendor; those of a scope are made to sum to one."""
    found: dict[tuple[str, str, int], dict[str, float]] = defaultdict(dict)
    with TARGETS.open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["domain"], row["scope"], int(row["year"])][row["vendor"]] = float(row["share"])
    return dict(found)


class Fit:
    """Qualities under way: knots, settled levels, and the world that has them."""

    def __init__(self, world: World, domains: list[str], runs: int, seed: int) -> None:
        self.world, self.domains, self.runs, self.seed = world, domains, runs, seed
        self.knots: dict[Knot, float] = {}
        self.settled: dict[tuple[str, str], tuple[int, float]] = {}
        self.home: dict[tuple[str, str], float] = {}  # moves of home bonuses
        with TABLE.open(newline="") as file:
            self.rows = list(csv.DictReader(file))
        for row in self.rows:
            key, value = (row["domain"], row["vendor"]), float(row["quality"])
            if row["kind"] == "record":
                self.knots[*key, int(row["year"])] = value
            else:
                self.settled[key] = int(row["year"]), value
        self.targets = {k: v for k, v in targets().items() if k[0] in domains}
        self.points = {s for _, s, _ in self.targets if s in world.countries}  # shares that do not sum to one
        self._place_knots()

    def _place_knots(self) -> None:
        """Vendors with targets get a knot at each of their years; the path so far is kept as a start."""
        years = defaultdict(set)
        for (domain, scope, year), shares in self.targets.items():
            if scope in HOME:
                continue
            for vendor in shares:
                years[domain, vendor].add(year)
        for (domain, vendor), wanted in years.items():
            old = sorted((y, q) for (d, v, y), q in self.knots.items() if (d, v) == (domain, vendor))
            for year, _ in old:
                del self.knots[domain, vendor, year]
            for year in wanted:
                self.knots[domain, vendor, year] = (
                    float(np.interp(year, *zip(*old, strict=True))) if old else 0.0
                )
            last = max(wanted)
            level = self.settled.get((domain, vendor), (0, self.knots[domain, vendor, last]))[1]
            self.settled[domain, vendor] = last + SETTLE, level

    def fitted(self) -> World:
        """The world with the qualities of now."""
        world, years = self.world, self.world.conditions.years
        path, trend = world.conditions.quality_path.copy(), world.conditions.quality_trend.copy()
        for (domain, vendor), (year, level) in self.settled.items():
            d = world.domains.index(domain)
            slot = int(np.flatnonzero(world.slot_vendor[d] == world.vendors.index(vendor))[0])
            knots = sorted((y, q) for (dd, v, y), q in self.knots.items() if (dd, v) == (domain, vendor))
            held = np.interp(years, *zip(*knots, strict=True))
            path[:, d, slot] = np.interp(years, *zip(*[*knots, (year, level)], strict=True))
            trend[:, d, slot] = held - path[:, d, slot]
        bonus = world.home_bonus.copy()
        for (domain, vendor), move in self.home.items():
            bonus[world.domains.index(domain), self._slot(domain, vendor)] += move
        conditions = dataclasses.replace(world.conditions, quality_path=path, quality_trend=trend)
        return dataclasses.replace(world, conditions=conditions, home_bonus=bonus)

    def simulated(self, last: int, parameters: ls.Parameters | None = None) -> list[dict[str, np.ndarray]]:
        """What the targets are compared with, year by year from the first.

        Means over runs of the shares of sales, of what is bought and of what is installed (by scope), and
        adoption.  Each (domain, vendor slot).
        """
        world, total = self.fitted(), []
        scopes = {scope for _, scope, _ in self.targets} - {"world", *world.groups}
        masks = {scope: np.array([c == scope for c in world.countries]) for scope in scopes}
        masks["world"] = np.ones(len(world.countries), dtype=bool)
        for first in range(0, self.runs, 32):
            numbers = np.arange(first, min(first + 32, self.runs))
            batch = Batch(
                world,
                ls.load_scenario("baseline"),
                parameters or ls.Parameters(),
                seed=self.seed,
                runs=numbers,
                years=(2010, last),
                record=frozenset({"group_sales_share"}),
            )
            years = [_of_year(batch, one_year(batch, number).now, masks) for number in range(2011, last + 1)]
            weight = len(numbers) / self.runs
            years = [{name: weight * value for name, value in year.items()} for year in years]
            total = (
                years
                if not total
                else [{name: a[name] + b[name] for name in a} for a, b in zip(total, years, strict=True)]
            )
        return [total[0], *total]

    def around(self, years: list[dict[str, np.ndarray]], year: int, kind: str, d: int) -> np.ndarray:
        """Mean over the years a record stands for: five of projects, three of operators, one of users."""
        reach = {"project": 2, "operator": 1}.get(self.world.buyer[d], 0)
        first = max(year - 2010 - reach, 0)
        return np.mean([each[kind][d] for each in years[first : year - 2010 + reach + 1]], axis=0)

    def step(self, years: list[dict[str, np.ndarray]], size: float) -> float:
        """Move qualities towards the targets; returns the largest distance of a share from its target."""
        worst = 0.0
        for (domain, scope, year), shares in self.targets.items():
            d, kind = self.world.domains.index(domain), self._kind(domain, scope)
            found = self.around(years, year, kind, d)
            whole = 1.0 if kind == "adoption" else sum(shares.values())
            mass = (
                1.0
                if kind == "adoption" or scope in self.points
                else sum(found[self._slot(domain, v)] for v in shares)
            )
            moves = {}
            for vendor, share in shares.items():
                wanted, now = (
                    share if scope in self.points else share / whole,
                    found[self._slot(domain, vendor)] / mass,
                )
                worst = max(worst, abs(wanted - now))
                moves[vendor] = _distance(wanted, now, kind)
            if scope in HOME:  # what is sold at home, beside what is sold abroad
                for vendor, move in moves.items():
                    self.home[domain, vendor] = self.home.get((domain, vendor), 0.0) + size * move
                continue
            middle = (
                0.0
                if kind == "adoption" or scope in self.points
                else sum(shares[v] / whole * m for v, m in moves.items())
            )
            for vendor, move in moves.items():
                moved = self.knots[domain, vendor, year] + size * float(np.clip(move - middle, -1.5, 1.5))
                self.knots[domain, vendor, year] = float(np.clip(moved, -MOST, MOST))
        return worst

    def settle(self, years: list[dict[str, np.ndarray]], size: float) -> None:
        """Move the settled levels so that shares stand still."""
        for (domain, vendor), (year, level) in self.settled.items():
            if domain not in self.domains:
                continue
            d, slot = self.world.domains.index(domain), self._slot(domain, vendor)
            if self.world.buyer[d] == "adopters":
                move = _distance(
                    years[year - 2010]["adoption"][d, slot], years[-1]["adoption"][d, slot], "adoption"
                )
            else:
                later = years[year - 2010 + 1 :]
                bought = np.mean([y["bought"][d, slot] for y in later])
                base = np.mean([y["base world"][d, slot] for y in later])
                start = years[year - 2010]["base world"][d, slot]
                move = _distance(base, bought, "") + 0.5 * _distance(
                    start, years[-1]["base world"][d, slot], ""
                )
            moved = level + size * float(np.clip(move, -1, 1))
            self.settled[domain, vendor] = year, float(np.clip(moved, -MOST, MOST))

    def _kind(self, domain: str, scope: str) -> str:
        buyer = self.world.buyer[self.world.domains.index(domain)]
        if buyer == "adopters":
            return "adoption"
        if buyer == "project":
            return "bought"
        return f"sales {scope}" if scope in self.world.group_names else f"base {scope}"

    def _slot(self, domain: str, vendor: str) -> int:
        d = self.world.domains.index(domain)
        return int(np.flatnonzero(self.world.slot_vendor[d] == self.world.vendors.index(vendor))[0])

    def write(self) -> None:
        """Rewrite the table; rows of other domains stay as they are."""
        rows = [row for row in self.rows if (row["domain"], row["vendor"]) not in self.settled]
        for (domain, vendor), (year, level) in self.settled.items():
            knots = sorted((y, q) for (d, v, y), q in self.knots.items() if (d, v) == (domain, vendor))
            for y, q in knots:
                rows.append(
                    {"domain": domain, "vendor": vendor, "year": y, "quality": round(q, 3), "kind": "record"}
                )
            rows.append(
                {
                    "domain": domain,
                    "vendor": vendor,
                    "year": year,
                    "quality": round(level, 3),
                    "kind": "settled",
                }
            )
        order = {d: i for i, d in enumerate(self.world.domains)}
        rows.sort(key=lambda r: order[r["domain"]])
        with TABLE.open("w", newline="") as file:
            writer = csv.DictWriter(
                file, ["domain", "vendor", "year", "quality", "kind"], lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(rows)


def _distance(wanted: float, found: float, kind: str) -> float:
    """How far a utility must move: log of the ratio of shares, or of odds for adoption."""
    wanted, found = max(wanted, 1e-4), max(found, 1e-5)
    if kind == "adoption":
        return float(logit(min(wanted, 0.999)) - logit(min(found, 0.9999)))
    return float(np.log(wanted / found))


def _of_year(batch: Batch, now: Conditions, masks: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
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
        fit.write()
        for k in range(chosen.settle):
            years = fit.simulated(HORIZON, QUIET)
            fit.settle(years, 0.6)
            print(f"settling {k + 1}: {_drift(fit, years)}", flush=True)
    fit.write()
    report(fit, fit.simulated(2021))
    for (domain, vendor), move in fit.home.items():
        print(f"home bonus of {vendor} in {domain}: {move:+.2f} (to be written into offers.csv)")


def _drift(fit: Fit, years: list[dict[str, np.ndarray]]) -> str:
    """Largest move of a share after the record, by domain, in points."""
    found = []
    for domain in fit.domains:
        d = fit.world.domains.index(domain)
        kind = "adoption" if fit.world.buyer[d] == "adopters" else "base world"
        moved = np.abs(years[-1][kind][d] - years[2023 - 2010][kind][d]).max()
        found.append(f"{domain} {100 * moved:.1f}")
    return ", ".join(found)


def report(fit: Fit, years: list[dict[str, np.ndarray]]) -> None:
    """Targets and what is simulated."""
    for (domain, scope, year), shares in fit.targets.items():
        d, kind = fit.world.domains.index(domain), fit._kind(domain, scope)
        found = fit.around(years, year, kind, d)
        line = ", ".join(
            f"{v} {100 * s:.1f}/{100 * found[fit._slot(domain, v)]:.1f}" for v, s in shares.items()
        )
        print(f"{domain} {scope} {year} (recorded/simulated): {line}")


if __name__ == "__main__":
    main()
