"""Figures of cn2035 by how much Chinese base markets have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lockin_sim as ls
from experiments.pictures import LOOKS, curve, curves

FEW, MANY = "below 1 %", "above 10 %"
DOMAINS = {"all": "all domains", "sensitive": "sensitive infrastructure"}
LINES = {
    "baseline": "baseline",
    "nothing travels": "nothing travels",
    "standards in bodies frozen": "bodies frozen",
    "cs2035_push": "Chinese push in bodies",
}

type Rows = list[dict[str, Any]]


def draw(folder: Path, rows: Rows, runs: int) -> None:
    """The figure of markets without Chinese base, and of those with, by setting."""
    chosen = [r for r in rows if r["unit"] == "market" and r["measure"] == "by_others"]

    def of(domains: str, base: str, setting: str) -> Rows:
        """Rows of a setting."""
        wanted = {"domains": domains, "chinese_base": base, "setting": setting}
        return [r for r in chosen if wanted.items() <= r.items()]

    panels = {
        f"Chinese base {base}, {spoken}": {
            name: curve(of(domains, base, setting), "year", "value", look, factor=100)
            for (setting, name), look in zip(LINES.items(), LOOKS, strict=False)
        }
        for domains, spoken in DOMAINS.items()
        for base in (FEW, MANY)
    }
    now = {setting: of("all", FEW, setting)[-1] for setting in LINES}
    base, frozen = now["baseline"], now["standards in bodies frozen"]
    numbers = [100 * base[f"value{end}"] for end in ("", "_low", "_high")]
    figure = curves(
        panels,
        title="Where Chinese vendors have hardly any equipment, "
        f"{numbers[0]:.0f} % of what others installed supports Chinese standards by {base['year']} "
        f"(95 % interval {numbers[1]:.0f} to {numbers[2]:.0f}); if bodies' standards stay as they are, "
        f"{100 * frozen['value']:.0f} %",
        note="Equipment of vendors that are not Chinese that supports Chinese standards, in markets, each a "
        "country and domain, by the share of Chinese vendors in their base; weighted by market size. Mean of "
        f"{runs} runs with its 95 % interval. Markets are reclassified every year.",
        x="year",
        y="per cent of the base",
        columns=2,
        digits=1,
        zero=True,
        width=3.4,
    )
    ls.plots.save(figure, folder / "by_others.png")
