"""Simulate the baseline and draw it beside the record: docs/history.md and its figures.

    python tools/make_history.py [--runs 64] [--seed 77]

A passage stands between ``<!-- measured: NAME -->`` and ``<!-- end measured -->``; other text is by hand.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import history_pictures as pictures
import history_states as states
import history_words as words
from history_runs import History, simulated
from matplotlib.figure import Figure

from lockin_sim.wording import opening
from lockin_sim.world.names import name_of

ROOT = Path(__file__).resolve().parent.parent
PAGE, IMAGES = ROOT / "docs" / "history.md", ROOT / "docs" / "images"
RUNS, SEED = 64, 77  # a seed that nothing is fitted with
_PASSAGE = re.compile(r"(<!-- measured: (\S+) -->\n).*?(<!-- end measured -->)", re.DOTALL)


def passages(h: History, seed: int) -> dict[str, str]:
    """Every passage of the page."""
    spending = _drawn(pictures.spending(h, states.spending_title(h)), "spending")
    qualities = _drawn(pictures.qualities(states.qualities_title()), "qualities")
    return {
        "made": f"{h.runs} runs of the baseline from seed {seed}, at the declared values of all parameters.",
        "glance": words.glance(h),
        "markets": "\n\n".join(_market(h, domain) for domain in h.world.domains),
        "names": words.names(h),
        "restrictions": states.restrictions(h),
        "borrowers": states.borrowers(h),
        "spending": f"{spending}\n\n{states.spending(h)}",
        "qualities": f"{qualities}\n\n{states.qualities()}",
    }


def _market(h: History, domain: str) -> str:
    """Heading, figures, words and table of one market."""
    shown = [
        _drawn(pictures.maps(h, domain, words.MAPPED, words.market_title(h, domain)), f"{domain}_map"),
        _drawn(pictures.lines(h, domain, words.lines_title(h, domain)), f"{domain}_lines"),
    ]
    return "\n\n".join([f"### {opening(name_of('domain', domain))}", *shown, words.market(h, domain)])


def _drawn(figure: Figure, name: str) -> str:
    """Write a figure; returns the line that shows it, whose alternative text is its headline."""
    pictures.write(figure, IMAGES / f"history_{name}.png")
    return f"![{' '.join(figure.get_suptitle().split())}](images/history_{name}.png)"


def main() -> None:
    """Simulate, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    h = simulated(chosen.runs, chosen.seed, facts=True)
    made = passages(h, chosen.seed)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_PASSAGE.sub(lambda m: f"{m[1]}{made[m[2]]}\n{m[3]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
