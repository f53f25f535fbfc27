"""Effects of policies by group of markets, by domain and by country, and their cost to each payer.

The vendors of China, the USA and the EU have the same measures.  Adopters' surplus and price complement
shares; no direction counts as good.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Unpack

import numpy as np

from lockin_sim.common.conventions import RUNS, Floats
from lockin_sim.common.errors import resolve_names, unusable
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.statistics import difference, estimate_ratio, quantiles, weighted_mean
from lockin_sim.comparisons.compare import (
    LAST_SHARES,
    ComparedRuns,
    ComparisonOptions,
    ComparisonPart,
    compare_parts,
)
from lockin_sim.comparisons.costs_by_payer import (
    REPLACEMENT,
    WORLD,
    add_actor_group,
    compute_standards_work_cost,
    compute_training_cost,
    draw_price,
)
from lockin_sim.comparisons.measured_places import (
    find_main_domain,
    list_mapped_domains,
    list_recorded_variables,
    select_headlines,
    select_outcomes,
    with_places,
)
from lockin_sim.comparisons.outcomes import Outcome, compute_group_sizes, list_case_sponsors
from lockin_sim.comparisons.trial import Variables, build_variable_attributes, take_world
from lockin_sim.model.measures.recorder import read_seed_and_runs
from lockin_sim.settings.scenario import Named
from lockin_sim.world import World
from lockin_sim.world.case import load_bundled_case, read_case_attributes
from lockin_sim.world.names import format_group, format_label
from lockin_sim.world.recorded import country_labels

if TYPE_CHECKING:
    import xarray as xr


class GroupMeasure(NamedTuple):
    """Measure by group and domain: unit, label, and the variable to read."""

    unit: str
    label: str
    variable: str
    sponsor: str = ""  # share of this sponsor's vendors
    domain: str = ""  # in this one alone
    sensitive: bool = False  # over the domains in which restrictions bite

    def weighted(self, world: World, size: Floats) -> Floats:
        """Return weights of domains for an average, zero outside the domains of the measure.

        size  size of the domains' markets, (..., domain)
        """
        alone = np.array([self.domain in ("", name) for name in world.domains])
        return size * (alone & (world.sensitive | (not self.sensitive)))


def _build_market_measures(world: World) -> dict[str, GroupMeasure]:
    """Build the measures of what is paid, gained and sold, defined over all domains and in each domain."""
    price = "relative to the industry mean cost of the first year"
    measures = {
        "surplus": GroupMeasure("utility", "adopters' expected utility at renewal", "group_surplus"),
        "coverage_surplus": GroupMeasure(
            "utility", "value of new coverage to those who had none", "group_coverage_surplus"
        ),
        "coverage": GroupMeasure("share", "coverage, share of all possible installations", "group_coverage"),
        "price_paid": GroupMeasure(price, "price paid after finance", "group_price_paid"),
        "retention": GroupMeasure("share", "renewed base kept by its incumbent", "group_retention"),
    }
    for sponsor, adjective in list_case_sponsors(world).items():
        label = f"sales of {adjective} vendors"
        measures[f"sales_{sponsor}"] = GroupMeasure("share", label, "group_sales_sponsor_share", sponsor)
    return measures


def build_group_measures(world: World) -> dict[str, GroupMeasure]:
    """Build all measures by group of markets, by name.

    Measures of installed equipment are those of the main domain and of the sensitive domains.
    """
    base, alike, sold = (f"group_{name}sponsor_share" for name in ("", "economies_", "sales_"))
    known, domain = _build_market_measures(world), find_main_domain(world)
    layer, all_of = format_label("domain", domain), "sensitive infrastructure"
    for sponsor, adjective in list_case_sponsors(world).items():
        part, stem = f"{adjective} vendors' part of {layer}", f"dependence_{domain}"
        among = f"dependence on {adjective} vendors, {all_of}"
        known |= {
            f"{stem}_{sponsor}": GroupMeasure("share", part, base, sponsor, domain),
            f"{stem}_economies_{sponsor}": GroupMeasure(
                "share", f"{part}, mean over economies", alike, sponsor, domain
            ),
            f"sales_{domain}_{sponsor}": GroupMeasure("share", f"{part} sold", sold, sponsor, domain),
            f"dependence_sensitive_{sponsor}": GroupMeasure("share", among, base, sponsor, sensitive=True),
            f"dependence_economies_{sponsor}": GroupMeasure(
                "share", f"{among}, mean over economies", alike, sponsor, sensitive=True
            ),
        }
    if family := world.case.family:
        named = format_label("standard", family)
        known[f"{family}_reach_{domain}"] = GroupMeasure(
            "share", f"reach of {named} in {layer}", "group_reach", domain=domain
        )
        known[f"{family}_sensitive"] = GroupMeasure(
            "share", f"share of {named} in {all_of}", "group_standard_share", sensitive=True
        )
    return known


def _iterate_measure_values(ds: xr.Dataset, world: World, known: Iterable[GroupMeasure]) -> Iterator[Floats]:
    """Iterate over the values of measures, each an array (run, group, year, domain)."""
    for measure in known:
        variable = ds.variables[measure.variable]  # without labels, which take longer to cut than numbers
        whose = {"standard": world.case.family, "sponsor": measure.sponsor}
        there = {axis: ds.get_index(axis).get_loc(whose[axis]) for axis in whose if axis in variable.dims}
        of_one = variable.isel(there)
        yield np.asarray(of_one.transpose("run", "group", "year", "domain").values)


#: Variables behind the measures.
OF_GROUPS = (
    *("group_reach", "group_standard_share", "group_sponsor_share", "group_economies_sponsor_share"),
    *("group_sales_sponsor_share",),
    *("group_retention", "group_surplus", "group_coverage", "group_coverage_surplus", "group_price_paid"),
)


@checks_keywords(*ComparisonOptions.__annotations__)
def breakdown(
    scenarios: Sequence[Named] | Named,
    *,
    by: Literal["group", "domain", "country"],
    runs: int = RUNS.pool,
    **options: Unpack[ComparisonOptions],
) -> xr.Dataset:
    """Estimate effects by group of markets, domain or country: who gains, who loses, and whose vendors sell.

    Parameters
    ----------
    by : "group", "domain" or "country".
    scenarios, runs, options : as in :func:`lockin_sim.compare`.

    Returns
    -------
    Dataset
        Over (scenario, measure, group or domain, year), or of the last year over (scenario, measure, domain,
        country): ``level``, mean over ``runs_used``; ``effect``, mean paired difference from the baseline,
        with the ends ``effect_low`` and ``effect_high`` of its 95 % interval (Student's t) and
        ``pairs_used``.

        Measures by group: coverage; adopters' surplus at renewal and of new capacity, price paid, retention,
        and sales share of the vendors of China, the USA and the EU, for which domains are weighted by the
        group's market size; in mobile networks, the domain of the case, these vendors' part of what is
        installed, by market size and as a mean over economies counted equally, and of what is sold, and the
        reach of cn2035.
        Groups: the world, income groups, regions, the EU, members of the Belt and Road, markets that were
        greenfield in the first year and others.  By domain: the measures that are defined within one.  By
        country and domain, networks first, other sensitive ones behind: the vendors' part, NaN where there is
        no base, with ``level_q05`` and ``level_q95``, its range over runs; ``country_record`` says of how
        many operators a contract is on record.
    """
    part = PARTS[resolve_names("by", [by], PARTS)[0]]
    return compare_parts([part], scenarios, runs=runs, **options)[part.name]


def select_effects_by_region(study: xr.Dataset) -> xr.Dataset:
    """Select the effects on the vendors under study by region, from a breakdown by group.

    The measures are, in the domain of the case, these vendors' part by market size and as a mean over
    economies, and the reach of the family under study; the groups are those named by cases.
    """
    case, domain = read_case_attributes(study.attrs), str(study.attrs.get("domain", ""))
    wanted = [f"dependence_{domain}{of}_{case.sponsors[0]}" for of in ("", "_economies")]
    available = [m for m in (*wanted, f"{case.family}_reach_{domain}") if m in study["measure"].values]
    groups = [g for g in load_bundled_case().groups if g in study["group"].values]
    return study.sel(measure=available, group=groups)


def compute_group_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Compute every measure by group, averaged over domains: ``values`` (run, measure, group, year)."""
    known, size = build_group_measures(world).values(), compute_group_sizes(ds, world)
    arrays = [
        weighted_mean(values, measure.weighted(world, size))
        for measure, values in zip(known, _iterate_measure_values(ds, world, known), strict=True)
    ]
    return {"values": np.stack(arrays, axis=1)}


def _build_domain_measures(world: World) -> dict[str, GroupMeasure]:
    """Build the measures that are defined within one domain, by name."""
    measures = _build_market_measures(world)
    for sponsor, adjective in list_case_sponsors(world).items():
        among = f"dependence on {adjective} vendors"
        measures[f"dependence_{sponsor}"] = GroupMeasure("share", among, "group_sponsor_share", sponsor)
    if family := world.case.family:
        label = f"share of {format_label('standard', family)}"
        measures[f"{family}_share"] = GroupMeasure("share", label, "group_standard_share")
    return measures


def compute_domain_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Compute every measure by domain, in the first group: ``values`` (run, measure, domain, year)."""
    arrays = _iterate_measure_values(
        ds.isel(group=slice(0, 1)), world, _build_domain_measures(world).values()
    )
    return {"values": np.stack([values[:, 0].swapaxes(-1, -2) for values in arrays], axis=1)}


def extract_sponsor_parts(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Extract the sponsors' parts in the last year: ``values`` (run, measure, domain, country)."""
    at = {"sponsor": list(list_case_sponsors(world)), "domain": list_mapped_domains(world)}
    last = LAST_SHARES.of(ds).sel(at)
    return {"values": last.transpose("run", "sponsor", "domain", "country").values}


def _build_measure_dataset(
    runs: ComparedRuns, known: Mapping[str, GroupMeasure], axes: tuple[str, ...], **labels: Any
) -> xr.Dataset:
    """Build a dataset of effects of the scenarios on measures, along further axes."""
    data = runs.effect("values", ("measure", *axes), "as measure_unit")
    about = {
        "measure": list(known),
        "measure_label": ("measure", [m.label for m in known.values()]),
        "measure_unit": ("measure", [m.unit for m in known.values()]),
    }
    return runs.dataset(data, about | labels)


def _build_group_dataset(runs: ComparedRuns) -> xr.Dataset:
    """Build the dataset of effects by group."""
    names = list(runs.world.group_names)
    titles = ("group", [format_group(name) for name in names])
    built = _build_measure_dataset(
        runs, build_group_measures(runs.world), ("group", "year"), group=names, group_label=titles
    )
    return built.assign_attrs(domain=find_main_domain(runs.world))


def _build_domain_dataset(runs: ComparedRuns) -> xr.Dataset:
    """Build the dataset of effects by domain."""
    return _build_measure_dataset(
        runs, _build_domain_measures(runs.world), ("domain", "year"), domain=list(runs.world.domains)
    )


def _build_country_parts_dataset(runs: ComparedRuns) -> xr.Dataset:
    """Build the dataset of effects and ranges of levels in the last year, by country."""
    known = {
        f"dependence_{sponsor}": GroupMeasure("share", f"{adjective} vendors' part", "country_sponsor_share")
        for sponsor, adjective in list_case_sponsors(runs.world).items()
    }
    labels = {
        "domain": list_mapped_domains(runs.world),
        **country_labels(runs.world),
        "year": runs.how.years[1],
    }
    built = _build_measure_dataset(runs, known, ("domain", "country"), **labels)
    return built.assign(compute_level_range(runs, ("measure", "domain", "country"), "as measure_unit"))


def compute_level_range(runs: ComparedRuns, axes: tuple[str, ...], units: str) -> Variables:
    """Compute the 5 % and 95 % quantiles over runs of ``values`` in every scenario.

    axes  axes after the run
    Returns the variables ``level_q05`` and ``level_q95``, (scenario, *axes).
    """
    arrays = (runs.of(scenario, "values") for scenario in runs.scenarios)
    ends = np.stack([quantiles(of, 0.05, 0.95, draws=runs.how.draws) for of in arrays], axis=1)
    names = ("scenario", *axes)
    return {
        f"level_q{part:02}": (
            names,
            level,
            build_variable_attributes(units, f"level, {part} % of runs are below"),
        )
        for part, level in zip((5, 95), ends, strict=True)
    }


BY_GROUP = ComparisonPart("by_group", compute_group_arrays, _build_group_dataset, OF_GROUPS)
BY_DOMAIN = ComparisonPart("by_domain", compute_domain_arrays, _build_domain_dataset, OF_GROUPS)
BY_COUNTRY = ComparisonPart("by_country", extract_sponsor_parts, _build_country_parts_dataset, (LAST_SHARES,))

#: Axes of a breakdown.
PARTS = {"group": BY_GROUP, "domain": BY_DOMAIN, "country": BY_COUNTRY}


# --- who pays ---


LOANS, SUPPORT, WORK, TRAINING, REPLACED, TOTAL = ITEMS = (
    "loans",
    "state_support",
    "standards_work",
    "training",
    "early_replacement",
    "total",
)

#: Payers beside the sponsors: governments are all states; adopters all buyers, those of the actor and others;
#: the actor pays with its public money and through its own buyers.
OTHER_STATES, GOVERNMENTS, ADOPTERS = "other_states", "governments", "adopters"
OWN_BUYERS, OTHER_BUYERS, ACTOR = "own_buyers", "other_buyers", "actor"

#: One percentage point as a share, and the unit of its cost.
POINT, UNIT = 0.01, "USD bn per point"


def list_payers(world: World) -> list[str]:
    """List the payers: sponsors, other states, governments, adopters, own and other buyers, the actor."""
    return [*world.sponsors, OTHER_STATES, GOVERNMENTS, ADOPTERS, OWN_BUYERS, OTHER_BUYERS, ACTOR]


@checks_keywords(*ComparisonOptions.__annotations__)
def public_cost(
    scenarios: Sequence[Named] | Named,
    *,
    outcomes: Sequence[str] | str | None = None,
    actor: str | None = None,
    runs: int = RUNS.pool,
    **options: Unpack[ComparisonOptions],
) -> xr.Dataset:
    """Estimate what scenarios cost each payer relative to the baseline, in total and per point of share.

    Parameters
    ----------
    outcomes : shares for which the cost per point is computed; None = the headlines of the case.
    actor : whose costs are reported first: a sponsor, a group of markets, an economy, or "world"; None = that
        of the case.
    scenarios, runs, options : as in :func:`lockin_sim.compare`.

    Returns
    -------
    Dataset
        Over (scenario, item, payer, year), USD bn, cumulative: ``level``, ``effect``, the mean paired
        difference from the baseline (zero before a policy's first year), its 95 % interval (Student's t) and
        ``pairs_used``.  Items: loans, state support, work in standards bodies, training, early replacement
        and their total; payers: each sponsor, other states, governments together, adopters, the actor's own
        buyers, and the actor: its public money and that of its buyers.  Prices of work in bodies, training
        and replacement are those of :mod:`.costs_by_payer`, drawn by run with a ``posterior``.
        ``cost_per_point`` (scenario, payer, outcome, year): total cost in USD bn per point (0.01) by which
        the outcome moved in either direction, with Fieller's interval over pairs; NaN where the interval of
        the effect includes zero.
    """
    whose, world = add_actor_group(take_world(options), actor)
    options["world"] = world = with_places(world, outcomes)
    part = build_cost_part(world, outcomes, whose, drawn=options.get("posterior") is not None)
    return compare_parts([part], scenarios, runs=runs, **options)["public_cost"]


#: Variables behind costs.
OF_COSTS = (
    *("grant_equivalent", "subsidies", "standards_work", "training"),
    *("early_replacement", "group_early_replacement"),
)


def build_cost_part(
    world: World, chosen: Sequence[str] | str | None, actor: str = WORLD, *, drawn: bool = False
) -> ComparisonPart:
    """Build the part of a comparison that measures costs and costs per point.

    chosen  names of outcomes that are shares; None = those among the headlines of the world's case
    actor   whose buyers are a group of the world;  drawn  whether prices differ between runs
    Raises InputError for an outcome that is no share, and for an empty selection.
    """
    known = _select_share_outcomes(world, chosen)
    reduce = partial(compute_cost_arrays, chosen=tuple(known), actor=actor, drawn=drawn)
    build = partial(_build_cost_dataset, chosen=tuple(known), actor=actor)
    return ComparisonPart("public_cost", reduce, build, (*list_recorded_variables(known.values()), *OF_COSTS))


def compute_cost_arrays(
    ds: xr.Dataset, world: World, *, chosen: Sequence[str], actor: str = WORLD, drawn: bool = False
) -> dict[str, Floats]:
    """Compute costs by item and payer, and the chosen shares.

    Returns ``cost`` (run, item, payer, year), cumulative USD bn, NaN in the first year, and each share by
    name, (run, year).  actor, drawn  as in :func:`build_cost_part`
    """
    who, (seed, runs) = list_payers(world), read_seed_and_runs(ds)
    paid = np.zeros((ds.sizes["run"], len(ITEMS), len(who), ds.sizes["year"]))
    sponsors, others = len(world.sponsors), who.index(OTHER_STATES)
    paid[:, ITEMS.index(LOANS), :sponsors] = ds["grant_equivalent"].transpose("run", "sponsor", "year").values
    by_vendor = ds["subsidies"].transpose("run", "domain", "vendor", "year").values
    for d, s in np.argwhere(world.slot_vendor >= 0):
        payer = others if world.slot_sponsor[d, s] == sponsors else world.slot_sponsor[d, s]
        paid[:, ITEMS.index(SUPPORT), payer] += by_vendor[:, d, world.slot_vendor[d, s]]
    work = ds["standards_work"].transpose("run", "sponsor", "body", "year").values
    paid[:, ITEMS.index(WORK), :sponsors] = compute_standards_work_cost(
        work, world.body_names, seed, runs, drawn=drawn
    )
    gained = ds["training"].transpose("run", "sponsor", "year").values
    paid[:, ITEMS.index(TRAINING), :sponsors] = compute_training_cost(gained, seed, runs, drawn=drawn)
    price = draw_price(REPLACEMENT, seed, runs, drawn=drawn)[:, None]
    own = ds["group_early_replacement"].isel(group=world.group_names.index(actor))
    for payer, value in ((ADOPTERS, ds["early_replacement"]), (OWN_BUYERS, own)):
        early = value.transpose("run", "domain", "year").values.sum(axis=1)
        paid[:, ITEMS.index(REPLACED), who.index(payer)] = price * early
    buyers = [who.index(payer) for payer in (ADOPTERS, OWN_BUYERS, OTHER_BUYERS)]
    paid[:, :, buyers[2]] = paid[:, :, buyers[0]] - paid[:, :, buyers[1]]
    paid[:, :, who.index(GOVERNMENTS)] = paid[:, :, : sponsors + 1].sum(axis=2)
    paid[:, :, who.index(ACTOR)] = paid[:, :, who.index(OWN_BUYERS)]
    if actor == WORLD or actor in world.sponsors:
        public = GOVERNMENTS if actor == WORLD else actor
        paid[:, :, who.index(ACTOR)] += paid[:, :, who.index(public)]
    paid[:, ITEMS.index(TOTAL)] = paid[:, :-1].sum(axis=1)
    total = np.full(paid.shape, np.nan)
    total[..., 1:] = np.cumsum(paid[..., 1:], axis=-1)  # nothing is paid in the initial year
    return {"cost": total} | {
        name: outcome.of(ds, world) for name, outcome in select_outcomes(world, chosen).items()
    }


def _select_share_outcomes(world: World, chosen: Sequence[str] | str | None) -> dict[str, Outcome]:
    """Select outcomes that are shares, by name; None = those among the headlines of the world's case.

    Raises InputError for an outcome that is not a share, and for an empty selection.
    """
    if chosen is None:
        return {
            name: o
            for name, o in select_outcomes(world, select_headlines(world)).items()
            if o.unit == "share"
        }
    known = select_outcomes(world, (chosen,) if isinstance(chosen, str) else chosen)
    if not known:
        raise unusable("outcomes", found=chosen, allowed="at least one that is a share")
    for name, outcome in known.items():
        if outcome.unit != "share":
            raise unusable("outcomes", words=f"{name}, {outcome.unit}", allowed="outcomes that are shares")
    return known


def _build_cost_dataset(runs: ComparedRuns, *, chosen: Sequence[str], actor: str) -> xr.Dataset:
    """Build the dataset of costs and costs per point, with the actor among its attributes."""
    known = select_outcomes(runs.world, chosen)
    data = runs.effect("cost", ("item", "payer", "year"), "USD bn, cumulative")
    labels = {
        "item": list(ITEMS),
        "payer": list_payers(runs.world),
        "outcome": list(chosen),
        "outcome_label": ("outcome", [known[name].label for name in chosen]),
    }
    return runs.dataset(data | _compute_cost_per_point(runs, chosen), labels).assign_attrs(actor=actor)


def _compute_cost_per_point(runs: ComparedRuns, chosen: Sequence[str]) -> Variables:
    """Compute the cost per point moved, with Fieller's interval and the pairs used.

    Returns variables over (scenario, payer, outcome, year); an empty dictionary without outcomes.
    """
    if not chosen:
        return {}
    results = []
    for scenario in runs.scenarios:
        paid, base = runs.of(scenario, "cost"), runs.base("cost")
        cost = difference(paid, base)[:, -1]  # (run, payer, year)
        of_one = []
        for name in chosen:
            moved = difference(runs.of(scenario, name), runs.base(name)) / POINT  # (run, year)
            direction = np.where(np.nansum(moved, axis=0) < 0, -1.0, 1.0)
            whole = np.broadcast_to((direction * moved)[:, None], cost.shape)
            of_one.append(estimate_ratio(cost, whole, runs.how.draws))
        results.append([np.stack(values, axis=1) for values in zip(*of_one, strict=True)])
    axes, text = ("scenario", "payer", "outcome", "year"), "cumulative cost per point moved"
    about = {
        "cost_per_point": build_variable_attributes(UNIT, text),
        "cost_per_point_low": build_variable_attributes(
            UNIT, f"{text}: lower end of Fieller's 95 % interval"
        ),
        "cost_per_point_high": build_variable_attributes(
            UNIT, f"{text}: upper end of Fieller's 95 % interval"
        ),
        "cost_per_point_pairs_used": build_variable_attributes(
            "runs", f"{text}: pairs of runs that define it"
        ),
    }
    return {
        key: (axes, np.stack(values), said)
        for (key, said), values in zip(about.items(), zip(*results, strict=True), strict=True)
    }
