"""Rows of numbers of some customers at once, as one value of compiled code.

A function is written for arrays whose last axis it reduces over.  Here that axis is short and of a known
length, and the customers to its left are taken ``LANES`` at a time: each place of a row is a vector of the
processor, with one customer in each of its lanes.  So every operation of a function is one on all these
customers, sums and maxima are taken place by place in an order that depends on the length alone, and a
function stays as it stands.  What a reduction leaves, (..., 1), is a row of length 1.
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
    """So many numbers of one kind for each lane: float64, uint64, int64 or truth values."""

    def __init__(self, length: int, kind: types.Type) -> None:
        self.length, self.kind = length, kind
        super().__init__(name=f"Row({length}, {kind})")

    @property
    def key(self) -> tuple[int, types.Type]:
        """What makes two types the same."""
        return self.length, self.kind

    @property
    def llvm(self) -> ir.Type:
        """What holds it: a vector for each place."""
        return ir.ArrayType(vector_of(self.kind), self.length)


@register_default(Row)
class RowModel(models.PrimitiveModel):
    """A row is its vectors."""

    def __init__(self, dmm: Any, fe_type: Row) -> None:
        super().__init__(dmm, fe_type, fe_type.llvm)


def vector_of(kind: types.Type) -> ir.Type:
    """The vector of one number for each lane."""
    return ir.VectorType(_LLVM[kind], LANES)


def kind_of(numba_type: types.Type) -> types.Type | None:
    """Kind of the numbers of a row or of a single number, None of anything else."""
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
    """Type of what some rows and numbers make together, None where they cannot meet."""
    lengths = {a.length for a in args if isinstance(a, Row)}
    if len(lengths - {1}) > 1 or any(kind_of(a) is None for a in args):
        return None
    return Row(min(lengths - {1}, default=1), kind) if lengths else kind  # 1 and 0 are 0, as of arrays


def places(
    context: Any, builder: Any, value: Any, numba_type: types.Type, kind: types.Type, length: int
) -> Any:
    """The places of a row, as vectors of one kind; a number, or a row of length 1, is in every place."""
    if not isinstance(numba_type, Row):
        return [splat(builder, context.cast(builder, value, numba_type, kind))] * length
    each = [
        _converted(builder, builder.extract_value(value, k), numba_type, kind)
        for k in range(numba_type.length)
    ]
    return each * length if numba_type.length == 1 else each


def _converted(builder: Any, vector: Any, row: Row, kind: types.Type) -> Any:
    """A vector as one of another kind."""
    if row.kind == kind:
        return vector
    if row.kind == BOOL:
        return (builder.uitofp if kind == FLOAT else builder.zext)(vector, vector_of(kind))
    if row.kind == INT and kind == FLOAT:
        return builder.sitofp(vector, vector_of(kind))
    raise TypeError(f"a row of {row.kind} cannot be read as one of {kind}")


def row_of(builder: Any, row: Row, vectors: list[Any]) -> Any:
    """A row of the vectors of its places."""
    value = ir.Constant(row.llvm, ir.Undefined)
    for k, vector in enumerate(vectors):
        value = builder.insert_value(value, vector, k)
    return value


def mapped(
    context: Any, builder: Any, sig: Any, args: Any, kind: types.Type, step: Callable[..., Any]
) -> Any:
    """A step on numbers of one kind, taken at every place; just once where none of them is a row."""
    out = sig.return_type
    if not isinstance(out, Row):
        return step(*(context.cast(builder, a, t, kind) for a, t in zip(args, sig.args, strict=True)))
    each = [places(context, builder, a, t, kind, out.length) for a, t in zip(args, sig.args, strict=True)]
    return row_of(builder, out, [step(*values) for values in zip(*each, strict=True)])


def splat(builder: Any, value: Any) -> Any:
    """One number in every lane."""
    index, kind = ir.IntType(32), ir.VectorType(value.type, LANES)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(index, 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(index, LANES), [0] * LANES))


def each_lane(builder: Any, vector: Any) -> list[Any]:
    """The numbers of a vector, one for each lane."""
    return [builder.extract_element(vector, ir.Constant(ir.IntType(32), lane)) for lane in range(LANES)]


# --- operators ---


def _compare(builder: Any, sign: str, kind: types.Type) -> Callable[..., Any]:
    """A comparison of numbers of one kind; only "is not" holds of NaN."""
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
    operator.lt: "<", operator.le: "<=", operator.gt: ">",
    operator.ge: ">=", operator.eq: "==", operator.ne: "!=",
}  # fmt: skip


def row_operator(symbol: Any, result: Callable[[list[types.Type]], types.Type | None], lower: Any) -> None:
    """Give an operator a meaning where at least one operand is a row."""

    class Typed(AbstractTemplate):
        """Types of its use."""

        def generic(self, args: Any, kws: Any) -> Any:
            """The types of a use, None if it has no meaning."""
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
    """Kind of what arithmetic makes: whole numbers stay whole among themselves."""
    return kinds[0] if len(set(kinds)) == 1 and kinds[0] in (WORD, INT) else FLOAT


def _bits_of(kinds: list[types.Type]) -> types.Type | None:
    """Kind of what is made bit by bit; floats have no bits."""
    return kinds[0] if len(set(kinds)) == 1 and kinds[0] != FLOAT else None


def _register_operators() -> None:
    """Give every operator its meaning for rows."""
    for symbol, names in _ARITHMETIC.items():

        def arithmetic(context: Any, builder: Any, sig: Any, args: Any, names: Any = names) -> Any:
            """One step of arithmetic a place."""
            kind = sig.return_type.kind
            return mapped(context, builder, sig, args, kind, getattr(builder, names[kind != FLOAT]))

        row_operator(symbol, _widest, arithmetic)
        in_place = getattr(operator, f"i{symbol.__name__}")  # a row is a value: it is assigned again
        row_operator(in_place, _widest, arithmetic)
    for symbol, name in (_BITS | _SHIFTS).items():

        def bits(context: Any, builder: Any, sig: Any, args: Any, name: str = name) -> Any:
            """One step on bits a place."""
            return mapped(context, builder, sig, args, sig.return_type.kind, getattr(builder, name))

        row_operator(symbol, _bits_of, bits)
    for symbol, sign in _COMPARED.items():

        def compared(context: Any, builder: Any, sig: Any, args: Any, sign: str = sign) -> Any:
            """One comparison a place."""
            kind = _widest([kind_of(a) for a in sig.args])
            return mapped(context, builder, sig, args, kind, _compare(builder, sign, kind))

        row_operator(symbol, lambda kinds: BOOL, compared)


_register_operators()


@infer_global(operator.neg)
@infer_global(operator.invert)
class _Unary(AbstractTemplate):
    """Types of ``-row`` and ``~row``."""

    def generic(self, args: Any, kws: Any) -> Any:
        """The types of a use, None if it has no meaning."""
        fits = isinstance(args[0], Row) and args[0].kind == (FLOAT if self.key is operator.neg else BOOL)
        return signature(args[0], *args) if fits else None


@lower_builtin(operator.neg, Row)
def _negative(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """``-row``, of floats."""
    return mapped(context, builder, sig, args, FLOAT, builder.fneg)


@lower_builtin(operator.invert, Row)
def _not(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """``~row``, of truth values."""
    return mapped(context, builder, sig, args, BOOL, builder.not_)


# --- reductions ---


def folded(values: list[Any], join: Callable[[Any, Any], Any]) -> Any:
    """One of all: neighbours are joined until one is left."""
    while len(values) > 1:
        last = [values.pop()] if len(values) % 2 else []
        values = [join(a, b) for a, b in zip(values[::2], values[1::2], strict=True)] + last
    return values[0]


def lanes_set(builder: Any, flags: Any) -> Any:
    """The truth values of all lanes as the bits of a number."""
    return builder.bitcast(flags, ir.IntType(LANES))


def greater(builder: Any, a: Any, b: Any) -> Any:
    """The larger of two floats, or NaN where one is."""
    return builder.select(
        builder.or_(builder.fcmp_ordered(">", a, b), builder.fcmp_unordered("uno", a, a)), a, b
    )


@intrinsic
def lanes(typingctx, first, number):
    """Positions of the next customers, one for each lane; the last of so many where none follows."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """LLVM code generation for this operation."""
        one, last = splat(builder, args[0]), splat(builder, builder.sub(args[1], ir.Constant(WIDE, 1)))
        following = builder.add(one, ir.Constant(vector_of(INT), list(range(LANES))))
        within = builder.icmp_signed("<", following, last)
        return row_of(builder, sig.return_type, [builder.select(within, following, last)])

    return Row(1, INT)(types.int64, types.int64), codegen


@intrinsic
def only(typingctx, position, like):
    """A row that is true at one position alone, and nowhere at -1; position  a row of length 1."""
    shape = Row(len(like), BOOL)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """LLVM code generation for this operation."""
        (mine,) = places(context, builder, args[0], position, INT, 1)
        here = (splat(builder, ir.Constant(WIDE, k)) for k in range(shape.length))
        return row_of(builder, shape, [builder.icmp_signed("==", mine, k) for k in here])

    return shape(position, like), codegen


@intrinsic
def at(typingctx, value, position):
    """The number of a row at one position, which may differ by lane."""
    if not isinstance(value, Row):
        return None
    shape = Row(1, value.kind)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """LLVM code generation for this operation."""
        (mine,) = places(context, builder, args[1], position, INT, 1)
        number, *others = places(context, builder, args[0], value, value.kind, value.length)
        for k, other in enumerate(others, start=1):
            here = builder.icmp_signed("==", mine, splat(builder, ir.Constant(WIDE, k)))
            number = builder.select(here, other, number)
        return row_of(builder, shape, [number])

    return shape(value, position), codegen


@intrinsic
def position(typingctx, flags):
    """Where a row is true first, 0 if nowhere."""
    if not isinstance(flags, Row) or flags.kind != BOOL:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """LLVM code generation for this operation."""
        place = ir.Constant(vector_of(INT), None)
        each = places(context, builder, args[0], flags, BOOL, flags.length)
        for k in range(flags.length - 1, -1, -1):
            place = builder.select(each[k], splat(builder, ir.Constant(WIDE, k)), place)
        return row_of(builder, sig.return_type, [place])

    return Row(1, INT)(flags), codegen
