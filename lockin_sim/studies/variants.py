"""What studies switch off or assume otherwise: the rows of ``data/variants.toml``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lockin_sim.files import toml_of
from lockin_sim.histories import PRIOR
from lockin_sim.scenario import Scenario
from lockin_sim.studies.contrast import Arm
from lockin_sim.world import World
from lockin_sim.world.schema import DATA


class Variant(NamedTuple):
    """One way to see the world.

    title     what it is called
    source    where its numbers come from: "neutral", "range" or "assumed"; "" where it has none
    settings  parameters, by name
    world     arrays of the world that are one number throughout, by name
    scenario  in place of the baseline
    lead      part of what was built abroad that the vendors under study are given
    history   as in :func:`lockin_sim.simulate`
    parts     of a corner: rows that it puts together
    """

    title: str
    source: str = ""
    settings: Mapping[str, float] = {}
    world: Mapping[str, float] = {}
    scenario: str = "baseline"
    lead: float = 0.0
    history: str = PRIOR
    parts: tuple[str, ...] = ()

    def arm(self, scenario: Scenario, world: World, own: World | None = None) -> Arm:
        """A scenario under this variant.  own: the world in which it is run, where it is not that of all."""
        if self.world:
            base = world if own is None else own
            arrays = {name: np.full_like(getattr(base, name), value) for name, value in self.world.items()}
            own = dataclasses.replace(base, **arrays, facts={"recorded": base} | base.facts)
        return Arm(scenario, self.settings, own, self.history)


def _rows(table: Mapping[str, Mapping[str, object]]) -> dict[str, Variant]:
    """Variants of one study by name; a corner has the settings of its parts."""
    rows: dict[str, Variant] = {}
    for name, row in table.items():
        one = Variant(**row)  # type: ignore[arg-type]  # a file of ours
        together = {key: value for part in one.parts for key, value in rows[part].settings.items()}
        rows[name] = one._replace(parts=tuple(one.parts), settings={**together, **one.settings})
    return rows


#: By study and name, in the order of the table.
VARIANTS: Mapping[str, Mapping[str, Variant]] = {
    study: _rows(table) for study, table in toml_of(DATA / "variants.toml").items()
}

#: Structural alternatives; the model as it is declared, and the name under which estimated parameters differ
#: from run to run.
ALTERNATIVES = VARIANTS["alternatives"]
DEFAULT, DRAWN = "default", "drawn"

#: Alternatives that put several together.
CORNERS = {name: one for name, one in ALTERNATIVES.items() if one.parts}

#: What a chain is followed under unless others are named.
USUAL = (DEFAULT, *CORNERS)

#: Those that say how the model is built.  The others draw parameters, or give economies another history:
#: draws of a posterior do the first, and what they fit is the history on record.
STRUCTURAL = {name: one for name, one in ALTERNATIVES.items() if one.history == PRIOR and name != DRAWN}
