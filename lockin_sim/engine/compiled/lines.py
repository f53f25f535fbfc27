"""One customer's numbers side by side: what is added up over customers, vendor by vendor.

Rows have a customer in each lane, which suits decisions.  Where nothing but sums is wanted, numbers lie ready
in memory in the order of vendors: a line takes them as they lie, ``LANES`` at a time, and is a row to all
that computes with it.  Lanes behind the last vendor hold zeros, and are not written.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from lockin_sim.engine.compiled.memory import PLACE, WIDE, Table
from lockin_sim.engine.compiled.rows import FLOAT, LANES, Row, each_lane, folded, places, row_of


def _counts(length: int) -> list[int]:
    """How many numbers each vector of a line has."""
    return [min(LANES, length - first) for first in range(0, length, LANES)]


def _pointers(context: Any, builder: Any, table: Table, value: Any, counts: list[int]) -> list[Any]:
    """Where each vector of a line lies."""
    start = cgutils.create_struct_proxy(table)(context, builder, value=value).start
    moved = (builder.add(start, ir.Constant(WIDE, 8 * LANES * k)) for k in range(len(counts)))
    kinds = (ir.VectorType(ir.DoubleType(), count).as_pointer() for count in counts)
    return [builder.inttoptr(place, kind) for place, kind in zip(moved, kinds, strict=True)]


def _taken(builder: Any, vector: Any, lanes: list[int]) -> Any:
    """Some lanes of a vector; one behind its last is zero."""
    zeros = ir.Constant(vector.type, [0.0] * vector.type.count)
    return builder.shuffle_vector(vector, zeros, ir.Constant(ir.VectorType(PLACE, len(lanes)), lanes))


@intrinsic
def line(typingctx, table, like):
    """A table of one axis as a line; like  a tuple as long."""
    if not isinstance(table, Table) or table.dtype != FLOAT or table.ndim != 1:
        return None
    counts = _counts(len(like))
    made = Row(len(counts), FLOAT)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        found = []
        for pointer, count in zip(_pointers(context, builder, table, args[0], counts), counts, strict=True):
            vector = builder.load(pointer, align=8)
            found.append(_taken(builder, vector, [min(lane, count) for lane in range(LANES)]))
        return row_of(builder, made, found)

    return made(table, like), codegen


@intrinsic
def keep(typingctx, table, value, like):
    """Write a line to a table of one axis; like  a tuple as long."""
    counts = _counts(len(like))
    if not isinstance(value, Row) or value.length != len(counts) or table != Table(FLOAT, 1):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        vectors = places(context, builder, args[1], value, FLOAT, len(counts))
        pointers = _pointers(context, builder, table, args[0], counts)
        for vector, pointer, count in zip(vectors, pointers, counts, strict=True):
            builder.store(_taken(builder, vector, list(range(count))), pointer, align=8)
        return context.get_dummy_value()

    return types.none(table, value, like), codegen


@intrinsic
def nothing(typingctx, like):
    """A line of zeros; like  a tuple as long."""
    made = Row(len(_counts(len(like))), FLOAT)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        return ir.Constant(made.llvm, None)

    return made(like), codegen


@intrinsic
def over(typingctx, value):
    """Sum over a line."""
    if not isinstance(value, Row) or value.kind != FLOAT:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        summed = folded(places(context, builder, args[0], value, FLOAT, value.length), builder.fadd)
        return folded(each_lane(builder, summed), builder.fadd)

    return FLOAT(value), codegen
