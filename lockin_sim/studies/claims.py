"""The claims about lock-in as counterfactuals: switch one mechanism off and see what moves, and where.

Each switch is compared with the same runs in full, on the same luck, for the world, for markets abroad
(without China, Hong Kong and Macao), and for those of them that were greenfield in 2010 or built by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np

from lockin_sim.conventions import RUNS, Floats
from lockin_sim.errors import unusable
from lockin_sim.reader import MIDDLE
from lockin_sim.scenario import Scenario, load_scenario
from lockin_sim.statistics import weighted_mean
from lockin_sim.studies.contrast import Arm, Measure, Options, Trial, changed, estimate, mean, setup
from lockin_sim.studies.futures import futures_of
from lockin_sim.studies.outcomes import group_sizes, held_by, named_vendors
from lockin_sim.studies.variants import VARIANTS, Variant, with_lead
from lockin_sim.world import World
from lockin_sim.world.names import adjective, name_of

if TYPE_CHECKING:
    import xarray as xr

#: Groups of markets; abroad is the last two together.
GROUPS = ("world", "abroad", "greenfield", "built_2010")

_RECORD = ("installed", "group_retention", "group_vendor_share", "group_standard_share")

#: Runs of a chunk: whole bases are recorded, 34 MB a run of the bundled world.
_CHUNK = 8


#: Mechanisms that are switched off; or a lead that the vendors under study are given.
SWITCHES = VARIANTS["claims"]

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


def claims(*, draws: bool = True, runs: int = RUNS.mechanisms, **options: Unpack[Options]) -> xr.Dataset:
    """Effect of switching each mechanism off, on the same luck.

    The horizon is the last of the years; the middle year is 2035 or, if that is later, the horizon.

    Parameters
    ----------
    draws : each run is a future of its own, with a draw that fits the record and one way to build the model,
        see :func:`lockin_sim.futures`, so that intervals hold over all three; False = as declared.
    runs, options : as in :func:`lockin_sim.compare`.

    Returns
    -------
    Dataset
        Over (switch, measure, group): ``full``, mean of the runs in full; ``effect``, mean paired difference
        from it, with the ends ``effect_low`` and ``effect_high`` of its 95 % interval; ``pairs_used``, the
        runs behind it: runs in which a measure is not defined are left out.  All are shares.
    """
    options.setdefault("chunk", _CHUNK)
    how = setup(runs, **options)
    world = how.world
    missing = [name for name in GROUPS if name not in world.group_names]
    if missing or not world.case.family:
        needed = f"one with the groups {', '.join(GROUPS)}, a family and a sponsor under study"
        raise unusable("world", found=world.name, allowed=needed)
    how.parameters.check_runs(runs)
    values, posterior = how.parameters, ""
    if draws:
        drawn = futures_of(
            None, runs, method=None, alternatives=None, posterior=None, given=options.get("parameters"),
            seed=how.seed,
        )  # fmt: skip
        values, posterior = drawn.by_run(values, 1), drawn.posterior
    when = {"first": how.years[0], "middle": min(MIDDLE, how.years[1]), "last": how.years[1]}
    labels = {name: text.format(**when) for name, text in measures_of(world).items()}
    measure = Measure(
        measures, ("measure", "group"), {"measure": list(labels), "group": list(GROUPS)}, _RECORD
    )
    arms = {("full",): Arm(load_scenario("baseline"), parameters=values)}
    for name, switch in SWITCHES.items():
        own = with_lead(world, world.case.sponsors[0], switch.lead, "abroad") if switch.lead else None
        arms[name,] = Arm(_scenario(switch), world=own, parameters=values)
    kept = Trial(("switch",), arms, measure, how).run()["claims"]
    full = kept.sel(switch="full", drop=True)
    effect = kept.sel(switch=list(SWITCHES)) - full
    titles = {
        "switch_label": ("switch", [switch.title.format(**when) for switch in SWITCHES.values()]),
        "switch_hash": ("switch", [_scenario(switch).hash for switch in SWITCHES.values()]),
        "measure_label": ("measure", list(labels.values())),
    }
    found = mean("share", full=full).drop_vars("full_runs_used").assign(estimate("share", effect=effect))
    return found.assign_coords(titles).assign_attrs(how.attributes(posterior=posterior))


def _scenario(switch: Variant) -> Scenario:
    """The scenario of a switch, with what it sets."""
    return changed(load_scenario(switch.scenario), switch.settings)


def measures(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """All measures of some runs, ``claims`` (run, measure, group).  Needs group shares and ``installed``."""
    years = np.asarray(ds["year"].values)
    middle = int(np.flatnonzero(years <= MIDDLE)[-1])
    sizes = group_sizes(ds, world, GROUPS)
    at = {"middle": middle, "horizon": len(years) - 1}
    # of ten years to the middle one, by what is renewed
    ten = slice(max(1, middle - 9), middle + 1)
    renewed = ds["group_retention"].sel(group=list(GROUPS)).transpose("run", "group", "year", "domain")
    kept = renewed.values[:, :, ten].reshape(ds.sizes["run"], len(GROUPS), -1)
    retention = weighted_mean(kept, sizes[:, ten].reshape(len(GROUPS), -1))
    found = {"retention": retention, "persistence": _persistence(ds, world, middle)}
    family, sponsor = world.case.family, world.case.sponsors[0]
    for when, step in at.items():
        now = ds.isel(year=step).sel(group=list(GROUPS))
        share = now["group_standard_share"].sel(standard=family).transpose("run", "group", "domain").values
        vendors = now["group_vendor_share"].transpose("run", "group", "domain", "vendor").values
        held = held_by(world, [sponsor], vendors)[..., 0]
        for name, values in ((f"{family}{{}}_{when}", share), (f"dependence{{}}_{sponsor}_{when}", held)):
            for among, weight in (("", 1.0), ("_sensitive", world.sensitive)):
                found[name.format(among)] = weighted_mean(values, sizes[:, step] * weight)
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
