"""What lock-in means: what is left of a lead that is given to somebody, and what is lost after a shock.

Worlds without switching costs are not worlds in which everybody is freer and all else is equal: somebody else
would have been ahead.  So lock-in is measured by response: the same world, with and without a lead, or with
and without a shock, under the same luck; and this with mechanisms of lock-in on and off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import LEAD, RUNS, SEED
from lockin_sim.errors import unusable, whole_number
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, run_cases
from lockin_sim.scenario import Named
from lockin_sim.statistics import difference
from lockin_sim.studies.held import (
    MECHANISMS,
    Arms,
    cases_of,
    chosen_of,
    held_of,
    labelled,
    level,
    mechanism_labels,
    part,
    under_study,
)
from lockin_sim.studies.leads import advantage_ends, with_lead
from lockin_sim.studies.pairing import levers_alone
from lockin_sim.studies.parts import Variables, contrast
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr


def response(
    sponsor: str | None = None,
    *,
    share: float = LEAD,
    shock: int = 2021,
    groups: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    mechanisms: Sequence[str] = tuple(MECHANISMS),
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = RUNS.mechanisms,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """What lock-in holds of an imposed lead, and what it saves after a shock, with mechanisms on and off.

    sponsor     whose vendors lead, and lose; None = the one under study
    share       part of what was built abroad by the first year that they are given, see :func:`with_lead`
    shock       year in which their price advantage ends, see :func:`advantage_ends`
    groups      of markets that are reported; None = those of GROUPS that the world has
    domains     None = all in which they sell and vendors exclude one another
    mechanisms  names, see MECHANISMS
    Other arguments as in :func:`lockin_sim.compare`.

    Returns a dataset over (mechanism, group, domain, year), the first domain being all together by market
    size.  ``share``, mean share of the sponsor's vendors; ``lead``, what they have more with the lead than
    without; ``lead_left``, that as a part of the lead in the first year; ``loss``, what they have less after
    the shock; ``loss_part``, that as a part of their share without it; ``stay``, the chance at renewal that
    switching costs add for them, P(stay) - P(stay | no cost).  Leads and losses are paired run by run, each
    against the same mechanism, and have ``_low`` and ``_high`` (95 %: Student's t; of parts Fieller's, NaN
    where the whole cannot be told from zero) and ``_pairs_used``.
    Raises InputError for anything that cannot be used.
    """
    world, base, parameters = world_of(world), levers_alone(baseline), parameters_of(parameters)
    sponsor = sponsor or under_study(world)
    first, last = world.horizon(years)
    if not first < whole_number("shock", shock) <= last:
        raise unusable("shock", found=shock, allowed=f"a year from {first + 1} to {last}")
    chosen = chosen_of("mechanisms", mechanisms, MECHANISMS)
    reduce = held_of(world, sponsor, groups, domains)
    led, ended = with_lead(world, sponsor, share), advantage_ends(world, base, sponsor, shock)
    arms: Arms = {"as is": (base, None), "lead": (base, led), "shock": (ended, None)}
    cases = cases_of(chosen, arms, world, parameters, reduce)
    arrays = run_cases(
        cases, world=world, runs=runs, seed=seed, years=years, workers=workers, chunk=chunk, progress=progress
    )
    about = {"sponsor": sponsor, "given": float(share), "shock": int(shock), "baseline": base.name}
    data = _measured(arrays, chosen)
    return labelled(
        data, mechanism_labels(chosen), reduce, world, parameters, (first, last), runs, seed, about
    )


def _measured(arrays: Mapping[str, Mapping[str, Floats]], chosen: Sequence[str]) -> Variables:
    """Levels, leads and losses of every mechanism."""

    def stacked(arm: str, what: str) -> Floats:
        """One array of an arm under every mechanism.  (run, mechanism, ...)."""
        return np.stack([arrays[f"{name} {arm}"][what] for name in chosen], axis=1)

    held, axes = stacked("as is", "share"), ("mechanism", "group", "domain", "year")
    lead, loss = difference(stacked("lead", "share"), held), difference(held, stacked("shock", "share"))
    return {
        **level("share", held, axes, "share of the sponsor's vendors"),
        **contrast(lead, axes, "share", "lead"),
        **contrast(loss, axes, "share", "loss"),
        **part("lead_left", lead, lead[..., :1], axes),
        **part("loss_part", loss, held, axes),
        **level("stay", stacked("as is", "stay"), axes, "chance at renewal that lock-in adds"),
    }
