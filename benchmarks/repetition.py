"""Campaigns planted among the comments of public sets, found again; and what taking a comment in costs.

Each planted group says one comment again and again with one of twelve edits each time, by one account or by many,
within two days; everything else was said once. Of the texts one half judges here; the other half served to choose from
which likeness comments count as the same. What it costs is measured while the index grows to ten times the comments:
those are made of the words of the sets, in the sets' own proportions.
"""

import csv
import gzip
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, chain, islice
from typing import Any
from zlib import crc32

from sqlalchemy import insert, select

from benchmarks import figures
from benchmarks.edits import EDITS
from benchmarks.options import Options
from benchmarks.stage import Stage, stage
from classifiers.base import Item, Result
from classifiers.repetition.classifier import load
from moderator import clock, clusters
from moderator.context import repetition
from moderator.echoes import sketch
from moderator.pipeline import classify
from moderator.storage.tables import Author, CampaignComment, Comment, Post, Revision
from moderator.storage.tables.base import table_of

#: file, column, what stands between columns
_SETS = (
    ("jigsaw_wiki_subset/jigsaw_wiki_subset.csv.gz", "comment_text", ","),
    ("civil_toxic_spans/comments.csv.gz", "comment_text", ","),
    ("dynahate/dynahate_train_dev.csv.gz", "text", ","),
    ("wiki_context_toxicity/gc.csv.gz", "text", ","),
    ("wiki_context_toxicity/gn.csv.gz", "text", ","),
    ("mupid_political_incivility/mupid_train.csv.gz", "text", ","),
    ("gab_hate_corpus/ghc_train.tsv.gz", "text", "\t"),
    ("implicit_hate/implicit_hate_v1_stg1_posts.tsv.gz", "post", "\t"),
)

#: What the presets ask of a label before a person is asked to look.
_THRESHOLD = 0.5

_BATCH = 256
_PLANTED_SHARE = 0.45
_GROUP = (3, 12)
_SPAN, _GROUP_SPAN = timedelta(days=20), timedelta(hours=48)
_AUTHORS, _POSTS = 20_000, 200


@dataclass(frozen=True, slots=True)
class _Given:
    """One comment as it is posted."""

    text: str
    author: int
    post: int
    at: datetime
    #: the planted group and the edit; none for what was said once
    group: int | None = None
    edit: str = ""


def found(options: Options) -> None:
    """`repetition`: how many planted comments are found, and how many others."""
    if texts := _judging(options):
        with stage() as scene:
            _quality(scene, list(islice(_given(texts, options.comments), options.comments)))


def cost(options: Options) -> None:
    """`echoes`: what taking a comment in costs while the index grows."""
    if texts := _judging(options):
        for name, url in [("SQLite", None)] + ([("PostgreSQL", options.postgres)] if options.postgres else []):
            with stage(url) as scene:
                _growth(scene, name, texts, options.comments)


def _judging(options: Options) -> list[str]:
    if options.data is None:
        print("This needs --data, the folder of public sets.")
        return []
    return _said_once([text for text in _texts(options) if crc32(text.encode()) & 1])


def _texts(options: Options) -> Iterator[str]:
    assert options.data
    for file, column, between in _SETS:
        with gzip.open(options.data / file, "rt", encoding="utf-8", newline="") as source:
            quoting = csv.QUOTE_NONE if between == "\t" else csv.QUOTE_MINIMAL
            yield from (
                row[column] for row in csv.DictReader(source, delimiter=between, quoting=quoting) if row[column]
            )


def _said_once(texts: Sequence[str]) -> list[str]:
    """Without those that the sets themselves hold more than once, by the review room's way of comparing all words."""
    texts = list(dict.fromkeys(texts))
    doubled = set(chain.from_iterable(group[1:] for group in clusters.groups(texts)))
    return [text for place, text in enumerate(texts) if place not in doubled]


def _given(texts: Sequence[str], count: int) -> Iterator[_Given]:
    """Planted groups and what was said once, in the order in which they are posted."""
    chance = random.Random(20)
    texts = chance.sample(texts, len(texts))
    begun = clock.now() - _SPAN - _GROUP_SPAN
    found: list[_Given] = []
    used = 0
    while len(found) < count * _PLANTED_SHARE:
        text, used = texts[used], used + 1
        if sketch.letters(text) and len(text) <= sketch.READ:
            found += _group(text, used, begun + _SPAN * chance.random(), chance)
    for text in texts[used : used + count - len(found)]:
        found.append(
            _Given(text, chance.randrange(_AUTHORS), chance.randrange(_POSTS), begun + _SPAN * chance.random())
        )
    if len(found) < count:
        print(f"repetition: there are texts for {len(found):,} comments only")
    return iter(sorted(found, key=lambda each: each.at))


def _group(text: str, group: int, begun: datetime, chance: random.Random) -> Iterator[_Given]:
    """As it was written first, and then edited; every other group by one account alone."""
    alone = chance.randrange(_AUTHORS) if group % 2 else None
    for number in range(chance.randint(*_GROUP)):
        edit = chance.choice(tuple(EDITS)) if number else ""
        said = EDITS[edit](text, chance) if edit else text
        author = chance.randrange(_AUTHORS) if alone is None else alone
        at = begun + _GROUP_SPAN * chance.random() if number else begun
        yield _Given(said, author, chance.randrange(_POSTS), at, group, edit)


def _quality(scene: Stage, given: Sequence[_Given]) -> None:
    ids: list[str] = []
    results: list[Result] = []
    for batch in _batches(given):
        comment_ids, rows = _posted(scene, batch)
        ids += comment_ids
        around = repetition.gather(scene.runtime, rows)
        results += load().classify([Item(row.text, around=(known,)) for row, known in zip(rows, around, strict=True)])
    flagged = [max(result.scores.values()) >= _THRESHOLD for result in results]
    # The third of a group and those after it, once there are three who say it where many do.
    expected = _expected(given)
    hits, wanted = Counter[str](), Counter[str]()
    for each, yes, flag in zip(given, expected, flagged, strict=True):
        wanted[each.edit] += yes
        hits[each.edit] += yes and flag
    right = sum(yes and flag for yes, flag in zip(expected, flagged, strict=True))
    rows = [(name, f"{wanted[name]:,}", f"{hits[name] / wanted[name]:.1%}") for name in EDITS]
    rows.append(("all", f"{sum(expected):,}", f"{right / sum(expected):.1%}"))
    figures.show(
        f"repetition: {len(given):,} comments of public sets; of a campaign, the third and later ones",
        ("edit", "comments", "recall"),
        rows,
    )
    figures.show(
        "repetition: of what is flagged, and of what stands in a campaign, so much was planted",
        ("what", "comments", "precision", "recall"),
        [
            ("flagged", f"{sum(flagged):,}", f"{right / sum(flagged):.2%}", f"{right / sum(expected):.2%}"),
            _campaigns(scene, dict(zip(ids, given, strict=True))),
        ],
    )


def _expected(given: Sequence[_Given]) -> list[bool]:
    """Whether it was said three times by its account by then, or by three accounts."""
    said: dict[int, list[int]] = defaultdict(list)
    found = []
    for each in given:
        if each.group is not None:
            said[each.group].append(each.author)
        before = said[each.group] if each.group is not None else []
        found.append(len(set(before)) >= 3 or before.count(each.author) >= 3)
    return found


def _campaigns(scene: Stage, given: Mapping[str, _Given]) -> tuple[str, ...]:
    """A comment stands rightly in a campaign that is mostly of its group."""
    with scene.runtime.database.read() as session:
        members = session.execute(select(CampaignComment.campaign_id, CampaignComment.comment_id)).all()
    groups: dict[str, list[int | None]] = defaultdict(list)
    for campaign_id, comment_id in members:
        groups[campaign_id].append(given[comment_id].group)
    right = sum(
        count for found in groups.values() for group, count in Counter(found).most_common(1) if group is not None
    )
    planted = sum(each.group is not None for each in given.values())
    return "in a campaign", f"{len(members):,}", f"{right / len(members):.2%}", f"{right / planted:.2%}"


def _growth(scene: Stage, name: str, texts: Sequence[str], comments: int) -> None:
    """Measured over the last comments taken in, a twentieth of `comments`, each time."""
    most = comments * 10
    chance = random.Random(21)
    words = Counter(word for text in texts for word in text.split())
    choose, weights = list(words), list(accumulate(words.values()))
    lengths = [min(60, len(text.split())) for text in texts]
    begun = clock.now() - _SPAN
    marks = [comments // 10, comments // 3, comments, comments * 3, most]
    rows, done, spent, busy = [], 0, 0.0, 0.0
    window: list[tuple[float, float, int]] = []
    while done < most:
        batch = [
            _Given(
                " ".join(chance.choices(choose, cum_weights=weights, k=chance.choice(lengths))),
                chance.randrange(_AUTHORS),
                chance.randrange(_POSTS),
                begun + _SPAN * ((done + n) / most),
            )
            for n in range(_BATCH)
        ]
        _, stored = _posted(scene, batch)
        spent, busy = time.perf_counter(), time.process_time()
        repetition.gather(scene.runtime, stored)
        window.append((time.perf_counter() - spent, time.process_time() - busy, len(batch)))
        done += len(batch)
        if marks and done >= marks[0]:
            recent = window[-max(1, comments // 20 // _BATCH) :]
            count = sum(each[2] for each in recent)
            seconds, cpu = sum(each[0] for each in recent), sum(each[1] for each in recent)
            rows.append((f"{marks.pop(0):,}", f"{count / seconds:,.0f}", f"{cpu / count * 1e6:,.0f}"))
            print(f"repetition, {name}:", *rows[-1], flush=True)
    figures.show(
        f"repetition, {name}: taking comments in and counting their echoes, {_BATCH} at a time",
        ("in the index", "comments/s", "microseconds of CPU each"),
        rows,
    )


def _batches(given: Sequence[_Given]) -> Iterator[Sequence[_Given]]:
    return (given[at : at + _BATCH] for at in range(0, len(given), _BATCH))


def _posted(scene: Stage, batch: Sequence[_Given]) -> tuple[list[str], list[Any]]:
    """Stored as they would be by taking them from a platform. Their ids, and what the gatherer gets, in order."""
    office_id, channel_id = scene.channel.office_id, scene.channel.id
    comments, revisions = [], []
    for each in batch:
        comment_id, revision_id = clock.new_id(), clock.new_id()
        comments.append(
            {
                "id": comment_id,
                "office_id": office_id,
                "channel_id": channel_id,
                "external_id": comment_id,
                "post_id": f"{channel_id[:20]}{each.post:06}",
                "author_id": f"{channel_id[:20]}{each.author:06}",
                "permalink": "",
                "posted_at": each.at,
                "received_at": each.at,
                "visibility": "visible",
                "revision_id": revision_id,
            }
        )
        revisions.append(
            {
                "id": revision_id,
                "comment_id": comment_id,
                "number": 1,
                "text": each.text.replace("\x00", ""),
                "unreadable": [],
                "occurred_at": each.at,
                "received_at": each.at,
            }
        )
    with scene.runtime.database.write() as session:
        _name_everybody(session, channel_id)
        session.execute(insert(table_of(Comment)), comments)
        session.execute(insert(table_of(Revision)), revisions)
    with scene.runtime.database.read() as session:
        rows = {row.id: row for row in session.execute(classify.texts([row["id"] for row in revisions]))}
    return [row["id"] for row in comments], [rows[row["id"]] for row in revisions]


def _name_everybody(session: Any, channel_id: str) -> None:
    """The authors and posts that comments stand beside, once."""
    if session.get(Post, f"{channel_id[:20]}{0:06}"):
        return
    ids = [f"{channel_id[:20]}{number:06}" for number in range(_AUTHORS)]
    same = {"channel_id": channel_id}
    authors = [same | {"id": id, "external_id": id, "name": id, "handle": ""} for id in ids]
    posts = [same | {"id": id, "external_id": id, "title": "", "text": "", "permalink": ""} for id in ids[:_POSTS]]
    session.execute(insert(table_of(Author)), authors)
    session.execute(insert(table_of(Post)), posts)
