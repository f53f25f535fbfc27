"""Does every dataset hold what the docstring of its study promises?"""

import inspect
import re

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.comparisons import by_group
from lockin_sim.comparisons.trial import Options

FEW = {"runs": 4, "seed": 3, "workers": 1, "progress": False}
SHORT = {"posterior": "bundled", "years": (2010, 2020)}
AFRICA = "dependence[Africa,CHN,mobile_network]"

#: A small call of each study whose docstring names variables.
STUDIES = {
    "lead": lambda: ls.lead(
        without=["nothing", "switching_cost_after"],
        regulators="off",
        structure="trade_neighbours",
        **FEW | {"runs": 2},
    ),
    "lock_in": lambda: ls.lock_in(
        ["EU"], year=2012, after=[1, 3], without=["nothing"], structure="trade_neighbours", **SHORT, **FEW
    ),
    "compare": lambda: ls.compare("eu_coordinated", until=50, most=8, **SHORT, **FEW),
    "contrast": lambda: ls.contrast(
        {"as it is": ls.Arm(), "no loans": ls.Arm("no_dsr")}, outcomes=AFRICA, years=2020, **FEW
    ),
    "breakdown": lambda: by_group.breakdown("eu_coordinated", by="country", **SHORT, **FEW),
    "public_cost": lambda: by_group.public_cost("eu_champions", **SHORT | {"years": (2010, 2028)}, **FEW),
    "chain": lambda: ls.chain(["default"], **SHORT, **FEW),
}


def promised(study):
    """Variables and ends of variables that the docstring of a study names among what it returns."""
    function = getattr(by_group if hasattr(by_group, study) else ls, study)
    _, _, returns = inspect.getdoc(function).partition("Returns\n-------")
    named = re.findall(r"``(\w+)``", returns.partition("\nRaises\n")[0])
    arguments = {*inspect.signature(function).parameters, *Options.__annotations__}
    return [name for name in dict.fromkeys(named) if name not in arguments]


def is_empty(variable):
    """Whether a variable has no number, or no text, at all."""
    values = variable.values
    return bool(np.isnan(values).all() if values.dtype.kind == "f" else not any(map(str, values.ravel())))


@pytest.mark.parametrize(
    "study", [pytest.param(each, marks=[pytest.mark.slow] * (each == "lead")) for each in STUDIES]
)
def test_no_variable_that_is_promised_is_missing_or_empty(study):
    found, names = STUDIES[study](), promised(study)
    assert len(names) >= 2
    for name in names:
        mine = [v for v in map(str, found.variables) if v == name or (name[0] == "_" and v.endswith(name))]
        assert mine, f"{name} is missing"
        assert [v for v in mine if not is_empty(found[v])], f"{name} is empty"
