"""`python -m classifiers.training baseline --data PATH`: from public data to committed weights and their card."""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from classifiers.training.datasets import DATASETS, JUDGES, DataMissing

OUT = Path(__file__).parent.parent / "baseline"
NEEDED = "training needs scikit-learn: pip install 'moderator[train]'"


def main(arguments: list[str] | None = None) -> int:
    """Train, print the progress, write `weights.npz` and `card.toml`. Exit status 1 with one line on any lack."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training", description=__doc__)
    parser.add_argument("model", choices=["baseline"])
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder per set, and exclude.txt")
    parser.add_argument("--out", type=Path, default=OUT, help="where the two files go (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    try:
        from classifiers.training import build
    except ModuleNotFoundError as missing:
        print(f"{NEEDED} ({missing})", file=sys.stderr)
        return 1
    began = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", flush=True)

    try:
        build.build(DATASETS, JUDGES, chosen.data, chosen.out, datetime.now(UTC).date(), report)
    except (DataMissing, build.TooFewRows) as lack:
        print(lack, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
