"""``python -m benchmarks``: what people wait for, into ``results/benchmarks/``."""

from benchmarks.waiting import main

if __name__ == "__main__":
    main()
