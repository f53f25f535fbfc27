"""Scenarios as text: read back as they were, refused as files are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lockin_sim as ls
from lockin_sim.app.controls import build_fields, build_target_options
from lockin_sim.app.drafts import PolicyDraft, build_use, format_scenario, parse_scenario
from lockin_sim.settings.levers import LEVERS


@pytest.mark.parametrize("name", ls.scenarios())
def test_every_built_in_scenario_comes_back_from_a_file(name, tmp_path):
    scenario = ls.load_scenario(name)
    file = tmp_path / "handed_around.toml"
    file.write_text(format_scenario(scenario), encoding="utf-8")
    assert ls.load_scenario(file) == scenario
    assert ls.load_scenario(file).hash == scenario.hash
    assert parse_scenario(file.read_bytes(), "it") == scenario


_TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).filter(str.strip)
_NUMBER = st.floats(allow_nan=False, allow_infinity=False)


@given(question=_TEXT, source=_TEXT, assumption=_TEXT, envelope=_NUMBER, first=st.integers(2010, 2050))
def test_any_text_and_number_comes_back(question, source, assumption, envelope, first):
    use = {"lever": "export_finance", "target": ["EU", "CHN"], "from": first, "envelope": envelope}
    scenario = ls.Scenario(
        name='a "b" \\ c', question=question, source=source, assumption=assumption, levers=[use],
        parameters={"switching_cost": 2.5},
    )  # fmt: skip
    assert parse_scenario(format_scenario(scenario), "it") == scenario


def test_a_scenario_with_parents_is_not_written():
    with pytest.raises(ls.InputError, match="based on no other"):
        format_scenario(ls.Scenario(name="a", question="b", source="c", based_on="no_dsr"))


HEAD = 'name = "mine"\nquestion = "?"\nsource = "-"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "mine"', r"my\.toml: question: found nothing"),
        (HEAD + 'based_on = "../../secret.toml"', r"my\.toml: based_on: found '\.\./\.\./secret\.toml'"),
        (HEAD + 'based_on = ["no_dsr", "/etc/x.toml"]', r"my\.toml: based_on: found '/etc/x\.toml'"),
        (HEAD + '[[levers]]\nlever = "x"\ntarget = "EU"\nfrom = 2020', r"my\.toml: levers\[0\]"),
        (b"\xff\xfe", r"my\.toml: found bytes that are not UTF-8"),
        (HEAD.replace("mine", "no_dsr") + "[parameters]\nswitching_cost = 1.0", r"my\.toml: name: found"),
    ],
)
def test_what_cannot_be_used_is_refused_without_a_path_of_this_machine(text, said):
    with pytest.raises(ls.InputError, match=said) as caught:
        parse_scenario(text, "my.toml")
    assert "/tmp" not in str(caught.value)
    assert "scenario.toml" not in str(caught.value)


def test_a_text_may_rest_on_built_in_scenarios():
    found = parse_scenario(HEAD + 'based_on = "no_dsr"', "my.toml")
    assert found.levers == ls.load_scenario("no_dsr").levers


@pytest.mark.parametrize("name", ["eu_coordinated", "digital_oda", "open_ran"])
def test_a_draft_that_nobody_changed_is_the_scenario_itself(name):
    scenario = ls.load_scenario(name)
    assert PolicyDraft.of(scenario).scenario() is scenario


def test_a_changed_draft_has_a_name_of_its_own_and_no_longer_the_source():
    draft = PolicyDraft.of(ls.load_scenario("digital_oda"))
    draft.note(0, draft.uses[0] | {"envelope": 9.0})
    changed = draft.scenario()
    assert changed.called == draft.called == "EU digital loans (changed)"
    assert changed.name not in ls.scenarios()
    assert changed.levers[0].settings["envelope"] == 9.0
    assert "Global Gateway" not in changed.source
    assert draft.scenario([changed.name]).name != changed.name
    assert parse_scenario(format_scenario(changed), "it") == changed
    draft.rename(draft.called)  # as its control does whenever anything is moved
    draft.note(0, draft.trails[0][0])
    assert draft.scenario() is draft.start
    draft.rename(" ")
    with pytest.raises(ls.InputError, match="title of the policy"):
        draft.scenario()


@pytest.mark.parametrize("name", LEVERS)
def test_every_lever_has_controls_for_all_that_it_declares_and_can_be_added(name, real_world):
    lever = LEVERS[name]
    assert [field.name for field in build_fields(lever, real_world)] == list(lever.settings)
    targets = list(build_target_options(lever, real_world).values())
    use = build_use(name, targets[0], real_world)
    scenario = PolicyDraft(ls.load_scenario("baseline"), "Mine", [[use]]).scenario()
    scenario.conditions(real_world, (2010, 2050))
    for target in targets[::9]:  # and each of its choices names somebody
        ls.Scenario.none().with_lever(name, target, from_=2020, **_settings(use)).conditions(
            real_world, (2010, 2011)
        )


def _settings(use):
    return {key: value for key, value in use.items() if key not in ("lever", "target", "from")}


@pytest.mark.parametrize("name", ls.scenarios())
def test_targets_of_built_in_scenarios_can_be_chosen(name, real_world):
    for use in ls.load_scenario(name).levers:
        assert set(use.targets) <= set(build_target_options(LEVERS[use.lever], real_world).values())
