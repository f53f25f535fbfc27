"""Exponentials and logarithms as series of ordinary operations, on the numbers of all lanes at once.

They are good to the last bits of a float64, and take the same steps for lanes as for a number.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir


class Series:
    """Operations on floats of one LLVM type."""

    def __init__(self, builder: Any, like: Any) -> None:
        self.builder, self.type = builder, like.type
        word = ir.IntType(64)
        single = not isinstance(like.type, ir.VectorType)
        self.words = word if single else ir.VectorType(word, like.type.count)

    def number(self, value: float) -> Any:
        """A constant."""
        one = ir.Constant(ir.DoubleType(), value)
        return one if self.type == ir.DoubleType() else ir.Constant(self.type, [one] * self.type.count)

    def word(self, value: int) -> Any:
        """A constant of 64 bits."""
        one = ir.Constant(ir.IntType(64), value)
        single = self.type == ir.DoubleType()
        return one if single else ir.Constant(self.words, [one] * self.type.count)

    def call(self, name: str, *values: Any) -> Any:
        """An operation that LLVM knows by name."""
        count = "" if self.type == ir.DoubleType() else f"v{self.type.count}"
        kind = ir.FunctionType(self.type, [self.type] * len(values))
        function = self.builder.module.globals.get(f"llvm.{name}.{count}f64") or ir.Function(
            self.builder.module, kind, f"llvm.{name}.{count}f64"
        )
        return self.builder.call(function, values)

    def polynomial(self, x: Any, coefficients: list[float]) -> Any:
        """A polynomial, lowest power first: even powers and odd ones are added up beside one another."""
        square, sums = self.builder.fmul(x, x), []
        for first in (0, 1):
            *lower, found = map(self.number, coefficients[first::2])
            for coefficient in reversed(lower):
                found = self.call("fmuladd", found, square, coefficient)
            sums.append(found)
        return self.call("fmuladd", sums[1], x, sums[0])

    def exp(self, x: Any) -> Any:
        """e to the power of x: a series whose exponent is raised; 0 where that is no normal number."""
        b = self.builder
        raised, r = self._parted(x)
        found = b.bitcast(b.add(b.bitcast(self.polynomial(r, _EXP_SERIES), self.words), raised), self.type)
        found = b.select(b.fcmp_ordered("<", x, self.number(_LOWEST)), self.number(0.0), found)
        return b.select(b.fcmp_ordered(">", x, self.number(_HIGHEST)), self.number(math.inf), found)

    def expm1(self, x: Any) -> Any:
        """exp(x) - 1, by the same series without its 1: exact near 0 too."""
        b = self.builder
        for sign, most in (("<", _LOWEST), (">", 710.0)):  # beyond, the result is -1 or infinite already
            x = b.select(b.fcmp_ordered(sign, x, self.number(most)), self.number(most), x)
        raised, r = self._parted(x)
        series = b.fmul(b.fadd(r, r), self.polynomial(r, _EXP_SERIES[1:]))
        half = b.bitcast(b.add(raised, self.word(1022 << 52)), self.type)  # the power of 2 may be too large
        less = b.fsub(half, self.number(0.5))
        return b.fadd(self.call("fmuladd", series, half, less), less)

    def _parted(self, x: Any) -> tuple[Any, Any]:
        """A power of e as one of 2: what a whole number adds to the exponent, and what is left of x."""
        b = self.builder
        moved = self.call("fmuladd", x, self.number(_PER_LN2), self.number(1.5 * 2.0**52))
        k = b.fsub(moved, self.number(1.5 * 2.0**52))  # the last bits of what was moved are this number
        r = self.call("fmuladd", k, self.number(-_LN2_HIGH), x)
        r = self.call("fmuladd", k, self.number(-_LN2_LOW), r)
        return b.shl(b.bitcast(moved, self.words), self.word(52)), r

    def log(self, x: Any) -> Any:
        """Natural logarithm: of positive normal numbers by a series, of others by what they are."""
        b = self.builder
        bits, found = b.bitcast(x, self.words), self._log_of_normal(x)
        usual = b.icmp_unsigned("<", b.sub(bits, self.word(1 << 52)), self.word(0x7FE << 52))
        before = b.block
        with b.if_then(b.not_(self._in_all(usual)), likely=False):
            small = b.fcmp_ordered("<", x, self.number(2.0**-1022))
            scaled = self._log_of_normal(b.fmul(x, self.number(2.0**54)))
            scaled = b.fsub(scaled, self.number(54.0 * (_LN2_HIGH + _LN2_LOW)))
            other = b.select(small, scaled, x)  # infinity and NaN are their own
            other = b.select(b.fcmp_ordered("==", x, self.number(0.0)), self.number(-math.inf), other)
            other = b.select(b.fcmp_ordered("<", x, self.number(0.0)), self.number(math.nan), other)
            other, within = b.select(usual, found, other), b.block
        met = b.phi(self.type)
        met.add_incoming(found, before)
        met.add_incoming(other, within)
        return met

    def _in_all(self, flags: Any) -> Any:
        """Whether something is true of the numbers of all lanes."""
        if self.type == ir.DoubleType():
            return flags
        every = ir.IntType(self.type.count)
        return self.builder.icmp_signed("==", self.builder.bitcast(flags, every), ir.Constant(every, -1))

    def _log_of_normal(self, x: Any) -> Any:
        """2 to a whole number k is taken out, and for what is left, m, a series in (m - 1) / (m + 1), as in
        fdlibm (Sun Microsystems)."""
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
        """log(1 + x): what rounding took from 1 + x is given back."""
        b = self.builder
        u = b.fadd(self.number(1.0), x)
        lost = b.fdiv(b.fsub(b.fsub(u, self.number(1.0)), x), u)
        finite = b.fcmp_ordered("<", self.call("fabs", u), self.number(math.inf))
        whole = b.and_(finite, b.fcmp_ordered(">", u, self.number(0.0)))
        found = self.log(u)
        return b.select(whole, b.fsub(found, lost), found)


_LN2_HIGH, _LN2_LOW, _PER_LN2 = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.4426950408889634
#: Logarithms of the smallest normal number and of the largest.
_LOWEST, _HIGHEST = -708.3964185322641, 709.782712893384
#: Lowest power first: exp(x) up to half the logarithm of 2, to 2e-17 (interpolated at Chebyshev's points).
_EXP_SERIES = [
    1.0, 1.0, 0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062,
    0.0013888888917213717, 0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06,
    2.7620088445409746e-07, 2.510038549551032e-08,
]  # fmt: skip
#: Likewise what log m has beside 2 s, over s cubed, by the square of s.
_LOG_SERIES = [
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
    1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
]  # fmt: skip
