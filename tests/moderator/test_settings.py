"""Settings are read strictly: what cannot be used is named, with the mend."""

from pathlib import Path

import pytest

from moderator import settings
from moderator.settings import SettingsError

KEY = "k" * 32


def _load(home: Path, **environ: str) -> settings.Settings:
    return settings.load({"MODERATOR_HOME": str(home), "MODERATOR_SECRET_KEY": KEY} | environ)


def test_with_a_key_alone_it_runs_embedded_on_sqlite_in_its_home(tmp_path: Path) -> None:
    found = _load(tmp_path)
    assert found.database_url == f"sqlite:///{tmp_path / 'moderator.db'}"
    assert not found.scaled
    assert "civility" in found.classifiers
    assert found.public_url == "http://127.0.0.1:8000"


def test_secrets_stay_out_of_what_is_printed(tmp_path: Path) -> None:
    shown = repr(_load(tmp_path, DATABASE_URL="postgresql://ada:opensesame@db/x", REDIS_URL="redis://:opensesame@r"))
    assert "opensesame" not in shown
    assert KEY not in shown


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_address_goes_through_psycopg(tmp_path: Path, scheme: str) -> None:
    assert _load(tmp_path, DATABASE_URL=f"{scheme}://db/x").database_url == "postgresql+psycopg://db/x"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODERATOR_SECRET_KEY", "too short"),
        ("MODERATOR_URL", "moderator.example.org"),
        ("DATABASE_URL", "mysql://db/x"),
        ("DATABASE_URL", "postgresql://ada:opensesame@db:port/x"),
        ("DATABASE_URL", "sqlite://"),
        ("REDIS_URL", "redis://r"),
        ("MODERATOR_ALLOW_PRIVATE_ADDRESSES", "maybe"),
    ],
)
def test_an_unusable_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        _load(tmp_path, **{name: value})


def test_a_redis_address_without_its_scheme_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL must start with"):
        _load(tmp_path, DATABASE_URL="postgresql://db/x", REDIS_URL="localhost:6379")


def test_an_address_that_cannot_be_read_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        _load(tmp_path, DATABASE_URL="postgresql://ada:opensesame@db:port/x")
    assert "opensesame" not in str(refused.value)


@pytest.mark.parametrize("written", ["1", "true", " YES ", "0", "False", "no", ""])
def test_a_flag_is_written_in_the_usual_ways(tmp_path: Path, written: str) -> None:
    expected = written.strip().lower() in ("1", "true", "yes")
    assert _load(tmp_path, MODERATOR_ALLOW_PRIVATE_ADDRESSES=written).allow_private_addresses is expected


def test_several_classifiers_are_named_with_commas(tmp_path: Path) -> None:
    assert _load(tmp_path, MODERATOR_CLASSIFIERS=" civility, baseline ,").classifiers == ("civility", "baseline")


@pytest.mark.parametrize("names", ["baseline,baseline", "baseline,wordlist", "base line", "../baseline"])
def test_a_name_that_no_classifier_can_run_under_is_refused(tmp_path: Path, names: str) -> None:
    with pytest.raises(SettingsError, match="MODERATOR_CLASSIFIERS"):
        _load(tmp_path, MODERATOR_CLASSIFIERS=names)


def test_options_of_classifiers_stand_in_a_file_a_section_each(tmp_path: Path) -> None:
    file = tmp_path / "classifiers.toml"
    file.write_text('[toxic-bert]\nuses = "transformers"\npath = "/models/toxic-bert"\n')
    found = _load(tmp_path, MODERATOR_CLASSIFIER_OPTIONS=str(file))
    assert found.classifier_options == {"toxic-bert": {"uses": "transformers", "path": "/models/toxic-bert"}}
    assert found.classifier_options_file == file
    assert _load(tmp_path).classifier_options == {}


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (b"[toxic-bert", "at the end of"),
        (b"path = 1", "'path' stands in no section"),
        (b"[toxic-bert]\nuses = 7", r"uses in \[toxic-bert\]"),
        (b"\xff", "classifiers.toml"),
    ],
    ids=["no-toml", "no-section", "uses-no-name", "no-utf8"],
)
def test_options_that_cannot_be_used_are_named_with_their_file(tmp_path: Path, written: bytes, complaint: str) -> None:
    file = tmp_path / "classifiers.toml"
    file.write_bytes(written)
    with pytest.raises(SettingsError, match=complaint) as refused:
        _load(tmp_path, MODERATOR_CLASSIFIER_OPTIONS=str(file))
    assert str(file) in str(refused.value)


def test_a_file_of_options_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"MODERATOR_CLASSIFIER_OPTIONS: .*none.toml"):
        _load(tmp_path, MODERATOR_CLASSIFIER_OPTIONS=str(tmp_path / "none.toml"))


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "no-such-key")
    with pytest.raises(SettingsError, match="no-such-key"):
        settings.load({"MODERATOR_HOME": str(tmp_path), "MODERATOR_SECRET_KEY_FILE": missing})


def test_with_redis_it_runs_scaled(tmp_path: Path) -> None:
    assert _load(tmp_path, DATABASE_URL="postgresql://db/x", REDIS_URL="redis://r").scaled


def test_without_a_key_it_refuses_to_start_and_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"MODERATOR_SECRET_KEY.*Make one with"):
        settings.load({"MODERATOR_HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_the_demonstration_makes_a_key_that_nobody_else_can_read_and_keeps_it(tmp_path: Path) -> None:
    environ = {"MODERATOR_HOME": str(tmp_path / "var")}
    made = settings.load(environ, create_key=True).secret_key
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert settings.load(environ, create_key=True).secret_key == made
    assert settings.load(environ).secret_key == made


def test_a_key_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    environ = {"MODERATOR_HOME": str(tmp_path), "MODERATOR_SECRET_KEY_FILE": str(tmp_path / "key")}
    assert settings.load(environ).secret_key == KEY


def test_cookies_are_secure_where_the_public_address_is(tmp_path: Path) -> None:
    assert _load(tmp_path, MODERATOR_URL="https://m.example.org/").secure_cookies
    assert not _load(tmp_path, MODERATOR_URL="https://m.example.org", MODERATOR_SECURE_COOKIES="0").secure_cookies
