"""`python -m classifiers.training.relevance --data PATH`: from public pairs and own items to the committed weights."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from classifiers.training import Lack
from classifiers.training.__main__ import HERE, NEEDED


def main(arguments: list[str] | None = None) -> int:
    """Train, print every figure, write the weights and the card. Exit status 1 with one line on any lack."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.relevance", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder per set, and exclude.txt")
    parser.add_argument("--out", type=Path, default=HERE / "relevance", help="where the files go")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("var/training/relevance/vectors.npz"),
        help="vectors that were made before (default: %(default)s)",
    )
    chosen = parser.parse_args(arguments)
    try:
        from classifiers.training.relevance.build import build

        build(chosen.data, chosen.cache, chosen.out, datetime.now(UTC).date(), lambda line: print(line, flush=True))
    except ModuleNotFoundError as missing:
        print(f"{NEEDED} ({missing})", file=sys.stderr)
        return 1
    except Lack as lack:
        print(lack, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
