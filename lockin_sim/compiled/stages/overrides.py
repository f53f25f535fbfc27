"""Overrides of the functions of the package that say how numpy does something."""

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
    """As they are: a world with a term of its own is simulated by the other engines."""
    return offer


OVERRIDES[reduce.total] = functions.total
OVERRIDES[reduce.largest] = functions.largest
OVERRIDES[reduce.any_of] = functions.any_of
OVERRIDES[reduce.first_largest] = functions.first_largest


@overrides(reduce.nothing)
def _nothing(like):
    """Zeros for a row."""
    return functions.where(like > 0.0, 0.0, 0.0)


@overrides(reduce.alone)
def _alone(values):
    """As they are: a row of length 1 has a number in each lane."""
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
    """As it says, of a table."""
    return table[position]


@overrides(verbs.picked_where)
def _picked_where(flags, table, across, chosen, like, r, c):
    """As it says, of a table by run and country."""
    return load_store.picked(table, across, chosen, like, r, c) & flags


@overrides(reduce.only_if)
def _only_if(needed, values):
    """Values, or zeros."""
    return values * needed


@overrides(utility.log_rest)
def _log_rest(benefit):
    """Without logarithms where nobody has a benefit."""
    return functions.log1p(-benefit) if functions.anywhere(benefit != 0.0) else benefit * 0.0


@overrides(pricing.log_of_more)
def _log_of_more(part):
    """Without logarithms where nothing is added."""
    return functions.log1p(part) if functions.anywhere(part != 0.0) else part * 0.0


OVERRIDES[reduce.by_transposed] = by_transposed


@overrides(reduce.by_few)
def _by_few(rows, few):
    """A product with a matrix of few columns."""
    return narrow(rows, few)


@intrinsic
def _parted(typingctx, terms):
    """Terms in three parts: those of what was given, of what was posted, and the rest."""
    names = terms.instance_class._fields
    rest = [name for name in names if name not in (*offers._GIVEN, *offers._POSTED)]
    parts = [[names.index(name) for name in part] for part in (offers._GIVEN, offers._POSTED, rest)]
    kinds = [types.BaseTuple.from_types([terms.types[k] for k in part]) for part in parts]
    shape = types.BaseTuple.from_types(kinds)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """LLVM code generation for this operation."""
        values = cgutils.unpack_tuple(builder, args[0])
        tuples = [
            context.make_tuple(builder, kind, [values[k] for k in part])
            for kind, part in zip(kinds, parts, strict=True)
        ]
        return context.make_tuple(builder, shape, tuples)

    return shape(terms), codegen


@intrinsic
def _added(typingctx, terms):
    """Sum of some terms in their order."""
    shape = terms[0]
    for term in terms:
        shape = None if shape is None or kind_of(term) is None else met((shape, term), FLOAT)
    if shape is None:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """LLVM code generation for this operation."""
        values = zip(terms, cgutils.unpack_tuple(builder, args[0]), strict=True)
        if not isinstance(shape, Row):
            each = [[context.cast(builder, value, kind, FLOAT)] for kind, value in values]
        else:
            each = [places(context, builder, value, kind, FLOAT, shape.length) for kind, value in values]
        summed = [functools.reduce(builder.fadd, of_place) for of_place in zip(*each, strict=True)]
        return row_of(builder, shape, summed) if isinstance(shape, Row) else summed[0]

    return shape(terms), codegen


OVERRIDES[offers._group_terms], OVERRIDES[offers._add_terms] = _parted, _added
