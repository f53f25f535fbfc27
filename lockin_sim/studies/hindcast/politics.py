"""Restrictions and loans: which economies, and when."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from lockin_sim.conventions import Floats
from lockin_sim.indices import auc, brier
from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.kept import CHINA
from lockin_sim.studies.hindcast.mobile import MOBILE
from lockin_sim.studies.hindcast.rows import Found
from lockin_sim.studies.hindcast.sample import Sample

#: Years whose number of restricting economies is compared.
COUNTED = tuple(range(2018, 2024))


def restrictions(sample: Sample) -> Found:
    """Chance of restricting by 2020 and by 2023 beside what economies did.

    Left out are China itself and economies that bar its vendors all along, as a standing barrier.
    """
    record = recorded.stances()
    barred = _barred(sample)
    usable = np.array([iso3 in sample.world.countries and not barred[iso3] for iso3 in record.countries])
    asked = usable & record.known_2020
    place = [
        sample.world.countries.index(iso3) if ok else 0
        for iso3, ok in zip(record.countries, usable, strict=True)
    ]
    since = sample.by_run["since"].values[:, place]
    scores: dict[str, float] = {}
    for year, known in ((2020, record.known_2020), (2023, record.known_2023)):
        chance, happened = (since <= year).mean(axis=0), record.since <= year
        chosen = usable & known
        area = auc(chance[chosen], happened[chosen])
        scores |= {
            f"restrictions_auc_{year}": area.area,
            f"restrictions_auc_{year}_error": area.error,
            f"restrictions_brier_{year}": brier(chance[chosen], happened[chosen]),
        }
        parts = {"clear": record.used, "fit": record.fit, "held": ~record.fit}
        for part, mine in parts.items():
            some = chosen & mine
            scores[f"restrictions_auc_{year}_{part}"] = auc(chance[some], happened[some]).area
    far = []
    for year in COUNTED:
        simulated, counted = (since[:, asked] <= year).sum(axis=1).mean(), (record.since[asked] <= year).sum()
        scores[f"restricting_{year}"] = float(simulated)
        far.append(abs(simulated / counted - 1) if counted else np.nan)
    scores["restricting_worst"] = float(np.nanmax(far))
    return Found(scores)


def _barred(sample: Sample) -> dict[str, bool]:
    """Economies to which restricting Chinese vendors does not apply."""
    world = sample.world
    h, d = world.sponsors.index(CHINA), world.domains.index(MOBILE)
    barrier = world.conditions.barrier[0, d, :, h] | world.home[:, h]
    return dict(zip(world.countries, barrier.tolist(), strict=True))


def loans(sample: Sample) -> Found:
    """Chinese loans of 2010 to 2020 by recipient, among economies that are not kept aside."""
    countries = sample.world.countries
    amount = recorded.chinese_loans(countries)
    lent = sample.means["lent"].sel(year=slice(2011, 2020)).sum("year").values
    usable = np.isfinite(amount)
    usable[[countries.index(iso3) for iso3, barred in _barred(sample).items() if barred]] = False
    borrowed = usable & (amount > 0)
    scores = {
        "loans_rank": _rank(lent[usable], amount[usable]),
        "loans_rank_borrowers": _rank(lent[borrowed], amount[borrowed]),
        "loans_auc": auc(lent[usable], (amount > 0)[usable]).area,
        "loans_overlap": float(np.minimum(_parts(lent[usable]), _parts(amount[usable])).sum()),
    }
    return Found(scores)


def _rank(one: Floats, other: Floats) -> float:
    """Spearman's correlation of ranks."""
    return float(spearmanr(one, other).statistic)


def _parts(values: Floats) -> Floats:
    """Values as parts of their sum."""
    whole: Floats = values / max(values.sum(), np.finfo(float).tiny)
    return whole
