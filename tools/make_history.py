"""Simulate the baseline and draw it beside the record: docs/history.md and its figures.

    python tools/make_history.py [--runs 64] [--seed 77]

Sentences and tables all come from the runs and the record.  A passage stands between
``<!-- measured: NAME -->`` and ``<!-- end measured -->``; other text is by hand.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

import history_numbers as of
import history_pictures as pictures
import numpy as np
from history_numbers import Total, phones_by_place, recorded_spending, rows, totals
from history_pictures import REGIONS
from history_runs import SPONSORS, History, simulated
from matplotlib.figure import Figure

from lockin_sim.record import MOBILE, PHONES
from lockin_sim.record import tables as recorded
from lockin_sim.record.facts import targets
from lockin_sim.wording import listed, opening
from lockin_sim.world import load_world, records
from lockin_sim.world.names import adjective, name_of, place, sellers
from lockin_sim.world.split import fitted_records, is_kept_aside

ROOT = Path(__file__).resolve().parent.parent
PAGE, IMAGES = ROOT / "docs" / "history.md", ROOT / "docs" / "images"
RUNS, SEED = 64, 77  # a seed that nothing is fitted with
_PASSAGE = re.compile(r"(<!-- measured: (\S+) -->\n).*?(<!-- end measured -->)", re.DOTALL)

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
        for t in totals(h, MOBILE)
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
        (f"{shares} shares of phones by place: mean error, points", phones, ""),
    ]  # fmt: skip
    cells = [(what, f"{value:.0f}" if value >= 10 else f"{value:.1f}", known) for what, value, known in body]
    return table(("per cent, unless said otherwise", "simulated", "recorded"), cells)


def market_title(h: History, domain: str, year: int = MAPPED) -> str:
    """Where Chinese vendors have most and least: the finding of a map."""
    level = {name: 100 * float(h.part(domain, region)[h.step(year)]) for region, name in ABROAD.items()}
    most, least = max(level, key=lambda n: level[n]), min(level, key=lambda n: level[n])
    about = f"{opening(name_of('domain', domain))}, {year}"
    if level[most] < 0.5:
        return f"{about}: no region outside China has a Chinese share"
    return (
        f"{about}: the Chinese share is largest in {most} ({level[most]:.0f} %) and smallest in {least} "
        f"({level[least]:.0f} %)"
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
        return f"{about}: the Chinese share does not change outside China"
    return (
        f"{about}: the Chinese share moves fastest in {name}, {start:.0f} % in {first}, {end:.0f} % in {last}"
    )


def market(h: History, domain: str) -> str:
    """Words and table of one market below its figures."""
    every = rows(h, domain)
    level = [
        f"{100 * float(h.part(domain, 'world', s)[h.step(MAPPED)]):.0f} % {adjective(s)}" for s in SPONSORS
    ]
    whose = "has adopted" if h.world.buyer[h.domain(domain)] == "adopters" else "is"
    said = f"In {MAPPED} the average economy {whose} {listed(level)}."
    if not every:
        return f"{said} {_counts(h, domain)}"
    misses = np.array([row.miss for row in every])
    worst = every[int(np.abs(misses).argmax())]
    q = worst.told.question
    said += (
        f" The runs miss {len(every)} recorded shares by {np.abs(misses).mean():.1f} points on "
        f"average, and most {sellers('_'.join(q.members))} in {place(q.place)}, {q.year}: "
        f"{100 * worst.simulated:.0f} % simulated, {100 * worst.told.recorded:.0f} % recorded "
        f"({_kind(q.kind)}). "
        f"{_counts(h, domain)}"
    ).rstrip()
    return f"{said}\n\n{beside(h, domain)}"


def _counts(h: History, domain: str) -> str:
    """What else is recorded of a market, beside runs."""
    if domain == "satellite_navigation":
        phones = h.world.conditions.market_size[h.step(2019), h.domain(PHONES)]
        reads = h.vendors[h.step(2019), h.domain(domain), :, h.world.vendors.index("galileo")]
        share = float((reads * phones).sum() / phones.sum())
        known = f"{100 * targets()['galileo_phones'].target.recorded:.0f} % are recorded"
        return f"Of phones in use {100 * share:.0f} % read Galileo in 2019; {known}."
    if domain == "data_governance":
        laws = [(year, counted) for year, counted in sorted(recorded.privacy_laws().items()) if year >= 2011]
        parts = [f"{h.rules[:, h.step(y)].sum(axis=1).mean():.0f} ({n:.0f}) in {y}" for y, n in laws]
        return f"Economies with a privacy law of the European kind, simulated (recorded): {listed(parts)}."
    if domain == "smart_city":
        covered = recorded.surveilled(fitted_records("surveillance"))
        found = np.array([covered.get(code, np.nan) for code in h.world.countries])
        known = np.isfinite(found)
        here = h.parts[:, h.step(2020), h.domain(domain), known, 0] > 0
        chance = recorded.listed(h.world.conditions.gdp[h.world.step(2020), known])
        return (
            f"Of {known.sum()} economies {here.sum(axis=1).mean():.0f} have a Chinese vendor in 2020; since "
            f"small ones seldom make the news, {(here @ chance).mean():.0f} of them would be on record, "
            f"which has {np.nansum(found):.0f} by 2022."
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
    return "sales" if measure == "sales" else "in use"


def names(h: History) -> str:
    """Chinese parts of mobile networks in economies that a reader knows."""
    record = records("networks_5g")
    usable = np.isfinite(record["share_4g_2020"]) & [not is_kept_aside(c) for c in record.labels]
    known = {record.labels[k]: f"{100 * record['share_4g_2020'][k]:.0f}" for k in np.flatnonzero(usable)}
    for told in h.told:
        q = told.question
        if q.domain == MOBILE and q.kind == "base" and q.year == 2020 and len(q.members) == 2:
            known[q.place] = f"{100 * told.recorded:.0f}"
    body = [
        (
            name_of("country", iso3),
            *(f"{of.networks(h, iso3, year):.0f}" for year in YEARS),
            known.get(iso3, ""),
        )
        for iso3 in KNOWN
    ]
    return table(("Chinese part of networks, %", *map(str, YEARS), "4G on record, 2020"), body)


# --- states, money and qualities ---


def restrictions(h: History, least: float = 40.0) -> str:
    """In which share of runs an economy restricts, by year, and since when it is recorded to."""
    record = recorded.recorded_stances()
    told = {}
    for row in range(len(record.labels)):
        since = record["restricted_since"][row]
        known = record["kind_2023"][row] or record["kind_2020"][row]
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
        f"Of {len(h.world.countries)} economies {counted[0]:.0f} restrict Chinese vendors in 2020, "
        f"{counted[1]:.0f} in 2023 and {counted[2]:.0f} in 2050, mean over runs. Below are those that do in "
        f"{least:.0f} % of runs or more in 2023, or do on record."
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
        f"China owes at most {china:.1f} and Russia at most {russia:.1f} USD bn to one of the EU, Japan and "
        "the United States, in any year and run."
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
    return table(("Chinese loans, USD bn", "recorded, 2011 to 2020", "simulated, 2011 to 2020"), body)


def spending_title(h: History) -> str:
    """How evenly money is spent: the finding of a figure."""
    low, high = (f(range(2012, 2024), key=lambda y: of.spent_in_china(h, y)) for f in (min, max))
    return (
        f"China's share of spending on mobile networks is {of.spent_in_china(h, low):.0f} % in {low} "
        f"and {of.spent_in_china(h, high):.0f} % in {high}"
    )


def money(h: History) -> str:
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
    parts = [f"{of.spent_in_china(h, year):.0f} % in {year}" for year in (2016, 2020, 2023)]
    said = (
        f"From 2012 to 2022 the world's largest year of spending on mobile networks is {swing:.1f} times its "
        f"smallest; China's part is {listed(parts)}."
    )
    return f"{said}\n\n{table(('USD bn, and China\u2019s part', *map(str, YEARS)), body)}"


def qualities_title() -> str:
    """The largest step in networks: the finding of a figure."""
    steps = of.steps_of_quality(MOBILE)
    vendor = max(steps, key=lambda v: steps[v])
    return (
        f"In mobile networks the quality of {name_of('vendor', vendor)} changes most, by {steps[vendor]:.1f}"
    )


def qualities() -> str:
    """The largest steps between neighbouring knots, and how many terms nothing explains."""
    domains = [d for d in load_world().domains if max(of.steps_of_quality(d).values(), default=0.0) > 0]
    steps = []
    for domain in domains:
        by_vendor = of.steps_of_quality(domain)
        vendor = max(by_vendor, key=lambda v: by_vendor[v])
        steps.append(f"{by_vendor[vendor]:.1f} in {name_of('domain', domain)} ({name_of('vendor', vendor)})")
    return (
        f"The largest steps between neighbouring knots are {listed(steps)}. In mobile networks "
        f"{of.residuals()} correction terms remain that we cannot explain."
    )


# --- the page ---


def passages(h: History, seed: int) -> dict[str, str]:
    """Every passage of the page."""
    spending = _drawn(pictures.spending(h, spending_title(h)), "spending")
    paths = _drawn(pictures.qualities(qualities_title()), "qualities")
    return {
        "made": f"{h.runs} runs of the baseline from seed {seed}, at the declared values of all parameters.",
        "glance": glance(h),
        "markets": "\n\n".join(_market(h, domain) for domain in h.world.domains),
        "names": names(h),
        "restrictions": restrictions(h),
        "borrowers": borrowers(h),
        "spending": f"{spending}\n\n{money(h)}",
        "qualities": f"{paths}\n\n{qualities()}",
    }


def _market(h: History, domain: str) -> str:
    """Heading, figures, words and table of one market."""
    shown = [
        _drawn(pictures.maps(h, domain, MAPPED, market_title(h, domain)), f"{domain}_map"),
        _drawn(pictures.lines(h, domain, lines_title(h, domain)), f"{domain}_lines"),
    ]
    return "\n\n".join([f"### {opening(name_of('domain', domain))}", *shown, market(h, domain)])


def _drawn(figure: Figure, name: str) -> str:
    """Write a figure; returns the line that shows it, whose alternative text is its headline."""
    pictures.write(figure, IMAGES / f"history_{name}.png")
    return f"![{' '.join(figure.get_suptitle().split())}](images/history_{name}.png)"


def main() -> None:
    """Simulate, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    h = simulated(chosen.runs, chosen.seed, facts=True)
    made = passages(h, chosen.seed)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_PASSAGE.sub(lambda m: f"{m[1]}{made[m[2]]}\n{m[3]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
