"""The bundled model at work: every view and window of a comment through one small network, the worst one counts.

Each window goes through the network alone, so a result never depends on what else is in the batch; a batch is spread
over the processors instead. Nothing is loaded from anywhere but this folder.
"""

import hashlib
import os
import threading
import tomllib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from classifiers.base import Item, Result, Span
from classifiers.civility import occlusion
from classifiers.civility.reading import OVERLAP, WINDOW, Reader, Tokens
from classifiers.language import ENGLISH, language_of
from classifiers.views import LITERAL, View, Views
from classifiers.windows import windows

Floats = NDArray[np.float32]

#: How far undoing a disguise raised the highest score: a signal for people, no rule needs it.
OBFUSCATION = "obfuscation"
#: A tone, never a breach by itself.
INCIVILITY = "incivility"
#: From this score on, the window of a long text that holds it is told.
SPAN_SCORE = 0.4
#: Windows of one view: about 25,000 characters in full, longer texts are read in places from start to end.
MOST_WINDOWS = 64


class ModelDamaged(Exception):
    """The committed model is not the one that the card describes."""


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a view of a text: word pieces from number `first` on, and the characters that they were written as."""

    view: str
    first: int
    tokens: Tokens

    @property
    def span(self) -> tuple[int, int]:
        spans = self.tokens.spans
        return (spans[0][0], spans[-1][1]) if spans else (0, 0)


class Civility:
    """Labels as in its card. Safe to share between threads."""

    name = "civility"

    def __init__(self, model: bytes, reader: Reader, card: Mapping[str, Any], threads: int | None = None) -> None:
        self.version: str = card["version"]
        self._learned: tuple[str, ...] = tuple(card["calibration"])
        self.labels = (*self._learned, OBFUSCATION)
        self._columns = [card["outputs"].index(label) for label in self._learned]
        self._slope = np.array([card["calibration"][label]["slope"] for label in self._learned])
        self._intercept = np.array([card["calibration"][label]["intercept"] for label in self._learned])
        self._breaches = np.array([label != INCIVILITY for label in self._learned])
        self._reader = reader
        self._views = Views.of_word_pieces(reader.vocabulary)
        self._session = _session(model)
        self._kept = _Kept()
        self._pool = ThreadPoolExecutor(threads or len(os.sched_getaffinity(0)), "civility")

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        views = [self._views.of(item.text) for item in batch]
        read = [self._windows(several) for several in views]
        logits = self._logits([window.tokens for windows in read for window in windows])
        results: list[Result] = []
        done = 0
        for several, found in zip(views, read, strict=True):
            results.append(self._result(several[0], found, logits[done : done + len(found)]))
            done += len(found)
        return results

    def explain(self, item: Item, labels: Sequence[str]) -> tuple[Span, ...]:
        found = self._windows(self._views.of(item.text))
        scores = self._scores(self._logits([window.tokens for window in found]))
        spans: list[Span] = []
        for label in labels:
            if label in self._learned:
                column = self._learned.index(label)
                window = found[int(scores[:, column].argmax())]
                words = occlusion.words(window.tokens, item.text)
                without = self._logits([window.tokens, *occlusion.without_each(window.tokens, words)])[:, column]
                spans += (Span(start, end, label) for start, end in occlusion.carriers(words, window.tokens, without))
        return tuple(sorted(spans, key=lambda span: (span.start, span.end)))

    def embed(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, texts × 384, of the first window of each text as it stands: near in meaning is near in angle.

        Trained to stay near those of all-MiniLM-L6-v2; the card says how near.
        """
        ran = self._ran([self._windows(self._views.of(text)[:1])[0].tokens for text in texts])
        return np.concatenate([embedding for _, embedding in ran]) if ran else np.zeros((0, 384), np.float32)

    def keep(self, windows: int) -> None:
        """Remember what the network made of so many windows, the last ones, at about 3 kB each. At first it is none."""
        self._kept.most = windows

    def _windows(self, views: Sequence[View]) -> list[Window]:
        """Every window of every view, those of the literal view first."""
        found: list[Window] = []
        for view in views:
            tokens = self._reader.tokens(view.plain)
            for first, last in windows(len(tokens.ids), WINDOW, OVERLAP, MOST_WINDOWS):
                found.append(Window(view.name, first, Tokens(tokens.ids[first:last], tokens.spans[first:last])))
        return found

    def _logits(self, batch: Sequence[Tokens]) -> Floats:
        """Windows × labels."""
        rows = [row for row, _ in self._ran(batch)]
        return np.concatenate(rows)[:, self._columns] if rows else np.zeros((0, len(self._columns)), np.float32)

    def _ran(self, batch: Sequence[Tokens]) -> list[tuple[Floats, Floats]]:
        """Logits and embedding of each window, in order. Equal windows are run once, as far as they are remembered."""
        keys = [tuple(tokens.ids) for tokens in batch]
        known = self._kept.get(keys)
        new = {key: tokens for key, tokens in zip(keys, batch, strict=True) if key not in known}
        order = sorted(new, key=len, reverse=True)
        ran = (
            map(self._run, new.values()) if len(order) == 1 else self._pool.map(self._run, [new[key] for key in order])
        )
        found = dict(zip(order, ran, strict=True))
        self._kept.put(found)
        known |= found
        return [known[key] for key in keys]

    def _run(self, tokens: Tokens) -> tuple[Floats, Floats]:
        ids = np.array([[self._reader.first, *tokens.ids, self._reader.last]], np.int64)
        logits, embedding = self._session.run(None, {"ids": ids})
        return logits, embedding

    def _scores(self, logits: Floats) -> NDArray[np.float64]:
        """Calibrated probabilities: windows × labels."""
        scores: NDArray[np.float64] = 1 / (1 + np.exp(-(logits * self._slope + self._intercept)))
        return scores

    def _result(self, literal: View, found: Sequence[Window], logits: Floats) -> Result:
        scores = self._scores(logits)
        best = scores.argmax(0)
        worst = dict(zip(self._learned, map(float, scores.max(0)), strict=True))
        language = language_of(literal.plain.text)
        doubts = {"other_language": language not in (ENGLISH, ""), "read_in_part": _has_unread(found)}
        return Result(
            scores=worst | {OBFUSCATION: self._obfuscation(found, scores)},
            spans=_long_spans(found, worst, best),
            language=language,
            doubts=tuple(doubt for doubt, holds in doubts.items() if holds),
            views={
                label: found[row].view
                for label, row in zip(self._learned, best, strict=True)
                if found[row].view != LITERAL
            },
        )

    def _obfuscation(self, found: Sequence[Window], scores: NDArray[np.float64]) -> float:
        literal = np.array([window.view == LITERAL for window in found])
        if literal.all():
            return 0.0
        raised = scores[~literal].max(0) - scores[literal].max(0)
        return float(max(raised[self._breaches].max(), 0.0))


class _Kept:
    """What the network made of the windows that it read last. Safe to share between threads."""

    def __init__(self) -> None:
        self.most = 0
        self._rows: OrderedDict[tuple[int, ...], tuple[Floats, Floats]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, keys: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], tuple[Floats, Floats]]:
        with self._lock:
            found = {key: self._rows[key] for key in keys if key in self._rows}
            for key in found:
                self._rows.move_to_end(key)
        return found

    def put(self, rows: Mapping[tuple[int, ...], tuple[Floats, Floats]]) -> None:
        with self._lock:
            self._rows.update(rows)
            while len(self._rows) > self.most:
                self._rows.popitem(last=False)


def load(threads: int | None = None) -> Civility:
    """The classifier with its committed model; `threads` for a batch, by default one per processor.

    Raises `ModelDamaged` if the model is not that of the card.
    """
    place = files(__package__)
    card = tomllib.loads(place.joinpath("card.toml").read_text("utf-8"))
    model, vocabulary = place.joinpath("model.onnx").read_bytes(), place.joinpath("tokenizer.json").read_bytes()
    for name, content in (("model.onnx", model), ("tokenizer.json", vocabulary)):
        found = hashlib.sha256(content).hexdigest()
        if found != card["files"][name]:
            raise ModelDamaged(f"classifiers/civility/{name} has sha256 {found}, its card says {card['files'][name]}")
    return Civility(model, Reader(vocabulary), card, threads)


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _has_unread(found: Sequence[Window]) -> bool:
    """Whether word pieces between two windows of a view are in neither."""
    return any(
        left.view == right.view and left.first + len(left.tokens.ids) < right.first for left, right in pairwise(found)
    )


def _long_spans(found: Sequence[Window], worst: Mapping[str, float], best: NDArray[np.int64]) -> tuple[Span, ...]:
    """For a text of several windows, which one scored each label that matters."""
    if sum(window.view == LITERAL for window in found) < 2:
        return ()
    spans = (
        (label, found[row].span) for (label, score), row in zip(worst.items(), best, strict=True) if score >= SPAN_SCORE
    )
    return tuple(Span(start, end, label) for label, (start, end) in spans)
