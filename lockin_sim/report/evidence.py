"""What a comparison holds, read the way a report needs it: checked names, shown units, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.errors import unusable
from lockin_sim.statistics import Estimate
from lockin_sim.studies.registry import HEADLINES
from lockin_sim.studies.results import shown_years
from lockin_sim.wording import Unit, unit_of
from lockin_sim.world.case import bundled_case
from lockin_sim.world.names import adjective

if TYPE_CHECKING:
    import xarray as xr

#: The study every report starts from, and what else one may hold.
MAIN = "effects"
#: How the names of studies of packages begin.
PACKAGE = "synergy_"
NEEDED = ("level", "effect", "effect_low", "effect_high", "pairs_used")


class Evidence:
    """The studies of a comparison.

    studies  datasets by name as :func:`lockin_sim.open_comparison` returns them, ``effects`` among them
    Raises InputError where ``effects`` is missing or is not a dataset of :func:`lockin_sim.compare`.
    """

    def __init__(self, studies: Mapping[str, xr.Dataset]) -> None:
        if MAIN not in studies:
            raise unusable("report, studies", found=sorted(studies), allowed=f"some with {MAIN} among them")
        self.effects = studies[MAIN]
        absent = [name for name in NEEDED if name not in self.effects]
        if absent or "baseline" not in self.effects.attrs:
            text = "a dataset of lockin_sim.compare, with " + ", ".join((*NEEDED, "and the baseline's name"))
            raise unusable(f"report, {MAIN}", found=sorted(map(str, self.effects.data_vars)), allowed=text)
        self.studies = dict(studies)
        self.baseline = str(self.effects.attrs["baseline"])
        self.scenarios = [str(s) for s in self.effects["scenario"].values]
        self.policies = [s for s in self.scenarios if s != self.baseline]
        self.outcomes = [str(o) for o in self.effects["outcome"].values]
        self.first, self.last = (int(y) for y in self.effects["year"].values[[0, -1]])
        self.years = shown_years(self.effects)
        self.runs = int(self.effects.attrs["runs"])

    def study(self, name: str) -> xr.Dataset | None:
        """A further study, or None where the comparison holds none of that name."""
        return self.studies.get(name)

    @property
    def packages(self) -> dict[str, xr.Dataset]:
        """Studies of levers together and alone, by the scenario that holds them."""
        found = {n.removeprefix(PACKAGE): ds for n, ds in self.studies.items() if n.startswith(PACKAGE)}
        return {name: ds for name, ds in found.items() if self.headline in ds["outcome"].values}

    @property
    def headline(self) -> str:
        """The outcome the report is about: sensitive infrastructure outside China where there is one."""
        known = [name for name in reversed(HEADLINES) if name in self.outcomes]
        return (known or self.outcomes)[0]

    @property
    def featured(self) -> str | None:
        """The policy that the report follows up: that with the largest clear effect, else the largest."""
        first = [*self.distinct(self.headline), *self.ranked(self.headline)]
        return first[0] if first else None

    def outcome_in(self, study: xr.Dataset) -> str:
        """The outcome of a further study that the report shows: the headline, or the study's first."""
        held = known([self.headline], study, "outcome")
        return held[0] if held else str(study["outcome"].values[0])

    def outcomes_in(self, study: xr.Dataset) -> list[str]:
        """All outcomes of a further study, the one that the report shows first."""
        shown = self.outcome_in(study)
        return [shown, *(o for o in map(str, study["outcome"].values) if o != shown)]

    @property
    def sponsors(self) -> dict[str, str]:
        """Sponsors whose vendors' dependence is reported, and how each is spoken of."""
        return {s: adjective(s) for s in bundled_case().sponsors if f"dependence_{s}" in self.outcomes}

    def label(self, outcome: str) -> str:
        """What an outcome is, in words."""
        return str(self.effects["outcome_label"].sel(outcome=outcome).item())

    def unit(self, outcome: str) -> Unit:
        """The unit an outcome is shown in."""
        return unit_of(str(self.effects["outcome_unit"].sel(outcome=outcome).item()))

    def level(self, scenario: str, outcome: str, year: int | None = None) -> Estimate[float]:
        """Mean, and the range from the 5 % to the 95 % quantile of runs; the last year if none is given."""
        found = self.effects["level"].sel(scenario=scenario, outcome=outcome, year=year or self.last)
        factor = self.unit(outcome).factor
        return Estimate(*(factor * found.sel(statistic=s).item() for s in ("mean", "q05", "q95")))

    def effect(self, scenario: str, outcome: str, year: int | None = None) -> Estimate[float]:
        """Mean paired difference from the baseline with its 95 % interval."""
        factor, when = self.unit(outcome).factor, year or self.last
        return estimate(self.effects, factor, scenario=scenario, outcome=outcome, year=when)

    def ranked(self, outcome: str) -> list[str]:
        """Policies by the size of their mean effect in the last year, largest first; undefined ones last."""
        size = {s: abs(self.effect(s, outcome).mean) for s in self.policies}
        return sorted(self.policies, key=lambda s: -size[s] if np.isfinite(size[s]) else np.inf)

    def distinct(self, outcome: str) -> list[str]:
        """The policies among them whose interval excludes zero."""
        return [s for s in self.ranked(outcome) if self.effect(s, outcome).distinct]


def estimate(study: xr.Dataset, factor: float = 1.0, stem: str = "effect", **at: object) -> Estimate[float]:
    """Mean and interval at one place of a study, times ``factor``; undefined for a policy it leaves out."""
    if "scenario" in at and at["scenario"] not in study["scenario"].values:
        return Estimate(np.nan, np.nan, np.nan)
    names = (stem, f"{stem}_low", f"{stem}_high")
    return Estimate(*(factor * float(study[name].sel(at).item()) for name in names))


def known(names: Sequence[str], study: xr.Dataset, axis: str) -> list[str]:
    """Those of the names that a study's axis holds, in the order given."""
    held = {str(value) for value in study[axis].values}
    return [name for name in names if name in held]
