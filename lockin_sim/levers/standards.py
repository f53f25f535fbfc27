"""Levers of standards: effort and venue in the bodies, agreements, open interfaces, blocs."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lockin_sim.conventions import Bools, Integers
from lockin_sim.levers.registry import BODY, STANDARD, Setting, lever
from lockin_sim.world import Conditions, World


@lever("sponsor", title="Effort in standards bodies")
def standards_effort(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    effort: Annotated[
        float,
        Setting(
            "weight of its proposals", "factor", 0, 10, "multiplies the weight of its proposals; neutral 1"
        ),
    ] = 1.0,
    body: Annotated[
        str | None,
        Setting("in which body", "", 0, 0, "body in which it makes the effort; unset: in all", BODY),
    ] = None,
    push: Annotated[
        float,
        Setting(
            "push among its own vendors",
            "factor",
            0,
            10,
            "multiplies its vendors' preference for its own family; neutral 1",
        ),
    ] = 1.0,
) -> None:
    """How hard a sponsor promotes its standard family, in the bodies and among its own vendors; in one body,
    this is lobbying in a venue."""
    places = range(len(world.bodies)) if body is None else [world.body_names.index(body)]
    conditions.effort[np.ix_(when, targets, places)] *= effort
    conditions.standard_push[np.ix_(when, targets)] *= push


@lever("sponsor", title="Elected office in a body")
def elected_office(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    weight: Annotated[
        float,
        Setting(
            "weight of its proposals, added",
            "share",
            0,
            1,
            "added to the weight of its proposals in the term; neutral 0",
        ),
    ] = 0.0,
    body: Annotated[
        str | None, Setting("which body", "", 0, 0, "body that a national of it leads; unset: all", BODY)
    ] = None,
) -> None:
    """A national leads a body for the years given and helps to set its agenda; terms on record are in the
    record table offices.  By how much is not recorded: no scenario assumes it."""
    places = range(len(world.bodies)) if body is None else [world.body_names.index(body)]
    conditions.effort[np.ix_(when, targets, places)] *= 1.0 + weight


@lever("domain", title="Where standards are made")
def venue(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    leaves: Annotated[
        str | None, Setting("body that loses it", "", 0, 0, "body that loses the domain; unset: none", BODY)
    ] = None,
    enters: Annotated[
        str | None, Setting("body that gains it", "", 0, 0, "body that gains the domain; unset: none", BODY)
    ] = None,
) -> None:
    """Who standardises a domain: its mandate moves from one body to another."""
    for body, mandated in ((leaves, False), (enters, True)):
        if body is not None:
            conditions.mandate[np.ix_(when, [world.body_names.index(body)], targets)] = mandated


@lever("domain", title="Mandated open interfaces")
def interoperability(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    openness: Annotated[
        float,
        Setting(
            "openness of interfaces", "share", 0, 1, "least interoperability of complying vendors; neutral 0"
        ),
    ] = 0.0,
) -> None:
    """Mandated open interfaces: vendors that share a standard must work together (Open RAN)."""
    cells = np.ix_(when, targets)
    conditions.openness[cells] = np.maximum(conditions.openness[cells], openness)


@lever("sponsor", title="Decoupled blocs")
def decoupling(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    compatibility: Annotated[
        float,
        Setting(
            "compatibility with other blocs",
            "factor",
            0,
            1,
            "multiplies interoperability with vendors of other blocs; neutral 1",
        ),
    ] = 1.0,
) -> None:
    """The sponsors named form a bloc; its vendors and those of other sponsors work together less, in every
    domain.  Vendors without a sponsor are in no bloc."""
    bloc = np.isin(np.arange(len(world.sponsors)), targets)
    conditions.compatibility[when] *= np.where(bloc[:, None] != bloc, compatibility, 1.0)


@lever("country", title="Agreements on standards")
def standards_agreement(
    world: World,
    conditions: Conditions,
    when: Bools,
    targets: Integers,
    *,
    family: Annotated[
        str | None,
        Setting(
            "standards that offers must speak",
            "",
            0,
            0,
            "family that offers must speak, once it exists; unset: none",
            STANDARD,
        ),
    ] = None,
    fine: Annotated[
        float,
        Setting(
            "cost of offers that do not",
            "share of price",
            0,
            1,
            "added by offers not built to the family at all; neutral 0",
        ),
    ] = 0.0,
) -> None:
    """Regulators agree on a family of standards: what is sold there must speak it, and offers that their
    vendors do not build to it anyway cost more."""
    if family is None:
        return
    standard = world.standards.index(family)
    since = when & (conditions.years >= world.standard_entry[standard])
    cells = np.ix_(since, targets, [standard])
    conditions.demanded[cells] = True
    conditions.fine[cells] += fine
