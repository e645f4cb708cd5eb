"""The command line as people and scripts use it: examples in every help, JSON where asked, one line when it fails."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from standardwebhooks import Webhook

from classifiers import registry
from moderator.cli import demo, main
from moderator.storage.database import Database
from tests.fakes.classifier import Speaker

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODERATOR_HOME", str(tmp_path))
    monkeypatch.setenv("MODERATOR_SECRET_KEY", "k" * 32)
    for name in ("DATABASE_URL", "REDIS_URL", "MODERATOR_URL", "MODERATOR_CLASSIFIERS", "MODERATOR_CLASSIFIER_OPTIONS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    def run(*arguments: str, stdin: str | bytes | None = None, code: int = 0) -> Result:
        result = CliRunner().invoke(main, arguments, input=stdin)
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def channel(run: Run) -> dict[str, str]:
    run("office", "create", "Sam Field MP", "--contact", "office@example.org")
    added = run("channel", "add", "--office", "sam-field-mp", "--connector", "webhook", "Page tool", "--json")
    facts: dict[str, str] = json.loads(added.stdout)
    return facts


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize("path", [path for path, _ in _commands(main)], ids=" ".join)
def test_every_command_explains_itself_with_an_example(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert "Example: " in result.output


def test_before_there_is_a_database_a_command_says_what_to_run(run: Run) -> None:
    result = run("member", "list", code=1)
    assert result.stderr == "Error: there is no database yet: run 'moderator migrate' (or 'moderator demo') first\n"


def test_migrate_says_where_the_database_was_and_is(run: Run) -> None:
    assert "(was empty)" in run("migrate").stdout
    assert "(was" not in run("migrate").stdout


def test_an_office_starts_with_the_preset_published(run: Run, channel: dict[str, str]) -> None:
    assert json.loads(run("office", "list", "--json").stdout) == [{"slug": "sam-field-mp", "name": "Sam Field MP"}]
    checks = {r["check"]: r for r in json.loads(run("doctor", "--json").stdout)}
    assert checks["guidelines"]["message"].startswith("sam-field-mp: version 1 is in force since ")
    assert {r["health"] for r in checks.values()} == {"fine"}


def test_an_office_address_is_taken_once(run: Run, channel: dict[str, str]) -> None:
    assert "already" in run("office", "create", "Sam Field MP", code=1).stderr


def test_a_member_comes_in_by_a_link_shown_once(run: Run, channel: dict[str, str]) -> None:
    added = run("member", "add", "--office", "sam-field-mp", "ada@example.org", "Ada Moss", "--role", "lead")
    assert "/sign-in/" in added.stdout.splitlines()[-1]
    assert run("member", "link", "ada@example.org").stdout not in added.stdout
    run("member", "remove", "ada@example.org")
    assert json.loads(run("member", "list", "--json").stdout)[0]["left"] is True
    assert "no member" in run("member", "link", "ada@example.org", code=1).stderr


def test_a_key_is_printed_once_alone_on_the_last_line(run: Run, channel: dict[str, str]) -> None:
    created = run("key", "create", "--office", "sam-field-mp", "--scope", "comments:write", "--name", "tool")
    [key] = created.stdout.splitlines()
    assert key.startswith("mod_")
    [row] = json.loads(run("key", "list", "--json").stdout)
    assert key not in json.dumps(row)
    run("key", "revoke", row["id"])
    assert json.loads(run("key", "list", "--json").stdout)[0]["revoked"] is True


def test_signed_headers_fit_the_channel(run: Run, channel: dict[str, str]) -> None:
    body = '{"external_id": "1", "text": "hello"}'
    lines = run("channel", "sign", channel["id"], body).stdout.splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    assert Webhook(channel["signing_secret"]).verify(body, headers) == json.loads(body)


def test_a_rotated_secret_is_a_new_one(run: Run, channel: dict[str, str]) -> None:
    rotated = run("channel", "rotate", channel["id"], "signing_secret").stdout.strip()
    assert rotated.startswith("whsec_")
    assert rotated != channel["signing_secret"]


def test_a_setting_without_a_value_is_named(run: Run, channel: dict[str, str]) -> None:
    wrong = ("channel", "add", "--office", "sam-field-mp", "--connector", "webhook", "X", "--set", "target_url")
    assert "KEY=VALUE" in run(*wrong, code=1).stderr


def test_classify_answers_each_line_with_one_object(run: Run) -> None:
    lines = b"Thank you for the bus\nI will kill you tonight\n\xff\xfe\n\n"
    answers = [json.loads(line) for line in run("classify", "--json", stdin=lines).stdout.splitlines()]
    assert [set(answer) for answer in answers] == [
        {"text", "labels", "spans", "language", "doubts", "views", "because", "model"}
    ] * 4
    assert [answer["text"] for answer in answers] == [
        "Thank you for the bus",
        "I will kill you tonight",
        "\udcff\udcfe",
        "",
    ]
    assert answers[1]["labels"]["threat"] > 0.5 > answers[0]["labels"]["threat"]
    assert all(0 <= score <= 1 for answer in answers for score in answer["labels"].values())
    for span in answers[1]["spans"]:
        assert set(span) == {"start", "end", "label"}
    assert answers[0]["model"].startswith("civility ")


def test_an_unknown_classifier_is_told_with_those_that_are_known(run: Run) -> None:
    assert "baseline" in run("classify", "--classifier", "oracle", stdin="x\n", code=1).stderr


@pytest.fixture
def speaker(home: Path, monkeypatch: pytest.MonkeyPatch) -> Speaker:
    """The first of two classifiers that the service is set to run."""
    first = Speaker("first")
    monkeypatch.setenv("MODERATOR_CLASSIFIERS", "first,baseline")
    real = registry.load
    monkeypatch.setattr(registry, "load", lambda name, **options: first if name == "first" else real(name, **options))
    return first


@pytest.mark.usefixtures("speaker")
def test_classify_asks_the_first_classifier_and_tells_all_it_says(run: Run) -> None:
    answer = json.loads(run("classify", "--json", stdin="threat=0.8 language=fr view=joined\n").stdout)
    assert answer["model"] == "first 1"
    assert (answer["language"], answer["doubts"], answer["views"]) == ("fr", ["other_language"], {"threat": "joined"})
    assert answer["spans"] == []


def test_classify_says_which_words_carry_what_is_likely(run: Run, speaker: Speaker) -> None:
    text = "threat=0.8 spam=0.4"
    answer = json.loads(run("classify", "--json", "--explain", stdin=f"{text}\nHello\n").stdout.splitlines()[0])
    assert answer["spans"] == [{"start": 0, "end": 6, "label": "threat"}]
    assert speaker.explained == [(text, ("threat",))]
    assert "[threat: threat]" in run("classify", "--explain", stdin=text).stdout


def test_a_classifier_that_cannot_explain_says_so(run: Run) -> None:
    assert (
        "cannot say which words" in run("classify", "--classifier", "baseline", "--explain", stdin="x", code=1).stderr
    )


def test_classify_takes_the_options_of_the_service(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "classifiers.toml").write_text('[fruit]\nuses = "wordlist"\nbanned = ["kumquat"]\n')
    monkeypatch.setenv("MODERATOR_CLASSIFIER_OPTIONS", str(home / "classifiers.toml"))
    answer = json.loads(run("classify", "--json", "--classifier", "fruit", stdin="A kumquat\n").stdout)
    assert answer["labels"]["banned_term"] == 1.0


@pytest.mark.parametrize(
    ("started_as", "command"),
    [
        ("/opt/moderator/moderator/__main__.py", (sys.executable, "-m", "moderator")),
        ("/opt/moderator/bin/moderator", ("/opt/moderator/bin/moderator",)),
    ],
)
def test_the_demonstration_prints_a_command_that_starts_this_program_again(
    monkeypatch: pytest.MonkeyPatch, started_as: str, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sys, "argv", [started_as, "demo"])
    assert demo._this_program() == command


def _csv(path: Path, *rows: dict[str, str], delimiter: str = ",") -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


ROWS = [
    {"id": str(n), "message": f"The library was open when we went at {n}, thank you.", "who": "Ada"} for n in range(7)
]


@pytest.mark.parametrize("name", ["comments.csv", "comments.tsv", "comments.csv.gz"])
def test_an_imported_file_is_decided_whole_and_never_twice(
    run: Run, channel: dict[str, str], home: Path, name: str
) -> None:
    file = _csv(home / name, *ROWS, delimiter="\t" if ".tsv" in name else ",")
    arguments = (
        "import",
        str(file),
        "--channel",
        "Page tool",
        "--text-column",
        "message",
        "--author-column",
        "who",
        "--json",
    )
    first = json.loads(run(*arguments).stdout)
    assert (first["rows"], first["accepted"], first["known"]) == (7, 7, 0)
    assert sum(outcome["comments"] for outcome in first["outcomes"]) == 7
    again = json.loads(run(*arguments).stdout)
    assert (again["rows"], again["accepted"], again["known"]) == (7, 0, 7)
    assert again["outcomes"] == []


def test_an_import_shows_what_was_decided(run: Run, channel: dict[str, str], home: Path) -> None:
    rows = [*ROWS, {"id": "8", "message": "🎈", "who": "Ben"}, {"id": "9", "message": " ", "who": "Ben"}]
    shown = run(
        "import", str(_csv(home / "c.csv", *rows)), "--channel", channel["id"], "--text-column", "message"
    ).stdout
    assert "kept" in shown
    assert "waits for a person" in shown
    assert "rows without a text, left out" in shown


def test_a_missing_column_is_named_with_those_that_are_there(run: Run, channel: dict[str, str], home: Path) -> None:
    file = _csv(home / "c.csv", *ROWS)
    error = run("import", str(file), "--channel", "Page tool", "--text-column", "body", code=1).stderr
    assert "--text-column" in error
    assert "'body'" in error
    assert "'message'" in error


def test_bytes_that_are_no_text_are_stored_and_go_to_a_person(run: Run, channel: dict[str, str], home: Path) -> None:
    (home / "c.csv").write_bytes(b"message\nfine words here\nbroken \xff words\n")
    done = json.loads(
        run("import", str(home / "c.csv"), "--channel", "Page tool", "--text-column", "message", "--json").stdout
    )
    assert {"outcome": "waits for a person", "comments": 1} in done["outcomes"]


def test_an_unreadable_time_names_line_and_column(run: Run, channel: dict[str, str], home: Path) -> None:
    file = _csv(home / "c.csv", {"message": "hello there", "when": "yesterday"})
    arguments = ("import", str(file), "--channel", "Page tool", "--text-column", "message", "--time-column", "when")
    assert "line 2, when: 'yesterday'" in run(*arguments, code=1).stderr


def test_an_unknown_channel_is_named(run: Run, channel: dict[str, str], home: Path) -> None:
    file = _csv(home / "c.csv", *ROWS)
    assert (
        "'Elsewhere'" in run("import", str(file), "--channel", "Elsewhere", "--text-column", "message", code=1).stderr
    )


def test_guidelines_are_checked_and_published_from_a_file(run: Run, channel: dict[str, str], home: Path) -> None:
    from guidelines.load import load_preset
    from guidelines.render import to_yaml

    fine = home / "rules.yaml"
    fine.write_text(to_yaml(load_preset("open-forum", office_name="Sam", contact="sam@example.org")))
    assert "no mistakes" in run("guidelines", "check", str(fine)).stdout
    assert "Version 2" in run("guidelines", "publish", str(fine), "--office", "sam-field-mp").stdout
    broken = home / "broken.yaml"
    broken.write_text(fine.read_text().replace("label: threat", "label: thread"))
    shown = run("guidelines", "check", str(broken), code=1).stdout
    assert "broken.yaml:" in shown
    assert "threat" in shown
    assert json.loads(run("guidelines", "check", str(broken), "--json", code=1).stdout)[0]["line"] > 1
    assert run("guidelines", "publish", str(broken), "--office", "sam-field-mp", code=1).stderr.startswith("Error: ")


def test_the_log_is_verified_and_a_change_is_found(run: Run, channel: dict[str, str], home: Path) -> None:
    assert json.loads(run("audit", "verify", "--json").stdout)["breaks"] == []
    database = Database(f"sqlite:///{home / 'moderator.db'}")
    with database.write() as session:
        session.execute(text("DROP TRIGGER audit_entries_no_update"))
        session.execute(text("UPDATE audit_entries SET actor = 'nobody' WHERE sequence = 1"))
    database.dispose()
    assert "entry 1: the entry does not match its hash" in run("audit", "verify", code=1).stdout


def test_doctor_names_what_is_wrong_and_the_mend(
    run: Run, channel: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODERATOR_SECRET_KEY", "another key of more than 32 characters")
    shown = run("doctor", code=1).stdout
    assert "bad   channel: Page tool: channel secrets were sealed with another MODERATOR_SECRET_KEY" in shown


def test_doctor_without_a_key_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODERATOR_SECRET_KEY")
    [result] = json.loads(run("doctor", "--json", code=1).stdout)
    assert (result["check"], result["health"]) == ("settings", "bad")


def test_a_worker_needs_redis(run: Run, channel: dict[str, str]) -> None:
    assert "REDIS_URL is not set" in run("worker", code=1).stderr


@pytest.mark.parametrize(
    "command", [("office", "list"), ("migrate",), ("audit", "verify"), ("member", "link", "a@b.c")]
)
def test_a_database_that_does_not_answer_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:opensesame@127.0.0.1:1/none")
    error = run(*command, code=1).stderr
    assert error.startswith("Error: the database cannot be used, check DATABASE_URL: ")
    assert error.count("\n") == 1
    assert "opensesame" not in error


def test_a_file_that_is_no_database_is_one_line(run: Run, home: Path) -> None:
    (home / "moderator.db").write_text("garbage, and more of it, until it is long enough to be looked at" * 50)
    assert run("office", "list", code=1).stderr.count("\n") == 1


def test_a_home_that_cannot_be_made_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATOR_HOME", "/proc/no/such/place")
    error = run("migrate", code=1).stderr
    assert error.startswith("Error: /proc/no")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        ("office", "create", "Sam", "--slug", "x y"),
        ("office", "create", "Sam", "--timezone", "Mars"),
        ("member", "add", "--office", "nowhere", "a@example.org", "A"),
        ("member", "add", "--office", "sam-field-mp", "bad", "A"),
        ("member", "link", "nobody@example.org"),
        ("member", "remove", "nobody@example.org"),
        ("channel", "add", "--office", "sam-field-mp", "--connector", "webhook", "X", "--set", "speed=1"),
        ("channel", "rotate", "nowhere", "signing_secret"),
        ("channel", "resume", "nowhere"),
        ("channel", "sign", "nowhere", "{}"),
        ("key", "create", "--office", "nowhere", "--scope", "comments:read"),
        ("key", "revoke", "nowhere"),
        ("audit", "verify", "--office", "nowhere"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_one_line_on_standard_error(
    run: Run, channel: dict[str, str], command: tuple[str, ...]
) -> None:
    failed = run(*command, code=1)
    assert failed.stdout == ""
    assert failed.stderr.startswith("Error: ")
    assert failed.stderr.count("\n") == 1


def test_every_list_is_json_where_asked_and_lines_where_not(run: Run, channel: dict[str, str]) -> None:
    run("member", "add", "--office", "sam-field-mp", "ada@example.org", "Ada Moss")
    run("key", "create", "--office", "sam-field-mp", "--scope", "comments:read")
    for noun in ("office", "member", "channel", "key"):
        rows = json.loads(run(noun, "list", "--json").stdout)
        assert len(rows) == 1
        assert len(run(noun, "list").stdout.splitlines()) == 1


def test_a_password_is_asked_for_twice_and_never_shown(run: Run, channel: dict[str, str]) -> None:
    words = "violet kettle parade"
    added = run(
        *("member", "add", "--office", "sam-field-mp", "ada@example.org", "Ada", "--password"),
        stdin=f"{words}\n{words}\n",
    )
    assert words not in added.output
    assert "/sign-in/" not in added.output
    changed = run("member", "password", "ada@example.org", stdin="short\nshort\n", code=1)
    assert "at least 12 characters" in changed.stderr
    run("member", "password", "ada@example.org", stdin=f"{words}s\n{words}s\n")


def test_a_channel_can_be_named_by_its_name_only_where_that_is_clear(
    run: Run, channel: dict[str, str], home: Path
) -> None:
    run("channel", "add", "--office", "sam-field-mp", "--connector", "webhook", "Page tool")
    file = _csv(home / "c.csv", *ROWS)
    error = run("import", str(file), "--channel", "Page tool", "--text-column", "message", code=1).stderr
    assert "2 channels are called 'Page tool'" in error
    done = run("import", str(file), "--channel", channel["id"], "--text-column", "message", "--limit", "2", "--json")
    assert json.loads(done.stdout)["rows"] == 2


def test_classify_reads_long_and_hostile_lines(run: Run) -> None:
    lines = ["x" * 100_000, "\u202eevil", "a\tb", "<script>", "\U0001f600"]
    answers = run("classify", "--json", "--classifier", "wordlist", stdin="\n".join(lines).encode()).stdout
    assert [json.loads(line)["text"] for line in answers.split("\n") if line] == lines


def test_classify_in_plain_words_shows_nothing_that_moves_the_terminal(run: Run) -> None:
    shown = run("classify", stdin=b"a\x1b[2Jb\x07\n").stdout
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert len(shown.splitlines()) == 1
