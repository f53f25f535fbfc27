"""Are two settings of one thing found by what they touch, and told from those that add up?"""

import re
import warnings
from itertools import combinations

import numpy as np
import pytest
from unit.refusals import HEAD

import lockin_sim as ls
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.policies import scenarios

YEARS = (2010, 2050)


def _said(world, lines, years=YEARS):
    """What is said of lines of a scenario."""
    levers = [{"lever": lever, "target": on, "from": first, **rest} for lever, on, first, rest in lines]
    scenario = ls.Scenario(name="mine", question="q", source="s", levers=levers)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        scenario.conditions(world, years)
        again = len(found)
        scenario.conditions(world, years)
    assert len(found) == again  # once
    return [str(each.message) for each in found]


RESTRICTION, LOANS, VENUE, BARRIER = "restriction", "export_finance", "venue", "data_localisation"
PROTOCOL = "internet_protocol"
PART = "AUT, BEL, BGR, CZE and 22 more"  # of the EU, all but Cyprus

#: Two lines, and what is said of the second.
CONTRADICT = {
    "a group and a larger one": (
        (RESTRICTION, "EU", 2021, {"mode": "none"}),
        (RESTRICTION, "Europe", 2021, {"mode": "coordinated"}),
        f"mode 'coordinated' overrides 'none' of levers[0] for {PART} from 2021",
    ),
    "a group and one of its members": (
        (RESTRICTION, "EU", 2021, {"mode": "coordinated", "forced_replacement": 7.0}),
        (RESTRICTION, "DEU", 2025, {"mode": "none", "to": 2030}),
        "mode 'none' overrides 'coordinated' of levers[0] for DEU from 2025 to 2030",
    ),
    "a later neutral word": (
        (RESTRICTION, "EU", 2021, {"mode": "coordinated"}),
        (RESTRICTION, "DEU", 2021, {"mode": "national"}),
        "mode 'national' is neutral and leaves 'coordinated' of levers[0] for DEU from 2021",
    ),
    "a sponsor under study, named or not": (
        (RESTRICTION, "EU", 2021, {"mode": "none"}),
        (RESTRICTION, "DEU", 2021, {"mode": "coordinated", "on": "CHN"}),
        "mode 'coordinated' overrides 'none' of levers[0] for DEU from 2021",
    ),
    "sponsors, one year": (
        (LOANS, ["CHN", "USA"], 2021, {"envelope": 5.0, "tied": True}),
        (LOANS, "CHN", 2025, {"to": 2025, "envelope": 8.0, "rate": 0.02}),
        "envelope 8.0 overrides 5.0 of levers[0] for CHN in 2025",
    ),
    "vendors of a sponsor, and one of them": (
        ("adoption", "sponsor:EU", 2021, {"rate": 0.2}),
        ("adoption", "eu_rules", 2021, {"rate": 0.1}),
        "rate 0.1 overrides 0.2 of levers[0] for eu_rules from 2021",
    ),
    "a body that a domain enters and leaves": (
        (VENUE, PROTOCOL, 2021, {"enters": "ITU"}),
        (VENUE, PROTOCOL, 2031, {"leaves": "ITU"}),
        "leaves 'ITU' overrides enters 'ITU' of levers[0] for internet_protocol from 2031",
    ),
    "barriers, the recorded ones among them": (
        (BARRIER, "EU", 2021, {"on": "USA", "mode": "open"}),
        (BARRIER, "Europe", 2021, {"on": "USA", "mode": "closed"}),
        f"mode 'closed' overrides 'open' of levers[0] for {PART} from 2021",
    ),
}

#: Pairs of lines that stand beside each other; of one setting for all, the last test asks.
COMBINE = {
    "no support on record, and new support": (
        ("state_support", ["sponsor:CHN", "sponsor:EU"], 2021, {"scale": 0.0}),
        ("state_support", "sponsor:EU/cloud", 2021, {"share": 0.2}),
    ),
    "other settings": (
        (RESTRICTION, "EU", 2021, {"mode": "coordinated"}),
        (RESTRICTION, "Europe", 2021, {"forced_replacement": 3.0}),
    ),
    "other economies": (
        (RESTRICTION, "EU", 2021, {"mode": "coordinated"}),
        (RESTRICTION, "Africa", 2021, {"mode": "none"}),
    ),
    "other sponsors": (
        (RESTRICTION, "EU", 2021, {"mode": "coordinated"}),
        (RESTRICTION, "Europe", 2021, {"mode": "none", "on": "USA"}),
    ),
    "other years": (
        (RESTRICTION, "EU", 2021, {"mode": "coordinated", "to": 2029}),
        (RESTRICTION, "Europe", 2030, {"mode": "none"}),
    ),
    "other bodies": ((VENUE, PROTOCOL, 2021, {"leaves": "IETF"}), (VENUE, PROTOCOL, 2021, {"leaves": "ITU"})),
}


@pytest.mark.parametrize("case", CONTRADICT)
def test_one_line_says_what_a_line_takes_the_place_of(case, real_world):
    first, second, said = CONTRADICT[case]
    assert _said(real_world, [first, second]) == [f"scenario mine: levers[1]: {said}"]


@pytest.mark.parametrize("case", COMBINE)
def test_lines_that_combine_or_are_apart_say_nothing(case, real_world):
    first, second = COMBINE[case]
    assert _said(real_world, [first, second]) == _said(real_world, [second, first]) == []


def test_of_several_earlier_lines_the_nearest_counts_and_each_part_once(real_world):
    schedule = [(LOANS, "CHN", year, {"envelope": year - 2000.0}) for year in (2021, 2025, 2030)]
    assert len(_said(real_world, schedule)) == 2
    parts = [(RESTRICTION, group, 2021, {"mode": "none"}) for group in ("EU", "Africa")]
    assert len(_said(real_world, [*parts, (RESTRICTION, "world", 2021, {"mode": "coordinated"})])) == 2


def test_lines_that_meet_only_in_years_that_nobody_simulates_say_nothing(real_world):
    first, second, _ = CONTRADICT["a body that a domain enters and leaves"]
    assert _said(real_world, [first, second], (2010, 2030)) == []


def test_a_line_that_begins_when_all_is_over_is_said_to(real_world):
    late = (RESTRICTION, "EU", 2062, {"mode": "none"})
    assert _said(real_world, [late]) == ["scenario mine: levers[0].from: 2062 is after the last year, 2050"]
    assert _said(real_world, [late], (2010, 2070)) == []
    assert _said(real_world, [(RESTRICTION, "EU", 2026, {"mode": "none"})], (2010, 2020)) == []


def test_a_file_names_its_lines_and_a_package_the_files_of_both(real_world, tmp_path):
    lines = [
        f'[[levers]]\nlever = "restriction"\ntarget = "{on}"\nfrom = 2021\nmode = "{mode}"\n'
        for on, mode in (("EU", "none"), ("Europe", "coordinated"))
    ]
    (file := tmp_path / "mine.toml").write_text(HEAD + "".join(lines))
    with pytest.warns(UserWarning, match=re.escape(f"{file}: levers[1]: mode 'coordinated' overrides")):
        ls.simulate(file, runs=1, years=(2010, 2021), world=real_world)
    file.write_text(HEAD + 'based_on = ["eu_coordinated", "germany_lifts"]\n')
    said = r"germany_lifts.toml: levers\[0\]: mode 'none' .* of eu_coordinated.toml: levers\[0\] for DEU"
    with pytest.warns(UserWarning, match=said):
        ls.load_scenario(file).conditions(real_world, YEARS)


def test_built_in_policies_and_what_else_could_be_assumed_say_nothing(real_world):
    for name in scenarios():
        policy = ls.load_scenario(name)
        for each in (policy, *policy.alternatives()):
            each.conditions(real_world, YEARS)  # a warning is an error here


def _effect(world, lines):
    """Arrays of the conditions under lines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        levers = [{"lever": lever, "target": on, "from": first, **rest} for lever, on, first, rest in lines]
        scenario = ls.Scenario(name="mine", question="q", source="s", levers=levers)
        return scenario.conditions(world, YEARS).arrays()


def _lines(world):
    """Of every lever, lines with each of its settings at its bounds, at half, or at its words."""
    targets = {
        "country": ("EU", "DEU"), "sponsor": ("CHN", "CHN"), "domain": ("cloud", "cloud"),
        "vendor": ("sponsor:EU", "sponsor:EU"),
    }  # fmt: skip
    found = {}
    for name, lever in LEVERS.items():
        for setting, declared in lever.settings.items():
            words = declared.words(world)[:3] if lever.types[setting] is str else (False, True)
            if lever.types[setting] is float:
                words = declared.low, (declared.low + declared.high) / 2, declared.high
            found[f"{name}.{setting}"] = [
                (name, on, first, {setting: word})
                for (on, first), word in zip(
                    zip((*targets[lever.target], targets[lever.target][0]), (2021, 2022, 2023), strict=True),
                    words,
                    strict=False,
                )
            ]
    return found


@pytest.mark.parametrize("address", [f"{lever}.{s}" for lever in LEVERS for s in LEVERS[lever].settings])
def test_of_every_setting_it_is_said_where_the_order_of_lines_decides(address, real_world):
    lever, _, setting = address.partition(".")
    neutral = LEVERS[lever].defaults[setting]
    lines = [line for line in _lines(real_world)[address] if line[3][setting] != neutral]
    for one, other in combinations(lines, 2):
        forth, back = _effect(real_world, [one, other]), _effect(real_world, [other, one])
        decides = any(not np.allclose(forth[n], back[n], rtol=1e-12, atol=0) for n in forth)
        # training adds up to a bound of affinity, where the order counts and both are felt
        assert bool(_said(real_world, [one, other])) == (decides and lever != "training"), (one, other)
