"""`classify`: each classifier in a process of its own, beside Detoxify's architecture through its own package.

Speed does not depend on weights, so Detoxify's are random; its vocabulary is the published one, so it reads as many
tokens as the published model would.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import figures, peak, peer
from benchmarks.options import Options
from classifiers import registry
from classifiers.transformers.libraries import MissingExtra

_OURS = ("baseline", "civility")
#: as many as a transformer of 110 million parameters reads in some minutes
_COMPARED = 640


def run(options: Options) -> None:
    texts = options.texts(min(options.comments, _COMPARED))
    ours = [name for name in _OURS if name in registry.names()]
    measured = {name: alone("measure", texts, name) for name in ours}
    with tempfile.TemporaryDirectory(prefix="moderator-bench-") as folder:
        try:
            peer.save(Path(folder))
            measured[peer.NAME] = alone("measure", texts, peer.NAME, folder)
        except MissingExtra as error:
            print(f"Detoxify is left out: {error}")
    slowest = measured.get(peer.NAME)
    figures.show(
        f"classify: {len(texts):,} {options.source}, each classifier in a process of its own",
        ("classifier", "comments/s by 32", "times Detoxify", "by 256", "alone p50 ms", "p99 ms", "cold start s", "MB"),
        [_row(found, slowest) for found in measured.values()],
    )
    if "civility" in ours:
        peak.show("civility", alone("profile", texts, "civility"))


def alone(task: str, texts: Sequence[str], name: str, folder: str = "") -> dict[str, Any]:
    """What a fresh process found: `benchmarks.alone` says what is in it."""
    command = [sys.executable, "-m", "benchmarks.alone", task, name, str(time.time()), folder]
    done = subprocess.run(command, input=json.dumps(texts), stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _row(found: dict[str, Any], slowest: dict[str, Any] | None) -> tuple[str, ...]:
    by_256 = found["by_256"]
    return (
        found["name"],
        f"{found['by_32']:,.1f}",
        f"{found['by_32'] / slowest['by_32']:,.1f}" if slowest else "",
        f"{by_256:,.0f}" if by_256 else "",
        figures.milliseconds(found["alone"], 50),
        figures.milliseconds(found["alone"], 99),
        f"{found['cold']:.2f}",
        f"{found['megabytes']:,.0f}",
    )
