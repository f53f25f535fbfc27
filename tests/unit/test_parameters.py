"""Do parameters refuse what is not valid, saying what is, and accept all that is?"""

import math
import pickle
import re

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.common.domains import LEVEL
from lockin_sim.engine.batch import broadcast
from lockin_sim.settings.parameters import Parameters, collect_declarations, parameter_title

DECLARED = collect_declarations()


def test_every_declaration_is_complete_and_its_bounds_are_enforced():
    """Default, neutral value and range are valid; what lies outside is refused with what is allowed."""
    assert [name for name, declared in DECLARED.items() if declared.valid is LEVEL] == ["outside_level"]
    for name, declared in DECLARED.items():
        (low, high, text), (least, most) = declared.valid, declared.range
        assert -1000 <= low <= least <= declared.default <= most <= high <= 1000, name
        assert least < most, name
        assert all((declared.unit, declared.symbol, declared.source)), name
        assert declared.doc.endswith("."), name
        for value in (declared.default, declared.neutral, least, most, low, high):
            assert getattr(Parameters(**{name: value}), name) == value, name
        outside = [math.nan, math.inf, low - 0.1, high + 0.1, 1e9, -1e9]
        for value in outside + [-math.inf] * (declared.valid is not LEVEL):
            with pytest.raises(ls.InputError) as caught:
                Parameters(**{name: value})
            assert str(caught.value) == f"parameter {name}: found {value!r}; allowed: {text}."


def test_titles_are_plain_words_that_stand_in_a_sentence_and_tell_parameters_apart():
    titles = [declared.title for declared in DECLARED.values()]
    assert len(set(titles)) == len(titles)
    for name, title in zip(DECLARED, titles, strict=True):
        assert re.fullmatch(r"[a-z][A-Za-z', -]{6,46}[a-z]", title), (name, title)
        assert title != name.replace("_", " ")
    assert parameter_title("switching_cost") == DECLARED["switching_cost"].title
    assert parameter_title("of_somebody") == "of somebody"


@pytest.mark.parametrize("make", [Parameters, Parameters.neutral, Parameters().replace])
def test_a_value_without_a_name_is_refused(make):
    with pytest.raises(ls.InputError, match=r"allowed: numbers by the names .*, as switching_cost=2\.5"):
        make(5)


def test_arrays_must_have_one_number_a_run():
    with pytest.raises(ls.InputError, match=r"different lengths.*3.*2"):
        Parameters(switching_cost=np.ones(3), noise_scale=np.ones(2))


def test_numbers_of_any_kind_become_floats_and_sequences_arrays():
    mixed = Parameters(switching_cost=3, network_weight=np.float32(0.5), noise_scale=[1, 2])
    assert mixed.switching_cost == 3.0
    assert isinstance(mixed.switching_cost, float)
    assert mixed.network_weight == 0.5
    np.testing.assert_array_equal(mixed.noise_scale, [1.0, 2.0])
    assert mixed.runs == 2
    assert Parameters().runs is None


def test_neutral_switches_everything_off_but_what_is_named():
    neutral = Parameters.neutral(switching_cost=2.0)
    assert neutral.switching_cost == 2.0
    assert neutral.noise_scale == 1.0
    assert neutral.greenfield_rate == neutral.carry_over == neutral.financed_base == 1.0
    assert neutral.loan_weight == 1.0
    assert neutral.contract_end_rate == neutral.expansion_share == neutral.sibling_pull == 0.0
    assert neutral.taste_country == neutral.taste_operator == neutral.home_preference == 0.0
    assert neutral.outside_level == -math.inf
    weights = {name for name in DECLARED if name.endswith("_weight")} - {"loan_weight"}
    assert {getattr(neutral, name) for name in weights} == {0.0}


def test_replacing_and_selecting_leave_the_rest_alone():
    given = Parameters(switching_cost=np.array([1.0, 2.0, 3.0]), turnover=0.3)
    one = given.select(1)
    assert one.switching_cost == 2.0
    assert one.turnover == 0.3
    np.testing.assert_array_equal(given.select(np.array([2, 0])).switching_cost, [3.0, 1.0])
    changed = given.replace({"turnover": 0.1})
    assert changed.turnover == 0.1
    assert given.turnover == 0.3
    assert changed != given
    assert given == Parameters(**given.as_dict())


def test_parameters_cannot_be_written_to():
    with pytest.raises(AttributeError):
        Parameters().switching_cost = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, r"found \{\}; allowed: a number, an array of shape \(runs,\), or numbers by whole years"),
        ({"2010": 5.0}, r"year: found '2010'; allowed: numbers by whole years, such as \{2010: 5, 2040: 2\}"),
        ({True: 5.0}, "year: found True"),
        ({2010: "much"}, "found 'much'; allowed: a number from 0 to 1000"),
        ({2010: -1.0}, "found -1.0; allowed: a number from 0 to 1000"),
        ({2010: [1.0, 2.0]}, "run axis: found 2; allowed: the number of runs, 1"),
        ({2010: [[1.0, 2.0]]}, "found shape \\(1, 2\\); allowed: a number or an array"),
        ({2010: {2011: 1.0}}, "switching_cost: 2010: found"),
        ({2009: 5.0}, "switching_cost: year: found 2009; allowed: years of the run, 2010 to 2020"),
        ({2010: 5.0, 2021: 2.0}, "year: found 2021"),
    ],
)
def test_what_is_no_number_by_a_year_of_the_run_is_refused_in_one_line(value, said):
    with pytest.raises(ls.InputError, match=said) as caught:
        ls.simulate(parameters={"switching_cost": value}, years=(2010, 2020), runs=1)
    assert "\n" not in str(caught.value)


def test_numbers_by_year_are_kept_in_order_and_copied():
    given = {2040: 2, np.int64(2010): 5}
    found = Parameters(switching_cost=given, noise_scale=0.5)  # type: ignore[arg-type]
    given[2010] = 0
    assert found.changed() == {"switching_cost": {2010: 5.0, 2040: 2.0}, "noise_scale": 0.5}
    assert [found.at(year).switching_cost for year in (2009, 2010, 2039, 2040)] == [3.0, 5.0, 5.0, 2.0]
    assert found.turns == (2010, 2040)
    assert found.until(2030).turns == (2010,)
    assert found == pickle.loads(pickle.dumps(found))
    assert found != found.at(2010)
    assert found.replace({"switching_cost": 1.0}).turns == ()


def test_numbers_by_year_may_differ_between_runs():
    of_runs = np.array([1.0, 2.0, 3.0])
    found = Parameters(switching_cost={2010: of_runs, 2031: 0.0})  # type: ignore[arg-type]
    of_runs[0] = 9.0
    assert found.runs == 3
    assert found.changed() == {"switching_cost": {2010: [1.0, 2.0, 3.0], 2031: 0.0}}
    assert found.select(1).changed() == {"switching_cost": {2010: 2.0, 2031: 0.0}}
    np.testing.assert_array_equal(found.select([2, 0]).at(2030).switching_cost, [3.0, 1.0])
    assert found.at(2031).switching_cost == 0.0
    assert found == pickle.loads(pickle.dumps(found))
    assert found != Parameters(switching_cost={2010: 1.0, 2031: 0.0})  # type: ignore[arg-type]
    assert found.ever("switching_cost")
    with pytest.raises(ls.InputError, match="arrays of different lengths"):
        found.replace({"turnover": np.array([0.1, 0.2])})


def test_shaped_values_meet_arrays_of_more_axes():
    found = broadcast(Parameters(noise_scale=np.array([1.0, 2.0])), slice(None), None, None)
    assert found.noise_scale.shape == (2, 1, 1)
    assert found.switching_cost == Parameters().switching_cost
