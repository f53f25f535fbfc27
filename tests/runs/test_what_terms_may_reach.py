"""Is a function known by all that its value depends on?  Whatever its fingerprint would miss is refused."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.common.fingerprint import compute_fingerprint

TOY = ls.toy_world(6, 2)

#: Ways to read what the code of a term does not hold: a module, and after --- what changes the value of its
#: term.
HIDDEN = """
=== the environment
import os
def term(): return float(os.environ['OWN_SIZE'])
--- import os; os.environ['OWN_SIZE'] = '2'
=== a mapping of the environment
from os import environ
def term(): return float(environ['OWN_SIZE'])
--- environ['OWN_SIZE'] = '2'
=== a function of the environment
from os import getenv as setting
def term(): return float(setting('OWN_SIZE'))
--- import os; os.environ['OWN_SIZE'] = '2'
=== an array in a file
import numpy as np
np.save('own.npy', 1.0)
def term(): return float(np.load('own.npy'))
--- np.save('own.npy', 2.0)
=== a table in a file
from numpy import loadtxt
Path('own.txt').write_text('1')
def term(): return float(loadtxt('own.txt'))
--- Path('own.txt').write_text('2')
=== a path
from pathlib import Path
Path('own.txt').write_text('1')
def term(): return float(Path('own.txt').read_text())
--- Path('own.txt').write_text('2')
=== a path that it holds
from pathlib import Path
FILE = Path('own.txt')
FILE.write_text('1')
def term(): return float(FILE.read_text())
--- FILE.write_text('2')
=== pandas
import pandas as pd
Path('own.csv').write_text('01')
def term(): return float(pd.read_csv('own.csv', header=None)[0][0])
--- Path('own.csv').write_text('02')
=== io
import io
Path('own.txt').write_text('1')
def term():
    with io.open('own.txt') as file: return float(file.read())
--- Path('own.txt').write_text('2')
=== a module by name
import importlib, sys, types
sys.modules['own_size'] = types.SimpleNamespace(SIZE=1.0)
def term(): return importlib.import_module('own_size').SIZE
--- sys.modules['own_size'].SIZE = 2.0
=== the table of modules
import sys, types
sys.modules['own_size'] = types.SimpleNamespace(SIZE=1.0)
def term(): return sys.modules['own_size'].SIZE
--- sys.modules['own_size'].SIZE = 2.0
=== an attribute set on a module
import math
math.own_size = 1.0
def term(): return math.own_size
--- math.own_size = 2.0
=== an attribute set on a class of a package
import numpy as np
np.vectorize.own_size = 1.0
def term(): return np.vectorize.own_size
--- np.vectorize.own_size = 2.0
=== a module under another name
import os
def term():
    system = os
    return float(system.environ['OWN_SIZE'])
--- os.environ['OWN_SIZE'] = '2'
=== a module handed to a helper
import numpy as np
def helper(package): return float(package.load('own.npy'))
np.save('own.npy', 1.0)
def term(): return helper(np)
--- np.save('own.npy', 2.0)
=== a module as a default
import numpy as np
np.save('own.npy', 1.0)
def term(package=np): return float(package.load('own.npy'))
--- np.save('own.npy', 2.0)
=== a module in a list
import numpy as np
PACKAGES = [np]
np.save('own.npy', 1.0)
def term(): return float(PACKAGES[0].load('own.npy'))
--- np.save('own.npy', 2.0)
=== a module imported inside
def term():
    import os
    return float(os.environ['OWN_SIZE'])
--- import os; os.environ['OWN_SIZE'] = '2'
=== a name imported inside
def term():
    from os import environ
    return float(environ['OWN_SIZE'])
--- import os; os.environ['OWN_SIZE'] = '2'
=== a module inside a module
import shutil
def term(): return float(shutil.os.environ['OWN_SIZE'])
--- import os; os.environ['OWN_SIZE'] = '2'
=== a name in a text
import operator, numpy as np
np.save('own.npy', 1.0)
def term(): return float(operator.attrgetter('load')(np)('own.npy'))
--- np.save('own.npy', 2.0)
=== a name in a pattern
import types
lib = types.ModuleType('own_lib')
lib.SIZE = 1.0
def term():
    match lib:
        case object(SIZE=size): return size
--- lib.SIZE = 2.0
=== a name in a format
import types
lib = types.ModuleType('own_lib')
lib.SIZE = 1.0
def term(): return float('{0.SIZE}'.format(lib))
--- lib.SIZE = 2.0
=== globals of a function
SIZE = 1.0
def helper(): pass
def term(): return helper.__globals__['SIZE']
--- SIZE = 2.0
=== globals of a frame
SIZE = 1.0
def term(): return (x for x in ()).gi_frame.f_globals['SIZE']
--- SIZE = 2.0
=== built-in functions
import builtins
builtins.own_size = 1.0
def term(): return own_size + __builtins__['abs'](0.0)
--- builtins.own_size = 2.0
=== a built-in function that was replaced
import builtins
builtins.own_size = lambda: 1.0
def term(): return own_size()
--- builtins.own_size = lambda: 2.0
=== a dictionary with attributes
class Table(dict): pass
TABLE = Table()
TABLE.size = 1.0
def term(): return TABLE.size
--- TABLE.size = 2.0
=== a list with attributes
class Table(list): pass
TABLE = Table()
TABLE.size = 1.0
def term(): return TABLE.size
--- TABLE.size = 2.0
=== an array with attributes
import numpy as np
class Table(np.ndarray): pass
TABLE = np.ones(1).view(Table)
TABLE.size_ = 1.0
def term(): return TABLE.size_
--- TABLE.size_ = 2.0
=== a number with attributes
class Size(float): pass
SIZE = Size(1.0)
SIZE.more = 1.0
def term(): return SIZE.more
--- SIZE.more = 2.0
=== a class of containers with methods
from typing import NamedTuple
class Table(NamedTuple):
    size: float
    def much(self): return 1.0
TABLE = Table(1.0)
def term(): return TABLE.much()
--- Table.much = lambda self: 2.0
=== notes on the type of an array
import numpy as np
def made(size): return np.ones(1, np.dtype('f8', metadata={'size': size}))
TABLE = made(1.0)
def term(): return TABLE.dtype.metadata['size']
--- TABLE = made(2.0)
=== what an array is part of
import numpy as np
WHOLE = np.ones(2)
TABLE = WHOLE[:1]
def term(): return TABLE.base[1]
--- WHOLE[1] = 2.0
=== an object
class Thing: pass
THING = Thing()
THING.size = 1.0
def term(): return THING.size
--- THING.size = 2.0
=== an attribute of a partial function
from functools import partial
HELPER = partial(float)
HELPER.size = 1.0
def term(): return HELPER.size
--- HELPER.size = 2.0
=== a cached helper
from functools import cache
SIZE = 1.0
@cache
def helper(): return SIZE
def term(): return helper()
--- SIZE = 2.0; helper.cache_clear()
=== a ufunc of one's own
import numpy as np
SIZE = [1.0]
helper = np.frompyfunc(lambda x: SIZE[0], 1, 1)
def term(): return float(helper(0.0))
--- SIZE[0] = 2.0
=== a vectorised function
import numpy as np
SIZE = [1.0]
helper = np.vectorize(lambda x: SIZE[0])
def term(): return float(helper(0.0))
--- SIZE[0] = 2.0
=== a bound method
class Thing:
    def read(self): return self.size
THING = Thing()
THING.size = 1.0
read = THING.read
def term(): return read()
--- THING.size = 2.0
=== a method of a list
SIZES = [1.0]
read = SIZES.__getitem__
def term(): return read(0)
--- SIZES[0] = 2.0
=== a property
class Thing:
    size = property(lambda self: 1.0)
def term(): return Thing().size
--- Thing.size = property(lambda self: 2.0)
=== a weak reference
import weakref
class Thing: pass
THING = Thing()
THING.size = 1.0
READ = weakref.ref(THING)
def term(): return READ().size
--- THING.size = 2.0
=== a member of an enumeration
import enum
class Size(enum.IntEnum): ONE = 1
Size.ONE.more = 1.0
ONE = Size.ONE
def term(): return ONE.more
--- ONE.more = 2.0
=== memory
import ctypes
SIZE = ctypes.c_double(1.0)
def term(): return ctypes.c_double.from_address(ctypes.addressof(SIZE)).value
--- SIZE.value = 2.0
=== warnings
import warnings
warnings.own_size = 1.0
def term(): return warnings.own_size
--- warnings.own_size = 2.0
=== a name that eval reads
SIZE = 1.0
def term(): return eval('SIZE')
--- SIZE = 2.0
=== a generator
def sizes():
    while True: yield SIZE
SIZE = 1.0
SIZES = sizes()
def term(): return next(SIZES)
--- SIZE = 2.0
=== a closure
def made():
    sizes = [1.0]
    def term(): return sizes[0]
    return term, sizes
term, SIZES = made()
--- SIZES[0] = 2.0
=== a default that changes
SIZES = [1.0]
def term(sizes=SIZES): return sizes[0]
--- SIZES[0] = 2.0
=== a helper of a module of one's own
import types
lib = types.ModuleType('own_lib')
lib.helper = lambda: 1.0
def term(): return lib.helper()
--- lib.helper = lambda: 2.0
=== a function of numpy that was replaced
import numpy as np
kept = np.own = lambda x: 1.0
def term(): return np.own(0.0)
--- np.own = lambda x: 2.0
=== a decorator's own function
from functools import wraps
import numpy as np
SIZE = [1.0]
@wraps(np.exp)
def helper(): return SIZE[0]
def term(): return helper()
--- SIZE[0] = 2.0
=== an attribute set on a class under another name
import numpy as np
np.vectorize.own_size = 1.0
def term():
    kind = np.vectorize
    return kind.own_size
--- np.vectorize.own_size = 2.0
=== a function set on a class of a package
from functools import partial
import numpy as np
np.vectorize.own_size = lambda: 1.0
def term(): return np.vectorize.own_size()
--- np.vectorize.own_size = lambda: 2.0
=== a dataclass
from dataclasses import dataclass
@dataclass(frozen=True)
class Table:
    size: float
TABLE = Table(1.0)
def term(): return TABLE.size
--- TABLE = Table(2.0)
=== a dictionary with default values
from collections import defaultdict
SIZES = [1.0]
TABLE = defaultdict(lambda: SIZES[0])
def term(): return TABLE.copy()['a']
--- SIZES[0] = 2.0
=== a class inside
SIZE = 1.0
def term():
    class Inner:
        size = SIZE
    return Inner.size
--- SIZE = 2.0
=== another kind of settings
import numpy as np
old = np.get_printoptions()
def term(): return np.get_printoptions()['precision']
--- np.set_printoptions(precision=9)
"""


def split_ways(text):
    """Sources of modules and the code that changes their terms, by name."""
    ways = (way.partition("\n") for way in text.split("\n=== ")[1:])
    return {name: source.split("\n--- ") for name, _, source in ways}


WAYS = split_ways(HIDDEN)


@pytest.fixture(autouse=True)
def modules_as_before(tmp_path, monkeypatch):
    """Let a term leave files in a folder of its own, and nothing on modules of others."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OWN_SIZE", "1")
    shared = ("builtins", "math", "numpy", "warnings")
    kept = [(vars(sys.modules[name]), dict(vars(sys.modules[name]))) for name in shared]
    yield
    for now, before in kept:
        for name in now.keys() - before.keys():
            del now[name]
    for name in ("own_size", "own_term"):
        sys.modules.pop(name, None)
    if hasattr(np.vectorize, "own_size"):
        del np.vectorize.own_size


def module_of(source):
    module = types.ModuleType("own_term")
    module.Path = Path
    exec(source, vars(module))
    return module


@pytest.mark.parametrize("way", WAYS)
def test_what_changes_a_term_changes_its_fingerprint_or_is_refused(way):
    source, change = WAYS[way]
    module = module_of(source)
    found = []
    for _ in range(2):
        try:
            found.append((module.term(), compute_fingerprint(module.term)))
        except ls.InputError as refusal:
            found.append((module.term(), str(refusal)))
        exec(change, vars(module))
    (value, before), (other, after) = found
    assert value != other
    assert before != after or "; allowed" in before
    assert len(before.splitlines()) == 1


#: What makes one seed give two numbers.
CHANCE = """
=== a draw of numpy
import numpy as np
def term(): return np.random.rand()
=== a generator made inside
from numpy.random import default_rng
def term(): return default_rng(1).random()
=== a generator in a list
import numpy as np
RNG = [np.random.default_rng(1)]
def term(): return RNG[0].random()
=== a draw of Python
from random import gauss as luck
def term(): return luck(0, 1)
=== a generator of Python
import random
term = (lambda rng: lambda: rng.random())(random.Random(1))
=== a helper that draws, beside an object
import numpy as np
class Thing: pass
THING = Thing()
def helper(): return np.random.normal()
def term(): return helper() if THING else 0.0
=== secrets
import secrets
def term(): return secrets.randbelow(9)
=== a name of its own
import uuid
def term(): return uuid.uuid4().int
=== the clock
from time import monotonic
def term(): return monotonic()
=== the date
import datetime
def term(): return datetime.datetime.now().second
=== a salted hash
def term(): return hash('a')
=== an address
def term(): return id(term)
=== a count
CALLS = 0
def term():
    global CALLS
    CALLS += 1
    return CALLS
=== a method that draws
def term(): return offer.sample(1)
offer = None
"""


@pytest.mark.parametrize("way", split_ways(CHANCE))
def test_a_function_that_draws_is_refused_wherever_it_is_given(way):
    (source,) = split_ways(CHANCE)[way]
    function = module_of(source.replace("def term()", "def term(offer=None)")).term
    for give in (TOY.with_term, ls.lever("vendor"), ls.own_outcome("share", "drawn", name="drawn")):
        with pytest.raises(ls.InputError, match=r"call to call|process to process") as refusal:
            give(function)
        assert len(str(refusal.value).splitlines()) == 1
    assert "drawn" not in ls.outcomes()


#: Terms that remember something of their calls, in what can be read.
REMEMBERING = """
=== a count in a mapping
STATE = {'calls': 0.0}
def term(offer):
    STATE['calls'] += 1.0
    return STATE['calls']
=== a list as a default
def term(offer, calls=[]):
    calls.append(1)
    return len(calls)
=== an attribute of its own
def term(offer):
    term.calls = getattr_of(term) + 1.0
    return term.calls
term.calls = 0.0
def getattr_of(function): return function.calls
=== an array in a closure
import numpy as np
def made():
    calls = np.zeros(1)
    def term(offer):
        np.add(calls, 1, out=calls)
        return float(calls[0])
    return term
term = made()
"""


@pytest.mark.parametrize("way", split_ways(REMEMBERING))
def test_a_term_that_remembers_its_calls_is_refused_by_its_first_one(way):
    (source,) = split_ways(REMEMBERING)[way]
    world = TOY.with_term(module_of(source).term)
    with pytest.raises(
        ls.InputError, match=r"with_term: found own_term\..*term, which changes what it reads"
    ):
        ls.simulate(ls.Scenario.none(), world=world, runs=1, years=(0, 2))


#: What a function may use.
TAKEN = """
=== numpy
import numpy as np
import numpy.linalg as la
from numpy import pi as circle, where
W = np.array([1.0, 2.0])
def term(x=1.0):
    with np.errstate(all='ignore'):
        y = np.full(2, x, dtype=np.float64) + np.linspace(0, 1, 2) * np.exp(W) + circle
    y[y > 3] += np.maximum(la.norm(W), np.inf if x > 9 else 0.0)
    return where(np.isin(['a', 'b'], ['a']), y, np.add.reduce(y)).sum() + np.vectorize(abs)(x)
=== the standard library
import math, operator, statistics
from collections import defaultdict
from functools import partial, reduce
from itertools import chain, pairwise
from types import MappingProxyType
TABLE = MappingProxyType({'a': {1, 2}, 'b': frozenset([3.0])})
add = partial(operator.add, 1.0)
def term():
    sums = defaultdict(float)
    for one, other in pairwise(sorted(chain(*TABLE.values()))):
        sums[one] += other
    return add(reduce(operator.mul, sums.values())) + statistics.mean([1.0, 2.0]) + math.tau
=== errors and comprehensions
def helper(values):
    try:
        return {key: value / 2 for key, value in values.items()}
    except (TypeError, ValueError) as error:
        raise ArithmeticError(f'{error!r:>4}') from error
def term(): return sum(value for value in helper({'a': 1.0}).values() if isinstance(value, float))
=== a function made by another
def scaled(factor):
    def term():
        nonlocal_sum = 0.0
        def add(x):
            nonlocal nonlocal_sum
            nonlocal_sum += factor * x
        add(1.0)
        return nonlocal_sum
    return term
term = scaled(2.0)
=== special functions and rules of the package
from scipy.special import expit, logsumexp, ndtr
from lockin_sim.common.indices import hhi
from lockin_sim.rules import utility
from lockin_sim.settings.parameters import Parameters
P = Parameters(switching_cost=2.0)
def term(): return expit(0.0) + logsumexp([1.0]) + ndtr(0.0) + utility.quality_term(1.0, P.switching_cost)
=== tables
import pandas as pd
import xarray as xr
def term():
    shares = xr.DataArray([0.5, 0.25], dims='vendor')
    return float(xr.where(shares > 0.3, shares, 0.0).sum()) + float(pd.Series([1.0]).mean())
=== a module of one's own
import types
lib = types.ModuleType('own_lib')
lib.sizes = types.ModuleType('own_lib.sizes')
lib.sizes.SIZE = 2.0
def term():
    from collections import Counter
    return lib.sizes.SIZE * len(Counter('aab'))
"""


@pytest.mark.parametrize("way", split_ways(TAKEN))
def test_what_depends_on_its_arguments_alone_is_taken(way):
    (source,) = split_ways(TAKEN)[way]
    term = module_of(source).term
    assert np.isfinite(term())
    assert compute_fingerprint(term) == compute_fingerprint(module_of(source).term)
