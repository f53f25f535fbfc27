"""Figures of the layers: where a push goes, and for how long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

import lockin_sim as ls
from experiments.pictures import LOOKS, curve, curves
from lockin_sim.common.formats import listed, number

SPOKEN = {
    ("CHN", "mobile_network"): "Chinese vendors pushed in mobile networks",
    ("EU", "mobile_network"): "EU vendors pushed in mobile networks",
    ("USA", "cloud"): "US vendors pushed in clouds",
}
#: Worlds in which a layer was pushed, by setting, as they are called in print.
STACKS = {
    "no stack": "no pull",
    "default": "as it is",
    "twice the stack": "twice the pull",
}
LINES = {"default": "as it is", "no switching cost": "no switching cost", "no stack": "no pull"}

#: Smallest share that is called an effect: 0.05 points.
LEAST = 0.0005

type Rows = list[dict[str, Any]]


def draw(folder: Path, rows: Rows, runs: int, end: int) -> None:
    """Both figures; ``end`` is the last year of the push."""
    ls.plots.save(_where(rows, end), folder / "effects_by_layer.png")
    ls.plots.save(_how_long(rows, runs, end), folder / "layers_over_time.png")


def _where(rows: Rows, year: int) -> ls.plots.Figure:
    """Effects in every domain by push and weight of the stack."""
    domains = list(dict.fromkeys(r["domain"] for r in rows if r["domain"] != "platforms"))
    table = {(r["sponsor"], r["pushed"], r["setting"], r["domain"]): r for r in rows if r["year"] == year}
    keys = [(*push, stack) for push in SPOKEN for stack in STACKS]
    names = [f"{SPOKEN[key[:2]].replace(' pushed', '')}: {STACKS[key[2]]}" for key in keys]
    effects = {
        name: (("scenario", "domain"), [[table[*key, d][name] for d in domains] for key in keys])
        for name in ("effect", "effect_low", "effect_high")
    }
    ds = xr.Dataset(effects, coords={"scenario": names, "domain": domains, "year": year})
    ds["effect"].attrs |= {"units": "share", "long_name": "share of the pushed vendors outside their home"}
    clear = {
        stack: sum(
            (r["effect_low"] > 0 or r["effect_high"] < 0) and abs(r["effect"]) >= LEAST
            for key in keys
            if key[2] == stack
            for r in (table[*key, d] for d in domains)
            if r["domain"] != r["pushed"]
        )
        for stack in STACKS
    }
    of = len(SPOKEN) * (len(domains) - 1)
    title = (
        f"A push in one layer moves other layers in {clear['default']} of {of} cases by {year}; "
        f"without the pull of a vendor's other layers in {clear['no stack']}"
    )
    return ls.plots.heat_map(ds, title=title)


def _how_long(rows: Rows, runs: int, end: int) -> ls.plots.Figure:
    """The pushed layer and the platforms over the years, with and without switching costs."""

    def of(push: tuple[str, str], setting: str, domain: str) -> Rows:
        """Rows of a push in a setting and a domain."""
        wanted = {"sponsor": push[0], "pushed": push[1], "setting": setting, "domain": domain}
        return [r for r in rows if wanted.items() <= r.items()]

    panels = {}
    for below in (True, False):
        for push, spoken in SPOKEN.items():
            who, _, layer = spoken.partition(" pushed in ")
            panels[f"{who}: {layer if below else 'platforms'}"] = {
                name: curve(
                    of(push, setting, push[1] if below else "platforms"), "year", "effect", look, factor=100
                )
                for (setting, name), look in zip(LINES.items(), LOOKS, strict=False)
            }

    def last(setting: str) -> list[str]:
        """What each push has left on platforms in the end, in points."""
        return [number(100 * of(push, setting, "platforms")[-1]["effect"], 2) for push in SPOKEN]

    who = [spoken.partition(" pushed")[0] for spoken in SPOKEN.values()]
    left = listed(
        [f"{points} points for {of_whom}" for points, of_whom in zip(last("default"), who, strict=True)]
    )
    return curves(
        panels,
        title=f"What a push in the layer below, ended in {end}, leaves on platforms in {rows[-1]['year']}: "
        f"{left}; without switching costs {listed(last('no switching cost'))}",
        note=f"Effect of the push, from 2011 to {end}, on the share of the pushed vendors outside their "
        "home; in the lower row on smartphones, e-commerce and payments together, weighted by market size, "
        f"on a scale of its own. Mean paired difference of {runs} runs with its 95 % interval.",
        x="year",
        y="percentage points",
        zero=True,
        digits=2,
        sharey="row",
    )
