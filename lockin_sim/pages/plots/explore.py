"""Draw what a calibration learns about parameters and facts."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import listed
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.figures import figure
from lockin_sim.pages.plots.kit.style import FAINT, INK, QUIET, RISE, SMALL, TEXT
from lockin_sim.settings.parameters import collect_declarations, parameter_title

#: A parameter is called known better where less than this of its spread is left.  The method takes something
#: from all, also from those that no fact is about.
_LEARNT = 0.5

_FACTS = 6  # most rows of a subject


@figure(of="calibration")
def learnt(posterior: xr.Dataset, *, title: str | None = None) -> Figure:
    """Draw the range of every parameter given the record, within its prior range; narrowest first.

    Parameters
    ----------
    posterior
        of :func:`lockin_sim.calibrate`
    title
        the finding; by default which parameters the record narrows
    """
    _check(posterior, "learnt")
    ordered = posterior.sortby("learnt")
    names, left = ordered["parameter"].values.tolist(), ordered["learnt"].values
    titles, narrow = [parameter_title(name) for name in names], int((left < _LEARNT).sum())
    finding = f"The record halves the spread of none of {len(names)} parameters"
    if narrow:
        most = listed(titles[: min(narrow, 4)])
        finding = f"The record at least halves the spread of {narrow} of {len(names)} parameters, {most} most"
    figure, (ax,) = kit.build_row_sheet(
        title or finding,
        "Bar: nine in ten draws that fit the record, over the range that was tried (the whole width). Tick: "
        "the default. Number: part of the spread that is left; some is lost by the method, also where the "
        "record says nothing.",
        titles,
        width=9.0,
        row=0.21,
        more=0.2,
        right=0.7,
        bottom=0.5,
    )
    for row, name in enumerate(names):
        declared, known = collect_declarations()[name], left[row] < _LEARNT
        low, high = declared.range
        ends = [float(ordered[end].values[row]) for end in ("low", "high")]
        *ends, mark = ((at - low) / (high - low) for at in (*ends, float(declared.default)))
        kit.draw_thick_bar(ax, row, [0, 1], FAINT, 1)
        kit.draw_thick_bar(ax, row, np.clip(ends, 0, 1), RISE if known else QUIET, 2)
        ax.plot([mark] * 2, [row - 0.38, row + 0.38], color=INK, linewidth=1.4, zorder=3)
        ax.annotate(
            f"{left[row]:.2f}",
            (1.02, row),
            va="center",
            fontsize=SMALL,
            color=INK if known else QUIET,
            annotation_clip=False,
        )
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["lowest tried", "middle", "highest tried"])
    return figure


@figure(of="calibration")
def recorded(posterior: xr.Dataset, *, title: str | None = None) -> Figure:
    """Draw recorded facts beside single runs, over the prior and over the posterior; worst fits first.

    Parameters
    ----------
    posterior
        of :func:`lockin_sim.calibrate`
    title
        the finding; by default how many facts lie in the interval
    """
    _check(posterior, "recorded")
    names = [f"{stem}_{end}" for stem in ("prior", "posterior") for end in ("low", "high")]
    fact, mean, *ends = (posterior[name].values for name in ("recorded", "posterior_mean", *names))
    low, high = ends[2:]
    met, gap = (fact >= low) & (fact <= high), np.abs(mean - fact)
    off = np.divide(gap, high - low, out=np.zeros_like(gap), where=high > low)
    subjects = posterior["subject"].values
    places = {subject: np.flatnonzero(subjects == subject) for subject in dict.fromkeys(subjects.tolist())}
    chosen = {subject: at[np.argsort(-off[at])[:_FACTS]] for subject, at in places.items()}
    texts = posterior["fact_label" if "fact_label" in posterior else "fact"].values  # none in older datasets
    left = kit.compute_name_room([str(texts[k]) for some in chosen.values() for k in some], SMALL)
    figure, axes = kit.build_sheet(
        title or f"{int(met.sum())} of {met.size} recorded facts lie where nine in ten runs do",
        "Dot: recorded. Thick: where nine in ten single runs lie, over parameters that fit the record. "
        f"Thin: over all that was tried. Of each subject up to {_FACTS} facts, worst met first.",
        width=9.6,
        body=sum(0.22 * len(some) + 0.5 for some in chosen.values()),
        grid=(len(chosen), 1),
        left=left,
        right=0.3,
        bottom=0.4,
        gap=(0.0, 0.5),
        height_ratios=[len(some) + 0.6 for some in chosen.values()],
    )
    for ax, (subject, some) in zip(axes[:, 0], chosen.items(), strict=True):
        kit.label_rows(ax, [str(texts[k]) for k in some])
        ax.tick_params(axis="y", labelsize=SMALL)
        ax.set_title(subject, loc="left", fontsize=TEXT, fontweight="bold", color=INK, pad=3)
        for row, k in enumerate(some):
            before, after = ([float(end[k]) for end in pair] for pair in (ends[:2], ends[2:]))
            ax.plot(before, [row, row], color=QUIET, linewidth=1.0, solid_capstyle="projecting")
            ax.plot(after, [row, row], color=QUIET, linewidth=4.0, solid_capstyle="butt")
            ax.plot([fact[k]], [row], marker="o", markersize=6, color=INK, markeredgecolor="white")
    return figure


def _check(posterior: xr.Dataset, variable: str) -> None:
    """Refuse a dataset that is not of a calibration."""
    if variable not in posterior:
        raise unusable(
            "posterior", found=list(posterior.data_vars), allowed="a dataset of lockin_sim.calibrate"
        )
