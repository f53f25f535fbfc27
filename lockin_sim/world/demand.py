"""Rules of demand: who buys and when, where projects land, and who lends."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from lockin_sim.common.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.rules.contracts import ROLL_OUT_YEARS
from lockin_sim.world.loans import sum_loans
from lockin_sim.world.markets import Body, Lenders, Lots, Routes
from lockin_sim.world.states import REFERENCE_INCOME, economy, home, votes
from lockin_sim.world.table_arrays import Tables

#: A launch in this month or later counts from the next year: hardly anything is built before (assumed).
LATE_MONTH = 10

#: Income per head, USD, from which an economy follows at once, and below which it follows last (assumed).
FIRST_INCOME, LAST_INCOME = 40_000.0, 1_000.0

#: Years by which the poorest economies follow where nothing is on record (assumed).
LONGEST_DELAY = 5

#: The same after a year up to which there was no launch (assumed).
LONGEST_WAIT = 3

#: Share of an economy below which an operator has one lot, however large the economy is (assumed).
ONE_LOT_BELOW = 0.05

#: Most years by which an economy follows with a generation to come, however late it was so far (assumed).
LATEST = 6


def build_lots(t: Tables) -> Lots:
    """Build the lots of all domains that operators buy, sorted by domain, country and operator.

    Where no operators are listed, their number grows with the size of the economy in the first year, at least
    one, and each is smaller than the one before; all operators except small ones have several lots in large
    economies (assumed).
    """
    rules, listed = t["operator_rules"], defaultdict[tuple[int, int], list[int]](list)
    markets = zip(t.at("operators", "domain").tolist(), t.at("operators", "iso3").tolist(), strict=True)
    for row, market in enumerate(markets):
        listed[market].append(row)
    rows: list[tuple[int, int, int, float, int]] = []
    names: list[str] = []
    for rule, d in sorted(enumerate(t.at("operator_rules", "domain").tolist()), key=lambda each: each[1]):
        sizes = getattr(economy(t), str(rules["size"][rule]))[0]
        for i, size in enumerate(sizes.tolist()):
            # of each operator one lot, two from some size, and twice as many with each ten times as much
            second = float(rules["second_lot_from"][rule])
            most = 2 ** (1 + int(np.log10(size / second))) if size > second else 1  # also where it is blank
            for name, share in _list_operator_shares(t, listed[d, i], rule, size):
                parts = most if share >= ONE_LOT_BELOW else 1
                for k in range(parts):
                    sibling = len(rows) + (1 if k % 2 == 0 else -1) if parts > 1 else -1
                    rows.append((d, i, len(names), share / parts, sibling))
                names.append(name)
    columns = np.array(rows, dtype=float).reshape(-1, 5).T.copy()
    domain, country, operator, _, siblings = columns.astype(int)
    unknown = np.full(len(rows), -1)
    return Lots(domain, country, operator, columns[3], siblings, unknown, tuple(names))


def _list_operator_shares(t: Tables, rows: list[int], rule: int, size: float) -> list[tuple[str, float]]:
    """List name and share of each operator of a country.

    Operators are those of the country's rows in the table, otherwise as many as the size of the economy
    predicts.  Shares sum to 1: what networks without a row and resellers have is divided among the rows.
    """
    table, rules = t["operators"], t["operator_rules"]
    if rows:
        if not np.isnan(
            table["size_share"][rows]
        ).any():  # ranks are the order of rows where no size is known
            rows = sorted(rows, key=lambda row: (-table["size_share"][row], table["operator"][row]))
        names = [str(table["operator"][row]) for row in rows]
        shares = table["size_share"][rows]
    else:
        expected = rules["intercept"][rule] + rules["slope"][rule] * np.log10(size)
        n = int(np.clip(np.round(expected), 1, rules["most"][rule]))
        names = [f"{rules['called'][rule]} {k + 1}" for k in range(n)]
        shares = np.full(n, np.nan)
    if np.isnan(shares).any():
        shares = rules["fall"][rule] ** np.arange(len(names))
    return list(zip(names, (shares / shares.sum()).tolist(), strict=True))


def build_generation_fields(t: Tables) -> dict[str, Any]:
    """Build launch years, roll-out times and remaining switching costs of each generation.

    Returns the fields of the world: ``launch_year`` and ``roll_out_years`` (domain, country, generation),
    ``generation_carry_over`` and ``swap_years`` (domain, generation).  A domain with fewer generations than
    another has NEVER for a launch.
    """
    shape = t.size("domains"), t.size("countries")
    listed_by = ("year", "generation", "carry_over", "swap_years")
    columns = (t["generations"][name].tolist() for name in listed_by)
    listed: list[list[tuple[int, str, float, float]]] = [[] for _ in range(shape[0])]
    for domain, *row in zip(t.at("generations", "domain"), *columns, strict=True):
        listed[domain].append(tuple(row))
    most = max(1, *map(len, listed))
    launch, roll_out = np.full((*shape, most), NEVER), np.full((*shape, most), ROLL_OUT_YEARS)
    (carry_over, swap_years), country = np.ones((2, shape[0], most)), np.array(t["countries"].labels)
    for d, rows in enumerate(map(sorted, listed)):
        names = [row[1] for row in rows]
        arrival = np.array([row[0] for row in rows], dtype=int)
        launch[d, :, : len(names)] = _compute_launch_years(t, d, names, arrival)
        table, income = t["roll_outs"], t["countries"]["income_group"]
        own = np.flatnonzero(t.at("roll_outs", "domain") == d)
        specific = [(table["scope"][row] in country, table["generation"][row] != "") for row in own]
        # rows of income groups first, then of economies, and of each kind those of all generations first
        for row in own[sorted(range(len(own)), key=specific.__getitem__)]:
            scope, generation = table["scope"][row], table["generation"][row]
            where = country == scope if scope in country else income == scope
            due = np.isin(names, generation) if generation else np.ones(len(names), dtype=bool)
            roll_out[np.ix_([d], where, np.flatnonzero(due))] = table["years"][row]
        carry_over[d, : len(names)] = [row[2] for row in rows]
        swap_years[d, : len(names)] = np.nan_to_num([row[3] for row in rows], nan=1.0)
    return {
        "launch_year": launch,
        "roll_out_years": roll_out,
        "generation_carry_over": carry_over,
        "swap_years": swap_years,
    }


def compute_launch_delay(log_income: Floats, longest: int = LONGEST_DELAY) -> Integers:
    """Compute the assumed launch delay of each economy from its income, in years.  (country,).

    0 from an income of 40 000 USD per head, ``longest`` at 1 000 and below, and between them linear in the
    logarithm of income (assumed).  Used where no launch is on record.
    """
    rich, poor = np.log(FIRST_INCOME / REFERENCE_INCOME), np.log(LAST_INCOME / REFERENCE_INCOME)
    result: Integers = np.round(longest * np.clip((rich - log_income) / (rich - poor), 0.0, 1.0)).astype(int)
    return result


def _compute_launch_years(t: Tables, d: int, names: list[str], arrival: Integers) -> Integers:
    """Compute the year from which the lots of each economy are due for each generation of a domain.

    The recorded year, not before the generation arrives in the world; where only a year without a launch is
    recorded, a delay by income after that year.  A generation without a record follows with the mean delay of
    the economy's recorded ones, or a delay by income if none is recorded.  (country, generation).
    """
    table, log_income = t["launches"], economy(t).log_income[0]
    recorded = np.full((len(log_income), len(names)), np.nan)
    waits, country = compute_launch_delay(log_income, LONGEST_WAIT), t.at("launches", "iso3")
    for row in np.flatnonzero((t.at("launches", "domain") == d) & np.isin(table["generation"], names)):
        cell = country[row], names.index(table["generation"][row])
        year, month, none_until = (table[name][row] for name in ("year", "month", "none_until"))
        late = month >= LATE_MONTH
        recorded[cell] = none_until + 1 + waits[country[row]] if np.isnan(year) else year + late
    behind = np.where(np.isnan(recorded), np.nan, np.maximum(recorded - arrival, 0))
    known = ~np.isnan(behind)
    usual = np.where(known, behind, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    usual = np.where(known.any(axis=1), np.minimum(np.round(usual), LATEST), compute_launch_delay(log_income))
    return (arrival + np.where(known, behind, usual[:, None])).astype(int)


def _compute_coastal_weight(t: Tables) -> Floats:
    """Compute a power of GDP for coastal economies, 0 for landlocked economies.  (country,)."""
    sea: Bools = ~t["countries"]["landlocked"]
    result: Floats = sea * economy(t).gdp[0] ** t["projects"]["coast_exponent"][0]
    return result


def build_routes(t: Tables) -> Routes | None:
    """Build the routes of projects, by the GDP of the first year; None where no domain is bought by projects.

    The chance of a first landing is proportional to the GDP of coastal economies to a power; the weight of
    a further landing also falls exponentially with the distance from the first.
    """
    table, countries = t["projects"], t["countries"]
    if not table.labels:
        return None
    coast = _compute_coastal_weight(t)
    return Routes(
        domain=int(t.at("projects", "domain")[0]),
        yearly=int(table["yearly"][0]),
        count=np.array([table[number][0] for number in ("one", "two", "three", "four")]),
        first=coast / coast.sum(),
        pull=coast,
        latitude=countries["capital_latitude"],
        longitude=countries["capital_longitude"],
        decay_km=float(table["decay_km"][0]),
        own_km=float(table["own_km"][0]),
    )


def compute_initial_landings(t: Tables) -> Floats:
    """Compute the projects landed by the first year, by supplier.  (country, vendor).

    Recorded numbers; an economy without a record has the number expected from its GDP, 0 if landlocked, with
    the suppliers of its market region, or of the world where the region has no record (assumed).
    """
    landed = np.zeros((t.size("countries"), t.slot_vendor.shape[1]))
    if not t["projects"].labels:
        return landed
    domain = int(t.at("projects", "domain")[0])
    for i, v, cables in zip(
        t.at("landings", "iso3"), t.at("landings", "vendor"), t["landings"]["cables"], strict=True
    ):
        landed[i, t.slot[domain, v]] += cables
    recorded, coast, region = (
        landed.sum(axis=1) > 0,
        _compute_coastal_weight(t),
        t["countries"]["market_region"],
    )
    expected = coast * landed.sum() / coast[recorded].sum()
    for i in np.flatnonzero(~recorded):
        near = landed[recorded & (region == region[i])].sum(axis=0)
        near = near if near.sum() > 0 else landed[recorded].sum(axis=0)
        landed[i] = expected[i] * near / near.sum()
    return landed


def build_lenders(t: Tables) -> Lenders:
    """Build the lenders, with the weights by which borrowers are drawn.

    A sponsor's own states never borrow from its lenders, nor do states that a lender's table excludes.

    Borrowers are drawn by GDP, mean of the first ten years, to a power of the lender, by their share of UN
    votes cast as the sponsor did, and by what they borrowed before the first year; economies without votes
    get the mean.  The grant element enters where loans are drawn.
    """
    table, sponsor, income = t["lenders"], t.at("lenders", "sponsor"), t["countries"]["income_group"]
    lends, barred = (
        np.array([np.isin(of, list(each)) for each in table[column]], dtype=bool).reshape(-1, len(income)).T
        for of, column in ((income, "recipients"), (t["countries"].labels, "not_to"))
    )
    agreement = votes(t)
    voted = np.where(np.isnan(agreement).all(axis=0), 0.0, agreement)  # no votes of a sponsor: all alike
    agreement = np.where(np.isnan(voted), np.nanmean(voted, axis=0), voted)[:, sponsor]
    size = np.log(economy(t).gdp[:10].mean(axis=0))[:, None]
    weight = table["size_exponent"] * size + table["agreement_weight"] * agreement
    # who borrowed before the first year is drawn more often; what is not known of an economy is the mean of
    # its income group
    before = 1e3 * sum_loans(t, lambda years: years < t.span.first)
    same = (sponsor[:, None] == sponsor).astype(float)
    lent_by_sponsor = before @ same  # NaN where it is not known of one of its lenders
    memory = table["past_weight"] + table["past_exponent"] * np.log1p(lent_by_sponsor)
    memory = np.where(lent_by_sponsor == 0, 0.0, memory)  # of those that borrowed nothing
    for group in np.unique(income):
        among = income == group
        known = memory[among & ~np.isnan(memory).any(axis=1)]
        mean = known.mean(axis=0) if len(known) else np.zeros(len(sponsor))
        memory[among] = np.where(np.isnan(memory[among]), mean, memory[among])
    weight = weight + memory
    return Lenders(
        names=table.labels,
        sponsor=sponsor,
        share=table["envelope_share"].astype(float),
        payments_per_year=table["payments_per_year"].astype(float),
        take_up=table["initial_take_up"].astype(float),
        highest_discount_rate=table["highest_discount_rate"].astype(float),
        appeal=np.where(lends & ~barred & ~home(t)[:, sponsor], weight, -np.inf),
        by_grant_element=table["grant_exponent"].astype(float),
    )


def compute_lender_envelopes(t: Tables) -> Floats:
    """Compute each lender's part of its sponsor's envelope.  (year, lender), USD bn a year."""
    of_sponsor = t.path("envelopes", "sponsor", "envelope")
    return of_sponsor[:, t.at("lenders", "sponsor")] * t["lenders"]["envelope_share"]


def build_bodies(t: Tables) -> tuple[Body, ...]:
    """Build the standards bodies, in the order of their table."""
    table = t["bodies"]
    weight = t.matrix("members", "body", "iso3", value="weight")
    firms = t.matrix("members", "body", "iso3", value="firm_weight")
    status = t.matrix("initial_status", "body", "standard", value="share")
    return tuple(
        Body(
            label=label,
            procedure=table["procedure"][b],
            weight=weight[b],
            firm_weight=firms[b],
            quota=float(table["quota"][b]),
            blocking=float(np.nan_to_num(table["blocking_share"][b], nan=1.0)),
            cycle_years=int(table["cycle_years"][b]),
            first_cycle_year=int(table["first_cycle_year"][b]),
            initial_status=status[b],
            relative_contested=float(table["relative_contested"][b]),
            bindingness=float(table["bindingness"][b]),
        )
        for b, label in enumerate(table.labels)
    )
