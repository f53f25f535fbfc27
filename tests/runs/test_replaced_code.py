"""Is code that was replaced in memory kept out of what is shared with code that was not?"""

import functools
import importlib.util
import sys
from unittest import mock

import numpy as np
import pytest
from worlds import FIRST, history_on_record, rich_world, with_contracts

import lockin_sim as ls
from lockin_sim.common.replaced import compute_replaced_digest, find_replaced_code
from lockin_sim.engine import Batch
from lockin_sim.engine import politics as engine_politics
from lockin_sim.model.decisions.offers import Weights
from lockin_sim.record import conditioned
from lockin_sim.rules import diffusion, utility, voting
from lockin_sim.runs.provenance import source_digest
from lockin_sim.runs.store_files import JOURNAL, read_journal, rewrite
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import World

TOY = ls.toy_world(6, 2)
HOW = {"world": TOY, "runs": 2, "years": (0, 3), "seed": 1}
SMALL = {
    "world": TOY,
    "scenario": ls.Scenario.none(),
    "outcomes": ("switching_pull",),
    "years": (2,),
    "runs": 2,
}
POINTS = {"switching_cost": [0.0, 2.0]}


def no_quality(quality, weight):
    return 0.0 * quality


def shown(function):
    @functools.wraps(function)
    def wrapper(*arguments, **named):
        return function(*arguments, **named)

    return wrapper


class OtherBatch(Batch):
    """A kind of batch of one's own."""


REPLACED = {
    "a function": (utility, "quality_term", no_quality),
    "a wrapped function": (utility, "quality_term", shown(utility.quality_term)),
    "a function of the package": (utility, "quality_term", utility.price_term),
    "an imported function": (engine_politics, "of_year", lambda *_: None),
    "the code of a function": (utility.quality_term, "__code__", no_quality.__code__),
    "a partial function": (utility, "quality_term", functools.partial(no_quality, weight=0.0)),
    "a mock": (utility, "quality_term", mock.Mock()),
    "a method": (Batch, "begin", lambda self: None),
    "a property": (World, "compiles", property(lambda self: True)),
    "a class": (sys.modules["lockin_sim.engine.batch"], "Batch", OtherBatch),
    "a method of a named tuple": (Weights, "__add__", lambda self, other: self),
    "a number": (conditioned, "AT_ONCE", 3),
}


@pytest.mark.parametrize("what", REPLACED)
def test_what_is_replaced_is_seen_until_it_is_undone(what, monkeypatch):
    where, name, thing = REPLACED[what]
    before = source_digest()
    with monkeypatch.context() as patch:
        patch.setattr(where, name, thing, raising=False)
        found = find_replaced_code()
        assert any(name in place or place.endswith("quality_term") for place in found)
        assert source_digest().startswith(f"{before}+")
    assert find_replaced_code() == {}
    assert source_digest() == before


def test_a_file_that_was_edited_after_the_import_is_not_its_code(tmp_path):
    name, path = "lockin_sim.rules.own", tmp_path / "own.py"
    path.write_text("SIZE = 1.0\n\ndef rule(x):\n    return SIZE * x\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with mock.patch.dict(sys.modules, {name: module}):
        path.write_text("SIZE = 20.0\n\ndef rule(x):\n    return SIZE + x\n", encoding="utf-8")
        assert set(find_replaced_code()) == {f"{name}.SIZE", f"{name}.rule"}
    assert find_replaced_code() == {}


def test_other_replacements_have_other_digests_and_one_that_nobody_can_read_has_none(monkeypatch):
    def digest_with(thing):
        with monkeypatch.context() as patch:
            patch.setattr(utility, "quality_term", thing)
            return compute_replaced_digest()

    assert digest_with(no_quality) == digest_with(no_quality) != digest_with(lambda quality, weight: quality)
    assert digest_with(mock.Mock()) != digest_with(mock.Mock())
    assert compute_replaced_digest() == ""


# --- what is shared -----------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A folder of histories, of which none is in memory."""
    monkeypatch.setenv("LOCKIN_CACHE", str(tmp_path))
    monkeypatch.setattr(conditioned, "_ROWS", type(conditioned._ROWS)())
    return tmp_path / "lockin_sim" / "histories"


def luck(world, runs=2):
    """Shocks of histories that meet the contracts of a world, computed or from the folder."""
    conditioned._ROWS.clear()
    return history_on_record(world, Parameters(), runs).luck.shock


def test_a_history_of_replaced_code_is_neither_kept_nor_taken(cache, monkeypatch):
    world = with_contracts(rich_world(31, countries=8, vendors=4), 31)
    usual, files = luck(world), sorted(cache.iterdir())
    assert len(files) == 2
    with monkeypatch.context() as patch:
        patch.setattr(utility, "quality_term", no_quality)
        assert not np.array_equal(luck(world), usual)
        luck(world, runs=3)
        assert sorted(cache.iterdir()) == files
        assert not conditioned._ROWS
    np.testing.assert_array_equal(luck(world), usual)


def test_a_history_of_a_voting_procedure_of_ones_own_is_not_kept(cache, monkeypatch):
    name, usual = next(iter(voting.PROCEDURES.items()))
    world = with_contracts(rich_world(31, countries=8, vendors=4, procedures=(name,)), 31)
    monkeypatch.setitem(voting.PROCEDURES, name, lambda *counted: usual(*counted))
    luck(world)
    assert not conditioned._ROWS
    assert not cache.exists()


def test_what_is_cached_in_this_process_is_of_the_code_that_runs(monkeypatch):
    how = {"world": rich_world(1), "runs": 1, "years": (FIRST, FIRST + 2), "seed": 1}
    open_to_all, usual = diffusion.pair_openness, ls.simulate(ls.Scenario.none(), **how)
    with monkeypatch.context() as patch:
        patch.setattr(diffusion, "pair_openness", lambda *given: 0.0 * open_to_all(*given))
        assert not ls.simulate(ls.Scenario.none(), **how).equals(usual)
    assert ls.simulate(ls.Scenario.none(), **how).equals(usual)


def test_a_store_knows_what_was_replaced(tmp_path, monkeypatch):
    def compared():
        with ls.running(store=tmp_path / "s", resume=True):
            return ls.compare("open_ran", runs=2, seed=1, years=(2010, 2011), history="prior", workers=1)

    with monkeypatch.context() as patch:
        patch.setattr(utility, "quality_term", no_quality)
        compared()
        compared()  # the same function
    with pytest.raises(ls.InputError, match=r"cannot be resumed.*source: '\w+\+\w+', now '\w+'"):
        compared()


@pytest.mark.filterwarnings("ignore:.*made by other rules:UserWarning")
def test_a_sweep_says_that_parts_of_it_are_of_other_code(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(utility, "quality_term", no_quality)
        ls.sweep(ls.design.table(POINTS), out=tmp_path / "s", unit=1, **SMALL)
    path = tmp_path / "s" / JOURNAL
    rewrite(path, read_journal(path)[:-1])
    with pytest.warns(UserWarning, match="the code or data of the model changed since the last session"):
        ls.sweep(ls.design.table(POINTS), out=tmp_path / "s", unit=1, resume=True, **SMALL)


def test_workers_have_the_code_of_their_files_and_say_so(monkeypatch):
    monkeypatch.setattr(utility, "quality_term", no_quality)
    alone = ls.evaluate(POINTS, **SMALL, workers=1)
    assert ls.evaluate(POINTS, **SMALL, workers=None).equals(alone)
    with pytest.raises(ls.InputError, match=r"worker: found other code of lockin-sim .*replaced in memory"):
        ls.evaluate(POINTS, **SMALL, workers=2)


def test_replaced_code_is_not_compiled(monkeypatch):
    how = HOW | {"world": None, "years": (2010, 2012)}
    monkeypatch.setattr(utility, "quality_term", no_quality)
    assert ls.simulate(engine="auto", **how).engine == "core"
    with pytest.raises(ls.InputError, match=r"engine: found 'fast'; allowed: 'core', .*replaced code"):
        ls.simulate(engine="fast", **how)
