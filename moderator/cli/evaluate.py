"""`evaluate`: how well classifiers do on rows that somebody labelled. Needs no database."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from classifiers.base import Classifier
from guidelines.load import load_file, load_preset, preset_names
from guidelines.reader import nearest
from guidelines.schema import LABELS, GuidelineSet
from moderator import settings
from moderator.cli.start import json_option
from moderator.errors import Invalid
from moderator.evaluation import labelled, names, report, scoring, swap, tables
from moderator.evaluation.labelled import Columns, Labelled
from moderator.evaluation.measures import Wanted
from moderator.evaluation.thresholds import GIVEN, Cut, cuts_of
from moderator.pipeline.classifier_room import build

#: How many comments `--swap` takes unless told otherwise.
_SWAPPED = 500
_IDENTITIES = "identities"

_Read = TypeVar("_Read")
_share = click.FloatRange(0, 1)


@click.command(
    epilog="Example: moderator evaluate rated.csv --label threat=is_threat --group district --chart rated.svg"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--text", "text_column", default="text", show_default=True, help="The column that holds the comments.")
@click.option(
    "--label",
    "mapped",
    multiple=True,
    metavar="OURS=COLUMN[:WORD]",
    help="Where a label is, when no column has its name. With WORD, rows hold the label where the column says so.",
)
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Measure only rows with this value.")
@click.option("--benign", is_flag=True, help="No row holds any label: everything that is found is a false alarm.")
@click.option("--group", "group_column", help="Error rates for each value of this column.")
@click.option(
    "--group-words", metavar="FILE", help=f"Error rates for each word of this list; '{_IDENTITIES}' is bundled."
)
@click.option("--classifier", "chosen", multiple=True, help="Which to ask; the configured ones when left out.")
@click.option("--compare", is_flag=True, help="Test the first classifier against each of the others.")
@click.option(
    "--guidelines",
    "guideline_set",
    default="open-forum",
    show_default=True,
    help="Whose thresholds: a file or a preset.",
)
@click.option(
    "--threshold", "given", multiple=True, metavar="[LABEL=]NUMBER", help="Take this instead of the guidelines'."
)
@click.option("--at-recall", type=_share, default=0.8, show_default=True, help="Report the precision at this recall.")
@click.option(
    "--at-precision", type=_share, default=0.9, show_default=True, help="Report the recall at this precision."
)
@click.option("--swap", "swapping", is_flag=True, help="Swap names of parties, leaders and places; needs no labels.")
@click.option("--names", "names_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your names.")
@click.option("--rows", type=click.IntRange(1), default=_SWAPPED, show_default=True, help="With --swap: comments.")
@click.option("--variants", type=click.IntRange(1), default=8, show_default=True, help="With --swap: per comment.")
@click.option("--resamples", type=click.IntRange(100), default=1000, show_default=True, help="For the intervals.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--chart", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Draw an SVG here.")
@json_option
def evaluate(
    file: Path,
    text_column: str,
    mapped: Sequence[str],
    where: Sequence[str],
    benign: bool,
    group_column: str | None,
    group_words: str | None,
    chosen: Sequence[str],
    compare: bool,
    guideline_set: str,
    given: Sequence[str],
    at_recall: float,
    at_precision: float,
    swapping: bool,
    names_file: Path | None,
    rows: int,
    variants: int,
    resamples: int,
    seed: int,
    chart: Path | None,
    as_json: bool,
) -> None:
    """Measure classifiers on FILE: labelled comments as CSV, TSV or JSONL, plain or .gz.

    A column called like a label holds 1 or 0, true or false, a share between, or nothing where it is unknown. All
    figures come with 95 % intervals. Choose thresholds on other rows than those you judge them by.
    """
    if group_column and group_words:
        raise click.UsageError("--group and --group-words exclude each other: measure twice")
    classifiers = _classifiers(tuple(dict.fromkeys(chosen)) or settings.classifiers_to_ask())
    if compare and len(classifiers) < 2:
        raise click.UsageError("--compare needs two classifiers: name each with --classifier")
    labels = tuple(dict.fromkeys([label for one in classifiers.values() for label in one.labels] + list(LABELS)))
    columns = Columns(
        text=text_column,
        labels=dict(_pair(written, "--label", "OURS=COLUMN", labelled.source) for written in mapped),
        group=group_column,
        group_words=_words(group_words) if group_words else (),
        where=[_pair(written, "--where", "COLUMN=VALUE", str) for written in where],
        benign=benign or swapping,
    )
    plan = report.Plan(
        cuts=cuts_of(_guidelines(guideline_set)) | _given(given, labels),
        wanted=Wanted(at_recall, at_precision),
        resamples=resamples,
        seed=seed,
    )
    read = labelled.read(file, columns, labels)
    console = Console(stderr=True)
    _say_what_is_missing(console, read, [] if columns.benign else read.rows.truth, classifiers)
    if swapping:
        found = names.load(names_file) if names_file else names.bundled()
        pairs = swap.make_pairs(read.texts, read.lines, found, comments=rows, variants=variants, seed=seed)
        _swap(console, classifiers, pairs, plan, as_json)
    else:
        _measure(console, classifiers, read, plan, compare, chart, as_json)


def _measure(
    console: Console,
    classifiers: Mapping[str, Classifier],
    read: Labelled,
    plan: report.Plan,
    compare: bool,
    chart: Path | None,
    as_json: bool,
) -> None:
    with _progress(console) as start:
        scored = [
            scoring.score(name, one, read.texts, on_progress=start(f"Scoring: {name}", len(read.texts)))
            for name, one in classifiers.items()
        ]
        measuring = start("Measuring", len(read.rows.truth))
        found = report.evaluate(read.rows, scored, plan, compare=compare, on_label=lambda: measuring(1))
    if chart is not None:
        # Drawing takes a library that nothing else here needs.
        from moderator.evaluation.chart import draw

        chart.write_text(draw(found.classifiers), encoding="utf-8")
    if as_json:
        facts = {"rows": len(read.texts), "without_text": read.without_text, "wanted": plan.wanted}
        click.echo(json.dumps({key: tables.plain(value) for key, value in facts.items()} | tables.plain(found)))
        return
    out = Console()
    for classifier in found.classifiers:
        for table in tables.of_classifier(classifier, plan.wanted):
            out.print(table)
    for table in tables.of_comparisons(found.comparisons):
        out.print(table)


def _swap(
    console: Console, classifiers: Mapping[str, Classifier], pairs: swap.Pairs, plan: report.Plan, as_json: bool
) -> None:
    console.print(f"{pairs.with_names} of {pairs.rows} comments hold a name; {pairs.comments} of them are swapped")
    if not pairs.pairs:
        raise Invalid("file", "no comment holds a name that could be swapped: bring your own with --names FILE")
    texts = len({text for pair in pairs.pairs for text in (pair.text, pair.swapped)})
    with _progress(console) as start:
        found = [
            swap.measure(
                name,
                one,
                pairs,
                plan.cuts,
                resamples=plan.resamples,
                seed=plan.seed,
                on_progress=start(f"Scoring: {name}", texts),
            )
            for name, one in classifiers.items()
        ]
    if as_json:
        click.echo(json.dumps(tables.plain(found)))
        return
    for one in found:
        for table in tables.of_swap(one):
            Console().print(table)


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[str, int], Callable[[int], None]]]:
    """Bars on standard error: what is given starts one, and returns what moves it."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )

    def start(what: str, total: int) -> Callable[[int], None]:
        task = bar.add_task(what, total=total)
        return lambda count: bar.advance(task, count)

    with bar:
        yield start


def _say_what_is_missing(
    console: Console, read: Labelled, labels: Iterable[str], classifiers: Mapping[str, Classifier]
) -> None:
    """What a reader of the figures must know was left out."""
    if read.without_text:
        console.print(f"{read.without_text} rows without a text are left out", highlight=False)
    if read.unread:
        console.print(f"not read: {', '.join(map(repr, read.unread))}", highlight=False, markup=False)
    for label in labels:
        if not any(label in one.labels for one in classifiers.values()):
            console.print(f"no classifier here measures {label}", highlight=False)


def _classifiers(chosen: Sequence[str]) -> dict[str, Classifier]:
    if not chosen:
        raise click.ClickException("MODERATOR_CLASSIFIERS names no classifier: give one with --classifier")
    _, options = settings.classifier_options()
    return {name: build(name, options) for name in chosen}


def _guidelines(written: str) -> GuidelineSet:
    if written in preset_names():
        return load_preset(written)
    if not Path(written).is_file():
        mend = nearest(written, preset_names())
        raise Invalid("--guidelines", f"--guidelines: {written!r} is neither a file nor a preset; {mend}")
    return load_file(written)


def _given(written: Sequence[str], labels: Sequence[str]) -> dict[str, tuple[Cut, ...]]:
    """Thresholds by hand; one without a label is for every label that has none of its own."""
    own: dict[str, tuple[Cut, ...]] = {}
    common: dict[str, tuple[Cut, ...]] = {}
    for entry in written:
        label, equals, number = entry.rpartition("=")
        try:
            cut = (Cut(GIVEN, float(number)),)
        except ValueError:
            raise Invalid("--threshold", f"--threshold: {entry!r} should be 0.5 or threat=0.5") from None
        if equals and label not in labels:
            raise Invalid("--threshold", f"--threshold: there is no label {label!r}; {nearest(label, labels)}")
        if equals:
            own[label] = cut
        else:
            common = dict.fromkeys(labels, cut)
    return common | own


def _words(written: str) -> list[str]:
    source = Path(labelled.__file__).with_name("identities.txt") if written == _IDENTITIES else Path(written)
    lines = source.read_text(encoding="utf-8", errors="replace").splitlines()
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not words:
        raise Invalid("--group-words", f"{source.name} holds no word: write one on each line")
    return words


def _pair(written: str, option: str, shape: str, read: Callable[[str], _Read]) -> tuple[str, _Read]:
    left, equals, right = written.partition("=")
    if not (left and equals and right):
        raise Invalid(option, f"{option}: {written!r} should be {shape}")
    return left, read(right)
