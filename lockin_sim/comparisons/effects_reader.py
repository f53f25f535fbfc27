"""Read a dataset of ``lockin_sim.compare`` with checks, and with numbers in the unit shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import unknown_name, unusable
from lockin_sim.common.findings import FEWEST, FUTURES, PERCENT, RUNS, Finding, is_clear
from lockin_sim.common.formats import Unit, number, opening, quoted, spoken, unit_of, within
from lockin_sim.common.statistics import STATISTICS, Estimate
from lockin_sim.common.versions import check_variables, check_version
from lockin_sim.settings.titles import (
    THOUGHT_EXPERIMENT,
    baseline_phrase,
    is_marked_thought_experiment,
    scenario_title,
)
from lockin_sim.world.case import read_case_attributes

if TYPE_CHECKING:
    import xarray as xr

VARIABLES = ("level", "effect", "effect_low", "effect_high")

#: Ends of the names of what is known of single runs: a range, signs, and the number of draws behind them.
RANGE = ("q05", "q95", "above", "below", "draws")

#: Coordinate along ``outcome``: the smallest difference that is called an effect, in the unit shown.
LEAST = "outcome_least"


class EffectsReader:
    """Reader of a checked effects dataset.

    effects   dataset of ``lockin_sim.compare``: level, effect, effect_low, effect_high over
              (scenario, outcome, year[, statistic])
    outcomes  required outcomes, to check;  years  required years
    Raises InputError for a missing variable, scenario, outcome or year, or an interval with its ends swapped.
    """

    def __init__(
        self, effects: xr.Dataset, outcomes: Sequence[str] = (), years: Sequence[int] | None = None
    ) -> None:
        check_study("effects dataset", effects)
        for variable in (*VARIABLES, "outcome", "scenario", "year", "statistic"):
            if variable not in effects.variables:
                known = [str(name) for name in effects.variables]
                raise unknown_name("effects dataset, variable", found=variable, known=known)
        self.effects = effects
        self.scenarios = [str(name) for name in effects["scenario"].values]
        self.outcomes = [str(name) for name in effects["outcome"].values]
        self.calendar = np.asarray(effects["year"].values, dtype=int)
        self.last = int(self.calendar[-1])
        self.case = read_case_attributes(effects.attrs)
        self.baseline = str(effects.attrs.get("baseline", "baseline"))
        check_known("effects dataset, baseline", [self.baseline], self.scenarios)
        check_known("effects dataset, outcome", outcomes, self.outcomes)
        check_known("effects dataset, year", [str(y) for y in years or ()], [str(y) for y in self.calendar])
        check_known("effects dataset, statistic", STATISTICS, [str(s) for s in effects["statistic"].values])
        for outcome in outcomes:
            data = effects.sel(outcome=outcome)
            level = [data["level"].sel(statistic=s) for s in ("q05", "q95")]
            ends = {"effect_low to effect_high": [data["effect_low"], data["effect_high"]]}
            for where, (low, high) in (ends | {"level, q05 to q95": level}).items():
                if (wrong := (low > high + 1e-12).values).any():
                    at = tuple(np.argwhere(wrong)[0])
                    found = (float(low.values[at]), float(high.values[at]))
                    raise unusable(f"{where} of {outcome}", found=found, allowed="the lower end first")

    @property
    def headlines(self) -> list[str]:
        """Main outcomes of the case that the dataset has, the principal first; else its first outcome."""
        return [name for name in self.case.outcomes if name in self.outcomes] or self.outcomes[:1]

    @property
    def headline(self) -> str:
        """Principal outcome."""
        return self.headlines[0]

    @property
    def present(self) -> int | None:
        """Last year that nobody can change; None unless the dataset has it and later years."""
        year = int(self.effects.attrs.get("present", self.last))
        return year if year in self.calendar and year < self.last else None

    @property
    def others(self) -> list[str]:
        """All scenarios except the baseline."""
        return [name for name in self.scenarios if name != self.baseline]

    @property
    def pairs(self) -> str:
        """Number of paired runs: '500 paired runs', or 'paired runs' if the number is unknown."""
        count = self.effects.attrs.get("runs")
        return f"{number(int(count), 0)} paired runs" if count is not None else "paired runs"

    def title(self, scenario: str) -> str:
        """Return the title of a scenario."""
        return scenario_title(scenario, self.effects)

    def marked(self, scenario: str, mark: str = THOUGHT_EXPERIMENT) -> str:
        """Return the title of a scenario for a list, with a mark if it is a thought experiment."""
        title = self.title(scenario)
        return f"{title} ({mark})" if is_marked_thought_experiment(scenario, self.effects) else title

    def named(self, scenario: str) -> str:
        """Return the title of a scenario in quotes, for use within a sentence."""
        return quoted(self.title(scenario))

    @property
    def base(self) -> str:
        """Title of the baseline within a sentence."""
        return baseline_phrase(self.baseline, self.effects)

    def question(self, scenario: str) -> str:
        """Return the question that the scenario asks; "" if the dataset has none."""
        return self._read_text("scenario_question", scenario=scenario)

    def assumption(self, scenario: str) -> str:
        """Return the assumption that decides what the scenario does; "" if the dataset has none."""
        return self._read_text("scenario_assumption", scenario=scenario)

    def label(self, outcome: str) -> str:
        """Return the label of an outcome."""
        return self._read_text("outcome_label", outcome=outcome) or spoken(outcome)

    def unit(self, outcome: str) -> Unit:
        """Return the unit in which an outcome is shown: shares, fractions and probabilities in per cent."""
        return unit_of(self._read_text("outcome_unit", outcome=outcome))

    def level(self, scenario: str, outcome: str, year: int | None = None) -> Estimate[float]:
        """Return the mean and the 5 % and 95 % quantiles over runs; by default in the last year."""
        at = {"scenario": scenario, "outcome": outcome, "year": self.last if year is None else year}
        ends = (read_value(self.effects, "level", **at, statistic=s) for s in ("mean", "q05", "q95"))
        return Estimate(*(self.unit(outcome).factor * float(each) for each in ends))

    def path(self, scenario: str, outcome: str, statistic: str) -> Floats:
        """Return one statistic of a level in all years.  (year,)."""
        at = {"scenario": scenario, "outcome": outcome, "statistic": statistic}
        levels = self.effects["level"].sel(at).transpose("year")
        return np.asarray(levels.values, dtype=float) * self.unit(outcome).factor

    def effect(self, scenario: str, outcome: str, year: int | None = None) -> Estimate[float]:
        """Return the mean paired difference from the baseline with its 95 % interval.

        year  by default the last
        """
        factor, when = self.unit(outcome).factor, self.last if year is None else year
        return read_estimate(self.effects, factor, scenario=scenario, outcome=outcome, year=when)

    def finding(self, scenario: str, outcome: str, year: int | None = None) -> Finding:
        """Return the effect of a scenario with its uncertainty; by default in the last year."""
        when = self.last if year is None else year
        finding = read_study_finding(
            self.effects, self.unit(outcome), scenario=scenario, outcome=outcome, year=when
        )
        least = read_value(self.effects, LEAST, outcome=outcome) if LEAST in self.effects.coords else None
        return finding._replace(what=within(self.label(outcome)), least=least)

    def _read_text(self, variable: str, **at: str) -> str:
        """Return a text of the dataset at labels; "" if the dataset lacks the variable."""
        return str(read_value(self.effects, variable, **at)) if variable in self.effects.variables else ""


def check_study(where: str, study: xr.Dataset) -> None:
    """Check the version of a study, and that statistics of single runs are complete.

    Raises InputError for a study of another minor version, or with part of the statistics of single runs.
    """
    check_version(where, study.attrs)
    if "effect_q05" in study and "scenario" in study.dims:
        names = [*(f"effect_{end}" for end in RANGE), "pairs_used"]
        check_variables(where, study.attrs, [*map(str, study.variables)], names)


def read_estimate(
    study: xr.Dataset, factor: float = 1.0, stem: str = "effect", **at: object
) -> Estimate[float]:
    """Return the mean and interval at one position of a study, times ``factor``.

    Undefined for a scenario or payer that the study lacks.
    """
    if any(at[axis] not in study.get_index(axis) for axis in ("scenario", "payer") if axis in at):
        return Estimate(np.nan, np.nan, np.nan)
    names = (stem, f"{stem}_low", f"{stem}_high")
    return Estimate(*(factor * float(read_value(study, name, **at)) for name in names))


def read_study_finding(study: xr.Dataset, unit: Unit = PERCENT, stem: str = "effect", **at: Any) -> Finding:
    """Return the finding at one position of a study, with the range and signs of single runs if known.

    Otherwise its range is the interval of the mean.  Undefined for a policy that the study lacks.
    """
    mean = read_estimate(study, unit.factor, stem, **at)
    if f"{stem}_q05" not in study.variables or not mean.known:
        return Finding.of(mean, unit)
    low, high, above, below, draws = (float(read_value(study, f"{stem}_{end}", **at)) for end in RANGE)
    return Finding(
        "",
        mean.mean,
        unit.factor * low,
        unit.factor * high,
        unit,
        get_run_uncertainty(study),
        sign_share=above if mean.mean > 0 else below,
        zero_share=1.0 - above - below,
        draws=draws,
        away=max(mean.low, -mean.high),
        runs=int(read_value(study, "pairs_used", **at)),
    )


def mark_clear_effects(study: xr.Dataset, unit: Unit = PERCENT) -> xr.DataArray:
    """Return an array of where the effects of a study have a clear direction, as
    :attr:`.Finding.clear`.
    """
    import xarray as xr

    size, low, high = (study[f"effect{end}"] * unit.factor for end in ("", "_low", "_high"))
    least = study[LEAST] if LEAST in study.coords else unit.least
    if "effect_q05" not in study:
        return ((low > 0) | (high < 0)) & (abs(size) >= least)
    if "agree" in study:  # of a contrast
        agree = study["agree"]
    else:
        agree = study["effect_above"].where(size > 0, study["effect_below"])
    away = low.where(low > -high, -high)
    agreed: xr.DataArray = xr.apply_ufunc(is_clear, agree, study["effect_draws"], away, least)
    return agreed & (study["pairs_used"] >= FEWEST)


def get_run_uncertainty(study: xr.Dataset) -> str:
    """Return the kind of uncertainty of a study's runs: futures if each has its own parameters, else runs."""
    return FUTURES if "posterior" in study.attrs else RUNS


def describe_run_differences(study: xr.Dataset) -> str:
    """Describe in a sentence how the runs of a comparison differ."""
    about = study.attrs
    if "posterior" not in about:
        return (
            "Parameters are the same in all runs: ranges show run-to-run variation only, "
            "not what is uncertain about the model."
        )
    return (
        f"Each run is a future: its {about['parameters_drawn']} uncertain parameters are a draw that fits "
        f"the record (all draws are worth {number(about['effective_draws'], 0)} independent ones); "
        + (
            f"half of the draws have the declared structure of the model, half one of {others} others."
            if (others := int(about.get("structures", 1)) - 1)
            else "we did not try other models here."
        )
    )


def read_value(study: xr.Dataset, name: str, **at: object) -> Any:
    """Return one value of a variable at labels.

    at  a label on each axis
    Indexes by position, since ``sel`` takes a millisecond.
    """
    variable = study.variables[name]
    return variable.values[tuple(study.get_index(axis).get_loc(at[str(axis)]) for axis in variable.dims)]


def read_by_label(study: xr.Dataset, name: str) -> dict[Any, Any]:
    """Return a variable with one axis as a dictionary by label."""
    [axis] = study[name].dims
    return dict(zip(study[axis].values.tolist(), study[name].values.tolist(), strict=True))


def check_known(where: str, wanted: Sequence[str], known: Sequence[str]) -> None:
    """Raise InputError unless every wanted name is known."""
    for name in wanted:
        if name not in known:
            raise unknown_name(where, found=name, known=known)


def select_by_prefix(reading: EffectsReader, prefix: str) -> list[str]:
    """Return the outcomes with a prefix, in the dataset's order.  Raises InputError without any."""
    names = [name for name in reading.outcomes if name.startswith(prefix)]
    if not names:
        raise unknown_name("effects dataset, outcome", found=f"{prefix}...", known=reading.outcomes)
    return names


def format_subject(label: str) -> str:
    """Return a label as the subject of a sentence, with a second comma if the label contains a comma."""
    return opening(f"{label}," if "," in label else label)
