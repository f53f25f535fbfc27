"""Rows in and out of tables: what lies side by side in memory is moved at once, and turned in the processor.

A table has the numbers of one customer side by side, and a row has those of all lanes: a block of a few
numbers of all these customers is read customer by customer and turned, which takes a fraction of the steps of
reading every number by itself.  A block has half a vector's numbers: the halves of two customers are put
together as they are read, and a vector that begins anywhere would lie across two lines of the cache.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from lockin_sim.engine.compiled.memory import PLACE, STORED, WIDE, Table, addresses, given, load, width
from lockin_sim.engine.compiled.rows import BOOL, INT, LANES, Row, places, row_of, vector_of

#: Numbers of a customer that are moved at once: as many as fill half a vector.
HALF = LANES // 2


def _shuffled(builder: Any, one: Any, other: Any, lanes: list[int]) -> Any:
    """Some lanes of two vectors, those of the other counted on."""
    return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(PLACE, len(lanes)), lanes))


#: The even lanes of two vectors, one of each in turn, and the odd ones.
_IN_TURN = [[k + odd + LANES * other for k in range(0, LANES, 2) for other in (0, 1)] for odd in (0, 1)]


def _by_place(builder: Any, halves: list[Any]) -> list[Any]:
    """Half a vector of each customer's numbers, turned: a vector of all customers for each place."""
    a, b, c, d = (
        _shuffled(builder, halves[lane], halves[lane + 2], list(range(LANES))) for lane in (0, 1, 4, 5)
    )
    found: list[Any] = [None] * HALF
    for odd, lanes in enumerate(_IN_TURN):
        one, other = _shuffled(builder, a, b, lanes), _shuffled(builder, c, d, lanes)
        found[odd] = _shuffled(builder, one, other, [0, 1, 4, 5, 8, 9, 12, 13])
        found[odd + 2] = _shuffled(builder, one, other, [2, 3, 6, 7, 10, 11, 14, 15])
    return found


def _by_customer(builder: Any, vectors: list[Any]) -> list[Any]:
    """A vector of all customers for each of a few places, turned back."""
    a, b, c, d = vectors
    found: list[Any] = [None] * LANES
    for odd, lanes in enumerate(_IN_TURN):
        one, other = _shuffled(builder, a, b, lanes), _shuffled(builder, c, d, lanes)
        for lane in (0, HALF):
            both = _shuffled(builder, one, other, [lane + k for k in (0, 1, 8, 9, 2, 3, 10, 11)])
            found[lane + odd] = _shuffled(builder, both, both, list(range(HALF)))
            found[lane + odd + 2] = _shuffled(builder, both, both, list(range(HALF, LANES)))
    return found


def _blocks(number: int, size: int) -> list[int]:
    """Where blocks of so many numbers begin in a row; the last may share numbers with another."""
    return [*range(0, number - size, size), number - size]


def _address(builder: Any, start: Any, kind: types.Type, place: int, stored: ir.Type) -> Any:
    """Pointer to a place of a row."""
    moved = builder.add(start, ir.Constant(WIDE, place * width(kind)))
    return builder.inttoptr(moved, stored.as_pointer())


def _read(builder: Any, kind: types.Type, where: list[Any], number: int) -> list[Any]:
    """The places of a row of some length, by the address of each lane, or by one of all."""
    if len(where) == 1 or number < (LANES if kind == BOOL else HALF):
        return [load(builder, kind, where, place * width(kind)) for place in range(number)]
    if kind == BOOL:
        return _flags(builder, where, number)
    found: list[Any] = [None] * number
    stored = ir.VectorType(STORED[kind], HALF)
    for first in _blocks(number, HALF):
        block = [
            builder.load(_address(builder, start, kind, first, stored), align=width(kind)) for start in where
        ]
        found[first : first + HALF] = _by_place(builder, block)
    return found


def _flags(builder: Any, where: list[Any], number: int) -> list[Any]:
    """The same of truth values: the bytes of all customers are one vector."""
    found: list[Any] = [None] * number
    everywhere = ir.VectorType(STORED[BOOL], LANES * LANES)
    by_place = [lane * LANES + place for place in range(LANES) for lane in range(LANES)]
    for first in _blocks(number, LANES):
        words = ir.Constant(vector_of(INT), ir.Undefined)
        for lane, start in enumerate(where):
            word = builder.load(_address(builder, start, BOOL, first, WIDE), align=1)
            words = builder.insert_element(words, word, ir.Constant(PLACE, lane))
        turned = builder.bitcast(words, everywhere)
        turned = _shuffled(builder, turned, turned, by_place)
        bits = builder.icmp_unsigned("!=", turned, ir.Constant(everywhere, None))
        for place in range(LANES):
            found[first + place] = _shuffled(
                builder, bits, bits, list(range(place * LANES, (place + 1) * LANES))
            )
    return found


def _write(builder: Any, kind: types.Type, vectors: list[Any], where: list[Any]) -> None:
    """Numbers of rows to the address of each lane; lanes that are the same customer write the same."""
    stored = STORED[kind]
    if len(where) > 1 and len(vectors) >= HALF and kind != BOOL:
        for first in _blocks(len(vectors), HALF):
            each = _by_customer(builder, vectors[first : first + HALF])
            for start, half in zip(where, each, strict=True):
                builder.store(half, _address(builder, start, kind, first, half.type), align=width(kind))
        return
    if kind == BOOL:
        vectors = [builder.zext(vector, ir.VectorType(stored, LANES)) for vector in vectors]
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
