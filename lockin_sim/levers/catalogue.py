"""Every policy lever: a bounded change of one declared quantity, for some targets, from year to year.

A lever writes to the :class:`~lockin_sim.world.Conditions` of its years before the engines see them,
so a lever at its neutral setting is the identity, bit for bit.  To add one on an existing quantity,
write one function here: its keyword arguments declare the settings.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lockin_sim.conventions import Bools, Integers
from lockin_sim.levers.registry import SPONSOR, Setting, lever
from lockin_sim.world import Conditions, World

_ON = Setting("", 0, 0, "sponsor whose vendors are in question", SPONSOR)
_MODE = Setting(
    "",
    0,
    0,
    "coordinated: all restrict; none: nobody may; national (neutral): each decides",
    ("coordinated", "national", "none"),
)
_ENVELOPE = Setting("USD bn per year", 0, 500, "money available for digital loans; unset: as recorded")
_RATE = Setting("per year", 0, 0.3, "interest rate of the loans; unset: as recorded")
_TENOR = Setting("years", 1, 50, "years to the last payment; unset: as recorded")
_GRACE = Setting("years", 0, 20, "years before repayment begins; unset: as recorded")
_TIED = Setting("", 0, 1, "whether loans buy only the sponsor's own vendors; unset: as recorded")


@lever("sponsor")
def export_finance(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    envelope: Annotated[float | None, _ENVELOPE] = None,
    rate: Annotated[float | None, _RATE] = None,
    tenor: Annotated[float | None, _TENOR] = None,
    grace: Annotated[float | None, _GRACE] = None,
    tied: Annotated[bool | None, _TIED] = None,
) -> None:
    """Money and terms of a sponsor's loans for digital infrastructure abroad."""
    cells = np.ix_(when, targets)
    for array, value in (
        (conditions.envelope, envelope),
        (conditions.loan_rate, rate),
        (conditions.tenor, tenor),
        (conditions.grace, grace),
        (conditions.tied, tied),
    ):
        if value is not None:
            array[cells] = value


@lever("vendor")
def subsidy(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Bools,
    *,
    share: Annotated[
        float, Setting("share of cost", 0, 0.9, "part of the cost that the state pays; neutral 0")
    ] = 0.0,
) -> None:
    """Part of a vendor's cost paid by its state, in every market; a second one pays part of the rest."""
    conditions.subsidy[when] = 1.0 - (1.0 - conditions.subsidy[when]) * (1.0 - share * targets)


@lever("vendor")
def industrial_policy(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Bools,
    *,
    quality: Annotated[float, Setting("utility", -3, 3, "added to quality once phased in; neutral 0")] = 0.0,
    cost: Annotated[float, Setting("factor", 0.5, 2, "multiplies unit cost; neutral 1")] = 1.0,
    phase_in: Annotated[
        float, Setting("years", 0, 20, "years until quality has risen in full; neutral 0")
    ] = 0.0,
) -> None:
    """Research and production support that makes chosen vendors better or cheaper."""
    passed = np.cumsum(when)[when, None, None]
    reached = np.minimum(1.0, passed / max(phase_in, 1.0))
    conditions.quality_path[when] += quality * reached * targets
    conditions.cost_factor[when] *= np.where(targets, cost, 1.0)


@lever("sponsor")
def standards_effort(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    effort: Annotated[
        float, Setting("factor", 0, 10, "multiplies the weight of its proposals in all bodies; neutral 1")
    ] = 1.0,
    push: Annotated[
        float, Setting("factor", 0, 10, "multiplies its vendors' preference for its own family; neutral 1")
    ] = 1.0,
) -> None:
    """How hard a sponsor promotes its standard family, in the bodies and among its own vendors."""
    conditions.effort[np.ix_(when, targets)] *= effort
    conditions.standard_push[np.ix_(when, targets)] *= push


@lever("country")
def alliance_pressure(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    on: Annotated[str, _ON] = "CHN",
    pressure: Annotated[
        float, Setting("share of allies", -1, 1, "added to the share of allies that restrict; neutral 0")
    ] = 0.0,
) -> None:
    """Diplomatic pressure on countries to restrict (or not) a sponsor's vendors."""
    conditions.pressure[np.ix_(when, targets, [world.sponsors.index(on)])] += pressure


@lever("country")
def restriction(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    on: Annotated[str, _ON] = "CHN",
    mode: Annotated[
        str,
        _MODE,
    ] = "national",
    forced_replacement: Annotated[
        float,
        Setting(
            "years", 0, 30, "years in which the restricted base must be replaced; 0 (neutral): not forced"
        ),
    ] = 0.0,
) -> None:
    """Rules that keep a sponsor's vendors out of sensitive domains, or forbid to do so."""
    order = {"coordinated": 1, "national": 0, "none": -1}[mode]
    if order:
        conditions.restriction_order[np.ix_(when, targets, [world.sponsors.index(on)])] = order
    if forced_replacement:
        conditions.phase_out_years[np.ix_(when, targets, [world.sponsors.index(on)])] = forced_replacement


@lever("domain")
def interoperability(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    openness: Annotated[
        float, Setting("share", 0, 1, "least interoperability of complying vendors; neutral 0")
    ] = 0.0,
) -> None:
    """Mandated open interfaces: vendors that share a standard must work together (Open RAN)."""
    cells = np.ix_(when, targets)
    conditions.openness[cells] = np.maximum(conditions.openness[cells], openness)


@lever("country")
def diversification(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    share_cap: Annotated[
        float, Setting("share", 0.05, 1, "largest share of a country's base one vendor may reach; neutral 1")
    ] = 1.0,
) -> None:
    """A cap on the share of any one vendor in a country's sensitive networks."""
    cells = np.ix_(when, targets)
    conditions.share_cap[cells] = np.minimum(conditions.share_cap[cells], share_cap)
