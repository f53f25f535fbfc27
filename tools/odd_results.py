"""The headline of the README from a folder of ``lockin compare``: figures and the numbers beneath."""

from __future__ import annotations

import csv
import json
import shutil
import textwrap
from pathlib import Path

from odd_misses import chinese_base_in_europe

from lockin_sim.titles import scenario_title
from lockin_sim.wording import quoted

IMAGES = ("effects_abroad", "two_parts")
OUTCOME, POOR = "cn2035_sensitive_excluding_CHN", "cn2035_sensitive_income:low"


def _rows(path: Path, outcome: str, year: int) -> dict[str, dict[str, float]]:
    """Numbers of one outcome and year by scenario, in per cent."""
    text = ("scenario", "outcome", "label", "unit", "year")
    with path.open(encoding="utf-8", newline="") as file:
        found = [r for r in csv.DictReader(file) if r["outcome"] == outcome and int(r["year"]) == year]
    return {r["scenario"]: {k: 100 * float(v) for k, v in r.items() if k not in text} for r in found}


def headline(folder: Path) -> str:
    """The caption of the first figure.  The folder compares all built-in scenarios."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    year = manifest["years"][1]
    base = _rows(folder / "levels.csv", OUTCOME, year)[manifest["baseline"]]
    effects = _rows(folder / "effects.csv", OUTCOME, year)
    most = max(effects, key=lambda name: abs(effects[name]["effect"]))
    poor = _rows(folder / "levels.csv", POOR, year)[manifest["baseline"]]["mean"]
    less = _rows(folder / "effects.csv", POOR, year)["no_dsr"]
    low, high = -less["effect_high"], -less["effect_low"]
    made_by = f"lockin compare --runs {manifest['runs']} --seed {manifest['seed']}"
    sentences = (
        "What policies change in the share of Chinese standards in mobile networks, submarine cables, clouds",
        "and smart cities outside China.",
        f"In the baseline its share there is {base['mean']:.1f} % in {year} (5 to 95 % of runs: "
        f"{base['q05']:.1f} to {base['q95']:.1f});",
        f"what moves it most is {quoted(scenario_title(most))}, by {effects[most]['effect']:+.1f} points.",
        f"Policies matter more where money goes: in low-income economies the share is {poor:.0f} %,",
        f"and {-less['effect']:.1f} points lower (95 % interval {low:.1f} to {high:.1f}) "
        "had China lent nothing "
        "from 2015 on.",
        f"One caution: of Europe's mobile networks Chinese vendors have {chinese_base_in_europe()},",
        "and terms for Europe, Africa, Japan and Korea were fitted that nothing else explains.",
        f"Made by `{made_by}`: figure `effects_abroad`, tables `levels.csv` and `effects.csv`.",
    )
    return "\n".join(sentences)


#: Results of the experiment on the chain from first mover to standard, and its figure.
CHAIN = Path(__file__).parents[1] / "results" / "10_the_chain"


def chain() -> str:
    """Whether, where and how far a first mover spreads a standard, as experiment 10 found it."""
    told = (CHAIN / "answer.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join(textwrap.fill(f"- {each}", 118, subsequent_indent="  ") for each in told)


#: The answer of the experiment on what the evidence says, and what stands where it is not made yet.
EVIDENCE = Path(__file__).parents[1] / "results" / "11_what_the_evidence_says" / "answer.md"
NOT_MADE = "Not made yet: `python -m experiments 11`."


def evidence() -> str:
    """What the record says of parameters and policies, as experiment 11 found it."""
    if not EVIDENCE.exists():
        return NOT_MADE
    place = f"../../results/{EVIDENCE.parent.name}"
    shown = {"learnt": "What the record says of parameters", "futures": "Effects in every future"}
    pictures = "\n\n".join(f"![{text}]({place}/{name}.png)" for name, text in shown.items())
    return f"[Tables]({place}).\n\n{EVIDENCE.read_text(encoding='utf-8').strip()}\n\n{pictures}"


def sure() -> str:
    """How the headline's effects fare over draws and ways to build the model, as experiment 11 found it."""
    sentences = EVIDENCE.with_name("headline.txt")
    return sentences.read_text(encoding="utf-8").strip() if sentences.exists() else NOT_MADE


def copy_figures(folder: Path, images: Path) -> None:
    """The figures that documents show."""
    shutil.copyfile(CHAIN / "chain.png", images / "chain.png")
    for name in IMAGES:
        shutil.copyfile(folder / "figures" / f"{name}.png", images / f"{name}.png")
