"""Worlds so small that the answer of every study is known."""

import dataclasses

import numpy as np

import lockin_sim as ls

#: One vendor, ten countries that buy everything anew each year, each worth 1 USD bn: only prices can move.
YEARS = (0, 12)
NONE = ls.Scenario.none()
SUBSIDY = NONE.model_copy(update={"name": "subsidy"}).with_lever(
    "state_support", "vendor_0", from_=4, share=0.25
)
HOW = {
    "baseline": NONE,
    "parameters": ls.Parameters.neutral(price_weight=1.0),
    "runs": 3,
    "seed": 2,
    "years": YEARS,
    "workers": 1,
}


def one_vendor():
    return ls.toy_world(n_countries=10, n_vendors=1)


def nobody_buys():
    """Two countries with an operator each, one with the first vendor and one with the second; no tender ever.

    The first vendor has a sponsor whose vendors can be restricted.
    """
    base = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    world = ls.toy_world(2, 2, lifetime=10, installed=base, calendar=np.zeros((YEARS[1], 2, 1), dtype=bool))
    return dataclasses.replace(world, sensitive=np.array([True]), slot_sponsor=np.array([[0, 1]]))
