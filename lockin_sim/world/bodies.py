"""Standards bodies: who belongs to them, how they decide, and how much their standards bind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.world.kinds import OfKinds, derived
from lockin_sim.world.layout import Index, matrix
from lockin_sim.world.tables import Table


@dataclass(frozen=True)
class Body(OfKinds):
    """A standards body: who belongs to it, how it decides, and when."""

    label: str
    procedure: str
    weight: Floats  # (country,), votes of each member under the body's rule; 0 for non-members
    firm_weight: Floats  # (country,), votes in the private chamber, where there is one
    quota: float  # NaN: the parameter contested_hurdle
    blocking: float
    cycle_years: int
    first_cycle_year: int
    initial_status: Floats  # (standard,), sums to 1
    relative_contested: float = 1.0  # times contested_share: part of its work on which a vote decides
    bindingness: float = 1.0  # weight among the bodies that one looks at; NaN: the parameter forum_weight

    @derived
    def members(self) -> Bools:
        """Countries that take part in any way.  (country,)."""
        return (self.weight > 0) | (self.firm_weight > 0)

    def votes_in(self, year: int) -> bool:
        """Whether one of its cycles ends this year."""
        return year >= self.first_cycle_year and (year - self.first_cycle_year) % self.cycle_years == 0


def bodies(t: dict[str, Table], index: Index) -> tuple[Body, ...]:
    """The bodies of the tables, in their order."""
    members, table = t["members"], t["bodies"]
    weight = matrix(members, index["bodies"], "body", index["countries"], "iso3", "weight")
    firms = matrix(members, index["bodies"], "body", index["countries"], "iso3", "firm_weight")
    status = matrix(t["initial_status"], index["bodies"], "body", index["standards"], "standard", "share")
    return tuple(
        Body(
            label=label,
            procedure=table["procedure"][b],
            weight=weight[b],
            firm_weight=firms[b],
            quota=float(table["quota"][b]),
            blocking=float(np.nan_to_num(table["blocking_share"][b], nan=1.0)),
            cycle_years=int(table["cycle_years"][b]),
            first_cycle_year=int(table["first_cycle_year"][b]),
            initial_status=status[b],
            relative_contested=float(table["relative_contested"][b]),
            bindingness=float(table["bindingness"][b]),
        )
        for b, label in enumerate(table.labels)
    )
