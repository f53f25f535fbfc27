"""What a model is given: seeds in all the ways of Mesa, its scenario objects, parameters of one run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from mesa.experimental.scenarios import Scenario as MesaScenario

from lockin_sim.errors import unknown_name, unusable, whole_number
from lockin_sim.parameters import Parameters

__all__ = ["MesaScenario", "NoScenario", "named", "plain", "seed_of", "unpacked", "unused"]

#: Seeds that are drawn stay below this, so that any file format keeps them as they are.
_SEEDS = 2**53


class NoScenario(MesaScenario):
    """Mesa's scenario of a model whose arguments say everything: empty, so that Mesa's visualisation hands
    them on as they are when it makes the model anew."""

    def __len__(self) -> int:
        """No parameter of its own."""
        return 0


def seed_of(seed: object, rng: Any) -> int:
    """The seed that either argument stands for; fresh, if both are None.

    seed  a whole number of at least 0
    rng   the same, or several, a SeedSequence, a Generator (of which one number is drawn) or a BitGenerator
    Raises InputError for anything else, or if both are given.
    """
    if seed is not None and rng is not None:
        raise unusable("rng", found=rng, allowed="None beside a seed: they say the same")
    if seed is not None:
        return whole_number("seed", seed)
    if isinstance(rng, int | np.integer):
        return whole_number("rng", rng)
    try:
        return int(np.random.default_rng(rng).integers(_SEEDS))
    except (TypeError, ValueError) as error:
        allowed = "what numpy.random.default_rng takes: a seed, a SeedSequence or a Generator"
        raise unusable("rng", found=rng, allowed=allowed) from error


def unpacked(given: MesaScenario) -> tuple[str, Any, dict[str, Any]]:
    """What a scenario object of Mesa holds: the name of a policy scenario under ``policy``, the baseline
    without one; its rng; and parameters by name.

    Mesa 3 keeps the rng as it was given.  Mesa 4 keeps a generator and the state in which it began, which
    stands for the same seed however often it is asked, and in a pickled copy too.
    """
    held = dict(given)
    rng = held.pop("rng", None)
    began = getattr(given, "initial_rng_state", None)
    if began is not None:
        rng = np.random.Generator(getattr(np.random, began["bit_generator"])())
        rng.bit_generator.state = began
    return held.pop("policy", "baseline"), rng, held


def unused(given: MesaScenario) -> MesaScenario:
    """The scenario object, or the same anew where a model has it: in Mesa 3 it belongs to one alone."""
    if getattr(given, "model", None) is None:
        return given
    return type(given)(**dict(given), _scenario_id=given._scenario_id)


def plain(values: Parameters) -> Parameters:
    """The parameters, if they are plain numbers.  Raises InputError if any is an array."""
    if values.runs is not None:
        raise unusable("parameters", found="an array", allowed="plain numbers: the Mesa engine is one run")
    return values


def named[A](
    kind: type[A], word: str, label: str, agents: Iterable[Any], called: Mapping[str, str] | None = None
) -> A:
    """The agent of a label, among those of a kind.  Raises InputError for any other label."""
    known: dict[str, A] = {agent.label: agent for agent in agents}
    if label not in known:
        raise unknown_name(word, found=label, known=known, called=called)
    return known[label]
