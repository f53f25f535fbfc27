"""Short account of one economy for the app: recorded and precomputed facts, then results of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from lockin_sim.common.conventions import RUNS
from lockin_sim.common.prose import render_element
from lockin_sim.comparisons.measured_places import replace_place, select_outcomes
from lockin_sim.comparisons.trial import Arm, ArmOptions
from lockin_sim.pages.country_page import (
    CountryFacts,
    build_effect_tables,
    build_layer_cost_table,
    build_neighbour_table,
    build_operator_table,
    compose_known_sentences,
    compose_simulated_sentences,
)
from lockin_sim.pages.exit_page import build_debt_table
from lockin_sim.pages.lock_in_page import build_persistence_table
from lockin_sim.pages.recorded_suppliers import build_recorded_loans_table
from lockin_sim.settings.ensemble import Source
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.studies.country import (
    AS_IS,
    CHOICE,
    CountryPage,
    CountryQuery,
    build_country_attributes,
    build_country_labels,
    classify_arm,
    country,
    find_nearest_economies,
    list_operators,
)
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Ends of a level and of an effect, and what a comparison calls them.
_LEVEL, _EFFECT = {"": "mean", "_low": "q05", "_high": "q95"}, ("", "_low", "_high", "_q05", "_q95")


def render_known_facts(
    world: World,
    economy: str,
    outcome: str,
    *,
    effects: xr.Dataset | None = None,
    year: int,
    alone: bool = True,
) -> str:
    """Render the suppliers of an economy, its neighbours and the effects of policies as HTML, without runs.

    outcome  share of a sponsor's vendors in a layer in which operators buy, for any place
    effects  effects of policies on the outcome in economies and groups, as :func:`lockin_sim.compare` returns
             them; None = recorded facts alone
    alone    whether to include the table of operators, for use without the table from runs
    """
    import xarray as xr

    c = CountryFacts(
        CountryPage(_build_known_dataset(world, economy, outcome, effects, year), xr.Dataset(), None)
    )
    folded = [build_recorded_loans_table(economy) if c.bundled else None]
    folded += [] if effects is None else [build_neighbour_table(c), *build_effect_tables(c)]
    said = [] if effects is None else compose_known_sentences(c)
    return render_element(
        "app.economy", said=said, first=build_operator_table(c) if alone else None, folded=folded
    )


def render_simulated_results(
    economy: str, *, posterior: Source, runs: int = RUNS.pool, **options: Unpack[ArmOptions]
) -> str:
    """Render lock-in, costs of leaving and debt of an economy as HTML, from :func:`lockin_sim.country`.

    Raises InputError as :func:`lockin_sim.country` does.
    """
    c = CountryFacts(country(economy, policies=(), posterior=posterior, runs=runs, **options))
    folded = [
        build_persistence_table(c.trial) if c.trial else None,
        build_layer_cost_table(c),
        build_debt_table(c.plan),
    ]
    return render_element(
        "app.economy", said=compose_simulated_sentences(c), first=build_operator_table(c), folded=folded
    )


def _build_known_dataset(
    world: World, economy: str, outcome: str, effects: xr.Dataset | None, year: int
) -> xr.Dataset:
    """Build the dataset of a country page from precomputed effects and the record.

    Without effects the dataset has coordinates and attributes alone.
    """
    import xarray as xr

    member, domain = select_outcomes(world, [outcome])[outcome].member, outcome.rstrip("]").rpartition(",")[2]
    place = world.countries.index(economy)
    names = () if effects is None else effects["outcome"].values.tolist()
    inside = (g for g, mask in zip(world.group_names, world.group_masks, strict=True) if mask[:, place].any())
    groups = tuple(group for group in inside if replace_place(outcome, group) in names)
    years = (world.first_year, year)
    inquiry = CountryQuery(world, economy, (), domain, find_nearest_economies(world, place), groups, years)
    arms, data = {AS_IS: Arm()}, dict[str, Any]()
    if effects is not None:
        here = effects.sel(outcome=replace_place(outcome, economy), year=year)
        largest = here["scenario"].values[np.argsort(-np.abs(here["effect"].values), kind="stable")]
        tried = {name: Arm(load_scenario(name)) for name in largest.tolist() if name != AS_IS}
        arms |= {name: arm for name, arm in tried.items() if classify_arm(name, arm, world) == CHOICE}
        levels = effects["level"].sel(
            scenario=AS_IS, outcome=[replace_place(outcome, p) for p in inquiry.places]
        )
        at = {end: levels.sel(statistic=name).transpose("outcome", "year") for end, name in _LEVEL.items()}
        data = {f"part{end}": (("place", "year"), part.values) for end, part in at.items()}
        changes = here.sel(scenario=list(arms))
        data |= {f"effect{end}": ("arm", changes[f"effect{end}"].values) for end in _EFFECT}
        data["year"] = effects["year"].values
    labels = build_country_labels(inquiry, arms) | {"operator": list_operators(inquiry)}
    about = build_country_attributes(inquiry, (), member) | {"present": world.present, "world": world.name}
    return xr.Dataset(data, coords=labels, attrs=about)
