"""What a discovery found, as sentences, rows and a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.analysis.cells import write_records
from lockin_sim.design import factor_title, word_title
from lockin_sim.wording import listed, opening, quoted

if TYPE_CHECKING:
    import xarray as xr


def limits(found: xr.Dataset, box: str) -> list[str]:
    """The limits of a box, each in words; the features that are found again most often come first."""
    at = found.sel(box=box)
    said = []
    for k in np.argsort(-found["recurrence"].values, kind="stable"):
        low, high = float(at["low"][k]), float(at["high"][k])
        if np.isfinite(low) or np.isfinite(high):
            said.append(_limit(str(found["feature"].values[k]), str(found["kind"].values[k]), low, high))
    return said


def _limit(name: str, kind: str, low: float, high: float) -> str:
    """One limit of a box in words."""
    if kind == "word":
        factor, _, word = name.rpartition(" = ")
        shown = quoted(word_title(factor, word))
        return f"{factor_title(factor)} is {'' if np.isfinite(low) else 'not '}{shown}"
    called = factor_title(name)
    if kind == "truth":
        return f"{called} is {'true' if np.isfinite(low) else 'false'}"
    if np.isfinite(low) and np.isfinite(high):
        return f"{called} is between {low:.3g} and {high:.3g}"
    return f"{called} is above {low:.3g}" if np.isfinite(low) else f"{called} is below {high:.3g}"


def sentences(found: xr.Dataset) -> list[str]:
    """In which worlds it fails, how sure that is, and what the second view says."""
    a = found.attrs
    within = f" with {a['within']}" if a["within"] else ""
    share = a["points_failing"] / a["points"]
    said = [
        f"{opening(a['label'])} in {a['year']} fails ({a['failing']}) at {a['points_failing']} of "
        f"{a['points']} points{within}, {100 * share:.0f} %."
    ]
    names = [str(name) for name in found["box"].values]
    if not any(name.startswith("PRIM") for name in names):
        said.append("No box holds failures better than chance: it fails here and there in all worlds tried.")
    for name in names:
        at = found.sel(box=name)
        density, coverage = (100 * float(at[n]) for n in ("density", "coverage"))
        said.append(
            f"{name}: it fails where {at['words'].item()}: {density:.0f} % of the points there fail "
            f"(density), and {coverage:.0f} % of all failures are there (coverage)."
        )
    again = [
        f"{factor_title(found['feature'].values[k])} {100 * found['recurrence'].values[k]:.0f} %"
        for k in np.argsort(-found["recurrence"].values, kind="stable")[:5]
        if found["recurrence"].values[k] > 0
    ]
    if again:
        said.append(
            f"Searched again in {a['resamples']} resamples, boxes limit {listed(again)} of the times; on "
            f"points that they had not seen density is {100 * a['density_outside']:.0f} % and coverage "
            f"{100 * a['coverage_outside']:.0f} %."
        )
    if a["points_dropped"]:
        said.append(f"{a['points_dropped']} points that are not defined were left out.")
    return said


def table(found: xr.Dataset) -> list[dict[str, Any]]:
    """One row a box and feature with a limit, NaN where an end is free; and one a feature without box."""

    def named(box: str, feature: str) -> dict[str, Any]:
        """The cells that say which box and which feature, by name and by title."""
        return {"box": box, "feature": feature, "title": factor_title(feature)}

    rows: list[dict[str, Any]] = []
    for name in found["box"].values.tolist():
        at = found.sel(box=name)
        numbers = {n: float(at[n]) for n in ("density", "coverage", "mass")}
        for k, feature in enumerate(found["feature"].values.tolist()):
            low, high = (float(at[end][k]) for end in ("low", "high"))
            if np.isfinite(low) or np.isfinite(high):
                ends = {
                    "low": low if np.isfinite(low) else np.nan,
                    "high": high if np.isfinite(high) else np.nan,
                }
                rows.append(named(name, feature) | ends | numbers)
    for k, feature in enumerate(found["feature"].values.tolist()):
        along = {n: float(found[n][k]) for n in ("recurrence", "score")}
        rows.append(named("", feature) | along)
    return rows


def write(found: xr.Dataset, path: str | Path) -> Path:
    """Write :func:`table` as CSV; what is free or undefined is blank.  Returns the path."""
    names = ["box", "feature", "title", "low", "high", "density", "coverage", "mass", "recurrence", "score"]
    return write_records(path, names, table(found))
