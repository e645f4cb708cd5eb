"""Loads a Detoxify model, under our labels and without the two habits of its package that do not belong in a service.

The package unpickles its checkpoint, which may run any code in it, and it cuts long texts off in silence. Here a
checkpoint is read only when its bytes are the ones whose digest was configured, and even then nothing but weights and
settings is unpickled; a long text is read in windows (`classifiers.transformers.reading`). Scores of texts that fit
one window are those of the package.

`toxicity` becomes the soft label `incivility`: it is raised by rudeness of every kind, harsh criticism included, and
names no breach. `severe_toxicity` is left out, as whatever has it has `toxicity` as well.
"""

import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

from classifiers.transformers.libraries import library
from classifiers.transformers.reading import BATCH, Reader, SequenceClassifier
from classifiers.transformers.sources import SETTINGS, at_least, fingerprint, folder_at, from_hub, verify

EXTRA = "detoxify"

#: Detoxify's name → ours, with the names that checkpoints of the first release use.
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "toxicity": "incivility",
        "toxic": "incivility",
        "obscene": "profanity",
        "threat": "threat",
        "insult": "harassment",
        "identity_attack": "discrimination",
        "identity_hate": "discrimination",
        "sexual_explicit": "sexual",
    }
)


@dataclass(frozen=True, slots=True)
class Variant:
    """The class of `transformers` that a checkpoint of the variant fills, and the languages it was trained on."""

    model: str
    languages: tuple[str, ...]


VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "original": Variant("BertForSequenceClassification", ("en",)),
        "unbiased": Variant("RobertaForSequenceClassification", ("en",)),
        "multilingual": Variant("XLMRobertaForSequenceClassification", ("en", "fr", "es", "it", "pt", "tr", "ru")),
    }
)


@dataclass(frozen=True, slots=True)
class _Checkpoint:
    """What a checkpoint holds: the base model's name, the classes to build, the columns' names, the weights."""

    base: str
    model: str
    tokenizer: str
    columns: int
    classes: tuple[str, ...]
    weights: Mapping[str, Any]


def load(
    variant: str = "original",
    checkpoint: str | Path | None = None,
    sha256: str | None = None,
    base: str | Path | None = None,
    allow_download: bool = False,
    window: int | None = None,
    batch_size: int = BATCH,
) -> SequenceClassifier:
    """Build the classifier from a checkpoint file whose digest is `sha256`, or download the published one.

    `base` is a folder with settings and vocabulary of the model that the variant was trained from; without it they
    come from the hub or its copy on this machine. Raises `ValueError`, naming the option and the mend, and
    `MissingExtra`.
    """
    detoxify, torch = library("detoxify.detoxify", EXTRA), library("torch", EXTRA)
    if variant not in VARIANTS:
        raise ValueError(f"option variant must be one of {', '.join(VARIANTS)}, not {variant!r}")
    at_least("batch_size", batch_size, 1)
    if window is not None:
        at_least("window", window, 1)
    if checkpoint is not None:
        data, digest = _local(Path(checkpoint).expanduser(), sha256)
    elif allow_download:
        data, digest = _published(torch, detoxify.MODEL_URLS[variant], sha256)
    else:
        raise ValueError(
            "option checkpoint is missing: set it to a checkpoint file on this machine, with its sha256; "
            "or allow_download = true to fetch the published one"
        )
    found = _read(torch, data, variant)
    del data  # the largest are a gigabyte
    folder = _base(base, found.base, allow_download)
    model, tokenizer = _built(detoxify, found, folder)
    columns = {LABELS[name]: (column,) for column, name in enumerate(found.classes) if name in LABELS}
    version = fingerprint(folder, digest, window)
    reader = Reader(model, tokenizer, "sigmoid", window, batch_size)
    languages = VARIANTS[variant].languages
    return SequenceClassifier("detoxify", f"1-{variant}-{version}", reader, columns, "sigmoid", languages)


def _local(path: Path, sha256: str | None) -> tuple[bytes, str]:
    """The bytes of a checkpoint on this machine, and their digest. The bytes compared are the bytes then used."""
    if not sha256:
        raise ValueError("option sha256 is missing: a checkpoint is read only when its digest is known; see sha256sum")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"option checkpoint: {path} cannot be read ({error.strerror})") from None
    digest = hashlib.sha256(data).hexdigest()
    verify(path, digest, sha256)
    return data, digest


def _published(torch: Any, url: str, sha256: str | None) -> tuple[bytes, str]:
    """The bytes of a published checkpoint, kept where torch keeps such files, and their digest.

    The name of each published file ends with the first eight digits of its own digest: these always have to fit.
    """
    name = url.rpartition("/")[2]
    start = name.rpartition("-")[2].partition(".")[0]
    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(url, str(path), start, progress=False)
        except (OSError, RuntimeError) as error:
            raise ValueError(f"{url} cannot be downloaded: {error}") from None
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if not digest.startswith(start):
        raise ValueError(f"{path} is damaged or not the published file: remove it, and it is downloaded again")
    if sha256:
        verify(path, digest, sha256)
    return data, digest


def _read(torch: Any, data: bytes, variant: str) -> _Checkpoint:
    try:
        loaded = torch.load(BytesIO(data), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(f"option checkpoint: the file does not hold weights and settings alone ({reason})") from None
    try:
        made = loaded["config"]["arch"]["args"]
        classes = loaded["config"]["dataset"]["args"]["classes"]
        found = _Checkpoint(
            made["model_type"],
            made["model_name"],
            made["tokenizer_name"],
            int(made["num_classes"]),
            tuple(classes),
            loaded["state_dict"],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"option checkpoint: the file is no checkpoint of Detoxify ({error} is missing)") from None
    if found.model != VARIANTS[variant].model:
        fits = [name for name, known in VARIANTS.items() if known.model == found.model]
        mend = f"set variant = '{fits[0]}'" if fits else "such a model can be loaded as 'transformers'"
        raise ValueError(f"option variant: the checkpoint holds a {found.model}, which is not {variant!r}: {mend}")
    if not LABELS.keys() & set(found.classes):
        raise ValueError(f"option checkpoint: none of its classes is known: {', '.join(map(str, found.classes))}")
    return found


def _base(base: str | Path | None, name: str, allow_download: bool) -> Path:
    if base is not None:
        return folder_at("base", base)
    return from_hub(name, None, SETTINGS, allow_download=allow_download, extra=EXTRA, instead="base")


def _built(detoxify: Any, found: _Checkpoint, folder: Path) -> tuple[Any, Any]:
    """Model and tokenizer, made by Detoxify's own function; the base is a folder, so that it asks no server."""
    library("transformers", EXTRA).logging.disable_progress_bar()
    try:
        model, tokenizer = detoxify.get_model_and_tokenizer(
            str(folder), found.model, found.tokenizer, found.columns, dict(found.weights)
        )
    except Exception as error:  # a folder that does not fit can break this in any way; the operator needs one line
        reason = (str(error) or repr(error)).strip().partition("\n")[0]
        raise ValueError(f"option base: {folder} does not fit the checkpoint: {reason}") from error
    missing = [name for name, _ in model.named_parameters() if name not in found.weights]
    if missing:
        raise ValueError(f"option checkpoint: the file lacks {missing[0]}, or base is a folder of another model")
    return model, tokenizer
