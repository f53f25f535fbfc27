"""Tables read and written as arrays are, so that a loop over cells is one text for arrays and for them.

``table[i, j]`` is a number if it names all axes, and the table at that place of the first axes otherwise.
The last axis lies together in memory: of what is handed to compiled code all does.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, make_attribute_wrapper, overload

from lockin_sim.engine.compiled.memory import STORED, WIDE, Table, number_at, width
from lockin_sim.engine.compiled.rows import BOOL

make_attribute_wrapper(Table, "shape", "shape")


def _kinds(index: types.Type) -> tuple[types.Type, ...] | None:
    """Types of the positions that an index names; None if one is not a whole number."""
    kinds = tuple(index) if isinstance(index, types.BaseTuple) else (index,)
    return kinds if all(isinstance(kind, types.Integer | types.IntegerLiteral) for kind in kinds) else None


def _where(context: Any, builder: Any, sig: Any, args: Any) -> tuple[Any, Any]:
    """The table of an index as what it is made of, and the address that the index names."""
    table, index = sig.args[:2]
    held = cgutils.create_struct_proxy(table)(context, builder, value=args[0])
    steps = cgutils.unpack_tuple(builder, held.strides)
    steps[-1] = ir.Constant(WIDE, width(table.dtype))
    positions = cgutils.unpack_tuple(builder, args[1]) if isinstance(index, types.BaseTuple) else [args[1]]
    found = held.start
    for kind, position, step in zip(_kinds(index) or (), positions, steps, strict=False):
        along = context.cast(builder, position, kind, types.intp)
        found = builder.add(found, builder.mul(along, step))
    return held, found


@infer_global(operator.getitem)
class _At(AbstractTemplate):
    """Types of what is read at an index."""

    def generic(self, args: Any, kws: Any) -> Any:
        """Types of an index that is read at."""
        kinds = _kinds(args[1]) if isinstance(args[0], Table) else None
        left = args[0].ndim - len(kinds) if kinds else -1
        if left < 0:
            return None
        return signature(Table(args[0].dtype, left) if left else args[0].dtype, *args)


@lower_builtin(operator.getitem, Table, types.Any)
def _at(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """A number is read, a table is looked at from there on."""
    held, where = _where(context, builder, sig, args)
    made = sig.return_type
    if isinstance(made, Table):
        part = cgutils.create_struct_proxy(made)(context, builder)
        part.start = where
        for name in ("shape", "strides"):
            axes = cgutils.unpack_tuple(builder, getattr(held, name))[-made.ndim :]
            setattr(part, name, cgutils.pack_array(builder, axes))
        return part._getvalue()
    return number_at(builder, made, where)


@infer_global(operator.setitem)
class _Put(AbstractTemplate):
    """Types of what is written to an index."""

    def generic(self, args: Any, kws: Any) -> Any:
        """Types of an index that is written to."""
        kinds = _kinds(args[1]) if isinstance(args[0], Table) else None
        if not kinds or len(kinds) != args[0].ndim:
            return None
        return signature(types.none, args[0], args[1], args[0].dtype)


@lower_builtin(operator.setitem, Table, types.Any, types.Any)
def _put(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """A number is written."""
    _, where = _where(context, builder, sig, args)
    stored, value = STORED[sig.args[0].dtype], args[2]
    if sig.args[0].dtype == BOOL:
        value = builder.zext(value, stored)
    builder.store(value, builder.inttoptr(where, stored.as_pointer()))
    return context.get_dummy_value()


@overload(len)
def _length(table):
    """Length of the first axis."""
    return (lambda table: table.shape[0]) if isinstance(table, Table) else None
