"""Winners and losers: what a policy moves by group of markets, and by domain.

The same measures for the vendors of China, the USA and the EU.  Adopters' surplus and price stand beside
shares; nothing here says which direction is good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.scenario import Named
from lockin_sim.studies.outcomes import group_sizes, held_by, weighted_mean
from lockin_sim.studies.parts import Part, Runs, compare_parts
from lockin_sim.studies.registry import sponsors
from lockin_sim.world import World
from lockin_sim.world.case import bundled_case, case_of
from lockin_sim.world.names import group_name, name_of

if TYPE_CHECKING:
    import xarray as xr


class Measure(NamedTuple):
    """Something measured by group and domain: unit, label, the variable behind it, and of what in it."""

    unit: str
    label: str
    variable: str
    sponsor: str = ""  # share of this sponsor's vendors
    sensitive: bool = False  # over the domains in which restrictions bite


def measures(world: World) -> dict[str, Measure]:
    """All measures that a world has, by name."""
    price = "relative to the industry mean cost of 2010"
    found = {
        "surplus": Measure("utility", "adopters' expected utility at renewal", "group_surplus"),
        "coverage_surplus": Measure(
            "utility", "what new coverage is worth to those who had none", "group_coverage_surplus"
        ),
        "coverage": Measure("share", "coverage, a part of all that could be installed", "group_coverage"),
        "price_paid": Measure(price, "price paid after finance", "group_price_paid"),
        "retention": Measure("share", "renewed base that its incumbent kept", "group_retention"),
    }
    for sponsor, adjective in sponsors(world).items():
        vendors, base, alike = f"{adjective} vendors", "group_vendor_share", "group_economies_share"
        among = f"dependence on {vendors}"
        sold = Measure("share", f"sales of {vendors}", "group_sales_share", sponsor)
        found |= {
            f"dependence_{sponsor}": Measure("share", among, base, sponsor),
            f"dependence_sensitive_{sponsor}": Measure(
                "share", f"{among}, sensitive infrastructure", base, sponsor, True
            ),
            f"dependence_economies_{sponsor}": Measure(
                "share", f"{among}, sensitive infrastructure, mean over economies", alike, sponsor, True
            ),
            f"sales_{sponsor}": sold,
        }
    if family := world.case.family:
        standard, label = "group_standard_share", f"share of {name_of('standard', family)}"
        found[f"{family}_share"] = Measure("share", label, standard)
        found[f"{family}_sensitive"] = Measure(
            "share", f"{label} in sensitive infrastructure", standard, sensitive=True
        )
    return found


def _values(ds: xr.Dataset, world: World) -> Callable[[Measure], Floats]:
    """A function that gives a measure's values, (run, group, year, domain)."""
    axes, names = ("run", "group", "year", "domain"), list(sponsors(world))

    @cache
    def held(variable: str) -> Floats:
        """What a variable by vendor holds for each sponsor."""
        return held_by(world, names, ds[variable].transpose(*axes, "vendor").values)

    def of(measure: Measure) -> Floats:
        """The variable behind a measure, of its sponsor or family."""
        if measure.sponsor:
            return held(measure.variable)[..., names.index(measure.sponsor)]
        variable = ds[measure.variable]
        if "standard" in variable.dims:
            variable = variable.sel(standard=world.case.family)
        return np.asarray(variable.transpose(*axes).values)

    return of


RECORD = (
    *("group_standard_share", "group_vendor_share", "group_economies_share", "group_sales_share"),
    *("group_retention", "group_surplus", "group_coverage", "group_coverage_surplus", "group_price_paid"),
)


def by_group(scenarios: Sequence[Named] | Named, **how: Any) -> xr.Dataset:
    """Effects by group of markets: who gains, who loses, and whose vendors sell.

    Arguments as in :func:`lockin_sim.compare`, without ``maps`` and ``width``.
    Returns a dataset over (scenario, measure, group, year): ``level``, mean over ``runs_used``; ``effect``,
    mean paired difference from the baseline, with the ends ``effect_low`` and ``effect_high`` of its 95 %
    interval (Student's t) and ``pairs_used``.  Measures: coverage; adopters' surplus at renewal and of
    new capacity, price paid, retention; dependence on and sales share of the vendors of China, the USA and
    the EU, and in sensitive infrastructure also as a mean over economies, large and small alike; share of
    cn2035.  Domains are weighted by the group's market size.  Groups:
    the world, income groups, regions, the EU, members of the Belt and Road, markets by whether they were
    greenfield in 2010.
    Raises InputError for anything that cannot be used.
    """
    return compare_parts([BY_GROUP], scenarios, **how)["by_group"]


def by_domain(scenarios: Sequence[Named] | Named, **how: Any) -> xr.Dataset:
    """The same for the world by domain: a dataset over (scenario, measure, domain, year)."""
    return compare_parts([BY_DOMAIN], scenarios, **how)["by_domain"]


def by_region(found: xr.Dataset) -> xr.Dataset:
    """The rows of :func:`by_group` that say what happens to the vendors under study, region by region.

    Their part of sensitive infrastructure by market size and as a mean over economies, and the share of the
    family under study there; in the groups that cases name.
    """
    case = case_of(found.attrs)
    wanted = [f"{name}_{case.sponsors[0]}" for name in ("dependence_economies", "dependence_sensitive")]
    held = [m for m in (*wanted, f"{case.family}_sensitive") if m in found["measure"].values]
    return found.sel(measure=held, group=[g for g in bundled_case().groups if g in found["group"].values])


def group_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Every measure by group, ``values`` (run, measure, group, year)."""
    size, values = group_sizes(ds, world), _values(ds, world)
    found = (
        weighted_mean(values(measure), size * world.sensitive if measure.sensitive else size)
        for measure in measures(world).values()
    )
    return {"values": np.stack(list(found), axis=1)}


def in_group(ds: xr.Dataset, world: World, name: str, group: str) -> Floats:
    """One measure in one group of markets, (run, year); of what is recorded only its variable is needed."""
    measure, place = measures(world)[name], world.group_names.index(group)
    values = _values(ds.isel(group=[place]), world)(measure)[:, 0]
    size = group_sizes(ds, world, [group])[0]
    return weighted_mean(values, size * world.sensitive if measure.sensitive else size)


def domain_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Every measure by domain, ``values`` (run, measure, domain, year)."""
    values = _values(ds.isel(group=slice(0, 1)), world)
    found = (values(measure)[:, 0].swapaxes(-1, -2) for measure in _per_domain(world).values())
    return {"values": np.stack(list(found), axis=1)}


def _per_domain(world: World) -> dict[str, Measure]:
    """Measures that mean something within a single domain."""
    return {name: measure for name, measure in measures(world).items() if not measure.sensitive}


def _dataset(runs: Runs, axis: str, known: dict[str, Measure], labels: dict[str, Any]) -> xr.Dataset:
    """Effects of the runs, as a dataset along an axis."""
    import xarray as xr

    data = runs.effect("values", ("measure", axis, "year"), "as measure_unit")
    named = {
        "measure": list(known),
        "measure_label": ("measure", [m.label for m in known.values()]),
        "measure_unit": ("measure", [m.unit for m in known.values()]),
    }
    return xr.Dataset(data, coords=runs.coordinates | named | labels, attrs=runs.attributes)


def _groups(runs: Runs) -> xr.Dataset:
    """Effects by group."""
    names = list(runs.world.group_names)
    labels = {"group": names, "group_label": ("group", [group_name(name) for name in names])}
    return _dataset(runs, "group", measures(runs.world), labels)


def _domains(runs: Runs) -> xr.Dataset:
    """Effects by domain."""
    labels = {"domain": list(runs.world.domains)}
    return _dataset(runs, "domain", _per_domain(runs.world), labels)


BY_GROUP = Part("by_group", group_arrays, _groups, RECORD)
BY_DOMAIN = Part("by_domain", domain_arrays, _domains, RECORD)
