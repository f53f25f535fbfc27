r"""Comparisons that run until intervals are narrow: how many runs each round adds, and what is said of it.

After each round the intervals are looked at.  One that is computed where it happens to be narrow is a little
too narrow: where few runs by chance lie close together, the comparison stops too early.  For the mean of
normal numbers the error vanishes as the wanted width goes to 0 (Chow and Robbins 1965, "On the asymptotic
theory of fixed-width sequential confidence intervals for the mean", Annals of Mathematical Statistics 36,
457-462).  What is left comes from looks at few runs, and from many looks.  So the first round should have 64
runs or more, each later one adds at least a quarter, and it aims at the number that the spread of all runs
before asks for.  By simulation, with 64 runs first and five widths that take 40 to 1,000 runs, 4,000 times
each, intervals called 95 % hold the true mean in 94.9 to 95.3 % where differences are normal.  Where they are
exponential it is 92.5 to 94.5 %, and their mean is too low by up to a fifth of its standard error; skewness
alone, with a number of runs fixed before, costs half of that.  Who wants no such bias takes the number of
runs that is found, with another seed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.progress import Progress
from lockin_sim.reader import years_shown
from lockin_sim.statistics import difference, interval, runs_needed
from lockin_sim.studies.registry import Outcome, headlines, outcomes
from lockin_sim.titles import scenario_title
from lockin_sim.values import number as checked_number
from lockin_sim.wording import joined, number, quoted, unit_of
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: A later round leads to at least and at most so many times the runs before it, in whole blocks of runs.
LEAST, GROWTH, BLOCK = 1.25, 4.0, 16

#: Attribute of a comparison that ran until intervals were narrow: how it ended, as JSON.
UNTIL = "until"

#: Most runs where no other limit is given.
MOST = 5_000

#: Part of a comparison that holds the outcomes.
EFFECTS = "effects"

type Wanted = float | Mapping[str, float]
type Arrays = Mapping[str, Mapping[str, Floats]]


@dataclass(frozen=True)
class Look:
    """Intervals after some runs.

    narrow  whether each is as narrow as wanted
    widest  width of the widest in the unit shown, measured in the width wanted, and where it is: scenario,
            outcome, year
    needed  runs after which all are expected to be narrow
    """

    narrow: bool
    widest: float
    where: tuple[str, str, int]
    needed: float


@dataclass(frozen=True)
class Until:
    """Widths of 95 % intervals that are wanted.

    widths  by outcome, in the unit shown: percentage points of a share, else the outcome's own
    units   of the same outcomes;  years  of the comparison
    against the label of the baseline that each scenario is paired with, by its own; empty = the first of all
    """

    widths: Mapping[str, float]
    known: Mapping[str, Outcome]
    years: tuple[int, int]
    against: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, wanted: Wanted, world: World, years: tuple[int, int], against: Mapping[str, str] | None = None
    ) -> Until:
        """What :func:`lockin_sim.compare` is asked for.  Raises InputError for what cannot be used."""
        known = outcomes(world)
        if not isinstance(wanted, Mapping):
            chosen = [name for name in headlines(world.case) if name in known]
            if not chosen:
                allowed = "a width for each of some outcomes; this world has no headline outcomes"
                raise unusable("until", found=wanted, allowed=allowed)
            wanted = dict.fromkeys(chosen, wanted)
        if not wanted:
            raise unusable("until", found=dict(wanted), allowed="a width, or one for each of some outcomes")
        for name in wanted:
            if name not in known:
                raise unknown_name("until, outcome", found=name, known=list(known))
        widths = {
            name: checked_number(
                f"until, {name}", width, allowed="a finite number above 0", low=sys.float_info.min
            )
            for name, width in wanted.items()
        }
        return cls(widths, known, years, against or {})

    def look(self, arrays: Arrays) -> Look:
        """Intervals of the effects of all scenarios but the first in the years that reports show.

        arrays  (run, year) by outcome, by scenario, the baseline first
        """
        first, last = self.years
        calendar = [year for year in years_shown(last) if year >= first]
        shown = next(iter(arrays))
        widest, needed, where = 0.0, 0.0, ("", "", last)
        for scenario in [name for name in self.against or arrays if name != shown]:
            base = self.against.get(scenario, shown)
            for name, width in self.widths.items():
                stored = width / unit_of(self.known[name].unit).factor
                for year in calendar:
                    apart = difference(arrays[scenario][name], arrays[base][name])[:, year - first]
                    _, low, high, pairs = interval(apart)
                    if pairs == 0:
                        continue  # of what is defined in no run there is no interval to wait for
                    this = float((high - low) / stored)
                    this = this if np.isfinite(this) else np.inf
                    if not where[0] or this > widest:
                        widest, where = this, (scenario, name, year)
                    asked = float(runs_needed(apart, np.asarray(stored)))
                    needed = max(needed, asked if np.isfinite(asked) else np.inf)
        return Look(widest <= 1.0, widest, where, needed)

    def attribute(self, look: Look, most: int) -> str:
        """How the comparison ended, as JSON: what was asked for, whether it is reached, what is widest."""
        scenario, outcome, year = look.where
        width = look.widest * self.widths.get(outcome, 1.0)
        return json.dumps(
            {
                "widths": dict(self.widths),
                "reached": look.narrow,
                "most": most,
                "widest": {"scenario": scenario, "outcome": outcome, "year": year, "width": _finite(width)},
                "needed": _finite(look.needed),
            }
        )


def _finite(value: float) -> float | None:
    """A number as JSON can have it."""
    return value if np.isfinite(value) else None


def next_round(done: int, look: Look, most: int) -> int:
    """Runs after the next round."""
    wanted = np.clip(look.needed, LEAST * done, GROWTH * done)
    return min(most, -(-int(np.ceil(wanted)) // BLOCK) * BLOCK)


def in_rounds(
    run: Callable[..., dict[str, dict[str, Floats]]],
    until: Until,
    done: int,
    most: int,
    progress: bool | Progress,
) -> tuple[dict[str, dict[str, Floats]], int, Look]:
    """All arrays, the number of runs, and the last look.

    run       computes ``runs`` without those ``before``: arrays of parts by case and name
    done      runs of the first round;  most  of all rounds
    progress  True says before each further round why there is one, on the error stream
    """
    arrays = run(runs=done)
    while not (look := until.look(of_part(arrays, EFFECTS))).narrow and done < most:
        wanted = next_round(done, look, most)
        if progress is True:
            told = f"{done} runs: {_widest(until, look)}; on to {wanted}, of at most {most}"
            print(told, file=sys.stderr, flush=True)
        more = run(runs=wanted, before=done)
        arrays = {
            case: {name: np.concatenate([values, more[case][name]]) for name, values in of.items()}
            for case, of in arrays.items()
        }
        done = wanted
    return arrays, done, look


def of_part(arrays: Mapping[str, Mapping[str, Floats]], part: str) -> dict[str, dict[str, Floats]]:
    """Arrays of one part of a comparison by scenario and name."""
    return {
        scenario: {n.partition(":")[2]: v for n, v in of.items() if n.partition(":")[0] == part}
        for scenario, of in arrays.items()
    }


def _widest(until: Until, look: Look) -> str:
    """Which interval is the widest beside what is wanted, in words."""
    scenario, name, year = look.where
    shown = unit_of(until.known[name].unit).change
    width = joined(number(look.widest * until.widths[name], 2), shown)
    where = f"{quoted(scenario_title(scenario))}, {until.known[name].label}, {year}"
    return f"an interval of {width} ({where}), wanted {until.widths[name]:g}"


def ended(effects: xr.Dataset) -> str:
    """A sentence on how a comparison ended that ran until intervals were narrow; "" for any other."""
    if UNTIL not in effects.attrs:
        return ""
    found = json.loads(effects.attrs[UNTIL])
    runs = number(int(effects.attrs["runs"]), 0)
    names, labels, units = (effects[c].values.tolist() for c in ("outcome", "outcome_label", "outcome_unit"))
    called, unit = dict(zip(names, labels, strict=True)), dict(zip(names, units, strict=True))
    widths = "; ".join(
        f"{joined(f'{width:g}', unit_of(unit[name]).change)} of {called[name]}"
        for name, width in found["widths"].items()
    )
    if found["reached"]:
        return f"After {runs} runs every interval is as narrow as was asked for ({widths})."
    widest, needed = found["widest"], found["needed"]
    width = "not defined" if widest["width"] is None else f"{widest['width']:.2g} wide"
    more = "" if needed is None else f"; about {number(float(f'{needed:.1e}'), 0)} runs would be needed"
    title = quoted(scenario_title(widest["scenario"], effects))
    return (
        f"{runs} runs are the limit, and not every interval is as narrow as was asked for ({widths}): "
        f"that of {title} on {called[widest['outcome']]} in {widest['year']} is {width}{more}."
    )
