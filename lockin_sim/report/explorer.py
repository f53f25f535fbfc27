"""Numbers that a reader may look through without a network: by measure, group and year, and on a map."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from lockin_sim.conventions import Floats
from lockin_sim.plots.kit.maps import equal_earth, world_map
from lockin_sim.report.evidence import Evidence, known
from lockin_sim.wording import opening, unit_of
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

#: Width and height of the map, and the least distance between points of an outline, in its own units.
WIDTH, HEIGHT, NEAR = 960, 470, 1.2

#: Measures by group that can be looked through, after those of the sponsors and the family of the case.
MEASURES = ("coverage", "surplus", "price_paid", "retention")
GROUPS = (
    *("world", "abroad", "EU", "Africa", "south_and_south_east_asia", "income:low", "income:lower_middle"),
    *("income:upper_middle", "income:high", "BRI"),
)


def explorer(evidence: Evidence) -> dict[str, Any] | None:
    """Effects by measure, group, year and policy; None without them."""
    study = evidence.study("by_group")
    if study is None or not evidence.policies:
        return None
    of_case = [f"dependence_sensitive_{s}" for s in evidence.sponsors] + [f"{evidence.case.family}_sensitive"]
    measures, groups = known([*of_case, *MEASURES], study, "measure"), known(GROUPS, study, "group")
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
        "effects": _numbers(picked, ("measure", "group", "year", "scenario"), [u.factor for u in units]),
    }
    return {"data": _embedded(data), "measures": data["measures"], "groups": data["groups"],
            "years": data["years"]}  # fmt: skip


def economy_map(evidence: Evidence) -> dict[str, Any] | None:
    """Outlines of economies, and effects on each by policy and sponsor; None without them."""
    study = evidence.study("by_country")
    if study is None or evidence.featured is None:
        return None
    measures = known([f"dependence_{s}" for s in evidence.sponsors], study, "measure")
    policies = sorted(known(evidence.ranked(evidence.headline), study, "scenario"), key=evidence.title)
    if not measures or not policies:
        return None
    picked = study.sel(scenario=policies, measure=measures)
    codes = [str(code) for code in study["country"].values]
    outlines = world_map().economies
    data = {
        "economies": [name_of("country", code) for code in codes],
        "effects": _numbers(picked, ("measure", "scenario", "country"), [100.0] * len(measures)),
    }
    return {
        "data": _embedded(data),
        "paths": [
            (at, data["economies"][at], _path(outlines[code]))
            for at, code in enumerate(codes)
            if code in outlines
        ],
        "measures": [
            f"Dependence on {evidence.sponsors[m.removeprefix('dependence_')]} vendors" for m in measures
        ],
        "policies": [evidence.title(p) for p in policies],
        "chosen": policies.index(evidence.featured),
        "year": evidence.last,
        "box": f"0 0 {WIDTH} {HEIGHT}",
    }


def _numbers(study: xr.Dataset, axes: tuple[str, ...], factors: list[float]) -> list[Any]:
    """Mean and ends of every cell, the first axis times factors, three significant digits, None for none."""
    stacked = np.stack(
        [study[n].transpose(*axes).values for n in ("effect", "effect_low", "effect_high")], axis=-1
    )
    stacked = stacked * np.reshape(factors, (-1, *[1] * (stacked.ndim - 1)))

    def plain(values: Any) -> Any:
        """Numbers with three significant digits, None for what is undefined."""
        if isinstance(values, list):
            return [plain(value) for value in values]
        return float(f"{values:.3g}") if np.isfinite(values) else None

    return list(plain(stacked.tolist()))


def thinned(outline: Floats, near: float) -> list[Floats]:
    """Points of an outline but those that are nearer than so much to the one before."""
    kept = [outline[0]]
    for point in outline[1:]:
        if np.abs(point - kept[-1]).max() >= near:
            kept.append(point)
    return kept


def _path(rings: list[Any]) -> str:
    """An outline as the path of an SVG, in whole pixels, points that are near each other left out."""
    parts = []
    middle = world_map().central_meridian
    for ring in rings:
        at = equal_earth(ring[:, 0], ring[:, 1], middle)
        xy = np.column_stack([WIDTH * (at[:, 0] / 5.42 + 0.5), HEIGHT * (0.52 - at[:, 1] / 2.65)])
        kept = thinned(xy, NEAR)
        if len(kept) >= 3:
            parts.append("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in kept) + "Z")
    return "".join(parts)


def _embedded(data: dict[str, Any]) -> Markup:
    """JSON that can stand inside a script element: nothing in it can end that."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
