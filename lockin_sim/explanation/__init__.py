"""Why somebody chose whom: every offer of one decision, with its utility term by term."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lockin_sim.agents import LockInModel
from lockin_sim.conventions import STAGES
from lockin_sim.defaults import SEED
from lockin_sim.errors import unknown_name, unusable, whole_number
from lockin_sim.explanation.adopters import explain_adoption
from lockin_sim.explanation.lots import explain_lot
from lockin_sim.explanation.projects import explain_project
from lockin_sim.explanation.told import Explanation
from lockin_sim.explanation.users import explain_users
from lockin_sim.histories import PRIOR, Given, histories
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Named
from lockin_sim.world import World, world_of

__all__ = ["Explanation", "explain"]


def explain(
    scenario: Named = "baseline",
    *,
    country: str,
    domain: str,
    year: int,
    run: int = 0,
    seed: int = SEED,
    operator: str | None = None,
    history: Given = PRIOR,
    world: World | None = None,
    parameters: Parameters | Mapping[str, float] | None = None,
) -> Explanation:
    """Every offer of one decision of a country, term by term, and how it ended.

    scenario, world, parameters, seed, history  as in :func:`lockin_sim.simulate`
    country   label such as "KEN"
    domain    label such as "mobile_network"; who buys there decides what is explained
    year      year of the decision, after the first of the world
    run       number of the run
    operator  where operators buy, the name of one of them; None = all, and the largest lot that is up

    Operators: one lot, or where none is up the largest as if it were.  Users: the offers, shares before and
    after, and where those go who leave the largest vendor.  Projects: a cable that lands in the country, or
    where none does one of the usual length.  Adopters: each system or family of rules apart.
    Raises InputError for an unknown name or a year outside the world.
    """
    world = world_of(world)
    year = whole_number("explain year", year, least=world.first_year + 1, most=world.last_year)
    for name, value, known in (("country", country, world.countries), ("domain", domain, world.domains)):
        if value not in known:
            called = world.called if name == "country" else None
            raise unknown_name(f"explain {name}", found=value, known=known, called=called)
    seed = whole_number("explain seed", seed)
    model = LockInModel(
        scenario,
        world=world,
        parameters=parameters,
        seed=seed,
        run=run,
        years=(world.first_year, year),
        record=(),
        history=histories(history, world=world, runs=np.array([run])),
    )
    _check_operator(model, country, domain, operator)
    _walk_to_the_choice(model, year)
    d, buyer = world.domains.index(domain), model.country(country)
    match world.buyer[d]:
        case "operator":
            return explain_lot(buyer, d, operator)
        case "users":
            return explain_users(buyer, d)
        case "project":
            return explain_project(buyer, d)
    return explain_adoption(buyer, d)


def _check_operator(model: LockInModel, country: str, domain: str, operator: str | None) -> None:
    """Raises InputError for an operator that the country does not have there."""
    names = {each.label for each in model.operators(country, domain)}
    if operator is not None and not names:
        raise unusable("explain operator", found=operator, allowed=f"None: no operator buys in {domain}")
    if operator is not None and operator not in names:
        raise unknown_name("explain operator", found=operator, known=names)


def _walk_to_the_choice(model: LockInModel, year: int) -> None:
    """Simulate until everybody has decided in a year, but nobody has acted on it."""
    while model.year < year - 1:
        model.step()
    model.begin_year()
    for stage in STAGES[: STAGES.index("choice")]:
        getattr(model, stage)()
    model.decide()
