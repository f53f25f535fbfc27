"""Define rows: the numbers of several customers as one value of compiled code.

A function is written for arrays whose last axis it reduces over.  In compiled code that axis is short and of
known length, and the customers to its left are processed ``LANES`` at a time: each place of a row is a vector
of the processor, with one customer per lane.  Every operation works on all these customers, and sums and
maxima are taken place by place in an order that depends on the length alone.  A reduction, (..., 1), returns
a row of length 1.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models, register_default
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin

#: Customers that are worked on at once: as many float64 as fill the widest vectors of present processors.
LANES = 8

PLACE, WIDE = ir.IntType(32), ir.IntType(64)
BOOL, FLOAT, WORD, INT = types.boolean, types.float64, types.uint64, types.int64
_LLVM = {BOOL: ir.IntType(1), FLOAT: ir.DoubleType(), WORD: ir.IntType(64), INT: ir.IntType(64)}


class Row(types.Type):
    """Type of a row: a fixed number of float64, uint64, int64 or boolean values for each lane."""

    def __init__(self, length: int, kind: types.Type) -> None:
        self.length, self.kind = length, kind
        super().__init__(name=f"Row({length}, {kind})")

    @property
    def key(self) -> tuple[int, types.Type]:
        """Length and kind, which identify the type."""
        return self.length, self.kind

    @property
    def llvm(self) -> ir.Type:
        """LLVM type: an array with a vector for each place."""
        return ir.ArrayType(vector_of(self.kind), self.length)


@register_default(Row)
class RowModel(models.PrimitiveModel):
    """Data model of a row: its vectors."""

    def __init__(self, dmm: Any, fe_type: Row) -> None:
        super().__init__(dmm, fe_type, fe_type.llvm)


def vector_of(kind: types.Type) -> ir.Type:
    """Return the vector type that holds one number for each lane."""
    return ir.VectorType(_LLVM[kind], LANES)


def kind_of(numba_type: types.Type) -> types.Type | None:
    """Return the kind of number in a row or scalar type; None for any other type."""
    if isinstance(numba_type, Row):
        return numba_type.kind
    if isinstance(numba_type, types.Boolean | types.BooleanLiteral):
        return BOOL
    if numba_type == WORD:
        return WORD
    if isinstance(numba_type, types.Integer | types.IntegerLiteral):
        return INT
    return FLOAT if isinstance(numba_type, types.Number) else None


def met(args: tuple[types.Type, ...], kind: types.Type) -> types.Type | None:
    """Return the type of rows and numbers broadcast together; None if they do not broadcast."""
    lengths = {a.length for a in args if isinstance(a, Row)}
    if len(lengths - {1}) > 1 or any(kind_of(a) is None for a in args):
        return None
    return Row(min(lengths - {1}, default=1), kind) if lengths else kind  # 1 and 0 are 0, as of arrays


def places(
    context: Any, builder: Any, value: Any, numba_type: types.Type, kind: types.Type, length: int
) -> Any:
    """Convert a row to a list of vectors of one kind; a number, or a row of length 1, is repeated."""
    if not isinstance(numba_type, Row):
        return [splat(builder, context.cast(builder, value, numba_type, kind))] * length
    each = [
        _converted(builder, builder.extract_value(value, k), numba_type, kind)
        for k in range(numba_type.length)
    ]
    return each * length if numba_type.length == 1 else each


def _converted(builder: Any, vector: Any, row: Row, kind: types.Type) -> Any:
    """Convert a vector to another kind."""
    if row.kind == kind:
        return vector
    if row.kind == BOOL:
        return (builder.uitofp if kind == FLOAT else builder.zext)(vector, vector_of(kind))
    if row.kind == INT and kind == FLOAT:
        return builder.sitofp(vector, vector_of(kind))
    raise TypeError(f"a row of {row.kind} cannot be read as one of {kind}")


def row_of(builder: Any, row: Row, vectors: list[Any]) -> Any:
    """Build a row from the vectors of its places."""
    value = ir.Constant(row.llvm, ir.Undefined)
    for k, vector in enumerate(vectors):
        value = builder.insert_value(value, vector, k)
    return value


def mapped(
    context: Any, builder: Any, sig: Any, args: Any, kind: types.Type, step: Callable[..., Any]
) -> Any:
    """Apply an operation at every place of rows of one kind, or once to plain numbers."""
    out = sig.return_type
    if not isinstance(out, Row):
        return step(*(context.cast(builder, a, t, kind) for a, t in zip(args, sig.args, strict=True)))
    each = [places(context, builder, a, t, kind, out.length) for a, t in zip(args, sig.args, strict=True)]
    return row_of(builder, out, [step(*values) for values in zip(*each, strict=True)])


def splat(builder: Any, value: Any) -> Any:
    """Copy one number to every lane."""
    index, kind = ir.IntType(32), ir.VectorType(value.type, LANES)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(index, 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(index, LANES), [0] * LANES))


def each_lane(builder: Any, vector: Any) -> list[Any]:
    """Extract the number of each lane from a vector."""
    return [builder.extract_element(vector, ir.Constant(ir.IntType(32), lane)) for lane in range(LANES)]


# --- operators ---


def _compare(builder: Any, sign: str, kind: types.Type) -> Callable[..., Any]:
    """Return the comparison of numbers of one kind; NaN is unequal to everything."""
    if kind == FLOAT:
        compare = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
    else:
        compare = builder.icmp_unsigned if kind == WORD else builder.icmp_signed
    return lambda a, b: compare(sign, a, b)


#: What each operator is for floats, and for whole numbers.
_ARITHMETIC = {
    operator.add: ("fadd", "add"),
    operator.sub: ("fsub", "sub"),
    operator.mul: ("fmul", "mul"),
    operator.truediv: ("fdiv", None),
}
_BITS = {operator.and_: "and_", operator.or_: "or_", operator.xor: "xor"}
_SHIFTS = {operator.lshift: "shl", operator.rshift: "lshr"}
_COMPARED = {
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
}


def row_operator(symbol: Any, result: Callable[[list[types.Type]], types.Type | None], lower: Any) -> None:
    """Implement an operator for calls in which an operand is a row."""

    class Typed(AbstractTemplate):
        """Type inference of the operator."""

        def generic(self, args: Any, kws: Any) -> Any:
            """Infer the types of a call; return None if the operands do not fit."""
            if not any(isinstance(a, Row) for a in args):
                return None
            kinds = [kind_of(a) for a in args]
            kind = None if None in kinds else result(kinds)
            out = None if kind is None else met(args, kind)
            return None if out is None else signature(out, *args)

    infer_global(symbol)(Typed)
    for one, other in ((Row, Row), (Row, types.Any), (types.Any, Row)):
        lower_builtin(symbol, one, other)(lower)


def _widest(kinds: list[types.Type]) -> types.Type:
    """Return the result kind of arithmetic: integers stay integers, everything else is float."""
    return kinds[0] if len(set(kinds)) == 1 and kinds[0] in (WORD, INT) else FLOAT


def _bits_of(kinds: list[types.Type]) -> types.Type | None:
    """Return the result kind of bitwise operations; None for floats and mixed kinds."""
    return kinds[0] if len(set(kinds)) == 1 and kinds[0] != FLOAT else None


def _register_operators() -> None:
    """Implement all operators for rows."""
    for symbol, names in _ARITHMETIC.items():

        def arithmetic(context: Any, builder: Any, sig: Any, args: Any, names: Any = names) -> Any:
            """Apply an arithmetic operation at every place."""
            kind = sig.return_type.kind
            return mapped(context, builder, sig, args, kind, getattr(builder, names[kind != FLOAT]))

        row_operator(symbol, _widest, arithmetic)
        in_place = getattr(operator, f"i{symbol.__name__}")  # a row is a value: it is assigned again
        row_operator(in_place, _widest, arithmetic)
    for symbol, name in (_BITS | _SHIFTS).items():

        def bits(context: Any, builder: Any, sig: Any, args: Any, name: str = name) -> Any:
            """Apply a bitwise operation at every place."""
            return mapped(context, builder, sig, args, sig.return_type.kind, getattr(builder, name))

        row_operator(symbol, _bits_of, bits)
    for symbol, sign in _COMPARED.items():

        def compared(context: Any, builder: Any, sig: Any, args: Any, sign: str = sign) -> Any:
            """Apply a comparison at every place."""
            kind = _widest([kind_of(a) for a in sig.args])
            return mapped(context, builder, sig, args, kind, _compare(builder, sign, kind))

        row_operator(symbol, lambda kinds: BOOL, compared)


_register_operators()


@infer_global(operator.neg)
@infer_global(operator.invert)
class _Unary(AbstractTemplate):
    """Type inference for ``-row`` and ``~row``."""

    def generic(self, args: Any, kws: Any) -> Any:
        """Infer the types of a call; return None if the operand does not fit."""
        fits = isinstance(args[0], Row) and args[0].kind == (FLOAT if self.key is operator.neg else BOOL)
        return signature(args[0], *args) if fits else None


@lower_builtin(operator.neg, Row)
def _negative(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Negate a row of floats."""
    return mapped(context, builder, sig, args, FLOAT, builder.fneg)


@lower_builtin(operator.invert, Row)
def _not(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Invert a boolean row."""
    return mapped(context, builder, sig, args, BOOL, builder.not_)


# --- reductions ---


def folded(values: list[Any], join: Callable[[Any, Any], Any]) -> Any:
    """Reduce a list by joining neighbours until one value remains."""
    while len(values) > 1:
        last = [values.pop()] if len(values) % 2 else []
        values = [join(a, b) for a, b in zip(values[::2], values[1::2], strict=True)] + last
    return values[0]


def lanes_set(builder: Any, flags: Any) -> Any:
    """Pack the booleans of all lanes into the bits of an integer."""
    return builder.bitcast(flags, ir.IntType(LANES))


def greater(builder: Any, a: Any, b: Any) -> Any:
    """Return the larger of two floats, or NaN if either is NaN."""
    return builder.select(
        builder.or_(builder.fcmp_ordered(">", a, b), builder.fcmp_unordered("uno", a, a)), a, b
    )


@intrinsic
def lanes(typingctx, first, number):
    """Return the positions of the next customers, one per lane; surplus lanes repeat the last customer."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        one, last = splat(builder, args[0]), splat(builder, builder.sub(args[1], ir.Constant(WIDE, 1)))
        following = builder.add(one, ir.Constant(vector_of(INT), list(range(LANES))))
        within = builder.icmp_signed("<", following, last)
        return row_of(builder, sig.return_type, [builder.select(within, following, last)])

    return Row(1, INT)(types.int64, types.int64), codegen


@intrinsic
def only(typingctx, position, like):
    """Return a row that is true at one position, and nowhere for -1; ``position`` is a row of length 1."""
    shape = Row(len(like), BOOL)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        (mine,) = places(context, builder, args[0], position, INT, 1)
        here = (splat(builder, ir.Constant(WIDE, k)) for k in range(shape.length))
        return row_of(builder, shape, [builder.icmp_signed("==", mine, k) for k in here])

    return shape(position, like), codegen


@intrinsic
def at(typingctx, value, position):
    """Return the number of a row at a position that may differ by lane."""
    if not isinstance(value, Row):
        return None
    shape = Row(1, value.kind)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        (mine,) = places(context, builder, args[1], position, INT, 1)
        number, *others = places(context, builder, args[0], value, value.kind, value.length)
        for k, other in enumerate(others, start=1):
            here = builder.icmp_signed("==", mine, splat(builder, ir.Constant(WIDE, k)))
            number = builder.select(here, other, number)
        return row_of(builder, shape, [number])

    return shape(value, position), codegen


@intrinsic
def position(typingctx, flags):
    """Return the first true position of a row, 0 if there is none."""
    if not isinstance(flags, Row) or flags.kind != BOOL:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        place = ir.Constant(vector_of(INT), None)
        each = places(context, builder, args[0], flags, BOOL, flags.length)
        for k in range(flags.length - 1, -1, -1):
            place = builder.select(each[k], splat(builder, ir.Constant(WIDE, k)), place)
        return row_of(builder, sig.return_type, [place])

    return Row(1, INT)(flags), codegen
