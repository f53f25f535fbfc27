"""Do unusable scenario files give an InputError, and several defects one each?"""

import pytest
from unit.refusals import HEAD, LEVER, refused, simulated

import lockin_sim as ls

# --- scenario files --------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("empty",)),
        (HEAD + "[[levers]\n", ("not a TOML file",)),
        (b'name = "\xe9"', ("UTF-8",)),
        ('name = "mine"\nsource = "s"\n', ("question", "required")),
        (HEAD + "levrs = 1\n", ("'levrs'", "Did you mean 'levers'?")),
        (HEAD + 'levers = "state_support"\n', ("levers", "'state_support'", "[[levers]]")),
        (HEAD + "[parameters]\nswitching_costs = 1\n", ("switching_costs", "Did you mean 'switching_cost'?")),
        (HEAD + "[parameters]\nnoise_scale = -1\n", ("noise_scale", "-1", "from 0 to 1000")),
        (LEVER.replace("from = 2020\n", ""), ("levers[0].from", "required")),
        (LEVER.replace("from = 2020", "from = 2020.5"), ("levers[0].from", "2020.5", "whole number")),
        (LEVER.replace('target = "huawei"', "target = 5"), ("levers[0].target:", "5", "text")),
        (HEAD.replace("mine", "a") + 'based_on = "a"\n', ("based_on", "'a'")),
        (HEAD + 'based_on = "baselin"\n', ("based_on", "'baselin'", "Did you mean 'baseline'?")),
        (HEAD + 'based_on = ["gdpr", "open_rn"]\n', ("based_on", "'open_rn'", "Did you mean 'open_ran'?")),
    ],
)
def test_scenario_files(file, text, parts):
    refused(lambda: ls.load_scenario(file(text)), "mine.toml", *parts)


def test_files_that_are_not_there_or_are_something_else(tmp_path):
    refused(lambda: ls.load_scenario(tmp_path / "none.toml"), "none.toml", "no such file")
    (tmp_path / "folder.toml").mkdir()
    refused(lambda: ls.load_scenario(str(tmp_path / "folder.toml")), "folder.toml")
    (tmp_path / "mine.txt").write_text(HEAD)
    refused(lambda: ls.load_scenario(tmp_path / "mine.txt"), "mine.txt", ".toml")


def test_a_package_is_based_on_several_each_of_them_once(tmp_path):
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


def test_scenarios_that_are_based_on_each_other(tmp_path):
    for name, parent in (("one", "two"), ("two", "one")):
        (tmp_path / f"{name}.toml").write_text(HEAD + f"based_on = '{tmp_path}/{parent}.toml'\n")
    refused(lambda: ls.load_scenario(tmp_path / "one.toml"), "based_on", "one.toml", "not based on this one")


def test_a_scenario_may_be_based_on_another_file_beside_it_or_a_built_in_one(file):
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


def test_a_scenario_made_in_python_rests_on_what_it_is_based_on():
    mine = ls.Scenario(name="mine", question="q?", source="s", based_on="open_ran")
    loaded = ls.load_scenario(mine)
    assert loaded.hash == ls.load_scenario("open_ran").hash
    assert ls.load_scenario(loaded) == loaded
    lost = ls.Scenario(name="lost", question="q?", source="s", based_on=["open_rn"])
    refused(lambda: simulated(scenario=lost), "lost", "based_on", "'open_rn'", "Did you mean 'open_ran'?")


def test_files_lie_beside_the_one_that_names_them_and_a_fault_names_its_own(tmp_path):
    (tmp_path / "sub").mkdir()
    inner = LEVER.replace("0.1", "7").replace('"mine"', '"inner"')
    (tmp_path / "sub" / "inner.toml").write_text(inner)
    outer = tmp_path / "outer.toml"
    outer.write_text(HEAD + 'based_on = ["open_ran", "sub/inner.toml"]\n')
    refused(lambda: ls.simulate(outer, runs=1), "inner.toml: levers[0].share", "found 7")


# --- several defects of one file ---------------------------------------------------------------------


def told(call):
    """All that the call refuses at once, one line each; the message holds them all."""
    with pytest.raises(ls.InputError) as caught:
        call()
    for each in caught.value.defects:
        assert str(each) in str(caught.value)
    return [str(each) for each in caught.value.defects]


def test_all_uses_of_levers_are_judged_against_the_world(tmp_path):
    scenario = ls.Scenario.none().with_lever("state_support", "huawi", from_=2020, share=0.1)
    scenario = scenario.with_lever("state_support", "huawei", from_=2020, share=7.0)
    lines = told(lambda: ls.simulate(scenario, runs=1, years=(2010, 2021)))
    target, share = lines
    assert "Did you mean 'huawei'?" in target
    assert "levers[1]" in share
