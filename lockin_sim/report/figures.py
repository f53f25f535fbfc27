"""The figures of a comparison, by name: as files of its folder and as pictures of its report."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from lockin_sim import plots
from lockin_sim.plots.kit.data import capitals_of
from lockin_sim.report.evidence import PRICE_FELT, Evidence, known
from lockin_sim.studies.breakdown import by_region
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.plots import Figure

type Figures = dict[str, Figure]

#: Figures still to be drawn, by name.
type Plans = dict[str, Callable[[], Figure]]

#: Groups of countries that fit side by side, beside the world and sponsors; a table holds the rest.
GROUPS = ("BRI", "Africa", "income:low", "income:lower_middle", "income:upper_middle", "income:high")

#: Policies that are drawn beside the baseline; a table holds the rest.
PATHS = 8

#: Policies of whose window a figure is drawn; a table holds the rest.
WINDOWS = 2


def figures(evidence: Evidence) -> Figures:
    """Every figure that the comparison has numbers for; a warning names each that cannot be drawn."""
    plans = _of_outcomes(evidence)
    if "country_lock_in" in evidence.effects:
        plans["lock_in_map"] = partial(_lock_in_map, evidence)
    for name, plan in _OF_STUDIES.items():
        study = evidence.study(name)
        if study is not None and evidence.policies:
            plans |= attempted({name: partial(plan, evidence, study)}).get(name, {})
    return attempted(plans)


def attempted[T](plans: Mapping[str, Callable[[], T]]) -> dict[str, T]:
    """What every plan gives; one that fails, for whatever reason, is left out with a warning."""
    done: dict[str, T] = {}
    for name, plan in plans.items():
        try:
            done[name] = plan()
        except Exception as error:
            reason = getattr(error, "strerror", None) or error  # not the path of a file that is gone
            text = f"figure {name} is left out, it could not be drawn: {type(error).__name__}: {reason}"
            warnings.warn(" ".join(text.split()), stacklevel=3)
    return done


def _of_outcomes(evidence: Evidence) -> Plans:
    """Figures of the main study."""
    effects, held, years = evidence.effects, evidence.outcomes, evidence.years
    share = f"{evidence.case.family}_share"
    greenfield = f"dependence_sensitive_{evidence.case.sponsors[0]}_greenfield"
    found: Plans = {"trajectories_abroad": partial(_over_years, evidence, evidence.headline)}
    if evidence.policies:
        found["effects_abroad"] = partial(plots.effects, effects, evidence.headline, years=years)
    if evidence.policies and greenfield in held:
        found["effects_greenfield"] = partial(plots.effects, effects, greenfield, years=years)
    if f"{evidence.case.family}_others" in held:
        found["trajectories"] = partial(_over_years, evidence, share)
        carried = _with_effects(evidence, f"{evidence.case.family}_others")
        found["two_parts"] = partial(plots.two_parts, carried, years=years)
        if evidence.policies:
            found["effects"] = partial(plots.effects, effects, share, years=years)
    if evidence.sponsors:
        found["dependence"] = partial(
            plots.dependence,
            _with_effects(evidence, *(f"dependence_{s}" for s in evidence.sponsors)),
            evidence.last,
            sponsors=list(evidence.sponsors),
        )
    if any(outcome.startswith("status_") for outcome in held):
        found["body_status"] = partial(plots.body_status, effects, standard=evidence.case.family)
    return found


def _with_effects(evidence: Evidence, *outcomes: str) -> xr.Dataset:
    """The baseline and the policies that move one of some outcomes by more than chance could, those that move
    them most; the baseline and all policies where none does."""
    moved = {p: max(abs(evidence.effect(p, o).mean) for o in outcomes) for p in evidence.policies
             if any(evidence.effect(p, o).distinct for o in outcomes)}  # fmt: skip
    most = sorted(moved, key=lambda policy: -moved[policy])[:PATHS] or evidence.policies
    return evidence.effects.sel(scenario=[evidence.baseline, *(p for p in evidence.policies if p in most)])


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
    """The map of dependence and lock-in."""
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


def _effect_maps(evidence: Evidence, study: xr.Dataset) -> Plans:
    """Where the policy with the largest effect acts, for every sponsor's vendors alike."""
    if evidence.featured not in study["scenario"].values:
        return {}
    at = study.sel(scenario=evidence.featured)
    wanted = [f"dependence_{sponsor}" for sponsor in evidence.sponsors]
    shown = known(wanted, study, "measure")
    return {f"effect_map_{m}": partial(plots.choropleth, at.sel(measure=m)) for m in shown}


def _by_domain(evidence: Evidence, study: xr.Dataset) -> Plans:
    """The figure of effects by domain."""
    measure = known([f"{evidence.case.family}_share", "lock_in", "retention"], study, "measure")[0]
    return {"domains": partial(plots.heat_map, _moving(study.sel(measure=measure, year=evidence.last)))}


def _by_group(evidence: Evidence, study: xr.Dataset) -> Plans:
    """Figures of buyers' gain by group, and of the vendors under study region by region."""
    shown = known(["world", *evidence.sponsors, *GROUPS], study, "group")
    at = _as_prices(evidence, study.sel(measure="surplus", year=evidence.last, group=shown))
    plans: Plans = {"groups_surplus": partial(plots.heat_map, _moving(at))}
    regions = by_region(study).sel(year=evidence.years[0])
    for measure in (m for m in map(str, regions["measure"].values) if m.startswith("dependence")):
        plan = partial(plots.heat_map, _moving(regions.sel(measure=measure)))
        plans[f"regions_{measure.removeprefix('dependence_')}"] = plan
    return plans


def _as_prices(evidence: Evidence, study: xr.Dataset) -> xr.Dataset:
    """Effects on what buyers gain as changes of price, per cent."""
    factor = -100 / evidence.price_weight
    named = {
        "effect": factor * study["effect"],
        "effect_low": factor * study["effect_high"],
        "effect_high": factor * study["effect_low"],
    }
    about = {"long_name": PRICE_FELT.removesuffix(", %"), "units": "% of the price"}
    without = [name for name in study.coords if str(name).startswith("measure")]
    return study.assign({n: values.assign_attrs(about) for n, values in named.items()}).drop_vars(without)


def _chain(evidence: Evidence, study: xr.Dataset) -> Plans:
    """The figures of what leads from one to the next, and of what that leans on."""
    found: Plans = {"chain": partial(plots.chain, study, year=evidence.years[0])}
    if study.sizes["alternative"] > 1:
        found["chain_alternatives"] = partial(plots.chain_alternatives, study, year=evidence.years[0])
    return found


def _channels(evidence: Evidence, study: xr.Dataset) -> Plans:
    """The figure of effects by channel."""
    at = study.sel(domain="all", drop=True).sel(year=evidence.last)
    at["effect"].attrs["long_name"] = f"share of {name_of('standard', evidence.case.family)}"
    return {"channels": partial(plots.heat_map, at)}


def _window(evidence: Evidence, study: xr.Dataset) -> Plans:
    """Of the policies with the largest effects."""
    at = study.sel(outcome=evidence.outcome_in(study))
    policies = evidence.ranked_in(study)
    drawn = (partial(plots.window_curve, at.sel(scenario=policy)) for policy in policies[:WINDOWS])
    return {f"window_{rank}": figure for rank, figure in enumerate(drawn, start=1)}


def _futures(evidence: Evidence, study: xr.Dataset) -> Plans:
    """The figure of effects over futures."""
    return {"futures": partial(plots.futures, study.sel(outcome=evidence.outcome_in(study)))}


_OF_STUDIES: dict[str, Callable[[Evidence, xr.Dataset], Plans]] = {
    "by_country": _effect_maps,
    "by_domain": _by_domain,
    "by_group": _by_group,
    "chain": _chain,
    "channels": _channels,
    "window": _window,
    "futures": _futures,
}
