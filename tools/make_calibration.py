"""Make results/calibration and docs/calibration.md: what the record leaves of the parameters.

python tools/make_calibration.py           the page alone, from the committed results
python tools/make_calibration.py --run     the calibration and its self-test first
"""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

import numpy as np
import xarray as xr

import lockin_sim as ls
from lockin_sim.analysis.calibration import calibrate, prior
from lockin_sim.analysis.calibration.coverage import NOMINAL, REDUCED, Coverage, coverage
from lockin_sim.analysis.calibration.facts import MAY_BE_OFF
from lockin_sim.analysis.calibration.written import BUNDLED
from lockin_sim.parameters import declarations
from lockin_sim.plots.calibration import LEARNT
from lockin_sim.studies.results import write_csv
from lockin_sim.wording import number, spoken

ROOT = Path(__file__).resolve().parent.parent
RESULTS, PAGE = ROOT / "results" / "calibration", ROOT / "docs" / "calibration.md"

#: Where the runs lie, which are too many to commit; what is there is gone on with.
WORK = ROOT / "build" / "calibration"
RANKS = "below.csv"

WAVES, POINTS, RUNS, DRAWS, SEED, REPETITIONS = 2, 96, 32, 200, 1, 100

#: A pair of parameters is named where its correlation is larger than this.
TIED = 0.25

HEAD = """# What the record leaves of the parameters

Most sizes in the model were assumed. `lockin calibrate` asks which of them the record rules out, and how much
is learnt of each. One history is one draw of luck, and many sizes are compatible with it.

![Recorded facts beside runs](../results/calibration/recorded.png)

![How far each parameter is narrowed](../results/calibration/learnt.png)

```
lockin calibrate --out posterior --workers 2     # waves, draws, tables and figures; --resume goes on
```

```python
import lockin_sim as ls
from lockin_sim.analysis.calibration.written import draws, resampled

values = resampled(draws(), 8)  # the draws that come with the package, each as often as it weighs
print(values["switching_cost"].round(1))
```

## How

1. **Facts.** {facts} recorded numbers of {subjects} kinds, none of an economy that is kept aside for tests:
   sales by vendor and region, Chinese networks by region, how much economies differ and change, restrictions,
   loans, surveillance, cables, phones, clouds, online retail and cards. Votes enter by the estimates of
   [estimates.md](estimates.md), which are priors here.
2. **What may lie between.** The record is *one run*: it may be as far from a mean as single runs are.
   Publishers err, and the model leaves things out; both are assumed, by kind, in
   `lockin_sim/analysis/calibration/facts.py`.
3. **Waves.** {waves} waves of {points} points with {runs} runs each. The first lies all over the prior: an
   assumed parameter anywhere in its range, an estimated one as its interval says. For every fact an emulator
   (a quadratic ridge regression or a Gaussian process, whichever foretells points held out better) says which
   points are ruled out: those with two facts more than three standard deviations away. The next wave lies in
   what is left.
4. **Draws.** Walkers (emcee) draw from the last emulator; {runs} real runs of every draw weigh it.

## What was found

{waves_table}

{draws} draws weigh as much as {effective} even ones. {narrowed}

{parameters_table}

{ties}

**Facts met worst**, in standard deviations of single runs over the draws:

{facts_table}

## Does the method find what is known?

On {repetitions} records made by the model itself, of known {reduced}, intervals of {nominal:.0f} % held the
truth in {covered} of 100, in that order; {verdict} `lockin_sim.analysis.calibration.coverage` makes these
numbers, and `tests/analysis/calibration/test_method.py` shows that a method that forgets luck is found out.

## What it does not say

- An interval is conditional on the model: what it leaves out is granted as an error of assumed size, not as
  another model.
  Structural alternatives are asked by [experiment 10](../experiments/10_the_chain).
- World sales were used to set vendors' qualities before, so that they say little here by construction.
- Nothing recorded after {last} is used, and no economy that is kept aside.
"""


def run() -> None:
    """Calibrate, and try the method on records that are known."""
    calibrate(WORK, waves=WAVES, points=POINTS, runs=RUNS, draws=DRAWS, seed=SEED, progress=True, resume=True)
    RESULTS.mkdir(exist_ok=True)
    for file in WORK.iterdir():
        if file.is_file():
            shutil.copy2(file, RESULTS)
    found = coverage(
        prior(REDUCED), world=ls.load_world(), repetitions=REPETITIONS, seed=SEED, workers=None, progress=True
    )
    write_csv(RESULTS / RANKS, found.parameters, iter(found.below))
    shutil.copy2(RESULTS / BUNDLED.name, BUNDLED)


def page(found: xr.Dataset, below: dict[str, list[float]]) -> str:
    """The page of a calibration."""
    tried = Coverage(tuple(below), np.array(list(below.values())).T)
    ordered = found.sortby("learnt")
    narrow = ordered["parameter"].values[ordered["learnt"].values < LEARNT].tolist()
    return HEAD.format(
        **{name: found.attrs[name] for name in ("points", "runs")},
        facts=found.sizes["fact"],
        subjects=len(MAY_BE_OFF),
        waves=found.sizes["wave"],
        draws=found.sizes["draw"],
        effective=round(found.attrs["effective_draws"]),
        last=found.attrs["last_year"],
        narrowed=_narrowed(narrow, found.sizes["parameter"]),
        waves_table=_waves(found),
        parameters_table=_parameters(found),
        ties=_ties(found),
        facts_table=_facts(found),
        repetitions=len(tried.below),
        reduced=", ".join(map(spoken, below)),
        nominal=100 * NOMINAL,
        covered=", ".join(f"{100 * c:.0f}" for c in tried.covered),
        verdict="so the method passes at its stated rate." if tried.holds else "and the method is too sure.",
    )


def _narrowed(narrow: list[str], total: int) -> str:
    named = ", ".join(f"`{name}`" for name in narrow)
    return f"The record narrows {len(narrow)} of {total} parameters by more than a fifth: {named or 'none'}."


def _waves(found: xr.Dataset) -> str:
    rows = [
        "| wave | of the prior not ruled out before | runs miss mobile networks sold by, points |",
        "|---|---|---|",
    ]
    for k in range(found.sizes["wave"]):
        part, off = float(found["part_left"][k]), float(found["sales_off"][k])
        rows.append(f"| {k + 1} | {100 * part:.0f} % | {off:.1f} |")
    return "\n".join(rows)


def _parameters(found: xr.Dataset) -> str:
    rows = ["| parameter | default | mean | 90 % | spread left |", "|---|---|---|---|---|"]
    ordered = found.sortby("learnt")
    for name in ordered["parameter"].values.tolist():
        one = ordered.sel(parameter=name)
        ends = f"{number(float(one['low']), 2)} to {number(float(one['high']), 2)}"
        default, mean = declarations()[name].default, number(float(one["mean"]), 2)
        rows.append(f"| `{name}` | {default:g} | {mean} | {ends} | {float(one['learnt']):.2f} |")
    return "\n".join(rows)


def _ties(found: xr.Dataset) -> str:
    names, matrix = found["parameter"].values.tolist(), found["correlation"].values
    pairs = [(matrix[i, j], names[i], names[j]) for i in range(len(names)) for j in range(i)]
    strong = sorted((p for p in pairs if abs(p[0]) > TIED), key=lambda p: -abs(p[0]))[:8]
    if not strong:
        return f"No two parameters are tied in the draws by a correlation of more than {TIED}."
    told = "; ".join(f"`{a}` and `{b}` ({r:+.2f})" for r, a, b in strong)
    return f"Tied in the draws, so that the record tells them apart badly: {told}."


def _facts(found: xr.Dataset) -> str:
    scale = ((found["posterior_high"] - found["posterior_low"]) / 3.29).values
    gap = (found["recorded"] - found["posterior_mean"]).values
    far = np.divide(gap, scale, out=np.zeros_like(gap), where=scale > 0)
    rows = ["| fact | recorded | mean of runs | standard deviations |", "|---|---|---|---|"]
    for k in np.argsort(-np.abs(far))[:8]:
        one = found.isel(fact=int(k))
        values = (number(float(one[name]), 2) for name in ("recorded", "posterior_mean"))
        rows.append(f"| {' | '.join([str(one['fact'].values), *values])} | {far[k]:+.1f} |")
    return "\n".join(rows)


def main() -> None:
    """Make the page, and the results behind it where asked for."""
    if "--run" in sys.argv[1:]:
        run()
    with (RESULTS / RANKS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    below = {name: [float(row[name]) for row in rows] for name in rows[0]}
    PAGE.write_text(page(ls.open_posterior(RESULTS), below), encoding="utf-8")


if __name__ == "__main__":
    main()
