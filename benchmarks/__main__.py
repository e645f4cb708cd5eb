"""`python -m benchmarks [--data FOLDER] [--postgres URL] [--comments N] [NAME …]`: run some benchmarks, or all."""

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks import accept, backtest, classify, ingest, repetition, room, signals
from benchmarks.options import Options

BENCHMARKS: dict[str, Callable[[Options], None]] = {
    "classify": classify.run,
    "ingest": ingest.run,
    "accept": accept.run,
    "room": room.run,
    "backtest": backtest.run,
    "repetition": repetition.found,
    "echoes": repetition.cost,
    "signals": signals.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all when left out")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="public comment sets; the demonstration's samples when left out"
    )
    parser.add_argument("--postgres", metavar="URL", help="an empty PostgreSQL database, to measure ingest on it too")
    parser.add_argument("--comments", type=int, default=10_000, help="how many comments to work with (%(default)s)")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    options = Options(given.data, given.postgres, given.comments)
    for name in given.names or BENCHMARKS:
        BENCHMARKS[name](options)


if __name__ == "__main__":
    main()
