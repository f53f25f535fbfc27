"""Simulate the present and draw it beside the record: docs/present.md, its figure and results/present.csv.

    python tools/make_present.py [--runs 64] [--seed 0]

All numbers come from the runs and the record.  A passage stands between ``<!-- measured: NAME -->`` and
``<!-- end measured -->``; other text is by hand.
"""

from __future__ import annotations

import argparse
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from present_runs import (
    AFTER,
    NETWORKS_4G,
    NETWORKS_5G,
    YEARS,
    After,
    Missed,
    Present,
    Sold,
    after,
    simulated,
    sold,
)

from lockin_sim.common.conventions import RUNS, SEED
from lockin_sim.common.formats import count, opening
from lockin_sim.common.indices import widened
from lockin_sim.common.statistics import quantiles
from lockin_sim.evidence.scores import read_model_error
from lockin_sim.pages.plots.kit.data import capitals_of
from lockin_sim.pages.plots.kit.figures import of_few_colors
from lockin_sim.pages.plots.kit.maps import (
    UNRECORDED,
    MapClass,
    MapStyle,
    build_level_classes,
    check_capitals,
    draw_base_map,
    fill_economies,
    mark_unrecorded,
)
from lockin_sim.pages.plots.kit.style import INK, QUIET, build_sheet, sponsor_color
from lockin_sim.record import SPONSOR
from lockin_sim.record.facts import FIRST
from lockin_sim.runs.results import write_csv
from lockin_sim.world.names import format_label
from lockin_sim.world.recorded import NOT_RECORDED, PARTLY, RECORDED, Recorded

ROOT = Path(__file__).resolve().parent.parent
PAGE, PICTURE, TABLE = ROOT / "docs" / "present.md", "present_maps.png", ROOT / "results" / "present.csv"


#: Misses that are named, and lower ends of classes, per cent.
WORST, STEPS = 20, (0.0, 20.0, 40.0, 60.0, 80.0)

#: Dots per inch and colours of the figure, which are enough on a page.
DOTS, COLORS = 105, 128

_PASSAGE = re.compile(r"(<!-- measured: (\S+) -->\n).*?(<!-- end measured -->)", re.DOTALL)

#: Columns of the table of all economies.
COLUMNS = (
    "economy", "iso3", "networks", "operators_on_record", "operators", "capacity_on_record", "contracts_read",
    "contracts",
    *(f"{what}_{year}" for year in YEARS[:2] for what in ("recorded", "simulated", "low", "high")),
)  # fmt: skip

#: Goals of the figures that the page begins with: points, and per cent of lots.
MOST_OFF, MOST_UNMET, LEAST_APART, MOST_OFF_SALES = {NETWORKS_4G: 11, NETWORKS_5G: 9}, 2, 60, 2


def table(heads: Sequence[str], body: Sequence[Sequence[str]], words: int = 1) -> str:
    """A table in Markdown; the first columns are words, the others numbers."""
    marks = ["---"] * words + ["---:"] * (len(heads) - words)
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, marks, *body))


def write(figure: Figure, path: Path) -> None:
    """Write a figure light enough for a page."""
    found = io.BytesIO()
    figure.savefig(found, format="png", dpi=DOTS, metadata={"Software": None})
    path.write_bytes(of_few_colors(found.getvalue(), COLORS))


# --- numbers ---


def figures(p: Present) -> str:
    """How well the present is met, beside what was aimed at."""
    body = []
    for year, about in ((NETWORKS_4G, "4G, by contracts of 3G and 4G alone"), (NETWORKS_5G, "5G")):
        off, n = p.error(year)
        what = f"mean error of the Chinese part of networks in {year} ({about}), {n} economies, points"
        body.append((what, f"{off:.1f}", f"at most {MOST_OFF[year]}"))
        body.append((f"the same with one number for all, {year}", f"{p.without_runs(year):.1f}", ""))
    body.append(
        (f"of {p.lots} recorded lots not met in {NETWORKS_4G}, %", f"{p.unmet:.1f}", f"at most {MOST_UNMET}")
    )
    high, low = (int(some.sum()) for some in p.apart)
    who = f"recorded high ({high} economies) less recorded low ({low}), never restricted"
    body.append((f"{who}: on record in {NETWORKS_4G}, points", f"{p.gap(p.record[0]):.1f}", ""))
    for place, year in enumerate(YEARS):
        goal = f"at least {LEAST_APART}" if year == NETWORKS_4G else ""
        body.append((f"the same in runs, {year}", f"{p.gap(p.part[:, place].mean(axis=0)):.1f}", goal))
    return table(("", "measured", "target"), body)


def _two(value: float) -> str:
    """Two digits."""
    return f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.1f}"


def counted(p: Present) -> str:
    """How many economies are recorded, partly and not."""
    words = Counter(each.word for each in p.networks)
    return (
        f"Of {len(p.networks)} economies the networks of {words[RECORDED]} are recorded, of {words[PARTLY]} "
        f"partly and of {words[NOT_RECORDED]} not at all."
    )


def missed(p: Present) -> str:
    """Recorded lots that some run does not meet, a table for each reason."""
    return "\n\n".join(
        f"{opening(reason)}:\n\n{_missed([each for each in p.missed if each.reason == reason])}"
        for reason in dict.fromkeys(each.reason for each in p.missed)
    )


def _missed(some: Sequence[Missed]) -> str:
    """Recorded lots that some run does not meet."""
    body = [
        (
            format_label("country", each.country),
            opening(each.operator),
            format_label("vendor", each.vendor),
            _two(100 * each.part),
        )
        for each in some
    ]
    return table(("economy", "operator", "supplier on record", "% not met"), body, words=3)


def worst(p: Present) -> str:
    """The largest misses by name."""
    off = np.stack([p.means(year) - 100 * p.record[place] for place, year in enumerate(YEARS[:2])])
    off[:, p.home] = np.nan
    places = np.argsort(-np.nan_to_num(np.abs(off)), axis=None, kind="stable")[:WORST]
    places = places[np.isfinite(off.ravel()[places])]
    body = []
    for place, country in zip(*np.unravel_index(places, off.shape), strict=True):
        beside = _beside(p, int(place), int(country))
        known = f"{100 * p.covered[place, country]:.0f}"
        body.append((format_label("country", p.world.countries[country]), str(YEARS[place]), known, *beside))
    heads = ("economy", "year", "capacity on record, %", "recorded, %", "simulated, %", "range")
    return table(heads, body, words=2)


def _beside(p: Present, place: int, country: int) -> tuple[str, str, str]:
    """Recorded and simulated parts of an economy in one of the years, and their range, per cent: of runs with
    the model's error."""
    members = np.clip(widened(p.part[:, place, [country]], read_model_error(FIRST)), 0.0, 1.0)
    low, high = 100 * quantiles(members, 0.05, 0.95)[:, 0]
    known, mean = 100 * p.record[place, country], p.means(YEARS[place])[country]
    spread = f"{low:.0f} to {high:.0f}"
    return (f"{known:.0f}" if np.isfinite(known) else "", f"{mean:.0f}", spread)


def economies(p: Present) -> list[tuple[str, ...]]:
    """Every economy beside its record; where nothing is recorded, without a mean.  Shares in per cent."""
    body = []
    for country, of in _named(p):
        code = p.world.countries[country]
        known = (of.operators, of.of, f"{100 * of.part:.0f}", *p.read[country])
        years = [cell for place in range(len(YEARS[:2])) for cell in _cells(p, place, country)]
        body.append((format_label("country", code), code, of.word, *map(str, known), *years))
    return body


def _cells(p: Present, place: int, country: int) -> tuple[str, ...]:
    """Recorded and simulated part of an economy in one of the years, and the ends of its range."""
    recorded, mean, spread = _beside(p, place, country)
    return recorded, mean if p.networks[country].operators else "", *spread.split(" to ")


def _named(p: Present) -> list[tuple[int, Recorded]]:
    """Economies in the order of their names."""
    return sorted(enumerate(p.networks), key=lambda each: format_label("country", p.world.countries[each[0]]))


# --- the figure ---


def maps(p: Present) -> Figure:
    """Recorded and simulated Chinese parts of networks, side by side, a year in each row."""
    countries, places = p.world.countries, check_capitals(p.world.countries, capitals_of(p.world.countries))
    figure, axes = build_sheet(
        _finding(p),
        f"Chinese part of mobile networks, per cent; simulated: mean of {p.runs} runs. Darker: more. Lines: "
        "not recorded in that year, or in the simulated maps in any. Dots: small economies.",
        width=10.0, body=5.1, grid=(2, 2), left=0.05, right=0.05, bottom=0.5, gap=(0.05, 0.25), lead=0.3,
    )  # fmt: skip
    for row, year in enumerate(YEARS[:2]):
        for ax, values, what in zip(
            axes[row], (100 * p.record[row], p.means(year)), ("recorded", "simulated"), strict=True
        ):
            unknown = np.isnan(values) if what == "recorded" else p.unrecorded
            classes = build_level_classes(np.where(unknown, np.nan, values), STEPS, sponsor_color(SPONSOR))
            known = [each for each in classes if each.text != "no value"]
            draw_base_map(ax)
            painted = [(unknown, MapStyle("#FFFFFF")), *(one for each in known for one in each.painted)]
            fill_economies(ax, countries, places, painted)
            mark_unrecorded(ax, countries, places, unknown)
            ax.set_title(f"{year}, {what}", fontsize=9.5, color=INK, loc="left", pad=3)
    _key(axes[1, 0], known)
    return figure


def _finding(p: Present) -> str:
    """How far the mean economy is from its record."""
    said = []
    for place, year in enumerate(YEARS[:2]):
        off = np.abs(p.means(year) - 100 * p.record[place])
        off = off[np.isfinite(off) & ~p.home]
        said.append(f"{_two(float(off.mean()))} points in {year} ({len(off)} economies)")
    return f"Simulated networks miss their record by {' and '.join(said)}, on average"


def _key(ax: Axes, classes: list[MapClass]) -> None:
    """Swatches of the classes below a map."""
    looks = [(each.text.replace(" and more", "+"), each.paint) for each in classes]
    for place, (text, paint) in enumerate([*looks, ("not recorded", UNRECORDED)]):
        left = 0.02 + 0.165 * place
        swatch = Rectangle((left, -0.11), 0.13, 0.07, transform=ax.transAxes, linewidth=0.4,
                           facecolor=paint.face, edgecolor=QUIET, clip_on=False)  # fmt: skip
        paint.on(swatch)
        ax.add_patch(swatch)
        ax.text(left, -0.14, text, fontsize=7, color=INK, va="top", transform=ax.transAxes)


# --- the page ---


def restrictions(found: Sequence[After]) -> str:
    """What becomes of restrictions after the present, as assumed and otherwise."""
    heads = ["restrictions", *(f"economies, {year}" for year in AFTER), *(f"EU, {year}, %" for year in AFTER)]
    body = [(one.title, *map(_two, one.restricting), *map(_two, 100 * one.part)) for one in found]
    return table(heads, body)


def totals(found: Sequence[Sold]) -> str:
    """How well shares of the world's sales of networks are met."""
    body, drawn = [], "as users get it: drawn parameters, and a past that meets the record"
    for what, said in (
        (drawn, [one.by_draws for one in found]),
        ("drawn parameters, any past", [one.any_past for one in found]),
        ("declared parameters, any past", [one.declared for one in found]),
    ):
        off = 100 * np.abs(np.array(said) - [one.recorded for one in found])
        body.append((what, f"{off.mean():.1f}", f"at most {MOST_OFF_SALES}", _two(float(off.max()))))
    years = sorted({one.question.year for one in found})
    head = f"{len(found)} shares of sales of mobile networks, {years[0]} to {years[-1]}, points off"
    return table((head, "mean", "target", "worst"), body)


def passages(p: Present, found: Sequence[After], sales: Sequence[Sold], seed: int) -> dict[str, str]:
    """Every passage of the page."""
    figure = maps(p)
    write(figure, PAGE.parent / "images" / PICTURE)
    return {
        "made": f"{opening(count(p.runs, 'run'))} of the baseline from seed {seed}, each with a draw of the "
        "bundled parameters and a past that meets the record.",
        "counted": counted(p),
        "figures": figures(p),
        "totals": totals(sales),
        "maps": f"![{' '.join(figure.get_suptitle().split())}](images/{PICTURE})",
        "worst": worst(p),
        "missed": missed(p),
        "restrictions": restrictions(found),
    }


def main() -> None:
    """Simulate, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS.pool)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    found = after(chosen.runs, chosen.seed)
    sales = sold(chosen.runs, chosen.seed)
    present = simulated(chosen.runs, chosen.seed)
    made = passages(present, found, sales, chosen.seed)
    write_csv(TABLE, COLUMNS, economies(present))
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_PASSAGE.sub(lambda m: f"{m[1]}{made[m[2]]}\n{m[3]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
