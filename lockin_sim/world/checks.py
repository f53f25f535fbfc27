"""What one column alone cannot say of the tables: rows that must have a partner elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lockin_sim.errors import Defects, as_whole, unknown_name, unusable
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.world.tables import Table

#: Tables whose rows speak of the offer of a vendor in a domain.
_OF_OFFERS = ("quality", "areas", "partners", "events", "adoption", "users_base")

#: Tables whose rows mean something for one kind of buyer alone.
_OF_BUYERS = {
    "operator_rules": "operator",
    "operators": "operator",
    "generations": "operator",
    "launches": "operator",
    "roll_outs": "operator",
    "coverage": "operator",
    "anchors": "operator",
    "users_base": "users",
    "projects": "project",
    "adoption": "adopters",
}

#: Tables of which each domain with that buyer needs a row.
_NEEDED = ("operator_rules", "projects")

#: Tables whose rows hold from a first year to a last one.
_LASTING = ("areas", "partners", "events")

#: Shares that make a whole, or part of one: table, columns that name the whole, share, whether all of it.
_WHOLES = (
    ("lenders", ("sponsor",), "envelope_share", True),
    ("owners", ("standard",), "share", True),
    ("initial_status", ("body",), "share", True),
    ("initial_compliance", ("vendor",), "share", True),
    ("operators", ("domain", "iso3"), "size_share", True),
    ("contributions", ("body", "year"), "share", False),
    ("offers", ("domain",), "initial_base_share", False),
    ("users_base", ("domain", "iso3"), "share", False),
)


def check(t: Mapping[str, Table]) -> None:
    """Raises InputError for rows that name what is not there, contradict another, or mean nothing for who
    decides in their domain: the first of each kind."""
    with Defects() as defects:
        for one in (_buyers, _names, _generations, _years, _blanks, _shares):
            with defects.part():
                one(t)


def _names(t: Mapping[str, Table]) -> None:
    """Offers, procedures and sponsors that must be there."""
    offers = {f"{d}/{v}" for d, v in zip(t["offers"]["domain"], t["offers"]["vendor"], strict=True)}
    for where, offer in _offers_meant(t):
        if offer not in offers:
            raise unknown_name(f"{where}, offer of a vendor in a domain", found=offer, known=offers)
    for body, procedure in zip(t["bodies"].labels, t["bodies"]["procedure"], strict=True):
        if procedure not in PROCEDURES:
            raise unknown_name(f"bodies.csv ({body}), column procedure", found=procedure, known=PROCEDURES)
    for sponsor in t["envelopes"]["sponsor"]:
        if sponsor not in t["lenders"]["sponsor"]:
            where = f"lenders.csv, column sponsor, {sponsor}"
            raise unusable(where, found="no row", allowed="a row of every sponsor with an envelope")


def _generations(t: Mapping[str, Table]) -> None:
    """Launches and roll-outs of a generation that there is none of in the domain."""
    known = {
        f"{d}/{g}" for d, g in zip(t["generations"]["domain"], t["generations"]["generation"], strict=True)
    }
    for name in ("launches", "roll_outs"):
        table = t[name]
        for label, d, g in zip(table.labels, table["domain"], table["generation"], strict=True):
            if g and f"{d}/{g}" not in known:
                where = f"{name}.csv ({label}), domain and generation of generations.csv"
                raise unknown_name(where, found=f"{d}/{g}", known=known)


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
    for domain in t["projects"]["domain"]:
        for label, v in zip(t["landings"].labels, t["landings"]["vendor"], strict=True):
            yield f"landings.csv ({label})", f"{domain}/{v}"


def _buyers(t: Mapping[str, Table]) -> None:
    """Rows of domains whose buyers they do not concern, and domains whose buyers miss theirs."""
    buyer = dict(zip(t["domains"].labels, t["domains"]["buyer"].tolist(), strict=True))
    projects = [domain for domain, who in buyer.items() if who == "project"]
    if len(projects) > 1:
        found = ", ".join(projects)
        raise unusable("domains.csv, column buyer", found=found, allowed="project in one domain at most")
    for name in _NEEDED:
        for domain in (domain for domain, who in buyer.items() if who == _OF_BUYERS[name]):
            if domain not in t[name].labels:
                where, allowed = f"{name}.csv, column domain", f"a row of every {_OF_BUYERS[name]} domain"
                raise unusable(where, found=f"none of {domain}", allowed=allowed)
    for name, wanted in _OF_BUYERS.items():
        for label, domain in zip(t[name].labels, t[name]["domain"].tolist(), strict=True):
            if buyer[domain] != wanted:
                found = f"{domain}, whose buyer is {buyer[domain]}"
                allowed = f"domains whose buyer is {wanted}"
                raise unusable(f"{name}.csv ({label}), column domain", found=found, allowed=allowed)


def _years(t: Mapping[str, Table]) -> None:
    """Rows that end before they begin, and loans repaid before their grace ends."""
    for name in _LASTING:
        for label, first, last in zip(t[name].labels, t[name]["from"], t[name]["until"], strict=True):
            if last < first:
                where = f"{name}.csv ({label}), column until"
                raise unusable(where, found=int(last), allowed=f"a year from {first} on, or a blank")
    lenders = t["lenders"]
    for label, tenor, grace in zip(lenders.labels, lenders["tenor"], lenders["grace"], strict=True):
        if not grace < tenor:
            where = f"lenders.csv ({label}), column grace"
            raise unusable(where, found=float(grace), allowed=f"less than its tenor of {tenor:g} years")


def _shares(t: Mapping[str, Table]) -> None:
    """Shares that do not add up."""
    for name, keys, column, whole in _WHOLES:
        summed: defaultdict[tuple[str, ...], float] = defaultdict(float)
        for *key, share in zip(*(t[name][key] for key in keys), t[name][column], strict=True):
            if not np.isnan(share):
                summed[tuple(map(str, key))] += float(share)
        for of, total in summed.items():
            where, found = f"{name}.csv, column {column}, rows of {'/'.join(of)}", round(total, 6)
            if whole and not np.isclose(total, 1.0):
                raise unusable(where, found=found, allowed="numbers that sum to 1")
            if total > 1.0 + 1e-6:
                raise unusable(where, found=found, allowed="numbers that sum to 1 at most")
    numbers = ("one", "two", "three", "four")
    for label, *chances in zip(t["projects"].labels, *(t["projects"][name] for name in numbers), strict=True):
        if not np.isclose(sum(chances), 1.0):
            where, found = f"projects.csv ({label}), columns one to four", round(float(sum(chances)), 6)
            raise unusable(where, found=found, allowed="numbers that sum to 1")


def _blanks(t: Mapping[str, Table]) -> None:
    """Cells that must be blank, or must not, by what stands in others."""
    events = t["events"]
    for label, vendor, sponsor in zip(events.labels, events["vendor"], events["sponsor"], strict=True):
        if bool(vendor) == bool(sponsor):
            where = f"events.csv ({label}), columns vendor, sponsor"
            raise unusable(where, found=(str(vendor), str(sponsor)), allowed="one of them")
    launches = t["launches"]
    for label, *years in zip(launches.labels, launches["year"], launches["none_until"], strict=True):
        if np.isnan(years).sum() != 1:
            where = f"launches.csv ({label}), columns year, none_until"
            raise unusable(where, found=["" if np.isnan(y) else int(y) for y in years], allowed="one of them")
    domains = t["domains"]
    for domain, buyer, part in zip(domains.labels, domains["buyer"], domains["expansion_share"], strict=True):
        if buyer != "operator" and part not in (0, 1):  # what others buy is in their contracts
            where = f"domains.csv ({domain}), column expansion_share"
            found = "" if np.isnan(part) else float(part)
            raise unusable(where, found=found, allowed="0 or 1 where no operators buy")
    operators = t["operators"]
    economy = list(zip(operators["domain"].tolist(), operators["iso3"].tolist(), strict=True))
    blank = np.isnan(operators["size_share"]).tolist()
    given = {mine for mine, none in zip(economy, blank, strict=True) if not none}
    for label, mine, none in zip(operators.labels, economy, blank, strict=True):
        if none and mine in given:
            where = f"operators.csv ({label}), column size_share"
            raise unusable(where, found="", allowed="a share, as other operators of the economy have one")


def checked_years(years: Any, first_year: int, last_year: int, steps: int | None) -> tuple[int, int]:
    """First and last year of a simulation as integers.

    steps  of a calendar, which must reach to the last year; None: there is none
    Raises InputError for years that the world does not have.
    """
    allowed = f"{first_year} and a later year, {last_year} at most"
    try:
        given = tuple(years)
        first, last = map(as_whole, given)
    except (TypeError, ValueError) as error:
        raise unusable("years", found=years, allowed=allowed) from error
    if first is None or last is None or first != first_year or not first < last <= last_year:
        raise unusable("years", found=given, allowed=allowed)
    if steps is not None and steps < last - first:
        raise unusable("calendar", found=f"{steps} steps", allowed=f"one for each of {last - first} years")
    return first, last
