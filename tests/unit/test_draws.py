"""Are the shocks what they claim: uniform, Gumbel, normal, independent, and keyed by labels alone?"""

import itertools

import numpy as np
import pytest
from scipy import stats

import lockin_sim as ls
from lockin_sim.common import draws as module
from lockin_sim.common.conventions import MOST_AT_ONCE
from lockin_sim.common.draws import Draws, History, Stream, combine, compute_key, label_keys, squares64

N = 40_000
#: Acceptance at a false-alarm rate of 1e-6: Dvoretzky-Kiefer-Wolfowitz, and a correlation of N pairs.
DKW = 2.6934 / np.sqrt(N)

CELLS = label_keys([f"cell {i}" for i in range(N)])


def uniform(seed=0, run=0, name="offer", year=2020, cells=CELLS):
    return Draws.uniform(Draws(seed, [run]).stream(name, year), cells)


def same(one, other):
    assert one.key == other.key
    np.testing.assert_array_equal(one.counter, other.counter)


def distance(sample, law):
    return float(stats.kstest(sample, law.cdf).statistic)


def test_shocks_over_labels_are_uniform_gumbel_and_normal():
    stream = Draws(3, [1]).stream("offer", 2020)
    assert distance(Draws.uniform(stream, CELLS), stats.uniform) < DKW
    assert distance(Draws.gumbel(stream, CELLS), stats.gumbel_r) < DKW
    assert distance(Draws.normal(stream, CELLS), stats.norm) < DKW


@pytest.mark.parametrize("word", [0, 2**64 - 1])
def test_shocks_never_reach_their_ends(monkeypatch, word):
    """Ends would make an infinite shock; the first and last word of the generator do not."""
    monkeypatch.setattr(module, "_four_rounds", lambda x, *_: x.fill(np.uint64(word)))
    stream = Draws(0, [0]).stream("offer", 2020)
    number = Draws.uniform(stream, CELLS[:3])
    for kind in (np.float64, np.float32):
        assert (number.astype(kind) > 0.0).all()
        assert (number.astype(kind) < 1.0).all()
        for shock in (Draws.gumbel, Draws.normal):
            assert np.isfinite(shock(stream, CELLS[:3])).all()
    assert abs(number - round(word / 2**64)).max() < 2.0**-23


#: First outputs of Widynski's squares32 and squares64 for counters 0, 1, 2, ... under a key: those that the
#: author's C code gave for randomgen (K. Sheppard), tests/data/squares-32-testset-1.csv, low word first; and
#: those of the example in the Rust implementation SquaresRng.
PUBLISHED_32 = (
    0x3BC8BCA4D301945B,
    [0x5167EA8B, 0x0E03102B, 0xE59F61D7, 0x943AC4D0, 0x55A66612, 0x8DE30538, 0xC0FE52F5, 0x163E8E1A],
)
PUBLISHED_64 = (
    0x548C9DECBCE65297,
    [0x36D88366CEE633A5, 0x944716E00E60DFAA, 0xC8A8F4E0678654BF, 0x35CC666AAB11C80D, 0x7094EAB1CBAE8747],
)


def test_the_generator_gives_the_numbers_that_are_published():
    key, words = PUBLISHED_32
    stream = Stream(np.uint64(key), np.arange(len(words), dtype=np.uint64))
    assert (Draws.uniform(stream, 0) * 2.0**32 - 0.5).tolist() == words
    key, words = PUBLISHED_64
    found = squares64(np.arange(len(words), dtype=np.uint64), np.uint64(key))
    assert found.tolist() == words
    assert (found >> np.uint64(32)).tolist() == (
        Draws.uniform(Stream(np.uint64(key), np.arange(len(words), dtype=np.uint64)), 0) * 2.0**32 - 0.5
    ).tolist()


def test_long_arrays_are_drawn_in_parts_that_change_nothing():
    one, together = Draws(3, [5]).stream("offer", 2020), uniform(3, 5)
    places = [0, 16_383, 16_384, 32_768, N - 1]
    assert [Draws.uniform(one, CELLS[at : at + 1])[0] for at in places] == together[places].tolist()
    shaped = Draws.uniform(one[:, None], CELLS.reshape(8, -1))
    np.testing.assert_array_equal(shaped.reshape(-1), together)


def test_keys_have_the_form_that_the_paper_asks_for_and_are_all_different():
    keys = [int(compute_key(f"{seed}/offer/{year}")) for seed in range(40) for year in range(100)]
    assert len(set(keys)) == len(keys)
    for key in keys:
        digits = [key >> shift & 15 for shift in range(0, 64, 4)]
        assert 0 not in digits
        assert digits[0] % 2
        assert len(set(digits[:8])) == 8
        assert all(one != other for one, other in itertools.pairwise(digits[7:]))


def test_runs_and_labels_have_bits_of_their_own():
    last = MOST_AT_ONCE - 1
    counter = (Draws(0, [0, last]).stream("offer") ^ label_keys(["KEN"])).counter
    assert (counter >> np.uint64(40)).tolist() == [0, last]
    assert ((counter ^ label_keys(["KEN"])) & np.uint64(2**40 - 1)).tolist() == [0, 0]
    assert max(combine(CELLS, CELLS).max(), CELLS.max()) < 2**40
    for run in (-1, last + 1):
        with pytest.raises(ls.InputError, match=str(run)):
            Draws(0, [run])


def test_no_two_cells_of_the_bundled_world_share_a_counter():
    world = ls.load_world()
    lots, used = world.lots, world.slot_vendor >= 0
    tables = {
        "markets": world.cell_keys, "lots": world.lot_keys, "lenders": world.lender_keys,
        "ballots": world.ballot_keys, "proposals": world.proposal_keys, "stances": world.restriction_keys,
        "offers to lots": (world.lot_keys[:, None] ^ world.offer_keys[lots.domain])[used[lots.domain]],
        "offers in markets": (world.cell_keys[..., None] ^ world.offer_keys[:, None])[
            np.broadcast_to(used[:, None], world.shape)
        ],
    }  # fmt: skip
    for name, keys in tables.items():
        assert len(np.unique(keys)) == keys.size, name


def test_shocks_are_keyed_by_labels_not_by_their_order_or_company():
    labels = ["KEN", "DEU", "CHN", "USA"]
    stream = Draws(5, [3]).stream("tender", 2019)
    together = dict(zip(labels, Draws.uniform(stream, label_keys(labels)), strict=True))
    for order in itertools.permutations(labels):
        assert dict(zip(order, Draws.uniform(stream, label_keys(order)), strict=True)) == together
    for label in labels:
        assert Draws.uniform(stream, label_keys([label]))[0] == together[label]


def test_a_run_has_the_same_shocks_in_any_batch():
    many = Draws(5, range(50)).stream("tender", 2019)
    for runs in ([17], [30, 17]):
        few = Draws(5, runs).stream("tender", 2019)
        assert few.key == many.key
        assert few.counter[-1] == many.counter[17]


def test_up_to_a_year_a_country_may_have_the_luck_of_a_run_of_a_pool():
    """A history names, for each run and country, whose luck it has under the pool's seed, and the world's;
    lasting luck is that of year 0.  Later all luck is the run's own."""
    history = History(np.array([[3, 40], [17, 3]]), np.array([6, 7]), seed=8, last=2019)
    draws, plain = Draws(5, [3, 17], history), Draws(5, [3, 17])
    for year in (0, 2019):
        keys = draws.of_country("offer", year)
        assert keys.shape == (2, 2)
        for place, run in np.ndenumerate(history.numbers):
            same(keys[place], Draws(8, [run]).stream("offer", year)[0])
        same(draws.stream("offer", year), Draws(8, [6, 7]).stream("offer", year))
    same(draws.stream("offer", 2020), plain.stream("offer", 2020))
    same(draws.of_country("offer", 2020), plain.of_country("offer", 2020))


def test_a_history_has_its_seed_whatever_other_shocks_have():
    history = History(np.array([[3], [17]]), np.array([3, 17]), seed=8, last=2019)
    draws = Draws(5, [3, 17], history, seed_of=lambda name, year: 6)
    same(draws.stream("offer", 2019), Draws(8, [3, 17]).stream("offer", 2019))
    same(draws.stream("offer", 2020), Draws(6, [3, 17]).stream("offer", 2020))


def test_the_order_of_a_combination_of_labels_matters():
    a, b = label_keys(["a"]), label_keys(["b"])
    assert combine(a, b) != combine(b, a)
    assert combine(a) != combine(a, a)


def test_single_shocks_may_have_a_seed_of_their_own():
    """By name and year; all others keep that of all."""
    mixed = Draws(5, [3, 17], seed_of=lambda name, year: 6 if (name, year) == ("offer", 2019) else 5)
    plain, other = Draws(5, [3, 17]), Draws(6, [3, 17])
    same(mixed.stream("offer", 2019), other.stream("offer", 2019))
    same(mixed.of_country("offer", 2020), plain.of_country("offer", 2020))
    same(mixed.of_country("taste"), plain.of_country("taste"))
