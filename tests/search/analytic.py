"""A model whose best packages are known, in the place of the engine: everything around it is real."""

import importlib
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from lockin_sim.runs import jobs
from lockin_sim.settings.scenario import Scenario

search_module = importlib.import_module("experiments.12_robust_packages.search")
Judged = search_module.Reduce

#: Draws of one parameter, even ones.
DRAWS = xr.Dataset(
    {
        "parameter_value": (("draw", "parameter"), np.linspace(1.0, 3.0, 50)[:, None]),
        "weight": ("draw", np.full(50, 0.02)),
    },
    coords={"parameter": ["switching_cost"]},
)

#: What is decided: openness, of which neither end is better, and effort, of which none is best.
LEVERS = ("interoperability[mobile_network].openness=0:1", "standards_effort[EU].effort=1:3")


@dataclass
class Simulated:
    """What stands for a dataset: which scenario, in which draws."""

    scenario: Scenario
    drawn: np.ndarray


def settings(scenario):
    """Openness, effort beyond one, and the year from which there is openness."""
    found = {use.lever: use for use in scenario.levers}
    openness, effort = found.get("interoperability"), found.get("standards_effort")
    x = openness.settings["openness"] if openness else 0.0
    y = effort.settings["effort"] - 1 if effort else 0.0
    return x, y, openness.from_ if openness else 0


def effects(scenario, drawn):
    """Standards fall with openness, dependence with its lack; effort spoils both, and costs.

    All as the draw says.  So no package beats another in every goal if neither makes an effort.  (run, goal).
    """
    x, y, since = settings(scenario)
    late = 0.5 if since > 2026 else 1.0
    none = np.zeros(len(drawn))
    if not scenario.levers:
        return np.stack([none, none, none], axis=1)
    columns = [0.02 * (y - x * late) * drawn, 0.02 * (y - 1 + x) * drawn, none + 100.0 * y]
    return np.stack(columns, axis=1)


@pytest.fixture(scope="module")
def counted():
    """Put the model in place.

    Called with how many chunks may be computed before an interruption (None = all), it gives the list of
    sizes of those computed.
    """
    done = []
    most = [None]

    def simulate(scenario, *, parameters, runs, **_):
        if most[0] is not None and len(done) >= most[0]:
            raise KeyboardInterrupt
        done.append(len(runs))
        return Simulated(scenario, np.asarray(parameters.switching_cost)[list(runs)])

    def judge(self, ds, world):
        made = {"goals": effects(ds.scenario, ds.drawn)}
        if self.signs:
            made["signs"] = np.stack([ds.drawn] * len(self.signs), axis=1)
        return made

    def allow(chunks):
        done.clear()
        most[0] = chunks
        return done

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jobs, "simulate", simulate)
        patched.setattr(jobs, "MOST", 1)  # this model has no past that scenarios could share
        patched.setattr(Judged, "__call__", judge)
        yield allow
