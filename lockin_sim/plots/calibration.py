"""What a calibration learnt of the parameters, and how the record lies beside the runs."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.errors import unusable
from lockin_sim.parameters import declarations, parameter_title
from lockin_sim.plots.kit.lettering import TEXT
from lockin_sim.plots.kit.style import FAINT, INK, QUIET, RISE, SMALL, room_for, rows_of, sheet
from lockin_sim.wording import listed

#: A parameter is called known better where less than this of its spread is left.
LEARNT = 0.8

#: Rows of the figure of facts for one subject.
MOST = 6


def learnt(posterior: xr.Dataset, *, title: str | None = None) -> Figure:
    """Interval of every parameter after the record was looked at, in its range before; most learnt first.

    posterior  of :func:`lockin_sim.calibrate`
    title      the finding; by default which parameters the record narrows
    """
    _check(posterior, "learnt")
    ordered = posterior.sortby("learnt")
    names = ordered["parameter"].values.tolist()
    rows = [parameter_title(name) for name in names]
    figure, axes = sheet(
        title or _finding(ordered),
        "Bar: interval of 90 % after the record, over the range that was tried (the whole width). Tick: the "
        "default. Number: part of the spread that is left, 1 where the record says nothing.",
        width=9.0, body=0.21 * len(rows) + 0.2, left=room_for(rows), right=0.7, bottom=0.5,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, rows)
    for row, name in enumerate(names):
        low, high = declarations()[name].range
        here = ordered.sel(parameter=name)
        at = [(float(here[end]) - low) / (high - low) for end in ("low", "high")]
        known = float(here["learnt"]) < LEARNT
        ax.plot([0, 1], [row, row], color=FAINT, linewidth=5, solid_capstyle="butt", zorder=1)
        color = RISE if known else QUIET
        ax.plot(np.clip(at, 0, 1), [row, row], color=color, linewidth=5, solid_capstyle="butt", zorder=2)
        default = (float(declarations()[name].default) - low) / (high - low)
        ax.plot([default] * 2, [row - 0.38, row + 0.38], color=INK, linewidth=1.4, zorder=3)
        ax.annotate(f"{float(here['learnt']):.2f}", (1.02, row), va="center", fontsize=SMALL,
                    color=INK if known else QUIET, annotation_clip=False)  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["lowest tried", "middle", "highest tried"])
    return figure


def _finding(ordered: xr.Dataset) -> str:
    """What the record narrows, as a title."""
    known = ordered["parameter"].values[ordered["learnt"].values < LEARNT].tolist()
    total = ordered.sizes["parameter"]
    if not known:
        return f"The record narrows none of {total} parameters by more than a fifth"
    named = listed([parameter_title(name) for name in known[:4]])
    return f"The record narrows {len(known)} of {total} parameters by more than a fifth, {named} most"


def recorded(posterior: xr.Dataset, *, title: str | None = None) -> Figure:
    """Recorded facts beside single runs, over the prior and over the posterior; the worst met.

    posterior  of :func:`lockin_sim.calibrate`
    title      the finding; by default how many facts lie in the interval
    """
    _check(posterior, "recorded")
    scale = posterior["posterior_high"] - posterior["posterior_low"]
    gap = np.abs(posterior["posterior_mean"].values - posterior["recorded"].values)
    off = np.divide(gap, scale.values, out=np.zeros_like(gap), where=scale.values > 0)
    subjects = list(dict.fromkeys(posterior["subject"].values.tolist()))
    chosen = [
        np.flatnonzero(posterior["subject"].values == subject)[
            np.argsort(-off[posterior["subject"].values == subject])[:MOST]
        ]
        for subject in subjects
    ]
    titles = posterior["fact_label" if "fact_label" in posterior else "fact"].values  # none in older datasets
    texts = [[str(titles[k]) for k in some] for some in chosen]
    figure, axes = sheet(
        title or _met(posterior),
        "Dot: recorded. Thick: where 90 % of single runs lie, over what the record leaves of the parameters. "
        f"Thin: over all that was tried. Of each subject up to {MOST} facts, worst met first.",
        width=9.6, body=sum(0.22 * len(some) + 0.5 for some in chosen), grid=(len(subjects), 1),
        left=room_for([text for some in texts for text in some], SMALL), right=0.3, bottom=0.4,
        gap=(0.0, 0.5), height_ratios=[len(some) + 0.6 for some in chosen],
    )  # fmt: skip
    for ax, subject, some, text in zip(axes[:, 0], subjects, chosen, texts, strict=True):
        _subject(ax, posterior.isel(fact=some), subject, text)
    return figure


def _subject(ax: Axes, facts: xr.Dataset, subject: str, texts: list[str]) -> None:
    """One subject's facts: ranges before and after, and what is recorded."""
    rows_of(ax, texts)
    ax.tick_params(axis="y", labelsize=SMALL)
    ax.set_title(subject, loc="left", fontsize=TEXT, fontweight="bold", color=INK, pad=3)
    for row in range(facts.sizes["fact"]):
        one = facts.isel(fact=row)
        ends = {
            stem: [float(one[f"{stem}_{end}"]) for end in ("low", "high")] for stem in ("prior", "posterior")
        }
        ax.plot(ends["prior"], [row, row], color=QUIET, linewidth=1.0)
        ax.plot(ends["posterior"], [row, row], color=QUIET, linewidth=4.0, solid_capstyle="butt")
        ax.plot([float(one["recorded"])], [row], marker="o", markersize=6, color=INK, markeredgecolor="white")


def _met(posterior: xr.Dataset) -> str:
    """How many facts are met, as a title."""
    inside = (posterior["recorded"] >= posterior["posterior_low"]) & (
        posterior["recorded"] <= posterior["posterior_high"]
    )
    return f"{int(inside.sum())} of {inside.size} recorded facts lie where 90 % of runs do"


def _check(posterior: xr.Dataset, variable: str) -> None:
    """Refuse a dataset that is none of a calibration."""
    if variable not in posterior:
        raise unusable(
            "posterior", found=list(posterior.data_vars), allowed="a dataset of lockin_sim.calibrate"
        )
