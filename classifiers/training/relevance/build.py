"""The whole way from the data folder to the two committed files, with every figure that the card gives."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from classifiers.base import Item, Page
from classifiers.relevance import scoring
from classifiers.relevance.classifier import Relevance
from classifiers.relevance.reading import OWN, Floats, lists, manner, passages
from classifiers.relevance.weights import FEATURES, LABELS, Weights
from classifiers.training import calibration, card
from classifiers.training.relevance import fit, pairs, sheets
from classifiers.training.relevance.fit import Features
from classifiers.training.relevance.pairs import Pair
from classifiers.training.relevance.sheets import Said

#: How often a pair that tunes or judges is put beside strangers.
ROUNDS = 5
#: What share of a page's comments of substance a label is right for, by guess. Among the items it is more: they are
#: balanced, and what is calibrated on them alone would point at a quarter of the ordinary talk of a page.
SHARE = {"off_topic_post": 0.15, "off_topic": 0.08, "deflection": 0.05}
#: How strongly the heads may lean on a feature; chosen on the items that tune.
STRENGTH = {"related": 1.0, "off_topic_post": 0.3, "off_topic": 0.3, "deflection": 0.3}
#: What each head may look at; chosen on the items that tune.
_BY_ITSELF = ("related", "topic", *OWN)
USED = {
    "off_topic_post": ("related", "topic", "usual", "alien", "passage", "passage_answered", "post_likeness"),
    "off_topic": _BY_ITSELF,
    "deflection": _BY_ITSELF,
}
LONG = 12
LIMITS = (
    "It reads English. What it would call off topic in another language goes to a person.",
    "A comment of few words, or of few that name a matter, scores 0 whatever it is about.",
    "It knows words and meanings, not the world: a comment that is about the post by what everybody in town knows may "
    "look as if it were not.",
    "A comment that answers another one is held against that one as well; the more favourable counts.",
    "Deflection is told by the way of speaking: a turn to another matter without a usual phrase is called off topic "
    "at most.",
    "Of a text, the first 2,000 characters are read.",
    "The items that calibrate and judge were written for this project by one hand, for invented offices.",
)


def build(data: Path, cache: Path, out: Path, today: date, report: Callable[[str], None]) -> None:
    """Write `weights.npz` and `card.toml` to `out`. Raises `DataMissing`, and then writes nothing."""
    found = pairs.wiki(data)
    own = {name: sheets.load(name) for name in ("train", "tune", "judge")}
    report(f"{len(found):,} pairs; own items: " + ", ".join(f"{len(items)} {name}" for name, items in own.items()))
    anchors = lists().anchors
    said = [item for items in own.values() for item in items]
    texts = [text for item in said for text in (item.text, item.post, *item.topics)]
    texts += [text for post in {item.post for item in said} for text in passages(post)]
    texts += [text for pair in found for text in (pair.comment, pair.parent)]
    vectors = pairs.vectors([*texts, *anchors["usual"], *anchors["alien"]], cache, report)
    mapped, headed, tuned, judged = ([pair for pair in found if pair.place == place] for place in range(4))
    common = [text for pair in mapped for text in (pair.comment, pair.parent)]
    common += [text for item in own["train"] for text in (item.text, item.post)]
    rarity = fit.rarities([*common, *pairs.alone(data)])
    matrix = fit.answers(mapped, vectors, report)
    features = Features(vectors, rarity, matrix)
    related = _related(features, headed, own["train"])
    drafted = Weights(
        rarities=rarity,
        answers=matrix,
        related=related,
        heads=np.zeros((len(LABELS), len(FEATURES) + 1), np.float32),
        usual=np.stack([vectors[text] for text in anchors["usual"]]),
        alien=np.stack([vectors[text] for text in anchors["alien"]]),
    )
    weights = _with_heads(drafted, features, own["train"], own["tune"])
    figures = _pair_figures(weights, features, tuned, judged)
    content = weights.dump()
    sha256 = hashlib.sha256(content).hexdigest()
    classifier = Relevance(weights, "draft")
    for name in ("tune", "judge"):
        figures[f"own_items_{name}"] = _item_figures(classifier, own[name])
    for line in card.render(figures).splitlines():
        report(line)
    written = {
        "name": "relevance",
        "version": f"1-{sha256[:8]}",
        "summary": "Whether a comment is about its post, about anything the page is for, or turns away from it.",
        "labels": list(LABELS),
        "licence": "Apache-2.0 for the code; the pairs under their own licence, below",
        "sha256": sha256,
        "trained": today.isoformat(),
        "limits": list(LIMITS),
        **figures,
        "data": card.sources([pairs.WIKI], [], ()),
    }
    out.mkdir(parents=True, exist_ok=True)
    out.joinpath("weights.npz").write_bytes(content)
    out.joinpath("card.toml").write_text(card.render(written), "utf-8")
    report(f"wrote weights.npz ({len(content) / 1e3:.0f} kB) and card.toml to {out}")


def _related(features: Features, found: Sequence[Pair], own: Sequence[Said]) -> Floats:
    true, strange = _beside(features, found, fit.STRANGERS)
    told = [item for item in own if item.kind in (sheets.ABOUT, sheets.ELSEWHERE, sheets.NOWHERE)]
    items = features.of([item.text for item in told], [item.post for item in told])
    answers = np.array([float(item.kind == sheets.ABOUT) for item in told])
    truth = np.concatenate([np.ones(len(true)), np.zeros(len(strange)), answers])
    counts = ((true, fit.STRANGERS), (strange, 1), (told, fit.OWN_WEIGHT))
    each = np.concatenate([np.full(len(rows), float(weight)) for rows, weight in counts])
    return fit.logistic(np.concatenate([true, strange, items]), truth, each, STRENGTH["related"])


def _beside(features: Features, found: Sequence[Pair], rounds: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    true = features.of([pair.comment for pair in found], [pair.parent for pair in found])
    drawn = pairs.strangers(found, rounds, seed=1)
    return true, features.of([pair.comment for pair, _ in drawn], [other.parent for _, other in drawn])


def _label_features(weights: Weights, features: Features, items: Sequence[Said]) -> NDArray[np.float64]:
    """Each item as on a page that says what it is for, and after all of them each as on a page that does not."""
    related = scoring.related(weights, features.of([item.text for item in items], [item.post for item in items]))
    said = np.stack([features.vectors[item.text] for item in items])
    usual, alien = scoring.nearest(said, weights.usual), scoring.nearest(said, weights.alien)
    topic = np.array([
        max(float(features.vectors[item.text] @ features.vectors[topic]) for topic in item.topics) for item in items
    ])  # fmt: skip
    own = np.column_stack([[manner(features.read(item.text)) for item in items], usual, alien])
    matters = (said @ weights.usual.T).argmax(axis=1)
    near = np.array([
        scoring.passage_features(vector, *features.passages(item.post, weights.usual), int(matter))
        for item, vector, matter in zip(items, said, matters, strict=True)
    ])  # fmt: skip
    told, untold = (scoring.label_features(related, nearest, own, near) for nearest in (topic, usual))
    return np.concatenate([told, untold])


def _with_heads(weights: Weights, features: Features, train: Sequence[Said], tune: Sequence[Said]) -> Weights:
    """A head per label: fitted on what trains, turned into probabilities on what tunes."""
    rows = []
    tables = [_label_features(weights, features, items) for items in (train, tune)]
    for label in LABELS:
        (known, truth), (tuning, held) = (
            _of_substance(features, items, table, label) for items, table in zip((train, tune), tables, strict=True)
        )
        used = [FEATURES.index(name) for name in USED[label]]
        fitted = fit.logistic(known[:, used], truth, np.ones(len(truth)), STRENGTH[label])
        head = np.zeros(len(FEATURES) + 1, np.float32)
        head[[*used, -1]] = fitted
        logits = tuning @ head[:-1] + head[-1]
        slope, intercept = calibration.sigmoid(logits, held, np.ones(len(held)), label)
        head = head * slope
        share = float(held.mean())
        head[-1] += intercept + np.log(SHARE[label] / (1 - SHARE[label])) - np.log(share / (1 - share))
        rows.append(head)
    return Weights(
        rarities=weights.rarities,
        answers=weights.answers,
        related=weights.related,
        heads=np.stack(rows).astype(np.float32),
        usual=weights.usual,
        alien=weights.alien,
    )


def _of_substance(
    features: Features, items: Sequence[Said], table: NDArray[np.float64], label: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The rows of the table that are scored at all and known for the label, and what is true of them."""
    truths = [None if features.read(item.text).is_reaction else item.truth(label) for item in items] * 2
    kept = [place for place, truth in enumerate(truths) if truth is not None]
    return table[kept], np.array([truth for truth in truths if truth is not None])


def _pair_figures(
    weights: Weights, features: Features, tuned: Sequence[Pair], judged: Sequence[Pair]
) -> dict[str, Any]:
    """How well a true parent is told from a stranger's, by area under the curve."""
    found: dict[str, Any] = {}
    for name, several in (("tune", tuned), ("judge", judged)):
        long = [pair for pair in several if len(pair.comment.split()) >= LONG]
        of_substance = [pair for pair in several if not features.read(pair.comment).is_reaction]
        for which, chosen in (("all", several), (f"from_{LONG}_words", long), ("of_substance", of_substance)):
            true, strange = _beside(features, chosen, ROUNDS)
            held = np.repeat([1, 0], [len(true), len(strange)])
            both = np.concatenate([true, strange])
            found[f"pairs_{name}_{which}"] = {
                "pairs": len(chosen),
                "cosine": round(float(roc_auc_score(held, both[:, 0])), 4),
                "answers": round(float(roc_auc_score(held, both[:, 1])), 4),
                "head": round(float(roc_auc_score(held, scoring.related(weights, both))), 4),
            }
    return found


def _item_figures(classifier: Relevance, items: Sequence[Said]) -> dict[str, Any]:
    """What the classifier makes of own items, rules included, on pages that say what they are for."""
    results = classifier.classify([Item(item.text, item.post, around=(Page(topics=item.topics),)) for item in items])
    kinds = np.array([item.kind for item in items])
    figures: dict[str, Any] = {}
    for label in LABELS:
        scores = np.array([result.scores[label] for result in results])
        truth = np.array([np.nan if (holds := item.truth(label)) is None else holds for item in items])
        known = ~np.isnan(truth)
        order = np.sort(scores[truth == 1])[::-1]
        bar = float(order[int(np.ceil(0.6 * len(order))) - 1])
        figures[label] = {
            "items": int(known.sum()),
            "positives": int((truth == 1).sum()),
            "roc_auc": round(float(roc_auc_score(truth[known], scores[known])), 4),
            "precision_at_recall_0.6": _precision(scores, truth, bar),
            "threshold_there": round(bar, 3),
            **{
                f"{what}_at_{at}": figure
                for at in (0.5, 0.8)
                for what, figure in (
                    ("precision", _precision(scores, truth, at)),
                    ("recall", round(float((scores[truth == 1] >= at).mean()), 4)),
                )
            },
            "reactions_flagged": int((scores[kinds == sheets.REACTION] >= 0.5).sum()),
            "about_the_post_flagged": int((scores[kinds == sheets.ABOUT] >= 0.5).sum()),
            "turns_flagged": round(float((scores[kinds == sheets.TURN] >= 0.5).mean()), 4),
        }
    return figures


def _precision(scores: NDArray[np.float64], truth: NDArray[np.float64], at: float) -> float:
    claimed = (scores >= at) & ~np.isnan(truth)
    return round(float(truth[claimed].mean()), 4) if claimed.any() else 0.0
