"""What may be decided: read, refused, told in words, and applied."""

import importlib

import pytest

import lockin_sim as ls
from lockin_sim.common.errors import InputError

decisions_module = importlib.import_module("experiments.12_robust_packages.decisions")
DEFAULT, applied, at_rest, decisions_of, in_words, package = (
    decisions_module.DEFAULT,
    decisions_module.applied,
    decisions_module.at_rest,
    decisions_module.decisions_of,
    decisions_module.in_words,
    decisions_module.package,
)
search_module = importlib.import_module("experiments.12_robust_packages.search")
asked = search_module.planned

HOW = {
    "wanted": None, "scenario": "baseline", "years": None, "start": 2026, "review": 2032, "budget": 24,
    "generation": 12, "draws": 2, "fresh": 4, "seed": 1,
}  # fmt: skip


def of(*texts):
    return decisions_of(texts, 2026)


def test_a_number_moves_in_steps_of_a_twentieth_of_its_range():
    (one,) = of("export_finance[EU].envelope=0:10")
    assert one.levels == tuple(k / 2 for k in range(21))
    assert one.word(5) == "2.5\N{NO-BREAK SPACE}bn USD per year"
    assert [one.level(unit) for unit in (0.0, 0.5, 0.9999, 1.0)] == [0, 10, 20, 20]


def test_words_and_truths_have_a_level_each():
    mode, tied = of("restriction[EU].mode=national|coordinated", "export_finance[EU].tied=false|true")
    assert (mode.levels, tied.levels) == (("national", "coordinated"), (False, True))
    assert tied.word(1) == "yes"


def test_an_address_alone_is_the_default_decision_of_its_name_or_all_that_is_allowed():
    envelope, cap = of("export_finance[EU].envelope", "diversification[EU].share_cap")
    assert envelope == next(d for d in decisions_of(None, 2026) if d.name == envelope.name)
    assert (cap.levels[0], cap.levels[-1]) == (0.05, 1.0)
    assert cap.rest == 20  # a cap of one binds nobody


def test_a_package_at_rest_does_nothing():
    decided = decisions_of(None, 2026)
    rest = at_rest(decided)
    assert in_words(decided, rest) == "nothing"
    world, base = ls.load_world(), ls.load_scenario("baseline")
    conditions = [s.conditions(world, (2010, 2050)) for s in (base, applied(base, decided, rest))]
    assert conditions[0].same_until(conditions[1]) == len(conditions[0].years)


def test_settings_of_one_lever_make_one_use_of_it_and_can_begin_later():
    decided = of("export_finance[EU].envelope=0:10", "export_finance[EU].tied=false|true")
    scenario = applied(ls.load_scenario("baseline"), decided, package(decided, [0.5, 1.0]))
    (use,) = scenario.levers
    assert (use.from_, use.settings) == (2026, {"envelope": 5.0, "tied": True})
    later = applied(ls.load_scenario("baseline"), decided, (10, 1), {1: 2033})
    assert [(use.from_, use.settings) for use in later.levers] == [
        (2026, {"envelope": 5.0}), (2033, {"tied": True}),
    ]  # fmt: skip


def test_a_package_in_words_names_targets_only_where_two_decisions_differ_in_them_alone():
    decided = of("state_support[huawei].share=0:0.2", "state_support[ericsson].share=0:0.2")
    assert "Ericsson" in in_words(decided, (0, 10))
    assert in_words(decided[:1], (10,)) == (
        "State support of vendors, part of the cost that the state pays 10\N{NO-BREAK SPACE}%"
    )


@pytest.mark.parametrize(
    ("levers", "said"),
    [
        ([], "at least one"),
        (["export_fnance[EU].envelope=0:10"], "export_finance"),
        (["export_finance[EUU].envelope=0:10"], "EUU"),
        (["export_finance[EU].envelop=0:10"], "envelope"),
        (["export_finance[EU].envelope=10:0"], "end is above"),
        (["export_finance[EU].envelope=5:5"], "end is above"),
        (["export_finance[EU].envelope=0:900"], "500"),
        (["export_finance[EU].envelope=0:nan"], "nan"),
        (["export_finance[EU].envelope=1"], "LOW:HIGH"),
        (["export_finance[EU].envelope@2030=0:10"], "without years"),
        (["restriction[EU].mode=national"], "at least two"),
        (["restriction[EU].mode=national|national"], "at least two"),
        (["restriction[EU].mode=national|all"], "coordinated"),
        (["restriction[EU].on"], "WORD|WORD"),
        (["switching_cost=0:1"], "lever"),
        ([DEFAULT[0], DEFAULT[0]], "one address"),
        ("restriction[EU].mode", "a list"),
        (["restriction[EU].mode", "restriction[Europe].mode"], "both set mode on AUT, BEL"),
    ],
)  # fmt: skip
def test_levers_that_cannot_be_are_refused(levers, said):
    with pytest.raises(InputError) as refused:
        asked(levers, world=ls.load_world(), **HOW)
    assert said in str(refused.value)


def test_what_is_wanted_is_given_as_it_is_shown():
    found = asked(None, world=ls.load_world(), **HOW | {"wanted": {"standards_abroad": -2.5}})
    assert found.wanted.tolist() == [-0.025, -0.01, 100.0]
    assert found.sense.tolist() == [-1.0, -1.0, -1.0]
