"""What the data collector of Mesa keeps: variables of a dataset, numbers that can be plotted, and agents."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from mesa.datacollection import DataCollector
from numpy.typing import NDArray

from lockin_sim.agents.body import StandardsBody
from lockin_sim.agents.country import Country
from lockin_sim.agents.operator import Operator
from lockin_sim.agents.vendor import Vendor
from lockin_sim.measures import VARIABLES
from lockin_sim.world import World

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel

#: Attributes of agents that are kept each year; plain numbers and words, cheap to copy.
OF_AGENTS: dict[type, tuple[str, ...]] = {
    Country: ("label", "bought", "total_debt", "restricting"),
    Operator: ("label", "supplier"),
    Vendor: ("label", "mean_price", "total_deployed"),
    StandardsBody: ("label", "leading_share"),
}


def collector(world: World, names: frozenset[str]) -> DataCollector:
    """A data collector of some variables, each (...) a year; of those by domain or by sponsor alone also the
    single numbers, such as ``lock_in[mobile_network]`` and ``total_debt[CHN]``; and the share of the family
    under study in each domain, such as ``standard_share[mobile_network, cn2035]``."""
    labels: dict[tuple[str, ...], tuple[str, ...]] = {
        ("domain",): world.domains,
        ("sponsor",): world.sponsors,
    }
    variables: dict[str, Any] = {name: partial(_variable, name) for name in VARIABLES if name in names}
    for name in list(variables):
        for place, label in enumerate(labels.get(VARIABLES[name].axes, ())):
            variables[f"{name}[{label}]"] = partial(_number, name, (place,))
    if "standard_share" in variables and world.case.family:
        family = world.standards.index(world.case.family)
        for place, label in enumerate(world.domains):
            number = partial(_number, "standard_share", (place, family))
            variables[f"standard_share[{label}, {world.case.family}]"] = number
    agents = {kind: {name: attrgetter(name) for name in kept} for kind, kept in OF_AGENTS.items()}
    return DataCollector(model_reporters=variables, agenttype_reporters=agents)


def _variable(name: str, model: LockInModel) -> NDArray[Any]:
    """A measured variable of the model, as an array."""
    result: NDArray[Any] = model.measured[name]
    return result


def _number(name: str, place: tuple[int, ...], model: LockInModel) -> float:
    """One number of a measured variable."""
    return float(model.measured[name][place])
