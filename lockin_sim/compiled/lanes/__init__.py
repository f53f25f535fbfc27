"""A compiler of functions of numpy for the rows of a few customers at once, one in each lane of a processor.

``rows`` and ``functions`` are what a function is made of there, ``tables`` and ``load_store`` bring rows in
and out of arrays, ``recompile`` makes one of a function as it stands, and ``cache`` keeps what was compiled.
Nothing here knows what is computed.
"""
