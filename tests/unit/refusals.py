"""What an InputError must say, and scenario files to be changed."""

import pytest

import lockin_sim as ls

TOY = ls.toy_world(4)
HEAD = 'name = "mine"\nquestion = "q?"\nsource = "s"\n'
LEVER = HEAD + '[[levers]]\nlever = "state_support"\ntarget = "huawei"\nfrom = 2020\nshare = 0.1\n'


def refused(call, *parts):
    """The call raises one InputError, a line for each defect, that holds all of the parts."""
    with pytest.raises(ls.InputError) as caught:
        call()
    message = str(caught.value)
    assert len(message.splitlines()) == max(len(caught.value.defects), 1)
    for part in parts:
        assert part in message


def simulated(**changed):
    """A toy world simulated, some arguments changed."""
    arguments = {"scenario": ls.Scenario.none(), "world": TOY, "years": (0, 3), "runs": 2} | changed
    return ls.simulate(**arguments)
