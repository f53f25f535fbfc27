"""Sentences and tables of the page of history, all from the runs and the record."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import history_numbers as of
from history_beside import Total, phones_by_place, recorded_spending, rows, totals
from history_pictures import REGIONS
from history_runs import SPONSORS, History
from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.others import GALILEO_2019
from lockin_sim.wording import listed, opening
from lockin_sim.world import records
from lockin_sim.world.names import adjective, name_of, place, sellers

#: Economies that a reader knows, in the order of the table.
KNOWN = (
    "DEU", "GBR", "SWE", "POL", "KEN", "NGA", "ZAF", "ETH", "EGY", "PAK", "IND", "BGD", "IDN", "THA", "VNM",
    "JPN", "KOR", "TWN", "ISR", "BRA", "MEX", "USA", "RUS", "AUS", "SAU",
)  # fmt: skip
ABROAD = {region: name for region, name in REGIONS.items() if region != "china"}
YEARS = (2012, 2016, 2020, 2025, 2030)
MAPPED = 2020  # the year of the maps


def table(heads: Sequence[str], body: Sequence[Sequence[str]], words: int = 1) -> str:
    """A table in Markdown; the first columns are words, the others numbers."""
    marks = ["---"] * words + ["---:"] * (len(heads) - words)
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, marks, *body))


def glance(h: History) -> str:
    """The numbers that are looked at first, beside what is recorded."""
    parts = {year: part for year, part in recorded_spending()[1]}
    europe = [t for t in totals(h, of.MOBILE) if t.place == "Europe" and t.point.measure == "base"]
    africa = [t for t in totals(h, of.MOBILE) if t.place == "Africa" and t.point.measure == "base"]
    told = {
        t.place: f"{100 * t.point.share:.0f} ({sellers('_'.join(t.vendors))}, {t.point.year})"
        for t in (*europe, *africa)
    }
    body = [
        (f"{REGIONS[region]}, Chinese networks in 2020", f"{of.networks(h, region):.0f}", "")
        for region in (
            "western_europe",
            "eastern_europe",
            "africa",
            "south_asia",
            "south_east_asia",
            "latin_america",
        )
    ]
    body += [
        ("Europe, the same by population", f"{of.by_people(h, ('western_europe', 'eastern_europe')):.0f}", told.get("Europe", "")),
        ("Africa, Huawei alone", f"{100 * h.vendors[h.step(2019), h.domain(of.MOBILE), h.members('africa'), h.world.vendors.index('huawei')].mean():.0f}", told.get("Africa", "")),
        ("largest change of Chinese vendors' sales in four years, 2014 to 2026, points", f"{of.largest_wave(h):.0f}", ""),
        *((f"China's part of the world's spending on networks, {y}", f"{of.spent_in_china(h, y):.0f}", f"{v:.0f}") for y, v in parts.items()),
        ("EU states that restrict Chinese vendors, mid 2023", f"{of.eu_states(h):.1f}", ""),
        ("China lent for networks and what runs on them, 2011 to 2020, USD bn", f"{of.lent_by_china(h):.1f}", f"{_lent_recorded():.1f} (2010 to 2020, economies not kept aside)"),
        ("Galileo in devices outside the EU, 2032", f"{of.galileo_abroad(h):.0f}", ""),
        ("phones by place: mean miss in points", f"{phones_by_place(h)[0]:.1f}", f"{phones_by_place(h)[1]} shares"),
    ]  # fmt: skip
    return table(("per cent, unless said otherwise", "simulated", "recorded"), body)


def _lent_recorded() -> float:
    """Recorded Chinese loans, USD bn."""
    from lockin_sim.world import load_world

    return float(np.nansum(recorded.chinese_loans(load_world().countries))) / 1000


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
    return f"{about}: {name} goes from {start:.0f} % Chinese in {first} to {end:.0f} % in {last}"


def market(h: History, domain: str) -> str:
    """Words and table of one market below its figures."""
    every = [row for row in rows(h, domain)]
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
        f" Of {len(every)} recorded shares the runs miss one by {np.abs(misses).mean():.1f} points on average; the worst "
        f"is {sellers('_'.join(q.vendors))} in {place(q.place)}, {q.year}: {100 * worst.simulated:.0f} % for "
        f"{100 * worst.told.share:.0f} % ({_kind(q.kind)}). {_counts(h, domain)}"
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
        return f"Of phones in use {100 * share:.0f} % read Galileo in 2019; {100 * GALILEO_2019:.0f} % are recorded."
    if domain == "data_governance":
        laws = [(year, counted) for year, counted in sorted(recorded.privacy_laws().items()) if year >= 2011]
        parts = [f"{h.rules[:, h.step(y)].sum(axis=1).mean():.0f} for {n:.0f} in {y}" for y, n in laws]
        return f"Economies with a privacy law of the European kind, simulated for recorded: {listed(parts)}."
    if domain == "smart_city":
        found = recorded.chinese_surveillance(h.world.countries)
        known = np.isfinite(found)
        here = h.parts[:, h.step(2020), h.domain(domain), known, 0] > 0
        return (
            f"Of {known.sum()} economies {here.sum(axis=1).mean():.0f} have a Chinese vendor in 2020, where "
            f"{np.nansum(found):.0f} were listed by 2022."
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
    known = {
        iso3: f"{100 * share:.0f}"
        for iso3, share, split in zip(record.labels, record["share_4g_2020"].tolist(), record["split"].tolist(), strict=True)
        if split == "fit" and np.isfinite(share)
    }  # fmt: skip
    known |= {row.told.question.place: f"{100 * row.told.share:.0f}" for row in rows(h, of.MOBILE)
              if row.told.question.kind == "base" and row.told.question.place in KNOWN and row.told.question.year == 2020
              and set(row.told.question.vendors) == {"huawei", "zte"}}  # fmt: skip
    body = [
        (
            name_of("country", iso3),
            *(f"{of.networks(h, iso3, year):.0f}" for year in YEARS),
            known.get(iso3, ""),
        )
        for iso3 in KNOWN
    ]
    return table(("Chinese part of networks, %", *map(str, YEARS), "recorded of 4G, 2020"), body)


def restrictions(h: History, least: float = 40.0) -> str:
    """In which share of runs an economy restricts, by year, and since when it is recorded to."""
    record = records("networks_5g")
    told = {}
    for row in np.flatnonzero(record["split"] == "fit").tolist():
        since = record["restricted_since"][row]
        known = record["status_2023"][row] or record["status_2020"][row]
        told[record.labels[row]] = f"{since:.0f}" if np.isfinite(since) else "does not" if known else ""
    shown = (2018, 2020, 2021, 2022, 2023, 2030, 2050)
    chance = {iso3: of.restricting(h, iso3, 2023) for iso3 in h.world.countries}
    chosen = [c for c in chance if chance[c] >= least or told.get(c, "does not")[:1] == "2"]
    body = [
        (name_of("country", c), *(f"{of.restricting(h, c, year):.0f}" for year in shown), told.get(c, ""))
        for c in sorted(chosen, key=lambda c: -chance[c])
    ]
    counted = [float(h.restricted[:, h.step(y)].sum(axis=1).mean()) for y in (2020, 2023, 2050)]
    said = (
        f"Of 199 economies {counted[0]:.0f} restrict Chinese vendors in 2020, {counted[1]:.0f} in 2023 and {counted[2]:.0f} "
        f"in 2050, mean over runs. Below are those that do in {least:.0f} % of runs or more in 2023, or are recorded to."
    )
    return f"{said}\n\n{table(('% of runs in which it restricts', *map(str, shown), 'recorded since'), body)}"


def borrowers(h: History, most: int = 8) -> str:
    """Who owes whom."""
    body = []
    for year in (2015, 2020, 2035):
        for sponsor in ("CHN", "USA", "EU", "JPN", "KOR", "RUS", "IND"):
            owed = np.nan_to_num(h.debt[:, h.step(year), :, h.world.sponsors.index(sponsor)]).mean(axis=0)
            largest = np.argsort(-owed)[:most]
            who = ", ".join(
                f"{name_of('country', h.world.countries[c])} {owed[c]:.1f}"
                for c in largest
                if owed[c] >= 0.05
            )
            if owed.sum() < 0.05:
                continue
            body.append((str(year), name_of("sponsor", sponsor), f"{owed.sum():.1f}", who))
    china, russia = (of.owed_to_rivals(h, (who,)) for who in ("CHN", "RUS"))
    said = (
        f"In the year and run in which it is most, China owes {china:.1f} and Russia {russia:.1f} USD bn to one of the "
        "EU, Japan and the United States."
    )
    lenders = "| year | lender | owed, USD bn | by whom, USD bn |\n| --- | --- | ---: | --- |\n" + "\n".join(
        "| " + " | ".join(row) + " |" for row in body
    )
    return f"{said}\n\n{lenders}\n\n{chinese_loans(h)}"


def chinese_loans(h: History, most: int = 12) -> str:
    """The largest recorded borrowers from China, and the largest simulated, beside each other."""
    amount = recorded.chinese_loans(h.world.countries) / 1000
    years = slice(h.step(2011), h.step(2020) + 1)
    lent = np.nansum(h.lent[:, years, :, h.world.sponsors.index("CHN")], axis=1).mean(axis=0)
    shown = sorted(range(len(amount)), key=lambda c: -np.nan_to_num(amount[c]))[:most]
    more = [c for c in np.argsort(-lent)[:most].tolist() if c not in shown and np.isfinite(amount[c])]
    body = [
        (name_of("country", h.world.countries[c]), f"{amount[c]:.2f}", f"{lent[c]:.2f}")
        for c in (*shown, *more)
    ]
    return table(("Chinese loans, USD bn", "recorded, 2010 to 2020", "simulated, 2011 to 2020"), body)


def spending_title(h: History) -> str:
    """How evenly money is spent: the finding of a figure."""
    low, high = (f(range(2012, 2024), key=lambda y: of.spent_in_china(h, y)) for f in (min, max))
    return (
        f"China's part of what is spent on mobile networks goes from {of.spent_in_china(h, low):.0f} % in {low} "
        f"to {of.spent_in_china(h, high):.0f} % in {high}"
    )


def spending(h: History) -> str:
    """What the world and China spend, market by market."""
    body = []
    for domain in h.world.domains:
        world, china = h.spending(domain)
        if np.nansum(world) > 0:
            cells = [
                f"{world[h.step(y)]:.0f} ({100 * china[h.step(y)] / world[h.step(y)]:.0f} %)" for y in YEARS
            ]
            body.append((opening(name_of("domain", domain)), *cells))
    swing = of.spending_swing(h)
    said = (
        f"From 2012 to 2022 the world's largest year of spending on mobile networks is {swing:.1f} times its smallest; "
        f"China's part is {of.spent_in_china(h, 2016):.0f} % in 2016, {of.spent_in_china(h, 2020):.0f} % in 2020 and "
        f"{of.spent_in_china(h, 2023):.0f} % in 2023."
    )
    return f"{said}\n\n{table(('USD bn, and China\u2019s part', *map(str, YEARS)), body)}"


def qualities_title() -> str:
    """The largest step in networks: the finding of a figure."""
    steps = of.steps_of_quality(of.MOBILE)
    vendor = max(steps, key=lambda v: steps[v])
    return f"In mobile networks the quality of {name_of('vendor', vendor)} steps by {steps[vendor]:.1f}"


def qualities() -> str:
    """The largest steps between neighbouring knots, and how many terms nothing explains."""
    from lockin_sim.world import load_world

    domains = [d for d in load_world().domains if max(of.steps_of_quality(d).values(), default=0.0) > 0]
    steps = []
    for domain in domains:
        by_vendor = of.steps_of_quality(domain)
        vendor = max(by_vendor, key=lambda v: by_vendor[v])
        steps.append(f"{by_vendor[vendor]:.1f} in {name_of('domain', domain)} ({name_of('vendor', vendor)})")
    return (
        f"The largest steps between neighbouring knots are {listed(steps)}. In mobile networks "
        f"{of.residuals()} terms stand for what nothing else explains."
    )
