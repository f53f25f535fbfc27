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
        """A polynomial, lowest power first; pairs of its terms are added at once (Estrin)."""
        terms = [self.number(coefficient) for coefficient in coefficients]
        while len(terms) > 1:
            last = [terms.pop()] if len(terms) % 2 else []
            pairs = zip(terms[::2], terms[1::2], strict=True)
            terms = [self.call("fmuladd", upper, x, lower) for lower, upper in pairs] + last
            x = self.builder.fmul(x, x)
        return terms[0]

    def exp(self, x: Any) -> Any:
        """e to the power of x: 2 to a whole number, times a series for what is left."""
        k, half, r = self._parted(x)
        series = self.polynomial(r, [1 / math.factorial(n) for n in range(14)])
        b = self.builder
        return b.fmul(b.fmul(series, self._power(half)), self._power(b.fsub(k, half)))

    def expm1(self, x: Any) -> Any:
        """exp(x) - 1, by the same series without its 1: exact near 0 too."""
        k, half, r = self._parted(x)
        b = self.builder
        series = b.fmul(r, self.polynomial(r, [1 / math.factorial(n) for n in range(1, 14)]))
        one, other = self._power(half), b.fsub(k, half)
        less = b.fsub(one, self._power(b.fneg(other)))
        return b.fmul(self.call("fmuladd", series, one, less), self._power(other))

    def _parted(self, x: Any) -> tuple[Any, Any, Any]:
        """A power of e as one of 2: the whole part of the exponent, half of it, and what is left of x."""
        b = self.builder
        for sign, most in (("<", -1000.0), (">", 1000.0)):  # beyond, the result is 0 or infinite already
            x = b.select(b.fcmp_ordered(sign, x, self.number(most)), self.number(most), x)
        k = self.call("floor", self.call("fmuladd", x, self.number(_PER_LN2), self.number(0.5)))
        r = self.call("fmuladd", k, self.number(-_LN2_HIGH), x)
        r = self.call("fmuladd", k, self.number(-_LN2_LOW), r)
        return k, self.call("floor", b.fmul(k, self.number(0.5))), r

    def _power(self, k: Any) -> Any:
        """2 to a whole number within the range of exponents."""
        b = self.builder
        bits = b.bitcast(b.fadd(k, self.number(1.5 * 2.0**52)), self.words)
        return b.bitcast(b.add(b.shl(bits, self.word(52)), self.word(1023 << 52)), self.type)

    def log(self, x: Any) -> Any:
        """Natural logarithm, by the series of fdlibm (Sun Microsystems)."""
        b = self.builder
        small = b.fcmp_ordered("<", x, self.number(2.0**-1022))
        scaled = b.select(small, b.fmul(x, self.number(2.0**54)), x)
        bits = b.bitcast(scaled, self.words)
        shifted = b.ashr(b.sub(bits, self.word(0x3FE6A09E667F3BCD)), self.word(52))
        f = b.fsub(b.bitcast(b.sub(bits, b.shl(shifted, self.word(52))), self.type), self.number(1.0))
        k = b.fsub(b.sitofp(shifted, self.type), b.select(small, self.number(54.0), self.number(0.0)))
        half = b.fmul(self.number(0.5), b.fmul(f, f))
        s = b.fdiv(f, b.fadd(self.number(2.0), f))
        z = b.fmul(s, s)
        rest = b.fmul(z, self.polynomial(z, _LOG_SERIES[::-1]))
        low = self.call("fmuladd", s, b.fadd(half, rest), b.fmul(k, self.number(_LN2_LOW)))
        found = b.fadd(b.fadd(b.fsub(low, half), f), b.fmul(k, self.number(_LN2_HIGH)))
        found = b.select(b.fcmp_ordered("==", x, self.number(0.0)), self.number(-math.inf), found)
        found = b.select(b.fcmp_ordered("==", x, self.number(math.inf)), x, found)
        bad = b.fcmp_unordered("<", x, self.number(0.0))  # below nothing, or no number
        return b.select(bad, self.number(math.nan), found)

    def log1p(self, x: Any) -> Any:
        """log(1 + x): what rounding took from 1 + x is given back."""
        b = self.builder
        u = b.fadd(self.number(1.0), x)
        lost = b.fdiv(b.fsub(b.fsub(u, self.number(1.0)), x), u)
        exact = b.fsub(self.log(u), lost)
        finite = b.fcmp_ordered("<", self.call("fabs", u), self.number(math.inf))
        whole = b.and_(finite, b.fcmp_ordered(">", u, self.number(0.0)))
        return b.select(whole, exact, self.log(u))


_LN2_HIGH, _LN2_LOW, _PER_LN2 = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.4426950408889634
_LOG_SERIES = [
    1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01,
    2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01,
]  # fmt: skip
