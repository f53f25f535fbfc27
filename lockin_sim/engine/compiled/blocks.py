"""Rows in and out of tables: what lies side by side in memory is moved at once, and turned in the processor.

A table has the numbers of one customer side by side, and a row has those of all lanes: a square of as many
numbers of as many customers is read customer by customer and turned, which takes a fraction of the steps of
reading every number by itself.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from lockin_sim.engine.compiled.memory import PLACE, STORED, WIDE, Table, addresses, given, load, width
from lockin_sim.engine.compiled.rows import BOOL, INT, LANES, Row, places, row_of, vector_of


def turned(builder: Any, vectors: list[Any]) -> list[Any]:
    """As many vectors as there are lanes, turned: the first of each make the first, and so on."""
    index = ir.VectorType(PLACE, LANES)
    apart = 1
    while apart < LANES:
        low = ir.Constant(index, [k + LANES - apart if k & apart else k for k in range(LANES)])
        high = ir.Constant(index, [k + LANES if k & apart else k + apart for k in range(LANES)])
        found = list(vectors)
        for k in range(LANES):
            if not k & apart:
                one, other = vectors[k], vectors[k + apart]
                found[k] = builder.shuffle_vector(one, other, low)
                found[k + apart] = builder.shuffle_vector(one, other, high)
        vectors, apart = found, 2 * apart
    return vectors


def _blocks(number: int) -> list[int]:
    """Where blocks of as many numbers as lanes begin in a row; the last may share numbers with another."""
    return [*range(0, number - LANES, LANES), number - LANES] if number >= LANES else []


def _address(builder: Any, start: Any, kind: types.Type, place: int, stored: ir.Type) -> Any:
    """Pointer to a place of a row."""
    moved = builder.add(start, ir.Constant(WIDE, place * width(kind)))
    return builder.inttoptr(moved, stored.as_pointer())


def _read(builder: Any, kind: types.Type, where: list[Any], number: int) -> list[Any]:
    """The places of a row of some length, by the address of each lane, or by one of all."""
    if len(where) == 1 or number < LANES:
        return [load(builder, kind, where, place * width(kind)) for place in range(number)]
    found: list[Any] = [None] * number
    stored = ir.VectorType(STORED[kind], LANES)
    for first in _blocks(number):
        block = [
            builder.load(_address(builder, start, kind, first, stored), align=width(kind)) for start in where
        ]
        if kind == BOOL:
            block = [builder.zext(vector, vector_of(INT)) for vector in block]
        found[first : first + LANES] = turned(builder, block)
    return [builder.trunc(vector, vector_of(kind)) for vector in found] if kind == BOOL else found


def _write(builder: Any, kind: types.Type, vectors: list[Any], where: list[Any]) -> None:
    """Numbers of rows to the address of each lane; lanes that are the same customer write the same."""
    stored = STORED[kind]
    if kind == BOOL:
        vectors = [builder.zext(vector, ir.VectorType(stored, LANES)) for vector in vectors]
    blocks = _blocks(len(vectors)) if len(where) > 1 else []
    for first in blocks:
        for start, vector in zip(where, turned(builder, vectors[first : first + LANES]), strict=True):
            builder.store(vector, _address(builder, start, kind, first, vector.type), align=width(kind))
    if not blocks:
        for place, vector in enumerate(vectors):
            for lane, start in enumerate(where):
                value = builder.extract_element(vector, ir.Constant(PLACE, lane))
                builder.store(value, _address(builder, start, kind, place, stored))


@intrinsic
def row(typingctx, table, like, *index):
    """The rows of a table at an index of its other axes; like  a tuple as long as a row."""
    index = given(index)
    if not isinstance(table, Table) or table.dtype not in STORED or table.ndim != len(index) + 1:
        return None
    made = Row(len(like), table.dtype)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        positions = cgutils.unpack_tuple(builder, args[2])
        where = addresses(context, builder, table, args[0], index, positions, made.length)
        return row_of(builder, made, _read(builder, table.dtype, where, made.length))

    return made(table, like, types.StarArgTuple.from_types(index)), codegen


@intrinsic
def put(typingctx, table, value, *index):
    """Write rows to a table at an index of its other axes, or numbers at one of all."""
    index = given(index)
    single = isinstance(table, Table) and table.ndim == len(index)
    if not isinstance(table, Table) or table.ndim != len(index) + (not single):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        positions, kind = cgutils.unpack_tuple(builder, args[2]), table.dtype
        number = value.length if isinstance(value, Row) else 1
        last = None if single else number
        where = addresses(context, builder, table, args[0], index, positions, last)
        _write(builder, kind, places(context, builder, args[1], value, kind, number), where)
        return context.get_dummy_value()

    return types.none(table, value, types.StarArgTuple.from_types(index)), codegen


@intrinsic
def picked(typingctx, table, across, chosen, like, *index):
    """Numbers of rows of a table at positions that are the same for all lanes, as rows.

    across  a tuple as long as a row of the table
    chosen  the positions, a table of one axis; like  a tuple as long as it
    """
    index = given(index)
    if not isinstance(table, Table) or table.ndim != len(index) + 1 or chosen != Table(INT, 1):
        return None
    made, kind = Row(len(like), table.dtype), table.dtype

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        positions = cgutils.unpack_tuple(builder, args[4])
        where = addresses(context, builder, table, args[0], index, positions, len(across))
        (first,) = addresses(context, builder, chosen, args[2], [], [])
        at = [builder.load(_address(builder, first, INT, place, STORED[INT])) for place in range(made.length)]
        if len(where) == 1:
            size = ir.Constant(WIDE, width(kind))
            return row_of(builder, made, [load(builder, kind, where, builder.mul(k, size)) for k in at])
        kept = cgutils.alloca_once(builder, ir.ArrayType(vector_of(kind), len(across)))
        for place, vector in enumerate(_read(builder, kind, where, len(across))):
            builder.store(vector, cgutils.gep(builder, kept, 0, place))
        return row_of(builder, made, [builder.load(cgutils.gep(builder, kept, 0, k)) for k in at])

    return made(table, across, chosen, like, types.StarArgTuple.from_types(index)), codegen
