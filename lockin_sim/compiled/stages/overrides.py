"""Override functions of the package that are specific to numpy arrays."""

from __future__ import annotations

import functools
from typing import Any

from numba.core import cgutils, types
from numba.extending import intrinsic

from lockin_sim.common.draws import gumbel, uniform
from lockin_sim.compiled.lanes import functions, load_store, rows, views
from lockin_sim.compiled.lanes.load_store import by_transposed, narrow
from lockin_sim.compiled.lanes.recompile import OVERRIDES, overrides
from lockin_sim.compiled.lanes.rows import FLOAT, Row, kind_of, met, places, row_of
from lockin_sim.compiled.stages import draws
from lockin_sim.model import stages, verbs
from lockin_sim.model.decisions import offers
from lockin_sim.rules import pricing, reduce, utility


@overrides(stages.with_term)
def _with_term(term, offer, weights):
    """Return the offer unchanged: worlds with an own term are simulated by the other engines."""
    return offer


OVERRIDES[reduce.total] = functions.total
OVERRIDES[reduce.largest] = functions.largest
OVERRIDES[reduce.any_of] = functions.any_of
OVERRIDES[reduce.first_largest] = functions.first_largest


@overrides(reduce.nothing)
def _nothing(like):
    """Return zeros for a row."""
    return functions.where(like > 0.0, 0.0, 0.0)


@overrides(reduce.alone)
def _alone(values):
    """Return values unchanged: a row of length 1 already has a number in each lane."""
    return values


for _verb, _compiled in {
    verbs.row: load_store.row,
    verbs.picked: load_store.picked,
    verbs.get: views.get,
    verbs.shared: views.shared,
    verbs.only: rows.only,
    reduce.at: rows.at,
    reduce.position: rows.position,
    uniform: draws.uniform,
    gumbel: draws.gumbel,
}.items():
    OVERRIDES[_verb] = _compiled


@overrides(verbs.part)
def _part(table, position):
    """Index a table by its first axis."""
    return table[position]


@overrides(verbs.picked_where)
def _picked_where(flags, table, across, chosen, like, r, c):
    """Gather flags of a table by run and country, and combine them with ``flags``."""
    return load_store.picked(table, across, chosen, like, r, c) & flags


@overrides(reduce.only_if)
def _only_if(needed, values):
    """Return values, or zeros where they are not needed."""
    return values * needed


@overrides(utility.log_rest)
def _log_rest(benefit):
    """Compute log(1 - benefit), without logarithms where every benefit is zero."""
    return functions.log1p(-benefit) if functions.anywhere(benefit != 0.0) else benefit * 0.0


@overrides(pricing.log_of_more)
def _log_of_more(part):
    """Compute log(1 + part), without logarithms where every part is zero."""
    return functions.log1p(part) if functions.anywhere(part != 0.0) else part * 0.0


OVERRIDES[reduce.by_transposed] = by_transposed


@overrides(reduce.by_few)
def _by_few(rows, few):
    """Multiply rows by a matrix of few columns."""
    return narrow(rows, few)


@intrinsic
def _parted(typingctx, terms):
    """Split terms into those given, those posted, and the rest."""
    names = terms.instance_class._fields
    rest = [name for name in names if name not in (*offers._GIVEN, *offers._POSTED)]
    parts = [[names.index(name) for name in part] for part in (offers._GIVEN, offers._POSTED, rest)]
    kinds = [types.BaseTuple.from_types([terms.types[k] for k in part]) for part in parts]
    shape = types.BaseTuple.from_types(kinds)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        values = cgutils.unpack_tuple(builder, args[0])
        tuples = [
            context.make_tuple(builder, kind, [values[k] for k in part])
            for kind, part in zip(kinds, parts, strict=True)
        ]
        return context.make_tuple(builder, shape, tuples)

    return shape(terms), codegen


@intrinsic
def _added(typingctx, terms):
    """Sum terms in their order."""
    shape = terms[0]
    for term in terms:
        shape = None if shape is None or kind_of(term) is None else met((shape, term), FLOAT)
    if shape is None:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        values = zip(terms, cgutils.unpack_tuple(builder, args[0]), strict=True)
        if not isinstance(shape, Row):
            each = [[context.cast(builder, value, kind, FLOAT)] for kind, value in values]
        else:
            each = [places(context, builder, value, kind, FLOAT, shape.length) for kind, value in values]
        summed = [functools.reduce(builder.fadd, of_place) for of_place in zip(*each, strict=True)]
        return row_of(builder, shape, summed) if isinstance(shape, Row) else summed[0]

    return shape(terms), codegen


OVERRIDES[offers._group_terms], OVERRIDES[offers._add_terms] = _parted, _added
