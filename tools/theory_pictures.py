"""The pictures of docs/theory.md: exact curves, what the known-answer tests measured on them, and where the
real world stands: its points in the phase diagram, its memory of the start."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from theory import exact

import lockin_sim as ls
from lockin_sim.pages.plots.kit.style import FAINT, INK, QUIET, SMALL, TEXT, TITLE
from lockin_sim.rules import diffusion
from lockin_sim.world import World
from lockin_sim.world.names import format_label

# --- the real world in the theory ---

YEARS, RUNS, SEED = (2010, 2050), 24, 1
#: What is switched off beside the default model.
OFF: dict[str, dict[str, float]] = {
    "default": {},
    "no switching costs": {"switching_cost": 0.0},
    "no switching costs, no network effects": {
        "switching_cost": 0.0,
        "network_weight": 0.0,
        "own_network_weight": 0.0,
    },
}


class Point(NamedTuple):
    """A domain in the phase diagram of equal vendors."""

    name: str
    buyer: str
    vendors: int
    s: float  # switching cost that interoperability leaves in 2010, over the noise scale
    g: float  # network effect that it leaves: of neighbours on operators, of the own country on users


def over_noise() -> tuple[float, float]:
    """Switching cost and network effect of mobile networks by default, over the noise scale."""
    p = ls.Parameters()
    return float(p.switching_cost / p.noise_scale), float(p.network_weight / p.noise_scale)


def domain_points() -> list[Point]:
    """Where the domains of operators and users stand; projects and adopters have no base that holds them."""
    world, p = ls.load_world(), ls.Parameters()
    now = world.conditions.at(0)
    common = diffusion.common_family(world.initial_compliance)
    fits = diffusion.interoperability(common, now.openness[:, None, None])
    points = []
    for d, buyer in enumerate(world.buyer):
        if buyer not in ("operator", "users"):
            continue
        used = np.flatnonzero(world.slot_vendor[d] >= 0)
        pairs = fits[d][np.ix_(used, used)][~np.eye(len(used), dtype=bool)]
        left = (1 - float(pairs.mean())) / p.noise_scale
        own = p.own_network_weight * world.own_pull[d, used].mean()
        g = p.network_weight if buyer == "operator" else own
        name = format_label("domain", world.domains[d])
        cost = p.switching_cost * world.relative_switching[d]
        points.append(Point(name, buyer, len(used), float(left * cost), float(left * g)))
    return points


def memory_of_the_start() -> dict[str, Any]:
    """What it does to a vendor's share that it, and not its rival, had the base of 2010.

    The rivals are the two largest named vendors of 2010 in each domain of operators or users.  In every
    country the base of both is given to the one or to the other; all else, tastes and luck too, is the same.
    The difference of the first one's world share between the two histories, over that of 2010, is 1 at the
    start.
    """
    world = ls.load_world()
    domains = np.sort(np.concatenate([world.bought_by("operator"), world.bought_by("users")]))
    installed = _first_year(world)
    base = (installed.mean(axis=0) * world.conditions.at(0).market_size[..., None]).sum(axis=1)
    two = np.argsort(np.where(world.is_local, 0.0, -base), axis=-1)[:, :2]  # (domain, rival)
    labels = np.take_along_axis(world.slot_vendor, two, axis=-1)
    found: dict[str, Any] = {
        "runs": RUNS,
        "seed": SEED,
        "years": list(range(YEARS[0], YEARS[1] + 1)),
        "rivals": {world.domains[d]: [world.vendors[v] for v in labels[d]] for d in domains},
    }
    found["standard_error"] = {}
    for name, off in OFF.items():
        one, other = (
            _share_of_first(_given(world, installed, two, domains, rival), labels, off) for rival in (0, 1)
        )
        left = (one - other)[..., domains]  # (run, year, domain)
        left = left / left[:, :1]
        for holder, values in (
            (found, left.mean(axis=0)),
            (found["standard_error"], left.std(axis=0, ddof=1) / np.sqrt(RUNS)),
        ):
            holder[name] = {world.domains[d]: values[:, i].round(4).tolist() for i, d in enumerate(domains)}
    return found


def _first_year(world: World) -> NDArray:
    """Shares of 2010 in each run.  (run, domain, country, vendor slot)."""
    ds = ls.simulate("baseline", world=world, runs=RUNS, seed=SEED, years=(2010, 2011), record=("installed",))
    by_label = ds.installed.values[:, 0].swapaxes(1, 2)  # (run, domain, country, vendor)
    slots = np.maximum(world.slot_vendor, 0)[None, :, None]
    shares = np.take_along_axis(
        by_label, np.broadcast_to(slots, (*by_label.shape[:3], slots.shape[-1])), axis=-1
    )
    return np.nan_to_num(np.where(world.slot_vendor[:, None] >= 0, shares, 0.0))


def _given(world: World, installed: NDArray, two: NDArray, domains: NDArray, rival: int) -> World:
    """The world in which one of two rivals had the base of both in some domains."""
    base = installed.copy()
    for d in domains:
        pair = base[:, d][..., two[d]].sum(axis=-1)
        base[:, d, :, two[d, 1 - rival]] = 0.0
        base[:, d, :, two[d, rival]] = pair
    return dataclasses.replace(world, installed=base)


def _share_of_first(world: World, labels: NDArray, off: dict[str, float]) -> NDArray:
    """World share of the first rival.  (run, year, domain)."""
    ds = ls.simulate("baseline", world=world, parameters=off, runs=RUNS, seed=SEED, years=YEARS)
    share = ds.vendor_share.values
    return np.take_along_axis(share, np.broadcast_to(labels[:, :1], (*share.shape[:3], 1)), axis=-1)[..., 0]


# --- pictures ---

RED, BLUE, GREEN, PINK = "#D55E00", "#0072B2", "#009E73", "#CC79A7"
VENDORS = ((2, INK), (3, BLUE), (4, GREEN), (5, PINK))
LOOKS: Any = (
    (INK, "-"), (BLUE, (0, (5, 1.5))), (RED, (0, (1, 1))), (GREEN, (0, (5, 1, 1, 1))), (PINK, (0, (8, 2))),
    ("#7A6A00", (0, (3, 1, 1, 1, 1, 1))),
)  # fmt: skip

type Check = dict[str, Any]


def _figure(title: str, *, size: tuple[float, float] = (7.6, 5.0)) -> Figure:
    """An empty figure with its title."""
    figure = Figure(figsize=size, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.12, w_pad=0.12)  # type: ignore[union-attr]
    figure.suptitle(title, fontsize=TITLE, color=INK, x=0.02, ha="left", fontweight="bold")
    return figure


def _style(axes: Axes, x: str, y: str) -> None:
    """The labels and grid of an axis."""
    axes.set_xlabel(x, fontsize=TEXT, color=INK)
    axes.set_ylabel(y, fontsize=TEXT, color=INK)
    axes.tick_params(labelsize=SMALL, colors=QUIET)
    axes.grid(color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def hysteresis(checks: list[Check], world: dict[str, Any]) -> Figure:
    """The loop as swept, on the roots of the mean-field equation."""
    bj = 1.5
    swept = [
        c for c in checks if c["case"] == "V06" and c["plot"].get("bj") == bj and ", down," in c["quantity"]
    ]
    tip = exact.tipping_field(bj)
    figure = _figure(f"Between −{tip:.2f} and +{tip:.2f} the past decides who leads")
    axes = figure.add_subplot()
    axes.axvspan(-tip, tip, color=FAINT, alpha=0.35, lw=0)
    roots = np.linspace(-0.9995, 0.9995, 900)
    field = np.arctanh(roots) - bj * roots
    stable = bj * (1 - roots**2) < 1
    for part, style in ((roots > 0) & stable, "-"), ((roots < 0) & stable, "-"), (~stable, (0, (2, 2))):
        axes.plot(field[part], roots[part], color=QUIET, lw=2, ls=style)
    for check in swept:
        h, m = np.array([pair.split(",") for pair in check["plot"]["loop"].split(";")], dtype=float).T
        half = len(h) // 2
        axes.plot(h[:half], m[:half], "o-", ms=3.5, lw=0.7, color=BLUE, alpha=0.6)
        axes.plot(h[half:], m[half:], "s-", ms=3.5, lw=0.7, color=RED, alpha=0.6)
    axes.plot([], [], "o-", ms=4, lw=1, color=BLUE, label=f"model, field falling ({len(swept)} markets)")
    axes.plot([], [], "s-", ms=4, lw=1, color=RED, label="model, field rising")
    axes.plot([], [], color=QUIET, lw=2, label=f"m = tanh(βh + {bj} m), stable")
    axes.plot([], [], color=QUIET, lw=2, ls=(0, (2, 2)), label="the same, unstable: the critical mass")
    for x, text in ((-tip, f"$-h_c$ = −{tip:.2f}"), (tip, f"$h_c$ = {tip:.2f}")):
        axes.axvline(x, color=QUIET, lw=0.8)
        axes.annotate(
            text, (x, np.sign(x) * 0.4), xytext=(-np.sign(x) * 5, 0), textcoords="offset points",
            ha="right" if x > 0 else "left", fontsize=SMALL, color=INK,
        )  # fmt: skip
    axes.set_xlim(-0.36, 0.36)
    _style(axes, "field for (+) or against (−) vendor A, βh", "mean choice m: +1 all on A, −1 nobody")
    figure.legend(loc="outside lower center", fontsize=SMALL, frameon=False, ncols=2)
    return figure


def phase(checks: list[Check], world: dict[str, Any]) -> Figure:
    """Critical lines by number of vendors, tested points, the real world's points."""
    s0, g0 = over_noise()
    halved = 1 - exact.critical_network(2, s0) / exact.critical_network(2, 0.0)
    figure = _figure(
        f"Switching costs of {s0:g} lower the network effect that locks two vendors in by "
        f"{100 * halved:.0f} %",
        size=(8.6, 6.0),
    )
    axes = figure.add_subplot()
    _critical_lines(axes, checks)
    axes.plot(s0, g0, "*", ms=16, color=RED)
    axes.annotate(
        "mobile networks, closed interfaces", (s0, g0), xytext=(0, 9), textcoords="offset points",
        fontsize=SMALL, color=RED, ha="center",
    )  # fmt: skip
    axes.plot([0, s0], [0, g0], color=RED, lw=0.6, alpha=0.5)
    _stars(axes)
    _key(axes)
    axes.set_xlim(0, 6)
    axes.set_ylim(0, 5.2)
    _style(axes, "switching cost s, over the noise scale", "network effect g, over the noise scale")
    figure.legend(loc="outside lower center", fontsize=SMALL, frameon=False, ncols=2)
    return figure


def _critical_lines(axes: Axes, checks: list[Check]) -> None:
    """Lines by number of vendors, and what was tested: filled where a leader held on."""
    s = np.linspace(0, 6, 121)
    for k, color in VENDORS:
        critical = [exact.critical_network(k, x) for x in s]
        axes.plot(s, critical, color=color, lw=1.7)
        axes.annotate(
            f"{k} vendors", (6, critical[-1]), xytext=(5, -3), textcoords="offset points", fontsize=SMALL,
            color=color, annotation_clip=False,
        )  # fmt: skip
        if k > 2:
            axes.plot(s, [exact.locked_from(k, x)[0] for x in s], color=color, lw=1, ls="--")
    for k, color in VENDORS:
        for held in (True, False):
            points = [
                (c["plot"]["s"], c["plot"]["g"])
                for c in checks
                if c["plot"].get("k") == k and (c["measured"] > 1 / k + 0.05) == held
            ]
            axes.plot(*np.array(points).T, "o", ms=4.5, color=color, mfc=color if held else "white")


def _stars(axes: Axes) -> None:
    """The domains of the default world, each with its name where there is room."""
    places: dict[tuple[float, float], list[str]] = defaultdict(list)
    for name, _, vendors, x, y in domain_points():
        places[round(x, 2), round(y, 2)].append(f"{name} {vendors}")
    heights = sorted(y for _, y in places)
    for (x, y), names in places.items():
        left = any(0 < other - y < 0.1 for other in heights)  # too near to the next one: on the other side
        last = left and not any(0 < y - other < 0.1 for other in heights)  # of several: below
        left = left and not last
        axes.plot(x, y, "*", ms=8, color=RED, clip_on=False, zorder=5)
        axes.annotate(
            ", ".join(names), (x, y), xytext=(-7, 4) if left else (7, -10 if last else 3 if y < 0.1 else -3),
            textcoords="offset points", ha="right" if left else "left", fontsize=SMALL - 0.5, color=RED,
            bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8},
        )  # fmt: skip


def _key(axes: Axes) -> None:
    """What the marks are."""
    for handle in (
        {"color": QUIET, "lw": 1.7, "label": "equal shares fall apart above, $g_c$"},
        {"color": QUIET, "lw": 1, "ls": "--", "label": "a leader can hold on above, $g_{sn}$"},
        {"color": QUIET, "marker": "o", "ls": "", "ms": 4.5, "label": "tested: a leader held on"},
        {
            "color": QUIET,
            "marker": "o",
            "ls": "",
            "ms": 4.5,
            "mfc": "white",
            "label": "tested: equal shares stayed, or came back",
        },
        {"color": RED, "marker": "*", "ls": "", "ms": 8, "label": "domains in 2010, with number of vendors"},
    ):
        axes.plot([], [], **handle)


def first_mover(checks: list[Check], world: dict[str, Any]) -> Figure:
    """Chance of the market against head start, and memory of the start where only switching costs bind."""
    low, s = 5, 2.0
    rate = exact.second_eigenvalue(exact.switching_chain((0.5, 0.0), s))
    figure = _figure(
        f"An early adopter gains {100 / (2 * low):.0f} % of a market for good, or an edge that fades "
        f"{100 * (1 - rate):.0f} % a year",
        size=(9.6, 4.4),
    )
    left, right = figure.subplots(1, 2)
    lead = np.arange(-low, low + 1)
    left.plot(lead, (low + lead) / (2 * low), color=QUIET, lw=2, label="(L + d) / 2L with L = 5")
    for check in (c for c in checks if c["case"] == "V01" and "ruin" in c["plot"]):
        d = check["plot"]["lead"]
        left.vlines(d, check["low"], check["high"], color=BLUE, lw=1)
        left.plot(d, check["measured"], "o", ms=5, color=BLUE)
    left.plot([], [], "o-", ms=5, lw=1, color=BLUE, label="model, with its region")
    left.set_title("Increasing returns, everybody chooses once", fontsize=TEXT, color=INK, loc="left")
    _style(left, "head start of A, adopters", "chance that A has the market in the end")
    t = np.arange(0, 13)
    right.plot(t, rate**t, color=QUIET, lw=2, label=f"$\\lambda_2^t$, $\\lambda_2$ = {rate:.2f}")
    memory = [c for c in checks if c["case"] == "V10" and "t" in c["plot"] and f"s = {s}" in c["quantity"]]
    for check in (c for c in memory if c["engine"] == "core"):
        right.vlines(check["plot"]["t"], check["low"], check["high"], color=RED, lw=1)
        right.plot(check["plot"]["t"], check["measured"], "s", ms=5, color=RED)
    right.plot([], [], "s-", ms=5, lw=1, color=RED, label="model, with its region")
    right.set_title(
        f"Switching costs alone, s = {s:g}, a choice every year", fontsize=TEXT, color=INK, loc="left"
    )
    _style(right, "years since the start", "difference that the start still makes")
    right.set_ylim(0, 1.02)
    left.set_ylim(0, 1.02)
    left.legend(fontsize=SMALL, frameon=False, loc="upper left")
    right.legend(fontsize=SMALL, frameon=False, loc="upper right")
    return figure


def start(checks: list[Check], world: dict[str, Any]) -> Figure:
    """How much of a difference in the base of 2010 is left, by domain, in the default world."""
    years = np.array(world["years"])
    last = {name: [path[-1] for path in world[name].values()] for name in OFF}
    kept = sum(x > 0.5 for x in last["default"])
    figure = _figure(
        f"In {kept or 'none'} of {len(last['default'])} domains is more than half of a difference "
        f"in the base of {years[0]} left in {years[-1]}",
        size=(10.6, 4.8),
    )
    panels = figure.subplots(1, len(OFF), sharey=True)
    for axes, (name, title) in zip(
        panels, zip(OFF, ("With everything on", *list(OFF)[1:]), strict=True), strict=True
    ):
        axes.axhline(0, color=QUIET, lw=0.8)
        labels = []
        for (domain, path), (color, dash) in zip(world[name].items(), LOOKS, strict=True):
            half = 1.96 * np.array(world["standard_error"][name][domain])
            axes.fill_between(years, path - half, path + half, color=color, alpha=0.15, lw=0)
            axes.plot(years, path, color=color, lw=1.5, ls=dash)
            labels.append((path[-1], format_label("domain", domain), color))
        axes.set_title(title[0].upper() + title[1:], fontsize=TEXT, color=INK, loc="left")
        _style(axes, "year", "")
        axes.set_ylim(-0.08, 1.02)
        axes.set_xlim(years[0], years[-1])
        if name == "default":
            _spread(axes, labels, years[-1])
    panels[0].set_ylabel("share left of the difference of 2010", fontsize=TEXT, color=INK)
    return figure


def _spread(axes: Axes, labels: list[tuple[float, str, str]], x: float) -> None:
    """Labels at the ends of lines, moved apart."""
    gap, floor = 0.045, -0.12
    for y, text, color in sorted(labels):
        floor = max(y - 0.01, floor + gap)
        axes.annotate(
            text, (x, y), xytext=(x + 1, floor), textcoords="data", fontsize=SMALL - 1, color=color,
            va="center", annotation_clip=False,
        )  # fmt: skip


PICTURES = (hysteresis, phase, first_mover, start)
