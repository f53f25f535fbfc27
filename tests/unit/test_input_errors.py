"""Does unusable input give one InputError: where, what was found, what is allowed, what was meant?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sparse

import lockin_sim as ls
from lockin_sim.errors import MOST_TOLD
from lockin_sim.world.tables import DATA

TOY = ls.toy_world(4)
HEAD = 'name = "mine"\nquestion = "q?"\nsource = "s"\n'
LEVER = HEAD + '[[levers]]\nlever = "state_support"\ntarget = "huawei"\nfrom = 2020\nshare = 0.1\n'


def refused(call: Callable[[], Any], *parts: str) -> None:
    """The call raises one InputError, a line for each defect, that holds all of the parts."""
    with pytest.raises(ls.InputError) as caught:
        call()
    message = str(caught.value)
    assert len(message.splitlines()) == max(len(caught.value.defects), 1)
    for part in parts:
        assert part in message


# --- simulate --------------------------------------------------------------------------------------


def simulated(**changed: Any) -> Any:
    arguments = {"scenario": ls.Scenario.none(), "world": TOY, "years": (0, 3), "runs": 2} | changed
    return ls.simulate(**arguments)


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({"scenario": "baselin"}, ("scenario", "'baselin'", "Did you mean 'baseline'?")),
        ({"scenario": ""}, ("scenario", "baseline")),
        ({"scenario": 5}, ("scenario", "5")),
        ({"scenario": None}, ("scenario", "None")),
        ({"world": "bundled"}, ("world", "'bundled'")),
        ({"parameters": {"switching_costs": 1.0}}, ("switching_costs", "Did you mean 'switching_cost'?")),
        ({"parameters": {"noise_scale": -1.0}}, ("noise_scale", "-1.0", "at least 0")),
        ({"parameters": {"price_weight": -4.0}}, ("price_weight", "-4.0", "from 0 to 100")),
        ({"parameters": {"switching_cost": 1e308}}, ("switching_cost", "1e+308", "from 0 to 100")),
        ({"parameters": [1.0]}, ("parameters", "[1.0]")),
        ({"parameters": {"switching_cost": np.ones(3)}}, ("parameters", "3", "2")),
        ({"runs": 0}, ("runs", "0", "from 1 to")),
        ({"runs": 10**9}, ("runs", "1000000000", "to 16777216")),
        ({"runs": -3}, ("runs", "-3")),
        ({"runs": 2.5}, ("runs", "2.5")),
        ({"runs": True}, ("runs", "True")),
        ({"runs": "3"}, ("runs", "'3'")),
        ({"runs": []}, ("runs", "[]")),
        ({"runs": [-1]}, ("runs", "-1")),
        ({"dtype": "float31"}, ("dtype", "'float31'", "float32, float64", "Did you mean")),
        ({"dtype": None}, ("dtype", "None", "float32, float64")),
        ({"dtype": "float32", "engine": "mesa"}, ("dtype", "'float32'", "engine='mesa'", "float64")),
        ({"seed": None}, ("seed", "None")),
        ({"seed": "one"}, ("seed", "'one'")),
        ({"seed": 1.5}, ("seed", "1.5")),
        ({"seed": float("nan")}, ("seed", "nan")),
        ({"years": (0,)}, ("years", "(0,)")),
        ({"years": 5}, ("years", "5")),
        ({"years": (3, 0)}, ("years", "(3, 0)")),
        ({"years": (1, 3)}, ("years", "(1, 3)")),
        ({"years": (0, 2.5)}, ("years", "2.5")),
        ({"years": (0, float("inf"))}, ("years", "inf")),
        ({"years": ("a", "b")}, ("years", "'a'")),
        ({"engine": "meso"}, ("engine", "'meso'", "Did you mean 'mesa'?")),
        ({"record": "instaled"}, ("record", "'instaled'", "Did you mean 'installed'?")),
        ({"record": ["winner", "lock_inn"]}, ("record", "'lock_inn'", "Did you mean 'lock_in'?")),
        ({"record": 5}, ("record", "5")),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_arguments_of_simulate(changed: dict[str, Any], parts: tuple[str, ...]) -> None:
    refused(lambda: simulated(**changed), *parts)


def test_years_that_the_real_world_does_not_have() -> None:
    refused(lambda: ls.simulate(runs=1, years=(2010, 2101)), "years", "(2010, 2101)", "2100")
    refused(lambda: ls.simulate(runs=1, years=(2009, 2020)), "years", "2009")


@pytest.mark.parametrize("name", ["taste", "installed", "calendar"])
def test_a_run_axis_that_does_not_fit_the_number_of_runs(name: str) -> None:
    offers = np.full((3, 4, 1, 2), 0.5)
    given = {"taste": offers, "installed": offers, "calendar": np.ones((3, 3, 4, 1), dtype=bool)}[name]
    world = ls.toy_world(4, **{name: given})
    assert simulated(world=world, runs=3).sizes["run"] == 3
    refused(lambda: simulated(world=world, runs=2), name, "3", "2")


@pytest.mark.parametrize("engine", ["core", "mesa"])
def test_a_calendar_that_ends_before_the_last_year(engine: str) -> None:
    world = ls.toy_world(4, calendar=np.ones((2, 4, 1), dtype=bool))
    refused(lambda: simulated(world=world, years=(0, 3), engine=engine), "calendar", "2", "3")


def test_arguments_of_the_agent_model() -> None:
    def model(**changed: Any) -> ls.LockInModel:
        return ls.LockInModel(ls.Scenario.none(), world=TOY, **({"years": (0, 3)} | changed))

    refused(lambda: model(parameters=ls.Parameters(noise_scale=np.ones(2))), "parameters", "array")
    refused(lambda: model(switching_costs=1.0), "Did you mean 'switching_cost'?")
    refused(lambda: model(run=-1), "run", "-1")
    refused(lambda: model(seed="one"), "seed", "'one'")
    refused(lambda: model(record=frozenset({"instaled"})), "record", "Did you mean 'installed'?")
    refused(lambda: model(years=(0, 0)), "years")


# --- toy worlds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({"n_countries": 0}, ("n_countries", "0", "at least 1")),
        ({"n_vendors": 2.0}, ("n_vendors", "2.0")),
        ({"n_domains": True}, ("n_domains", "True")),
        ({"lots": 0}, ("lots", "0", "at least 1")),
        ({"buyer": "user"}, ("buyer", "'user'", "Did you mean 'users'?")),
        ({"buyer": "project", "n_domains": 2}, ("n_domains", "2")),
        ({"buyer": "users", "calendar": np.ones((1, 4, 1), dtype=bool)}, ("calendar", "users")),
        ({"lifetime": 0}, ("lifetime", "0")),
        ({"lifetime": "long"}, ("lifetime", "'long'")),
        ({"installed": np.ones((3, 1, 2))}, ("installed", "(3, 1, 2)", "(4, 1, 2)")),
        ({"installed": np.ones((4, 1, 2))}, ("installed", "2.0", "at most 1")),
        ({"installed": np.full((4, 1, 2), -0.1)}, ("installed", "-0.1", "0.0", "1.0")),
        ({"installed": "full"}, ("installed", "full")),
        ({"quality": np.ones(3)}, ("quality", "(3,)", "(2,)")),
        ({"quality": "high"}, ("quality", "high")),
        ({"quality": np.array([1.0, np.nan])}, ("quality", "nan", "finite numbers")),
        ({"taste": np.full((4, 1, 2), np.nan)}, ("taste", "nan", "finite numbers")),
        ({"taste": np.ones((4, 2))}, ("taste", "(4, 2)")),
        ({"calendar": np.ones((3, 4, 1))}, ("calendar", "float64", "bool")),
        ({"calendar": np.ones((3, 5, 1), dtype=bool)}, ("calendar", "(3, 5, 1)")),
        ({"influence": "unifrom"}, ("influence", "'unifrom'", "'uniform'")),
        ({"influence": np.ones((3, 3))}, ("influence", "(3, 3)", "(4, 4)")),
        ({"influence": sparse.csr_array(np.full((4, 4), np.nan))}, ("influence", "not finite")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_arguments_of_toy_world(changed: dict[str, Any], parts: tuple[str, ...]) -> None:
    refused(lambda: ls.toy_world(**({"n_countries": 4} | changed)), *parts)


# --- levers ----------------------------------------------------------------------------------------


def with_lever(lever: str, target: Any, **settings: Any) -> Any:
    scenario = ls.load_scenario("baseline").with_lever(lever, target, **({"from_": 2010} | settings))
    return ls.simulate(scenario, runs=1, years=(2010, 2011))


@pytest.mark.parametrize(
    ("lever", "target", "settings", "parts"),
    [
        (
            "state_suport",
            "huawei",
            {"share": 0.1},
            ("lever", "'state_suport'", "Did you mean 'state_support'?"),
        ),
        ("state_support", "huwei", {"share": 0.1}, ("target", "'huwei'", "Did you mean 'huawei'?")),
        ("state_support", "huawei/mobile", {"share": 0.1}, ("target", "'mobile'", "mobile_network")),
        ("state_support", "huawei", {"shar": 0.1}, ("shar", "Did you mean 'share'?")),
        ("state_support", "huawei", {"share": 0.95}, ("share", "0.95", "0 to 0.9", "share of cost")),
        ("state_support", "huawei", {"share": -0.1}, ("share", "-0.1")),
        ("state_support", "huawei", {"share": float("nan")}, ("share", "nan")),
        ("state_support", "huawei", {"share": "a lot"}, ("share", "'a lot'")),
        ("state_support", "huawei", {"share": True}, ("share", "True")),
        ("state_support", "huawei", {}, ("no setting", "share")),
        ("state_support", 5, {"share": 0.1}, ("target", "5")),
        ("diversification", "KENN", {"share_cap": 0.5}, ("target", "'KENN'", "Did you mean 'KEN'?")),
        ("diversification", "KNE", {"share_cap": 0.5}, ("target", "'KNE'", "Did you mean 'KEN'?")),
        ("diversification", "income:lo", {"share_cap": 0.5}, ("target", "Did you mean 'income:low'?")),
        ("export_finance", "CHIN", {"envelope": 1.0}, ("target", "'CHIN'", "Did you mean 'CHN'?")),
        ("export_finance", "CHN", {"tied": 1}, ("tied", "1", "true or false")),
        ("export_finance", [], {"envelope": 1.0}, ("target", "[]")),
        ("diversification", [], {"share_cap": 0.5}, ("target", "[]")),
        ("state_support", [], {"share": 0.1}, ("target", "[]")),
        ("interoperability", "mobile", {"openness": 1.0}, ("target", "'mobile'", "mobile_network")),
        ("restriction", "KEN", {"mode": "coordinate"}, ("mode", "Did you mean 'coordinated'?")),
        ("restriction", "KEN", {"on": "CHIN", "mode": "none"}, ("on", "'CHIN'", "Did you mean 'CHN'?")),
        ("venue", "cloud", {"leaves": "ITUT"}, ("leaves", "'ITUT'", "Did you mean 'ITU'?")),
        ("venue", "cloud", {"enters": 3}, ("enters", "3", "ITU")),
        ("venue", "cloud", {}, ("no setting", "leaves", "enters")),
        ("venue", "ITU", {"leaves": "IETF"}, ("target", "'ITU'", "cloud")),
        ("standards_effort", "EU", {"effort": 2.0, "body": "WICC"}, ("body", "Did you mean 'WIC'?")),
        ("decoupling", "CHN", {"compatibility": 1.5}, ("compatibility", "1.5", "0 to 1")),
        ("decoupling", "huawei", {"compatibility": 0.5}, ("target", "'huawei'", "CHN")),
        ("data_protection", "EU", {"cost": -0.1}, ("cost", "-0.1", "share of price")),
        ("data_protection", "EU", {"cost": 0.1, "rules": "FRA"}, ("rules", "'FRA'", "EU")),
        ("data_localisation", "IND", {"mode": "close"}, ("mode", "Did you mean 'closed'?")),
        ("state_support", "huawei", {"share": 0.1, "from_": 2009}, ("from", "2009", "2010")),
        ("state_support", "huawei", {"share": 0.1, "from_": "2020"}, ("from", "'2020'")),
        ("state_support", "huawei", {"share": 0.1, "from_": 2030, "to": 2020}, ("to", "2020", "2030")),
        ("state_support", "huawei", {"share": 0.1, "to": 2200}, ("to", "2200", "2100")),
    ],
)
def test_uses_of_levers(lever: str, target: Any, settings: dict[str, Any], parts: tuple[str, ...]) -> None:
    refused(lambda: with_lever(lever, target, **settings), *parts)


def test_a_lever_whose_default_sponsor_is_not_in_the_world() -> None:
    """The lever acts on the sponsor under study unless told otherwise; a toy world has none."""
    scenario = ls.Scenario.none().with_lever("restriction", "C0", from_=0, mode="none")
    refused(lambda: simulated(scenario=scenario), "on", "'the sponsor under study'", "NONE")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("state_support", "huawei", {"share": 0.6}), ("state_support", "huawei", {"share": 0.6})),
        (("export_finance", "EU", {"tenor": 7.0}), None),
        (("export_finance", "EU", {"tenor": 3.0}), None),
        (("export_finance", "CHN", {"grace": 20.0}), None),
    ],
    ids=["subsidies above the whole cost", "tenor as long as the grace", "tenor shorter", "grace longer"],
)
def test_settings_allowed_one_by_one_give_numbers_or_one_refusal_together(first: Any, second: Any) -> None:
    scenario = ls.load_scenario("baseline")
    for lever, target, settings in filter(None, (first, second)):
        scenario = scenario.with_lever(lever, target, from_=2010, **settings)
    try:
        ds = ls.simulate(scenario, runs=1, years=(2010, 2014))
    except ls.InputError:
        return
    assert np.isfinite(ds.sales_share.sel(year=2014, domain="mobile_network", vendor="huawei")).all()
    assert (ds.price_paid.sel(year=slice(2011, None)).dropna("year") > 0).all()


# --- scenario files --------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("empty",)),
        ("# nothing but a remark\n", ("empty",)),
        ("name = \n", ("not a TOML file", "line 1")),
        (HEAD + "[[levers]\n", ("not a TOML file",)),
        (b'name = "\xe9"', ("UTF-8",)),
        ('name = "mine"\nsource = "s"\n', ("question", "required")),
        (HEAD.replace('"mine"', '""'), ("name",)),
        (HEAD.replace('"mine"', "7"), ("name", "7")),
        (HEAD + "levrs = 1\n", ("'levrs'", "Did you mean 'levers'?")),
        (HEAD + 'levers = "state_support"\n', ("levers", "'state_support'", "[[levers]]")),
        (HEAD + '[levers]\nlever = "state_support"\n', ("levers", "[[levers]]")),
        (HEAD + "[parameters]\nswitching_costs = 1\n", ("switching_costs", "Did you mean 'switching_cost'?")),
        (HEAD + "[parameters]\nnoise_scale = -1\n", ("noise_scale", "-1", "at least 0")),
        (HEAD + '[parameters]\nnoise_scale = "1"\n', ("noise_scale", "'1'")),
        (HEAD + "[parameters]\nnoise_scale = true\n", ("noise_scale", "True")),
        (HEAD + "[parameters]\nnoise_scale = nan\n", ("noise_scale", "nan")),
        (LEVER.replace("state_support", "state_suport"), ("levers[0]", "Did you mean 'state_support'?")),
        (LEVER.replace("share", "shar"), ("levers[0]", "'shar'", "Did you mean 'share'?")),
        (LEVER.replace("from = 2020\n", ""), ("levers[0].from", "required")),
        (LEVER.replace("from = 2020", 'from = "2020"'), ("levers", "from", "'2020'")),
        (LEVER.replace("from = 2020", "from = 2020.5"), ("levers[0].from", "2020.5", "whole number")),
        (LEVER.replace("from", "frm"), ("levers", "from")),
        (LEVER.replace("from", "from_"), ("levers", "from")),
        (LEVER.replace('target = "huawei"', "target = 5"), ("levers[0].target:", "5", "text")),
        (HEAD.replace("mine", "a") + 'based_on = "a"\n', ("based_on", "'a'")),
        (HEAD + 'based_on = "baselin"\n', ("based_on", "'baselin'", "Did you mean 'baseline'?")),
        (HEAD + 'based_on = ["gdpr", "open_rn"]\n', ("based_on", "'open_rn'", "Did you mean 'open_ran'?")),
        (HEAD + "based_on = 5\n", ("based_on", "5")),
    ],
)
def test_scenario_files(
    file: Callable[[str | bytes], Path], text: str | bytes, parts: tuple[str, ...]
) -> None:
    refused(lambda: ls.load_scenario(file(text)), "mine.toml", *parts)


def test_settings_of_a_scenario_file_are_checked_when_it_meets_a_world(
    file: Callable[[str | bytes], Path],
) -> None:
    path = file(LEVER.replace("0.1", "0.95"))
    refused(lambda: ls.simulate(path, runs=1, years=(2010, 2011)), "mine", "levers[0]", "share", "0.95")
    path = file(LEVER.replace("huawei", "huwei"))
    refused(lambda: ls.simulate(path, runs=1, years=(2010, 2011)), "levers[0]", "Did you mean 'huawei'?")


def test_files_that_are_not_there_or_are_something_else(tmp_path: Path) -> None:
    refused(lambda: ls.load_scenario(tmp_path / "none.toml"), "none.toml", "no such file")
    (tmp_path / "folder.toml").mkdir()
    refused(lambda: ls.load_scenario(str(tmp_path / "folder.toml")), "folder.toml")
    (tmp_path / "mine.txt").write_text(HEAD)
    refused(lambda: ls.load_scenario(tmp_path / "mine.txt"), "mine.txt", ".toml")


def test_a_package_is_based_on_several_each_of_them_once(tmp_path: Path) -> None:
    """Two scenarios that share a basis bring it along once, before both; later parameters hold."""
    (tmp_path / "basis.toml").write_text(LEVER + "[parameters]\nturnover = 0.2\n")
    for name, share in (("one", 0.2), ("two", 0.3)):
        text = LEVER.replace('"mine"', f'"{name}"').replace("0.1", str(share))
        (tmp_path / f"{name}.toml").write_text(
            text.replace("[[", f"based_on = '{tmp_path}/basis.toml'\n[[", 1)
        )
    (tmp_path / "both.toml").write_text(HEAD + f"based_on = ['{tmp_path}/one.toml', '{tmp_path}/two.toml']\n")
    both = ls.load_scenario(tmp_path / "both.toml")
    assert [use.settings["share"] for use in both.levers] == [0.1, 0.2, 0.3]
    assert both.parameters == {"turnover": 0.2}


def test_scenarios_that_are_based_on_each_other(tmp_path: Path) -> None:
    for name, parent in (("one", "two"), ("two", "one")):
        (tmp_path / f"{name}.toml").write_text(HEAD + f"based_on = '{tmp_path}/{parent}.toml'\n")
    refused(lambda: ls.load_scenario(tmp_path / "one.toml"), "based_on", "one.toml", "not based on this one")


def test_a_scenario_may_be_based_on_another_file_beside_it_or_a_built_in_one(
    file: Callable[[str | bytes], Path],
) -> None:
    scenario = ls.load_scenario(file(LEVER + "[parameters]\nturnover = 0.2\n"))
    assert scenario.name == "mine"
    assert [use.lever for use in scenario.levers] == ["state_support"]
    assert scenario.parameters == {"turnover": 0.2}
    based = ls.load_scenario(file(HEAD + 'based_on = "baseline"\n' + LEVER.removeprefix(HEAD)))
    assert [use.lever for use in based.levers] == [
        *(u.lever for u in ls.load_scenario("baseline").levers),
        "state_support",
    ]
    assert based.hash != ls.load_scenario("baseline").hash


def test_a_scenario_made_in_python_rests_on_what_it_is_based_on() -> None:
    mine = ls.Scenario(name="mine", question="q?", source="s", based_on="open_ran")
    loaded = ls.load_scenario(mine)
    assert loaded.hash == ls.load_scenario("open_ran").hash
    assert ls.load_scenario(loaded) == loaded
    lost = ls.Scenario(name="lost", question="q?", source="s", based_on=["open_rn"])
    refused(lambda: simulated(scenario=lost), "lost", "based_on", "'open_rn'", "Did you mean 'open_ran'?")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"name": "mine"}, ("Scenario: question", "required")),
        ({"name": "mine", "question": "q?", "sorce": "s"}, ("'sorce'", "Did you mean 'source'?")),
        ({"name": 5, "question": "q?", "source": "s"}, ("Scenario: name", "5", "text in quotes")),
    ],
)
def test_a_scenario_made_in_python_is_checked(content: dict[str, Any], parts: tuple[str, ...]) -> None:
    refused(lambda: ls.Scenario(**content), *parts)


def test_settings_of_a_lever_are_checked_when_it_is_added() -> None:
    def capped() -> Any:
        return ls.Scenario.none().with_lever("diversification", "EU", from_=2025, sharecap=0.5)

    refused(capped, "none", "levers[0]", "'sharecap'", "Did you mean 'share_cap'?")


def test_files_lie_beside_the_one_that_names_them_and_a_fault_names_its_own(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    inner = LEVER.replace("0.1", "7").replace('"mine"', '"inner"')
    (tmp_path / "sub" / "inner.toml").write_text(inner)
    outer = tmp_path / "outer.toml"
    outer.write_text(HEAD + 'based_on = ["open_ran", "sub/inner.toml"]\n')
    refused(lambda: ls.simulate(outer, runs=1), "inner.toml: levers[0].share", "found 7")


def test_the_name_of_a_built_in_scenario_is_its_own(file: Callable[[str | bytes], Path]) -> None:
    path = file(LEVER.replace('"mine"', '"open_ran"'))
    refused(lambda: ls.load_scenario(path), "name", "'open_ran'", "no built-in scenario")


@pytest.mark.parametrize("target", ["ericsson/cloud", "sponsor:KOR/e_commerce"])
def test_a_target_that_offers_nothing_there(target: str) -> None:
    scenario = ls.Scenario.none().with_lever("state_support", target, from_=2011, share=0.1)
    refused(lambda: ls.simulate(scenario, runs=1), repr(target), "offers in", "mobile_network")


@pytest.mark.parametrize("written", ["KENYA", "Kenya", "ken", "Kenia"])
def test_a_country_may_have_been_meant_by_its_name(written: str) -> None:
    meant = "Did you mean 'KEN'?"
    refused(lambda: ls.explain(country=written, domain="mobile_network", year=2020), repr(written), meant)
    refused(lambda: ls.LockInModel(years=(2010, 2011)).country(written), repr(written), meant)
    scenario = ls.Scenario.none().with_lever("diversification", written, from_=2011, share_cap=0.5)
    refused(lambda: ls.simulate(scenario, runs=1), repr(written), meant)


@pytest.mark.parametrize("year", [2010, 1999, 2101])
def test_a_year_that_has_no_tenders_to_explain(year: int) -> None:
    def explained() -> Any:
        return ls.explain(country="KEN", domain="mobile_network", year=year)

    refused(explained, "explain year", str(year), "from 2011 to 2100")


# --- arguments that every study takes --------------------------------------------------------------

STUDIES: dict[str, Callable[..., Any]] = {
    "simulate": lambda **given: ls.simulate(runs=1, **given),
    "compare": lambda **given: ls.compare("no_dsr", runs=2, **given),
    "window": lambda **given: ls.window("no_dsr", runs=2, **given),
    "futures": lambda **given: ls.futures("no_dsr", outcomes=None, n=2, runs=2, **given),
    "explain": lambda **given: ls.explain(country="KEN", domain="mobile_network", year=2011, **given),
    "LockInModel": lambda **given: ls.LockInModel(**given),
}


@pytest.mark.parametrize("study", STUDIES)
def test_a_world_and_parameters_are_refused_alike_everywhere(study: str) -> None:
    call = STUDIES[study]
    refused(lambda: call(world="x"), "world", "'x'", "load_world()")
    refused(lambda: call(parameters=5), "parameters", "5", "a mapping")
    refused(lambda: call(parameters={1: 2.0}), "parameter", "'1'", "affinity_drift")
    refused(lambda: call(parameters={"switching_costs": 1.0}), "Did you mean 'switching_cost'?")


def test_scenarios_of_a_comparison_that_are_none() -> None:
    refused(lambda: ls.compare(5), "scenario", "5", "a name")


def test_runs_may_come_as_an_array() -> None:
    assert simulated(runs=np.array([1, 3], dtype=np.uint8)).equals(simulated(runs=[1, 3]))
    refused(lambda: simulated(runs=np.array([0.5])), "runs", "0.5")
    refused(lambda: simulated(runs=np.array([[1]])), "runs", "[[1]]")


def test_what_is_read_by_two_paths_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(LEVER)
    other = tmp_path / "sub" / ".." / "one.toml"
    (tmp_path / "sub").mkdir()
    assert ls.load_scenario(path) == ls.load_scenario(other)
    made = ls.Scenario(name="mine", question="q?", source="s")
    assert (
        made.with_lever("state_support", "huawei", from_=2020, share=0.1).levers
        == ls.load_scenario(path).levers
    )


def test_a_run_number_beyond_all_is_refused() -> None:
    refused(lambda: simulated(runs=np.array([2**63], dtype=np.uint64)), "runs", str(2**63))


# --- several defects of one file ---------------------------------------------------------------------


def told(call: Callable[[], Any]) -> list[str]:
    """All that the call refuses at once, one line each; the message holds them all."""
    with pytest.raises(ls.InputError) as caught:
        call()
    for each in caught.value.defects:
        assert str(each) in str(caught.value)
    return [str(each) for each in caught.value.defects]


def test_all_defects_of_a_scenario_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    levers = LEVER.removeprefix(HEAD)
    file.write_text(
        HEAD
        + "[parameters]\nswitching_cst = 1.0\nnoise_scale = -1.0\n"
        + levers.replace("state_support", "state_suport")
        + levers.replace("share = 0.1", "shares = 0.1\nsizes = 2")
    )
    lines = told(lambda: ls.load_scenario(file))
    assert len(lines) == 5
    parts = ("levers[0].lever", "'shares'", "'sizes'", "'switching_cost'", "noise_scale")
    assert all(part in line for part, line in zip(parts, lines, strict=True))


def test_a_misspelt_key_is_told_once_and_beside_the_others(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = 3\nquestoin = "q?"\nsource = "s"\n')
    misspelt, name = told(lambda: ls.load_scenario(file))
    assert "Did you mean 'question'?" in misspelt
    assert "name: found 3; allowed: text in quotes" in name


def test_all_uses_of_levers_are_judged_against_the_world(tmp_path: Path) -> None:
    scenario = ls.Scenario.none().with_lever("state_support", "huawi", from_=2020, share=0.1)
    scenario = scenario.with_lever("state_support", "huawei", from_=2020, share=7.0)
    lines = told(lambda: ls.simulate(scenario, runs=1, years=(2010, 2021)))
    target, share = lines
    assert "Did you mean 'huawei'?" in target
    assert "levers[1]" in share


def test_all_defects_of_an_experiment_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "e.toml"
    file.write_text('name = "e"\nqestion = "?"\nruns = "8"\n[design]\nmethod = "gird"\n')
    lines = told(lambda: ls.load_experiment(file))
    parts = ("'qestion'", "question: found 'nothing'", "expectation", "runs: found '8'", "'grid'")
    assert all(part in line for part, line in zip(parts, lines, strict=True))


def test_all_defects_of_a_worlds_tables_are_told_at_once(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "world"))
    for table, old, new in (
        ("offers", "0.355,1,", "0.355,-1,"),
        ("offers", "0.375,1,", "x,0,"),
        ("domains", "mobile_network,", "mobile_network,sombody,"),
    ):
        text = (folder / f"{table}.csv").read_text(encoding="utf-8")
        assert old in text, table
        (folder / f"{table}.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    lines = told(lambda: ls.load_world(folder))
    assert sum("offers.csv, line 2 (ericsson/mobile_network), column relative_cost" in x for x in lines) == 1
    assert sum("offers.csv, line 3 (nokia/mobile_network), column" in x for x in lines) == 2
    assert sum(x.startswith("domains.csv, line ") for x in lines) == 1


def test_many_defects_are_cut(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "world"))
    text = (folder / "offers.csv").read_text(encoding="utf-8")
    (folder / "offers.csv").write_text(re.sub(r",20[0-9]{2},", ",20x,", text), encoding="utf-8")
    lines = told(lambda: ls.load_world(folder))
    assert (len(lines), lines[-1]) == (MOST_TOLD + 1, "There are more.")


def test_a_folder_that_holds_no_world_is_named(tmp_path: Path) -> None:
    refused(lambda: ls.load_world(tmp_path / "nowhere"), "world folder", "nowhere", "no such folder")
    refused(lambda: ls.load_world(tmp_path), f"world folder {tmp_path}", "no columns.csv")
