"""Plan the figures of a comparison by name, and collect the data of the page's explorer and map."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from lockin_sim.common.conventions import Floats
from lockin_sim.common.findings import PERCENT
from lockin_sim.common.formats import Unit, opening, unit_of
from lockin_sim.comparisons.by_group import select_effects_by_region
from lockin_sim.comparisons.effects_reader import mark_clear_effects
from lockin_sim.pages import plots
from lockin_sim.pages.evidence import PRICE_FELT, Evidence, known
from lockin_sim.world.names import format_label, read_label_column
from lockin_sim.world.recorded import COUNTRY_RECORD

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.pages.plots import Figure

#: Figures still to be drawn, by name.
type Plans = dict[str, Callable[[], Figure]]

#: Further studies with figures, in order.
OF_STUDIES = ("by_domain", "by_group", "chain")

#: The figure of regions, the only one of the report itself.
REGIONS = "regions"

#: Groups of countries shown beside the world and sponsors; a table shows the others.
GROUPS = ("BRI", "Africa", "income:low", "income:lower_middle", "income:upper_middle", "income:high")

#: Number of policies drawn beside the baseline; a table shows the others.
PATHS = 8


def figures_of(evidence: Evidence) -> Plans:
    """Return a function that draws each figure for which the comparison has numbers, by name."""
    plans = _of_outcomes(evidence)
    for name in OF_STUDIES if evidence.policies else ():
        if evidence.study(name) is not None:
            plans |= attempted({name: partial(_of_study, evidence, name)}).get(name, {})
    return plans


def attempted[T](plans: Mapping[str, Callable[[], T]]) -> dict[str, T]:
    """Execute plans, and return the results of those that succeed; each failure is a warning."""
    results: dict[str, T] = {}
    for name, plan in plans.items():
        try:
            results[name] = plan()
        except Exception as error:
            reason = getattr(error, "strerror", None) or error  # not the path of a file that is gone
            text = f"figure {name} is left out, it could not be drawn: {type(error).__name__}: {reason}"
            warnings.warn(" ".join(text.split()), stacklevel=3)
    return results


def _of_outcomes(evidence: Evidence) -> Plans:
    """Plan the figures of the main study."""
    effects, years = evidence.effects, evidence.years
    paths = _moving_most(evidence, evidence.headline) or None
    plans: Plans = {
        "trajectories_headline": partial(plots.trajectories, effects, evidence.headline, scenarios=paths)
    }
    if evidence.policies:
        plans["effects_headline"] = partial(plots.effects, effects, evidence.headline, years=years)
    if (others := f"{evidence.case.family}_others") in evidence.outcomes:
        shown = {evidence.baseline, *_moving_most(evidence, others)}
        some = effects.sel(scenario=[name for name in evidence.scenarios if name in shown])
        plans["two_parts"] = partial(plots.two_parts, some, years=years)
    if any(outcome.startswith("status_") for outcome in evidence.outcomes):
        plans["body_status"] = partial(plots.body_status, effects, standard=evidence.case.family)
    if "dependence" in effects:
        shares = effects["dependence"].isel(domain=0).assign_coords(year=evidence.last)
        plans["leaders"] = partial(plots.leaders, shares)
    return plans


def _moving_most(evidence: Evidence, outcome: str) -> list[str]:
    """Return the policies with the largest clear effects on an outcome; the largest if none is clear."""
    return (evidence.clear(outcome) or evidence.ranked(outcome))[:PATHS]


def _moving(study: xr.Dataset) -> xr.Dataset:
    """Select the policies with any clear effect in a study; all if there is none."""
    axes = [axis for axis in study["effect"].dims if axis != "scenario"]
    moving = mark_clear_effects(study).any(axes)
    return study.sel(scenario=moving.values) if bool(moving.any()) else study


def _of_study(e: Evidence, name: str) -> Plans:
    """Plan the figures of a further study."""
    study, first, last = e.studies[name], e.years[0], e.last
    match name:
        case "by_domain":
            measure = known([f"{e.case.family}_share", "retention"], study, "measure")[0]
            return {"domains": partial(plots.heat_map, _moving(study.sel(measure=measure, year=last)))}
        case "by_group":
            shown = known(["world", *e.sponsors, *GROUPS], study, "group")
            at = _as_prices(e, study.sel(measure="surplus", year=last, group=shown))
            heats = {"groups_surplus": at}
            regions = select_effects_by_region(study)
            if min(regions["effect"].sizes.values()) > 0:
                heats[REGIONS] = regions.isel(measure=0).sel(year=last, scenario=e.ranked_in(study))
            return {name: partial(plots.heat_map, _moving(each)) for name, each in heats.items()}
        case "chain":
            names = ("chain", "chain_alternatives") if study.sizes["alternative"] > 1 else ("chain",)
            return {name: partial(plots.FIGURES[name].draw, study, year=first) for name in names}
    return {}


def _as_prices(evidence: Evidence, study: xr.Dataset) -> xr.Dataset:
    """Convert effects on buyers' surplus to equivalent changes of price, per cent."""
    factor = -100 / evidence.price_weight
    named = {"effect": factor * study["effect"]}  # a gain is a fall: ends and signs swap
    for one, other in (("low", "high"), ("q05", "q95")):
        named |= {f"effect_{one}": factor * study[f"effect_{other}"]}
        named |= {f"effect_{other}": factor * study[f"effect_{one}"]}
    signs = {"effect_above": study["effect_below"], "effect_below": study["effect_above"]}
    about = {"long_name": PRICE_FELT.removesuffix(", %"), "units": "% of the price"}
    without = [name for name in study.coords if str(name).startswith("measure")]
    prices = {name: values.assign_attrs(about) for name, values in named.items()}
    return study.assign(prices | signs).drop_vars(without)


#: Width and height of the map, and the minimum distance between points of an outline, in its units.
WIDTH, HEIGHT, NEAR = 960, 470, 1.2

#: Measures in the explorer, after those of the case's sponsors and family.
MEASURES = ("coverage", "surplus", "price_paid", "retention")
LOOKED_AT = (
    *("world", "abroad", "EU", "Africa", "borrowers", "south_and_south_east_asia", "BRI"),
    *("income:low", "income:lower_middle", "income:upper_middle", "income:high"),
)


def explorer(evidence: Evidence) -> dict[str, Any] | None:
    """Collect effects by measure, group, year and policy; None without such a study."""
    study = evidence.study("by_group")
    if study is None or not evidence.policies:
        return None
    domain = study.attrs["domain"]
    of_case = [f"dependence_{domain}_{s}" for s in evidence.sponsors]
    of_case.append(f"{evidence.case.family}_reach_{domain}")
    measures, groups = known([*of_case, *MEASURES], study, "measure"), known(LOOKED_AT, study, "group")
    if not measures or not groups:
        return None
    picked = study.sel(scenario=evidence.policies, measure=measures, group=groups, year=evidence.years)
    units = [unit_of(str(study["measure_unit"].sel(measure=m).item())) for m in measures]
    labels = [opening(str(study["measure_label"].sel(measure=m).item())) for m in measures]
    data = {
        "measures": [f"{label} ({u.change})" for label, u in zip(labels, units, strict=True)],
        "groups": [opening(str(study["group_label"].sel(group=g).item())) for g in groups],
        "years": evidence.years,
        "policies": [evidence.title(p) for p in evidence.policies],
        "effects": _numbers(picked, ("measure", "group", "year", "scenario"), units),
    }
    return {"data": _embedded(data)} | {name: data[name] for name in ("measures", "groups", "years")}


def economy_map(evidence: Evidence) -> dict[str, Any] | None:
    """Collect outlines of economies, and effects on each by policy and sponsor; None without such a study."""
    from lockin_sim.pages.plots.kit.maps import load_world_map  # loads matplotlib

    study = evidence.study("by_country")
    if study is None or evidence.featured is None:
        return None
    measures = known([f"dependence_{s}" for s in evidence.sponsors], study, "measure")
    policies = sorted(known(evidence.ranked(evidence.headline), study, "scenario"), key=evidence.title)
    if not measures or not policies:
        return None
    picked, layer = (
        study.isel(domain=0).sel(scenario=policies, measure=measures),
        str(study["domain"].values[0]),
    )
    codes = [str(code) for code in study["country"].values]
    outlines = load_world_map().economies
    recorded = study[COUNTRY_RECORD].values if COUNTRY_RECORD in study.coords else [""] * len(codes)
    data = {
        "economies": [
            format_label("country", code) + (f", networks {said}" if said else "")
            for code, said in zip(codes, recorded, strict=True)
        ],
        "effects": _numbers(picked, ("measure", "scenario", "country"), [PERCENT] * len(measures)),
    }
    return {
        "data": _embedded(data),
        "paths": [
            (at, data["economies"][at], map_outline(code))
            for at, code in enumerate(codes)
            if code in outlines
        ],
        "measures": [
            f"{evidence.sponsors[m.removeprefix('dependence_')]} vendors' part of "
            f"{format_label('domain', layer)}"
            for m in measures
        ],
        "policies": [evidence.title(p) for p in policies],
        "chosen": policies.index(evidence.featured),
        "year": evidence.last,
        "box": f"0 0 {WIDTH} {HEIGHT}",
    }


def _numbers(study: xr.Dataset, axes: tuple[str, ...], units: list[Unit]) -> list[Any]:
    """Collect mean, range and clearness (1 or 0) of every cell to three digits; None if undefined.

    units  along the first axis
    """
    ends = ("effect", "effect_q05", "effect_q95")
    arrays = [study[name].transpose(*axes).values for name in ends]
    along = [study.isel({axes[0]: place}) for place in range(len(units))]
    sure = np.stack(
        [mark_clear_effects(at, u).transpose(*axes[1:]) for at, u in zip(along, units, strict=True)]
    )
    factors = np.reshape([unit.factor for unit in units], (-1, *[1] * (sure.ndim - 1)))
    stacked = np.stack([*(factors * each for each in arrays), sure.astype(float)], axis=-1)

    def plain(values: Any) -> Any:
        """Round numbers to three significant digits; None if undefined."""
        if isinstance(values, list):
            return [plain(value) for value in values]
        return float(f"{values:.3g}") if np.isfinite(values) else None

    return list(plain(stacked.tolist()))


def thinned(outline: Floats, near: float) -> list[list[float]]:
    """Drop points of an outline that are closer than ``near`` to the previous one."""
    first, *others = outline.tolist()
    apart = [first]
    for x, y in others:
        if max(abs(x - apart[-1][0]), abs(y - apart[-1][1])) >= near:
            apart.append([x, y])
    return apart


def map_outline(economy: str) -> str:
    """Convert the outline of an economy to an SVG path in whole pixels; "" without an outline.

    Points near their predecessor are dropped.
    """
    from lockin_sim.pages.plots.kit.maps import load_world_map  # loads matplotlib

    parts = []
    for ring in load_world_map().economies.get(economy, ()):
        points = thinned(_on_map(ring), NEAR)
        if len(points) >= 3:
            parts.append("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points) + "Z")
    return "".join(parts)


def map_dot(economy: str) -> tuple[float, float] | None:
    """Return the pixel of the capital of an economy too small to be seen; None for other economies."""
    from lockin_sim.pages.plots.kit.maps import list_dot_economies, load_world_map  # loads matplotlib

    east, north = (
        float(str(read_label_column("countries", f"capital_{part}").get(economy, np.nan)))
        for part in ("longitude", "latitude")
    )
    if not list_dot_economies([economy]) or not np.isfinite([east, north]).all():
        return None
    middle = load_world_map().central_meridian
    x, y = _on_map(np.array([(east - middle + 180) % 360 - 180 + middle, north])).round(1).tolist()
    return x, y


def _on_map(places: Floats) -> Floats:
    """Convert places in degrees, longitude before latitude, to pixels.  (..., 2)."""
    from lockin_sim.pages.plots.kit.maps import load_world_map, project_equal_earth  # loads matplotlib

    flat = project_equal_earth(places[..., 0], places[..., 1], load_world_map().central_meridian)
    return np.stack([WIDTH * (flat[..., 0] / 5.42 + 0.5), HEIGHT * (0.52 - flat[..., 1] / 2.65)], axis=-1)


def _embedded(data: dict[str, Any]) -> Markup:
    """Convert data to JSON that is safe inside a script element."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
