"""One classifier in a process of its own: `python -m benchmarks.alone measure|profile NAME BEGUN [FOLDER]`.

Comments come in as a JSON list, figures go out as one line of JSON. `BEGUN` is when the process was asked for, in
seconds since 1970: the cold start is counted from there to the first answer.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import figures, peak, peer
from classifiers import registry
from classifiers.base import Item

_ALONE, _ALONE_OF_PEER = 640, 100
_FIRST = Item("Thank you for the new bus line.")


def main() -> None:
    task, name, begun, *folder = sys.argv[1:]
    print(json.dumps(_TASKS[task](name, float(begun), Path(*folder))))


def measure(name: str, begun: float, folder: Path) -> dict[str, Any]:
    """Comments a second in batches, seconds of comments one by one, seconds to the first answer, most memory held."""
    is_peer = name == peer.NAME
    classifier: Any = peer.Peer(folder) if is_peer else registry.load(name)
    classifier.classify([_FIRST])
    cold = time.time() - begun
    items = _items()
    classifier.classify(items[:32])
    return {
        "name": f"{classifier.name} {classifier.version}".strip(),
        "cold": cold,
        "by_32": _speed(classifier, items, 32),
        # padded to the longest of 256, Detoxify would measure its padding
        "by_256": None if is_peer else _speed(classifier, items, 256),
        "alone": figures.seconds_each(
            classifier.classify, ([item] for item in islice(items, _ALONE_OF_PEER if is_peer else _ALONE))
        ),
        "megabytes": _most_held() / 1e6,
    }


def profile(name: str, begun: float, folder: Path) -> dict[str, Any]:
    """Where the time of a classifier on ONNX Runtime goes, in batches of 32: see `peak.Recorder`."""
    highest = peak.int8_peak()
    recorder = peak.Recorder()
    classifier = registry.load(name)
    items = _items()
    seconds = len(items) / _speed(classifier, items, 32)
    return recorder.findings() | {
        "seconds": seconds,
        "peak": highest,
        "processors": len(os.sched_getaffinity(0)),
    }


def _items() -> list[Item]:
    return [Item(text) for text in json.load(sys.stdin)]


def _speed(classifier: Any, items: Sequence[Item], size: int) -> float:
    batches = [items[begin : begin + size] for begin in range(0, len(items), size)]
    return len(items) / sum(figures.seconds_each(classifier.classify, batches))


def _most_held() -> int:
    """Resident memory at its height, in bytes, as Linux counts it for this program alone."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this system does not tell how much memory was held")


_TASKS = {"measure": measure, "profile": profile}

if __name__ == "__main__":
    main()
