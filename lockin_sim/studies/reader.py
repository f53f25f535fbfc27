"""What a dataset of ``lockin_sim.compare`` holds, one estimate at a time, in shown units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.scenario import baseline_name, scenario_title
from lockin_sim.statistics import Estimate
from lockin_sim.wording import Unit, quoted, unit_of

if TYPE_CHECKING:
    import xarray as xr


class Reader:
    """Levels and effects of a comparison, shares in per cent."""

    def __init__(self, effects: xr.Dataset) -> None:
        self.effects = effects
        self.scenarios = [str(s) for s in effects["scenario"].values]
        self.outcomes = [str(o) for o in effects["outcome"].values]
        self.baseline = str(effects.attrs["baseline"])
        self.last = int(effects["year"].values[-1])

    def title(self, scenario: str) -> str:
        """What a scenario is called."""
        return scenario_title(scenario, self.effects)

    def named(self, scenario: str) -> str:
        """The same within a sentence."""
        return quoted(self.title(scenario))

    @property
    def base(self) -> str:
        """What the baseline is called after an article."""
        return baseline_name(self.baseline, self.effects)

    def label(self, outcome: str) -> str:
        """What an outcome is, in words."""
        return str(self.effects["outcome_label"].sel(outcome=outcome).item())

    def unit(self, outcome: str) -> Unit:
        """The unit an outcome is shown in."""
        return unit_of(str(self.effects["outcome_unit"].sel(outcome=outcome).item()))

    def said_unit(self, outcome: str) -> str:
        """The same, as it stands beside numbers."""
        unit = self.unit(outcome)
        return unit.level if unit.share else unit.alone

    def level(self, scenario: str, outcome: str, year: int | None = None) -> Estimate[float]:
        """Mean, and the range from the 5 % to the 95 % quantile of runs; the last year if none is given."""
        found = self.effects["level"].sel(scenario=scenario, outcome=outcome, year=year or self.last)
        factor = self.unit(outcome).factor
        return Estimate(*(factor * found.sel(statistic=s).item() for s in ("mean", "q05", "q95")))

    def effect(self, scenario: str, outcome: str, year: int | None = None) -> Estimate[float]:
        """Mean paired difference from the baseline with its 95 % interval."""
        factor, when = self.unit(outcome).factor, year or self.last
        return estimate(self.effects, factor, scenario=scenario, outcome=outcome, year=when)


def estimate(study: xr.Dataset, factor: float = 1.0, stem: str = "effect", **at: object) -> Estimate[float]:
    """Mean and interval at one place of a study, times ``factor``; undefined for a policy it leaves out."""
    if "scenario" in at and at["scenario"] not in study["scenario"].values:
        return Estimate(np.nan, np.nan, np.nan)
    names = (stem, f"{stem}_low", f"{stem}_high")
    return Estimate(*(factor * float(study[name].sel(at).item()) for name in names))
