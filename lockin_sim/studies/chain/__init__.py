"""The chain from a first mover to a standard, link by link, and what one more network won is worth along it.

A first mover has an installed base; who has a base keeps it at renewal; a base moves the agenda of bodies
and, through vested interest, votes; agenda and votes make status; status makes others comply; own base and
others' compliance are the family's reach; reach sells.  Each link is seen by changing what stands before
it, under the same luck; what passes through it is seen by cutting it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from lockin_sim.conventions import LEAD, RUNS, Floats
from lockin_sim.errors import chosen_of, unknown_name, unusable, whole_number
from lockin_sim.parameters import Parameters, declarations
from lockin_sim.runs.jobs import Case
from lockin_sim.runs.workers import check_numbers
from lockin_sim.scenario import Named, Scenario
from lockin_sim.statistics import quantiles
from lockin_sim.studies.chain.quantities import QUANTITIES, measure_of, read_in, studied
from lockin_sim.studies.contrast import Arm, Options, Setup, Trial, estimate, mean, part, setup
from lockin_sim.studies.futures import values_in_ranges
from lockin_sim.studies.outcomes import vendors_of
from lockin_sim.studies.pairing import levers_alone
from lockin_sim.studies.variants import ALTERNATIVES, DRAWN, USUAL, VARIANTS, offers_of, with_lead
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


class Link(NamedTuple):
    """One step of the chain: what a change does to the quantity after it, and to the one before it."""

    title: str
    change: str  # one of CHANGES
    before: str  # a quantity; for a first mover that of the first year
    after: str


LINKS = {
    "first_mover": Link("first mover to installed base", "lead", "base", "base"),
    "retention": Link("installed base to renewals kept", "lead", "base", "kept"),
    "agenda": Link("installed base to the agenda", "lead", "base", "contributions"),
    "votes": Link("installed base to votes in favour", "lead", "base", "yes"),
    "status": Link("agenda to status", "effort", "contributions", "status"),
    "compliance": Link("status to others' compliance", "effort", "status", "compliance"),
    "reach": Link("others' compliance to reach", "effort", "compliance", "reach"),
    "sales": Link("reach to its vendors' sales", "effort", "reach", "sales"),
}

#: What is changed from outside, each under the same luck.
CHANGES = {
    "lead": "its vendors were given part of what was built abroad by the first year",
    "effort": "its proposals in all bodies weigh twice as much",
}

#: What of a lead's effect is gone when a link is cut, with and without the lead.
CUTS = VARIANTS["cuts"]

#: Factor of the owner's effort in all bodies where the agenda is moved from outside.
EFFORT = 2.0

#: How the source of a parameter begins whose value was estimated from records.
ESTIMATED = "estimated"

#: Groups of markets in which a ledger is read where a world has them.
READ = ("world", "abroad")

#: Axes of the arms: the world as it is and under every change, whole and with every link cut.
_AXES, _AS_IS, _WHOLE = ("alternative", "change", "part"), "as is", "whole"


def chain(
    alternatives: Sequence[str] = USUAL,
    *,
    share: float = LEAD,
    group: str = "world",
    groups: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    baseline: Named = "baseline",
    runs: int = RUNS.mechanisms,
    **options: Unpack[Options],
) -> xr.Dataset:
    """The chain from a first mover to a standard: the size of every link, in all and per unit.

    Parameters
    ----------
    alternatives : structural alternatives under which it is asked; by default the model as declared, and the
        corners where all that carries a lead on stands together, and all that wears it down.
    share, group : part of what was built in a group of markets abroad by the first year that the owner's
        vendors are given, see :func:`lockin_sim.studies.variants.with_lead`.
    groups : groups of markets in which it is read; None = the world, and those that its case names.
    domains : in which it is read, in markets by their size and in bodies alike; None = those in which
        operators buy.  The lead is given in all.
    baseline, runs, options : as in :func:`lockin_sim.compare`.

    Returns
    -------
    Dataset
        Over alternative, quantity, link, change (see CHANGES), part (see CUTS), place (groups of markets, all
        bodies together by how binding they are, and each body) and year:

        * ``level`` (alternative, quantity, place, year), mean over runs of the world as it is;
        * ``effect`` (alternative, change, quantity, place, year), what a change moves, with quantiles over
          pairs;
        * ``through`` (alternative, part, quantity, place, year), what of it is gone when a link is cut;
        * ``per_unit`` (alternative, link, place, year), effect on the quantity after over that on the one
          before; of places that a link does not have NaN.

        All but levels are paired by run, with ``_low``, ``_high`` (95 %: Student's t; of ratios Fieller's,
        NaN where the effect before cannot be told from zero) and ``_pairs_used``.

    Raises
    ------
    InputError
        For anything that cannot be used, and a world without a family under study.
    """
    study = planned(
        alternatives, share=share, group=group, groups=groups, domains=domains, baseline=baseline, runs=runs,
        **options,
    )  # fmt: skip
    return study.dataset(study.how.run(study.cases), runs)


@dataclass(frozen=True)
class Chain:
    """What is run for a chain, and how it becomes a dataset.

    trials   by alternative
    groups  how many of the places are groups of markets; all bodies together come next
    about   further attributes
    """

    trials: Mapping[str, Trial]
    how: Setup
    groups: int
    about: Mapping[str, Any]

    @property
    def cases(self) -> list[Case]:
        """All that is run."""
        return [case for trial in self.trials.values() for case in trial.cases]

    def dataset(self, arrays: Mapping[str, Mapping[str, Floats]], runs: int) -> xr.Dataset:
        """The dataset of :func:`chain`, from the arrays of all cases by label.  runs: how many they hold."""
        import xarray as xr

        found = [_measured(trial.dataset(arrays)["values"], self.groups) for trial in self.trials.values()]
        options: dict[str, Any] = {"coords": "minimal", "compat": "override", "join": "exact"}
        ds = xr.concat(found, "alternative", data_vars="minimal", **options)
        chosen = [ALTERNATIVES[name] for name in self.trials]
        titles = {
            "alternative_label": ("alternative", [one.title for one in chosen]),
            "alternative_parts": ("alternative", [len(one.parts) or 1 for one in chosen]),
            "change_label": ("change", list(CHANGES.values())),
            "part_label": ("part", [cut.title for cut in CUTS.values()]),
            "link_label": ("link", [link.title for link in LINKS.values()]),
        }
        made = dataclasses.replace(self.how, runs=runs).attributes(**self.about)
        return ds.assign_coords(titles).assign_attrs(made)


def planned(
    alternatives: Sequence[str] = USUAL,
    *,
    share: float = LEAD,
    group: str = "world",
    groups: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    baseline: Named = "baseline",
    runs: int = RUNS.mechanisms,
    **options: Unpack[Options],
) -> Chain:
    """What :func:`chain` runs for its arguments, and raises for them."""
    how, base = setup(runs, **options), levers_alone(baseline)
    check_numbers(runs, how.seed, how.workers, how.chunk)
    world = studied(how.world)
    chosen = chosen_of("alternatives", alternatives, ALTERNATIVES)
    asked = world.case.groups if groups is None else chosen_of("groups", groups, world.group_names)
    read = ("world", *(name for name in asked if name != "world"))  # its base moves agendas
    among, owner = read_in(world, domains), world.case.sponsors[0]
    louder = base.with_lever("standards_effort", owner, from_=world.first_year, effort=EFFORT)
    worlds: dict[str, tuple[Scenario, World | None]] = {
        _AS_IS: (base, None),
        "lead": (base, with_lead(world, owner, share, group)),
        "effort": (louder.model_copy(update={"name": f"more effort of {owner} in bodies"}), None),
    }
    measure = measure_of(how, read, among)
    trials = {
        name: Trial(_AXES, _arms(name, worlds, parameters_under(name, how, base)), measure, how)
        for name in chosen
    }
    about = {"family": world.case.family, "owner": owner, "groups": len(read), "given": float(share)}
    return Chain(
        trials, how, len(read), about | {"to": group, "baseline": base.name, "domains": ", ".join(among)}
    )


def parameters_under(name: str, how: Setup, baseline: Scenario) -> Parameters:
    """Parameters beside those that an alternative sets; those drawn differ by run, alike in all arms.

    Drawn are all whose declared source says that they are estimated, evenly over their declared ranges
    (a Latin hypercube over the runs), but for those that are given another value, or set by the baseline.
    """
    given = how.parameters
    if name != DRAWN:
        return given
    estimated = [
        d.name for d in declarations().values()
        if d.source.startswith(ESTIMATED) and d.name not in baseline.parameters
        and np.array_equal(getattr(given, d.name), d.default)
    ]  # fmt: skip
    values = values_in_ranges(estimated, max(how.runs, 2), "latin_hypercube", how.seed)
    return given.replace({key: np.asarray(value[: how.runs]) for key, value in values.items()})


def _arms(
    name: str, worlds: Mapping[str, tuple[Scenario, World | None]], parameters: Parameters
) -> dict[tuple[str, str, str], Arm]:
    """Everything to run under an alternative, whose own parameters hold whatever the baseline sets."""
    variant = ALTERNATIVES[name]
    whole = {
        (name, change, _WHOLE): Arm(scenario, variant.settings, own, variant.history, parameters)
        for change, (scenario, own) in worlds.items()
    }
    return whole | {
        (name, change, cut): dataclasses.replace(arm, settings={**arm.settings, **CUTS[cut].settings})
        for cut in CUTS
        for (_, change, _), arm in whole.items()
        if change != "effort"
    }


def _measured(values: xr.DataArray, groups: int) -> xr.Dataset:
    """Levels, what every change moves, what of the lead's effect each cut takes away, and every link.

    values  (run, alternative, change, part, quantity, place, year), of one alternative
    """
    import xarray as xr

    as_is = values.sel(change=_AS_IS, drop=True)
    moved = values.sel(change=list(CHANGES)) - as_is
    effect, left = moved.sel(part=_WHOLE, drop=True), moved.sel(change="lead", part=list(CUTS), drop=True)
    through = (effect.sel(change="lead", drop=True) - left).transpose(*left.dims)
    after, before = (
        xr.concat(ends, xr.Variable("link", list(LINKS)), coords="minimal", compat="override", join="exact")
        for ends in zip(*(_ends(effect, link, groups) for link in LINKS.values()), strict=True)
    )
    found = estimate("share", effect=effect, through=through).assign(part(per_unit=(after, before)))
    found["level"] = mean("share", level=as_is.sel(part=_WHOLE, drop=True))["level"]
    for name, quantile in zip(("q05", "q95"), quantiles(effect.values, 0.05, 0.95), strict=True):
        text = {"units": "share", "long_name": f"effect in single pairs: {name} % quantile"}
        found[f"effect_{name}"] = found["effect"].copy(data=quantile).assign_attrs(text)
    return found.transpose("alternative", "change", "part", "link", "quantity", "place", "year")


def _ends(effect: xr.DataArray, link: Link, groups: int) -> tuple[xr.DataArray, xr.DataArray]:
    """What a link's change moves after and before it, in the places that the link has; NaN elsewhere.

    From markets to bodies it is the world's base before every body; from bodies to markets all bodies
    together before every group.
    """
    moved = effect.sel(change=link.change, drop=True)
    before, after = (moved.sel(quantity=name, drop=True) for name in (link.before, link.after))
    if link.before == link.after:
        before = before.isel(year=0, drop=True)
    from_bodies, to_bodies = (QUANTITIES[name].of_bodies for name in (link.before, link.after))
    if from_bodies != to_bodies:
        before = before.isel(place=groups if from_bodies else 0, drop=True)
    return after, before.broadcast_like(after)


# --- one more network ---


def ledger(
    countries: Sequence[str] | str,
    *,
    year: int = 2015,
    domain: str | None = None,
    groups: Sequence[str] | None = None,
    baseline: Named = "baseline",
    runs: int = RUNS.mechanisms,
    **options: Unpack[Options],
) -> xr.Dataset:
    """What one more network that the owner's vendors win is worth: to votes, status, compliance and reach.

    Parameters
    ----------
    countries : economies, each in a world of its own; several show whose contracts matter most.
    year : at the end of which the owner's largest vendor runs the country's largest lot, built or not and
        whoever had it; contracts signed before stay as they are, and renewals go on as ever.
    domain : one in which operators buy; None = the first.
    groups : groups of markets in which it is read; None = the world, and all abroad where there is such.
    baseline, runs, options : as in :func:`lockin_sim.compare`.

    Returns
    -------
    Dataset
        Over (country, quantity, place, year): ``effect``, paired by run over the runs in which the lot was
        not the owner's already, with ``effect_low``, ``effect_high`` (95 %, Student's t) and ``pairs_used``;
        and ``lot_weight`` (country,), the lot's part of the country's capacity.

    Raises
    ------
    InputError
        For anything that cannot be used.
    """
    how, base = setup(runs, **options), levers_alone(baseline)
    world, (first, last) = studied(how.world), how.years
    if not first < whole_number("year", year) < last:
        raise unusable("year", found=year, allowed=f"a year from {first + 1} to {last - 1}")
    chosen, known = chosen_of("countries", countries, world.countries), world.group_names
    read = chosen_of("groups", [n for n in READ if n in known] if groups is None else groups, known)
    d = _domain(world, domain)
    lots, slot = [_largest_lot(world, d, code) for code in chosen], _largest_offer(world, d)
    worlds = {code: won(world, year, lot, slot) for code, lot in zip(chosen, lots, strict=True)}
    arms = {(_AS_IS,): Arm(base)} | {(code,): Arm(base, world=own) for code, own in worlds.items()}
    trial = Trial(("country",), arms, measure_of(how, read, (world.domains[d],)), how)
    whose = Case("whose", base, Owned(tuple(lots)), how.parameters, ("incumbent",))
    arrays = how.run([*trial.cases, whose])
    theirs = arrays.pop("whose")["theirs"][:, year - first]
    values = trial.dataset(arrays)["values"]
    moved = values.sel(country=list(chosen)) - values.sel(country=_AS_IS, drop=True)
    found = estimate("share", effect=moved.where(theirs[:, :, None, None, None] == 0))
    text = {"units": "share", "long_name": "part of the country's capacity in the lot"}
    found["lot_weight"] = (("country",), world.lots.weight[lots], text)
    about = {"won": int(year), "groups": len(read), "domain": world.domains[d], "baseline": base.name}
    return found.assign_attrs(how.attributes(**about))


@dataclass(frozen=True)
class Owned:
    """Reduces runs to ``theirs`` (run, year, lot): 1 where the owner's vendors run a lot."""

    lots: tuple[int, ...]

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        vendor = ds["incumbent"].isel(lot=list(self.lots)).transpose("run", "year", "lot").values
        own = np.append(vendors_of(world, world.case.sponsors[0]), False)
        return {"theirs": own[vendor].astype(float)}


def won(world: World, year: int, lot: int, slot: int) -> World:
    """The world in which a vendor, by its slot, wins a lot at the end of a year."""
    return dataclasses.replace(world, facts=world.facts | {"won": np.array([[year, lot, slot]])})


def _domain(world: World, domain: str | None) -> int:
    """A domain in which operators buy.  Raises InputError for another."""
    bought = [world.domains[d] for d in world.bought_by("operator")]
    if domain is not None and domain not in bought:
        raise unknown_name("domain", found=domain, known=bought)
    if not bought:
        raise unusable("world", found=world.name, allowed="one in which operators buy")
    return world.domains.index(bought[0] if domain is None else domain)


def _largest_lot(world: World, d: int, country: str) -> int:
    """The largest lot of a country in a domain."""
    lots = world.lots
    own = np.flatnonzero((lots.domain == d) & (lots.country == world.countries.index(country)))
    return int(own[lots.weight[own].argmax()])


def _largest_offer(world: World, d: int) -> int:
    """The slot of the owner's largest vendor in a domain by its base of the first year."""
    owner = world.case.sponsors[0]
    own = np.flatnonzero(offers_of(world, owner)[d])
    if not own.size:
        raise unusable("domain", found=world.domains[d], allowed=f"one in which vendors of {owner} sell")
    base = np.asarray(world.facts.get("base_share", np.zeros(world.slot_vendor.shape)))[d, own]
    return int(own[base.argmax()])
