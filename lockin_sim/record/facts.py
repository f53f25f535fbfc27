"""Facts by purpose, for calibration, forecasts and histories; and required patterns."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools
from lockin_sim.common.formats import located, spoken
from lockin_sim.record import (
    CABLES,
    CITIES,
    CLOUDS,
    COUNTED,
    ECONOMY,
    FITTED,
    LEAST_LOAN,
    LOANS,
    MOBILE,
    NAVIGATION,
    PAYMENTS,
    PHONES,
    RULES,
    SHOPS,
    SPONSOR,
    TOGETHER,
    YEAR,
    Fact,
    Question,
    tables,
)
from lockin_sim.world import World, load_world, records
from lockin_sim.world.held_out import STANCES, fitted_records, is_kept_aside
from lockin_sim.world.names import format_group, format_place, format_vendors
from lockin_sim.world.restrictions import stances
from lockin_sim.world.schema import Table

# --- targets ------------------------------------------------------------------------------------------


class Target(NamedTuple):
    """A number and its required region: a row of ``targets.csv``.

    read       "target", "besides" a target, or at "sight"
    low, high  ends of the region;  recorded  recorded value if in the same terms, else NaN
    question   question whose mean answer is the number; None for a number read from a hindcast
    over       question whose mean answer divides the number; None = no divisor
    value      in runs; NaN until it is known
    """

    name: str
    read: str
    domain: str
    what: str
    low: float
    high: float
    recorded: float
    question: Question | None
    over: Question | None
    value: float = math.nan

    @property
    def holds(self) -> bool:
        """Whether the value lies in the region."""
        return self.low <= self.value <= self.high

    @property
    def wanted(self) -> bool:
        """Whether a region is required; without a region the number is only shown beside the recorded one."""
        return math.isfinite(self.low) or math.isfinite(self.high)


@cache
def load_targets() -> Mapping[str, Target]:
    """Load all targets by name, in the order of display.  A year of 0 is the last year simulated."""
    stored = dict(tables.compute_recorded_retention())
    stored |= {f"privacy_laws_{year}": laws for year, laws in tables.count_privacy_laws().items()}
    table = tables.load_recorded_stances()
    usable = (table["kind_2020"] != "") & ~tables.mask_unasked_rows(load_world(), table)
    since = table["restricted_since"][usable]
    stored |= {f"restricting_{year}": float((since <= year).sum()) for year in COUNTED}
    targets = {}
    for row in _read_record_rows("targets"):
        question = over = None
        if row["kind"]:
            question = Question(
                row["kind"],
                row["market"] or row["domain"],
                row["place"],
                int(row["year"] or 0),
                tuple(row["members"].split()),
                since=int(row["since"] or 0),
            )
        if row["over"]:
            assert question is not None
            changed: dict[str, Any] = dict(part.split("=") for part in row["over"].split())
            over = question._replace(**changed | {"year": int(changed.get("year", question.year))})
        low, high = float(row["low"] or "-inf"), float(row["high"] or "inf")
        recorded = float(row["recorded"] or stored.get(row["name"], "nan"))
        targets[row["name"]] = Target(
            row["name"], row["read"], row["domain"], row["what"], low, high, recorded, question, over
        )
    return targets


def _read_record_rows(name: str) -> list[dict[str, str]]:
    """Read the rows of a CSV table of this folder as dictionaries."""
    text = (files("lockin_sim.record") / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


# --- shares of markets ----------------------------------------------------------------------------------


class ShareSeries(NamedTuple):
    """Domain, scope, year, segment, source and measure of a series of shares."""

    domain: str
    scope: str
    year: int
    segment: str
    source: str
    measure: str = "sales"


@cache
def load_share_series() -> Mapping[str, tuple[ShareSeries, ...]]:
    """Load the rows of ``series.csv`` by subject; subjects after "phones by region" are shown, not scored.

    For mobile networks they are whole years, 2016 and 2017 by one firm, later by another firm.  Phone
    makers that the model does not have count only towards the recorded total.  Shares of the number of card
    payments, most of which are small, differ from shares of their value.
    """
    rows_of: dict[str, tuple[ShareSeries, ...]] = {}
    for row in _read_record_rows("series"):
        cells: dict[str, Any] = {column: row[column] for column in ShareSeries._fields}
        one = ShareSeries(**cells)._replace(year=int(row["year"]))
        rows_of[row["subject"]] = (*rows_of.get(row["subject"], ()), one)
    return rows_of


#: Periods that are a whole year.
WHOLE = ("FY", "all")

#: Subjects with shares among the recorded vendors, where others are in only one of two totals.
AMONG_RECORDED = ("phones sold", "cards", "cards by number")

#: Subjects of series used in calibrations.
CALIBRATED = (
    "mobile networks sold",
    "phones sold",
    "clouds sold",
    "online retail",
    "cards",
    "phones by region",
)

#: Left out for lack of figures in all years of its series, or as too small.
LEFT_OUT = ("mobile networks sold", "world", "samsung")

#: The last year with facts available for fitting.
LAST_FITTED = 2020

#: Periods of cables.
PERIODS = ((2011, 2015), (2016, 2020))


# --- facts of calibrations ----------------------------------------------------------------------------

#: Regions whose shares of Chinese loans are compared; they do not overlap.
BORROWERS = ("Africa", "Asia_Pacific", "Latin_America", "Europe")


def group_shares_by_market(
    table: Table, usable: Bools, *keys: str
) -> dict[tuple[Any, ...], dict[str, float]]:
    """Group the recorded shares of usable rows of a table by the columns ``keys``.

    Returns shares by vendor, by tuple of key values.
    """
    shares: dict[tuple[Any, ...], dict[str, float]] = {}
    for row in np.flatnonzero(usable):
        key = tuple(table[name][row].item() for name in keys)
        shares.setdefault(key, {})[str(table["vendor"][row])] = float(table["share"][row])
    return shares


def read_recorded_shares(series: ShareSeries) -> dict[str, float]:
    """Read the recorded shares of a series by vendor of the model, or by a name of :data:`TOGETHER`.

    Only whole years available for fitting count; brands are summed by maker.
    """
    table = records("observations")
    chosen = (table["split"] == "fit") & np.isin(table["period"], WHOLE)
    for column, value in series._asdict().items():
        chosen &= table[column] == value
    return tables.sum_brands_by_maker(group_shares_by_market(table, chosen).get((), {}))


def match_reported_vendors(
    world: World, domain: str, shares: Mapping[str, float]
) -> Iterator[tuple[str, float, tuple[str, ...]]]:
    """Yield recorded names that match vendors of a domain, with their shares and these vendors."""
    here = tables.list_market_vendors(world, domain)
    for name, share in shares.items():
        if members := tuple(v for v in TOGETHER.get(name, (name,)) if v in here):
            yield name, share, members


def build_series_facts(world: World, subject: str) -> Iterator[tuple[ShareSeries, str, Fact]]:
    """Yield the facts of a subject's series, each with its series and the recorded name of the vendor.

    Sales count only in years that are simulated, with one before and after, in places that are groups.
    """
    among = subject in AMONG_RECORDED
    for one in load_share_series()[subject]:
        early = world.first_year + (2 if one.measure == "sales" else 0)
        if one.scope not in world.group_names or one.year < early:
            continue
        block = [
            row
            for row in match_reported_vendors(world, one.domain, read_recorded_shares(one))
            if (subject, one.scope, row[0]) != LEFT_OUT
        ]
        everyone = tuple(sorted({v for *_, members in block for v in members}, key=world.vendors.index))
        whole = sum(share for _, share, _ in block) if among else 1.0
        kind = "sales_among" if among else one.measure
        for name, share, members in block:
            question = Question(kind, one.domain, one.scope, one.year, members, everyone if among else ())
            yield (
                one,
                name,
                Fact(
                    subject,
                    question,
                    share / whole,
                    FITTED,
                    f"{subject} {one.scope} {name}",
                    one.source,
                    f"{spoken(name)} in {spoken(one.scope)}, {one.year} ({one.source})",
                    f"{format_vendors(name)} {located(format_place(one.scope))}, {one.year}",
                ),
            )


def build_calibration_facts(world: World) -> tuple[Fact, ...]:
    """Build all facts used in calibrations, none of which are kept aside.

    world  with the places of the record as groups, see :func:`.tables.with_places`
    """
    shares = [fact for subject in CALIBRATED for _, _, fact in build_series_facts(world, subject)]
    return (*shares, *_build_network_facts(world), *_build_project_facts(world))


def _build_network_facts(world: World) -> Iterator[Fact]:
    """Yield facts of mobile networks: Chinese shares, their differences, and restricting economies.

    Operators that keep a supplier are in the contracts, whose likelihood is computed beside these facts.
    """
    for region, name in (("Europe", "chinese_base_europe"), ("Africa", "chinese_base_africa")):
        question = Question("base", MOBILE, region, 2020, TOGETHER["huawei_zte"])
        words = f"Chinese share in {region}, 2020"
        recorded = load_targets()[name].recorded
        yield Fact("mobile networks in use", question, recorded, cluster=f"base {region}", what=words)
    known = tables.load_network_shares()
    fit = known.fit & np.isin(known.countries, world.countries)
    for name, (subject, words) in tables.BETWEEN.items():
        number = float(
            tables.compute_country_differences(
                known.share[fit][None], (known.later - known.share)[fit][None]
            )[name][0]
        )
        question = Question("between_economies", MOBILE, name, 2024)
        yield Fact(subject, question, number, cluster=name, what=words)
    table = tables.load_recorded_stances()
    usable = (
        (table["kind_2020"] != "") & ~tables.mask_unasked_rows(world, table) & _mask_fitted_stances(table)
    )
    names = tuple(table["iso3"][usable].tolist())
    for year in COUNTED:
        number = float((table["restricted_since"][usable] <= year).sum())
        question = Question("restricting", MOBILE, "world", year, names)
        words = f"of {len(names)} asked, by {year}"
        yield Fact("economies that restrict", question, number, cluster="restricting", what=words)


def _build_project_facts(world: World) -> Iterator[Fact]:
    """Yield facts of projects: loans by region, surveillance, and cables by supplier.

    Loans and surveillance are of economies available for fitting.
    """
    amount = tables.compute_chinese_loans(world.countries)
    usable, codes = np.isfinite(amount), np.array(world.countries)
    masks = [world.group_masks[world.group_names.index(g), 0] & usable for g in BORROWERS]
    anywhere = np.logical_or.reduce(masks)
    for region, mask in zip(BORROWERS[:-1], masks, strict=False):  # the last share follows from the others
        names, among = tuple(codes[mask].tolist()), tuple(codes[anywhere].tolist())
        yield Fact(
            "Chinese loans by region",
            Question("lent_part", "", region, 2020, names, among, 2011),
            float(amount[mask].sum() / amount[anywhere].sum()),
            cluster=f"loans {region}",
            what=f"part of {spoken(region)}, 2011 to 2020",
            called=f"part of {format_group(region)}, 2011 to 2020",
        )
    covered = tables.read_surveillance(fitted_records("surveillance"))
    names = tuple(c for c in world.countries if c in covered)
    number = float(sum(covered[c] for c in names))
    question = Question("listed_number", CITIES, "world", 2020, names)
    words = "economies with a Chinese vendor"
    yield Fact("AI surveillance", question, number, cluster="cities", what=words)
    for fact in build_cable_facts(world):
        name, counted = fact.question.members[0], fact.question.place
        if counted == "cables" and fact.question.year == 2020 and name != fact.question.among[-1]:
            called = [f"{who}, 2016 to 2020" for who in (spoken(name), format_vendors(name))]
            yield Fact(
                "submarine cables", fact.question, fact.recorded, FITTED, f"cables {name}", "", *called
            )


@cache
def build_fact_titles() -> Mapping[str, str]:
    """Build the full titles of the facts of calibrations, by name."""
    known = build_calibration_facts(tables.with_places(load_world()))
    return {fact.name: f"{fact.subject}, {fact.title}" for fact in known}


# --- facts to score forecasts on ----------------------------------------------------------------------

#: Subjects of shares by domain: of sales, and of the installed base.
SALES = {
    MOBILE: "sales of mobile networks",
    PHONES: "sales of phones",
    CLOUDS: "sales of clouds",
    SHOPS: "online retail",
    PAYMENTS: "cards",
    CITIES: "sales of surveillance cameras",
}
#: Sales of phones in places other than the world.
PLACES = "phones by place"
REGIONS_IN_USE, FIRST, LATER, CHANGE = (
    "networks of regions",
    "country shares",
    "5G shares after 4G",
    "change of country shares",
)
BY_2020, BY_2023, RESTRICTING = "restricts by 2020", "restricts by 2023", "number restricting"
BORROWS, LENT, WATCHED, SUPPLIERS = (
    "borrows from China",
    "Chinese loans",
    "Chinese surveillance",
    "cables by supplier",
)
LAWS, GALILEO, VOTES = "privacy laws", "Galileo in phones", "votes in the UN"

#: Segments of mobile networks that cover a market, or all networks, of a place; others are single operators',
#: or other goods.
NETWORKS = ("mobile_infrastructure", "ran", "networks", "ran_3g", "ran_3g_4g", "ran_4g", "5g", "ran_5g")

#: Payments by number, most of which are small; the model's are by value.
BY_NUMBER = "card_transactions"


def build_market_facts(world: World, table: Table) -> list[Fact]:
    """Build the facts of shares of sales and of the installed base, in whole years.

    Totals of phones and payments include many makers that the model does not have: shares are among the
    recorded makers of the model.
    """
    usable = np.isin(table["period"], WHOLE) & np.isin(table["measure"], ["sales", "base"])
    usable &= (table["domain"] != MOBILE) | np.isin(table["segment"], NETWORKS)
    usable &= np.isin(table["domain"], [*SALES]) & (table["segment"] != BY_NUMBER)
    usable &= np.isin(table["scope"], [*world.countries, *world.group_names])
    sales = table["measure"] == "sales"
    usable &= (table["year"] >= world.first_year + 2 * sales) & (table["year"] <= world.last_year - sales)
    markets = group_shares_by_market(
        table, usable, "domain", "scope", "year", "segment", "source", "measure", "split"
    )
    facts = []
    for (domain, where, year, _, source, measure, split), shares in markets.items():
        known: dict[tuple[str, ...], float] = {}
        for _, share, members in match_reported_vendors(world, domain, tables.sum_brands_by_maker(shares)):
            known[members] = known.get(members, 0.0) + share
        single: dict[tuple[str, ...], float] = {v: s for v, s in known.items() if len(v) == 1}
        among: tuple[str, ...] = ()
        if domain in (PHONES, PAYMENTS) and len(single) > 1:
            among, known = tuple(v for (v,) in single), single
        whole = sum(known.values()) if among else 1.0
        in_use = FIRST if where in world.countries else REGIONS_IN_USE
        subject = SALES[domain] if measure == "sales" else in_use
        if subject == SALES[PHONES] and where != "world":
            subject = PLACES
        aside = is_kept_aside(where) or year <= LAST_FITTED
        split_of = FITTED if split == "fit" else ECONOMY if aside else YEAR
        for members, share in known.items():
            question = Question(measure, domain, where, year, members, among)
            facts.append(Fact(subject, question, share / whole, split_of, f"{domain} {where} {year}", source))
    return facts


def build_network_share_facts(world: World, table: Table) -> list[Fact]:
    """Build the facts of Chinese shares of networks.

    For each economy the first share, and the 5G share and its change if a 4G share precedes it; of two later
    shares, which agree, the first.  Lower bounds count as values.
    """
    facts: list[Fact] = []
    for row, iso3 in enumerate(table["iso3"].tolist()):
        if iso3 not in world.countries:
            continue
        aside = is_kept_aside(iso3, STANCES)
        dated = [(year, float(table[name][row])) for year, name in tables.NETWORK_SHARES.items()]
        dated = [(year, share) for year, share in dated if np.isfinite(share)][:2]
        for k, (year, share) in enumerate(dated):
            first_year, first = dated[0]
            split = ECONOMY if aside else FITTED if k == 0 and year <= LAST_FITTED else YEAR
            question = Question("base", MOBILE, iso3, year, TOGETHER["huawei_zte"])
            if k == 0 or first_year <= LAST_FITTED:
                facts.append(Fact((FIRST, LATER)[k], question, share, split, iso3, table.name))
            if k == 1 and first_year <= LAST_FITTED:
                moved = question._replace(kind="change", since=first_year)
                facts.append(Fact(CHANGE, moved, abs(share - first), split, iso3, table.name))
    return facts


def build_stance_facts(world: World, table: Table) -> list[Fact]:
    """Build the facts of which economies restrict and since when.

    The rule of restrictions was fitted to both years of all economies whose stances fits have used.
    """
    facts, table = list[Fact](), stances(table, SPONSOR)
    concerned = ~tables.mask_unasked_rows(world, table)
    for row, iso3 in enumerate(table["iso3"].tolist()):
        split = ECONOMY if is_kept_aside(iso3, STANCES) else FITTED
        for subject, year in ((BY_2020, 2020), (BY_2023, 2023)) if concerned[row] else ():
            if table[f"kind_{year}"][row]:
                happened = float(table["restricted_since"][row] <= year)
                question = Question("restricted", MOBILE, iso3, year)
                facts.append(Fact(subject, question, happened, split, iso3, table.name))
    concerned &= (table["kind_2020"] != "") & (table["kind_2023"] != "")
    for split, mine in (
        (FITTED, concerned & _mask_fitted_stances(table)),
        (ECONOMY, concerned & ~_mask_fitted_stances(table)),
    ):
        names = tuple(table["iso3"][mine].tolist())
        for year in COUNTED if names else ():
            number = float((table["restricted_since"][mine] <= year).sum())
            question = Question("restricting", MOBILE, "world", year, names)
            facts.append(Fact(RESTRICTING, question, number, split, str(year), table.name))
    return facts


def _mask_fitted_stances(table: Table) -> Bools:
    """Return the mask of rows of stances that fits have used, (row,)."""
    return np.array([not is_kept_aside(iso3, STANCES) for iso3 in table["iso3"].tolist()])


def build_surveillance_facts(world: World, table: Table) -> list[Fact]:
    """Build the facts of economies listed with Chinese AI surveillance by 2022, of those covered."""
    return [
        Fact(
            WATCHED,
            Question("listed", CITIES, iso3, 2020, tables.list_sponsor_vendors(world, CITIES)),
            found,
            _get_economy_split(iso3),
            iso3,
            table.name,
        )
        for iso3, found in tables.read_surveillance(table).items()
        if iso3 in world.countries and iso3 != SPONSOR
    ]


def build_loan_facts(world: World, table: Table) -> list[Fact]:
    """Build the facts of Chinese loans of 2011 to 2020 by economy: amount, and whether large enough to count.

    In the bundled table, which is complete, the lack of a loan is a fact too; from a user's table, only the
    economies in it.
    """
    bundled = table is tables.load_recorded_loans()
    recipients = world.countries if bundled else sorted(set(table["iso3"].tolist()) & {*world.countries})
    amounts, barred = (
        tables.sum_loans_by_economy(table, *LOANS),
        np.array(world.countries)[tables.mask_barred_economies(world)],
    )
    facts = []
    for iso3 in recipients:
        if iso3 in barred or (bundled and is_kept_aside(iso3)):
            continue
        amount = amounts.get(iso3, 0.0)
        question = Question("lent", "", iso3, LOANS[1], since=LOANS[0])
        about = _get_economy_split(iso3), iso3, table.name
        facts.append(Fact(LENT, question, amount, *about))
        happened = float(amount >= LEAST_LOAN)
        facts.append(Fact(BORROWS, question._replace(kind="lent_any"), happened, *about))
    return facts


def build_cable_facts(world: World) -> Iterator[Fact]:
    """Yield shares of cables, landings and km by supplier of the model, in two periods."""
    here = tables.list_market_vendors(world, CABLES)
    for since, until in PERIODS:
        for counted, shares in tables.compute_cable_shares(since, until).items():
            known = {name: share for name, share in shares.items() if name in here}
            whole, among = sum(known.values()), tuple(known)
            for name, share in known.items():
                question = Question("cables", CABLES, counted, until, (name,), among, since)
                cluster = f"{since} {counted}"
                yield Fact(SUPPLIERS, question, share / whole, FITTED, cluster, "cable_years")


def build_worldwide_facts(world: World) -> Iterator[Fact]:
    """Yield the facts of the whole world.

    These are cables by supplier, privacy laws at the ends of years, and the share of phones reading Galileo.
    """
    yield from build_cable_facts(world)
    for year, counted in tables.count_privacy_laws().items():
        if year >= world.first_year:
            question = Question("adopted", RULES, "world", year, ("eu_rules",))
            yield Fact(LAWS, question, counted, FITTED, str(year), "privacy_laws")
    question = Question("phones_reading", NAVIGATION, "world", 2019, ("galileo",))
    yield Fact(
        GALILEO, question, load_targets()["galileo_phones"].recorded, FITTED, "2019", "gnss_agency_press"
    )


def _get_economy_split(iso3: str) -> str:
    """Return the split of an economy's facts: FITTED, or ECONOMY if the economy is kept aside."""
    return ECONOMY if is_kept_aside(iso3) else FITTED


# --- facts of histories --------------------------------------------------------------------------------

#: Subjects with facts of single economies, and the unit of distance of each (assumed; records are rough): of
#: loans in the log of 1 + USD m / 15.
WIDTHS = {"networks": 0.06, "phones": 0.1, "restrictions": 0.3, "loans": 1.0}


def build_given_share_facts(world: World, shares: Mapping[str, float]) -> tuple[Fact, ...]:
    """Build facts of the sponsor's vendors' share in mobile networks of 2020, from shares by economy."""
    members = tables.list_sponsor_vendors(world, MOBILE)
    questions = {code: Question("base", MOBILE, code, 2020, members) for code in shares}
    return tuple(
        Fact("networks", questions[code], float(share), FITTED, code) for code, share in shares.items()
    )


def build_history_facts(world: World) -> tuple[Fact, ...]:
    """Build the facts of a world's economies that are available for fitting.

    Returns an empty tuple for a world without vendors of the sponsor in networks.
    """
    if not (MOBILE in world.domains and SPONSOR in world.sponsors):
        return ()
    table, facts = records("networks_5g"), list[Fact]()
    for row in np.flatnonzero(np.isin(table["iso3"], world.countries)):
        code, share = str(table["iso3"][row]), float(table["share_4g_2020"][row])
        known = np.isfinite(share) and not is_kept_aside(code)
        facts += build_given_share_facts(world, {code: share} if known else {})
    decided = tables.load_recorded_stances()
    for row in np.flatnonzero(np.isin(decided["iso3"], world.countries)):
        code = str(decided["iso3"][row])
        for year in (2020, 2023):
            if decided[f"clear_{year}"][row]:
                question = Question("restricts", MOBILE, code, year)
                happened = float(decided["restricted_since"][row] <= year)
                facts.append(Fact("restrictions", question, happened, FITTED, code))
    loans = tables.compute_chinese_loans(world.countries).tolist()
    for code, amount in zip(world.countries, loans, strict=True):
        if np.isfinite(amount) and code != SPONSOR:
            question = Question("lent", "", code, LOANS[1], since=max(LOANS[0], world.first_year + 1))
            facts.append(Fact("loans", question, amount, FITTED, code))
    if PHONES not in world.domains:
        return tuple(facts)
    named = {name for name in tables.list_market_vendors(world, PHONES) if name != "local"}
    table = records("observations")
    mine = (table["domain"] == PHONES) & (table["segment"] == "smartphones") & (table["split"] == "fit")
    mine &= (table["measure"] == "sales") & (table["year"] > world.first_year)
    mine &= (table["year"] <= LAST_FITTED) & np.isin(table["scope"], world.countries)
    for (code, year, *_), brands in group_shares_by_market(
        table, mine, "scope", "year", "period", "source"
    ).items():
        for maker, part in tables.sum_brands_by_maker(brands).items():
            if maker in named:
                question = Question("sales_in_year", PHONES, code, year, (maker,))
                facts.append(Fact("phones", question, part, FITTED, code))
    return tuple(facts)
