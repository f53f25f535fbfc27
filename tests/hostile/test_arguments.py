"""Whatever a call from Python is given: refused in one line before the first run, or taken."""

import inspect
import itertools
import re
import sys
from functools import cache

import pytest
from hostile.cases import MEMORY, Hangs, patience, peak
from hostile.values import OBJECTS
from hostile.wrong import refusals

import lockin_sim as ls
from lockin_sim.agents import LockInModel
from lockin_sim.common import indices
from lockin_sim.comparisons import by_group
from lockin_sim.engine import Batch
from lockin_sim.record.tables import with_places
from lockin_sim.runs.workers import Scheduler, Worker

TOY, NONE = ls.toy_world(4), ls.Scenario.none()
SHORT = {"runs": 2, "years": (2010, 2012), "workers": 1, "progress": False}
IN_TOY = {"scenario": NONE, "world": TOY, "runs": 2}
POINT = {"switching_cost": [1.0]}
TOY_RUNS = ls.simulate(**IN_TOY, years=(0, 2))

#: Calls that work, by the name of what is called: keywords, and options beyond those of its signature.
OPTIONS = ("world", "own_facts", "parameters", "posterior", "seed", "years", "workers", "progress", "chunk")
OF_POINTS = ("scenario", "outcomes", "years", "seed", "world", "parameters")
CALLS = {
    "load_world": {}, "load_scenario": {"name": "baseline"}, "load_experiment": {}, "open_results": {},
    "merge": {"datasets": [TOY_RUNS]},
    "records": {"name": "suppliers"}, "outcomes": {}, "summary": {"effects": None},
    "Scheduler": {"address": "tcp://host:1"}, "posterior_draws": {"n": 2, "seed": 1},
    "toy_world": {"n_countries": 3}, "running": {}, "Parameters": {}, "simulate": IN_TOY | {"years": (0, 2)},
    "explain": {"country": "KEN", "domain": "cloud", "year": 2012, "runs": 2},
    "LockInModel": {"scenario": NONE, "world": TOY, "years": (0, 2)},
    "Scenario": {"name": "a", "question": "q", "source": "s"},
    "evaluate": IN_TOY | {"points": POINT, "years": (2,), "outcomes": ["switching_pull"]},
    "sweep": IN_TOY | {"design": ls.design.table(POINT), "years": (2,), "out": "s",
              "outcomes": ["switching_pull"]},
    "compare": SHORT | {"scenarios": "open_ran"}, "public_cost": SHORT | {"scenarios": "open_ran"},
    "breakdown": SHORT | {"scenarios": "open_ran", "by": "group"}, "chain": SHORT, "hindcast": {"runs": 2},
    "exit_plan": {"country": "KEN", "runs": 2, "workers": 1},
    "country": {"economy": "KEN", "runs": 2, "workers": 1},
    "lock_in": {"places": "KEN", "runs": 2, "workers": 1},
    "calibrate": {"only": ["switching_cost"], "points": 20, "runs": 2, "draws": 4, "workers": 1},
    "contrast": SHORT | {"arms": {"as it is": ls.Arm(), "other": ls.Arm("no_dsr")},
                         "outcomes": ["dependence_CHN"]},
    "lead": {"runs": 2, "workers": 1}, "check": {"world": TOY},
    "validate": {"runs": 8, "workers": 1}, "Arm": {},
    "describe": {"topic": "levers"}, "lever": {"target": "vendor"},
    "own_outcome": {"unit": "share", "label": "mine"},
    "Experiment": {"name": "e", "question": "q", "expectation": "x", "design": ls.design.table(POINT)},
}  # fmt: skip
#: Functions that are called from rooms of the package, beside those of its first page.
IN_ROOMS = {
    "Scheduler": Scheduler, "public_cost": by_group.public_cost, "breakdown": by_group.breakdown,
}  # fmt: skip
METHODS = {
    "with_vendor": {"vendor": "x", "offers": {"cloud": {"entry": 2030}}},
    "with_group": {"group": "x", "economies": ["KEN"]},
    "with_economy": {"code": "XYZ", "name": "Utopia", "like": "KEN"},
    "with_term": {},
    "to_folder": {},
}
LEVER = {"lever": "export_finance", "target": "CHN", "from_": 2026, "envelope": 1.0}


class Taken(BaseException):
    """Raised where a run would begin: all was taken."""


def stop(*_, **__):
    raise Taken


def fault_of(call, name, value):
    """What is wrong with how a call takes a value; "" for nothing."""
    memory = peak()
    try:
        with patience():
            call(value)
    except Taken:
        return ""
    except ls.InputError as error:
        lines = str(error).splitlines()
        short = len(lines) == max(len(error.defects), 1) and all(len(line) < 4000 for line in lines)
        return "" if short else f"{name}: {error}"
    except (Hangs, Exception) as error:
        return f"{name}: {type(error).__name__}: {error}"[:300]
    return f"{name}: {peak() - memory:.0f} MB" if peak() - memory > MEMORY else ""


def faults(called, usual, names, step, first=0):
    """Faults of the values in each place, every so many of them, other ones in each place."""
    told = []
    for place, name in enumerate(names):
        for kind, value in itertools.islice(OBJECTS.items(), (first + place) % step, None, step):
            call = lambda value, name=name: called(**(usual | {name: value}))  # noqa: E731
            told.append(fault_of(call, f"{name} is {kind}", value))
    return [text for text in told if text]


def places(function, more=()):
    """Names of the arguments of a function."""
    kinds = {each.name: each.kind for each in inspect.signature(function).parameters.values()}
    several = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [*(name for name, kind in kinds.items() if kind not in several), *more]


def function_called(name):
    """Function of a name, from the first page of the package or from a room."""
    return IN_ROOMS.get(name) or getattr(ls, name)


def entered(**given):
    with ls.running(**given):
        pass


VALIDATING = sys.modules[ls.validate.__module__]
list_facts = VALIDATING.list_facts
placed = cache(lambda: with_places(ls.load_world()))
recorded = cache(lambda: list_facts(placed()))


@pytest.fixture(autouse=True)
def no_run_begins(monkeypatch, tmp_path):
    """Nor a process; and what a validation reads and fits before its runs, it does once, or not at all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Batch, "__init__", stop)
    monkeypatch.setattr(LockInModel, "_populate", stop)
    monkeypatch.setattr(Worker, "__init__", stop)
    monkeypatch.setattr(VALIDATING, "_forecast_by_rivals", lambda *_: [])
    monkeypatch.setattr(
        VALIDATING, "with_places", lambda world, *more: with_places(world, *more) if more else placed()
    )
    monkeypatch.setattr(
        VALIDATING, "list_facts", lambda world, own=(): list_facts(world, own) if own else recorded()
    )


STEPS = pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])


#: Functions that run something.
RUNNING = (
    *("simulate", "explain", "LockInModel", "evaluate", "sweep", "compare", "public_cost", "breakdown"),
    *("chain", "hindcast", "exit_plan", "country", "lock_in", "calibrate", "contrast"),
    *("lead", "validate"),
)


@pytest.mark.parametrize("name", RUNNING)
def test_the_usual_arguments_reach_a_run(name):
    with pytest.raises(Taken):
        function_called(name)(**CALLS[name])


def test_every_public_function_is_called():
    named = {name for name in ls.__all__ if callable(getattr(ls, name)) and name != "InputError"}
    called = {*CALLS} - {*IN_ROOMS}
    assert {name for name in named if inspect.signature(getattr(ls, name)).parameters} == called


@pytest.mark.parametrize("name", sorted(CALLS))
def test_an_unknown_option_is_refused_with_all_that_there_are(name):
    function = function_called(name)
    words = {"Parameters": "parameter", "Scenario": "Scenario"}.get(name, r"\w+, keyword")
    with pytest.raises(ls.InputError, match=rf"^{words}: found 'nothing'; allowed: ") as refused:
        function(**CALLS[name] | {"nothing": 1})
    listed = {*re.findall(r"\w+", str(refused.value).partition("allowed: ")[2])}
    assert {*places(function)} <= listed or "names)" in str(refused.value)


#: Public functions of modules, and methods of a world.
FURTHER = {
    **{f"plots.{name}": declared.draw for name, declared in ls.plots.FIGURES.items()},
    **{f"design.{name}": getattr(ls.design, name) for name in ("table", "read_csv", "grid", "sobol")},
    **{f"indices.{name}": getattr(indices, name) for name in indices.__all__ if name != "Area"},
    **{f"World.{name}": getattr(ls.load_world(), name) for name in METHODS if name != "with_economy"},
}


@pytest.mark.parametrize("name", FURTHER)
def test_an_unknown_keyword_of_any_public_function_is_refused_by_name(name):
    with pytest.raises(ls.InputError, match=r"^[\w.]+, keyword: found 'nothing'; allowed: "):
        FURTHER[name](nothing=1)


def options_of(name):
    """Names of all arguments of a function, those beyond its signature among them."""
    function = function_called(name)
    several = "options" in str(inspect.signature(function))
    more = OF_POINTS if name in ("evaluate", "sweep") else OPTIONS if several else ()
    return places(function, more)


@pytest.mark.parametrize("name", RUNNING)
def test_what_cannot_be_used_is_refused_by_name_in_one_line_before_the_first_run(name):
    told = []
    for place, value, said in refusals(name, options_of(name)):
        try:
            function_called(name)(**CALLS[name] | {place: value})
        except ls.InputError as error:
            if not re.search(said, str(error)) or "\n" in str(error):
                told.append(f"{place}={value!r}: {error}")
        except Taken:
            told.append(f"{place}={value!r}: taken")
    assert told == []


@STEPS
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_a_public_function_takes_or_refuses_any_argument(name, step):
    function = function_called(name)
    names = options_of(name) or ["anything"]
    names = names[:12] if name == "Parameters" else [each for each in names if each != "begun"]
    assert faults(entered if name == "running" else function, CALLS[name], names, step, len(name)) == []


@STEPS
@pytest.mark.parametrize("name", METHODS)
def test_a_method_of_a_world_takes_or_refuses_any_argument(name, step):
    method = getattr(ls.load_world(), name)
    assert faults(method, METHODS[name], places(method), step, len(name)) == []


@STEPS
def test_a_lever_takes_or_refuses_any_argument(step):
    def used(**given):
        NONE.with_lever(**given).conditions(ls.load_world(), (2010, 2030))

    assert faults(used, LEVER, [*places(NONE.with_lever), "envelope", "tied"], step) == []
