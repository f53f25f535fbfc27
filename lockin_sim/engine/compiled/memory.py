"""Rows in and out of arrays, and named tuples of numbers.

A table is an array that compiled code only looks at: its owner is who called, so that nobody counts its users
at every look, which would take longer than most rules do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models, register_default
from numba.extending import intrinsic

from lockin_sim.engine.compiled.rows import BOOL, FLOAT, WORD, Row, splat

PLACE, WIDE = ir.IntType(32), ir.IntType(64)
STORED = {BOOL: ir.IntType(8), FLOAT: ir.DoubleType(), WORD: WIDE, types.int64: WIDE}


def plain(*tables: Any) -> tuple[Any, ...]:
    """Arrays as compiled code takes all of them, stored in order and writable: another kind of array would be
    compiled for anew."""
    return tuple(
        t if t.flags.c_contiguous and t.flags.writeable else np.array(t, order="C", ndmin=t.ndim)
        for t in tables
    )


class Table(types.Type):
    """An array of so many axes that is looked at."""

    def __init__(self, dtype: types.Type, ndim: int) -> None:
        self.dtype, self.ndim = dtype, ndim
        super().__init__(name=f"Table({dtype}, {ndim})")


@register_default(Table)
class TableModel(models.StructModel):
    """Where it begins, the lengths of its axes, and the steps along them in bytes."""

    def __init__(self, dmm: Any, fe_type: Table) -> None:
        axes = types.UniTuple(types.intp, fe_type.ndim)
        super().__init__(dmm, fe_type, [("start", types.intp), ("shape", axes), ("strides", axes)])


@intrinsic
def tables(typingctx, arrays):
    """A tuple of arrays as one of tables."""
    made = types.BaseTuple.from_types([Table(a.dtype, a.ndim) for a in arrays])

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        found = []
        values = cgutils.unpack_tuple(builder, args[0])
        for kind, of, value in zip(made, arrays, values, strict=True):
            array = context.make_array(of)(context, builder, value)
            table = cgutils.create_struct_proxy(kind)(context, builder)
            table.start = builder.ptrtoint(array.data, WIDE)
            table.shape, table.strides = array.shape, array.strides
            found.append(table._getvalue())
        return context.make_tuple(builder, made, found)

    return made(arrays), codegen


def address_of(context: Any, builder: Any, kind: Table, value: Any, index: list[Any]) -> Any:
    """Where a row of a table begins, by its steps along the other axes."""
    table = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    offset = table.start
    for position, step in zip(index, cgutils.unpack_tuple(builder, table.strides), strict=False):
        offset = builder.add(offset, builder.mul(position, step))
    return offset


def _positions(context: Any, builder: Any, kinds: Any, packed: Any) -> list[Any]:
    """An index as whole numbers."""
    values = cgutils.unpack_tuple(builder, packed)
    return [context.cast(builder, p, t, types.intp) for p, t in zip(values, kinds, strict=True)]


def _given(index: Any) -> Any:
    """Types of an index, however it came."""
    return index[0] if len(index) == 1 and isinstance(index[0], types.BaseTuple) else index


def load(builder: Any, row: Row, address: Any) -> Any:
    """Numbers beside each other in memory."""
    kind = ir.VectorType(STORED[row.kind], row.length)
    loaded = builder.load(builder.inttoptr(address, kind.as_pointer()))
    loaded.align = 1 if row.kind == BOOL else 8
    whole = _resized(builder, loaded, row.lanes)
    return builder.trunc(whole, row.llvm) if row.kind == BOOL else whole


def _resized(builder: Any, vector: Any, length: int) -> Any:
    """The first numbers of a vector, or all of them and some that are not read."""
    if vector.type.count == length:
        return vector
    places = [min(k, vector.type.count - 1) for k in range(length)]
    return builder.shuffle_vector(vector, vector, ir.Constant(ir.VectorType(PLACE, length), places))


@intrinsic
def part(typingctx, table, position):
    """The table at one position of the first axis of another."""
    made = Table(table.dtype, table.ndim - 1)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        whole = cgutils.create_struct_proxy(table)(context, builder, value=args[0])
        found = cgutils.create_struct_proxy(made)(context, builder)
        found.start = address_of(context, builder, table, args[0], [args[1]])
        for name in ("shape", "strides"):
            axes = cgutils.unpack_tuple(builder, getattr(whole, name))[1:]
            setattr(found, name, cgutils.pack_array(builder, axes))
        return found._getvalue()

    return made(table, types.intp), codegen


@intrinsic
def get(typingctx, table, *index):
    """One number of a table."""
    index = _given(index)
    if not isinstance(table, Table) or table.ndim != len(index):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        address = address_of(context, builder, table, args[0], _positions(context, builder, index, args[1]))
        value = builder.load(builder.inttoptr(address, STORED[table.dtype].as_pointer()))
        return builder.trunc(value, ir.IntType(1)) if table.dtype == BOOL else value

    return table.dtype(table, types.StarArgTuple.from_types(index)), codegen


@intrinsic
def length(typingctx, table, axis):
    """Length of one axis of a table; axis is a plain number."""
    if not isinstance(table, Table) or not isinstance(axis, types.IntegerLiteral):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        found = cgutils.create_struct_proxy(table)(context, builder, value=args[0])
        return cgutils.unpack_tuple(builder, found.shape)[axis.literal_value]

    return types.intp(table, axis), codegen


@intrinsic
def row(typingctx, table, like, *index):
    """The row of a table at an index of its other axes; like  a tuple as long as the row."""
    index = _given(index)
    if not isinstance(table, Table) or table.dtype not in STORED or table.ndim != len(index) + 1:
        return None
    made = Row(len(like), table.dtype)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        positions = _positions(context, builder, index, args[2])
        return load(builder, made, address_of(context, builder, table, args[0], positions))

    return made(table, like, types.StarArgTuple.from_types(index)), codegen


@intrinsic
def put(typingctx, table, value, *index):
    """Write a row to a table at an index of its other axes, or a number at one of all."""
    index = _given(index)
    single = not isinstance(value, Row)
    if not isinstance(table, Table) or table.ndim != len(index) + (not single):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        positions = _positions(context, builder, index, args[2])
        address = address_of(context, builder, table, args[0], positions)
        if single:
            stored = context.cast(builder, args[1], value, table.dtype)
            kept: Any = STORED[table.dtype]
        else:
            kept = ir.VectorType(STORED[value.kind], value.length)
            stored = _resized(builder, args[1], value.length)
        flag = table.dtype == BOOL
        written = builder.store(
            builder.zext(stored, kept) if flag else stored, builder.inttoptr(address, kept.as_pointer())
        )
        written.align = 1 if flag else 8
        return context.get_dummy_value()

    return types.none(table, value, types.StarArgTuple.from_types(index)), codegen


@intrinsic
def picked(typingctx, table, places, at, like, *index):
    """Numbers of a row of a table at some places of its last axis, as a row.

    places  (kind of row, column): those of one kind of row stand at ``at``
    """
    index = _given(index)
    if not isinstance(table, Table) or table.ndim != len(index) + 1 or not isinstance(places, Table):
        return None
    made = Row(len(like), table.dtype)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        start = address_of(context, builder, table, args[0], _positions(context, builder, index, args[4]))
        which = context.cast(builder, args[2], sig.args[2], types.intp)
        first = address_of(context, builder, places, args[1], [which])
        stored, found = STORED[table.dtype], ir.Constant(made.llvm, ir.Undefined)
        width = ir.Constant(WIDE, 1 if table.dtype == BOOL else 8)
        for k in range(made.length):
            from_here = builder.add(first, ir.Constant(WIDE, 8 * k))
            place = builder.load(builder.inttoptr(from_here, WIDE.as_pointer()))
            address = builder.add(start, builder.mul(place, width))
            value = builder.load(builder.inttoptr(address, stored.as_pointer()))
            value = builder.trunc(value, ir.IntType(1)) if made.kind == BOOL else value
            found = builder.insert_element(found, value, ir.Constant(PLACE, k))
        return found

    return made(table, places, at, like, types.StarArgTuple.from_types(index)), codegen


@intrinsic
def at(typingctx, value, position):
    """One number of a row."""
    if not isinstance(value, Row):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.extract_element(args[0], builder.trunc(args[1], PLACE))

    return value.kind(value, types.intp), codegen


@intrinsic
def only(typingctx, position, like):
    """A row that is true at one position alone, and nowhere at -1."""
    made = Row(len(like), BOOL)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        count = ir.Constant(ir.VectorType(WIDE, made.lanes), list(range(made.lanes)))
        return builder.icmp_signed("==", splat(builder, args[0], made.lanes), count)

    return made(types.int64, like), codegen


@intrinsic
def position(typingctx, flags):
    """Where a row is true first, 0 if nowhere."""
    if not isinstance(flags, Row) or flags.kind != BOOL:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        found = ir.Constant(WIDE, 0)
        for k in range(flags.length - 1, -1, -1):
            flag = builder.extract_element(args[0], ir.Constant(PLACE, k))
            found = builder.select(flag, ir.Constant(WIDE, k), found)
        return found

    return types.intp(flags), codegen


@intrinsic
def numbers_of(typingctx, pattern, table, index):
    """A named tuple of the numbers of one row of a table; table (row, field)."""
    made = types.BaseTuple.from_types([FLOAT] * len(pattern.instance_class._fields), pattern.instance_class)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        start = address_of(context, builder, table, args[1], [args[2]])
        loaded = []
        for k in range(len(made)):
            address = builder.add(start, ir.Constant(WIDE, 8 * k))
            loaded.append(builder.load(builder.inttoptr(address, STORED[FLOAT].as_pointer())))
        return context.make_tuple(builder, made, loaded)

    return made(pattern, table, types.intp), codegen
