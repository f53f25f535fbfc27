"""Synthetic results in the shape of ``lockin_sim.compare``: plausible numbers, no model."""

import numpy as np
import pytest
import xarray as xr

SCENARIOS = {
    "baseline": "What happens if nothing changes after 2023?",
    "no_dsr": "What if Chinese state lending had stayed at its level before 2015?",
    "no_state_finance": "What if no state lent money for digital infrastructure?",
    "eu_coordinated": "What if all EU members restricted high-risk vendors together?",
    "digital_oda": "Does European counter-finance change who builds the networks of low-income countries?",
    "open_ran": "Does a mandate for open interfaces loosen lock-in?",
}
YEARS = np.arange(2010, 2051)
#: outcome: (label, level of 2010, level of 2050, largest effect in 2050 by scenario after the baseline)
OUTCOMES = {
    "cn2035_share": ("world share of cn2035", 0.0, 0.34, (-0.071, -0.028, -0.012, -0.004, -0.041)),
    "cn2035_chinese_base": ("cn2035 on Chinese base", 0.0, 0.21, (-0.055, -0.02, -0.008, -0.003, -0.01)),
    "cn2035_others": ("cn2035 by others' compliance", 0.0, 0.13, (-0.016, -0.008, -0.004, -0.001, -0.031)),
    "dependence_CHN": ("dependence on Chinese vendors", 0.17, 0.33, (-0.06, -0.03, -0.01, -0.01, -0.03)),
    "dependence_USA": ("dependence on US vendors", 0.52, 0.41, (0.03, 0.015, 0.0, -0.005, 0.01)),
    "dependence_EU": ("dependence on EU vendors", 0.2, 0.13, (0.02, 0.01, 0.02, 0.02, 0.005)),
    "switching_pull_CHN": ("pull, Chinese vendors", 0.08, 0.16, (-0.03, -0.01, -0.01, -0.005, -0.05)),
    "switching_pull_USA": ("pull, US vendors", 0.28, 0.22, (0.01, 0.01, 0.0, 0.0, -0.03)),
    "switching_pull_EU": ("pull, EU vendors", 0.1, 0.07, (0.01, 0.005, 0.01, 0.01, -0.01)),
    "status_ITU": ("status of cn2035 in ITU", 0.0, 0.43, (-0.08, -0.03, -0.02, -0.05, -0.01)),
    "status_ISO_IEC": ("status of cn2035 in ISO/IEC", 0.0, 0.12, (-0.02, -0.01, -0.012, -0.004, 0.0)),
    "status_3GPP": ("status of cn2035 in 3GPP", 0.0, 0.27, (-0.02, -0.01, -0.01, -0.0, -0.06)),
    "status_IETF": ("status of cn2035 in IETF", 0.0, 0.03, (0.0, 0.0, 0.0, 0.0, 0.0)),
    "status_ICANN": ("status of cn2035 in ICANN", 0.0, 0.05, (0.0, 0.0, 0.0, -0.001, 0.0)),
    "status_WIC": ("status of cn2035 in WIC", 0.0, 0.71, (-0.03, 0.0, 0.0, -0.01, 0.0)),
}  # fmt: skip


def rise(start, end, first):
    """An S-shaped path over ``YEARS`` from start to end that begins in ``first``."""
    curve = 1 / (1 + np.exp(-(YEARS - first - 12) / 4.5))
    before = curve[first - YEARS[0]]
    curve = np.clip((curve - before) / (curve[-1] - before), 0, 1)
    return start + (end - start) * curve


def make_effects():
    """Six scenarios, fifteen outcomes, 2010 to 2050, 500 runs."""
    shape = (len(SCENARIOS), len(OUTCOMES), len(YEARS))
    level, effect, half = np.zeros((*shape, 4)), np.zeros(shape), np.zeros(shape)
    for o, (_, start, end, changes) in enumerate(OUTCOMES.values()):
        for s, change in enumerate((0.0, *changes)):
            effect[s, o] = rise(0, change, 2021)
            mean = rise(start, end, 2019) + effect[s, o]
            width = 0.30 * np.abs(mean)
            level[s, o] = np.stack([mean, mean - 0.8 * width, mean - 0.02 * width, mean + width], axis=-1)
            half[s, o] = (
                0.0 if s == 0 else (0.06 * abs(end - start) + 0.1 * abs(change)) * (YEARS - 2010) / 40
            )
    axes = ("scenario", "outcome", "year")
    return xr.Dataset(
        {
            "level": ((*axes, "statistic"), level),
            "effect": (axes, effect),
            "effect_low": (axes, effect - half),
            "effect_high": (axes, effect + half),
        },
        coords={
            "scenario": list(SCENARIOS),
            "outcome": list(OUTCOMES),
            "year": YEARS,
            "statistic": ["mean", "q05", "q50", "q95"],
            "outcome_label": ("outcome", [label for label, *_ in OUTCOMES.values()]),
            "outcome_unit": ("outcome", ["share"] * len(OUTCOMES)),
            "scenario_question": ("scenario", list(SCENARIOS.values())),
        },
        attrs={"baseline": "baseline", "runs": 500},
    )


@pytest.fixture
def results():
    """A fresh synthetic effects dataset."""
    return make_effects()


@pytest.fixture
def economies(real_world):
    """The 199 simulated economies."""
    return list(real_world.countries)
