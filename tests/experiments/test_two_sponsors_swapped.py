"""Does swapping two sponsors find what is planted, and nothing in a world that is the same for both?"""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from properties.worlds import CONDITION_AXES, FACT_AXES, WORLD_AXES

import lockin_sim as ls
from experiments.two_sponsors_swapped.study import parts
from experiments.two_sponsors_swapped.swaps import INPUTS, pair_of, venues_swapped
from lockin_sim.common.errors import InputError

WORLD = Path(__file__).parents[2] / "experiments" / "gsm_and_cdma" / "world"
ONE, OTHER = "JPN", "KOR"
#: Enough runs and years for a small change of standards to turn a purchase: switching is rare.
HOW = {"runs": 16, "seed": 2, "years": 2010, "workers": 1, "domain": "mobile_network", "venues": False}


def _copied(order):
    """An order that is its own image under the swap: of two that change places, the first for both."""
    return np.minimum(order, np.arange(order.shape[-1]))


@pytest.fixture(scope="module")
def even():
    """A world that is the same for two sponsors: what the one has, the other has."""
    world = ls.load_world(WORLD)
    pair = pair_of(world, ONE, OTHER)
    copy = pair._replace(
        sponsor=_copied(pair.sponsor), slot=_copied(pair.slot), country=_copied(pair.country)
    )
    for entry in INPUTS.values():
        if entry.arrays:
            world = entry._replace(by_hand=None).swapped(world, copy)
    bodies = tuple(
        dataclasses.replace(b, weight=b.weight[copy.country], firm_weight=b.firm_weight[copy.country])
        for b in world.bodies
    )
    return dataclasses.replace(
        world,
        bodies=bodies,
        influence=world.influence.take(copy.country),
        slot_home=np.full_like(world.slot_home, -1),
    )


@pytest.mark.slow
def test_nothing_is_found_in_an_even_world(even):
    assert np.abs(parts(even, ONE, OTHER, **HOW)).to_numpy().max() <= 1e-10


def of_one(axes):
    """The places of an array that are the first sponsor's, or its vendor's."""
    at = {"h": lambda w: w.sponsors.index(ONE), "v": lambda w: w.vendors.index("nec"), "H": None}
    at["H"] = at["h"]
    return lambda world: tuple(at[axis](world) if axis in at else slice(None) for axis in axes)


#: Input, an array of it, and what the first sponsor has there; the first is always tried.
PLANTED = [
    ("technology cost", "initial_cost", 0.7),
    ("affinity", "affinity", 1.0),
    ("year of entry", "slot_entry", 1998),
    ("push for the family", "standard_push", 0.1),
    ("market barriers", "barrier", True),
    ("events and presence", "place_utility", 5.0),
    ("state support", "state_support", 0.3),
    ("first movers", "base_share", 0.4),
    ("bonus at home", "home_bonus", 9.0),
]


@pytest.mark.parametrize(
    ("name", "array", "value"),
    [PLANTED[0], *(pytest.param(*planted, marks=pytest.mark.slow) for planted in PLANTED[1:])],
)
def test_a_planted_difference_is_named(even, name, array, value):
    holders = {"world": vars(even), "conditions": even.conditions.arrays(), "facts": even.facts}
    where = next(w for w, holder in holders.items() if holder.get(array) is not None)
    planted = holders[where][array].copy()
    assert array in INPUTS[name].arrays.split()
    planted[of_one((WORLD_AXES | CONDITION_AXES | FACT_AXES)[array])(even)] = value
    conditions, facts, own = even.conditions, even.facts, {}
    if where == "conditions":
        conditions = dataclasses.replace(conditions, **{array: planted})
    elif where == "facts":
        facts = facts | {array: planted}
    else:
        own = {array: planted}
    world = dataclasses.replace(even, conditions=conditions, facts=facts, **own)
    found = np.abs(parts(world, ONE, OTHER, **HOW)).max(axis=1)
    moved = set(found[found > 1e-10].index)
    # what a vendor is moves with the vendor as well
    assert moved - {"whose vendors"} == {name}


def test_every_array_in_which_sponsors_or_vendors_differ_is_an_input():
    """A new array with such an axis must be swapped somewhere; else an assumption would pass the audit by."""
    axes = WORLD_AXES | CONDITION_AXES
    swapped = {name for entry in INPUTS.values() for name in entry.arrays.split()}
    by_hand = {"slot_vendor", "slot_sponsor", "slot_home"}
    differing = {name for name, letters in axes.items() if set(letters) & set("hHv")}
    assert differing - by_hand == {name for name in swapped if set((axes | FACT_AXES)[name]) & set("hHv")} - {
        "base_share", "users_base", "adoption",
    }  # fmt: skip


def test_every_column_named_is_one_of_the_bundled_tables():
    from lockin_sim.world.schema import read_table

    known = set(read_table("columns").labels)
    assert {column for entry in INPUTS.values() for column in entry.columns.split()} <= known


def test_a_swap_done_twice_is_none(real_world):
    pair = pair_of(real_world, "CHN", "USA")
    for name, entry in INPUTS.items():
        back = entry.swapped(entry.swapped(real_world, pair), pair)
        for array in entry.arrays.split():
            for one, other in ((real_world, back), (real_world.conditions, back.conditions)):
                if getattr(one, array, None) is not None:
                    np.testing.assert_array_equal(getattr(one, array), getattr(other, array), err_msg=name)


def test_two_bodies_have_each_others_domains(real_world):
    swapped = venues_swapped(real_world, "ITU", "IETF").conditions.mandate
    itu, ietf = (real_world.body_names.index(body) for body in ("ITU", "IETF"))
    np.testing.assert_array_equal(swapped[:, itu], real_world.conditions.mandate[:, ietf])
    np.testing.assert_array_equal(swapped[:, ietf], real_world.conditions.mandate[:, itu])
    with pytest.raises(InputError, match="ITX"):
        venues_swapped(real_world, "ITX", "IETF")


def test_a_sponsor_is_not_swapped_with_itself():
    with pytest.raises(InputError, match="two different"):
        parts(ls.load_world(WORLD), "EU", "EU", **HOW)
