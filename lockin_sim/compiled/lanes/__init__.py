"""Compile numpy functions for several rows at once, one in each lane of a processor.

``rows`` and ``functions`` define the values and numpy functions in compiled code, ``load_store`` moves rows
between arrays and lanes, ``recompile`` compiles a function's own code, and ``cache`` stores compiled code for
a ``processor``, which is chosen here first.  Nothing in this folder knows what is computed.

Numba alone, by ``register_jitable``, compiles most rules, but none that reduces or has an ``out=``; each
step, even ``np.where`` of two numbers, allocates an array there.  Choosing among twelve offers takes 21 times
as long, and rules of contract ends and values, number by number, some hundred times.

``rows`` and ``functions`` are what a function is made of there, ``load_store`` brings rows in and out of
arrays, ``recompile`` makes one of a function as it stands, and ``cache`` keeps what was compiled for a
``processor``, which is chosen here before anything else.  Nothing here knows what is computed.

Numba alone, by ``register_jitable``, takes most rules as they stand, of numbers or of arrays, but none that
reduces or has an ``out=``.  And each step, ``np.where`` of two numbers included, makes an array there: to
judge and choose among twelve offers takes 21 times as long, and rules of when contracts end and what they
are worth, number by number, some hundred times.
"""

from lockin_sim.common.extras import check_installed
from lockin_sim.compiled.lanes.processor import choose_processor

check_installed("numba", "compiled code")
choose_processor()
