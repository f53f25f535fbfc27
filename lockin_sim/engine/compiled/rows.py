"""A row of numbers as one value of compiled code: what rules reduce over, in registers of the processor.

A rule is written for arrays whose last axis it reduces over.  Of a single row such an array is a vector of a
known length, which needs no memory of its own, and every operation on it is one on all its numbers.  So a
rule that is compiled for rows stays the rule as it stands.  Sums and maxima of a row take its halves first,
in an order that depends on its length alone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models, register_default
from numba.core.imputils import lower_cast
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

BOOL, FLOAT, WORD = types.boolean, types.float64, types.uint64
_LLVM = {BOOL: ir.IntType(1), FLOAT: ir.DoubleType(), WORD: ir.IntType(64)}


class Row(types.Type):
    """So many numbers of one kind: float64, uint64 or truth values."""

    def __init__(self, length: int, kind: types.Type) -> None:
        self.length, self.kind = length, kind
        super().__init__(name=f"Row({length}, {kind})")

    @property
    def key(self) -> tuple[int, types.Type]:
        """What makes two types the same."""
        return self.length, self.kind

    @property
    def llvm(self) -> ir.Type:
        """The vector that holds it."""
        return ir.VectorType(_LLVM[self.kind], self.lanes)

    @property
    def lanes(self) -> int:
        """Length of the vector, a power of two as processors have them; none reads what is behind the row."""
        return max(2, 1 << (self.length - 1).bit_length())


@register_default(Row)
class RowModel(models.PrimitiveModel):
    """A row is its vector."""

    def __init__(self, dmm: Any, fe_type: Row) -> None:
        super().__init__(dmm, fe_type, fe_type.llvm)


def kind_of(found: types.Type) -> types.Type | None:
    """Kind of the numbers of a row or of a single number, None of anything else."""
    if isinstance(found, Row):
        kind: types.Type = found.kind
        return kind
    if isinstance(found, types.Boolean | types.BooleanLiteral):
        return BOOL
    if found == WORD:
        return WORD
    return FLOAT if isinstance(found, types.Number | types.IntegerLiteral) else None


def met(args: tuple[types.Type, ...], kind: types.Type) -> types.Type | None:
    """Type of what some rows and numbers make together, None where they cannot meet."""
    lengths = {a.length for a in args if isinstance(a, Row)}
    if len(lengths) > 1 or any(kind_of(a) is None for a in args):
        return None
    return Row(lengths.pop(), kind) if lengths else kind


def as_kind(context: Any, builder: Any, value: Any, found: types.Type, wanted: types.Type) -> Any:
    """A row or number as one of another type: numbers of another kind, or a number for every place."""
    kind: types.Type = kind_of(wanted)
    if isinstance(found, Row):
        if found.kind == kind:
            return value
        to = ir.VectorType(_LLVM[kind], found.lanes)
        if found.kind == BOOL:
            return builder.uitofp(value, to) if kind == FLOAT else builder.zext(value, to)
        raise NotImplementedError(f"{found} as {kind}")
    value = context.cast(builder, value, found, kind)
    if not isinstance(wanted, Row):
        return value
    return splat(builder, value, wanted.lanes)


def splat(builder: Any, value: Any, length: int) -> Any:
    """One number in every place of a vector."""
    index, kind = ir.IntType(32), ir.VectorType(value.type, length)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(index, 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(index, length), [0] * length))


def unified(context: Any, builder: Any, sig: Any, args: Any, kind: types.Type) -> list[Any]:
    """All arguments as numbers of one kind, rows if any is."""
    wanted = met(sig.args, kind)
    return [as_kind(context, builder, a, t, wanted) for a, t in zip(args, sig.args, strict=True)]


# --- operators ---


def _compare(sign: str) -> Callable[..., Any]:
    def make(builder: Any, a: Any, b: Any, kind: types.Type) -> Any:
        if kind == FLOAT:
            return (builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered)(sign, a, b)
        return builder.icmp_unsigned(sign, a, b)

    return make


#: What each operator is for floats, and for words.
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


def _operator(symbol: Any, result: Callable[[list[types.Type]], types.Type | None], lower: Any) -> None:
    """Give an operator a meaning where at least one operand is a row."""

    class Typed(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
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
    return WORD if all(k == WORD for k in kinds) else FLOAT


def _register_operators() -> None:
    for symbol, names in _ARITHMETIC.items():

        def arithmetic(context: Any, builder: Any, sig: Any, args: Any, names: Any = names) -> Any:
            kind = sig.return_type.kind
            a, b = unified(context, builder, sig, args, kind)
            return getattr(builder, names[kind == WORD])(a, b)

        _operator(symbol, _widest, arithmetic)
        in_place = getattr(operator, f"i{symbol.__name__}")  # a row is a value: it is given anew
        _operator(in_place, _widest, arithmetic)
    for symbol, name in (_BITS | _SHIFTS).items():

        def bits(context: Any, builder: Any, sig: Any, args: Any, name: str = name) -> Any:
            a, b = unified(context, builder, sig, args, sig.return_type.kind)
            return getattr(builder, name)(a, b)

        _operator(
            symbol, lambda kinds: kinds[0] if len(set(kinds)) == 1 and kinds[0] != FLOAT else None, bits
        )
    for symbol, sign in _COMPARED.items():

        def compared(context: Any, builder: Any, sig: Any, args: Any, sign: str = sign) -> Any:
            kind = _widest([kind_of(a) for a in sig.args])
            a, b = unified(context, builder, sig, args, kind)
            return _compare(sign)(builder, a, b, kind)

        _operator(symbol, lambda kinds: BOOL, compared)


_register_operators()


@infer_global(operator.neg)
@infer_global(operator.invert)
class _Unary(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        fits = isinstance(args[0], Row) and args[0].kind == (FLOAT if self.key is operator.neg else BOOL)
        return signature(args[0], *args) if fits else None


@lower_builtin(operator.neg, Row)
def _negative(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])


@lower_builtin(operator.invert, Row)
def _not(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.not_(args[0])


@lower_cast(Row, Row)
def _cast(context: Any, builder: Any, found: Any, wanted: Any, value: Any) -> Any:
    return as_kind(context, builder, value, found, wanted)


# --- reductions ---


def folded(builder: Any, value: Any, length: int, nothing: float, join: Callable[[Any, Any], Any]) -> Any:
    """One number of all in a row: halves are joined until one is left; ``nothing`` fills up."""
    whole, element, index = value.type.count, value.type.element, ir.IntType(32)
    filled = ir.Constant(value.type, [ir.Constant(element, nothing)] * whole)

    def part(places: list[int]) -> Any:
        return builder.shuffle_vector(value, filled, ir.Constant(ir.VectorType(index, len(places)), places))

    if whole != length:
        value = part([k if k < length else whole for k in range(whole)])
    while whole > 1:
        whole //= 2
        filled = ir.Constant(value.type, ir.Undefined)
        value = join(part(list(range(whole))), part(list(range(whole, 2 * whole))))
    return builder.extract_element(value, ir.Constant(index, 0))


def greater(builder: Any, a: Any, b: Any) -> Any:
    """The larger of two floats, or NaN where one is."""
    return builder.select(
        builder.or_(builder.fcmp_ordered(">", a, b), builder.fcmp_unordered("uno", a, a)), a, b
    )


def truth(builder: Any, flag: Any) -> Any:
    """A truth value as compiled code returns it."""
    return cgutils.as_bool_bit(builder, flag) if flag.type != ir.IntType(1) else flag
