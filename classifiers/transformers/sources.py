"""Where a model's files come from, and whether they are the ones that the operator meant."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from classifiers.transformers.libraries import library

#: What a model reads besides its weights: settings and vocabulary.
SETTINGS = ("*.json", "*.txt", "*.model")


def folder_at(option: str, path: str | Path) -> Path:
    """The folder that an option names. Raises `ValueError` where there is none."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise ValueError(f"option {option}: {folder} is not a folder")
    return folder


def from_hub(
    name: str, revision: str | None, patterns: Iterable[str], *, allow_download: bool, extra: str, instead: str
) -> Path:
    """The folder with the files of a model of the hub: the copy kept on this machine, or a new one where allowed.

    `instead` names the option that does without the hub. Raises `ValueError` where the model is not to be had.
    """
    hub, errors = library("huggingface_hub", extra), library("huggingface_hub.errors", extra)
    try:
        return Path(
            hub.snapshot_download(
                name, revision=revision, allow_patterns=list(patterns), local_files_only=not allow_download
            )
        )
    except errors.LocalEntryNotFoundError:
        if allow_download:
            raise ValueError(f"{name} cannot be downloaded: is the hub reached from here?") from None
        raise ValueError(
            f"{name} is not on this machine, and nothing is downloaded unasked: "
            f"set allow_download = true, or {instead} to a folder that holds it"
        ) from None
    except (errors.HFValidationError, errors.HfHubHTTPError, OSError) as error:
        raise ValueError(f"{name} cannot be downloaded: {str(error).splitlines()[0]}") from None


def sha256_of(path: Path) -> str:
    """The digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path, found: str, wanted: str) -> None:
    """Raises `ValueError` unless the digest found is the one wanted, in whatever case it was written."""
    if found != wanted.strip().lower():
        raise ValueError(f"option sha256: {path} has the digest {found}, not {wanted}: it is another file, or damaged")


def fingerprint(folder: Path, *more: object) -> str:
    """Twelve hexadecimal digits that change with the settings and vocabulary in the folder, and with all of `more`."""
    digest = hashlib.sha256(repr(more).encode())
    for path in sorted({path for pattern in SETTINGS for path in folder.glob(pattern)}):
        digest.update(f"{path.name} {sha256_of(path)}\n".encode())
    return digest.hexdigest()[:12]


def at_least(option: str, value: object, least: int) -> None:
    """Raises `ValueError` unless an option's value is a whole number of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"option {option} must be a whole number of at least {least}, not {value!r}")


def digests(value: object) -> Mapping[str, str]:
    """The option `sha256` of several files: file name → digest. Raises `ValueError` for anything else."""
    if not isinstance(value, Mapping) or not all(isinstance(part, str) for pair in value.items() for part in pair):
        raise ValueError(
            "option sha256 must give the digest of each file by its name, as { 'model.safetensors' = '…' }"
        )
    return value


def codes(option: str, value: object) -> frozenset[str]:
    """An option that lists languages, as ISO 639-1 codes. Raises `ValueError` for anything else."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"option {option} must be a list of language codes such as 'en', not {value!r}")
    found = [str(code).lower() for code in value]
    if wrong := [code for code in found if len(code) != 2 or not code.isalpha()]:
        raise ValueError(f"option {option}: {wrong[0]!r} is no language code of two letters, such as 'en'")
    return frozenset(found)
