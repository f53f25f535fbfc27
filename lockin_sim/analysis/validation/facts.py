"""Recorded facts as numbers, each with the question that it answers and whether anything was fitted to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from lockin_sim.analysis.validation import subjects as of
from lockin_sim.analysis.validation.asked import LEAST_LOAN, MOBILE, Question
from lockin_sim.analysis.validation.subjects import Fact
from lockin_sim.analysis.validation.votes import vote_facts
from lockin_sim.analysis.validation.worldwide import worldwide
from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.kept import CHINA
from lockin_sim.world import World, records
from lockin_sim.world.schema import Table

#: Segments of mobile networks that are a market, or all networks, of their place; others are single
#: operators', or count goods of another kind.
NETWORKS = ("mobile_infrastructure", "ran", "networks", "ran_3g", "ran_3g_4g", "ran_4g", "5g", "ran_5g")

#: Payments by number, of which small ones are most; the model's are by value.
BY_NUMBER = "card_transactions"

PHONES = "smartphone"

#: Domains whose totals hold many makers that the model does not have: shares are among those recorded.
AMONG = (PHONES, "digital_payments")

#: Columns of ``networks_5g`` with Chinese shares, by year.
NETWORK_SHARES = {2020: "share_4g_2020", 2022: "share_5g_2022", 2024: "share_5g_2024"}


def facts_of(world: World, own: Sequence[Table] = ()) -> list[Fact]:
    """All facts that the world can be asked about: the bundled ones, or those of tables of one's own."""
    if own:
        return [fact for table in own for fact in TABLES[table.name](world, table)]
    bundled = [fact for name, read in TABLES.items() for fact in read(world, records(name))]
    return [*bundled, *worldwide(world)]


# --- shares of markets ---------------------------------------------------------------------------------


def _observations(world: World, table: Table) -> list[Fact]:
    """Shares of sales and of what is installed, of whole years."""
    usable = np.isin(table["period"], ["FY", "all"]) & np.isin(table["measure"], ["sales", "base"])
    usable &= (table["domain"] != MOBILE) | np.isin(table["segment"], NETWORKS)
    usable &= np.isin(table["domain"], [*of.SALES]) & (table["segment"] != BY_NUMBER)
    keys = ("domain", "scope", "year", "segment", "source", "measure", "split")
    rows: dict[tuple[str, ...], dict[str, float]] = {}
    for row in np.flatnonzero(usable):
        key = tuple(table[name][row].item() for name in keys)
        rows.setdefault(key, {})[str(table["vendor"][row])] = float(table["share"][row])
    return [fact for key, shares in rows.items() for fact in _series(world, key, shares)]


def _series(world: World, key: tuple[str, ...], shares: dict[str, float]) -> Iterator[Fact]:
    """The facts of the shares of one market that one publisher reports for one year."""
    domain, place, year, _, source, measure, split = key
    if not _asked(world, place, int(year), measure):
        return
    d = world.domains.index(domain)
    offered = {world.vendors[v] for v in world.slot_vendor[d] if v >= 0}
    known: dict[tuple[str, ...], float] = {}
    for vendor, share in recorded.by_maker(shares).items():
        members = tuple(v for v in recorded.TOGETHER.get(vendor, (vendor,)) if v in offered)
        if members:
            known[members] = known.get(members, 0.0) + share
    singly: dict[tuple[str, ...], float] = {
        members: share for members, share in known.items() if len(members) == 1
    }
    among: tuple[str, ...] = ()
    if domain in AMONG and len(singly) > 1:
        among, known = tuple(v for (v,) in singly), singly
    whole = sum(known.values()) if among else 1.0
    for members, share in known.items():
        question = Question(measure, domain, place, int(year), members, among)
        economy = place in world.countries
        subject = of.SALES[domain] if measure == "sales" else of.FIRST if economy else of.REGIONS
        if subject == of.SALES[PHONES] and place != "world":
            subject = of.PLACES
        yield Fact(
            subject,
            question,
            share / whole,
            _split(split, place, int(year)),
            f"{domain} {place} {year}",
            source,
        )


def _asked(world: World, place: str, year: int, measure: str) -> bool:
    """Whether a run has an answer: the place is known, and the year simulated with one before and after."""
    late = world.last_year - (measure == "sales")
    early = world.first_year + 2 * (measure == "sales")
    return early <= year <= late and (place in world.group_names or place in world.countries)


def _split(written: str, place: str, year: int) -> str:
    """What the column ``split`` says, and why."""
    if written == "fit":
        return of.FITTED
    economy = len(place) == 3 and recorded.held_out(place)
    return of.ECONOMY if economy or year <= of.LAST_FITTED else of.YEAR


# --- economies -----------------------------------------------------------------------------------------


def _networks(world: World, table: Table) -> list[Fact]:
    """Chinese shares of networks, and who restricts since when."""
    found: list[Fact] = []
    for row, iso3 in enumerate(table["iso3"].tolist()):
        if iso3 not in world.countries:
            continue
        now = of.FITTED if table["split"][row] == "fit" else of.ECONOMY
        found += _shares(table, row, iso3, held=table["split"][row] != "fit")
        found += _stances(world, table, row, iso3, now)
    return [*found, *_counted(world, table)]


def _shares(table: Table, row: int, iso3: str, *, held: bool) -> Iterator[Fact]:
    """The first figure of an economy, and that of 5G where there is one of 4G before it.

    Of two later figures the first: they say the same.  Lower bounds count as they stand.
    """
    ask = Question("base", MOBILE, iso3, 2020, recorded.TOGETHER["huawei_zte"])
    dated = [(year, float(table[name][row])) for year, name in NETWORK_SHARES.items()]
    known = [(year, share) for year, share in dated if np.isfinite(share)][:2]
    if not known:
        return
    (first_year, first), *more = known
    split = of.ECONOMY if held else of.FITTED if first_year <= of.LAST_FITTED else of.YEAR
    yield Fact(of.FIRST, ask._replace(year=first_year), first, split, iso3, "networks_5g")
    for year, share in more if first_year <= of.LAST_FITTED else ():
        split = of.ECONOMY if held else of.YEAR
        yield Fact(of.LATER, ask._replace(year=year), share, split, iso3, "networks_5g")
        moved = ask._replace(kind="change", year=year, since=first_year)
        yield Fact(of.CHANGE, moved, abs(share - first), split, iso3, "networks_5g")


def _stances(world: World, table: Table, row: int, iso3: str, split: str) -> Iterator[Fact]:
    """Whether an economy restricts by 2020 and 2023; both were used to fit the rule of restrictions."""
    if barred(world, iso3):
        return
    for subject, year in ((of.BY_2020, 2020), (of.BY_2023, 2023)):
        if table[f"status_{year}"][row]:
            happened = float(table["restricted_since"][row] <= year)
            question = Question("restricted", MOBILE, iso3, year)
            yield Fact(subject, question, happened, split, iso3, "networks_5g")


def barred(world: World, iso3: str) -> bool:
    """Whether restricting Chinese vendors is no question there: China, and who bars them all along."""
    h, d, c = world.sponsors.index(CHINA), world.domains.index(MOBILE), world.countries.index(iso3)
    return bool(world.conditions.barrier[0, d, c, h] | world.home[c, h])


def _counted(world: World, table: Table) -> Iterator[Fact]:
    """How many of the economies recorded restrict, year by year, fitted ones and others apart."""
    here = np.array([c in world.countries and not barred(world, c) for c in table["iso3"].tolist()])
    asked = here & (table["status_2020"] != "") & (table["status_2023"] != "")
    for split, written in ((of.FITTED, "fit"), (of.ECONOMY, "held")):
        mine = asked & (table["split"] == written)
        names = tuple(table["iso3"][mine].tolist())
        for year in range(2018, 2024) if names else ():
            number = float((table["restricted_since"][mine] <= year).sum())
            question = Question("restricting", MOBILE, "world", year, names)
            yield Fact(of.COUNTED, question, number, split, str(year), "networks_5g")


def _surveillance(world: World, table: Table) -> Iterator[Fact]:
    """Who was listed with Chinese AI surveillance by 2022, of the economies covered."""
    d, h = world.domains.index("smart_city"), world.sponsors.index(CHINA)
    slots = np.flatnonzero((world.slot_vendor[d] >= 0) & (world.slot_sponsor[d] == h))
    vendors = tuple(world.vendors[v] for v in world.slot_vendor[d, slots])
    for iso3, found in _largest(table["iso3"], table["chinese_vendor"].astype(float)).items():
        if iso3 in world.countries and iso3 != CHINA:
            question = Question("listed", "smart_city", iso3, 2020, vendors)
            yield Fact(of.WATCHED, question, found, _aside(iso3), iso3, "surveillance")


def _projects(world: World, table: Table) -> Iterator[Fact]:
    """Chinese loans of 2010 to 2020 by economy; in a whole record, having none is a fact, too.

    Of a table of one's own, the economies in it alone.
    """
    bundled = table is records("chinese_projects")
    recipients = world.countries if bundled else sorted(set(table["iso3"].tolist()) & {*world.countries})
    amounts = lent_by(table, 2010, 2020)
    for iso3 in recipients:
        if barred(world, iso3) or (bundled and recorded.held_out(iso3)):
            continue
        amount = amounts.get(iso3, 0.0)
        question = Question("lent", "", iso3, 2020, since=2011)
        split = _aside(iso3)
        yield Fact(of.LOANS, question, amount, split, iso3, "chinese_projects")
        happened, asked = float(amount >= LEAST_LOAN), question._replace(kind="lent_any")
        yield Fact(of.BORROWS, asked, happened, split, iso3, "chinese_projects")


def lent_by(table: Table, first: int, last: int) -> dict[str, float]:
    """Recorded Chinese loans for networks and what runs on them, USD m by economy; broadcasting left out."""
    mine = (table["kind"] == "loan") & (table["domain"] != "broadcast")
    mine &= (table["year"] >= first) & (table["year"] <= last)
    totals: dict[str, float] = {}
    amounts = np.nan_to_num(table["amount"])
    for iso3, amount in zip(table["iso3"][mine].tolist(), amounts[mine].tolist(), strict=True):
        totals[iso3] = totals.get(iso3, 0.0) + amount
    return totals


def _votes(world: World, table: Table) -> list[Fact]:
    """Ballots on contested motions; runs are not asked about them, see :mod:`.votes`."""
    return vote_facts(table)


def _aside(iso3: str) -> str:
    """On which side of the split by economy a fact lies."""
    return of.ECONOMY if recorded.held_out(iso3) else of.FITTED


def _largest(names: Iterable[str], values: Iterable[float]) -> dict[str, float]:
    """The largest value of each name."""
    found: dict[str, float] = {}
    for name, value in zip(names, values, strict=True):
        found[str(name)] = max(found.get(str(name), value), float(value))
    return found


#: What reads each table, of which a file of one's own may be one.
TABLES = {
    "observations": _observations,
    "networks_5g": _networks,
    "surveillance": _surveillance,
    "chinese_projects": _projects,
    "cyber_votes": _votes,
}
