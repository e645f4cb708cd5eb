"""From each public set's own columns to our labels. One function per set; nothing is filtered or split here.

A reader gets the set's files opened as text, by name, and yields rows. A label that a set does not judge is left out
of the row: unknown is not negative.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TextIO

from classifiers.training.rows import Part, Row

Files = Mapping[str, TextIO]

csv.field_size_limit(10_000_000)


def read_dynahate(files: Files) -> Iterator[Row]:
    for line in csv.DictReader(files["dynahate_train_dev.csv.gz"]):
        part = Part.TRAIN if line["official_split"] == "train" else Part.HELD
        yield _row(line["text"], {"discrimination": float(line["label"])}, part)


def read_measuring_hate_speech(files: Files) -> Iterator[Row]:
    for name, part in (("ken20_train_20692.csv.gz", Part.TRAIN), ("ken20_dev_500.csv", Part.HELD)):
        for line in csv.DictReader(files[name]):
            yield _row(line["text"], {"discrimination": float(line["label"])}, part)


def read_hatemoji(files: Files) -> Iterator[Row]:
    for name, part in (("hatemojibuild_train.csv.gz", Part.TRAIN), ("hatemojibuild_validation.csv", Part.HELD)):
        for line in csv.DictReader(files[name]):
            labels = {
                "discrimination": float(line["label_gold"]),
                "threat": float(line["type"] == "threateninglanguage"),
            }
            yield _row(line["text"], labels, part)


def read_implicit_hate(files: Files) -> Iterator[Row]:
    """Implied hate is a matter of opinion, and a threat that is only implied more so: soft labels."""
    discrimination = {"explicit_hate": 1.0, "implicit_hate": 0.8, "not_hate": 0.0}
    kinds = {
        line["post"]: line["implicit_class"]
        for line in csv.DictReader(files["implicit_hate_v1_stg2_posts.tsv.gz"], delimiter="\t")
    }
    for line in csv.DictReader(files["implicit_hate_v1_stg1_posts.tsv.gz"], delimiter="\t"):
        labels = {"discrimination": discrimination[line["class"]]}
        if kind := kinds.get(line["post"]):
            labels["threat"] = 0.6 if kind == "threatening" else 0.0
        yield _row(line["post"], labels, weight=0.5)


def read_edos(files: Files) -> Iterator[Row]:
    """Judged for sexism alone, so what is not sexist is only weakly free of discrimination."""
    for line in csv.DictReader(files["edos_train_dev.csv.gz"]):
        part = Part.TRAIN if line["split"] == "train" else Part.HELD
        sexist = line["label_sexist"] == "sexist"
        labels = {"discrimination": float(sexist)}
        if sexist:
            labels["threat"] = float(line["label_category"].startswith("1."))
        yield _row(line["text"], labels, part, weight=1.0 if sexist else 0.5)


def read_gab(files: Files) -> Iterator[Row]:
    for line in csv.DictReader(files["ghc_train.tsv.gz"], delimiter="\t"):
        labels = {
            "discrimination": float(line["hd"]),
            "threat": float(line["cv"]),
            "profanity": float(line["vo"]),
        }
        yield _row(line["text"], labels)


def read_contextual_abuse(files: Files) -> Iterator[Row]:
    """Abuse of a party or its voters is a label of its own there: neither discrimination nor harassment here."""
    for name, part in (("cad_v1_1_train.tsv.gz", Part.TRAIN), ("cad_v1_1_dev.tsv.gz", Part.HELD)):
        for line in csv.DictReader(files[name], delimiter="\t", quoting=csv.QUOTE_NONE):
            kinds = set(line["labels"].split(","))
            labels = {"discrimination": float("IdentityDirectedAbuse" in kinds)}
            if "PersonDirectedAbuse" in kinds or "IdentityDirectedAbuse" not in kinds:
                labels["harassment"] = float("PersonDirectedAbuse" in kinds)
            yield _row(line["text"], labels, part)


def read_political_incivility(files: Files) -> Iterator[Row]:
    """Impolite is no breach, and intolerance is mixed with party quarrels: of the labels, civil rows alone say no."""
    civil = dict.fromkeys(("discrimination", "threat", "harassment", "profanity"), 0.0)
    for line in csv.DictReader(files["mupid_train.csv.gz"]):
        tones = {"incivility": float(line["impoliteness"]), "intolerance": float(line["intolerance"])}
        yield _row(line["text"], tones if any(tones.values()) else tones | civil)


def read_civil_spans(files: Files) -> Iterator[Row]:
    """The label is the share of annotators who marked such a span; one voice alone for a threat is noise."""
    kinds = {
        "Insult": "harassment",
        "Identity based Attack": "discrimination",
        "Profane/Obscene": "profanity",
        "Threat": "threat",
    }
    marked: dict[str, set[str]] = defaultdict(set)
    for span in csv.DictReader(files["spans.csv.gz"]):
        if label := kinds.get(span["type"]):
            marked[span["annotation"]].add(label)
    voices: dict[str, list[str]] = defaultdict(list)
    for line in csv.DictReader(files["annotations.csv.gz"]):
        voices[line["comment_id"]].append(line["annotation"])
    for line in csv.DictReader(files["comments.csv.gz"]):
        given = voices[line["comment_id"]]
        if not given:
            continue
        share = {label: sum(label in marked[voice] for voice in given) / len(given) for label in kinds.values()}
        if share["threat"] * len(given) == 1:
            del share["threat"]
        yield _row(line["comment_text"], share)


def read_jigsaw(files: Files) -> Iterator[Row]:
    columns = {
        "discrimination": "identity_hate",
        "threat": "threat",
        "harassment": "insult",
        "profanity": "obscene",
    }
    for line in csv.DictReader(files["jigsaw_wiki_subset.csv.gz"]):
        yield _row(line["comment_text"], {label: float(line[column]) for label, column in columns.items()})


def read_wiki_context(files: Files) -> Iterator[Row]:
    """Ordinary talk: a comment judged not toxic has none of the labels; what a toxic one has is not said."""
    ordinary = dict.fromkeys(("discrimination", "threat", "harassment", "profanity", "sexual"), 0.0)
    for name in ("gc.csv.gz", "gn.csv.gz"):
        for line in csv.DictReader(files[name]):
            if line["label"] == "0":
                yield _row(line["text"], ordinary, weight=0.5)


def read_convabuse(files: Files) -> Iterator[Row]:
    """Said to a chatbot. The label is the share of annotators who marked it."""
    discrimination = ("ableist", "homophobic", "racist", "sexist", "transphobic")
    for name, part in (("ConvAbuseEMNLPtrain.csv.gz", Part.TRAIN), ("ConvAbuseEMNLPvalid.csv", Part.HELD)):
        for line in csv.DictReader(files[name]):
            voices = [f"Annotator{n}_" for n in range(1, 9) if _took_part(line, f"Annotator{n}_")]
            if not voices:
                continue
            sexual = sum(line[voice + "sex_harassment"] == "1" for voice in voices)
            groups = sum(any(line.get(voice + kind) == "1" for kind in discrimination) for voice in voices)
            yield _row(line["user"], {"sexual": sexual / len(voices), "discrimination": groups / len(voices)}, part)


def read_hatexplain(files: Files) -> Iterator[Row]:
    """The middle class is offence of an unsaid kind, so it teaches nothing."""
    for line in csv.DictReader(files["hatexplain_preprocessed.csv.gz"]):
        if line["label"] == "2":
            yield _row(line["text"], {"discrimination": 1.0})
        elif line["label"] == "0":
            yield _row(line["text"], {"discrimination": 0.0, "harassment": 0.0})


def read_davidson(files: Files) -> Iterator[Row]:
    """Known to mark African-American English as offensive: a light source of swear words, never of negatives."""
    for line in csv.DictReader(files["labeled_data.csv.gz"]):
        if line["class"] == "1":
            yield _row(line["tweet"], {"profanity": 1.0}, weight=0.2)


def read_toxigen_seeds(files: Files) -> Iterator[Row]:
    for line in csv.DictReader(files["toxigen_seed_statements.csv"]):
        yield _row(line["text"], {"discrimination": float(line["label"] == "hate")})


def read_youtube_spam(files: Files) -> Iterator[Row]:
    """Split by video, as spam waves repeat themselves under one."""
    parts = {"01-9bZkp7q19f0.csv": Part.TUNE, "04-CevxZvSJLk8.csv": Part.JUDGE}
    for name, file in files.items():
        for line in csv.DictReader(file):
            yield _row(line["CONTENT"], {"spam": float(line["CLASS"])}, parts.get(name, Part.TRAIN))


def read_sms_spam(files: Files) -> Iterator[Row]:
    for line in files["SMSSpamCollection.tsv.gz"]:
        kind, _, text = line.rstrip("\n").partition("\t")
        yield _row(text, {"spam": float(kind == "spam")}, weight=0.3)


def read_x_scam(files: Files) -> Iterator[Row]:
    """Plain promotion is advertising, which is only half spam; who lures people with a false face is phishing."""
    lures = {"scam", "phishing", "recovery_scam"}
    selling = {"promo", "affiliate"}
    bad = {"spam", "scam", "phishing", "affiliate", "recovery_scam", "lead_gen", "giveaway", "reply_spam", "bot"}
    for name, part in (
        ("split_2026-02-14_train.jsonl.gz", Part.TRAIN),
        ("split_2026-02-14_valid.jsonl", Part.HELD),
    ):
        for line in map(json.loads, files[name]):
            marks = set(line["raw_labels"])
            kinds = {"advertising": float(bool(marks & selling)), "phishing": float(bool(marks & lures))}
            if marks & bad:
                yield _row(line["text"], {"spam": 1.0} | kinds, part)
            elif "promo" in marks:
                yield _row(line["text"], {"spam": 0.6} | kinds, part)
            elif "scam" not in line["labels"]:
                yield _row(line["text"], {"spam": 0.0} | kinds, part)


def _took_part(line: Mapping[str, str], voice: str) -> bool:
    return any(line[f"{voice}is_abuse.{degree}"] == "1" for degree in (1, 0, -1, -2, -3))


def _row(text: str, labels: Mapping[str, float], part: Part = Part.ANY, weight: float = 1.0) -> Row:
    return Row(text, labels, part, weight)
