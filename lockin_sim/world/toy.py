"""Symmetric, silent worlds for theory, teaching and tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.errors import unknown_name, unusable, whole_number
from lockin_sim.numeric import array, check_listed, number
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.influence import Influence
from lockin_sim.world.markets import Lenders, Lots, Routes
from lockin_sim.world.model import World
from lockin_sim.world.tables import bounds

#: Kinds of buyers.
BUYERS = ("operator", "users", "project", "adopters")

#: Tastes for a vendor in which a choice is still one, as of weights of utility.
TASTES = (-1000.0, 1000.0)

_FOREVER = 10_000_000


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
    """A world of equal countries without finance, affinity, restrictions, bodies or learning.

    Every vendor has a standard of its own, so that two vendors are not interoperable; year 0 is the initial
    state.

    n_countries, n_vendors, n_domains  sizes, at least 1
    lifetime   years, at least 1 as in tables; 1 = every capacity is bought anew every year
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
    _check_sizes(n_countries=n_countries, n_vendors=n_vendors, n_domains=n_domains, lots=lots)
    if buyer not in BUYERS:
        raise unknown_name("toy_world buyer", found=buyer, known=BUYERS)
    if buyer == "project" and n_domains > 1:
        raise unusable("toy_world n_domains", found=n_domains, allowed="1 for projects")
    for name, asked in (("calendar", calendar is not None), ("lots", lots > 1)):
        if asked and buyer != "operator":
            raise unusable(f"toy_world {name}", found=buyer, allowed=f"{name} of operators alone")
    shape = (n_countries, n_domains, n_vendors)
    given = _initial(installed, shape)
    adopted = {"landings": given[..., 0, :]} if buyer == "project" and given.ndim == 3 else {}
    return _symmetric(
        (n_domains, n_countries, n_vendors),
        _lifetime(lifetime),
        buyer,
        _lots(buyer, n_domains, n_countries, lots),
        influence=Influence(influence, n_countries),
        conditions=_silent(n_domains, n_countries, n_vendors, quality),
        calendar=_domain_first(_calendar(calendar, n_countries, n_domains), -1),
        taste=_domain_first(_runs_and(shape, "taste", taste, *TASTES), -2),
        installed=_domain_first(given, -2),
        facts=adopted,
    )


def _domain_first(array: Any, domain: int) -> Any:
    """Countries and domains in the order that worlds have them."""
    return None if array is None else np.ascontiguousarray(np.swapaxes(array, domain, domain - 1))


def _lots(buyer: str, domains: int, countries: int, lots: int) -> Lots:
    """Equal lots, each of an operator of its own."""
    if buyer != "operator":
        none = np.zeros(0, dtype=int)
        return Lots(none, none, none, np.zeros(0), none, none, ())
    domain, country, place = (each.reshape(-1) for each in np.indices((domains, countries, lots)))
    unknown = np.full(len(domain), -1)
    names = tuple(f"operator {k + 1}" for k in range(lots))
    return Lots(domain, country, place, np.full(len(domain), 1.0 / lots), unknown, unknown, names)


def _routes(buyer: str, countries: int) -> Routes | None:
    """Projects that land once, anywhere alike: one for each country and year."""
    if buyer != "project":
        return None
    even = np.full(countries, 1.0 / countries)
    return Routes(
        0, countries, np.ones(1), even, np.tile(even, (countries, 1)), np.full((countries, countries), 3000.0)
    )


def _lifetime(years: Any) -> float:
    """Years, of which tables have as few at least; more than there are stands for ever."""
    low, _ = bounds("domains", "lifetime")
    allowed = f"a finite number of years of at least {low:g}"
    return number("toy_world lifetime", years, allowed=allowed, low=low)


def _check_sizes(**sizes: int) -> None:
    """Refuse a size that is no whole number of at least 1."""
    for name, size in sizes.items():
        whole_number(f"toy_world {name}", size, least=1)


def _symmetric(shape: tuple[int, int, int], lifetime: float, buyer: str, lots: Lots, **given: Any) -> World:
    """Equal countries, domains and vendors without sponsors, bodies or finance."""
    domain, country, vendor = shape
    return World(
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
        lots=lots,
        routes=_routes(buyer, country),
        lenders=_lender(country),
        slot_vendor=np.tile(np.arange(vendor), (domain, 1)),
        slot_sponsor=np.full((domain, vendor), 1),
        slot_home=np.full((domain, vendor), -1),
        slot_entry=np.zeros((domain, vendor), dtype=int),
        initial_cost=np.ones((domain, vendor)),
        initial_volume=np.zeros((domain, vendor)),
        initial_compliance=np.tile(np.eye(vendor), (domain, 1, 1)),
        home_bonus=np.ones((domain, vendor)),
        own_pull=np.ones((domain, vendor)),
        length_slope=np.zeros((domain, vendor)),
        is_local=np.zeros((domain, vendor), dtype=bool),
        launch_year=np.zeros((domain, country, 0), dtype=int),
        roll_out_years=np.zeros((domain, country, 0), dtype=int),
        building_pace=np.ones((domain, country)),
        generation_carry_over=np.ones((domain, 0)),
        relative_switching=np.ones(domain),
        relative_taste=np.ones(domain),
        relative_affinity=np.ones(domain),
        expansion_share=np.full(domain, np.nan if buyer == "operator" else 0.0),
        backbone=np.zeros(domain, dtype=bool),
        enacted=np.zeros(domain, dtype=bool),
        lifetime=np.full(domain, lifetime),
        contract_years=np.ones(domain, dtype=int),
        learning_exponent=np.zeros(domain),
        reference_volume=np.ones(domain),
        sensitive=np.zeros(domain, dtype=bool),
        financeable=np.zeros(domain, dtype=bool),
        platform=np.zeros(domain, dtype=bool),
        personal_data=np.zeros(domain, dtype=bool),
        stack=np.zeros((domain, domain)),
        borrowing_rate=np.full(country, 0.05),
        home=np.zeros((country, 1), dtype=bool),
        concern=np.zeros((country, 1)),
        rival_votes=np.zeros((country, 1)),
        democracy=np.zeros(country),
        allies=np.zeros((country, 0)),
        **_one_sponsor(domain, vendor),
        **given,
    )


def _one_sponsor(domain: int, vendor: int) -> dict[str, Any]:
    """A sponsor of nobody, and a family for each vendor that nobody owns, proposes or challenges."""
    return {
        "salience_until": np.full(1, _FOREVER),
        "family": np.full(2, -1),
        "rivals": np.zeros((1, 1)),
        "challenger": np.zeros(vendor),
        "usual_base": np.zeros((domain, vendor)),
        "sales_path": np.full((1, domain, 1), np.nan),
        "rule_distance": np.zeros((2, 1)),
        "owners": np.zeros((vendor, 1)),
        "proposal_mix": np.zeros((1, vendor)),
        "standard_entry": np.zeros(vendor, dtype=int),
    }


def _lender(countries: int) -> Lenders:
    """One lender without money, who lends to nobody."""
    one, nobody = np.ones(1), np.full((countries, 1), -np.inf)
    return Lenders(("nobody",), np.zeros(1, dtype=int), one, one, one, one, nobody, np.zeros(1))


def _silent(domain: int, country: int, vendor: int, quality: Floats | None) -> Conditions:
    """Conditions of one year in which nothing happens."""
    low, high = bounds("quality", "quality")
    q = np.zeros((domain, vendor)) if quality is None else _numbers("quality", quality, low, high)
    if q.shape not in ((vendor,), (domain, vendor)):
        raise unusable(
            "toy_world quality", found=f"shape {q.shape}", allowed=f"({vendor},) or ({domain}, {vendor})"
        )
    return Conditions(
        years=np.zeros(1, dtype=int),
        market_size=np.ones((1, domain, country)),
        gdp=np.ones((1, country)),
        log_income=np.zeros((1, country)),
        affinity=np.zeros((1, country, 1)),
        quality_path=np.broadcast_to(q, (1, domain, vendor)),
        **dict.fromkeys(
            ("quality_trend", "quality_half", "quality_twice", "quality_sponsor", "quality_sponsor_trend"),
            np.zeros((1, domain, vendor)),
        ),
        served=np.ones((1, domain, country, vendor), dtype=bool),
        home_part=np.zeros((1, domain, country, vendor)),
        place_utility=np.zeros((1, domain, country, vendor)),
        adoption_rate=np.zeros((1, domain, vendor)),
        cost_factor=np.ones((1, domain, vendor)),
        state_support=np.zeros((1, domain, vendor)),
        openness=np.zeros((1, domain)),
        envelope=np.zeros((1, 1)),
        loan_rate=np.full((1, 1), 0.05),
        tenor=np.full((1, 1), 10.0),
        grace=np.zeros((1, 1)),
        tied=np.ones((1, 1), dtype=bool),
        effort=np.zeros((1, 1, 0)),
        contribution=np.zeros((1, 1, 0)),
        mandate=np.zeros((1, 0, domain), dtype=bool),
        standard_push=np.ones((1, 1)),
        salience=np.zeros((1, 1)),
        pressure=np.zeros((1, country, 1)),
        restriction_order=np.zeros((1, country, 1), dtype=int),
        phase_out_years=np.zeros((1, country, 1)),
        barrier=np.zeros((1, domain, country, 1), dtype=bool),
        compliance_cost=np.zeros((1, country, 2)),
        demanded=np.zeros((1, country, vendor), dtype=bool),
        fine=np.zeros((1, country, vendor)),
        compatibility=np.ones((1, 1, 1)),
        share_cap=np.ones((1, domain, country)),
    )


def _initial(installed: Floats | None, offers: tuple[int, int, int]) -> Floats:
    """Initial shares, checked: not negative, at most 1 in all."""
    if installed is None:
        return np.full(offers, 1.0 / offers[-1])
    base = _runs_and(offers, "installed", installed, 0.0, 1.0)
    assert base is not None
    if (base.sum(axis=-1) > 1 + 1e-9).any():
        raise unusable(
            "toy_world installed", found=float(base.sum(axis=-1).max()), allowed="rows that sum to at most 1"
        )
    return base


def _runs_and(shape: tuple[int, ...], name: str, value: Any, low: float, high: float) -> Floats | None:
    """An array of the shape, with or without a run axis before it; all numbers from low to high."""
    if value is None:
        return None
    found = _numbers(name, value, low, high)
    if found.shape[-len(shape) :] != shape or found.ndim > len(shape) + 1:
        raise unusable(
            f"toy_world {name}", found=f"shape {found.shape}", allowed=f"{shape}, or a run axis before it"
        )
    return found


def _numbers(name: str, value: Any, low: float, high: float) -> Floats:
    """An array of numbers from low to high, of any shape."""
    where, allowed = f"toy_world {name}", f"finite numbers from {low} to {high}"
    found = array(where, value, allowed=allowed)
    if (wrong := found[~((found >= low) & (found <= high))]).size:
        raise unusable(where, found=float(wrong[0]), allowed=allowed)
    return found


def _calendar(calendar: Bools | None, country: int, domain: int) -> Bools | None:
    """A calendar as an array, refused in another type or shape."""
    if calendar is None:
        return None
    allowed = f"bool of shape (step, {country}, {domain}) or (run, step, {country}, {domain})"
    check_listed("toy_world calendar", calendar, allowed=allowed)
    found = np.array(calendar)
    if found.dtype != bool or found.ndim not in (3, 4) or found.shape[-2:] != (country, domain):
        shown = f"{found.dtype} of shape {found.shape}"
        raise unusable("toy_world calendar", found=shown, allowed=allowed)
    return found
