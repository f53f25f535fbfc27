"""Measure the chain from a first mover to a standard, link by link.

A first mover has an installed base.  The base moves the agenda of standards bodies and, through vested
interest, their votes; agenda and votes make the status of the standard; status makes other vendors comply;
regulators prescribe the standard that their states run; the owner's base, compliance of other vendors and
prescriptions make up the reach of the family; reach sells.  Each link is measured by changing the quantity
before it, with the same shocks, and by cutting the link.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from lockin_sim.common.conventions import LEAD, RUNS, Bools, Floats
from lockin_sim.common.errors import resolve_names, unusable
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.statistics import quantiles, weighted_mean
from lockin_sim.common.values import ByYear
from lockin_sim.comparisons.measured_places import find_main_domain
from lockin_sim.comparisons.outcomes import compute_group_sizes, mask_sponsor_vendors
from lockin_sim.comparisons.trial import (
    Arm,
    Measure,
    Options,
    Setup,
    Trial,
    build_setup,
    estimate_differences,
    estimate_means,
    estimate_ratios,
    load_comparable_scenario,
    read_draws,
)
from lockin_sim.comparisons.uncertainty import sample_in_ranges
from lockin_sim.comparisons.variants import ALTERNATIVES, DRAWN, USUAL, VARIANTS, with_lead
from lockin_sim.record.histories import Given, name_history
from lockin_sim.runs.jobs import RunCase
from lockin_sim.runs.workers import check_numbers
from lockin_sim.settings.parameters import Parameters, collect_declarations
from lockin_sim.settings.scenario import Named, Scenario
from lockin_sim.world import World
from lockin_sim.world.names import format_group

if TYPE_CHECKING:
    import xarray as xr


class ChainLink(NamedTuple):
    """Link of the chain: the effect of a change on the quantity after the link and on the one before."""

    title: str
    change: str  # one of CHANGES
    before: str  # a quantity; for a first mover that of the first year
    after: str


LINKS = {
    "first_mover": ChainLink("first mover to installed base", "lead", "base", "base"),
    "agenda": ChainLink("installed base to the agenda", "lead", "base", "contributions"),
    "votes": ChainLink("installed base to votes in favour", "lead", "base", "yes"),
    "regulators": ChainLink(
        "installed base to states that require the standard", "lead", "base", "demanding"
    ),
    "status": ChainLink("agenda to status", "effort", "contributions", "status"),
    "compliance": ChainLink("status to others' compliance", "effort", "status", "compliance"),
    "reach": ChainLink("others' compliance to reach", "effort", "compliance", "reach"),
    "sales": ChainLink("reach to its vendors' sales", "effort", "reach", "sales"),
}

#: Imposed changes.
CHANGES = {
    "lead": "its vendors owned part of what was built abroad by the first year",
    "effort": "its proposals in all bodies weigh twice as much",
}

#: Cuts of links, each made with and without the lead.
CUTS = VARIANTS["cuts"]

#: Factor of the owner's effort in all bodies where the agenda is changed.
EFFORT = 2.0

#: Prefix of the source of a parameter estimated from records.
ESTIMATED = "estimated"

#: Axes of the arms: the unchanged world and every change, with no link cut and with each.
_AXES, _AS_IS, _WHOLE = ("alternative", "change", "part"), "as is", "whole"


@checks_keywords(*Options.__annotations__)
def chain(
    alternatives: Sequence[str] = USUAL,
    *,
    share: float = LEAD,
    group: str = "world",
    groups: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    baseline: Named = "baseline",
    history: Given | None = None,
    runs: int = RUNS.pool,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Measure the chain from a first mover to a standard: the size of every link, in total and per unit.

    Parameters
    ----------
    alternatives : names of other structures of the model, see ``data/variants.toml``; "default" is the
        declared structure.
    share, group : the owner's vendors receive this share (0 to 1) of the equipment built by the first year
        in a group of markets abroad, see :func:`lockin_sim.comparisons.variants.with_lead`.
    groups : groups of markets to report; None = the world, and the groups of its case.
    domains : domains to report, weighted by size in markets and equally in bodies; None = the domain of the
        case, mobile networks.  The lead is imposed in all domains.
    baseline, history, runs, options : as in :func:`lockin_sim.compare`; runs with the lead have the luck
        with which runs without the lead meet the record.

    Returns
    -------
    Dataset
        Over alternative, quantity, link, change (see CHANGES), part (see CUTS), place (groups of markets, all
        bodies together by how binding they are, and each body) and year:

        * ``level`` (alternative, quantity, place, year), mean over runs of the unchanged world;
        * ``effect`` (alternative, change, quantity, place, year) of a change, with quantiles over pairs;
        * ``through`` (alternative, part, quantity, place, year), the part of the lead's effect that a cut
          removes;
        * ``per_unit`` (alternative, link, place, year), effect on the quantity after the link over the effect
          on the quantity before the link; NaN for places that a link does not have.

        All variables except levels are paired by run, with ``_low``, ``_high`` (95 %: Student's t; of ratios
        Fieller's, NaN where the effect before includes zero) and ``_pairs_used``.

    Raises
    ------
    InputError : for unusable arguments, and for a world without a family under study.
    """
    study = plan_chain(
        alternatives,
        share=share,
        group=group,
        groups=groups,
        domains=domains,
        baseline=baseline,
        history=history,
        runs=runs,
        **options,
    )
    return study.dataset(study.how.run(study.cases), runs)


@dataclass(frozen=True)
class ChainPlan:
    """Plan of a chain study: the arms to run, and how to build the dataset from them.

    trials  by alternative
    groups  number of places that are groups of markets; all bodies together come next
    about   further attributes
    """

    trials: Mapping[str, Trial]
    how: Setup
    groups: int
    about: Mapping[str, Any]

    @property
    def cases(self) -> list[RunCase]:
        """All cases to run, over all alternatives."""
        return [case for trial in self.trials.values() for case in trial.cases]

    def dataset(self, arrays: Mapping[str, Mapping[str, Floats]], runs: int) -> xr.Dataset:
        """Build the dataset of :func:`chain` from the arrays of all cases by label.  runs: number of runs."""
        import xarray as xr

        measured = [
            _estimate_chain(trial.dataset(arrays)["values"], self.groups) for trial in self.trials.values()
        ]
        options: dict[str, Any] = {"coords": "minimal", "compat": "override", "join": "exact"}
        ds = xr.concat(measured, "alternative", data_vars="minimal", **options)
        chosen = [ALTERNATIVES[name] for name in self.trials]
        titles = {
            "alternative_label": ("alternative", [one.title for one in chosen]),
            "alternative_parts": ("alternative", [len(one.parts) or 1 for one in chosen]),
            "change_label": ("change", list(CHANGES.values())),
            "part_label": ("part", [cut.title for cut in CUTS.values()]),
            "link_label": ("link", [link.title for link in LINKS.values()]),
        }
        about = dataclasses.replace(self.how, runs=runs).attributes(**self.about)
        return ds.assign_coords(titles).assign_attrs(about)


def plan_chain(
    alternatives: Sequence[str] = USUAL,
    *,
    share: float = LEAD,
    group: str = "world",
    groups: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    baseline: Named = "baseline",
    history: Given | None = None,
    runs: int = RUNS.pool,
    **options: Unpack[Options],
) -> ChainPlan:
    """Check the arguments of :func:`chain` and build its plan.

    Takes the arguments of :func:`chain` and raises InputError as it does.
    """
    how, base = build_setup(runs, **options), load_comparable_scenario(baseline)
    check_numbers(runs, how.seed, how.workers, how.chunk)
    if how.drawn is not None and len(how.drawn.structures) > 1:
        raise unusable("structure", found="drawn", allowed="declared, in a chain: it names its alternatives")
    world, chosen = require_family(how.world), resolve_names("alternatives", alternatives, ALTERNATIVES)
    group = world.code_of("group", group, "group")
    names = world.case.groups if groups is None else world.codes_of("groups", groups, "group")
    read = ("world", *(name for name in names if name != "world"))  # its base moves agendas
    owner = world.case.sponsors[0]
    exclusive = tuple(d for d, who in zip(world.domains, world.buyer, strict=True) if who != "adopters")
    among = (find_main_domain(world),) if find_main_domain(world) in exclusive else exclusive
    if domains is not None:
        among = resolve_names("domains", domains, exclusive, world.called("domain"))
    named = f"more effort of {owner} in bodies"
    louder = base.with_lever("standards_effort", owner, from_=world.first_year, name=named, effort=EFFORT)
    worlds: dict[str, tuple[Scenario, World | None]] = {
        _AS_IS: (base, None),
        "lead": (base, with_lead(world, owner, share, group)),
        "effort": (louder, None),
    }
    measure, luck, trials = build_chain_measure(how, read, among), how.history(history), {}
    for name in chosen:  # an alternative overrides the baseline
        variant, values = ALTERNATIVES[name], build_alternative_parameters(name, how, base)
        usual = values.replace(variant.settings)
        arms = {
            (name, change, _WHOLE): Arm(scenario, usual, own, variant.history or luck)
            for change, (scenario, own) in worlds.items()
        }
        for cut, cutting in CUTS.items():
            for change in (_AS_IS, "lead"):
                arm = arms[name, change, _WHOLE]
                needs = cutting.needs
                idle = needs and not np.any(variant.settings.get(needs, getattr(values, needs)))
                settings = {**variant.settings, **({} if idle else cutting.settings)}
                arms[name, change, cut] = dataclasses.replace(arm, parameters=values.replace(settings))
        trials[name] = Trial(_AXES, arms, measure, how)
    about = {"family": world.case.family, "owner": owner, "groups": len(read), "given": float(share)}
    about |= {"to": group, "baseline": base.name, "domains": ", ".join(among), "history": name_history(luck)}
    return ChainPlan(trials, how, len(read), about)


def build_alternative_parameters(name: str, how: Setup, baseline: Scenario) -> Parameters:
    """Return the parameters of an alternative, before its own settings are applied.

    Drawn parameters differ by run, but not between arms.  The alternative :data:`DRAWN` draws every parameter
    with an estimated value evenly over its declared range (a Latin hypercube over the runs) instead of from a
    posterior, except parameters that differ from their default or that the baseline sets.
    """
    how.parameters.check_runs(how.runs)
    parameters = how.parameters if name != DRAWN or how.drawn is None else how.drawn.others
    estimated = [
        d.name
        for d in collect_declarations().values()
        if name == DRAWN
        and d.source.startswith(ESTIMATED)
        and d.name not in baseline.parameters
        and np.array_equal(getattr(parameters, d.name), d.default)
    ]
    n = max(how.runs, 2)
    values = sample_in_ranges(estimated, n, "latin_hypercube", how.seed) if estimated else {}
    return parameters.replace({key: np.asarray(value[: how.runs]) for key, value in values.items()})


def _estimate_chain(values: xr.DataArray, groups: int) -> xr.Dataset:
    """Estimate levels, effects of every change, the part that each cut removes, and every link per unit.

    values  (run, alternative, change, part, quantity, place, year), of one alternative
    groups  number of places that are groups of markets
    """
    import xarray as xr

    as_is = values.sel(change=_AS_IS, drop=True)
    moved = values.sel(change=list(CHANGES)) - as_is
    effect, left = moved.sel(part=_WHOLE, drop=True), moved.sel(change="lead", part=list(CUTS), drop=True)
    through = (effect.sel(change="lead", drop=True) - left).transpose(*left.dims)
    after, before = (
        xr.concat(ends, xr.Variable("link", list(LINKS)), coords="minimal", compat="override", join="exact")
        for ends in zip(*(_select_link_effects(effect, link, groups) for link in LINKS.values()), strict=True)
    )
    data = estimate_differences("share", effect=effect, through=through).assign(
        estimate_ratios(per_unit=(after, before))
    )
    data["level"] = estimate_means("share", level=as_is.sel(part=_WHOLE, drop=True))["level"]
    for name, at in {"q05": 0.05, "q95": 0.95}.items():
        (quantile,) = quantiles(effect.values, at, draws=read_draws(effect))
        text = f"effect in single pairs: {name} % quantile"
        data[f"effect_{name}"] = data["effect"].copy(data=quantile).assign_attrs(long_name=text)
    return data.transpose("alternative", "change", "part", "link", "quantity", "place", "year")


def _select_link_effects(
    effect: xr.DataArray, link: ChainLink, groups: int
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return a link's effects on the quantity after it and on the quantity before it.

    NaN in places without the quantity.  The world's base precedes every body; all bodies together precede
    every group of markets.  For a first mover the effect before is the effect of the first year.
    """
    moved = effect.sel(change=link.change, drop=True)
    before, after = (moved.sel(quantity=name, drop=True) for name in (link.before, link.after))
    if link.before == link.after:
        before = before.isel(year=0, drop=True)
    from_bodies, to_bodies = (QUANTITIES[name].of_bodies for name in (link.before, link.after))
    if from_bodies != to_bodies:
        before = before.isel(place=groups if from_bodies else 0, drop=True)
    return after, before.broadcast_like(after)


def require_family(world: World) -> World:
    """Return the world.  Raises InputError for a world without a family under study."""
    if not world.case.family:
        raise unusable("world", found=world.name, allowed="one with a standard family under study")
    return world


# --- quantities, of the sponsor under study, which owns the family under study ---

#: Variables that the quantities need beyond those always recorded.
RECORD = (
    *("group_sponsor_share", "group_economies_sponsor_share", "group_sales_sponsor_share"),
    *("group_vendor_share", "group_reach", "group_demanding"),
    *("compliance", "vote_share", "contributions", "origin"),
)

#: Place of all bodies together, weighted by how binding their standards are.
ALL_BODIES = "all bodies"


@dataclass(frozen=True)
class MeasuredRuns:
    """Runs to measure, with the chosen groups of markets and domains."""

    ds: xr.Dataset
    world: World
    groups: tuple[str, ...]
    domains: tuple[str, ...]

    def part(self, some: Floats, whole: Floats) -> Floats:
        """Compute ``some / whole``, NaN where ``whole`` is zero, and its mean over the chosen domains.

        Both arrays are (run, group, year, domain); returns (run, group, year).
        """
        part = np.divide(some, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
        return self.over_domains(part)

    @property
    def owner(self) -> str:
        """Sponsor under study, which owns the family under study."""
        return self.world.case.sponsors[0]

    def in_groups(self, name: str, *axes: str, **at: str) -> Floats:
        """Read a variable in the chosen groups of markets.  (run, group, year, domain, *axes)."""
        chosen = self.ds[name].sel({"group": list(self.groups)} | at)
        return chosen.transpose("run", "group", "year", "domain", *axes).values

    def over_domains(self, values: Floats) -> Floats:
        """Average over the chosen domains by market size.

        (run, group, year, domain) to (run, group, year)
        """
        return weighted_mean(values, compute_group_sizes(self.ds, self.world, self.groups) * self.read)

    def owned(self, name: str) -> Floats:
        """Read the owner's share in a variable by sponsor, averaged over domains.  (run, group, year)."""
        return self.over_domains(self.in_groups(name, sponsor=self.owner))

    @property
    def read(self) -> Bools:
        """Mask of the chosen domains.  (domain,)."""
        return np.isin(self.world.domains, self.domains)

    def of_each_body(self, name: str, **at: str) -> Floats:
        """Average a variable over the chosen domains of each body.  (run, body, year)."""
        chosen = self.ds[name].sel(at).transpose("run", "body", "year", "domain")
        return weighted_mean(chosen.values, self.read.astype(float))

    def together(self, of_bodies: Floats) -> Floats:
        """Put the mean over all bodies, weighted by how binding each is, before the values of each body.

        (run, body, year) to (run, 1 + body, year)
        """
        forum = np.atleast_1d(self.ds.attrs.get("parameter_forum_weight", 0.0))[:, None, None]
        if forum.dtype.kind == "U":  # by year
            changes, default = (
                ByYear.from_attribute(forum.item()),
                collect_declarations()["forum_weight"].default,
            )
            of_year = [np.atleast_1d(changes.at(year, default)) for year in self.ds["year"].values]
            forum = np.stack(np.broadcast_arrays(*of_year), axis=1)[..., None]  # (run or 1, year, 1)
        weight = np.array([body.bindingness for body in self.world.bodies])
        weight = np.where(np.isnan(weight), forum, weight)
        mean = weighted_mean(np.moveaxis(of_bodies, 1, -1), weight)
        return np.concatenate([mean[:, None], of_bodies], axis=1)


class Quantity(NamedTuple):
    """Quantity measured along the chain."""

    title: str
    of_bodies: bool  # else of groups of markets
    value: Callable[[MeasuredRuns], Floats]  # (run, group or 1 + body, year)


QUANTITIES: dict[str, Quantity] = {}


def _declare_quantity(
    title: str, *, of_bodies: bool = False
) -> Callable[[Callable[[MeasuredRuns], Floats]], Callable[[MeasuredRuns], Floats]]:
    """Return a decorator that adds a function to QUANTITIES under its own name."""

    def register(function: Callable[[MeasuredRuns], Floats]) -> Callable[[MeasuredRuns], Floats]:
        """Add a function to QUANTITIES."""
        QUANTITIES[function.__name__] = Quantity(title, of_bodies, function)
        return function

    return register


@_declare_quantity("installed base of its vendors")
def base(scene: MeasuredRuns) -> Floats:
    """Compute the share of the owner's vendors in the installed base.  (run, group, year)."""
    return scene.owned("group_sponsor_share")


@_declare_quantity("installed base of its vendors, mean over economies")
def economies(scene: MeasuredRuns) -> Floats:
    """Compute the owner's share of the installed base, counting the economies of a group equally."""
    return scene.owned("group_economies_sponsor_share")


@_declare_quantity("proposals on the agenda that are its own", of_bodies=True)
def contributions(scene: MeasuredRuns) -> Floats:
    """Compute the owner's share of the weight of all proposals.  (run, 1 + body, year)."""
    return scene.together(scene.of_each_body("contributions", sponsor=scene.owner))


@_declare_quantity("votes for the standard", of_bodies=True)
def yes(scene: MeasuredRuns) -> Floats:
    """Compute the share of yes votes cast on contested motions.  (run, 1 + body, year)

    Years without a vote repeat the share of the last vote.
    """
    shares = scene.of_each_body("vote_share", standard=scene.world.case.family)
    for year in range(1, shares.shape[-1]):
        voted = np.isfinite(shares[..., year])
        shares[..., year] = np.where(voted, shares[..., year], shares[..., year - 1])
    return scene.together(shares)


@_declare_quantity("status of the standard in bodies", of_bodies=True)
def status(scene: MeasuredRuns) -> Floats:
    """Compute the family's share of the live standards.  (run, 1 + body, year)."""
    return scene.together(scene.of_each_body("status", standard=scene.world.case.family))


@_declare_quantity("standards in force that it proposed", of_bodies=True)
def origin(scene: MeasuredRuns) -> Floats:
    """Compute the share of live standards, of any family, that the owner proposed.  (run, 1 + body, year)."""
    return scene.together(scene.of_each_body("origin", sponsor=scene.owner))


@_declare_quantity("equipment where states require the standard")
def demanding(scene: MeasuredRuns) -> Floats:
    """Compute the part of the base in markets whose states demand the family.  (run, group, year)."""
    return scene.over_domains(scene.in_groups("group_demanding", standard=scene.world.case.family))


@_declare_quantity("others' equipment that supports the standard")
def compliance(scene: MeasuredRuns) -> Floats:
    """Compute the part of the other vendors' installed base that supports the family.  (run, group, year)."""
    family, vendors = scene.world.case.family, mask_sponsor_vendors(scene.world, scene.owner)
    shares = np.nan_to_num(scene.in_groups("group_vendor_share", "vendor"))
    others = np.where(vendors, 0.0, shares)
    support = scene.ds["compliance"].sel(standard=family).transpose("run", "year", "domain", "vendor")
    return scene.part((others * np.nan_to_num(support.values)[:, None]).sum(-1), others.sum(-1))


@_declare_quantity("reach: equipment that supports the standard")
def reach(scene: MeasuredRuns) -> Floats:
    """Compute the part of the installed base that supports the family, alone or among other families."""
    return scene.over_domains(scene.in_groups("group_reach", standard=scene.world.case.family))


@_declare_quantity("share of all standards supported")
def share(scene: MeasuredRuns) -> Floats:
    """Compute the family's reach divided by the sum of the reach of all families.  (run, group, year)."""
    spoken = scene.in_groups("group_reach", "standard")
    of_family = spoken[..., scene.world.standards.index(scene.world.case.family)]
    return scene.part(of_family, spoken.sum(axis=-1))


@_declare_quantity("sales of its vendors")
def sales(scene: MeasuredRuns) -> Floats:
    """Compute the share of the owner's vendors in the year's sales.  (run, group, year)."""
    return scene.owned("group_sales_sponsor_share")


def build_chain_measure(how: Setup, groups: Sequence[str], domains: Sequence[str]) -> Measure:
    """Build the measure of all quantities: in groups of markets, in all bodies together, and in each body."""
    bodies = how.world.bodies
    titles = [*map(format_group, groups), ALL_BODIES, *(body.label for body in bodies)]
    labels: dict[str, Any] = {
        "quantity": list(QUANTITIES),
        "quantity_label": ("quantity", [quantity.title for quantity in QUANTITIES.values()]),
        "place": [*groups, ALL_BODIES, *how.world.body_names],
        "place_label": ("place", titles),
        "year": how.calendar,
    }
    of = partial(compute_chain_quantities, groups=tuple(groups), domains=tuple(domains))
    return Measure(of, ("quantity", "place", "year"), labels, RECORD)


def compute_chain_quantities(
    ds: xr.Dataset, world: World, groups: tuple[str, ...], domains: tuple[str, ...]
) -> dict[str, Floats]:
    """Compute ``values`` (run, quantity, place, year).

    Places are the groups, all bodies together, and each body; NaN where a place does not have a quantity.
    Needs the variables of RECORD.
    """
    scene, first = MeasuredRuns(ds, world, groups, domains), len(groups)
    shape = (ds.sizes["run"], len(QUANTITIES), first + 1 + len(world.bodies), ds.sizes["year"])
    values = np.full(shape, np.nan)
    for q, quantity in enumerate(QUANTITIES.values()):
        values[:, q, slice(first, None) if quantity.of_bodies else slice(first)] = quantity.value(scene)
    return {"values": values}
