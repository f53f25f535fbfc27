"""Sentences and tables of the page of history, all from the runs and the record."""

from __future__ import annotations

from collections.abc import Sequence

import history_numbers as of
import numpy as np
from history_beside import Total, phones_by_place, recorded_spending, rows, totals
from history_pictures import REGIONS
from history_runs import SPONSORS, History

from lockin_sim.record import tables as recorded
from lockin_sim.record.facts import targets
from lockin_sim.wording import listed, opening
from lockin_sim.world import records
from lockin_sim.world.names import adjective, name_of, place, sellers

#: Economies that a reader knows, in the order of the table.
KNOWN = (
    "DEU", "GBR", "SWE", "POL", "KEN", "NGA", "ZAF", "ETH", "EGY", "PAK", "IND", "BGD", "IDN", "THA", "VNM",
    "JPN", "KOR", "TWN", "ISR", "BRA", "MEX", "USA", "RUS", "AUS", "SAU",
)  # fmt: skip
#: Regions that titles choose from: not the two that sell most of what is compared.
ABROAD = {region: name for region, name in REGIONS.items() if region not in ("china", "usa")}
LOOKED_AT = ("western_europe", "eastern_europe", "africa", "south_asia", "south_east_asia", "latin_america")
YEARS = (2012, 2016, 2020, 2025, 2030)
MAPPED = 2020  # the year of the maps


def table(heads: Sequence[str], body: Sequence[Sequence[str]], words: int = 1) -> str:
    """A table in Markdown; the first columns are words, the others numbers."""
    marks = ["---"] * words + ["---:"] * (len(heads) - words)
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, marks, *body))


def glance(h: History) -> str:
    """The numbers that are looked at first, beside what is recorded."""
    used = {
        t.place: f"{100 * t.point.share:.0f} ({sellers('_'.join(t.vendors))}, {t.point.year})"
        for t in totals(h, of.MOBILE)
        if t.point.measure == "base" and t.place in ("Europe", "Africa")
    }
    europe = of.by_people(h, ("western_europe", "eastern_europe"))
    phones, shares = phones_by_place(h)
    lent = float(np.nansum(recorded.chinese_loans(h.world.countries, 2011))) / 1000
    body = [
        *((f"{ABROAD[r]}, Chinese networks in 2020", of.networks(h, r), "") for r in LOOKED_AT),
        ("Europe, the same by population", europe, used.get("Europe", "")),
        ("Africa, Huawei alone, 2019", of.huawei(h, "africa", 2019), used.get("Africa", "")),
        ("largest change of Chinese sales in four years, 2014 to 2026, points", of.largest_wave(h), ""),
        *((f"China's part of spending on networks, {year}", of.spent_in_china(h, year), f"{part:.0f}")
          for year, part in recorded_spending()[1]),
        ("EU states that restrict Chinese vendors, mid 2023", of.eu_states(h), ""),
        ("Chinese loans, 2011 to 2020, USD bn", of.lent_by_china(h), f"{lent:.0f}"),
        ("Galileo in devices outside the EU, 2032", of.galileo_abroad(h), ""),
        (f"{shares} shares of phones by place: mean miss, points", phones, ""),
    ]  # fmt: skip
    cells = [(what, f"{value:.0f}" if value >= 10 else f"{value:.1f}", known) for what, value, known in body]
    return table(("per cent, unless said otherwise", "simulated", "recorded"), cells)


def market_title(h: History, domain: str, year: int = MAPPED) -> str:
    """Where Chinese vendors have most and least: the finding of a map."""
    level = {name: 100 * float(h.part(domain, region)[h.step(year)]) for region, name in ABROAD.items()}
    most, least = max(level, key=lambda n: level[n]), min(level, key=lambda n: level[n])
    about = f"{opening(name_of('domain', domain))}, {year}"
    if level[most] < 0.5:
        return f"{about}: nothing is Chinese in any region outside China"
    return (
        f"{about}: most is Chinese in {most} ({level[most]:.0f} %), least in {least} ({level[least]:.0f} %)"
    )


def lines_title(h: History, domain: str, until: int = 2025) -> str:
    """Where the Chinese part moved most in four years: the finding of the lines."""
    moves = []
    for region, name in ABROAD.items():
        path = 100 * h.part(domain, region)[: h.step(until) + 1]
        for years in range(1, 5):
            change = path[years:] - path[:-years]
            k = int(np.abs(change).argmax())
            moves.append((abs(change[k]), name, h.years[k], path[k], h.years[k + years], path[k + years]))
    size, name, first, start, last, end = max(moves)
    about = opening(name_of("domain", domain))
    if size < 0.5:
        return f"{about}: the Chinese part stands still outside China"
    return f"{about}: from {start:.0f} % Chinese in {first} to {end:.0f} % in {last} in {name}"


def market(h: History, domain: str) -> str:
    """Words and table of one market below its figures."""
    every = rows(h, domain)
    level = [
        f"{100 * float(h.part(domain, 'world', s)[h.step(MAPPED)]):.0f} % {adjective(s)}" for s in SPONSORS
    ]
    said = f"In {MAPPED} {_average(h, domain)} {listed(level)}."
    if not every:
        return f"{said} {_counts(h, domain)}"
    misses = np.array([row.miss for row in every])
    worst = every[int(np.abs(misses).argmax())]
    q = worst.told.question
    said += (
        f" Of {len(every)} recorded shares the runs miss one by {np.abs(misses).mean():.1f} points on "
        f"average; the worst is {sellers('_'.join(q.members))} in {place(q.place)}, {q.year}: "
        f"{100 * worst.simulated:.0f} % for {100 * worst.told.share:.0f} % ({_kind(q.kind)}). "
        f"{_counts(h, domain)}"
    ).rstrip()
    return f"{said}\n\n{beside(h, domain)}"


def _average(h: History, domain: str) -> str:
    """What a plain mean over all economies is of."""
    whose = "has adopted of its kind" if h.world.buyer[h.domain(domain)] == "adopters" else "is"
    return f"the average economy {whose}"


def _counts(h: History, domain: str) -> str:
    """What else is recorded of a market, beside runs."""
    if domain == "satellite_navigation":
        phones = h.world.conditions.market_size[h.step(2019), h.domain(of.PHONES)]
        reads = h.vendors[h.step(2019), h.domain(domain), :, h.world.vendors.index("galileo")]
        share = float((reads * phones).sum() / phones.sum())
        known = f"{100 * targets()['galileo_phones'].target.recorded:.0f} % are recorded"
        return f"Of phones in use {100 * share:.0f} % read Galileo in 2019; {known}."
    if domain == "data_governance":
        laws = [(year, counted) for year, counted in sorted(recorded.privacy_laws().items()) if year >= 2011]
        parts = [f"{h.rules[:, h.step(y)].sum(axis=1).mean():.0f} for {n:.0f} in {y}" for y, n in laws]
        return f"Economies with a privacy law of the European kind, simulated for recorded: {listed(parts)}."
    if domain == "smart_city":
        covered = recorded.surveilled(records("surveillance"))
        found = np.array([covered.get(code, np.nan) for code in h.world.countries])
        known = np.isfinite(found)
        here = h.parts[:, h.step(2020), h.domain(domain), known, 0] > 0
        chance = recorded.listed(h.world.conditions.gdp[h.world.step(2020), known])
        return (
            f"Of {known.sum()} economies {here.sum(axis=1).mean():.0f} have a Chinese vendor in 2020; as "
            f"small ones seldom make the news, {(here @ chance).mean():.0f} would be listed, where "
            f"{np.nansum(found):.0f} were by 2022."
        )
    return (
        ""
        if any(told.question.domain == domain for told in h.told)
        else "No share of this market is recorded."
    )


def beside(h: History, domain: str) -> str:
    """The latest recorded part of each sponsor's vendors in each place, beside runs."""
    latest: dict[tuple[str, str, str], Total] = {}
    for total in totals(h, domain):
        key = total.place, total.point.sponsor, total.point.measure
        before = latest.get(key)
        if before is None or (total.point.year, len(total.vendors)) > (
            before.point.year,
            len(before.vendors),
        ):
            latest[key] = total
    chosen = sorted(
        latest.values(), key=lambda t: (t.place != "world", t.place, t.point.measure, t.point.sponsor)
    )
    body = [
        (
            opening(place(t.place)), str(t.point.year), _kind(t.point.measure), sellers("_".join(t.vendors)),
            f"{100 * t.point.share:.0f}", f"{100 * t.simulated:.0f}",
        )
        for t in chosen
    ]  # fmt: skip
    return table(("where", "year", "of", "whose, %", "recorded", "simulated"), body, words=4)


def _kind(measure: str) -> str:
    """What a share is of."""
    return "sales" if measure == "sales" else "what is in use"


def names(h: History) -> str:
    """Chinese parts of mobile networks in economies that a reader knows."""
    record = records("networks_5g")
    usable = (record["split"] == "fit") & np.isfinite(record["share_4g_2020"])
    known = {record.labels[k]: f"{100 * record['share_4g_2020'][k]:.0f}" for k in np.flatnonzero(usable)}
    for told in h.told:
        q = told.question
        if q.domain == of.MOBILE and q.kind == "base" and q.year == 2020 and len(q.members) == 2:
            known[q.place] = f"{100 * told.share:.0f}"
    body = [
        (
            name_of("country", iso3),
            *(f"{of.networks(h, iso3, year):.0f}" for year in YEARS),
            known.get(iso3, ""),
        )
        for iso3 in KNOWN
    ]
    return table(("Chinese part of networks, %", *map(str, YEARS), "recorded of 4G, 2020"), body)
