"""Levers of money: loans abroad, state support, research and production."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lockin_sim.conventions import Bools, Integers
from lockin_sim.levers.registry import Setting, lever
from lockin_sim.world import Conditions, World

_ENVELOPE = Setting(
    "money for loans", "USD bn per year", 0, 500, "money available for digital loans; unset: as recorded"
)
_RATE = Setting("interest rate", "per year", 0, 0.3, "interest rate of the loans; unset: as recorded")
_TENOR = Setting("time to the last payment", "years", 1, 50, "years to the last payment; unset: as recorded")
_GRACE = Setting("time before repayment", "years", 0, 20, "years before repayment begins; unset: as recorded")
_TIED = Setting(
    "only for own vendors", "", 0, 1, "whether loans buy only the sponsor's own vendors; unset: as recorded"
)


@lever("sponsor", title="State loans abroad")
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
    """Money and terms of a sponsor's loans for digital infrastructure abroad.

    The envelope is divided among the sponsor's lenders as on record; terms are those of each.
    """
    lenders = np.flatnonzero(np.isin(world.lenders.sponsor, targets))
    cells = np.ix_(when, lenders)
    if envelope is not None:
        conditions.envelope[cells] = envelope * world.lenders.share[lenders]
    for array, value in (
        (conditions.loan_rate, rate),
        (conditions.tenor, tenor),
        (conditions.grace, grace),
        (conditions.tied, tied),
    ):
        if value is not None:
            array[cells] = value


@lever("vendor", title="State support of vendors")
def state_support(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Bools,
    *,
    share: Annotated[
        float,
        Setting(
            "part of the cost that the state pays",
            "share of cost",
            0,
            0.9,
            "part of the cost that the state pays besides; neutral 0",
        ),
    ] = 0.0,
    scale: Annotated[
        float, Setting("support on record", "factor", 0, 3, "multiplies the support on record; neutral 1")
    ] = 1.0,
) -> None:
    """Part of a vendor's cost that its state bears, in every market.

    What is added pays part of the rest: of what is there times ``scale``, and of what earlier uses added.
    """
    before = conditions.state_support[when]
    there = np.minimum(scale * before, np.maximum(before, 0.9))
    conditions.state_support[when] = np.where(targets, there + (1.0 - there) * share, before)


@lever("vendor", title="Industrial policy")
def industrial_policy(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Bools,
    *,
    quality: Annotated[
        float, Setting("quality added", "utility", -3, 3, "added to quality once phased in; neutral 0")
    ] = 0.0,
    cost: Annotated[float, Setting("unit cost", "factor", 0.5, 2, "multiplies unit cost; neutral 1")] = 1.0,
    phase_in: Annotated[
        float,
        Setting(
            "time until quality has risen",
            "years",
            0,
            20,
            "years until quality has risen in full; neutral 0",
        ),
    ] = 0.0,
) -> None:
    """Research and production support that makes chosen vendors better or cheaper."""
    passed = np.cumsum(when)[when, None, None]
    reached = np.minimum(1.0, passed / max(phase_in, 1.0))
    conditions.quality_path[when] += quality * reached * targets
    conditions.cost_factor[when] *= np.where(targets, cost, 1.0)
