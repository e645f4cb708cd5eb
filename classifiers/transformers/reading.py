"""How a transformer reads texts of any length, and how its columns become labels.

A text is read in windows (`classifiers.windows`); each label has the score of its worst window, and a span says which
one that was where there are several. Windows go through the model in batches of one length: without padding there is
nothing that a neighbour in the batch could change, up to the rounding of floats.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from classifiers.base import Item, Result, Span
from classifiers.language import language_of
from classifiers.text import MAX_READABLE, normalise
from classifiers.transformers.libraries import library
from classifiers.windows import Window, enough, has_gaps, located, windows

#: From this score on a span says which window carries a label, where there are several.
SPAN_SCORE = 0.4
#: Tokens of a window, its marks counted, where the model could take more; tokens that neighbours share.
WINDOW, OVERLAP = 512, 64
BATCH = 32

#: Scores that differ by less are the same to a float of the model.
_NEAR = 1e-6
#: Characters that tell the language of the whole.
_TELLING = 2_000
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

#: What turns a model's logits into probabilities: each column by itself, or all sharing one.
Activation = Literal["sigmoid", "softmax"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the model saw it. `scores` are probabilities, windows × columns."""

    windows: tuple[Window, ...]
    scores: Sequence[Sequence[float]]
    complete: bool


class Reader:
    """A model with its tokenizer: texts in, probabilities of its columns out. Safe to share between threads."""

    def __init__(self, model: Any, tokenizer: Any, activation: Activation, window: int | None, batch_size: int) -> None:
        """`window` None: the longest that the model takes, up to `WINDOW`. Raises `ValueError` for one it cannot."""
        self._torch = library("torch", "transformers")
        self._model = model.eval()
        self._activate = self._torch.sigmoid if activation == "sigmoid" else _softmax
        self._batch_size = batch_size
        self._tokenizer = _plain(tokenizer)
        self._before, self._after = _marks(self._tokenizer)
        longest = min(WINDOW, _longest(model, tokenizer)) if window is None else window
        self._size = longest - len(self._before) - len(self._after)
        if self._size < 2:
            raise ValueError(f"option window: {longest} tokens leave no room for a text between the model's marks")
        self._overlap = min(OVERLAP, self._size // 4)
        #: no ordinary text has more tokens than characters, and a longer one goes to a person
        self._most = enough(MAX_READABLE, self._size, self._overlap)
        self._try(longest)

    def read(self, texts: Sequence[str]) -> Iterator[Reading]:
        """One reading for each text, in order."""
        found = self._tokenizer.encode_batch([text.translate(_SURROGATES) for text in texts], add_special_tokens=False)
        ranges = [windows(len(each.ids), self._size, self._overlap, self._most) for each in found]
        scores = iter(
            self._scores([each.ids[a:b] for each, places in zip(found, ranges, strict=True) for a, b in places])
        )
        for each, places in zip(found, ranges, strict=True):
            yield Reading(located(places, each.offsets), [next(scores) for _ in places], not has_gaps(places))

    def _scores(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Probabilities of each row of token ids, in order; the rows of one length together."""
        scores: list[list[float]] = [[]] * len(rows)
        for _, same in groupby(sorted(range(len(rows)), key=lambda n: len(rows[n])), key=lambda n: len(rows[n])):
            numbers = list(same)
            for begin in range(0, len(numbers), self._batch_size):
                batch = numbers[begin : begin + self._batch_size]
                for number, row in zip(batch, self._forward([rows[n] for n in batch]), strict=True):
                    scores[number] = row
        return scores

    def _forward(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        torch = self._torch
        with torch.inference_mode():
            ids = torch.tensor([[*self._before, *row, *self._after] for row in rows])
            logits = self._model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
            probabilities: list[list[float]] = self._activate(logits.double()).tolist()
        return probabilities

    def _try(self, longest: int) -> None:
        filler = [self._after[-1] if self._after else 0] * self._size
        try:
            self._forward([filler, filler])
        except (IndexError, RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ValueError(f"option window: the model cannot read {longest} tokens at once ({reason})") from None


class SequenceClassifier:
    """A classifier by a transformer."""

    def __init__(
        self,
        name: str,
        version: str,
        reader: Reader,
        columns: Mapping[str, Sequence[int]],
        activation: Activation,
        languages: Collection[str],
    ) -> None:
        """`columns`: which of the model's columns stand for each label. `languages`: codes; none where not known."""
        self.name = name
        self.version = version
        self.labels = tuple(columns)
        self._reader = reader
        self._columns = columns
        self._languages = languages
        self._joined = max if activation == "sigmoid" else _together

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        texts = [item.text for item in batch]
        return [self._result(text, reading) for text, reading in zip(texts, self._reader.read(texts), strict=True)]

    def _result(self, text: str, reading: Reading) -> Result:
        scores: dict[str, float] = {}
        spans: list[Span] = []
        for label, columns in self._columns.items():
            by_window = [self._joined([row[column] for column in columns]) for row in reading.scores]
            scores[label] = max(by_window)
            if len(by_window) > 1 and scores[label] >= SPAN_SCORE:
                spans += _span(label, reading.windows[_first_worst(by_window)])
        language = language_of(normalise(text[:_TELLING]).text) if self._languages else ""
        doubts = {
            "read_in_part": not reading.complete,
            "other_language": language != "" and language not in self._languages,
        }
        return Result(scores, tuple(spans), language, tuple(doubt for doubt, holds in doubts.items() if holds))


def activation_of(config: Any) -> Activation:
    """What a model's own settings say: sigmoid for several labels at once or a single one, else softmax.

    Raises `ValueError` for a model that gives quantities.
    """
    if config.problem_type == "regression":
        raise ValueError("option activation is missing: the model gives quantities; sigmoid would make them scores")
    several = config.problem_type == "multi_label_classification" or config.num_labels == 1
    return "sigmoid" if several else "softmax"


def _softmax(logits: Any) -> Any:
    return logits.softmax(dim=-1)


def _together(probabilities: Sequence[float]) -> float:
    """Of classes that exclude each other: that it is any of them."""
    return min(1.0, sum(probabilities))


def _first_worst(scores: Sequence[float]) -> int:
    """Like windows score alike up to rounding; the first of them is the same in every batch."""
    worst = max(scores)
    return next(number for number, score in enumerate(scores) if score >= worst - _NEAR)


def _span(label: str, window: Window) -> list[Span]:
    return [Span(window.start, window.end, label)] if window.start < window.end else []


def _plain(tokenizer: Any) -> Any:
    """The tokenizer's core, which knows offsets and, unlike its wrapper, keeps no state between calls."""
    core = getattr(tokenizer, "backend_tokenizer", None)
    if core is None:
        raise ValueError("the model's tokenizer gives no offsets: save it with a tokenizer.json")
    core.no_truncation()
    core.no_padding()
    return core


def _marks(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The ids that the model expects before and after a text."""
    found = tokenizer.encode("a")
    text = [place for place, mark in enumerate(found.special_tokens_mask) if not mark]
    if not text:
        return found.ids[:1], found.ids[1:]
    return found.ids[: text[0]], found.ids[text[-1] + 1 :]


def _longest(model: Any, tokenizer: Any) -> int:
    """Tokens at once, marks counted, by the tokenizer's settings and the room that the model has for positions."""
    rooms = [tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None) or WINDOW]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and hasattr(module, "num_embeddings"):
            # some count positions from behind the one that stands for padding
            padding = module.padding_idx
            rooms.append(module.num_embeddings - (0 if padding is None else padding + 1))
    return int(min(rooms))
