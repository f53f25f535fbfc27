"""The stages of a year, and who does them: numpy, or compiled code with the same signatures."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

from lockin_sim.draws import Draws
from lockin_sim.engine import (
    adopters,
    books,
    choice,
    lending,
    operators,
    politics,
    posted,
    projects,
    renewals,
    surroundings,
    totals,
    users,
)


class Stages(NamedTuple):
    """One function for each, and what draws shocks."""

    prices: Callable[..., Any]
    renewals: Callable[..., Any]
    planned: Callable[..., Any]
    lend: Callable[..., Any]
    look_around: Callable[..., Any]
    operators_choose: Callable[..., Any]
    users_move: Callable[..., Any]
    projects_choose: Callable[..., Any]
    adopters_adopt: Callable[..., Any]
    propose: Callable[..., Any]
    ballots: Callable[..., Any]
    settle: Callable[..., Any]
    restrictions: Callable[..., Any]
    trade: Callable[..., Any]
    books: Callable[..., Any]
    commit: Callable[..., Any]
    draws: type[Draws]


def stages(*, compiled: bool) -> Stages:
    """The stages of one kind; compiled ones come from the cache, or are compiled in their first year."""
    if not compiled:
        return Stages(
            prices=posted.prices,
            renewals=renewals.renewals,
            planned=renewals.planned,
            lend=lending.lend,
            look_around=surroundings.look_around,
            operators_choose=operators.operators_choose,
            users_move=users.users_move,
            projects_choose=projects.projects_choose,
            adopters_adopt=adopters.adopters_adopt,
            propose=politics.propose,
            ballots=politics.ballots,
            settle=politics.settle,
            restrictions=politics.restrictions,
            trade=totals.trade,
            books=books.books,
            commit=choice.commit,
            draws=Draws,
        )
    found: Stages = importlib.import_module("lockin_sim.engine.compiled.year").STAGES
    return found
