"""What documents take from a folder of ``lockin compare`` and from experiments: passages and figures."""

from __future__ import annotations

import csv
import json
import math
import shutil
import textwrap
from pathlib import Path

import odd_chain
import odd_headline
from odd_headline import OUTCOME
from odd_misses import chinese_base_in_europe

from lockin_sim.evidence import scores
from lockin_sim.evidence.scores import BETTER, EQUAL, WORSE, aims
from lockin_sim.plots import save

#: Figures of a comparison, and that of effects over draws.
IMAGES, EFFECTS = ("two_parts",), "effects_abroad"


def _rows(path: Path, outcome: str, year: int) -> dict[str, dict[str, float]]:
    """Numbers of one outcome and year by scenario, in per cent."""
    text = ("scenario", "outcome", "label", "unit", "year", "history")
    with path.open(encoding="utf-8", newline="") as file:
        found = [r for r in csv.DictReader(file) if r["outcome"] == outcome and int(r["year"]) == year]
    return {r["scenario"]: {k: 100 * float(v) for k, v in r.items() if k not in text} for r in found}


def level(folder: Path) -> str:
    """What the effects of the headline come on top of, and a caution.  The folder is one of a comparison."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    year = manifest["years"][1]
    base = _rows(folder / "levels.csv", OUTCOME, year)[manifest["baseline"]]
    made_by = f"lockin compare --runs {manifest['runs']} --seed {manifest['seed']}"
    told = (
        f"In the baseline that share is {base['mean']:.0f} % in {year}, at the declared values "
        f"(`{made_by}`). "
        "One caution: of Europe's mobile networks Chinese vendors have "
        f"{chinese_base_in_europe()}, and terms for Europe, Japan and Korea were fitted that nothing "
        "else explains."
    )
    return textwrap.fill(told, 118, break_on_hyphens=False)


def record() -> str:
    """How often the model foresees the record better than a simple rival, and how many marks it reaches."""
    held = scores.measured()
    rivals = scores.rivals_of(scores.widest(held.scores))
    better, equal, worse = (
        sum(score.verdict == verdict for score in rivals) for verdict in (BETTER, EQUAL, WORSE)
    )
    reached = [aim for aim in aims(held.scores) if not math.isnan(aim.found)]
    told = (
        "Over draws that fit the record, the model foresees recorded facts better than simple rivals in "
        f"{better} of {len(rivals)} comparisons and worse in {worse}; in {equal} no difference can be seen, "
        f"and {len(rivals) - better - equal - worse} rest on too few facts. Of {len(reached)} marks set "
        f"before it was measured it reaches {sum(aim.holds for aim in reached)} "
        "([which](docs/validation.md))."
    )
    return textwrap.fill(told, 118, break_on_hyphens=False)


def copy_figures(folder: Path, images: Path) -> None:
    """The figures that documents show."""
    shutil.copyfile(odd_chain.RESULTS / "chain.png", images / "chain.png")
    save(odd_headline.picture(), images / f"{EFFECTS}.png")
    for name in IMAGES:
        shutil.copyfile(folder / "figures" / f"{name}.png", images / f"{name}.png")
