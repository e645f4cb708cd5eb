"""Is a comment about its post, about anything that the page is for, or does it turn away from both?

A pair model on the vectors of the bundled model and on the words that two texts share. A post is read once; a comment
costs no more than a few products, as its vector is made anyway. A short reaction has no subject, so it scores 0
whatever it says, and so does a short question for the two kinds of off topic.
"""

import threading
import tomllib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from classifiers.base import Item, Page, Result
from classifiers.embedding import embed
from classifiers.language import ENGLISH, language_of
from classifiers.relevance import scoring
from classifiers.relevance.reading import READ, Floats, Read, manner, overlap, passages, plain_of, read, stem
from classifiers.relevance.reading import words as words_of
from classifiers.relevance.weights import LABELS, Weights
from classifiers.relevance.weights import read as read_weights

#: From this score on it is said what the comment seems to be about.
SAID = 0.3
#: How near a topic of the page must be to name what a comment is about; then it is hardly off topic for the page.
NEAR, UNLIKELY = 0.3, 0.29
#: Posts and other comments that are remembered, at about 20 kB each, and as many topics.
REMEMBERED = 512
#: Topics of a page that are looked at, and characters of a post that are quoted.
MOST_TOPICS, QUOTED = 50, 80
WEIGHTIEST = 3

_NOTHING = Page()

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Under:
    """What a comment is held against: a post, another comment, or what a page is for."""

    read: Read
    vector: Floats
    #: the vector times `Weights.answers`
    answering: Floats
    #: what it says, sentence by sentence: their vectors, and those times `Weights.answers`
    passages: tuple[str, ...]
    passage_vectors: Floats
    passages_answering: Floats
    #: how near it is to each usual matter
    to_usual: Floats


class Relevance:
    """Labels as in its card. Safe to share between threads."""

    name = "relevance"
    labels = LABELS
    wants: tuple[type, ...] = (Page,)

    def __init__(self, weights: Weights, version: str) -> None:
        self.version = version
        self._weights = weights
        self._answers = weights.answers.astype(np.float32)
        self._under: _Kept[Under] = _Kept()
        self._vectors: _Kept[Floats] = _Kept()

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        pages = [item.get(Page, _NOTHING) for item in batch]
        reads = [read(item.text, self._weights.rarities) for item in batch]
        scored = [
            place
            for place, (item, page) in enumerate(zip(batch, pages, strict=True))
            if _has(item.post_text, page) and not reads[place].is_reaction
        ]
        results = [Result(dict.fromkeys(LABELS, 0.0))] * len(batch)
        if not scored:
            return results
        vectors = embed([batch[place].text for place in scored])
        chosen = [(batch[place], pages[place], reads[place]) for place in scored]
        table = self._scores(chosen, vectors)
        for place, row, vector in zip(scored, table, vectors, strict=True):
            results[place] = self._result(batch[place], pages[place], reads[place], row, vector)
        return results

    def _scores(self, chosen: Sequence[tuple[Item, Page, Read]], vectors: Floats) -> NDArray[np.float64]:
        """Comments × labels, before any rule."""
        weights = self._weights
        under = [self._against(item, page) for item, page, _ in chosen]
        flat = [(row, one) for row, several in enumerate(under) for one in several]
        rows = np.array([row for row, _ in flat])
        features = scoring.pair_features(
            vectors[rows],
            np.stack([one.vector for _, one in flat]),
            np.stack([one.answering for _, one in flat]),
            [overlap(chosen[row][2], one.read) for row, one in flat],
        )
        related = np.full(len(chosen), -np.inf)
        np.maximum.at(related, rows, scoring.related(weights, features))
        matters = (vectors @ weights.usual.T).argmax(axis=1)
        near = np.full((len(chosen), 3), -np.inf)
        for row, one in flat:
            mine = (one.passage_vectors, one.passages_answering, one.to_usual, int(matters[row]))
            near[row] = np.maximum(near[row], scoring.passage_features(vectors[row], *mine))
        usual, alien = scoring.nearest(vectors, weights.usual), scoring.nearest(vectors, weights.alien)
        topic = usual.copy()
        for row, (_, page, _) in enumerate(chosen):
            if page.topics:
                topic[row] = float(np.max(self._vectors_of(page.topics[:MOST_TOPICS]) @ vectors[row]))
        own = np.column_stack([[manner(text) for _, _, text in chosen], usual, alien])
        return scoring.probabilities(weights, scoring.label_features(related, topic, own, near))

    def _against(self, item: Item, page: Page) -> list[Under]:
        """What the comment may be about: the post, and what it answers; without a post, what the page is for."""
        texts = [item.post_text if item.post_text.strip() else ". ".join(page.topics[:MOST_TOPICS])]
        if item.parent_text.strip():
            texts.append(item.parent_text)
        return [self._under_of(text[:READ]) for text in texts]

    def _under_of(self, text: str) -> Under:
        known = self._under.get(text)
        if known is None:
            known = self._made(text)
            self._under.put(text, known)
        return known

    def _made(self, text: str) -> Under:
        said = tuple(passages(text))
        vectors = embed([text, *said])
        answering = vectors @ self._answers.T
        return Under(
            read=read(text, self._weights.rarities),
            vector=vectors[0],
            answering=answering[0],
            passages=said,
            passage_vectors=vectors[1:],
            passages_answering=answering[1:],
            to_usual=self._weights.usual @ vectors[0],
        )

    def _vectors_of(self, texts: Sequence[str]) -> Floats:
        """Vectors of topics or passages, one by one remembered."""
        missing = [text for text in texts if self._vectors.get(text[:READ]) is None]
        made = dict(zip((text[:READ] for text in missing), embed([text[:READ] for text in missing]), strict=True))
        for text, vector in made.items():
            self._vectors.put(text, vector)
        found = [made[text[:READ]] if text[:READ] in made else self._vectors.get(text[:READ]) for text in texts]
        return np.stack([vector for vector in found if vector is not None])

    def _result(self, item: Item, page: Page, said: Read, row: NDArray[np.float64], vector: Floats) -> Result:
        scores = dict(zip(LABELS, map(float, row), strict=True))
        if said.is_short_question:
            scores |= {"off_topic_post": 0.0, "off_topic": 0.0}
        if item.post_text.strip():
            # What is about the post is about something that the page is for.
            scores["off_topic"] = min(scores["off_topic"], scores["off_topic_post"])
            if self._nearest_topic(page, vector):
                scores["off_topic"] = min(scores["off_topic"], UNLIKELY)
        else:
            scores |= {"off_topic_post": 0.0, "deflection": 0.0}
        if max(scores.values()) < SAID:
            return Result(scores)
        language = language_of(plain_of(item.text).text)
        doubts = ("other_language",) if language not in (ENGLISH, "") else ()
        because = self._because(item, page, said, vector)
        because = {label: text for label, text in because.items() if scores[label] >= SAID}
        return Result(scores, language=language, doubts=doubts, because=because)

    def _because(self, item: Item, page: Page, said: Read, vector: Floats) -> Mapping[str, str]:
        subject = self._subject(item, page, said, vector)
        passage = self._passage(item.post_text, vector)
        near = f"; the closest passage of the post is “{passage}”" if passage else ""
        return {
            "off_topic_post": f"It seems to be about {subject}{near}.",
            "off_topic": f"It seems to be about {subject}, and nothing that the page is for comes near.",
            "deflection": f"It seems to turn to {subject}{near}.",
        }

    def _subject(self, item: Item, page: Page, said: Read, vector: Floats) -> str:
        """The nearest topic of the page, or else the comment's weightiest words; no name and no number."""
        if topic := self._nearest_topic(page, vector):
            return f"“{_shortened(topic)}”"
        plain = [word for word in words_of(item.text[:READ]) if word.islower() and word.isalpha() and len(word) > 3]
        weighed = sorted(dict.fromkeys(plain), key=lambda word: (-said.rarity.get(stem(word), 0.0), word))
        known = [word for word in weighed if stem(word) in said.rarity][:WEIGHTIEST]
        return " and ".join(f"“{word}”" for word in known) or "another matter"

    def _nearest_topic(self, page: Page, vector: Floats) -> str:
        """What the page is for that the comment seems to be about; nothing where none is near."""
        topics = [topic for topic in page.topics[:MOST_TOPICS] if topic.strip()]
        if not topics:
            return ""
        likeness = self._vectors_of(topics) @ vector
        return topics[int(likeness.argmax())] if likeness.max() >= NEAR else ""

    def _passage(self, post: str, vector: Floats) -> str:
        """What of the post is nearest to the comment, shortened; nothing where there is no post."""
        if not post.strip():
            return ""
        under = self._under_of(post[:READ])
        return _shortened(under.passages[int((under.passage_vectors @ vector).argmax())])


class _Kept(Generic[Value]):
    """What was made last, by text. Safe to share between threads."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, text: str) -> Value | None:
        with self._lock:
            if text in self._values:
                self._values.move_to_end(text)
            return self._values.get(text)

    def put(self, text: str, value: Value) -> None:
        with self._lock:
            self._values[text] = value
            while len(self._values) > REMEMBERED:
                self._values.popitem(last=False)


def load() -> Relevance:
    """The classifier with its committed weights. Raises `WeightsDamaged` if they are not those of the card."""
    place = files(__package__)
    card = tomllib.loads(place.joinpath("card.toml").read_text("utf-8"))
    return Relevance(read_weights(place.joinpath("weights.npz").read_bytes(), card["sha256"]), card["version"])


def _has(post: str, page: Page) -> bool:
    return bool(post.strip()) or any(topic.strip() for topic in page.topics)


def _shortened(text: str) -> str:
    """One line of at most `QUOTED` characters."""
    line = " ".join(text.replace("“", "'").replace("”", "'").split())
    return line if len(line) <= QUOTED else line[: QUOTED - 1].rstrip() + "…"
