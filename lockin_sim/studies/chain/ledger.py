"""The ledger: what one more network, won at a certain place in a certain year, is worth along the chain."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import chosen_of, unknown_name, unusable, whole_number
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, Case, run_cases
from lockin_sim.scenario import Named
from lockin_sim.statistics import difference
from lockin_sim.studies.chain.quantities import RECORD, Measured, places, quantity_labels, studied
from lockin_sim.studies.leads import offers_of
from lockin_sim.studies.options import provenance
from lockin_sim.studies.outcomes import vendors_of
from lockin_sim.studies.pairing import levers_alone
from lockin_sim.studies.parts import contrast
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


#: Groups of markets in which it is read where a world has them.
READ = ("world", "abroad")


def ledger(
    countries: Sequence[str] | str,
    *,
    year: int = 2015,
    domain: str | None = None,
    groups: Sequence[str] | None = None,
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = RUNS.mechanisms,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """What one more network that the owner's vendors win is worth: to votes, status, compliance and reach.

    countries  economies, each in a world of its own; several show whose contracts matter most
    year       at the end of which the owner's largest vendor runs the country's largest lot, built or not
               and whoever had it; contracts signed before stay as they are, and renewals go on as ever
    domain     one in which operators buy; None = the first
    groups     of markets in which it is read; None = the world, and all abroad where there is such
    Other arguments as in :func:`lockin_sim.studies.chain.chain`.

    Returns a dataset over (country, quantity, place, year): ``effect``, paired by run over the runs in which
    the lot was not the owner's already, with ``effect_low``, ``effect_high`` (95 %, Student's t) and
    ``pairs_used``; and ``lot_weight`` (country,), the lot's part of the country's capacity.
    Raises InputError for anything that cannot be used.
    """
    world, base, given = studied(world), levers_alone(baseline), parameters_of(parameters)
    first, last = world.horizon(years)
    if not first < whole_number("year", year) < last:
        raise unusable("year", found=year, allowed=f"a year from {first + 1} to {last - 1}")
    chosen = chosen_of("countries", countries, dict.fromkeys(world.countries))
    known = dict.fromkeys(world.group_names)
    asked = [name for name in READ if name in known] if groups is None else groups
    read = chosen_of("groups", asked, known)
    among = (world.domains[_domain(world, domain)],)
    lots, slot = _lots(world, domain, chosen), _slot(world, domain)
    as_is = Case("as is", base, _WithOwner(Measured(read, among), tuple(lots)), given, (*RECORD, "incumbent"))
    won = [
        Case(code, base, Measured(read, among), given, RECORD, world=_won(world, year, lot, slot))
        for code, lot in zip(chosen, lots, strict=True)
    ]
    arrays = run_cases(
        [as_is, *won], world=world, runs=runs, seed=seed, years=(first, last), workers=workers, chunk=chunk,
        progress=progress,
    )  # fmt: skip
    reference, theirs = arrays["as is"]["values"], arrays["as is"]["theirs"][:, year - first]
    moved = [
        np.where(theirs[:, k, None, None, None] > 0, np.nan, difference(arrays[code]["values"], reference))
        for k, code in enumerate(chosen)
    ]
    labels = {"country": list(chosen), **quantity_labels(), **places(world, read)}
    labels["year"] = np.arange(first, last + 1)
    made = provenance(world, parameters=given, runs=runs, seed=seed, years=(first, last)) | {"won": int(year)}
    about: dict[str, Any] = {"groups": len(read), "domain": among[0], "baseline": base.name}
    return _dataset(moved, world.lots.weight[lots], labels, made | about)


def _dataset(
    moved: Sequence[Floats], weight: Floats, labels: Mapping[str, Any], about: Mapping[str, Any]
) -> xr.Dataset:
    """What each lot moves, by economy (run, quantity, place, year), and its part of its country."""
    import xarray as xr

    data = contrast(np.stack(moved, axis=1), ("country", "quantity", "place", "year"), "share", "effect")
    text = {"units": "share", "long_name": "part of the country's capacity in the lot"}
    return xr.Dataset(data | {"lot_weight": (("country",), weight, text)}, coords=labels, attrs=about)


@dataclass(frozen=True)
class _WithOwner:
    """Reduces runs as :class:`Measured`, and to ``theirs`` (run, year, lot): 1 where the owner runs a lot."""

    reduce: Measured
    lots: tuple[int, ...]

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        vendor = ds["incumbent"].isel(lot=list(self.lots)).transpose("run", "year", "lot").values
        mine = np.append(vendors_of(world, world.case.sponsors[0]), False)
        return self.reduce(ds, world) | {"theirs": mine[vendor].astype(float)}


def _domain(world: World, domain: str | None) -> int:
    """A domain in which operators buy.  Raises InputError for another."""
    bought = [world.domains[d] for d in world.bought_by("operator")]
    if domain is not None and domain not in bought:
        raise unknown_name("domain", found=domain, known=bought)
    if not bought:
        raise unusable("world", found=world.name, allowed="one in which operators buy")
    return world.domains.index(bought[0] if domain is None else domain)


def _lots(world: World, domain: str | None, countries: Sequence[str]) -> list[int]:
    """The largest lot of each country."""
    lots, d = world.lots, _domain(world, domain)
    found = []
    for code in countries:
        own = np.flatnonzero((lots.domain == d) & (lots.country == world.countries.index(code)))
        found.append(int(own[lots.weight[own].argmax()]))
    return found


def _slot(world: World, domain: str | None) -> int:
    """The slot of the owner's largest vendor by its base of the first year."""
    d, owner = _domain(world, domain), world.case.sponsors[0]
    mine = np.flatnonzero(offers_of(world, owner)[d])
    if not mine.size:
        raise unusable("domain", found=world.domains[d], allowed=f"one in which vendors of {owner} sell")
    base = np.asarray(world.facts.get("base_share", np.zeros(world.slot_vendor.shape)))[d, mine]
    return int(mine[base.argmax()])


def _won(world: World, year: int, lot: int, slot: int) -> World:
    """The world in which a lot is won at the end of a year."""
    return dataclasses.replace(world, facts=world.facts | {"won": np.array([[year, lot, slot]])})
