"""Run in rounds until intervals are narrow: their widths, and the number of further runs needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.conventions import Floats, Integers, years_shown
from lockin_sim.common.errors import unknown_name, unusable
from lockin_sim.common.formats import joined, number, quoted, unit_of
from lockin_sim.common.progress import Progress
from lockin_sim.common.statistics import Precision, count_runs_needed, difference, estimate_interval
from lockin_sim.common.values import number as checked_number
from lockin_sim.comparisons.measured_places import select_headlines, select_outcomes
from lockin_sim.comparisons.outcomes import Outcome
from lockin_sim.settings.titles import scenario_title
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: An interval has come to what draws allow at so many times the width that no number of runs goes below.
ABOVE = 1.1

#: Limits of the growth of runs from round to round, in whole blocks of runs.
LEAST, GROWTH, BLOCK = 1.25, 4.0, 16

#: Attribute of a comparison with ``until``: how it ended, as JSON.
UNTIL = "until"

#: Default limit of runs.
MOST = 5_000

type Wanted = float | Mapping[str, float]
type Arrays = Mapping[str, Mapping[str, Floats]]


def select_target_widths(until: Wanted | None, world: World, chosen: Sequence[str] | None) -> Wanted | None:
    """Return the target widths for the compared outcomes: one width for all, or one by outcome.

    chosen  names of the compared outcomes; None = all, which returns ``until`` unchanged
    Raises InputError for the width of an outcome that is not compared.
    """
    if until is None or chosen is None:
        return until
    known = select_outcomes(world, chosen)
    if not isinstance(until, Mapping):
        return dict.fromkeys(known, until)
    for name in select_outcomes(world, list(until), "until, outcome"):
        if name not in known:
            raise unknown_name("until, outcome", found=name, known=known)
    return until


@dataclass(frozen=True)
class IntervalCheck:
    """State of the confidence intervals after some runs.

    narrow  whether each is within its target width;  ended  or is about as narrow as draws allow, if not
    widest  width of the widest relative to its target;  where  its scenario, outcome and year
    needed  runs expected to make all narrow enough, or as narrow as draws allow
    floor   width, relative to its target, that no number of runs makes the widest fall below
    """

    narrow: bool
    ended: bool
    widest: float
    where: tuple[str, str, int]
    needed: float
    floor: float


@dataclass(frozen=True)
class TargetWidths:
    """Target widths of 95 % intervals.

    widths  by outcome, in the unit shown: percentage points of a share, else the outcome's own
    known   the outcomes by name;  years  of the comparison
    draws   of the runs, as in :func:`.estimate_interval`;  effective  effective number of all draws
    """

    widths: Mapping[str, float]
    known: Mapping[str, Outcome]
    years: tuple[int, int]
    draws: Integers | None = None
    effective: float = np.inf

    @classmethod
    def of(
        cls,
        wanted: Wanted,
        world: World,
        years: tuple[int, int],
        draws: Integers | None = None,
        effective: float = np.inf,
    ) -> TargetWidths:
        """Build the target widths from the argument ``until`` of :func:`lockin_sim.compare`.

        A single width holds for all headline outcomes.  Raises InputError for an unusable width or outcome.
        """
        if not isinstance(wanted, Mapping):
            chosen = select_headlines(world)
            if not chosen:
                allowed = "a width for each of some outcomes; this world has no headline outcomes"
                raise unusable("until", found=wanted, allowed=allowed)
            wanted = dict.fromkeys(chosen, wanted)
        if not wanted:
            raise unusable("until", found=dict(wanted), allowed="a width, or one for each of some outcomes")
        known = {
            name: next(iter(select_outcomes(world, [name], "until, outcome").values())) for name in wanted
        }
        widths = {
            known[name].name: checked_number(
                f"until, {name}", width, allowed="a finite number above 0", low=sys.float_info.min
            )
            for name, width in wanted.items()
        }
        known = {outcome.name: outcome for outcome in known.values()}
        return cls(widths, known, years, draws, effective)

    def look(self, arrays: Arrays) -> IntervalCheck:
        """Check the intervals of all effects in the years that reports show.

        arrays  (run, year) by outcome, by scenario, the baseline first
        """
        first, last = self.years
        calendar = [year for year in years_shown(last) if year >= first]
        base, *others = arrays
        look = IntervalCheck(True, True, 0.0, ("", "", last), 0.0, 0.0)
        for scenario in others:
            for name, width in self.widths.items():
                stored = width / unit_of(self.known[name].unit).factor
                for year in calendar:
                    apart = difference(arrays[scenario][name], arrays[base][name])[:, year - first]
                    if np.isfinite(apart).any():  # more runs do not help what is undefined in all
                        look = self._add_interval(look, (scenario, name, year), apart, stored)
        return look

    def _add_interval(
        self, look: IntervalCheck, where: tuple[str, str, int], apart: Floats, wanted: float
    ) -> IntervalCheck:
        """Update an interval check with one more interval.

        where  scenario, outcome and year;  apart  differences by run;  wanted  target width in their unit
        """
        draws = None if self.draws is None else self.draws[: len(apart)]
        _, low, high, _ = estimate_interval(apart, draws)
        floor = float(Precision.of(apart, draws, self.effective).floor)
        reached = np.maximum(wanted, ABOVE * np.nan_to_num(floor))
        runs = count_runs_needed(apart, reached, draws, self.effective)
        width, needed = (float(value) if np.isfinite(value) else np.inf for value in (high - low, runs))
        ended, needed = look.ended and width <= reached, max(look.needed, needed)
        if look.where[0] and width / wanted <= look.widest:
            return replace(look, ended=ended, needed=needed)
        return IntervalCheck(width <= wanted, ended, width / wanted, where, needed, floor / wanted)

    def attribute(self, look: IntervalCheck, most: int) -> str:
        """Format the end of the comparison as JSON: targets, whether they are reached, and widest interval.

        most  limit of runs
        """
        scenario, outcome, year = look.where
        target = self.widths.get(outcome, 1.0)
        wide, floor, needed = (
            value if np.isfinite(value) else None
            for value in (look.widest * target, look.floor * target, look.needed)
        )
        widest = {"scenario": scenario, "outcome": outcome, "year": year, "width": wide, "floor": floor}
        reached = {
            "widths": dict(self.widths),
            "reached": bool(look.narrow),
            "ended": bool(look.ended),
            "most": most,
        }
        return json.dumps(reached | {"widest": widest, "needed": needed})


def compute_next_runs(done: int, look: IntervalCheck, most: int) -> int:
    """Compute the total number of runs after the next round, in whole blocks, ``most`` at most."""
    wanted = np.clip(look.needed, LEAST * done, GROWTH * done)
    return min(most, -(-int(np.ceil(wanted)) // BLOCK) * BLOCK)


def run_until_narrow(
    run: Callable[..., dict[str, dict[str, Floats]]],
    until: TargetWidths,
    done: int,
    most: int,
    progress: bool | Progress,
    of_effects: Callable[[Arrays], Arrays] = dict,
) -> tuple[dict[str, dict[str, Floats]], int, IntervalCheck]:
    """Run in rounds until intervals are narrow.  Returns all arrays, the number of runs, and the last check.

    Where runs share the draws of a posterior, an interval counts as narrow enough if it is a tenth above the
    width that no number of runs would go below.

    Stopping when an interval happens to be narrow makes intervals slightly too narrow: where a few runs lie
    close together by chance, the comparison stops too early.  For the mean of normal numbers the error
    vanishes as the target width goes to 0 (Chow and Robbins 1965, "On the asymptotic theory of fixed-width
    sequential confidence intervals for the mean", Annals of Mathematical Statistics 36, 457-462).  The
    remaining error comes from checks after few runs, and from many checks.  So the first round should have 64
    runs or more; each later round adds at least a quarter, and aims at the number implied by the spread of
    all runs so far.  In simulations with 64 runs first and five widths that take 40 to 1,000 runs, 4,000
    times each, 95 % intervals contain the true mean in 94.9 to 95.3 % of cases if differences are normal.  If
    they are exponential it is 92.5 to 94.5 %, and the mean is too low by up to a fifth of its standard error;
    half of that is due to skewness, and also occurs with a fixed number of runs.  To avoid the bias, repeat
    with the final number of runs and another seed.

    run       computes ``runs`` without those ``before``: arrays of parts by case and name
    done      runs of the first round;  most  limit of runs over all rounds
    progress  True announces each further round on the error stream
    of_effects  selects the arrays that are outcomes, by case and name
    """
    arrays = run(runs=done)
    while not (look := until.look(of_effects(arrays))).ended and done < most:
        wanted = compute_next_runs(done, look, most)
        if progress is True:
            notice = (
                f"{done} runs: {_describe_widest(until, look)}; continuing to {wanted} runs, at most {most}"
            )
            print(notice, file=sys.stderr, flush=True)
        more = run(runs=wanted, before=done)
        arrays = {
            case: {name: np.concatenate([values, more[case][name]]) for name, values in of.items()}
            for case, of in arrays.items()
        }
        done = wanted
    return arrays, done, look


def _describe_widest(until: TargetWidths, look: IntervalCheck) -> str:
    """Describe the widest interval and its target width in words."""
    scenario, name, year = look.where
    shown = unit_of(until.known[name].unit).change
    width = joined(number(look.widest * until.widths[name], 2), shown)
    where = f"{quoted(scenario_title(scenario))}, {until.known[name].label}, {year}"
    return f"an interval of {width} ({where}), target {until.widths[name]:g}"


def describe_stopping(effects: xr.Dataset) -> str:
    """Describe in a sentence how a comparison with ``until`` ended; "" for a comparison without."""
    if UNTIL not in effects.attrs:
        return ""
    end = json.loads(effects.attrs[UNTIL])
    runs = number(int(effects.attrs["runs"]), 0)
    names, labels, units = (effects[c].values.tolist() for c in ("outcome", "outcome_label", "outcome_unit"))
    called, unit = dict(zip(names, labels, strict=True)), dict(zip(names, units, strict=True))
    widths = "; ".join(
        f"{joined(f'{width:g}', unit_of(unit[name]).change)} of {called[name]}"
        for name, width in end["widths"].items()
    )
    if end["reached"]:
        return f"After {runs} runs every interval meets its target width ({widths})."
    widest, needed, target = end["widest"], end["needed"], end["widths"][end["widest"]["outcome"]]
    width = "not defined" if widest["width"] is None else f"{widest['width']:.2g} wide"
    more = "" if needed is None else f"; about {number(float(f'{needed:.1e}'), 0)} runs would be needed"
    if (widest["floor"] or 0.0) > target:
        draws = number(effects.attrs["effective_draws"], 0)
        more = (
            f", and with {draws} effective draws no number of runs makes it less than {widest['floor']:.2g}"
        )
    begins = (
        f"After {runs} runs more would hardly help, but" if end["ended"] else f"At the limit of {runs} runs,"
    )
    title = quoted(scenario_title(widest["scenario"], effects))
    return (
        f"{begins} not every interval meets its target width ({widths}): "
        f"that of {title} on {called[widest['outcome']]} in {widest['year']} is {width}{more}."
    )
