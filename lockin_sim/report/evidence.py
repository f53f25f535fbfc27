"""What a comparison holds, read the way a report needs it: checked names, shown units, what is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.errors import unusable
from lockin_sim.reader import Reader, shown_years
from lockin_sim.studies.registry import headlines
from lockin_sim.world.case import case_of
from lockin_sim.world.names import adjective

if TYPE_CHECKING:
    import xarray as xr

#: The study every report starts from, and what else one may hold.
MAIN = "effects"
#: How the names of studies of packages begin.
PACKAGE = "synergy_"
NEEDED = ("level", "effect", "effect_low", "effect_high", "pairs_used")


class Evidence(Reader):
    """The studies of a comparison.

    studies  datasets by name as :func:`lockin_sim.open_results` returns them, ``effects`` among them
    Raises InputError where ``effects`` is missing or is not a dataset of :func:`lockin_sim.compare`.
    """

    def __init__(self, studies: Mapping[str, xr.Dataset]) -> None:
        if MAIN not in studies:
            raise unusable("report, studies", found=sorted(studies), allowed=f"some with {MAIN} among them")
        effects = studies[MAIN]
        absent = [name for name in NEEDED if name not in effects]
        if absent or "baseline" not in effects.attrs:
            text = "a dataset of lockin_sim.compare, with " + ", ".join((*NEEDED, "and the baseline's name"))
            raise unusable(f"report, {MAIN}", found=sorted(map(str, effects.data_vars)), allowed=text)
        super().__init__(effects)
        self.studies = dict(studies)
        self.case = case_of(self.effects.attrs)
        self.policies = [s for s in self.scenarios if s != self.baseline]
        self.first = int(self.effects["year"].values[0])
        self.years = shown_years(self.effects)
        self.runs = int(self.effects.attrs["runs"])
        self.parameters: dict[str, Any] = json.loads(self.effects.attrs.get("parameters", "{}"))

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
        known = [name for name in reversed(headlines(self.case)) if name in self.outcomes]
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

    @property
    def sponsors(self) -> dict[str, str]:
        """Sponsors whose vendors' dependence is reported, and how each is spoken of."""
        return {s: adjective(s) for s in self.case.sponsors if f"dependence_{s}" in self.outcomes}

    def ranked(self, outcome: str) -> list[str]:
        """Policies by the size of their mean effect in the last year, largest first; undefined ones last."""
        size = {s: abs(self.effect(s, outcome).mean) for s in self.policies}
        return sorted(self.policies, key=lambda s: -size[s] if np.isfinite(size[s]) else np.inf)

    def distinct(self, outcome: str) -> list[str]:
        """The policies among them whose interval excludes zero."""
        return [s for s in self.ranked(outcome) if self.effect(s, outcome).distinct]


def known(names: Sequence[str], study: xr.Dataset, axis: str) -> list[str]:
    """Those of the names that a study's axis holds, in the order given."""
    held = {str(value) for value in study[axis].values}
    return [name for name in names if name in held]
