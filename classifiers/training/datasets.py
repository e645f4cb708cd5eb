"""Every data set the baseline learns from: where it comes from, under which licence, and exactly which bytes.

The data is not part of this repository. `--data` names a folder with one sub-folder per set; a file may be gzipped,
its hash is of the bytes inside. `exclude.txt` in the same folder lists texts that judge finished models: they are
dropped before anything else happens. Sets that only judge (`JUDGES`) are measured and never learned from.
"""

import csv
import gzip
import hashlib
import io
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from classifiers.training import Lack, readers
from classifiers.training.rows import Part, Row, clean, leak_key, read_exclusions

EXCLUSIONS = "exclude.txt"


class DataMissing(Lack):
    """A file is not where it should be, or is not the file that it should be; the message says which."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """A public set. `files` maps each file name to the sha256 of its unpacked bytes."""

    name: str
    files: dict[str, str]
    repository: str
    commit: str
    licence: str
    read: Callable[[readers.Files], Iterator[Row]]


def load(sets: Collection[DataSet], data: Path, report: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Read, check, clean and split every set; doubles and held-back texts are gone.

    Raises `DataMissing`. The rows come in a fixed order, each with `TRAIN`, `TUNE` or `JUDGE` as its part.
    """
    excluded = _exclusions(data)
    rows: list[Row] = []
    for number, chosen in enumerate(sets, 1):
        found = list(_read(chosen, data, excluded))
        report(f"[{number}/{len(sets)}] {chosen.name}: {len(found):,} rows")
        rows += found
    return one_side_each(rows)


def one_side_each(rows: list[Row]) -> list[Row]:
    """Drop a row where the same text also judges or tunes, so that nothing measured has been learned."""
    judging = {row.key for row in rows if row.part is Part.JUDGE}
    tuning = {row.key for row in rows if row.part is Part.TUNE}
    forbidden = {Part.TRAIN: judging | tuning, Part.TUNE: judging, Part.JUDGE: frozenset[str]()}
    return [row for row in rows if row.key not in forbidden[row.part]]


def split(row: Row) -> Row:
    """Settle `HELD` and `ANY` by the row's group alone, so that it falls the same way every time."""
    if row.part not in (Part.HELD, Part.ANY):
        return row
    place = int(hashlib.sha256(f"split:{row.group}".encode()).hexdigest()[:8], 16) / 2**32
    if row.part is Part.HELD:
        return replace(row, part=Part.TUNE if place < 0.5 else Part.JUDGE)
    return replace(row, part=Part.TRAIN if place < 0.8 else Part.TUNE if place < 0.9 else Part.JUDGE)


def _read(chosen: DataSet, data: Path, excluded: frozenset[str]) -> Iterator[Row]:
    files = {name: _open(data / chosen.name / name, sha256) for name, sha256 in chosen.files.items()}
    seen: set[str] = set()
    for row in chosen.read(files):
        text = clean(row.text)
        key = leak_key(text)
        held_back = key in excluded or (text != row.text and leak_key(row.text) in excluded)
        if not text or held_back or text.casefold() in seen:
            continue
        seen.add(text.casefold())
        yield split(replace(row, text=text, source=chosen.name, group=row.group or key, key=key))


def _open(path: Path, sha256: str) -> TextIO:
    if not path.is_file():
        raise DataMissing(f"{path} is missing; classifiers/training/datasets.py names its source")
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DataMissing(f"{path} is not the file it should be: sha256 {found}, expected {sha256}")
    return io.StringIO(content.decode("utf-8-sig", "replace"), newline="")


def _exclusions(data: Path) -> frozenset[str]:
    path = data / EXCLUSIONS
    if not path.is_file():
        raise DataMissing(f"{path} is missing: without it, texts that judge finished models could be learned")
    return read_exclusions(path)


def _read_stance(files: readers.Files) -> Iterator[Row]:
    for file in files.values():
        for line in csv.DictReader(file):
            yield Row(line["text"], {}, Part.JUDGE)


DATASETS: tuple[DataSet, ...] = (
    DataSet(
        name="dynahate",
        files={
            "dynahate_train_dev.csv.gz": "99016d7d389b815d201a3c70d29fcec73cba6c87ba24762fcab3fef0541ce357",
        },
        repository="paul-rottger/efficient-low-resource-hate-detection",
        commit="3228efa0ab833906d052c096eafda2800ea7b47d",
        licence="CC BY 4.0 (as published with the paper; the repository states none)",
        read=readers.read_dynahate,
    ),
    DataSet(
        name="measuring_hate_speech_binary",
        files={
            "ken20_dev_500.csv": "7f24be3a19943ca12b62540a89109a8c830d2915822113832d9f8fd218365e55",
            "ken20_train_20692.csv.gz": "c57570f6c3adf62ac9ed7e26cff5bcd1ea2e56fbfac647dd102de10f764e810d",
        },
        repository="paul-rottger/efficient-low-resource-hate-detection",
        commit="3228efa0ab833906d052c096eafda2800ea7b47d",
        licence="CC BY 4.0 (publisher's page)",
        read=readers.read_measuring_hate_speech,
    ),
    DataSet(
        name="hatemoji",
        files={
            "hatemojibuild_train.csv.gz": "2255818a5b10153876320068451be582ed876a2eefb22a250bd2f6478d1815e5",
            "hatemojibuild_validation.csv": "721094d44fceb923a0b3897935126a654bbb1f092b1fed6a74d80e4a845c6f43",
        },
        repository="HannahKirk/Hatemoji",
        commit="a626f63216158748d072e581efc00267031f4404",
        licence="CC BY 4.0",
        read=readers.read_hatemoji,
    ),
    DataSet(
        name="implicit_hate",
        files={
            "implicit_hate_v1_stg1_posts.tsv.gz": "00811aca26d05ace390e7131eb311a3e9e0e39ecadb2b839a173d4f7e2ccea8b",
            "implicit_hate_v1_stg2_posts.tsv.gz": "116522bdc3417d5fdca79f5290fd06ec3f517abc78d0bd33041c5485965a7005",
        },
        repository="liuchaoqun/hate-speech-datasets",
        commit="98f3ee8104cf87bb91ed3e64c31a3097b9f8de84",
        licence="MIT (upstream)",
        read=readers.read_implicit_hate,
    ),
    DataSet(
        name="edos_sexism",
        files={
            "edos_train_dev.csv.gz": "6955fc21c0d8b5ffe254cfa5d78d2018aba9b7f4c90bc3b96873999f98bbcef1",
        },
        repository="rewire-online/edos",
        commit="b1f1fbcca9d42de0395432ada8fcfb5c35f68c77",
        licence="CC0 1.0",
        read=readers.read_edos,
    ),
    DataSet(
        name="gab_hate_corpus",
        files={
            "ghc_train.tsv.gz": "c82a27336560d3a6822a4cc3f92856481af5fd63aa2ce8d0ca644d440d351d43",
        },
        repository="liuchaoqun/hate-speech-datasets",
        commit="98f3ee8104cf87bb91ed3e64c31a3097b9f8de84",
        licence="CC BY 4.0 (as cited, unverified)",
        read=readers.read_gab,
    ),
    DataSet(
        name="cad_contextual_abuse",
        files={
            "cad_v1_1_dev.tsv.gz": "71f84da6ed1d52ec0e8e478e5428167c86bbb3686c34a54b81c222185ff7ec59",
            "cad_v1_1_train.tsv.gz": "139b4d21be0f6b6c372dbfc8015eb18753e11025e3251f92eebd2ffb9d27fe17",
        },
        repository="NoamElul/cis-5300-final",
        commit="3c569a14950d76b911d6444953a3d617d99f60cd",
        licence="CC BY 4.0 (archive page)",
        read=readers.read_contextual_abuse,
    ),
    DataSet(
        name="mupid_political_incivility",
        files={
            "mupid_train.csv.gz": "2b71db2a74634b77a0335f2502dacb65cb20e9df1c5f781f5cae674eeb12c8fc",
        },
        repository="sagipend/detecting-multidimensional-political-incivility-on-social-media",
        commit="f8aac71f868fdfc75226637b8254bb898c87e29c",
        licence="MIT (publisher's page)",
        read=readers.read_political_incivility,
    ),
    DataSet(
        name="civil_toxic_spans",
        files={
            "annotations.csv.gz": "9d21a0dc5fa4bec0dd5c8e204684753f2e6b0834ffdc7fed65ac8056b1fb8d83",
            "comments.csv.gz": "a808b5c2d96c543575a1ec4cc0eea9bebc4788b4e75efa159eeeb5348fa3faea",
            "spans.csv.gz": "d69e084b3d182419a8d9d06ea7d15b5935f346d069d89fe94cf384e50a705c33",
        },
        repository="ipavlopoulos/toxic_spans",
        commit="beaf170538df8275c3447b2e26070f2f82e55272",
        licence="CC0 1.0",
        read=readers.read_civil_spans,
    ),
    DataSet(
        name="jigsaw_wiki_subset",
        files={
            "jigsaw_wiki_subset.csv.gz": "c72329aaf556e8a76e8895124d577672be33ecb282ffc593454c253b55c2d860",
        },
        repository="predibase/llm_distillation_playbook",
        commit="6ccc4707eebbb60bce336e4711b742f9f9342fc8",
        licence="labels CC0 1.0, text CC BY-SA 3.0",
        read=readers.read_jigsaw,
    ),
    DataSet(
        name="wiki_context_toxicity",
        files={
            "gc.csv.gz": "7939002c35bfdaf4c406e8fb7e206dfe5a6801b24f60bf6faa51442a26701dea",
            "gn.csv.gz": "def84ddcff46dfd628e3d37c9c81b9cb81d7cf35e82197212a5758c0d24fb667",
        },
        repository="ipavlopoulos/context_toxicity",
        commit="5df49c294e6a41f0ba351e65fda7c315aa4cc168",
        licence="Apache-2.0, text CC BY-SA 3.0",
        read=readers.read_wiki_context,
    ),
    DataSet(
        name="convabuse",
        files={
            "ConvAbuseEMNLPtrain.csv.gz": "23abab3eff791d0e8cac681cec15a5ef299ed052699e4fca762d1d4640c36936",
            "ConvAbuseEMNLPvalid.csv": "a28bc3083fe3ea305b8c417539a20fda7e68057dc06365507b85c46b60e65443",
        },
        repository="amandacurry/convabuse",
        commit="c0a9469f48956e868276c605d499010ea3c7c0d0",
        licence="CC BY 4.0",
        read=readers.read_convabuse,
    ),
    DataSet(
        name="hatexplain_magpie",
        files={
            "hatexplain_preprocessed.csv.gz": "690a1af4be840c06a4ba90da5b123a21ffe0a0df9971601e2a48b7f3ae83b979",
        },
        repository="Media-Bias-Group/magpie-multi-task",
        commit="d9d216480164d5c1f878a83723b7e03ff7487371",
        licence="MIT",
        read=readers.read_hatexplain,
    ),
    DataSet(
        name="davidson",
        files={
            "labeled_data.csv.gz": "fcb8bc7c68120ae4af04a5b9acd58585513ede11e1548ebf36a5c2040b6f6281",
        },
        repository="t-davidson/hate-speech-and-offensive-language",
        commit="cb50f7e9eb855a99abc51423bf40df0e26d6fe30",
        licence="MIT",
        read=readers.read_davidson,
    ),
    DataSet(
        name="toxigen_seed_statements",
        files={
            "toxigen_seed_statements.csv": "252b1fa42aee54a0ed92e1177fb6b7ab2d133396dd07c1a6b7ac3ce0a4da1f19",
        },
        repository="microsoft/TOXIGEN",
        commit="01517e814639e0334c920a3c502036c8158aac87",
        licence="MIT and CDLA-Permissive-2.0",
        read=readers.read_toxigen_seeds,
    ),
    DataSet(
        name="youtube_spam",
        files={
            "01-9bZkp7q19f0.csv": "ed577f60dcd60f58cd06a306bd6e28aa531e98f82d249946ee02e60a6c1aae09",
            "04-CevxZvSJLk8.csv": "152965707950c451e64d16a64ce8f966a77ae72f6158d6dd1b43885076d2adb4",
            "07-KQ6zr6kCPj8.csv": "d0667c8f3abc8c5861ab4ccb1e6ce1df571e0b7e4b904357bea5c75c14f70143",
            "08-uelHwf8o7_U.csv": "f345a9e91b6b10c4126283e0f69f40f6558c4be51f6d6a6fbf0fe2f416421005",
        },
        repository="tuliocasagrande/youtube-spam-experiment",
        commit="12165f0a8403964375db8287fe1b4ab976467098",
        licence="CC BY 4.0 (as cited, unverified)",
        read=readers.read_youtube_spam,
    ),
    DataSet(
        name="sms_spam",
        files={
            "SMSSpamCollection.tsv.gz": "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d",
        },
        repository="learn-co-students/dsc-document-classification-with-naive-bayes-lab-online-ds-pt-051319",
        commit="2f98ca443ecd26e1088b369260f1e9782e2e36fc",
        licence="free for all purposes",
        read=readers.read_sms_spam,
    ),
    DataSet(
        name="janitr_x_scam_spam",
        files={
            "split_2026-02-14_train.jsonl.gz": "dbfe5435aeda094050e6b34760b48efb18243f8e85c18ad17b06fae784f86c35",
            "split_2026-02-14_valid.jsonl": "d0e051d5952ab4bbbc25682fa199e02e741a1b070dbb86e67a0b0892bfb92c2a",
        },
        repository="janitrai/janitr",
        commit="a5b1e746e8826ffd800725536c782abc61818455",
        licence="MIT",
        read=readers.read_x_scam,
    ),
)

#: Opinionated political posts, not labelled for abuse: what share of them a label claims is a measure of false alarm.
JUDGES: tuple[DataSet, ...] = (
    DataSet(
        name="political_stance_benign",
        files={
            "debate_effects_4forums.csv.gz": "017c4609f2cd69ff4cfe9157740ef581bd073ef47fdde26304565567763496eb",
            "multitarget_stance.csv.gz": "fc6cb72115a58247ce51b7de711189829a2de0938480c3e6acd54dac1d64ce9f",
            "semeval2016_task6.csv.gz": "839005c1cbcffa0571cc615e4dbbe9a014b77b449c5fec259b6611328ad2f7ae",
        },
        repository="Media-Bias-Group/magpie-multi-task",
        commit="d9d216480164d5c1f878a83723b7e03ff7487371",
        licence="none stated",
        read=_read_stance,
    ),
)
