"""Does a store know a user's own code, and do workers have it?  What nobody can know is refused."""

import functools
import importlib
import sys

import numpy as np
import pytest
from scipy.special import expit
from worlds import FIRST, rich_world

import lockin_sim as ls
from lockin_sim.common.fingerprint import DECLARED, compute_fingerprint
from lockin_sim.comparisons.compare import EFFECTS, build_effects_part, compare_parts
from lockin_sim.rules import voting
from lockin_sim.settings.levers import LEVERS

TOY = ls.toy_world(6, 2)
SMALL = {"scenario": ls.Scenario.none(), "outcomes": ("switching_pull",), "years": (2,), "runs": 2}
POINTS = {"switching_cost": [0.0, 2.0]}

#: A module of a user's own, with a term that reads all that a function can read.
TERM = """
from functools import wraps

SIZE, TABLE = 1.0, {"first": [1.0, 2.0]}

def doubled(function):
    @wraps(function)
    def twice(*arguments):
        return 2 * function(*arguments)
    return twice

def helper(x):
    return deeper(x) + 1.0

def deeper(x):
    return SIZE * x

@doubled
def decorated(x):
    return x

def term(offer, buyer, year, sign=1.0, *, more=0.5):
    def inner(x):
        return helper(x) + TABLE["first"][0]
    here = 0.1 * year * (buyer.country == "C1") * (offer.vendor == "vendor_0")
    return sign * inner(offer.quality) + more + term.level + decorated(offer.quality) + here

term.level = 0.25
"""

LEVER = """
from lockin_sim.settings.levers.declaration import Reach, amount, lever
from own_sizes import TIMES

@lever("domain")
def own_market(at: Reach, *, factor: float = amount(1.0, "size", "factor", 0.1, 10, "neutral 1")) -> None:
    \"\"\"What is spent in a domain.\"\"\"
    at.conditions.market_size[at.cells()] *= factor * TIMES
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write and import modules of a user's own."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    written = []

    def write(name, text):
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        sys.modules.pop(name, None)
        written.append(name)
        return importlib.import_module(name)

    yield write
    for name in written:
        sys.modules.pop(name, None)
    LEVERS.pop("own_market", None)
    DECLARED.clear()


def swept(world, out, **how):
    return ls.sweep(ls.design.table(POINTS), world=world, out=out, **SMALL | how)


# --- terms -------------------------------------------------------------------------------------------


def first_best(offer, weights):
    return np.array([1.0, 0.0])


def quality_again(offer, weights):
    return 0.5 * offer.quality + np.array([0.0, 0.25])


def both(offer, weights):
    return np.array([1.0, 0.0]) + (0.5 * offer.quality + np.array([0.0, 0.25]))


@pytest.mark.parametrize("engine", ["core", "mesa"])
def test_terms_add_up(engine):
    how = {"parameters": ls.Parameters.neutral(quality_weight=1.0), "years": (0, 4), "runs": 3}
    one, two, none = (
        ls.simulate(ls.Scenario.none(), world=world, engine=engine, **how)["vendor_share"]
        for world in (TOY.with_term(both), TOY.with_term(first_best).with_term(quality_again), TOY)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, none)
    assert (
        TOY.with_term(first_best).with_term(quality_again).name == "toy, with first_best, with quality_again"
    )


CHANGES = {
    "a global": lambda m: setattr(m, "SIZE", 2.0),
    "a table": lambda m: m.TABLE["first"].__setitem__(0, 3.0),
    "a default": lambda m: setattr(m.term, "__defaults__", (-1.0,)),
    "a keyword default": lambda m: setattr(m.term, "__kwdefaults__", {"more": 0.75}),
    "an attribute": lambda m: setattr(m.term, "level", 0.5),
    "a helper": lambda m: setattr(m, "helper", lambda x: 3.0 * x),
    "a helper of a helper": lambda m: setattr(m, "deeper", lambda x: 3.0 * x),
    "a decorated helper": lambda m: setattr(m, "decorated", m.doubled(lambda x: 2.0 * x)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_store_is_not_resumed_with_another_term(module, tmp_path, change):
    mine = module("own_term", TERM)
    world = TOY.with_term(mine.term)
    before = swept(world, tmp_path / "s")
    assert swept(world, tmp_path / "s", resume=True).equals(before)
    CHANGES[change](mine)
    with pytest.raises(ls.InputError, match="world"):
        swept(world, tmp_path / "s", resume=True)


def test_the_same_source_is_the_same_term_in_another_process(module, tmp_path):
    mine = module("own_term", TERM)
    before = compute_fingerprint(mine.term)
    assert compute_fingerprint(module("own_term", f'"""Moved."""\n\n# a comment\n{TERM}').term) == before
    assert compute_fingerprint(module("own_term", TERM.replace("+ 1.0", "+ 1.5")).term) != before
    world = TOY.with_term(module("own_term", TERM).term)
    alone = swept(world, tmp_path / "one")
    assert alone.equals(swept(world, tmp_path / "two", workers=2, unit=1))


def test_a_term_that_is_another_one_in_a_worker_is_refused(module, tmp_path):
    mine = module("own_term", TERM)
    mine.SIZE = 7.0  # which a worker, importing the module, does not know
    with pytest.raises(ls.InputError, match=r"with_term: found another own_term\.term"):
        swept(TOY.with_term(mine.term), tmp_path / "s", workers=2, unit=1)


class Counter:
    calls = 0


COUNTER, CALLS = Counter(), 0


def with_object(offer, weights):
    return float(COUNTER.calls)


def with_class(offer, weights):
    return float(Counter.calls)


def counting(offer, weights):
    global CALLS
    CALLS += 1
    return float(CALLS)


def hidden(offer, weights):
    return float(globals()["CALLS"])


def reading(offer, weights):
    return float(open("size.txt", encoding="utf-8").read())


def remembering():
    calls = 0

    def term(offer, weights):
        nonlocal calls
        calls += 1
        return float(calls)

    return term


UNKNOWABLE = {
    "an object": (with_object, "found an object of Counter"),
    "a class": (with_class, "found a class"),
    "a count": (counting, "CALLS in counting"),
    "a count of its own": (remembering(), "calls in remembering"),
    "a global by name": (hidden, "globals in hidden"),
    "a file": (reading, "open in reading"),
    "a generator of numbers": (
        (lambda rng: lambda offer, weights: rng.random())(np.random.default_rng(1)), "found an object of Gen",
    ),
    "bound C code": ((lambda f: lambda offer, weights: f(1))([1].count), "found an object of builtin"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWABLE)
def test_a_term_that_cannot_be_identified_is_not_stored(name, tmp_path):
    function, reason = UNKNOWABLE[name]
    with pytest.raises(ls.InputError, match=reason) as refusal:
        swept(TOY.with_term(function), tmp_path / "s")
    assert len(str(refusal.value).splitlines()) == 1
    assert not (tmp_path / "s").exists()
    with ls.running(store=tmp_path / "t"), pytest.raises(ls.InputError, match=reason):
        compare_parts([build_effects_part(TOY)], ls.Scenario.none(), baseline=ls.Scenario.none(), runs=2,
                      years=(0, 2), world=TOY.with_term(function), workers=1)  # fmt: skip


def factorial(offer, weights):
    return 0.0 if offer is None else factorial(None, None) + np.tanh(expit(0.0)) + np.linalg.norm([0.0])


def test_what_a_function_holds_is_part_of_it():
    def made(held):
        return lambda offer, weights: held

    some = [
        1, 1.0, True, "1", b"1", None, (1,), [1], {"a": 1}, {1}, np.ones(1), np.ones(1, np.float32), np.exp,
        functools.partial(factorial, None), factorial, ls.Parameters(), ls.Parameters(switching_cost=1.0),
    ]  # fmt: skip
    assert len({compute_fingerprint(made(held)) for held in some}) == len(some)
    assert compute_fingerprint(made({1, 2})) == compute_fingerprint(made({2, 1}))
    assert compute_fingerprint(factorial) == compute_fingerprint(factorial)


def test_a_term_of_this_process_alone_needs_no_other(tmp_path):
    world = TOY.with_term(lambda offer, weights: 0.5 * offer.quality)
    ask = {"world": world, **SMALL, "outcomes": ["switching_pull"]}
    alone = ls.evaluate(POINTS, **ask)
    assert ls.evaluate(POINTS, **ask, workers=None).equals(alone)
    with pytest.raises(
        ls.InputError, match=r"with_term: found .*<lambda>.*; allowed: workers=1, or"
    ) as refusal:
        ls.evaluate(POINTS, **ask, workers=2)
    assert len(str(refusal.value).splitlines()) == 1


# --- modules that workers import ---------------------------------------------------------------------


def with_own_lever(factor=3.0):
    return ls.Scenario.none().with_lever("own_market", "domain_0", from_=0, factor=factor)


@pytest.fixture
def own_lever(module):
    module("own_sizes", "TIMES = 1.0\n")
    return module("own_levers", LEVER)


LEVER_STUDY = {
    "world": ls.toy_world(6, 2, buyer="users"),
    "outcomes": ["switching_pull"],
    "years": (2,),
    "runs": 2,
}


def test_workers_import_the_modules_that_are_named(own_lever):
    study = LEVER_STUDY | {"scenario": with_own_lever()}
    alone = ls.evaluate(POINTS, **study)
    with pytest.raises(
        ls.InputError, match=r"workers: found lever own_market of own_levers; allowed: .*plugins"
    ):
        ls.evaluate(POINTS, **study, workers=2)
    with ls.running(plugins=["own_levers"]):
        assert ls.evaluate(POINTS, **study, workers=2).equals(alone)
    varied = {"own_market[domain_0].factor@0": [1.0, 2.0]}
    with pytest.raises(ls.InputError, match="lever own_market"):
        ls.evaluate(varied, **LEVER_STUDY, scenario=ls.Scenario.none(), workers=2)


def test_a_comparison_has_the_modules_too(own_lever):
    none, how = ls.Scenario.none(), {"world": TOY, "years": (0, 3), "runs": 4, "chunk": 1}
    asked = [build_effects_part(TOY)], with_own_lever().model_copy(update={"name": "own"})
    alone = compare_parts(*asked, baseline=none, workers=1, **how)[EFFECTS]
    with pytest.raises(ls.InputError, match="lever own_market of own_levers"):
        compare_parts(*asked, baseline=none, workers=2, **how)
    with ls.running(plugins=("own_levers",)):
        assert compare_parts(*asked, baseline=none, workers=2, **how)[EFFECTS].equals(alone)


@pytest.mark.parametrize("changed", ["own_sizes", "own_levers"])
def test_a_store_is_not_resumed_with_another_module(module, own_lever, tmp_path, changed):
    how = LEVER_STUDY | {"scenario": with_own_lever(), "out": tmp_path / "s", "resume": True}
    with ls.running(plugins=["own_levers"]):
        ls.sweep(ls.design.table(POINTS), **how)
    text = {"own_sizes": "TIMES = 2.0\n", "own_levers": LEVER.replace("* TIMES", "/ TIMES")}[changed]
    module(changed, text)
    with ls.running(plugins=["own_levers"]), pytest.raises(ls.InputError, match="plugins"):
        ls.sweep(ls.design.table(POINTS), **how)


def test_a_store_knows_a_lever_of_no_module_by_its_content(module, own_lever, tmp_path):
    how = LEVER_STUDY | {"scenario": with_own_lever(), "out": tmp_path / "s", "resume": True}
    ls.sweep(ls.design.table(POINTS), **how)
    own_lever.TIMES = 2.0
    with pytest.raises(ls.InputError, match="own"):
        ls.sweep(ls.design.table(POINTS), **how)


@pytest.mark.parametrize(
    "wrong", ["own_levers", [5], ["no_such_module_anywhere"], [""], 5, {"a": 1}, ["sys"]]
)
def test_what_is_no_list_of_modules_is_refused(wrong):
    with (
        pytest.raises(ls.InputError, match=r"plugins.*: found .*; allowed: ") as refusal,
        ls.running(plugins=wrong),
    ):
        pass
    assert len(str(refusal.value).splitlines()) == 1


# --- voting procedures, and runs that all fail -------------------------------------------------------


def test_a_voting_procedure_of_ones_own_is_not_compiled(monkeypatch):
    def whim(counted, quota, blocking):
        share = 0.0 * counted.heads.yes + {"any": 0.5}["any"]
        return share, share > quota

    monkeypatch.setitem(voting.PROCEDURES, "whim", whim)
    world, how = rich_world(1, procedures=("whim",)), {"runs": 1, "years": (FIRST, FIRST + 2)}
    assert not world.compiles
    assert rich_world(1).compiles
    assert ls.simulate(ls.Scenario.none(), world=world, engine="auto", **how).engine == "core"
    with pytest.raises(
        ls.InputError, match=r"engine: found 'fast'; allowed: 'core', 'mesa' or 'auto', for .*voting"
    ):
        ls.simulate(ls.Scenario.none(), world=world, engine="fast", **how)


def fails(offer, weights):
    raise ZeroDivisionError("my term divides by nothing")


def test_a_study_whose_runs_all_fail_raises(tmp_path):
    world = TOY.with_term(fails)
    with pytest.raises(ls.InputError, match=r"all 4 runs failed, first at point 0, run 0: .*my term divides"):
        ls.evaluate(POINTS, world=world, **SMALL)
    with pytest.raises(
        ls.InputError, match=r"all 4 runs failed, and the store says why; first .*my term divides"
    ):
        swept(world, tmp_path / "s")
    assert (ls.open_results(tmp_path / "s")["status"] == 2).all()
