"""Runs of the baseline as users get them, beside the contracts on record, economy by economy.

The simulated Chinese part of an economy's networks is that of equipment in use, of all operators, recorded or
not.  The recorded part is that of the lots on record, by capacity: a network's parts are rounded to its lots.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import lockin_sim as ls
from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.engines import find_stages
from lockin_sim.comparisons.trial import build_setup
from lockin_sim.comparisons.variants import DEFAULT, STRUCTURAL
from lockin_sim.engine.guided import simulate_guided
from lockin_sim.evidence.hindcast import simulate_answers
from lockin_sim.record import MOBILE, SPONSOR, Question
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.record.histories import CONDITIONED
from lockin_sim.record.tables import with_places
from lockin_sim.rules.contracts import swapped_part
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import World
from lockin_sim.world.recorded import Recorded, recorded_networks
from lockin_sim.world.restrictions import MUST
from lockin_sim.world.schema import DATA

#: Years of the two maps, and one that says what is left of differences.
NETWORKS_4G, NETWORKS_5G, LATER = YEARS = (2020, 2025, 2035)

#: Recorded parts from which an economy counts as high, and up to which as low.
HIGH, LOW = 0.8, 0.2

#: Years in which restrictions are looked at: the present, and later ones.
AFTER = (2025, 2035, 2050)

#: Places and years whose makers of networks are all named in the facts of the fit, and the part of a market
#: from which shares are among those named.
MARKETS, NEARLY_ALL = (("world", 2012), ("world", 2016), ("excluding_CHN", 2019), ("CHN", 2019)), 0.95
FACTS = Path(__file__).parent / "fit_targets.csv"

AT_ONCE = 8  # runs: installed bases of all economies and years are large

BARRED, NOT_ON_OFFER, UNDATED = (
    "the state keeps it out in the model", "the market does not offer it there", "the record gives no tender",
)  # fmt: skip


class Missed(NamedTuple):
    """Recorded lots of an operator that runs of the baseline do not meet."""

    country: str
    operator: str
    vendor: str
    reason: str
    part: float  # of runs and of the operator's recorded lots


@dataclass(frozen=True)
class Present:
    """What runs have, and what is on record.

    networks  what is on record of each economy
    read      contracts that a source was read for, and all, of each economy
    part      Chinese part of networks in the years of YEARS.  (run, year, country)
    record    the same on record, NaN where nothing is.  (year, country), without the last of YEARS
    covered   what part of capacity is on record in these years.  (year, country)
    part_4g, record_4g  the same in NETWORKS_4G of runs that know contracts of 3G and 4G alone
    missed    recorded lots of NETWORKS_4G that are not met;  unmet  what part of all ``lots``, per cent
    home      economies whose own vendors they are;  free  those whose state never restricted them on record
    """

    world: World
    networks: tuple[Recorded, ...]
    read: tuple[tuple[int, int], ...]
    part: Floats
    record: Floats
    covered: Floats
    part_4g: Floats
    record_4g: Floats
    missed: tuple[Missed, ...]
    unmet: float
    lots: int
    home: Bools
    free: Bools

    @property
    def unrecorded(self) -> Bools:
        """Economies without any contract on record.  (country,)"""
        return np.array([not of.operators for of in self.networks])

    @property
    def runs(self) -> int:
        """How many runs."""
        return len(self.part)

    def means(self, year: int) -> Floats:
        """Mean over runs of a year's parts, per cent.  (country,)"""
        mean: Floats = 100 * self.part[:, YEARS.index(year)].mean(axis=0)
        return mean

    def error(self, year: int) -> tuple[float, int]:
        """Mean distance of the mean over runs from the record, points, and in how many economies; of 2020 in
        runs that know contracts of 3G and 4G alone."""
        if year == NETWORKS_4G:
            off = self.part_4g.mean(axis=0) - self.record_4g
        else:
            off = self.part[:, YEARS.index(year)].mean(axis=0) - self.record[YEARS.index(year)]
        known = np.isfinite(off) & ~self.home
        return 100 * float(np.abs(off[known]).mean()), int(known.sum())

    def without_runs(self, year: int) -> float:
        """The same of the one number for all economies that misses least: the median of the record."""
        record = self.record_4g if year == NETWORKS_4G else self.record[YEARS.index(year)]
        known = record[np.isfinite(record) & ~self.home]
        return 100 * float(np.abs(known - np.median(known)).mean())

    @property
    def apart(self) -> tuple[Bools, Bools]:
        """Economies that never restricted, recorded high in 2020 and recorded low.  (country,) each"""
        some = self.free & ~self.home
        return some & (self.record[0] >= HIGH), some & (self.record[0] <= LOW)

    def gap(self, values: Floats) -> float:
        """How far those recorded high are above those recorded low, points.  values (country,), 0 to 1"""
        high, low = self.apart
        return 100 * float(values[high].mean() - values[low].mean())


def simulated(runs: int, seed: int) -> Present:
    """Simulate the baseline with bundled draws and conditioned histories, as a comparison does."""
    world = ls.load_world()
    sponsor = world.sponsors.index(SPONSOR)
    part, found, how = _run(world, runs, seed, YEARS)
    with tempfile.TemporaryDirectory() as folder:
        earlier = _without_5g(Path(folder) / "tables")
        part_4g, _, _ = _run(earlier, runs, seed, YEARS[:1])
        record_4g, _ = _on_record(earlier, NETWORKS_4G)
    orders = np.zeros((1, len(world.countries))) if world.recorded_orders is None else world.recorded_orders
    known = [_on_record(world, year) for year in YEARS[:2]]
    missed, unmet, lots = _missed(world, how, found)
    return Present(
        world=world,
        networks=recorded_networks(world),
        read=_rows_read(world),
        part=part,
        record=np.stack([part for part, _ in known]),
        covered=np.stack([covered for _, covered in known]),
        part_4g=part_4g[:, 0],
        record_4g=record_4g,
        missed=missed,
        unmet=unmet,
        lots=lots,
        home=world.home[:, sponsor],
        free=~(orders[..., sponsor] == MUST).any(axis=0),
    )


class After(NamedTuple):
    """What becomes of restrictions under one assumption, means over runs in the years of :data:`AFTER`."""

    title: str
    restricting: Floats  # number of economies
    part: Floats  # Chinese part of networks in the mean member of the EU


def after(runs: int, seed: int) -> list[After]:
    """The baseline as it is, with restrictions that stay, and with restrictions that end."""
    found, world = [], ls.load_world()
    study = build_setup(
        runs, world=world, seed=seed, posterior="bundled", years=(world.first_year, AFTER[-1])
    )
    past: Any = study.history(CONDITIONED)
    inside, sums = world.groups["EU"][0], np.zeros((2, len(AFTER)))
    for name in (DEFAULT, "restrictions_stay", "restrictions_end"):
        sums[:] = 0.0
        for first in range(0, runs, AT_ONCE):
            ds = ls.simulate(
                "baseline", world=world, runs=range(first, min(first + AT_ONCE, runs)), seed=seed,
                parameters=study.parameters.replace(STRUCTURAL[name].settings), history=past,
                engine="auto", record=["installed", "restricted"], years=(world.first_year, AFTER[-1]),
                progress=False,
            ).sel(year=list(AFTER))  # fmt: skip
            sums[0] += ds["restricted"].sel(sponsor=SPONSOR).sum(("run", "country")).values
            base = ds["installed"].sel(domain=MOBILE).isel(country=inside)
            mine = base.isel(vendor=_chinese(world)).sum("vendor") / base.sum("vendor")
            sums[1] += mine.mean("country").sum("run").values
        found.append(After(STRUCTURAL[name].title, sums[0] / runs, sums[1] / runs))
    return found


class Sold(NamedTuple):
    """A recorded share of sales of networks, and the simulated ones, means over runs."""

    question: Question
    recorded: float
    by_draws: float  # as users get them: bundled draws, and a past that meets the record
    any_past: float  # bundled draws, with any past
    declared: float  # at the declared values, with any past


def sold(runs: int, seed: int) -> list[Sold]:
    """Shares of the sales of networks in :data:`MARKETS`, which qualities were fitted to."""
    world, last = with_places(ls.load_world()), max(year for _, year in MARKETS) + 1
    recorded = _sold_on_record()
    study = build_setup(runs, world=world, seed=seed, posterior="bundled", years=(world.first_year, last))
    how: dict[str, Any] = {"world": world, "runs": runs, "seed": seed, "until": last}
    drawn: dict[str, Any] = how | {"parameters": study.parameters}
    runs_of = (drawn | {"history": study.history(CONDITIONED)}, drawn, how)
    means = (simulate_answers(tuple(recorded), **each).mean(axis=0).tolist() for each in runs_of)
    return [Sold(*each) for each in zip(recorded, recorded.values(), *means, strict=True)]


def _sold_on_record() -> dict[Question, float]:
    """Recorded shares by question: of the named makers' sales where they are nearly all of a market's."""
    with FACTS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["domain"], row["quantity"]) == (MOBILE, "sales")]
    found = {}
    for place, year in MARKETS:
        here = [row for row in rows if (row["scope"], int(row["year"])) == (place, year)]
        shares = {row["vendor"]: float(row["share"]) for row in here}
        whole = sum(shares.values())
        kind, among = ("sales_among", tuple(shares)) if whole > NEARLY_ALL else ("sales", ())
        for vendor, share in shares.items():
            question = Question(kind, MOBILE, place, year, (vendor,), among)
            found[question] = share / whole if among else share
    return found


class _How(NamedTuple):
    """Parameters and past of all runs."""

    parameters: Parameters
    past: ConditionedHistories


def _run(world: World, runs: int, seed: int, years: tuple[int, ...]) -> tuple[Floats, Integers, _How]:
    """Chinese part of networks, (run, year, country), and who has each lot in the first of the years."""
    study = build_setup(runs, world=world, seed=seed, posterior="bundled", years=(world.first_year, LATER))
    past: Any = study.history(CONDITIONED)
    parts, holders = [], []
    for first in range(0, runs, AT_ONCE):
        some = range(first, min(first + AT_ONCE, runs))
        ds = ls.simulate(
            "baseline", world=world, runs=some, seed=seed, parameters=study.parameters, history=past,
            engine="fast", record=["installed", "incumbent"], years=(world.first_year, years[-1]),
            progress=False,
        )  # fmt: skip
        base = np.nan_to_num(
            ds["installed"].sel(domain=MOBILE, year=list(years)).transpose("run", "year", "country", "vendor")
        )
        whole = base.sum(axis=-1)
        mine = base[..., _chinese(world)].sum(axis=-1)
        parts.append(np.divide(mine, whole, out=np.full(whole.shape, np.nan), where=whole > 0))
        holders.append(ds["incumbent"].sel(year=years[0]).values)
    return np.concatenate(parts), np.concatenate(holders).astype(int), _How(study.parameters, past)


def _chinese(world: World) -> list[int]:
    """Chinese vendors of networks."""
    d, sponsor = world.domains.index(MOBILE), world.sponsors.index(SPONSOR)
    slots = np.flatnonzero((world.slot_vendor[d] >= 0) & (world.slot_sponsor[d] == sponsor))
    chinese: list[int] = world.slot_vendor[d, slots].tolist()
    return chinese


def _held(world: World, year: int) -> tuple[Integers, Integers]:
    """Lots on record at the end of a year, and the vendor of each."""
    lot, slot = world.contracts.held[world.contracts.held[:, 0] == year, 1:].T
    return lot, world.slot_vendor[world.lots.domain[lot], slot]


def _on_record(world: World, year: int) -> tuple[Floats, Floats]:
    """Chinese part of the lots on record, NaN where there is none, and what part of capacity these lots are.

    Equipment in use: a contract with another vendor replaces the one on record before over the years of a
    swap, as in runs; where none is on record before, at once.  (country,) each
    """
    lot, vendor = _held(world, year)
    domain, record = world.lots.domain[lot], world.on_record
    before, done = vendor.copy(), np.ones(len(lot))
    last = np.full(len(lot), -1)
    for step, holder in enumerate(record.holder[: year - world.first_year + 1, lot]):
        now = np.where(holder >= 0, world.slot_vendor[domain, holder], last)
        moved = (last >= 0) & (now != last)
        begun = world.first_year + step
        generation = (record.start[lot] <= begun).sum(axis=-1) - 1
        part = swapped_part(begun, world.swap_years[domain, np.maximum(generation, 0)], year)
        before, done = np.where(moved, last, before), np.where(moved, part, done)
        last = now
    chinese, weight, country = _chinese(world), world.lots.weight[lot], world.lots.country[lot]
    part = np.isin(vendor, chinese) * done + np.isin(before, chinese) * (1.0 - done)
    whole = np.bincount(country, weight, len(world.countries))
    mine = np.bincount(country, weight * part, len(world.countries))
    return np.divide(mine, whole, out=np.full(whole.shape, np.nan), where=whole > 0), whole


def _without_5g(folder: Path) -> World:
    """The bundled world without its contracts of 5G."""
    shutil.copytree(DATA, folder)
    with (DATA / "contracts.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    generation = head.index("generation")
    with (folder / "contracts.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *(row for row in rows if row[generation] != "5G")])
    return ls.load_world(folder)


def _rows_read(world: World) -> tuple[tuple[int, int], ...]:
    """Rows of contracts that a source was read for, and all, of each economy."""
    with (DATA / "contracts.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["iso3"], row["status"] == "read") for row in csv.DictReader(file)]
    read, every = Counter(code for code, seen in rows if seen), Counter(code for code, _ in rows)
    return tuple((read[code], every[code]) for code in world.countries)


def _missed(world: World, how: _How, found: Integers) -> tuple[tuple[Missed, ...], float, int]:
    """Recorded lots of 2020 that are not met and why, their part of all in all runs, and how many lots are on
    record.  found  who has each lot.  (run, lot)"""
    lot, vendor = _held(world, NETWORKS_4G)
    runs, off = np.arange(len(found)), found[:, lot] != vendor
    reasons: dict[tuple[int, int], str] = {}
    for first in range(0, len(runs), AT_ONCE):
        some = runs[first : first + AT_ONCE]
        parameters, luck, stages = how.parameters.select(some), how.past[some], find_stages("fast")
        unmet = simulate_guided(world, parameters, luck, some, evidence=False, stages=stages).unmet
        for run, year, which, restricted in zip(*(column.tolist() for column in unmet), strict=True):
            if year <= NETWORKS_4G:
                reasons[int(some[run]), which] = BARRED if restricted else NOT_ON_OFFER
    counted, whole = Counter[tuple[int, int, str]](), Counter[tuple[int, int]]()
    for place, (which, supplier) in enumerate(zip(lot.tolist(), vendor.tolist(), strict=True)):
        operator = int(world.lots.operator[which])
        whole[operator, supplier] += 1
        for run in np.flatnonzero(off[:, place]).tolist():
            counted[operator, supplier, reasons.get((run, which), UNDATED)] += 1
    country = dict(zip(world.lots.operator.tolist(), world.lots.country.tolist(), strict=True))
    missed = [
        Missed(
            world.countries[country[operator]], world.lots.operators[operator], world.vendors[supplier],
            reason, n / len(runs) / whole[operator, supplier],
        )
        for (operator, supplier, reason), n in counted.items()
    ]  # fmt: skip
    return tuple(sorted(missed, key=lambda each: -each.part)), 100 * float(off.mean()), len(lot)
