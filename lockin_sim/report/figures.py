"""The figures of a comparison, by name: as files of its folder and as pictures of its report."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lockin_sim import plots
from lockin_sim.plots.facts import capitals_of
from lockin_sim.report.evidence import Evidence, known
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.plots import Figure

type Figures = dict[str, Figure]

#: Groups of countries that fit side by side, beside the world and sponsors; a table holds the rest.
GROUPS = ("BRI", "Africa", "income:low", "income:lower_middle", "income:upper_middle", "income:high")

#: Policies whose paths are drawn; a table holds the rest.
PATHS = 8

#: Policies of whose window a figure is drawn; a table holds the rest.
WINDOWS = 2


def figures(evidence: Evidence) -> Figures:
    """Every figure that the comparison has numbers for."""
    found = _of_outcomes(evidence)
    if "country_lock_in" in evidence.effects:
        found["lock_in_map"] = _lock_in_map(evidence)
    for name, draw in _OF_STUDIES.items():
        study = evidence.study(name)
        if study is not None and evidence.policies:
            found |= draw(evidence, study)
    return found


def _of_outcomes(evidence: Evidence) -> Figures:
    """Figures of the main study."""
    effects, held, years = evidence.effects, evidence.outcomes, evidence.years
    share = f"{evidence.case.family}_share"
    greenfield = f"dependence_sensitive_{evidence.case.sponsors[0]}_greenfield"
    found: Figures = {"trajectories_abroad": _over_years(evidence, evidence.headline)}
    if evidence.policies:
        found["effects_abroad"] = plots.effects(effects, evidence.headline, years=years)
    if evidence.policies and greenfield in held:
        found["effects_greenfield"] = plots.effects(effects, greenfield, years=years)
    if f"{evidence.case.family}_others" in held:
        found["trajectories"] = _over_years(evidence, share)
        found["two_parts"] = plots.two_parts(effects, years=years)
        if evidence.policies:
            found["effects"] = plots.effects(effects, share, years=years)
    if evidence.sponsors:
        found["dependence"] = plots.dependence(effects, evidence.last, sponsors=list(evidence.sponsors))
    if any(outcome.startswith("status_") for outcome in held):
        found["body_status"] = plots.body_status(effects, standard=evidence.case.family)
    return found


def _over_years(evidence: Evidence, outcome: str) -> Figure:
    """Paths of the policies that move an outcome by more than chance could, the largest effects first."""
    moving = evidence.distinct(outcome)[:PATHS]
    return plots.trajectories(evidence.effects, outcome, scenarios=moving or None)


def _moving(study: xr.Dataset) -> xr.Dataset:
    """Of some effects those policies that have any beyond chance; all where none has."""
    axes = [axis for axis in study["effect"].dims if axis != "scenario"]
    clear = ((study["effect_low"] > 0) | (study["effect_high"] < 0)).any(axes)
    return study.sel(scenario=clear.values) if bool(clear.any()) else study


def _lock_in_map(evidence: Evidence) -> Figure:
    effects = evidence.effects
    countries = [str(c) for c in effects["country"].values]
    return plots.lock_in_map(
        effects["dependence"].values,
        effects["country_lock_in"].values,
        countries,
        [str(s) for s in effects["sponsor"].values],
        capitals=capitals_of(countries),
        when=f"{evidence.base}, ten years to {evidence.last}, all domains",
    )


def _effect_maps(evidence: Evidence, study: xr.Dataset) -> Figures:
    """Where the policy with the largest effect acts, for every sponsor's vendors alike."""
    if evidence.featured not in study["scenario"].values:
        return {}
    at = study.sel(scenario=evidence.featured)
    wanted = [f"dependence_{sponsor}" for sponsor in evidence.sponsors]
    return {f"effect_map_{m}": plots.choropleth(at.sel(measure=m)) for m in known(wanted, study, "measure")}


def _by_domain(evidence: Evidence, study: xr.Dataset) -> Figures:
    measure = known([f"{evidence.case.family}_share", "lock_in", "retention"], study, "measure")[0]
    return {"domains": plots.heat_map(_moving(study.sel(measure=measure, year=evidence.last)))}


def _by_group(evidence: Evidence, study: xr.Dataset) -> Figures:
    shown = known(["world", *evidence.sponsors, *GROUPS], study, "group")
    at = study.sel(measure="surplus", year=evidence.last, group=shown)
    return {"groups_surplus": plots.heat_map(_moving(at))}


def _chain(evidence: Evidence, study: xr.Dataset) -> Figures:
    return {"chain": plots.chain(study, year=evidence.years[0])}


def _channels(evidence: Evidence, study: xr.Dataset) -> Figures:
    at = study.sel(domain="all", drop=True).sel(year=evidence.last)
    at["effect"].attrs["long_name"] = f"share of {name_of('standard', evidence.case.family)}"
    return {"channels": plots.heat_map(at)}


def _window(evidence: Evidence, study: xr.Dataset) -> Figures:
    """Of the policies with the largest effects."""
    at = study.sel(outcome=evidence.outcome_in(study))
    policies = known(evidence.ranked(evidence.headline), study, "scenario")
    drawn = (plots.window_curve(at.sel(scenario=policy)) for policy in policies[:WINDOWS])
    return {f"window_{rank}": figure for rank, figure in enumerate(drawn, start=1)}


def _futures(evidence: Evidence, study: xr.Dataset) -> Figures:
    return {"futures": plots.futures(study.sel(outcome=evidence.outcome_in(study)))}


_OF_STUDIES: dict[str, Callable[[Evidence, xr.Dataset], Figures]] = {
    "by_country": _effect_maps,
    "by_domain": _by_domain,
    "by_group": _by_group,
    "chain": _chain,
    "channels": _channels,
    "window": _window,
    "futures": _futures,
}
