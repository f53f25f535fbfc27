"""Do unusable arguments give one InputError: where, what was found, what is allowed, what was meant?"""

import numpy as np
import pytest
import scipy.sparse as sparse
from unit.refusals import refused, simulated

import lockin_sim as ls
from lockin_sim.settings.levers import LEVERS

# --- simulate --------------------------------------------------------------------------------------


def test_no_name_is_near_that_is_not_allowed():
    """Apple sells phones, and no networks."""
    with pytest.raises(ls.InputError, match=r"vendors: found 'Apple'; allowed: one of ericsson, .* zte\.$"):
        ls.country("USA", vendors=("Huawei", "Apple"))


@pytest.mark.parametrize("name", ["taste", "installed", "calendar"])
def test_a_run_axis_that_does_not_fit_the_number_of_runs(name):
    offers = np.full((3, 4, 1, 2), 0.5)
    given = {"taste": offers, "installed": offers, "calendar": np.ones((3, 3, 4, 1), dtype=bool)}[name]
    world = ls.toy_world(4, **{name: given})
    assert simulated(world=world, runs=3).sizes["run"] == 3
    refused(lambda: simulated(world=world, runs=2), name, "3", "2")


@pytest.mark.parametrize("engine", ["core", "mesa"])
def test_a_calendar_that_ends_before_the_last_year(engine):
    world = ls.toy_world(4, calendar=np.ones((2, 4, 1), dtype=bool))
    refused(lambda: simulated(world=world, years=(0, 3), engine=engine), "calendar", "2", "3")


# --- toy worlds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({"n_countries": 0}, ("n_countries", "0", "at least 1")),
        ({"buyer": "user"}, ("buyer", "'user'", "Did you mean 'users'?")),
        ({"buyer": "project", "n_domains": 2}, ("n_domains", "2")),
        ({"buyer": "users", "calendar": np.ones((1, 4, 1), dtype=bool)}, ("calendar", "users")),
        ({"installed": np.ones((3, 1, 2))}, ("installed", "(3, 1, 2)", "(4, 1, 2)")),
        ({"installed": np.ones((4, 1, 2))}, ("installed", "2.0", "at most 1")),
        ({"quality": np.array([1.0, np.nan])}, ("quality", "nan", "finite numbers")),
        ({"lifetime": 1e300}, ("lifetime", "1e+300", "from 1 to 1e+12")),
        ({"lifetime": 0.5}, ("lifetime", "0.5", "from 1 to 1e+12")),
        ({"calendar": np.ones((3, 4, 1))}, ("calendar", "float64", "bool")),
        ({"influence": "unifrom"}, ("influence", "'unifrom'", "'uniform'")),
        ({"buyer": ls.describe("levers")}, ("buyer", "found a DescriptionTables;")),
        ({"influence": sparse.csr_array(np.full((4, 4), np.nan))}, ("influence", "not finite")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_arguments_of_toy_world(changed, parts):
    refused(lambda: ls.toy_world(**({"n_countries": 4} | changed)), *parts)


# --- uses of levers ---


def with_lever(lever, target, **settings):
    scenario = ls.load_scenario("baseline").with_lever(lever, target, **({"from_": 2010} | settings))
    return ls.simulate(scenario, runs=1, years=(2010, 2011))


@pytest.mark.parametrize(
    ("lever", "target", "settings", "parts"),
    [
        ("state_suport", "huawei", {"share": 0.1}, ("lever", "Did you mean 'state_support'?")),
        ("state_support", "huwei", {"share": 0.1}, ("target", "'huwei'", "Did you mean 'huawei'?")),
        ("state_support", "huawei/mobile", {"share": 0.1}, ("target", "'mobile'", "mobile_network")),
        (
            "state_support",
            "ericsson/cloud",
            {"share": 0.1},
            ("'ericsson/cloud'", "offers in", "mobile_network"),
        ),
        ("diversification", "KNE", {"share_cap": 0.5}, ("target", "'KNE'", "Did you mean 'KEN'?")),
        ("diversification", "income:lo", {"share_cap": 0.5}, ("target", "Did you mean 'income:low'?")),
        ("restriction", "KEN", {"mode": "coordinate"}, ("mode", "Did you mean 'coordinated'?")),
        ("venue", "cloud", {"leaves": "ITUT"}, ("leaves", "'ITUT'", "Did you mean 'ITU'?")),
        ("venue", "cloud", {}, ("no setting", "leaves", "enters")),
        ("venue", "ITU", {"leaves": "IETF"}, ("target", "'ITU'", "cloud")),
        ("standards_effort", "EU", {"effort": 2.0, "body": "WICC"}, ("body", "Did you mean 'WIC'?")),
        ("decoupling", "huawei", {"compatibility": 0.5}, ("target", "'huawei'", "CHN")),
        ("state_support", "huawei", {"share": 0.1, "from_": 2009}, ("from", "2009", "2010")),
        ("state_support", "huawei", {"share": 0.1, "from_": 2030, "to": 2020}, ("to", "2020", "2030")),
        ("state_support", "huawei", {"share": 0.1, "to": 2200}, ("to", "2200", "2100")),
    ],
)
def test_uses_of_levers(lever, target, settings, parts):
    refused(lambda: with_lever(lever, target, **settings), *parts)


@pytest.mark.parametrize("name", LEVERS)
def test_every_setting_is_kept_within_its_bounds_and_words(name, real_world):
    lever = LEVERS[name]
    for setting, declared in lever.settings.items():
        kind = lever.types[setting]
        if kind is float:
            said = f"a number from {declared.low:g} to {declared.high:g} ({declared.unit})"
            wrong = (declared.low - 0.1, declared.high + 0.1, float("nan"), True, "a lot")
        else:
            said, wrong = ("true or false", (1, "yes")) if kind is bool else ("one of ", ("nowhere", 3, True))
        for value in wrong:
            refused(lambda v=value: lever.check("x", {setting: v}, real_world), f"x.{setting}", said)  # noqa: B023


def test_a_lever_whose_default_sponsor_is_not_in_the_world():
    """The lever acts on the sponsor under study unless told otherwise; a toy world has none."""
    scenario = ls.Scenario.none().with_lever("restriction", "C0", from_=0, mode="none")
    refused(lambda: simulated(scenario=scenario), "on", "'the sponsor under study'", "NONE")


@pytest.mark.parametrize("kind", [np.float16, np.longdouble, np.int8, np.uint32])
def test_numbers_of_numpy_are_numbers(kind):
    """The same scenario, with the same hash, as of Python's own number; years and truths too."""
    plain = float if issubclass(kind, np.floating) else int
    base = ls.load_scenario("baseline")

    def made(number, year, truth, text):
        return base.with_lever("export_finance", text, from_=year, to=year, envelope=number, tied=truth)

    ours, theirs = made(plain(3), 2012, True, "EU"), made(kind(3), np.int32(2012), np.True_, np.str_("EU"))
    assert theirs == ours
    assert theirs.hash == ours.hash
    written = ls.Scenario(
        name=np.str_("x"), question="q", source="s", levers=[use.content for use in theirs.levers],
        parameters={"switching_cost": kind(3)},
    )  # fmt: skip
    assert {type(value) for value in written.parameters.values()} == {float}
