"""Define tables: arrays that compiled code reads and writes without owning them.

The caller owns the array, so that compiled code does not count references at every access, which would take
longer than most functions do.  ``table[i, j]`` is a number if it names all axes, and otherwise the sub-table
at that place of the first axes, so that a loop over cells has the same text for arrays and tables.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models, register_default
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, make_attribute_wrapper, overload

from lockin_sim.compiled.lanes.rows import (
    BOOL,
    FLOAT,
    INT,
    LANES,
    PLACE,
    WIDE,
    WORD,
    Row,
    each_lane,
    places,
    row_of,
    splat,
    vector_of,
)

STORED = {BOOL: ir.IntType(8), FLOAT: ir.DoubleType(), WORD: WIDE, INT: WIDE}


def plain(*tables: Any) -> tuple[Any, ...]:
    """Convert arrays to the one layout that compiled code accepts: C order and writable.

    Another layout would be compiled for again.  Arrays of a world are neither written to nor copied.
    """
    return tuple([t if t.flags.carray else _writable(t) for t in tables])


#: Bytes up to which a copy takes less time than another look at the same memory.
_SMALL = 32_768


def _writable(array: Any) -> Any:
    """Return the same memory as a writable array; a copy if the array is small or not in C order."""
    if array.nbytes <= _SMALL or not array.flags.c_contiguous:
        return np.array(array, order="C", ndmin=array.ndim)
    return np.asarray(_Lent(array))


class _Lent:
    """Memory of a read-only array, kept alive while another array refers to it."""

    def __init__(self, array: Any) -> None:
        """Expose the array's memory as writable."""
        self.array = array
        interface = array.__array_interface__
        self.__array_interface__ = interface | {"data": (interface["data"][0], False)}


class TableType(types.Type):
    """Type of a table: an array in C order, by its kind and number of axes."""

    def __init__(self, dtype: types.Type, ndim: int) -> None:
        self.dtype, self.ndim = dtype, ndim
        super().__init__(name=f"Table({dtype}, {ndim})")


@register_default(TableType)
class TableModel(models.StructModel):
    """Data model of a table: start address, shape, and strides in bytes."""

    def __init__(self, dmm: Any, fe_type: TableType) -> None:
        axes = types.UniTuple(types.intp, fe_type.ndim)
        super().__init__(dmm, fe_type, [("start", types.intp), ("shape", axes), ("strides", axes)])


@intrinsic
def tables(typingctx, arrays):
    """Convert a tuple of arrays to a tuple of tables.

    Compiled code frees an array of its own once no variable refers to it, whatever table does: arrays behind
    tables must be made by the caller.
    """
    if any(array.layout != "C" for array in arrays):
        return None
    pattern = getattr(arrays, "instance_class", None)  # a named tuple stays one
    shape = types.BaseTuple.from_types([TableType(a.dtype, a.ndim) for a in arrays], pattern)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        values_of = []
        values = cgutils.unpack_tuple(builder, args[0])
        for kind, of, value in zip(shape, arrays, values, strict=True):
            array = context.make_array(of)(context, builder, value)
            table = cgutils.create_struct_proxy(kind)(context, builder)
            table.start = builder.ptrtoint(array.data, WIDE)
            table.shape, table.strides = array.shape, array.strides
            values_of.append(table._getvalue())
        return context.make_tuple(builder, shape, values_of)

    return shape(arrays), codegen


def addresses(
    context: Any,
    builder: Any,
    table: TableType,
    value: Any,
    kinds: Any,
    positions: list[Any],
    last: int | None = None,
) -> list[Any]:
    """Compute where a row of a table begins for each lane; one address if no position is a row.

    last  length of the last axis if known: strides known to the compiler are shared by tables
    """
    proxy = cgutils.create_struct_proxy(table)(context, builder, value=value)
    start, apart = proxy.start, None
    steps = cgutils.unpack_tuple(builder, proxy.strides)
    steps[-1] = ir.Constant(WIDE, width(table.dtype))
    if last is not None and len(steps) > 1:
        steps[-2] = ir.Constant(WIDE, width(table.dtype) * last)
    for kind, position, step in zip(kinds, positions, steps, strict=False):
        if isinstance(kind, Row):
            (vector,) = places(context, builder, position, kind, INT, 1)
            moved = builder.mul(vector, splat(builder, step))
            apart = moved if apart is None else builder.add(apart, moved)
        else:
            at = context.cast(builder, position, kind, types.intp)
            start = builder.add(start, builder.mul(at, step))
    if apart is None:
        return [start]
    return [builder.add(start, one) for one in each_lane(builder, apart)]


def width(kind: types.Type) -> int:
    """Return the bytes per number of a kind in a table."""
    return 1 if kind == BOOL else 8


def load(builder: Any, kind: types.Type, where: list[Any], offset: Any = 0) -> Any:
    """Load one number for each lane from its address, or from one for all, plus an offset in bytes."""
    stored, single = STORED[kind], len(where) == 1
    vector = ir.Constant(ir.VectorType(stored, LANES), ir.Undefined)
    for lane, address in enumerate(where):
        moved = builder.add(address, ir.Constant(WIDE, offset) if isinstance(offset, int) else offset)
        value = builder.load(builder.inttoptr(moved, stored.as_pointer()))
        if single:
            vector = splat(builder, value)
        else:
            vector = builder.insert_element(vector, value, ir.Constant(PLACE, lane))
    return builder.trunc(vector, vector_of(kind)) if kind == BOOL else vector


def number_at(builder: Any, kind: types.Type, address: Any) -> Any:
    """Load the number at an address."""
    value = builder.load(builder.inttoptr(address, STORED[kind].as_pointer()))
    return builder.trunc(value, ir.IntType(1)) if kind == BOOL else value


def given(index: Any) -> Any:
    """Normalise an index passed as one tuple or as several arguments."""
    return index[0] if len(index) == 1 and isinstance(index[0], types.BaseTuple) else index


@intrinsic
def get(typingctx, table, *index):
    """Load one number of a table, or one for each lane if a position is a row."""
    index = given(index)
    if not isinstance(table, TableType) or table.ndim != len(index):
        return None
    by_lane = any(isinstance(kind, Row) for kind in index)
    shape = Row(1, table.dtype) if by_lane else table.dtype

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        positions = cgutils.unpack_tuple(builder, args[1])
        where = addresses(context, builder, table, args[0], index, positions)
        if by_lane:
            return row_of(builder, shape, [load(builder, table.dtype, where)])
        return number_at(builder, table.dtype, where[0])

    return shape(table, types.StarArgTuple.from_types(index)), codegen


@intrinsic
def numbers_of(typingctx, pattern, table, index):
    """Load a named tuple from one row of a table (row, field), or from a row for each lane."""
    kind = Row(1, FLOAT) if isinstance(index, Row) else FLOAT
    shape = types.BaseTuple.from_types([kind] * len(pattern.instance_class._fields), pattern.instance_class)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        where = addresses(context, builder, table, args[1], [index], [args[2]], len(shape))
        numbers = []
        for k in range(len(shape)):
            if isinstance(kind, Row):
                numbers.append(row_of(builder, kind, [load(builder, FLOAT, where, 8 * k)]))
            else:
                numbers.append(number_at(builder, FLOAT, builder.add(where[0], ir.Constant(WIDE, 8 * k))))
        return context.make_tuple(builder, shape, numbers)

    return shape(pattern, table, index), codegen


@intrinsic
def shared(typingctx, table, axis, position):
    """Return the position along a literal axis; 0 if that axis has length 1 and serves all."""
    if not isinstance(table, TableType) or not isinstance(axis, types.IntegerLiteral):
        return None
    shape = Row(1, INT) if isinstance(position, Row) else types.intp

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        proxy = cgutils.create_struct_proxy(table)(context, builder, value=args[0])
        length = cgutils.unpack_tuple(builder, proxy.shape)[axis.literal_value]
        several = builder.icmp_signed(">", length, ir.Constant(WIDE, 1))
        if shape == types.intp:
            at = context.cast(builder, args[2], position, types.intp)
            return builder.select(several, at, ir.Constant(WIDE, 0))
        (at,) = places(context, builder, args[2], position, INT, 1)
        return row_of(builder, shape, [builder.select(several, at, ir.Constant(at.type, None))])

    return shape(table, axis, position), codegen


make_attribute_wrapper(TableType, "shape", "shape")


def _kinds(index: types.Type) -> tuple[types.Type, ...] | None:
    """Return the types of an index's positions; None if one is not an integer."""
    kinds = tuple(index) if isinstance(index, types.BaseTuple) else (index,)
    return kinds if all(isinstance(kind, types.Integer | types.IntegerLiteral) for kind in kinds) else None


def _where(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Compute the address of an index."""
    table, index = sig.args[:2]
    positions = cgutils.unpack_tuple(builder, args[1]) if isinstance(index, types.BaseTuple) else [args[1]]
    (address,) = addresses(context, builder, table, args[0], _kinds(index), positions)
    return address


@infer_global(operator.getitem)
class _At(AbstractTemplate):
    """Type inference for ``table[index]``."""

    def generic(self, args: Any, kws: Any) -> Any:
        """Infer the types of ``table[index]``."""
        kinds = _kinds(args[1]) if isinstance(args[0], TableType) else None
        left = args[0].ndim - len(kinds) if kinds else -1
        if left < 0:
            return None
        return signature(TableType(args[0].dtype, left) if left else args[0].dtype, *args)


@lower_builtin(operator.getitem, TableType, types.Any)
def _at(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Load a number, or return a sub-table."""
    where, shape = _where(context, builder, sig, args), sig.return_type
    if isinstance(shape, TableType):
        proxy = cgutils.create_struct_proxy(sig.args[0])(context, builder, value=args[0])
        part = cgutils.create_struct_proxy(shape)(context, builder)
        part.start = where
        for name in ("shape", "strides"):
            axes = cgutils.unpack_tuple(builder, getattr(proxy, name))[-shape.ndim :]
            setattr(part, name, cgutils.pack_array(builder, axes))
        return part._getvalue()
    return number_at(builder, shape, where)


@infer_global(operator.setitem)
class _Put(AbstractTemplate):
    """Type inference for ``table[index] = value``."""

    def generic(self, args: Any, kws: Any) -> Any:
        """Infer the types of ``table[index] = value``."""
        kinds = _kinds(args[1]) if isinstance(args[0], TableType) else None
        if not kinds or len(kinds) != args[0].ndim:
            return None
        return signature(types.none, args[0], args[1], args[0].dtype)


@lower_builtin(operator.setitem, TableType, types.Any, types.Any)
def _put(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Store a number."""
    where = _where(context, builder, sig, args)
    stored, value = STORED[sig.args[0].dtype], args[2]
    if sig.args[0].dtype == BOOL:
        value = builder.zext(value, stored)
    builder.store(value, builder.inttoptr(where, stored.as_pointer()))
    return context.get_dummy_value()


@overload(len)
def _length(table):
    """Return the length of the first axis."""
    return (lambda table: table.shape[0]) if isinstance(table, TableType) else None
