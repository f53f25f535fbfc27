"""Create symmetric worlds without policies for theory, teaching and tests."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.errors import check_known, check_whole_number, unusable
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.values import check_default_index, check_listed, copy_array, number
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.markets import Influence, Lenders, Lots, Routes
from lockin_sim.world.model import World
from lockin_sim.world.schema import bounds

#: Kinds of buyers.
BUYERS = ("operator", "users", "project", "adopters")

#: Tastes for a vendor in which a choice is still one, as of weights of utility.
TASTES = (-1000.0, 1000.0)

_FOREVER = 10_000_000

#: Longest lifetime, years: for ever, in numbers that can still be multiplied.
LONGEST = 1e12

#: Offers of a toy world at most: more than a run of any length fits into memory.
MOST_OFFERS = 50_000_000


@checks_keywords()
def toy_world(
    n_countries: int = 100,
    n_vendors: int = 2,
    n_domains: int = 1,
    *,
    lifetime: float = 1,
    buyer: str = "operator",
    lots: int = 1,
    installed: Floats | None = None,
    quality: Floats | None = None,
    taste: Floats | None = None,
    calendar: Bools | None = None,
    influence: Any = "uniform",
) -> World:
    """Create a world of equal countries without finance, affinity, restrictions, bodies or learning.

    Every vendor has its own standard, so that no two are interoperable; year 0 is the initial state.

    n_countries, n_vendors, n_domains  sizes, at least 1
    lifetime   years, at least 1 as in tables, 1e12 at most; 1 = all capacity is bought again every year
    buyer      who decides: "operator" (lots with one incumbent each), "users" (flows), "project" (cables, one
               domain at most) or "adopters" (side by side)
    lots       lots of a country and domain, of equal weight; with 1 a contract is for all its capacity
    installed  (country, domain, vendor) or (run, country, domain, vendor), initial shares; rows may sum
               to anything from 0 to 1; None = equal shares.  For operators the incumbent of each lot is drawn
               from them, so that rows of 0 and 1 are certain
    quality    (vendor,) or (domain, vendor), utility units, bounded as in tables; None = 0
    taste      (country, domain, vendor) or (run, country, domain, vendor), utility units; None = 0
    calendar   (step, country, domain) or (run, step, country, domain), bool, one row per step: which
               operators buy when, instead of lifetime and greenfield draws
    influence  "uniform" = 1/(n-1) on all others, never stored as a matrix; or a dense or scipy.sparse
               array, used as given (not renormalised, diagonal allowed)
    Raises InputError for a size below 1, a wrong shape or a number outside its bounds.
    """
    sizes = {"n_countries": n_countries, "n_vendors": n_vendors, "n_domains": n_domains, "lots": lots}
    _check_sizes(sizes)
    check_known("toy_world buyer", buyer, BUYERS)
    if buyer == "project" and n_domains > 1:
        raise unusable("toy_world n_domains", found=n_domains, allowed="1 for projects")
    for name, chosen in (("calendar", calendar is not None), ("lots", lots > 1)):
        if chosen and buyer != "operator":
            raise unusable(f"toy_world {name}", found=buyer, allowed=f"{name} of operators alone")
    offers, projects = (n_countries, n_domains, n_vendors), buyer == "project"
    base = _offers("installed", installed, offers, (0.0, 1.0))
    base = np.full(offers, 1.0 / n_vendors) if base is None else base
    return _symmetric(
        (n_domains, n_countries, n_vendors),
        buyer,
        lifetime,
        lots=_lots(n_domains if buyer == "operator" else 0, n_countries, lots),
        routes=_routes(n_countries) if projects else None,
        influence=Influence(influence, n_countries),
        conditions=_silent(n_domains, n_countries, n_vendors, quality),
        calendar=_domain_first(_calendar(calendar, n_countries, n_domains), -1),
        taste=_domain_first(_offers("taste", taste, offers, TASTES), -2),
        installed=_domain_first(base, -2),
        facts={"landings": base[..., 0, :]} if projects and base.ndim == 3 else {},
    )


def _check_sizes(sizes: Mapping[str, int]) -> None:
    """Refuse sizes that are no positive integers, or too large together."""
    for name, size in sizes.items():
        check_whole_number(f"toy_world {name}", size, least=1)
    if (offers_of_all := math.prod(sizes.values())) > MOST_OFFERS:
        allowed = f"{MOST_OFFERS} at most"
        raise unusable(
            "toy_world: countries x vendors x domains x lots", found=offers_of_all, allowed=allowed
        )


def _domain_first(array: Any, domain: int) -> Any:
    """Reorder countries and domains as worlds store them."""
    return None if array is None else np.ascontiguousarray(np.swapaxes(array, domain, domain - 1))


def _routes(countries: int) -> Routes:
    """Build projects with one landing at a uniformly random place: one for each country and year."""
    even, somewhere = np.full(countries, 1.0 / countries), np.zeros(countries)
    return Routes(0, countries, np.ones(1), even, even, somewhere, somewhere, decay_km=3000.0, own_km=3000.0)


def _lots(domains: int, countries: int, lots: int) -> Lots:
    """Build equal lots, each of an operator of its own."""
    domain, country, place = (each.reshape(-1) for each in np.indices((domains, countries, lots)))
    unknown = np.full(len(domain), -1)
    names = tuple(f"operator {k + 1}" for k in range(lots if domains else 0))
    return Lots(domain, country, place, np.full(len(domain), 1.0 / lots), unknown, unknown, names)


def _symmetric(shape: tuple[int, int, int], buyer: str, lifetime: Any, **content: Any) -> World:
    """Create a world of equal countries, domains and vendors, neutral except for ``content``.

    There is one sponsor of nobody, one lender without money, and a family for each vendor.
    """
    domain, country, vendor = shape
    sizes = _sizes(domain, country, vendor)
    least, _ = bounds("domains", "lifetime")
    allowed = f"a number of years from {least:g} to {LONGEST:g}"
    years = number("toy_world lifetime", lifetime, allowed=allowed, low=least, high=LONGEST)
    one, nobody = np.ones(1), np.full((country, 1), -np.inf)
    return World.with_neutral(
        sizes,
        name="toy",
        countries=tuple(f"C{i}" for i in range(country)),
        domains=tuple(f"domain_{i}" for i in range(domain)),
        vendors=tuple(f"vendor_{i}" for i in range(vendor)),
        standards=tuple(f"standard_{i}" for i in range(vendor)),
        sponsors=("NONE",),
        bodies=(),
        first_year=0,
        last_year=_FOREVER,
        facts_until=_FOREVER,
        buyer=(buyer,) * domain,
        lifetime=np.full(domain, years),
        lenders=Lenders(("nobody",), np.zeros(1, dtype=int), one, one, one, one, nobody, np.zeros(1)),
        slot_vendor=np.tile(np.arange(vendor), (domain, 1)),
        initial_compliance=np.tile(np.eye(vendor), (domain, 1, 1)),
        expansion_share=np.full(domain, np.nan if buyer == "operator" else 0.0),
        salience_until=np.full(1, _FOREVER),
        **content,
    )


def _sizes(domain: int, country: int, vendor: int) -> dict[str, int]:
    """Return the lengths of all axes."""
    none = dict.fromkeys(("body", "generation", "ally"), 0)
    one = dict.fromkeys(("year", "sponsor", "lender"), 1)
    lengths = {"domain": domain, "country": country, "vendor": vendor, "standard": vendor}
    return none | one | lengths | {"vendor_sponsor": 2}


def _silent(domain: int, country: int, vendor: int, quality: Floats | None) -> Conditions:
    """Build the conditions of one year in which nothing happens."""
    low, high = bounds("quality", "quality")
    q = np.zeros((domain, vendor)) if quality is None else _numbers("quality", quality, low, high)
    if q.shape not in ((vendor,), (domain, vendor)):
        raise unusable(
            "toy_world quality", words=f"shape {q.shape}", allowed=f"({vendor},) or ({domain}, {vendor})"
        )
    path = np.broadcast_to(q, (1, domain, vendor))
    return Conditions.with_neutral(_sizes(domain, country, vendor), quality_path=path)


def _offers(name: str, value: Any, shape: tuple[int, int, int], ends: tuple[float, float]) -> Floats | None:
    """Check an array by offer, with or without a run axis before it, and bounds; shares sum to at most 1."""
    if value is None:
        return None
    numbers = _numbers(name, value, *ends)
    if numbers.shape[-3:] != shape or numbers.ndim > 4:
        allowed = f"{shape}, or a run axis before it"
        raise unusable(f"toy_world {name}", words=f"shape {numbers.shape}", allowed=allowed)
    if name == "installed" and (numbers.sum(axis=-1) > 1 + 1e-9).any():
        most = float(numbers.sum(axis=-1).max())
        raise unusable(f"toy_world {name}", found=most, allowed="rows that sum to at most 1")
    return numbers


def _numbers(name: str, value: Any, low: float, high: float) -> Floats:
    """Check an array of numbers from low to high, of any shape."""
    where, allowed = f"toy_world {name}", f"finite numbers from {low} to {high}"
    numbers = copy_array(where, value, allowed=allowed)
    check_default_index(where, value)
    if (wrong := numbers[~((numbers >= low) & (numbers <= high))]).size:
        raise unusable(where, found=float(wrong[0]), allowed=allowed)
    return numbers


def _calendar(calendar: Bools | None, country: int, domain: int) -> Bools | None:
    """Check the type and shape of a calendar, and return it as an array."""
    if calendar is None:
        return None
    allowed = f"bool of shape (step, {country}, {domain}) or (run, step, {country}, {domain})"
    check_listed("toy_world calendar", calendar, allowed=allowed)
    array_of_calls = np.array(calendar)
    if (
        array_of_calls.dtype != bool
        or array_of_calls.ndim not in (3, 4)
        or array_of_calls.shape[-2:] != (country, domain)
    ):
        shown = f"{array_of_calls.dtype} of shape {array_of_calls.shape}"
        raise unusable("toy_world calendar", found=shown, allowed=allowed)
    return array_of_calls
