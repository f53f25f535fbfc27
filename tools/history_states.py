"""States, money and qualities on the page of history: sentences and tables from the runs and the record."""

from __future__ import annotations

import history_numbers as of
import numpy as np
from history_runs import History
from history_words import YEARS, table

from lockin_sim.record import tables as recorded
from lockin_sim.wording import listed, opening
from lockin_sim.world import load_world, records
from lockin_sim.world.names import name_of


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
        f"Of {len(h.world.countries)} economies {counted[0]:.0f} restrict Chinese vendors in 2020, "
        f"{counted[1]:.0f} in 2023 and {counted[2]:.0f} in 2050, mean over runs. Below are those that do in "
        f"{least:.0f} % of runs or more in 2023, or are recorded to."
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
        f"In the year and run in which it is most, China owes {china:.1f} and Russia {russia:.1f} USD bn to "
        "one of the EU, Japan and the United States."
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
        f"China's part of spending on mobile networks is {of.spent_in_china(h, low):.0f} % in {low} "
        f"and {of.spent_in_china(h, high):.0f} % in {high}"
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
    parts = [f"{of.spent_in_china(h, year):.0f} % in {year}" for year in (2016, 2020, 2023)]
    said = (
        f"From 2012 to 2022 the world's largest year of spending on mobile networks is {swing:.1f} times its "
        f"smallest; China's part is {listed(parts)}."
    )
    return f"{said}\n\n{table(('USD bn, and China\u2019s part', *map(str, YEARS)), body)}"


def qualities_title() -> str:
    """The largest step in networks: the finding of a figure."""
    steps = of.steps_of_quality(of.MOBILE)
    vendor = max(steps, key=lambda v: steps[v])
    return f"In mobile networks the quality of {name_of('vendor', vendor)} steps by {steps[vendor]:.1f}"


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
        f"{of.residuals()} terms stand for what nothing else explains."
    )
