"""Whom a lever acts on: names and groups to positions."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.conventions import Bools
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.world import World


def targets_of(world: World, kind: str, where: str, names: list[str]) -> Any:
    """Positions of the named targets: indices, or for vendors a mask over (domain, vendor).

    Names are labels of the kind, or for countries groups such as ``income:low`` or ``EU``.
    Raises InputError for an unknown name.
    """
    if not names:
        raise unusable(where, found=names, allowed=f"the name of a {kind}, or a list of at least one")
    if kind == "vendor":
        return _vendor_slots(world, where, names)
    if kind == "country":
        return np.flatnonzero(np.logical_or.reduce([countries_of(world, where, n) for n in names]))
    known = {"sponsor": world.sponsors, "domain": world.domains, "body": world.body_names}[kind]
    for name in names:
        if name not in known:
            raise unknown_name(where, found=name, known=known)
    return np.array([known.index(name) for name in names])


def countries_of(world: World, where: str, name: str) -> Bools:
    """Economies that a name stands for: one, those of a group, or all for ``world``.  (country,).

    Raises InputError for an unknown name.
    """
    if name in world.countries:
        return np.array([c == name for c in world.countries])
    if name in world.group_names:
        mask: Bools = world.group_masks[world.group_names.index(name)].any(axis=0)
        return mask
    raise unknown_name(where, found=name, known=[*world.group_names, *world.countries], called=world.called)


def _vendor_slots(world: World, where: str, names: list[str]) -> Bools:
    """Slots of the vendors named, or of a sponsor's, in one domain where it says so."""
    labels = np.array([*world.vendors, ""])[world.slot_vendor]
    sponsors = np.array([*world.sponsors, ""])[world.slot_sponsor]
    chosen = np.zeros(labels.shape, dtype=bool)
    for name in names:
        vendor, _, domain = name.partition("/")
        if vendor not in world.vendors and not (
            vendor.startswith("sponsor:") and vendor[8:] in world.sponsors
        ):
            raise unknown_name(
                where, found=vendor, known=[*world.vendors, *(f"sponsor:{s}" for s in world.sponsors)]
            )
        if domain and domain not in world.domains:
            raise unknown_name(where, found=domain, known=world.domains)
        match = labels == vendor if vendor in world.vendors else sponsors == vendor.removeprefix("sponsor:")
        match &= labels != ""
        if domain and not match[world.domains.index(domain)].any():
            offers = [d for d, any_offer in zip(world.domains, match.any(axis=1), strict=True) if any_offer]
            raise unusable(where, found=name, allowed=f"a domain that it offers in: {', '.join(offers)}")
        chosen |= match & np.array([not domain or d == domain for d in world.domains])[:, None]
    return chosen
