"""Write the measured sections and the figures of docs/theory.md from what the known-answer tests recorded.

    python tools/make_theory.py

Reads results/verification/measured.json (``make verify``) and mutations.json (``tools/mutation_check.py``).
A section stands between ``<!-- measured: NAME -->`` and ``<!-- end measured -->``; other text is by hand.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import lockin_sim as ls
from lockin_sim.plots import save
from lockin_sim.plots.style import FAINT, INK, QUIET, SMALL, TEXT, TITLE
from lockin_sim.rules import diffusion

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from theory import exact  # noqa: E402
from theory.catalogue import CATALOGUE  # noqa: E402

PAGE = ROOT / "docs" / "theory.md"
IMAGES = ROOT / "docs" / "images"
RESULTS = ROOT / "results" / "verification"
_SECTION = re.compile(r"(<!-- measured: (\S+) -->\n).*?(<!-- end measured -->)", re.DOTALL)
RED, BLUE, GREEN, PINK = "#D55E00", "#0072B2", "#009E73", "#CC79A7"

type Check = dict[str, Any]


def rank(case: str) -> tuple[bool, str, int]:
    """Published cases first, in order."""
    return not case.startswith("V"), case[0], int(case[1:])


def number(x: float) -> str:
    """A number of six digits at most."""
    return f"{x:.6g}"


# --- text ---------------------------------------------------------------------------------------------


def summary(checks: list[Check]) -> str:
    """How many checks of how many cases, and how many lie outside their region."""
    cases = {c["case"] for c in checks}
    outside = sum(not c["passed"] for c in checks)
    mesa = sum(c["engine"] == "mesa" for c in checks)
    drawn = sum(c["low"] < c["high"] and not c["rule"].startswith("no chance") for c in checks)
    return (
        f"{len(checks)} measurements of {len(cases)} cases, {mesa} of them by the Mesa engine; "
        f"{drawn} involve chance."
        f"\nOutside their region: **{outside}**. Expected by bad luck: {drawn * 1e-6:.1g}.\n"
    )


def cases(checks: list[Check]) -> str:
    """One row a test: what it proves, and its measurement that came nearest to its limits."""
    groups: dict[tuple[str, str], list[Check]] = defaultdict(list)
    for check in checks:
        groups[check["case"], check["test"].split("::")[1].split("[")[0]].append(check)
    rows = [
        "| case | what the test shows | a measurement: expected | measured | accepted | n | rule |",
        "|---|---|---|---|---|---|---|",
    ]
    for (case, _), group in sorted(groups.items(), key=lambda item: (rank(item[0][0]), item[0][1])):
        shown = max(group, key=lambda c: c["n"])
        engines = "both engines" if {c["engine"] for c in group} == {"core", "mesa"} else "core"
        count = f"{len(group)} measurement{'s' if len(group) > 1 else ''}, {engines}"
        rows.append(
            f"| {case} | {shown['proves']} ({count}) | {shown['quantity']}: {number(shown['expected'])} "
            f"| {number(shown['measured'])} | {number(shown['low'])} to {number(shown['high'])} "
            f"| {shown['n']} | {shown['rule']} |"
        )
    return "\n".join(rows) + "\n"


def sources(checks: list[Check]) -> str:
    """Where each tested case is from."""
    tested = {c["case"] for c in checks}
    rows = ["| case | result | source |", "|---|---|---|"]
    rows += [
        f"| {case} | {known.title} | {known.source} |" for case, known in CATALOGUE.items() if case in tested
    ]
    return "\n".join(rows) + "\n"


def not_expressed(checks: list[Check]) -> str:
    """Cases that this model has no limit for, and why."""
    rows = ["| case | result | source | why not |", "|---|---|---|---|"]
    rows += [f"| {c} | {k.title} | {k.source} | {k.why_not} |" for c, k in CATALOGUE.items() if k.why_not]
    return "\n".join(rows) + "\n"


def mutants(checks: list[Check]) -> str:
    """Planted mistakes, and the first test that failed for each."""
    rows = ["| mistake | caught by |", "|---|---|"]
    for record in json.loads((RESULTS / "mutations.json").read_text(encoding="utf-8")):
        by = f"`{record['by'].split('::')[1].split('[')[0]}`" if record["caught"] else "**nobody**"
        rows.append(f"| {record['mistake']} | {by} |")
    return "\n".join(rows) + "\n"


def thresholds(checks: list[Check]) -> str:
    """Where the real world's parameters stand, by number of equal vendors."""
    p = ls.Parameters()
    s, g = float(p.switching_cost / p.noise_scale), float(p.network_weight / p.noise_scale)
    rows = [
        f"Default parameters: s = {s:g}, g = {g:g} (over the noise scale).\n",
        "| vendors K | a leader holds on above g_sn | equal shares fall apart above g_c | at the defaults |",
        "|---|---|---|---|",
    ]
    for k in range(2, 9):
        critical = exact.critical_network(k, s)
        turning = exact.locked_from(k, s)[0] if k > 2 else critical
        verdict = (
            "locks in from any start"
            if g > critical
            else "history decides"
            if g > turning
            else "never locks in"
        )
        rows.append(f"| {k} | {turning:.3f} | {critical:.3f} | {verdict} |")
    return "\n".join(rows) + "\n"


def partial(checks: list[Check]) -> str:
    """Critical network effect of two vendors by tranche."""
    costs = (0.5, 1.0, 1.5, 1.9)
    rows = [
        "| tranche replaced | " + " | ".join(f"s = {s}" for s in costs) + " |",
        "|---" * (len(costs) + 1) + "|",
    ]
    for tranche in (1.0, 0.5, 0.25, 0.1, 0.05):
        rows.append(
            f"| {tranche} | " + " | ".join(f"{exact.critical_partial(tranche, s):.4f}" for s in costs) + " |"
        )
    rows.append("| limit 0 | " + " | ".join(f"{2 - s:.4f}" for s in costs) + " |")
    return "\n".join(rows) + "\n"


SECTIONS: dict[str, Callable[[list[Check]], str]] = {
    f.__name__: f for f in (summary, cases, sources, not_expressed, mutants, thresholds, partial)
}

# --- pictures -------------------------------------------------------------------------------------------


def blank(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    """An empty figure in the house style."""
    figure = Figure(figsize=(7.2, 4.8), layout="constrained")
    axes = figure.add_subplot()
    figure.suptitle(title, fontsize=TITLE, color=INK, x=0.02, ha="left", fontweight="bold")
    axes.set_xlabel(x, fontsize=TEXT, color=INK)
    axes.set_ylabel(y, fontsize=TEXT, color=INK)
    axes.tick_params(labelsize=SMALL, colors=QUIET)
    axes.grid(color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def hysteresis(checks: list[Check]) -> Figure:
    """The loop as swept, on the roots of the mean-field equation."""
    check = next(c for c in checks if c["case"] == "V06" and c["plot"].get("bj") == 1.5)
    h, m = np.array([pair.split(",") for pair in check["plot"]["loop"].split(";")], dtype=float).T
    figure, axes = blank(
        "A majority holds out until the field is strong enough to tip it",
        "field against or for A (bh)",
        "mean choice m",
    )
    roots = np.linspace(-0.999, 0.999, 800)
    axes.plot(
        np.arctanh(roots) - 1.5 * roots, roots, color=FAINT, lw=2.5, label="m = tanh(bh + 1.5 m), all roots"
    )
    half = len(h) // 2
    axes.plot(h[:half], m[:half], "o-", ms=4, lw=1, color=BLUE, label="model, field swept down")
    axes.plot(h[half:], m[half:], "s-", ms=4, lw=1, color=RED, label="model, field swept up")
    tip = exact.tipping_field(1.5)
    for x in (-tip, tip):
        axes.axvline(x, color=QUIET, lw=0.8, ls=":")
    axes.annotate(
        f"h_c = {tip:.4f}",
        (tip, 0.2),
        xytext=(-4, 0),
        ha="right",
        textcoords="offset points",
        fontsize=SMALL,
        color=QUIET,
    )
    axes.set_xlim(-0.36, 0.36)
    axes.legend(fontsize=SMALL, frameon=False, loc="upper left")
    return figure


def real_points() -> list[tuple[str, float, float]]:
    """Domain, and switching cost and network effect that its interoperability leaves."""
    world, p = ls.load_world(), ls.Parameters()
    now = world.conditions.at(0)
    fits = diffusion.interoperability(world.initial_compliance, now.openness[:, None, None])
    points = []
    for d, name in enumerate(world.domains):
        used = np.flatnonzero(world.slot_vendor[d] >= 0)
        pairs = fits[d][np.ix_(used, used)][~np.eye(len(used), dtype=bool)]
        left = 1 - float(pairs.mean())
        points.append(
            (
                name.replace("_", " "),
                left * p.switching_cost / p.noise_scale,
                left * p.network_weight / p.noise_scale,
            )
        )
    return points


def phase(checks: list[Check]) -> Figure:
    """Critical lines by number of vendors, tested points, the real world's point."""
    figure, axes = blank(
        "Switching costs lower the network effect that locks a market in",
        "switching cost s (over the noise)", "network effect g (over the noise)",
    )  # fmt: skip
    s = np.linspace(0, 6, 121)
    for k, color in ((2, INK), (3, BLUE), (4, GREEN), (5, PINK)):
        axes.plot(
            s,
            [exact.critical_network(k, x) for x in s],
            color=color,
            lw=1.6,
            label=f"K = {k}: equal shares unstable",
        )
        if k > 2:
            axes.plot(s, [exact.locked_from(k, x)[0] for x in s], color=color, lw=1, ls="--")
    small = np.linspace(0, 1.99, 40)
    axes.plot(
        small,
        [exact.critical_partial(0.17, x) for x in small],
        color=RED,
        lw=1.2,
        ls="-.",
        label="K = 2, a tender replaces 17 %",
    )
    tested = {
        (c["plot"]["k"], c["plot"]["s"], c["plot"]["g"]) for c in checks if {"k", "s", "g"} <= set(c["plot"])
    }
    for k, color in ((2, INK), (3, BLUE), (4, GREEN), (5, PINK)):
        points = np.array([(x, y) for n, x, y in tested if n == k])
        axes.plot(*points.T, "o", ms=4, color=color, mfc="white")
    p = ls.Parameters()
    axes.plot(p.switching_cost / p.noise_scale, p.network_weight / p.noise_scale, "*", ms=15, color=RED)
    axes.annotate(
        "default parameters",
        (p.switching_cost / p.noise_scale, p.network_weight / p.noise_scale),
        xytext=(-8, 8),
        textcoords="offset points",
        fontsize=SMALL,
        color=RED,
        ha="right",
    )
    seen: list[float] = []
    for name, x, y in sorted(real_points(), key=lambda point: -point[1]):
        axes.plot(x, y, "*", ms=7, color=RED)
        if all(abs(y - other) > 0.17 for other in seen) and x > 0.3:
            axes.annotate(
                name, (x, y), xytext=(7, -3), textcoords="offset points", fontsize=SMALL - 1, color=RED
            )
            seen.append(y)
    axes.set_xlim(0, 6)
    axes.set_ylim(0, 5.8)
    axes.legend(fontsize=SMALL, frameon=False, loc="upper right", ncols=2)
    return figure


def first_mover(checks: list[Check]) -> Figure:
    """Chance of the market against head start, and memory of the start where only switching costs bind."""
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    figure.suptitle(
        "Being first: for good with increasing returns, for a while with switching costs",
        fontsize=TITLE,
        color=INK,
        x=0.02,
        ha="left",
        fontweight="bold",
    )
    left, right = figure.subplots(1, 2)
    leads = [c for c in checks if c["case"] == "V01" and "ruin" in c["plot"]]
    x = np.arange(-5, 6)
    left.plot(x, (5 + x) / 10, color=FAINT, lw=2.5, label="(L + d) / 2L, L = 5")
    for check in leads:
        d = check["plot"]["lead"]
        left.vlines(d, check["low"], check["high"], color=QUIET, lw=1)
        left.plot(d, check["measured"], "o", ms=5, color=BLUE)
    left.plot([], [], "o", ms=5, color=BLUE, label="model, with its region")
    left.set_xlabel("head start of A, adopters", fontsize=TEXT)
    left.set_ylabel("chance that A has the market", fontsize=TEXT)
    memory = [
        c
        for c in checks
        if c["case"] == "V10" and "t" in c["plot"] and c["engine"] == "core" and "s = 2.0" in c["quantity"]
    ]
    t = np.arange(0, 7)
    rate = exact.second_eigenvalue(exact.switching_chain((0.5, 0.0), 2.0))
    right.plot(t, rate**t, color=FAINT, lw=2.5, label="second eigenvalue to the t, s = 2")
    for check in memory:
        right.plot(check["plot"]["t"], check["measured"], "o", ms=5, color=RED)
    right.plot([], [], "o", ms=5, color=RED, label="model")
    right.set_xlabel("years since the start", fontsize=TEXT)
    right.set_ylabel("difference that the start still makes", fontsize=TEXT)
    for axes in (left, right):
        axes.tick_params(labelsize=SMALL, colors=QUIET)
        axes.grid(color=FAINT, linewidth=0.6)
        axes.legend(fontsize=SMALL, frameon=False)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return figure


def main() -> None:
    """Renew the page and its pictures."""
    content = json.loads((RESULTS / "measured.json").read_text(encoding="utf-8"))
    checks = content["checks"]
    for draw in (hysteresis, phase, first_mover):
        save(draw(checks), IMAGES / f"theory_{draw.__name__}.png")
    text = PAGE.read_text(encoding="utf-8")
    missing = set(SECTIONS) - {name for _, name, _ in _SECTION.findall(text)}
    assert not missing, f"the page lacks the sections {missing}"
    PAGE.write_text(_SECTION.sub(lambda m: m[1] + SECTIONS[m[2]](checks) + m[3], text), encoding="utf-8")


if __name__ == "__main__":
    main()
