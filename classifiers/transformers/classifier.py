"""Loads a sequence classifier of the Hugging Face kind, under the labels that the operator says its own stand for."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from classifiers.transformers.libraries import library
from classifiers.transformers.reading import BATCH, Activation, Reader, SequenceClassifier, activation_of
from classifiers.transformers.sources import (
    SETTINGS,
    at_least,
    codes,
    digests,
    fingerprint,
    folder_at,
    from_hub,
    sha256_of,
    verify,
)

EXTRA = "transformers"


def load(
    path: str | Path | None = None,
    hub_name: str | None = None,
    revision: str | None = None,
    allow_download: bool = False,
    labels: Mapping[str, str] | None = None,
    languages: Sequence[str] = (),
    sha256: Mapping[str, str] | None = None,
    activation: Activation | None = None,
    window: int | None = None,
    batch_size: int = BATCH,
) -> SequenceClassifier:
    """Build the classifier from the folder `path`, or from the hub's `hub_name` at `revision`.

    `labels` maps the model's labels to ours; those it leaves out are not scored. A text in none of `languages` is
    doubted; without any, none is. `sha256` maps weights files to their
    digests; without it only safetensors are read. Raises `ValueError`, naming the option and the mend, and
    `MissingExtra`.
    """
    transformers, torch = library("transformers", EXTRA), library("torch", EXTRA)
    at_least("batch_size", batch_size, 1)
    if window is not None:
        at_least("window", window, 1)
    if activation not in (None, *get_args(Activation)):
        raise ValueError(f"option activation must be {' or '.join(get_args(Activation))}, not {activation!r}")
    read, wanted = codes("languages", languages), digests(sha256 or {})
    folder = _folder(path, hub_name, revision, wanted, allow_download)
    weights = _weights(folder, wanted)
    config, model, tokenizer = _opened(transformers, torch, folder, pickled=weights[0].suffix == ".bin")
    columns = columns_of(config.id2label, labels)
    kind = activation or activation_of(config)
    version = fingerprint(folder, [sha256_of(file) for file in weights], sorted(columns.items()), kind, window)
    reader = Reader(model, tokenizer, kind, window, batch_size)
    return SequenceClassifier("transformers", f"1-{version}", reader, columns, kind, read)


def columns_of(named: Mapping[int, str], labels: Mapping[str, str] | None) -> dict[str, tuple[int, ...]]:
    """Our labels with the model's columns that stand for them, in the model's order.

    `named` are the model's columns with their names. Raises `ValueError` for a name that the model has not.
    """
    if not labels or not all(isinstance(part, str) and part for pair in labels.items() for part in pair):
        example = f"{next(iter(named.values()))} = 'harassment'"
        raise ValueError(
            f"option labels must say what the model's labels stand for, as {{ {example} }}; "
            f"the model has {', '.join(named.values())}"
        )
    for name in labels:
        if name not in named.values():
            raise ValueError(_unknown(name, named.values()))
    columns: dict[str, tuple[int, ...]] = {}
    for column, name in sorted(named.items()):
        if name in labels:
            columns[labels[name]] = (*columns.get(labels[name], ()), column)
    return columns


def _unknown(name: str, known: Iterable[str]) -> str:
    lower = {label.lower(): label for label in known}
    near = get_close_matches(name.lower(), lower, n=1, cutoff=0)
    return f"option labels: the model has no label {name!r}; the nearest is {lower[near[0]]!r}"


def _folder(
    path: str | Path | None, hub_name: str | None, revision: str | None, wanted: Mapping[str, str], allowed: bool
) -> Path:
    if (path is None) == (hub_name is None):
        raise ValueError("set one of the options path (a folder on this machine) and hub_name")
    if path is not None:
        return folder_at("path", path)
    patterns = [*SETTINGS, "*.safetensors", *wanted]
    return from_hub(str(hub_name), revision, patterns, allow_download=allowed, extra=EXTRA, instead="path")


def _weights(folder: Path, wanted: Mapping[str, str]) -> Sequence[Path]:
    """The weights files that will be read, each the one whose digest was given."""
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        files = sorted(folder.glob("pytorch_model*.bin"))
        if not files:
            raise ValueError(f"{folder} holds no weights: neither model.safetensors nor pytorch_model.bin is there")
        if not wanted:
            raise ValueError(
                f"{folder} holds its weights as pickles only: convert them to safetensors, "
                f"or give the option sha256 of {_listed(files)}"
            )
    for name in wanted:
        if name not in {file.name for file in files}:
            raise ValueError(f"option sha256: {name} is none of the files read, which are {_listed(files)}")
    if wanted:
        for file in files:
            if file.name not in wanted:
                raise ValueError(f"option sha256: {file.name} is read too, so its digest is needed as well")
            verify(file, sha256_of(file), wanted[file.name])
    return files


def _opened(transformers: Any, torch: Any, folder: Path, *, pickled: bool) -> tuple[Any, Any, Any]:
    """Settings, model and tokenizer, from this folder alone and without running any code from it."""
    transformers.logging.disable_progress_bar()
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = transformers.AutoConfig.from_pretrained(folder, **local)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **local)
        model, report = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder,
            **local,
            config=config,
            dtype=torch.float32,
            use_safetensors=not pickled,
            weights_only=True,
            output_loading_info=True,
        )
    except Exception as error:  # a foreign folder can break these in any way, and the operator needs one clear line
        reason = (str(error) or repr(error)).strip().splitlines()[0]
        raise ValueError(f"{folder} cannot be read as a sequence classifier: {reason}") from error
    if report["missing_keys"]:
        raise ValueError(f"{folder} is no trained sequence classifier: it lacks {sorted(report['missing_keys'])[0]}")
    return config, model, tokenizer


def _listed(files: Iterable[Path]) -> str:
    return ", ".join(file.name for file in files)
