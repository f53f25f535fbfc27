"""Which customers are in the lanes, and positions within their rows."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from lockin_sim.engine.compiled.memory import WIDE
from lockin_sim.engine.compiled.rows import BOOL, INT, LANES, Row, places, row_of, splat, vector_of


@intrinsic
def lanes(typingctx, first, number):
    """Positions of the next customers, one for each lane; the last of so many where none follows."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        one, last = splat(builder, args[0]), splat(builder, builder.sub(args[1], ir.Constant(WIDE, 1)))
        following = builder.add(one, ir.Constant(vector_of(INT), list(range(LANES))))
        within = builder.icmp_signed("<", following, last)
        return row_of(builder, sig.return_type, [builder.select(within, following, last)])

    return Row(1, INT)(types.int64, types.int64), codegen


@intrinsic
def only(typingctx, position, like):
    """A row that is true at one position alone, and nowhere at -1; position  a row of length 1."""
    made = Row(len(like), BOOL)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        (mine,) = places(context, builder, args[0], position, INT, 1)
        here = (splat(builder, ir.Constant(WIDE, k)) for k in range(made.length))
        return row_of(builder, made, [builder.icmp_signed("==", mine, k) for k in here])

    return made(position, like), codegen


@intrinsic
def at(typingctx, value, position):
    """The number of a row at one position, which may differ by lane."""
    if not isinstance(value, Row):
        return None
    made = Row(1, value.kind)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        (mine,) = places(context, builder, args[1], position, INT, 1)
        found, *others = places(context, builder, args[0], value, value.kind, value.length)
        for k, other in enumerate(others, start=1):
            here = builder.icmp_signed("==", mine, splat(builder, ir.Constant(WIDE, k)))
            found = builder.select(here, other, found)
        return row_of(builder, made, [found])

    return made(value, position), codegen


@intrinsic
def position(typingctx, flags):
    """Where a row is true first, 0 if nowhere."""
    if not isinstance(flags, Row) or flags.kind != BOOL:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        found = ir.Constant(vector_of(INT), None)
        each = places(context, builder, args[0], flags, BOOL, flags.length)
        for k in range(flags.length - 1, -1, -1):
            found = builder.select(each[k], splat(builder, ir.Constant(WIDE, k)), found)
        return row_of(builder, sig.return_type, [found])

    return Row(1, INT)(flags), codegen
