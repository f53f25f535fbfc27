"""All studies of one comparison in one call, and the folder of ``lockin compare`` with their results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockin_sim.common.errors import whole_number
from lockin_sim.common.statistics import STATISTICS
from lockin_sim.runs.context import rehearsed
from lockin_sim.runs.results import tidy, write_datasets, write_frame, write_manifest, write_table
from lockin_sim.settings.scenario import Named
from lockin_sim.settings.titles import DEFINITION, FILE, files_of, label_of
from lockin_sim.studies.actors import Actor, with_actor
from lockin_sim.studies.breakdown import BY_COUNTRY, BY_DOMAIN, BY_GROUP, by_region, cost_part
from lockin_sim.studies.chain import chain
from lockin_sim.studies.comparison import MAPS, Part, compare_parts, effects_of, effects_part
from lockin_sim.studies.contrast import HISTORY, SINGLE_RUNS, chosen_scenarios
from lockin_sim.studies.futures import futures
from lockin_sim.studies.goals import goals_by_name
from lockin_sim.studies.outcomes import Outcome
from lockin_sim.studies.places import headlines, select, with_places
from lockin_sim.studies.rounds import MOST, UNTIL, Wanted, widths_of
from lockin_sim.world import World, world_of
from lockin_sim.world.recorded import COUNTRY_RECORD, NOT_RECORDED

if TYPE_CHECKING:
    import xarray as xr

#: Tables beside the datasets, by dataset, with the variables of each.
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "by_group": {"by_group": ("level", "runs_used", "effect")},
    "by_domain": {"by_domain": ("level", "runs_used", "effect")},
    "by_country": {"by_country": ("level", "runs_used", "effect")},
    "public_cost": {"public_cost": ("level", "runs_used", "effect"), "cost_per_point": ("cost_per_point",)},
    "chain": {"chain": ("effect",), "chain_through": ("through",), "chain_links": ("per_unit",)},
    "futures": {
        "futures": ("effect",),
        "futures_shares": ("share_raises", "share_lowers", "share_unclear", "futures_used", "flips"),
        "futures_regret": ("worst", "regret_mean", "regret_max"),
        "futures_choice": ("maximin", "minimax_regret"),
        "futures_parameters": ("rank_correlation",),
        "futures_expected": ("expected",),
        "futures_split": ("variance", "variance_share"),
        "futures_under": ("expected_under", "futures_under"),
    },
}


def comparison_suite(
    scenarios: Sequence[Named],
    *,
    outcomes: Sequence[str] | None = None,
    baseline: Named = "baseline",
    with_chain: bool = False,
    n_futures: int | None = None,
    seed: int,
    runs: int,
    years: tuple[int, int] | None = None,
    world: World | None = None,
    until: Wanted | None = None,
    most: int = MOST,
    actor: str | None = None,
    **how: Any,
) -> dict[str, xr.Dataset]:
    """Effects, groups, domains, countries and costs from the same runs, with further studies by name.

    with_chain  see :func:`lockin_sim.chain`
    n_futures   number of futures, see :func:`lockin_sim.futures`; None = none;  actor  of costs
    until, most  of the comparison; further studies use the resulting number of runs
    Others as in :func:`lockin_sim.compare`.  Raises InputError before any run.
    """
    base, *others = chosen_scenarios(baseline, scenarios)
    files, world = files_of([baseline, *scenarios]), with_places(world_of(world), outcomes)
    whose, world = with_actor(world, actor)
    years, first = world.horizon(years), select(world, headlines(world) if outcomes is None else outcomes)
    shared = {"baseline": base, "seed": seed, "years": years, "world": world, **how}
    extra: dict[str, Callable[..., Any]] = {}  # functions of runs
    parts = [effects_part(world, outcomes), BY_GROUP, _costs(world, first, whose, how)]
    if with_chain:
        extra["chain"] = partial(chain, **shared)
    if n_futures is not None:
        n, judged = whole_number("futures", n_futures, least=2), [*first, "surplus", *goals_by_name(world)]
        extra["futures"] = partial(futures, others, outcomes=judged, n=n, **shared)
    rehearsed((partial(compute, runs=runs) for compute in extra.values()), before=1, stored=until is None)
    parts[1:2] = [MAPS, BY_GROUP, BY_DOMAIN, BY_COUNTRY]
    shared |= {"until": widths_of(until, world, outcomes), "most": most}
    datasets = compare_parts(parts, others, runs=runs, **shared)
    datasets["effects"], _ = effects_of(datasets, files), datasets.pop("maps")
    runs = datasets["effects"].attrs["runs"]
    return datasets | {name: compute(runs=runs) for name, compute in extra.items()}


def _costs(world: World, chosen: Mapping[str, Outcome], actor: Actor, how: Mapping[str, Any]) -> Part:
    """Costs, and those of a point of every chosen outcome that is a share; of headlines if none is."""
    shares = [name for name, outcome in chosen.items() if outcome.unit == "share"] or None
    return cost_part(world, shares, actor, drawn=how.get("posterior") is not None)


def write_comparison(datasets: Mapping[str, xr.Dataset], folder: Path) -> None:
    """Write all datasets, their tables and the manifest into a folder; ``effects`` must be among them.

    Datasets are complete; tables of the larger ones contain only the years that reports show, and by country
    networks alone.
    """
    places = write_datasets(datasets, folder)
    for name, ds in datasets.items():
        for table, variables in TABLES.get(name, {}).items():
            shown = ds.isel(domain=[0]) if name == "by_country" else ds
            write_table(without_guesses(shown), variables, folder / f"{table}.csv")
    if "by_group" in datasets:
        write_table(by_region(datasets["by_group"]), ("level", "effect"), folder / "by_region.csv")
    effects = datasets["effects"]
    write_levels(effects, folder / "levels.csv")
    write_effects(effects, folder / "effects.csv")
    maps = effects[["dependence"]].assign(year=effects["year"].values[-1], unit="share")
    labels = ("country", COUNTRY_RECORD, "domain", "sponsor", "year", "unit", "dependence")
    columns = {name: name for name in labels if name in maps.variables}
    write_frame(folder / "countries.csv", tidy(maps, ("country", "domain", "sponsor"), columns))
    _write_manifest(effects, folder, places)


def without_guesses(ds: xr.Dataset) -> xr.Dataset:
    """The same without mean levels of economies of which nothing is on record: their range stands alone."""
    if not {COUNTRY_RECORD, "level_q05"} <= {*ds.variables}:
        return ds
    return ds.assign(level=ds["level"].where(ds[COUNTRY_RECORD] != NOT_RECORDED))


def write_levels(effects: xr.Dataset, path: Path) -> None:
    """Write levels of all outcomes: one row per scenario, outcome and year."""
    level = effects["level"].to_dataset("statistic")
    _write_by_outcome(effects.assign(level), (*STATISTICS, "runs_used"), path)


def write_effects(effects: xr.Dataset, path: Path) -> None:
    """Write paired differences from the baseline: one row per scenario, outcome and year."""
    compared = effects.drop_sel(scenario=effects.attrs["baseline"])
    _write_by_outcome(compared, ("effect", "effect_low", "effect_high", *SINGLE_RUNS, "pairs_used"), path)


def _write_by_outcome(effects: xr.Dataset, names: Sequence[str], path: Path) -> None:
    """Write some variables: one row per scenario, outcome and year, with the kind of history in the last
    column."""
    luck = [label_of(effects, HISTORY, str(name)) for name in effects["scenario"].values]
    heads = {"outcome_label": "label", "outcome_unit": "unit"}
    columns = {n: heads.get(n, n) for n in ("scenario", "outcome", *heads, "year", *names, HISTORY)}
    ds = effects.assign_coords({HISTORY: ("scenario", luck)})
    write_frame(
        path, tidy(ds, ("scenario", "outcome", "year"), {name: heads.get(name, name) for name in columns})
    )


def _write_manifest(effects: xr.Dataset, folder: Path, places: Mapping[str, str]) -> None:
    """Write the manifest: version, seed, runs, years, and each scenario with its hash, file, levers and
    parameters."""
    keys = ("version", "world", "world_hash", "seed", "runs", "baseline")
    about = {key: effects.attrs[key] for key in keys}
    drawn = ("posterior", "posterior_digest", "parameters_drawn", "effective_draws")
    about |= {key: effects.attrs[key] for key in drawn if key in effects.attrs}
    if UNTIL in effects.attrs:
        about[UNTIL] = json.loads(effects.attrs[UNTIL])
    about["parameters"] = json.loads(effects.attrs.get("parameters", "{}"))
    about["years"] = [int(y) for y in effects["year"].values[[0, -1]]]
    scenarios: dict[str, dict[str, Any]] = {}
    for name in effects["scenario"].values.tolist():
        said = {key: label_of(effects, f"scenario_{key}", name) for key in ("hash", "question", "source")}
        known = {"history": label_of(effects, HISTORY, name), "file": label_of(effects, FILE, name)}
        changes = json.loads(label_of(effects, DEFINITION, name) or "{}")
        scenarios[name] = said | {key: value for key, value in known.items() if value} | changes
    write_manifest(folder, about | {"scenarios": scenarios, "datasets": dict(places)})
