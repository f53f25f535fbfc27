"""Collect the arrays that compiled code reads from a batch, its world, state and flows, and a year.

Names, shapes and meanings are those in ``Batch``, ``World``, ``State``, ``Flows`` and ``Conditions``.
"""

from __future__ import annotations

from collections import namedtuple
from functools import lru_cache
from operator import attrgetter
from typing import Any

from lockin_sim.compiled.lanes.views import plain
from lockin_sim.engine.batch import Batch, Year, cache_by_year
from lockin_sim.model.state import Flows, State
from lockin_sim.world import World

_OF_BATCH = ("parameter_table", "generation_start", "follows_base", "stock_groups", "flow_groups")

_OF_WORLD = (
    *("backbone", "ballot_keys", "building_pace", "by_generation", "contract_years", "democracy"),
    *("expansion_share", "financeable", "first_sale", "generation_carry_over", "home", "initial_compliance"),
    *("lender_keys", "lifetime", "lot_keys", "owned_slots", "proposal_keys", "relative_switching"),
    *("restriction_keys", "rival_votes", "sensitive", "slot_sponsor", "traded", "usual_base"),
    *("swap_years", "lots.country", "lots.domain", "lots.weight"),
    *("lenders.appeal", "lenders.by_grant_element", "lenders.sponsor"),
)

_OF_YEAR = (
    *("envelope", "grace", "market_size", "phase_out_years", "pressure", "recorded_loans"),
    *("restriction_order", "tenor", "tied"),
)

_OF_STATE = (
    *("installed", "incumbent", "generation", "adoption", "landings", "deployed", "compliance", "status"),
    *("outgoing", "swap_year", "debt", "instalment", "instalment_change", "since", "take_up", "overspent"),
    *("order_book", "sold"),
)

_OF_FLOWS = (
    *("contracts", "switching_pull", "paid", "country_renewed", "capacity", "expansion", "sales", "lent"),
)

BatchTables: Any = namedtuple("BatchTables", _OF_BATCH)  # type: ignore[misc]
#: Of ``lots.weight`` the field is ``lots_weight``, and so on.
WorldTables: Any = namedtuple("WorldTables", [name.replace(".", "_") for name in _OF_WORLD])  # type: ignore[misc]
YearTables: Any = namedtuple("YearTables", _OF_YEAR)  # type: ignore[misc]
StateTables: Any = namedtuple("StateTables", _OF_STATE)  # type: ignore[misc]
FlowTables: Any = namedtuple("FlowTables", _OF_FLOWS)  # type: ignore[misc]


def of_batch(batch: Batch) -> Any:
    """Collect the arrays that stay constant for a batch of runs."""
    return BatchTables(*attrgetter(*_OF_BATCH)(batch))


@lru_cache(maxsize=8)  # as many worlds are kept
def of_world(world: World) -> Any:
    """Collect the arrays that no year changes."""
    return WorldTables(*plain(*attrgetter(*_OF_WORLD)(world)))


@cache_by_year
def of_conditions(year: Year) -> Any:
    """Collect the conditions of a year."""
    return YearTables(*plain(*attrgetter(*_OF_YEAR)(year.now)))


def of_state(state: State) -> Any:
    """Collect the arrays of the state, which compiled code writes to."""
    return StateTables(*attrgetter(*_OF_STATE)(state))


def of_flows(flows: Flows) -> Any:
    """Collect the arrays of the year's flows, which compiled code writes to."""
    return FlowTables(*attrgetter(*_OF_FLOWS)(flows))
