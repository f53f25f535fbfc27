"""A compiler of functions of numpy for the rows of a few customers at once, one in each lane of a processor.

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
