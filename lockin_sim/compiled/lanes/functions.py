"""Implement numpy functions for rows and numbers in LLVM, since no library has them for rows.

Exponentials and logarithms are series of ordinary operations on the numbers of all lanes at once, accurate to
the last bits of a float64, with the same steps for lanes as for a number.
"""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from lockin_sim.compiled.lanes.rows import (
    BOOL,
    FLOAT,
    WORD,
    Row,
    each_lane,
    folded,
    greater,
    kind_of,
    lanes_set,
    mapped,
    met,
    places,
    row_of,
    row_operator,
    vector_of,
)


class Arithmetic:
    """Operations on floats of one LLVM type, a number or a vector."""

    def __init__(self, builder: Any, like: Any) -> None:
        self.builder, self.type = builder, like.type
        word = ir.IntType(64)
        single = not isinstance(like.type, ir.VectorType)
        self.words = word if single else ir.VectorType(word, like.type.count)

    def number(self, value: float) -> Any:
        """Build a constant."""
        one = ir.Constant(ir.DoubleType(), value)
        return one if self.type == ir.DoubleType() else ir.Constant(self.type, [one] * self.type.count)

    def word(self, value: int) -> Any:
        """Build a 64-bit integer constant."""
        one = ir.Constant(ir.IntType(64), value)
        single = self.type == ir.DoubleType()
        return one if single else ir.Constant(self.words, [one] * self.type.count)

    def call(self, name: str, *values: Any) -> Any:
        """Call an LLVM intrinsic."""
        count = "" if self.type == ir.DoubleType() else f"v{self.type.count}"
        kind = ir.FunctionType(self.type, [self.type] * len(values))
        function = self.builder.module.globals.get(f"llvm.{name}.{count}f64") or ir.Function(
            self.builder.module, kind, f"llvm.{name}.{count}f64"
        )
        return self.builder.call(function, values)

    def polynomial(self, x: Any, coefficients: list[float]) -> Any:
        """Evaluate a polynomial, lowest power first, with even and odd powers summed in parallel."""
        square, sums = self.builder.fmul(x, x), []
        for first in (0, 1):
            *lower, total = map(self.number, coefficients[first::2])
            for coefficient in reversed(lower):
                total = self.call("fmuladd", total, square, coefficient)
            sums.append(total)
        return self.call("fmuladd", sums[1], x, sums[0])

    def exp(self, x: Any) -> Any:
        """Compute the exponential by a series and a shift of the exponent; 0 below the normal range."""
        b = self.builder
        raised, r = self._parted(x)
        power = b.bitcast(b.add(b.bitcast(self.polynomial(r, _EXP_SERIES), self.words), raised), self.type)
        power = b.select(b.fcmp_ordered("<", x, self.number(_LOWEST)), self.number(0.0), power)
        return b.select(b.fcmp_ordered(">", x, self.number(_HIGHEST)), self.number(math.inf), power)

    def expm1(self, x: Any) -> Any:
        """Compute exp(x) - 1 by the series of exp without its 1, accurate near 0."""
        b = self.builder
        for sign, most in (("<", _LOWEST), (">", 710.0)):  # beyond, the result is -1 or infinite already
            x = b.select(b.fcmp_ordered(sign, x, self.number(most)), self.number(most), x)
        raised, r = self._parted(x)
        series = b.fmul(b.fadd(r, r), self.polynomial(r, _EXP_SERIES[1:]))
        half = b.bitcast(b.add(raised, self.word(1022 << 52)), self.type)  # the power of 2 may be too large
        less = b.fsub(half, self.number(0.5))
        return b.fadd(self.call("fmuladd", series, half, less), less)

    def _parted(self, x: Any) -> tuple[Any, Any]:
        """Split x into k log(2) + r: return k in the bits of an exponent, and r."""
        b = self.builder
        moved = self.call("fmuladd", x, self.number(_PER_LN2), self.number(1.5 * 2.0**52))
        k = b.fsub(moved, self.number(1.5 * 2.0**52))  # the last bits of what was moved are this number
        r = self.call("fmuladd", k, self.number(-_LN2_HIGH), x)
        r = self.call("fmuladd", k, self.number(-_LN2_LOW), r)
        return b.shl(b.bitcast(moved, self.words), self.word(52)), r

    def log(self, x: Any) -> Any:
        """Compute the natural logarithm; zero, subnormal, negative, infinite and NaN values by cases."""
        b = self.builder
        bits, log = b.bitcast(x, self.words), self._log_of_normal(x)
        usual = b.icmp_unsigned("<", b.sub(bits, self.word(1 << 52)), self.word(0x7FE << 52))
        before = b.block
        with b.if_then(b.not_(self._in_all(usual)), likely=False):
            small = b.fcmp_ordered("<", x, self.number(2.0**-1022))
            scaled = self._log_of_normal(b.fmul(x, self.number(2.0**54)))
            scaled = b.fsub(scaled, self.number(54.0 * (_LN2_HIGH + _LN2_LOW)))
            other = b.select(small, scaled, x)  # infinity and NaN are their own
            other = b.select(b.fcmp_ordered("==", x, self.number(0.0)), self.number(-math.inf), other)
            other = b.select(b.fcmp_ordered("<", x, self.number(0.0)), self.number(math.nan), other)
            other, within = b.select(usual, log, other), b.block
        met = b.phi(self.type)
        met.add_incoming(log, before)
        met.add_incoming(other, within)
        return met

    def _in_all(self, flags: Any) -> Any:
        """Whether a flag is set in all lanes."""
        if self.type == ir.DoubleType():
            return flags
        every = ir.IntType(self.type.count)
        return self.builder.icmp_signed("==", self.builder.bitcast(flags, every), ir.Constant(every, -1))

    def _log_of_normal(self, x: Any) -> Any:
        """Compute the logarithm of normal numbers, as fdlibm does (Sun Microsystems).

        A power 2**k is factored out, and the rest, m, has a series in (m - 1) / (m + 1).
        """
        b = self.builder
        bits = b.bitcast(x, self.words)
        shifted = b.ashr(b.sub(bits, self.word(0x3FE6A09E667F3BCD)), self.word(52))
        m = b.bitcast(b.sub(bits, b.shl(shifted, self.word(52))), self.type)
        k = b.sitofp(shifted, self.type)
        s = b.fdiv(b.fsub(m, self.number(1.0)), b.fadd(m, self.number(1.0)))
        z = b.fmul(s, s)
        rest = self.call("fmuladd", k, self.number(_LN2_LOW), b.fadd(s, s))
        rest = self.call("fmuladd", b.fmul(s, z), self.polynomial(z, _LOG_SERIES), rest)
        return self.call("fmuladd", k, self.number(_LN2_HIGH), rest)

    def log1p(self, x: Any) -> Any:
        """Compute log(1 + x), with a correction for the rounding of 1 + x."""
        b = self.builder
        u = b.fadd(self.number(1.0), x)
        lost = b.fdiv(b.fsub(b.fsub(u, self.number(1.0)), x), u)
        finite = b.fcmp_ordered("<", self.call("fabs", u), self.number(math.inf))
        whole = b.and_(finite, b.fcmp_ordered(">", u, self.number(0.0)))
        log = self.log(u)
        return b.select(whole, b.fsub(log, lost), log)


_LN2_HIGH, _LN2_LOW, _PER_LN2 = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.4426950408889634
#: Logarithms of the smallest normal number and of the largest.
_LOWEST, _HIGHEST = -708.3964185322641, 709.782712893384
#: Lowest power first: exp(x) up to half the logarithm of 2, to 2e-17 (interpolated at Chebyshev's points).
_EXP_SERIES = [
    1.0,
    1.0,
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662413,
    0.008333333333330062,
    0.0013888888917213717,
    0.00019841269863053618,
    2.4801521295954376e-05,
    2.7557268459997064e-06,
    2.7620088445409746e-07,
    2.510038549551032e-08,
]
#: Likewise what log m has beside 2 s, over s cubed, by the square of s.
_LOG_SERIES = [
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
]


type Lower = Callable[..., Any]


def _function(
    name: str, takes: str, meaning: str, result: Callable[..., types.Type | None], lower: Lower
) -> Any:
    """Define a function of rows and numbers for compiled code.

    takes    names of its parameters; an output array ``out`` may come last and is ignored
    meaning  its docstring
    result   returns the result type for argument types, or None if they do not fit
    lower    generates its code
    """
    names = takes.split()
    count = len(names) - ("out" in names)

    def only_compiled(*arguments: Any, **named: Any) -> Any:
        """Refuse calls outside compiled code."""
        raise TypeError(f"{name} of rows has a meaning in compiled code alone: elsewhere numpy has one")

    only_compiled.__name__, only_compiled.__doc__ = name, meaning
    only_compiled.__signature__ = takes_of = _signature(names)  # type: ignore[attr-defined]

    class Typed(AbstractTemplate):
        """Type inference of the function."""

        key = only_compiled

        def generic(self, args: Any, kws: Any) -> Any:
            """Infer the types of a call; return None if the arguments do not fit."""
            arguments = args + tuple(kws.values())
            if set(kws) - {"out"} or len(args) != count or any(kind_of(a) is None for a in arguments):
                return None
            out = result(args)
            if out is None:
                return None
            typed = signature(out, *arguments)
            return typed.replace(pysig=takes_of) if kws else typed

    infer_global(only_compiled, types.Function(Typed))
    lower_builtin(only_compiled, *[types.Any] * count)(lower)
    if len(names) > count:

        def without_out(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            """Generate the code without the argument ``out``."""
            return lower(context, builder, signature(sig.return_type, *sig.args[:-1]), args[:-1])

        lower_builtin(only_compiled, *[types.Any] * (count + 1))(without_out)
    return only_compiled


def _signature(names: list[str]) -> inspect.Signature:
    """Build the signature of a function with these parameters."""
    kind, needed = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty
    return inspect.Signature(
        [inspect.Parameter(name, kind, default=None if name == "out" else needed) for name in names]
    )


def _elementwise(name: str, meaning: str) -> Any:
    """Define a function of one number that is a series of LLVM operations."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Apply the series at every place."""

        def step(x: Any) -> Any:
            """Apply the series to a number or to one in each lane."""
            series = Arithmetic(builder, x)
            return getattr(series, name)(x) if hasattr(series, name) else series.call(name, x)

        return mapped(context, builder, sig, args, FLOAT, step)

    return _function(name, "x out", meaning, lambda args: met(args, FLOAT), lower)


exp = _elementwise("exp", "e to the power of something.")
log = _elementwise("log", "Natural logarithm.")
log1p = _elementwise("log1p", "Natural logarithm of 1 and something.")
expm1 = _elementwise("expm1", "e to the power of something, less 1.")
absolute = _elementwise("fabs", "A number without its sign.")
root = _elementwise("sqrt", "Square root.")


def _lower_power(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Compute powers at every place, by exponential and logarithm."""

    def step(one: Any, other: Any) -> Any:
        """Raise one number to the power of another."""
        series = Arithmetic(builder, one)
        return series.exp(builder.fmul(other, series.log(one)))

    return mapped(context, builder, sig, args, FLOAT, step)


row_operator(operator.pow, lambda kinds: FLOAT, _lower_power)  # of numbers above 0


def _where_type(args: Any) -> types.Type | None:
    """Return the type of the two values, float if they differ."""
    if kind_of(args[0]) != BOOL:
        return None
    kinds = {kind_of(a) for a in args[1:]}
    return met(args, kinds.pop() if len(kinds) == 1 else FLOAT)


def _lower_where(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Select values at every place."""
    out = sig.return_type
    if not isinstance(out, Row):
        condition, *values = (
            context.cast(builder, a, t, k) for a, t, k in zip(args, sig.args, (BOOL, out, out), strict=True)
        )
        return builder.select(condition, *values)
    kinds = (BOOL, out.kind, out.kind)
    each = (
        places(context, builder, a, t, kind, out.length)
        for a, t, kind in zip(args, sig.args, kinds, strict=True)
    )
    return row_of(builder, out, [builder.select(*values) for values in zip(*each, strict=True)])


where = _function("where", "condition one other", "One of two numbers.", _where_type, _lower_where)


def _two(name: str, meaning: str, *, larger: bool) -> Any:
    """Define the maximum or minimum of two numbers."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Compare at every place."""

        def step(a: Any, b: Any) -> Any:
            """Return the larger, or the smaller, of two numbers."""
            if larger:
                return greater(builder, a, b)
            return builder.fneg(greater(builder, builder.fneg(a), builder.fneg(b)))

        return mapped(context, builder, sig, args, FLOAT, step)

    return _function(name, "one other", meaning, lambda args: met(args, FLOAT), lower)


maximum = _two("maximum", "The larger of two numbers.", larger=True)
minimum = _two("minimum", "The smaller of two numbers.", larger=False)


def _lower_isnan(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Compare each place with itself."""
    return mapped(context, builder, sig, args, FLOAT, lambda x: builder.fcmp_unordered("uno", x, x))


isnan = _function("isnan", "x", "Whether something is no number.", lambda args: met(args, BOOL), _lower_isnan)


def _reduction(name: str, meaning: str, kind: Any, join: Any) -> Any:
    """Define a reduction of a row to a row of length 1; a number is returned unchanged."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Join all places."""
        if not isinstance(sig.args[0], Row):
            return context.cast(builder, args[0], sig.args[0], kind)
        each = places(context, builder, args[0], sig.args[0], kind, sig.args[0].length)
        return row_of(builder, sig.return_type, [folded(each, lambda a, b: join(builder, a, b))])

    def result(args: Any) -> types.Type:
        """Return the type of a number, or of a row of length 1."""
        return Row(1, kind) if isinstance(args[0], Row) else kind

    return _function(name, "values", meaning, result, lower)


total = _reduction("total", "Sum of a row.", FLOAT, lambda b, x, y: b.fadd(x, y))
largest = _reduction("largest", "Largest number of a row.", FLOAT, greater)
any_of = _reduction("any_of", "Whether any of a row is true.", BOOL, lambda b, x, y: b.or_(x, y))


def _of_all(name: str, meaning: str, join: Any, instruction: Any) -> Any:
    """Define a reduction of a boolean row over places and lanes to one boolean."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Join all places and lanes."""
        if not isinstance(sig.args[0], Row):
            return context.cast(builder, args[0], sig.args[0], BOOL)
        each = places(context, builder, args[0], sig.args[0], BOOL, sig.args[0].length)
        return instruction(builder, lanes_set(builder, folded(each, lambda a, b: join(builder, a, b))))

    return _function(name, "flags", meaning, lambda args: BOOL if kind_of(args[0]) == BOOL else None, lower)


anywhere = _of_all(
    "anywhere",
    "Whether any is true, in any lane.",
    lambda b, x, y: b.or_(x, y),
    lambda b, bits: b.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0)),
)
everywhere = _of_all(
    "everywhere",
    "Whether all are true, in all lanes.",
    lambda b, x, y: b.and_(x, y),
    lambda b, bits: b.icmp_unsigned("==", bits, ir.Constant(bits.type, -1)),
)


def _lower_count(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Count true values over places and lanes."""
    if not isinstance(sig.args[0], Row):
        return context.cast(builder, args[0], sig.args[0], FLOAT)
    each = places(context, builder, args[0], sig.args[0], FLOAT, sig.args[0].length)
    return folded(each_lane(builder, folded(each, builder.fadd)), builder.fadd)


count_nonzero = _function(
    "count_nonzero",
    "flags",
    "How many are true in all lanes, as a float.",
    lambda args: FLOAT if kind_of(args[0]) == BOOL else None,
    _lower_count,
)


def _lower_first(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Mark the first place that holds the largest number."""
    each = places(context, builder, args[0], sig.args[0], FLOAT, sig.args[0].length)
    best = folded(list(each), lambda a, b: greater(builder, a, b))
    seen, flags = ir.Constant(vector_of(BOOL), None), []
    for value in each:
        flags.append(builder.and_(builder.fcmp_ordered("==", value, best), builder.not_(seen)))
        seen = builder.or_(seen, flags[-1])
    return row_of(builder, sig.return_type, flags)


first_largest = _function(
    "first_largest",
    "values",
    "The first of the largest numbers of a row, one-hot.",
    lambda args: Row(args[0].length, BOOL) if isinstance(args[0], Row) else None,
    _lower_first,
)


def _lower_as_float(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Reinterpret the bits at every place."""
    out = vector_of(FLOAT) if isinstance(sig.return_type, Row) else ir.DoubleType()
    return mapped(context, builder, sig, args, WORD, lambda word: builder.bitcast(word, out))


as_float = _function(
    "as_float",
    "word",
    "The float64 with the bits of a word.",
    lambda args: met(args, FLOAT) if kind_of(args[0]) == WORD else None,
    _lower_as_float,
)
