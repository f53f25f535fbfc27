"""The claims about lock-in as counterfactuals: switch one mechanism off and see what moves, and where.

Each switch is compared with the same runs in full, on the same luck, for the world, for markets abroad
(without China, Hong Kong and Macao), and for those of them that were greenfield in 2010 or built by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import unusable
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import Case, run_cases
from lockin_sim.runs.executors import check_numbers
from lockin_sim.scenario import Scenario, load_scenario
from lockin_sim.statistics import levels, paired
from lockin_sim.studies.contrast import changed
from lockin_sim.studies.futures.drawn import futures_of
from lockin_sim.studies.leads import with_lead
from lockin_sim.studies.options import provenance
from lockin_sim.studies.outcomes import group_sizes, named_vendors, vendors_of, weighted_mean
from lockin_sim.world import World, world_of
from lockin_sim.world.names import adjective, name_of

if TYPE_CHECKING:
    import xarray as xr

#: Groups of markets; abroad is the last two together.
GROUPS = ("world", "abroad", "greenfield", "built_2010")

#: Years at which stocks are read, where the horizon reaches them.  Renewals are counted over ten years to
#: the first.
MIDDLE = 2035

_RECORD = ("installed", "group_retention", "group_vendor_share", "group_standard_share")

#: Runs of a chunk: whole bases are recorded, 34 MB a run of the bundled world.
_CHUNK = 8


class Switch(NamedTuple):
    """A mechanism switched off, by parameters or a scenario; or a lead that Chinese vendors are given."""

    label: str
    parameters: Mapping[str, float] = {}
    scenario: str = "baseline"
    lead: float = 0.0  # part of what was built abroad by the first year

    def applied(self) -> Scenario:
        """The scenario with the parameters set."""
        return changed(load_scenario(self.scenario), self.parameters)


SWITCHES: dict[str, Switch] = {
    "no_switching_cost": Switch("switching costs nothing", {"switching_cost": 0.0}),
    "no_network_effect": Switch(
        "neighbours' and fellow users' choices do not matter",
        {"network_weight": 0.0, "own_network_weight": 0.0},
    ),
    "no_stack": Switch("a country's other layers do not matter", {"stack_weight": 0.0}),
    "no_official": Switch("official standards do not matter to buyers", {"official_weight": 0.0}),
    "no_tastes": Switch(
        "countries and operators have no lasting tastes", {"taste_country": 0.0, "taste_operator": 0.0}
    ),
    "no_bodies": Switch("bodies' standards stay as they are", {"turnover": 0.0}),
    "no_state_finance": Switch("no state lends", scenario="no_state_finance"),
    "no_dsr": Switch("China lends nothing from 2015 on", scenario="no_dsr"),
    "no_state_support": Switch("no state bears part of its vendors' costs", scenario="no_state_support"),
    "first_mover": Switch("Chinese vendors are given 60 % of what was built abroad in {first}", lead=0.6),
}

#: What is measured, of the family and the sponsor that a world's case is about.
MEASURES = {
    "retention": "renewed base that its incumbent kept, ten years to {middle}",
    "persistence": "markets whose largest named vendor of {first} is still the largest in {middle}",
    "{family}_middle": "share of {title} in {middle}",
    "{family}_horizon": "share of {title} in {last}",
    "dependence_{sponsor}_middle": "dependence on {adjective} vendors in {middle}",
    "dependence_{sponsor}_horizon": "dependence on {adjective} vendors in {last}",
    "{family}_sensitive_middle": "share of {title} in sensitive infrastructure in {middle}",
    "{family}_sensitive_horizon": "share of {title} in sensitive infrastructure in {last}",
    "dependence_sensitive_{sponsor}_middle": (
        "dependence on {adjective} vendors, sensitive infrastructure, {middle}"
    ),
    "dependence_sensitive_{sponsor}_horizon": (
        "dependence on {adjective} vendors, sensitive infrastructure, {last}"
    ),
}


def claims(
    *,
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    draws: bool = True,
    runs: int = RUNS.mechanisms,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
) -> xr.Dataset:
    """Effect of switching each mechanism off, on the same luck.

    draws  each run is a future of its own, with a draw that fits the record and one way to build the model,
           see :func:`lockin_sim.futures`, so that intervals hold over all three; False = as declared
    Other arguments as in :func:`lockin_sim.compare`; the horizon is the last of ``years``, the middle year
    2035 or, if that is later, the horizon.
    Returns a dataset over (switch, measure, group): ``full``, mean of the runs in full; ``effect``, mean
    paired difference from it, with the ends ``effect_low`` and ``effect_high`` of its 95 % interval;
    ``pairs_used``, the runs behind it: runs in which a measure is not defined are left out.
    All are shares.
    Raises InputError for anything that cannot be used.
    """
    world = world_of(world)
    missing = [name for name in GROUPS if name not in world.group_names]
    if missing or not world.case.family:
        needed = f"one with the groups {', '.join(GROUPS)}, a family and a sponsor under study"
        raise unusable("world", found=world.name, allowed=needed)
    fixed, years = parameters_of(parameters), world.horizon(years)
    check_numbers(runs, seed, workers, _CHUNK)
    fixed.check_runs(runs)
    given, posterior = fixed, ""
    if draws:
        found = futures_of(
            None, runs, method=None, alternatives=None, posterior=None, given=parameters, seed=seed
        )  # fmt: skip
        given, posterior = found.by_run(fixed, 1), found.posterior
    cases = [Case("full", load_scenario("baseline"), measures, given, _RECORD, _CHUNK)]
    cases += [
        Case(name, switch.applied(), measures, given, _RECORD, _CHUNK, world=_world(world, switch))
        for name, switch in SWITCHES.items()
    ]
    arrays = run_cases(
        cases, world=world, runs=runs, seed=seed, years=years, workers=workers, progress=progress
    )
    measured = {name: values["claims"] for name, values in arrays.items()}
    made = provenance(world, parameters=fixed, runs=runs, seed=seed, years=years) | {"posterior": posterior}
    return _dataset(measured, measures_of(world), made)


def _world(world: World, switch: Switch) -> World | None:
    """The world of a switch, where it has one of its own."""
    return with_lead(world, world.case.sponsors[0], switch.lead, "abroad") if switch.lead else None


def measures(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """All measures of some runs, ``claims`` (run, measure, group).  Needs group shares and ``installed``."""
    years = np.asarray(ds["year"].values)
    middle = int(np.flatnonzero(years <= MIDDLE)[-1])
    sizes = group_sizes(ds, world, GROUPS)
    at = {"middle": middle, "horizon": len(years) - 1}
    found = {
        "retention": _retention(ds, sizes, slice(max(1, middle - 9), middle + 1)),
        "persistence": _persistence(ds, world, middle),
    }
    for when, step in at.items():
        now = ds.isel(year=step).sel(group=list(GROUPS))
        of_family = now["group_standard_share"].sel(standard=world.case.family)
        share = of_family.transpose("run", "group", "domain").values
        vendors = now["group_vendor_share"].transpose("run", "group", "domain", "vendor").values
        known = np.isfinite(vendors)
        chinese = np.where(known & vendors_of(world, world.case.sponsors[0]), vendors, 0.0).sum(axis=-1)
        chinese = np.where(known.any(axis=-1), chinese, np.nan)
        family, sponsor = world.case.family, world.case.sponsors[0]
        for before, after, values in ((family, "", share), ("dependence", f"_{sponsor}", chinese)):
            found[f"{before}{after}_{when}"] = weighted_mean(values, sizes[:, step])
            sensitive = weighted_mean(values, sizes[:, step] * world.sensitive)
            found[f"{before}_sensitive{after}_{when}"] = sensitive
    return {"claims": np.stack([found[name] for name in measures_of(world)], axis=1)}


def measures_of(world: World) -> dict[str, str]:
    """Measures by name, and what each is, named after the case; years are still to be filled in."""
    of = {"family": world.case.family, "sponsor": world.case.sponsors[0]}
    words = (
        of
        | {"adjective": adjective(of["sponsor"]), "title": name_of("standard", of["family"])}
        | {y: f"{{{y}}}" for y in ("first", "middle", "last")}
    )
    return {name.format(**of): text.format(**words) for name, text in MEASURES.items()}


def _retention(ds: xr.Dataset, sizes: Floats, when: slice) -> Floats:
    """Retention over some years, weighted by market size.  (run, group)."""
    renewals = ds["group_retention"].sel(group=list(GROUPS)).transpose("run", "group", "year", "domain")
    kept = renewals.values[:, :, when]
    weight = sizes[:, when].reshape(len(sizes), -1)
    return weighted_mean(kept.reshape(*kept.shape[:2], -1), weight)


def _persistence(ds: xr.Dataset, world: World, middle: int) -> Floats:
    """Share of the markets with a base whose largest vendor is still the largest, by value.  (run, group).

    Of domains in which vendors exclude one another, and vendors that do not stand for many.
    """
    base = ds["installed"].transpose("run", "year", "domain", "country", "vendor")
    named = named_vendors(world)[:, None]
    first, later = (np.nan_to_num(base.isel(year=step).values) * named for step in (0, middle))
    same = (first.argmax(axis=-1) == later.argmax(axis=-1)).astype(np.float64)
    same[first.sum(axis=-1) <= 0] = np.nan
    same[:, world.bought_by("adopters")] = np.nan
    masks = np.stack([world.group_masks[world.group_names.index(name)] for name in GROUPS])
    weights = world.conditions.of("market_size", ds["year"].values[:1]) * masks
    return weighted_mean(same.reshape(len(same), 1, -1), weights.reshape(len(masks), -1))


def _dataset(arrays: Mapping[str, Floats], labels: Mapping[str, str], made: dict[str, Any]) -> xr.Dataset:
    """Paired effects with labels."""
    import xarray as xr

    full, _ = levels(arrays["full"])
    effect, low, high, used = zip(*(paired(arrays[name], arrays["full"]) for name in SWITCHES), strict=True)
    axes = ("switch", "measure", "group")
    first, last = made["first_year"], made["last_year"]
    when = {"first": first, "middle": min(MIDDLE, last), "last": last}
    return xr.Dataset(
        {
            "full": (axes[1:], full[..., 0], {"units": "share"}),
            "effect": (axes, np.stack(effect), {"units": "share"}),
            "effect_low": (axes, np.stack(low), {"units": "share"}),
            "effect_high": (axes, np.stack(high), {"units": "share"}),
            "pairs_used": (axes, np.stack(used)),
        },
        coords={
            "switch": list(SWITCHES),
            "measure": list(labels),
            "group": list(GROUPS),
            "switch_label": ("switch", [s.label.format(**when) for s in SWITCHES.values()]),
            "switch_hash": ("switch", [s.applied().hash for s in SWITCHES.values()]),
            "measure_label": ("measure", [text.format(**when) for text in labels.values()]),
        },
        attrs=made,
    )
