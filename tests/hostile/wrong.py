"""What every public function refuses by name wherever it has an argument of that name, and what only some do.

A message names the place, what was found and, where a name was nearly right, the one that was meant.
"""

import numpy as np

import lockin_sim as ls

NONE, TOY = ls.Scenario.none(), ls.toy_world(4, 3)
#: Scenarios whose defect only the world shows.
NOBODY = NONE.with_lever("restriction", "EUU", from_=2026, mode="none")
LATE = NONE.with_lever("restriction", "EU", from_=2200, mode="none")
NAMESAKE = ls.load_scenario("no_dsr").model_copy(update={"name": "baseline"})
TWICE = ["open_ran", "no_dsr", ls.load_scenario("open_ran")]

_COUNT = ((0, "found 0"), (-1, "found -1"), (1.5, "found 1.5"), ("8", "found '8'"), (None, "found"))
_SCENARIO = (("no_drs", "Did you mean 'no_dsr'"), (5, "found 5"))
_SCENARIOS = (
    *_SCENARIO,
    (NOBODY, "Did you mean 'EU'"),
    ({"open_ran", "no_dsr"}, "a list of them"),
    (TWICE, "each (scenario )?once"),
)
_PLACES = (("Afrika", "Did you mean 'Africa'"), (["KEN", "Kenya"], "KEN twice"), ([], "found"))
_DOMAIN = (("mobil_network", "Did you mean 'mobile_network'"), (5, "found"))
_VENDORS = (
    (("huwei", "nokia"), "Did you mean 'huawei'"),
    (("huawei",), "two"),
    (("ericsson", "nokia"), "two sp"),
)

#: Values by the argument that refuses them, with what is said; in every function that has it.
EVERYWHERE = {
    "runs": _COUNT, "draws": _COUNT,
    "seed": ((-1, "found -1"), (None, "found"), ("one", "found 'one'"), (np.timedelta64(3, "s"), "found")),
    "workers": ((0, "found 0"), (True, "found True")),
    "progress": (("yes", "found 'yes'"),),
    "parameters": (
        ({"switching_costs": 1.0}, "Did you mean 'switching_cost'"), (5, "found 5"), ({1: 2.0}, "'1'"),
        ({"turnover": 2.0}, "turnover: found 2"),
    ),
    "world": (("x", r"'x'.*load_world\(\)"), (5, "found 5")),
    "own_facts": (
        (5, "found 5"), (["Safaricom"], "OPERATOR=VENDOR:YEAR"), ({"a": 1}, "a list of texts"),
        ("nowhere.csv", "nowhere.csv"),
    ),
    "posterior": (("/nowhere", "posterior"),),
    "history": (("condition", "'condition'"), (3, "found 3")),
    "scenario": _SCENARIO, "scenarios": _SCENARIOS,
    "baseline": (*_SCENARIO, (NOBODY, "Did you mean 'EU'")),
    "policies": ((["no_drs"], "Did you mean 'no_dsr'"), (5, "found"), (TWICE, "each (policy )?once")),
    "outcomes": ((["retension"], "Did you mean 'retention'"), ([], "outcomes?: found")),
    "places": _PLACES, "groups": _PLACES[::2], "domain": _DOMAIN, "vendors": _VENDORS,
    "domains": ((["mobil_network"], "Did you mean 'mobile_network'"), (["data_governance"], "domain")),
    "country": (("Kenia", "Did you mean 'Kenya'"), (None, "found None")),
    "economy": (("Kenia", "Did you mean 'Kenya'"), (["KEN"], "one")),
    "year": ((1999, "found 1999"), (2101, "found 2101"), ("x", "found 'x'")),
    "out": ((5, "found 5"),),
}  # fmt: skip

#: What only one function refuses.
ALONE = {
    "simulate": {
        "engine": (("meso", "Did you mean 'mesa'"),),
        "record": (
            ("instaled", "Did you mean 'installed'"),
            ("group_lock_in_to", "allowed: group_switching_pull_to,"),
            (["winner", "switching_pul"], "Did you mean 'switching_pull'"),
        ),
        "runs": ((10**9, "to 16777216"),),
        "years": (((3, 0), "years"), ((1, 3), "years"), ({0, 3}, "and a later year")),
        "parameters": (
            ({"switching_cost": 1e308}, "from 0 to 1000"), ({"switching_cost": np.ones(3)}, "3.*2"),
        ),
    },
    "LockInModel": {
        "run": ((-1, "-1"),),
        "record": ((frozenset({"instaled"}), "Did you mean 'installed'"),),
        "years": (((0, 0), "years"),),
        "parameters": ((ls.Parameters(noise_scale=np.ones(2)), "array"),),
    },
    "contrast": {
        "arms": (
            ({}, r"found \[\]; allowed: at least two"), ({"one": ls.Arm()}, "at least two"),
            ([ls.Arm()], "arms by name"), ({"one": ls.Arm(), "two": "no_dsr"}, "arm 'two': found 'no_dsr'"),
            ({"it": ls.Arm("nodsr"), "is": ls.Arm()}, "arm 'it': scenario .* Did you mean 'no_dsr'"),
            ({"it": ls.Arm(parameters={"turnover": 2.0}), "is": ls.Arm()}, "arm 'it': parameter turnover"),
        ),
        "against": (("as it si", "Did you mean 'as it is'"),),
        "parameters": (({"turnover": {2051: 0.0}}, "year: found 2051"),),
        "years": ((2051, "allowed: a whole number from 2010 to 2050"), ([], "years: found")),
    },
    "lead": {
        "lender": (("CHM", "Did you mean 'CHN'"), ("huawei", "found 'huawei'")),
        "until": ((2010, "a year from 2011, in which"), (2050, "a year before 2050")),
        "since": ((2031, "until: found 2030; allowed: a year from 2031"), (2010, "since: found 2010")),
        "programme": ((0, "bn USD a year above 0"),),
        "places": (("China", "CHN, which is the lender's own; allowed: places outside CHN"),),
        "without": ((["taste"], "Did you mean 'tastes'"),),
        "regulators": (("maybe", "found 'maybe'"),),
        "world": ((TOY, "lender: found None"),),
    },
    "lock_in": {
        "domain": (("satellite_navigation", "side by side"), ("smartphone", "vendors: found 'ericsson'")),
        "vendors": ((("huawei", "zte"), "both are Chinese"), (("huawei", "local"), "found 'local'")),
        "without": (("switching", "'switching_cost'"),),
        "after": (((26,), "1 to 25 years"), ((0,), "found 0"), ((), "after: found"), (5, "after: found 5"),
                  ((5, 3, 5), "5 twice")),
        "year": ((2049, "after: found 3; allowed: 1 to 1 years: a run that ends in 2050"),),
        "places": (("United States", "the state restricts Chinese"), ("China", "Huawei is at home there")),
    },
    "country": {
        "domain": (("cloud", "operators of Kenya buy: mobile_network, smart_city"),),
        "year": ((2025, "allowed: a whole number from 2026"),),
        "runs": ((1, "runs: found 1"),),
    },
    "exit_plan": {
        "leaving": (("huwei", "Did you mean 'huawei'"), (3, "leaving")),
        "suppliers": (({"nobody": "huawei"}, "supplier: operator"),),
        "runs": ((1, "found 1"),),  # whose ranges would say that nothing is in doubt
        "history": (({"KEN": 3.0}, "history"),),
    },
    "chain": {
        "alternatives": ((["defualt"], "Did you mean 'default'"), (["default", "default"], "twice")),
        "share": ((1.5, "found 1.5"), (0.0, "a number above 0"), (1e-300, "a number above 0")),
        "groups": ((["Atlantis"], "found 'Atlantis'"),),
    },
    "compare": {
        "scenarios": (([], "at least one"), (NAMESAKE, "name 'baseline'")),
        "until": (
            ({}, "a width"), ({"switching_pul": 1.0}, "switching_pull"), ({"retention": 0}, "above 0"),
            ({"retention": "1"}, "above 0"),
        ),
        "baseline": ((LATE, "2200"), ("open_ran", "only open_ran, which is the baseline, too")),
        "most": ((4999, "only with until"), ("many", "only with until")),
        "structure": (("drwan", "Did you mean 'drawn'"), ("drawn", "only with draws of parameters")),
    },
    "public_cost": {"actor": (("Kenia", "Did you mean 'Kenya'"),)},
    "calibrate": {
        "only": (
            ((), "at least one"), ("switching_cost", "a list of names"), (("noise_scale",), "estimated"),
            (("switching_cost", "switching_cost"), "twice"), (("switching_costs",), "'switching_cost'"),
        ),
        "parameters": (({"switching_cost": 1.0}, "which is fixed"),),
        "waves": ((0, "waves"),), "points": ((19, "points"),), "runs": ((1, "runs"),),
        "seed": ((2**63 - 1, "seed"),), "world": ((TOY, "world|goals"),),
    },
    "validate": {"observations": (("/nowhere.csv", "nowhere"),), "runs": ((1, "found 1"),)},
    "hindcast": {"until": ((2020, "from 2024 to 2100"), (None, "found None")), "runs": ((1, "2 to"),),
                 "world": ((TOY, "which has no mobile_network"),)},
    "explain": {
        "year": ((2010, "from 2011 to 2100"),), "operator": (("nobody", "no operator buys in cloud"),),
    },
}  # fmt: skip


#: Values that a function takes although others refuse them: no runs are counted, and a seed is drawn.
TAKEN = {"explain": {"runs": 0}, "LockInModel": {"seed": None}}


def refusals(name, places):
    """What a function refuses: argument, value and what is said."""
    for place in places:
        for table in (EVERYWHERE, ALONE.get(name, {})):
            for value, said in table.get(place, ()):
                if place not in TAKEN.get(name, {}) or TAKEN[name][place] is not value:
                    yield place, value, said
