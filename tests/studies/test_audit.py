"""Does the symmetry audit find what is planted, and nothing in a world that is the same for both?"""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from properties.worlds import CONDITION_AXES, FACT_AXES, WORLD_AXES

import lockin_sim as ls
from lockin_sim.cli import main
from lockin_sim.errors import InputError
from lockin_sim.studies.audit import INPUTS, audit, pair_of, venues_swapped

WORLD = Path(__file__).parents[2] / "experiments" / "gsm_and_cdma" / "world"
ONE, OTHER = "JPN", "KOR"
#: Enough runs and years for a small change of standards to turn a purchase: switching is rare.
HOW = {"runs": 16, "seed": 2, "years": (1990, 2010), "workers": 1}


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
    matrix = world.influence.matrix[copy.country][:, copy.country]
    return dataclasses.replace(
        world,
        bodies=bodies,
        influence=ls.world.Influence(matrix, len(matrix)),
        slot_home=np.full_like(world.slot_home, -1),
    )


def parts(world):
    found = audit(ONE, OTHER, world=world, venues=False, **HOW)
    return found["part"].to_pandas()


def test_nothing_is_found_in_an_even_world(even):
    assert np.abs(parts(even)).to_numpy().max() <= 1e-12


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
    ("standard family", "family", 1),
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
    holders = {"world": vars(even), "conditions": vars(even.conditions), "facts": even.facts}
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
    found = np.abs(parts(world)).max(axis=1)
    moved = set(found[found > 1e-12].index)
    # what a vendor is moves with the vendor as well
    assert moved - {"whose vendors"} == {name}


def test_half_of_what_a_swap_takes_off_the_gap_is_its_part():
    world = ls.load_world(WORLD)
    found = audit("EU", "USA", world=world, venues=True, **HOW)
    swapped = INPUTS["size of the home economy"].swapped(world, pair_of(world, "EU", "USA"))
    gap = {}
    for which, stage in (("now", world), ("swapped", swapped)):
        ds = ls.simulate("baseline", world=stage, runs=HOW["runs"], seed=HOW["seed"], years=HOW["years"])
        held = ds["vendor_share"].isel(year=-1, domain=0).to_pandas()
        gap[which] = held[["ericsson", "nokia", "siemens"]].sum(axis=1) - held[["motorola", "lucent"]].sum(
            axis=1
        )
    expected = (gap["now"] - gap["swapped"]).mean() / 2
    assert found["part"].sel(input="size of the home economy", measure="base").item() == pytest.approx(
        expected
    )
    assert found["gap"].sel(measure="base").item() == pytest.approx(gap["now"].mean())
    assert found["sources"].sel(input="market barriers").item() == "general_knowledge"
    assert found["statuses"].sel(input="size of the home economy").item() == "measured"


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


def test_the_command(capsys):
    asked = [
        "audit",
        "EU",
        "USA",
        "--world",
        str(WORLD),
        "--runs",
        "2",
        "--years",
        "1990-1994",
        "--no-venues",
    ]
    assert main([*asked, "--workers", "1"]) == 0
    said = capsys.readouterr().out
    assert "size of the home economy" in said
    assert "economy/gdp" in said


@pytest.mark.parametrize(
    ("one", "other", "said"), [("EU", "EU", "two different"), ("EU", "XXX", "XXX"), ("", "EU", "''")]
)
def test_unusable_sponsors(one, other, said):
    with pytest.raises(InputError, match=said):
        audit(one, other, world=ls.load_world(WORLD), **HOW)


def test_a_world_without_two_sponsors_is_refused():
    with pytest.raises(InputError, match="two"):
        audit(world=ls.toy_world(3, 2), runs=1, years=(0, 2))
