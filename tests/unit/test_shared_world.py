"""Can a world that studies share be changed, by whoever has it, a copy of it, or what was made of it?"""

import copy
import dataclasses
import pickle
from collections.abc import Mapping

import numpy as np
import pytest
import scipy.sparse as sparse

import lockin_sim as ls
from lockin_sim.runs.provenance import digest

COPIES = {
    "itself": lambda world: world,
    "pickled": lambda world: pickle.loads(pickle.dumps(world)),
    "copied": copy.copy,
    "copied in depth": copy.deepcopy,
    "replaced": dataclasses.replace,
}


def arrays(thing, name="world"):
    """All arrays of a thing, with where they are: fields, what was derived from them, and their parts."""
    if isinstance(thing, np.ndarray):
        yield name, thing
    elif sparse.issparse(thing):
        yield from arrays((thing.data, thing.indices, thing.indptr), name)
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from arrays(value, f"{name}[{key}]")
    elif isinstance(thing, list | tuple):
        for place, value in enumerate(thing):
            yield from arrays(value, f"{name}[{place}]")
    elif hasattr(thing, "__dict__"):
        yield from arrays(vars(thing), name)


@pytest.mark.parametrize("kind", COPIES)
def test_no_array_of_a_world_can_be_written_to(real_world, kind):
    ls.simulate(runs=1, years=(2010, 2012))  # so that all is derived that a run derives
    world = COPIES[kind](real_world)
    found = dict(arrays(world))
    assert len(found) > 100
    assert [name for name, values in found.items() if values.flags.writeable] == []
    assert not world.families(2020).flags.writeable
    assert not world.conditions.spanning(2010, 2060).gdp.flags.writeable
    assert digest(world) == digest(real_world)


def test_no_dict_of_a_world_can_be_written_to(real_world):
    for held in (real_world.facts, real_world.groups, real_world.called, copy.deepcopy(real_world).facts):
        for change in (
            lambda held=held: held.update(x=1),
            lambda held=held: held.__setitem__("x", 1),
            lambda held=held: held.pop(next(iter(held))),
            held.clear,
        ):
            with pytest.raises(TypeError, match="a world is read-only"):
                change()
    assert (real_world.facts | {"x": 1})["x"] == 1


def test_a_toy_world_keeps_copies_of_what_it_is_given():
    shape = (3, 1, 2)
    given = {
        "taste": np.zeros(shape), "installed": np.full(shape, 0.5), "quality": np.zeros(2),
        "calendar": np.ones((2, 3, 1), dtype=bool), "influence": np.full((3, 3), 0.2),
    }  # fmt: skip
    thin = sparse.csr_array(np.full((3, 3), 0.2))
    worlds = [ls.toy_world(3, 2, **given), ls.toy_world(3, 2, influence=thin)]
    before = [digest(world) for world in worlds]
    for values in (*given.values(), thin.data):
        values[...] = 1
    assert [digest(world) for world in worlds] == before
    assert all(not values.flags.writeable for world in worlds for _, values in arrays(world))


def test_parameters_keep_copies_of_what_they_are_given():
    given = np.array([1.0, 2.0])
    parameters = ls.Parameters(switching_cost=given)
    given[:] = 9.0
    np.testing.assert_array_equal(parameters.switching_cost, [1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        parameters.switching_cost[0] = 2000.0  # type: ignore[index]


def test_a_store_is_not_resumed_with_a_world_that_was_changed_by_force(tmp_path):
    world = ls.toy_world(4, 3)
    asked = {
        "design": ls.design.table({"switching_cost": [1.0, 2.0]}), "scenario": ls.Scenario.none(),
        "world": world, "outcomes": ("retention",), "years": (2,), "runs": 1, "out": tmp_path / "s.zarr",
    }  # fmt: skip
    ls.sweep(**asked)
    world.home_bonus.flags.writeable = True
    world.home_bonus[:] = 3.0
    with pytest.raises(ls.InputError, match="cannot be resumed, it was made otherwise: world"):
        ls.sweep(**asked, resume=True)


@pytest.mark.parametrize("buyer", ["operator", "users"])
def test_every_engine_says_the_same_of_numbers_that_are_none(buyer):
    toy = ls.toy_world(4, 3, buyer=buyer, lifetime=5)
    world = dataclasses.replace(toy, initial_cost=np.full((1, 3), np.nan))
    said = []
    for engine in ("core", "fast", "mesa"):
        with pytest.warns(UserWarning, match="2 of 2 runs have numbers that are not finite") as caught:
            ls.simulate(ls.Scenario.none(), world=world, runs=2, years=(0, 3), engine=engine)
        said.append([str(each.message) for each in caught])
    assert said[0] == said[1] == said[2]
    assert len(said[0]) == 1
