"""What one column alone cannot say of the tables: rows that must have a partner elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.world.tables import Table

#: Tables whose rows speak of the offer of a vendor in a domain.
_OF_OFFERS = ("quality", "areas", "partners", "events", "adoption", "users_base")


def check(t: Mapping[str, Table]) -> None:
    """Raises InputError for the first row that names what is not there, or shares that do not sum to one."""
    offers = {f"{d}/{v}" for d, v in zip(t["offers"]["domain"], t["offers"]["vendor"], strict=True)}
    for where, offer in _offers_meant(t):
        if offer not in offers:
            raise unknown_name(f"{where}, offer of a vendor in a domain", found=offer, known=offers)
    for body, procedure in zip(t["bodies"].labels, t["bodies"]["procedure"], strict=True):
        if procedure not in PROCEDURES:
            raise unknown_name(f"bodies.csv ({body}), column procedure", found=procedure, known=PROCEDURES)
    events = t["events"]
    for label, vendor, sponsor in zip(events.labels, events["vendor"], events["sponsor"], strict=True):
        if bool(vendor) == bool(sponsor):
            where = f"events.csv ({label}), columns vendor, sponsor"
            raise unusable(where, found=(str(vendor), str(sponsor)), allowed="one of them")
    domains = t["domains"]
    for domain, buyer, part in zip(domains.labels, domains["buyer"], domains["expansion_share"], strict=True):
        if buyer != "operator" and part not in (0, 1):  # what others buy is in their contracts
            where = f"domains.csv ({domain}), column expansion_share"
            found = "" if np.isnan(part) else float(part)
            raise unusable(where, found=found, allowed="0 or 1 where no operators buy")
    for domain, buyer in zip(domains.labels, domains["buyer"], strict=True):
        ruled = domain in t["operator_rules"].labels
        if ruled != (buyer == "operator"):
            found = "a row" if ruled else "no row"
            raise unusable(f"operator_rules.csv, {domain}", found=found, allowed="domains of operators, all")
    for where, total in _sums(t):
        if not np.isclose(total, 1.0):
            raise unusable(where, found=float(total), allowed="numbers that sum to 1")


def checked_years(years: Any, first_year: int, last_year: int, steps: int | None) -> tuple[int, int]:
    """First and last year of a simulation as integers.

    steps  of a calendar, which must reach to the last year; None: there is none
    Raises InputError for years that the world does not have.
    """
    allowed = f"({first_year}, Y) with {first_year} < Y <= {last_year}"
    try:
        given = tuple(years)
        first, last = (int(y) for y in given)
    except (TypeError, ValueError, OverflowError) as error:
        raise unusable("years", found=years, allowed=allowed) from error
    if (first, last) != given or first != first_year or not first < last <= last_year:
        raise unusable("years", found=given, allowed=allowed)
    if steps is not None and steps < last - first:
        raise unusable("calendar", found=f"{steps} steps", allowed=f"one for each of {last - first} years")
    return first, last


def _offers_meant(t: Mapping[str, Table]) -> Iterator[tuple[str, str]]:
    """Place and 'domain/vendor' of every row that speaks of an offer."""
    for name in _OF_OFFERS:
        for label, d, v in zip(t[name].labels, t[name]["domain"], t[name]["vendor"], strict=True):
            if v:
                yield f"{name}.csv ({label})", f"{d}/{v}"
    operators = t["operators"]
    for label, d, suppliers in zip(
        operators.labels, operators["domain"], operators["initial_suppliers"], strict=True
    ):
        yield from ((f"operators.csv ({label})", f"{d}/{v}") for v in suppliers if v)
    for domain in t["projects"]["domain"][:1]:
        for label, v in zip(t["landings"].labels, t["landings"]["vendor"], strict=True):
            yield f"landings.csv ({label})", f"{domain}/{v}"


def _sums(t: Mapping[str, Table]) -> Iterator[tuple[str, float]]:
    """Place and sum of numbers that should sum to one."""
    lenders, projects = t["lenders"], t["projects"]
    for sponsor in t["sponsors"].labels if lenders.labels else ():
        share = lenders["envelope_share"][lenders["sponsor"] == sponsor]
        yield f"lenders.csv, column envelope_share, lenders of {sponsor}", share.sum()
    for row, label in enumerate(projects.labels):
        chances = (projects[number][row] for number in ("one", "two", "three", "four"))
        yield f"projects.csv ({label}), columns one to four", sum(chances)
