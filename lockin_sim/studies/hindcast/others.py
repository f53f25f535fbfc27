"""Surveillance, satellite navigation, laws on privacy: who has any."""

from __future__ import annotations

import numpy as np

from lockin_sim.indices import auc
from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.recorded import Series
from lockin_sim.studies.hindcast.rows import Found, Share, compared
from lockin_sim.studies.hindcast.sample import Sample
from lockin_sim.world import World

CITIES, NAVIGATION, RULES, PHONES = "smart_city", "satellite_navigation", "data_governance", "smartphone"

#: Sales of video surveillance, a part of the domain.
CAMERAS = (
    Series(CITIES, "world", 2016, "video_surveillance", "memoori_2016"),
    Series(CITIES, "world", 2017, "video_surveillance", "memoori_2017"),
)
#: Phones that received Galileo in 2019: a billion of 3.5 to 4 billion in use.  The record is of the world;
#: that all of the EU do is assumed by the model, so that half of the share is given and not found.
GALILEO_2019 = 0.28


def surveillance(sample: Sample) -> Found:
    """Which of the economies covered have a Chinese vendor of AI surveillance, and are listed by 2022."""
    found = recorded.chinese_surveillance(sample.world.countries)
    covered = np.isfinite(found)
    share = sample.by_run["chinese"].sel(domain=CITIES, year=2020).values[:, covered]
    listed = recorded.listed(sample.world.conditions.gdp[sample.world.step(2020), covered])
    chance, happened = (share > 0).mean(axis=0) * listed, found[covered] > 0
    area = auc(chance, happened)
    scores = {
        "surveillance_auc": area.area,
        "surveillance_auc_error": area.error,
        "surveillance_chinese": float(chance.sum()),
        "surveillance_any": float(np.isfinite(share).mean(axis=0) @ listed),
    }
    return Found(scores, compared(sample, CAMERAS))


def adopters(sample: Sample) -> Found:
    """Galileo in phones, and laws on privacy of the European kind by year."""
    adoption, world = sample.countries["adoption"], sample.world
    phones = world.conditions.market_size[world.step(2019), world.domains.index(PHONES)]
    galileo = adoption.sel(domain=NAVIGATION, vendor="galileo", year=2019).values
    reads, own = phones * np.nan_to_num(galileo), world.home[:, _owner(world, "galileo")]
    share = float(reads.sum() / phones.sum())
    rows = [
        Share(
            NAVIGATION,
            "base",
            "world",
            2019,
            "phones",
            "galileo",
            GALILEO_2019,
            share,
            np.nan,
            "gnss_agency_press",
        )
    ]
    laws = adoption.sel(domain=RULES, vendor="eu_rules").sum("country")
    scores = {
        "galileo_phones": share,
        "galileo_phones_abroad": float(reads[~own].sum() / phones[~own].sum()),
        "galileo_phones_own": float(reads[own].sum() / reads.sum()),
    }
    far = []
    for year, counted in recorded.privacy_laws().items():
        if year >= world.first_year - 1:
            simulated = float(laws.sel(year=max(year, world.first_year)))
            scores[f"privacy_laws_{year}"] = simulated
            far.append(abs(simulated / counted - 1))
    scores["privacy_laws_worst"] = max(far)
    return Found(scores, rows)


def _owner(world: World, vendor: str) -> int:
    """Index of the sponsor of a system."""
    d = world.domains.index(NAVIGATION)
    slot = int(np.flatnonzero(world.slot_vendor[d] == world.vendors.index(vendor))[0])
    return int(world.slot_sponsor[d, slot])
