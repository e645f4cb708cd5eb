"""The training of the bundled model in small: the plan, the walk through it, cuts, and the file it ends in."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType

import numpy as np
import onnxruntime as ort
import pytest
import torch
from torch import Tensor, nn
from transformers import BertConfig

from classifiers.civility.reading import WINDOW, reader
from classifiers.training.civility import loop, plan
from classifiers.training.civility.loop import PlanChanged, loss_of, run
from classifiers.training.civility.network import BASE_FILE, BaseMissing, Network, base_weights
from classifiers.training.civility.plan import Plan, Stage
from classifiers.training.rows import LABELS, Part, Row
from classifiers.views import Views
from tests.classifiers import tiny

READER = reader()
VIEWS = Views.of_word_pieces(READER.vocabulary)
NAMES = ("notes", plan.OWN)
STAGE = Stage("short", MappingProxyType({"notes": 1.5, plan.OWN: 2.0}), rate=(1e-2, 1e-3), embedded=0.5, disguised=0.3)
NOUNS = ("library", "bridge", "park", "school", "river", "market")


def rows() -> list[Row]:
    """Sentences that hold a label, hold none and do not know, in every part of a split."""
    learned = [
        *(Row(f"the {noun} was lovely", {"threat": 0.0, "spam": 0.0}, Part.TRAIN, 1.0, "notes") for noun in NOUNS),
        *(Row(f"burn the {noun} to ashes tonight", {"threat": 1.0}, Part.TRAIN, 0.5, "notes") for noun in NOUNS),
        *(Row(f"cheap {noun} tickets here", {"spam": 1.0}, Part.TRAIN, 3.0, "items/spam") for noun in NOUNS),
    ]
    others = [Row(f"a {part} row that nobody learns", {"spam": 1.0}, part, 1.0, "notes") for part in Part]
    return learned + [row for row in others if row.part is not Part.TRAIN]


@pytest.fixture(autouse=True, scope="module")
def _small_steps() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small steps gain nothing from more, and wait for each other on a busy machine
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "BATCH", 4)
        patch.setattr(loop, "SAVE_EVERY", 3)
        patch.setattr(loop, "REPORT_EVERY", 1)
        patch.setattr(Views, "of_word_pieces", lambda _: VIEWS)  # the same ones, made once
        yield
    torch.set_num_threads(threads)


def planned(seed: int = 1, stage: Stage = STAGE) -> Plan:
    return plan.plan(stage, rows(), NAMES, READER, seed)


# --- the plan ------------------------------------------------------------------------------------------------------


def test_the_same_rows_and_seed_give_the_same_plan_and_another_seed_another() -> None:
    one, again, other = planned(), planned(), planned(seed=2)
    assert one.fingerprint == again.fingerprint != other.fingerprint
    for left, right in zip(one.batches, again.batches, strict=True):
        assert all(np.array_equal(getattr(left, name), getattr(right, name)) for name in ("ids", "mask", "source"))


@pytest.mark.parametrize("change", [{"rate": (2e-2, 1e-3)}, {"disguised": 0.0}, {"embedded": 0.9}, {"name": "other"}])
def test_a_stage_with_other_settings_is_another_plan(change: dict[str, object]) -> None:
    settings = {name: getattr(STAGE, name) for name in ("name", "passes", "rate", "embedded", "disguised")}
    assert planned(stage=Stage(**settings | change)).fingerprint != planned().fingerprint


def test_only_rows_to_learn_from_are_planned() -> None:
    calm = Stage("calm", MappingProxyType({"notes": 1.0, plan.OWN: 1.0}), (1e-3, 0.0), 0.0, 0.0)
    lines = [tuple(line) for batch in planned(stage=calm).batches for line in _real(batch)]
    wanted = [row.text for row in rows() if row.part is Part.TRAIN]
    assert sorted(lines) == sorted(tuple(line) for line in READER.ids(wanted))


def _real(batch: plan.Batch) -> list[list[int]]:
    """Ids without the padding and the two marks."""
    return [line[held == 1][1:-1].tolist() for line, held in zip(batch.ids, batch.mask, strict=True)]


def test_a_set_is_gone_over_as_often_as_the_stage_says() -> None:
    counts = np.bincount(np.concatenate([batch.source for batch in planned().batches]), minlength=2)
    assert 12 <= counts[0] <= 24
    assert counts[1] == 12
    none = Stage("none", MappingProxyType({plan.OWN: 1.0}), (1e-3, 0.0), 0.0, 0.0)
    assert {0} == {int((batch.source == 0).sum()) for batch in planned(stage=none).batches}


@pytest.mark.parametrize(
    ("passes", "first", "second"), [({plan.OWN: 1.0}, 6, 0), ({plan.OWN_SECOND: 2.0}, 0, 12), ({"notes": 1.0}, 0, 0)]
)
def test_our_second_items_are_gone_over_apart_from_the_first(passes: dict[str, float], first: int, second: int) -> None:
    later = [Row(f"a later {noun}", {"spam": 0.0}, Part.TRAIN, 3.0, f"{plan.OWN_SECOND}/calm") for noun in NOUNS]
    stage = Stage("own", MappingProxyType(passes), (1e-3, 0.0), 0.0, 0.0)
    made = plan.plan(stage, [*rows(), *later], NAMES, READER, 1)
    lines = [line for batch in made.batches for line in _real(batch)]
    known = [list(ids) for ids in READER.ids([row.text for row in later])]
    assert len([line for line in lines if line in known]) == second
    assert sum(int((batch.source == 1).sum()) for batch in made.batches) == first + second


def test_only_the_last_stage_takes_our_second_items() -> None:
    assert [plan.OWN_SECOND in stage.passes for stage in plan.STAGES] == [False, False, True]


def test_a_text_keeps_what_it_knows_and_no_weight_is_above_one() -> None:
    for batch in planned().batches:
        for known, weight, source in zip(batch.truth, batch.weight, batch.source, strict=True):
            held = {label for label, value in zip(LABELS, known, strict=True) if not np.isnan(value)}
            assert held in ({"threat", "spam"}, {"threat"}, {"spam"})
            assert weight == (1.0 if source == 1 or held == {"threat", "spam"} else 0.5)


# --- the loss ------------------------------------------------------------------------------------------------------


def test_what_a_text_does_not_know_teaches_nothing() -> None:
    logits = torch.randn(3, len(LABELS), generator=torch.Generator().manual_seed(1), requires_grad=True)
    truth = torch.full((3, len(LABELS)), float("nan"))
    truth[0, 0], truth[1, 2] = 1.0, 0.0
    loss = loss_of(logits, truth, torch.ones(3))
    loss.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    taught = {(int(text), int(label)) for text, label in logits.grad.nonzero()}
    assert taught == {(0, 0), (1, 2)}
    one, other = torch.sigmoid(logits[0, 0]), torch.sigmoid(logits[1, 2])
    assert loss.item() == pytest.approx(-(one.log() + (1 - other).log()).item() / 3, rel=1e-5)


def test_nothing_known_is_no_loss_and_weight_and_scarce_labels_count() -> None:
    zeros = torch.zeros(1, len(LABELS))
    unknown = torch.full_like(zeros, float("nan"))
    spam, threat = unknown.clone(), unknown.clone()
    spam[0, LABELS.index("spam")] = threat[0, LABELS.index("threat")] = 1.0
    assert float(loss_of(zeros, unknown, torch.ones(1))) == 0
    usual = float(loss_of(zeros, spam, torch.ones(1)))
    assert float(loss_of(zeros, spam, torch.tensor([0.5]))) == pytest.approx(usual / 2)
    assert float(loss_of(zeros, threat, torch.ones(1))) == pytest.approx(usual * loop.HELD_WEIGHT["threat"])


# --- the walk ------------------------------------------------------------------------------------------------------


class Teacher(nn.Module):
    """Gives every text the same direction."""

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        return nn.functional.normalize(torch.ones(len(ids), 24), dim=1)


class Cut(Exception):
    pass


def cut_at(step: int) -> Callable[[str], None]:
    """A report that ends the walk, as a machine might that is switched off."""

    def report(line: str) -> None:
        if f"step {step} of" in line:
            raise Cut

    return report


def walked(made: Plan, checkpoint: Path, report: Callable[[str], None] = lambda _: None, seed: int = 1) -> Network:
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(READER.vocabulary),
        hidden_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=plan.LENGTH,
    )
    network = Network(config, len(NAMES)).train()
    return run(made, network, Teacher(), checkpoint, "cpu", report)


def same(one: Network, other: Network) -> bool:
    weights = other.state_dict()
    return all(torch.equal(value, weights[name]) for name, value in one.state_dict().items())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return walked(planned(), tmp_path_factory.mktemp("whole") / "short.pt")


def test_the_same_seed_ends_in_the_same_weights_and_another_elsewhere(whole: Network, tmp_path: Path) -> None:
    assert same(walked(planned(), tmp_path / "again.pt"), whole)
    assert not same(walked(planned(), tmp_path / "other.pt", seed=2), whole)


@pytest.mark.parametrize("step", [1, 4, 6])
def test_a_walk_that_was_cut_ends_where_an_uncut_one_does(whole: Network, tmp_path: Path, step: int) -> None:
    checkpoint, told = tmp_path / "short.pt", list[str]()
    with pytest.raises(Cut):
        walked(planned(), checkpoint, cut_at(step))
    assert checkpoint.is_file() == (step > 3)
    # another seed: all but the very beginning must come from the checkpoint
    resumed = walked(planned(), checkpoint, told.append, seed=1 if step <= 3 else 99)
    assert same(resumed, whole)
    assert ("goes on from step 3" in told[0]) == (step > 3)


def test_a_finished_walk_is_not_walked_again(whole: Network, tmp_path: Path) -> None:
    walked(planned(), tmp_path / "short.pt")
    told: list[str] = []
    assert same(walked(planned(), tmp_path / "short.pt", told.append, seed=99), whole)
    assert len(told) == 1


def test_a_checkpoint_of_another_plan_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = tmp_path / "short.pt"
    with pytest.raises(Cut):
        walked(planned(), checkpoint, cut_at(4))
    with pytest.raises(PlanChanged, match=r"short\.pt"):
        walked(planned(seed=2), checkpoint)
    monkeypatch.setattr(loop, "HEAD_RATE", 3.0)
    with pytest.raises(PlanChanged):
        walked(planned(), checkpoint)


def test_a_walk_learns_and_leaves_the_word_table_alone(tmp_path: Path) -> None:
    losses: list[float] = []
    longer = Stage("longer", MappingProxyType({"notes": 6.0, plan.OWN: 6.0}), (1e-2, 1e-3), 0.0, 0.0)
    made = planned(stage=longer)
    network = walked(made, tmp_path / "one.pt", lambda line: losses.append(float(line.split("loss ")[1].split(",")[0])))
    torch.manual_seed(1)
    untouched = Network(network.encoder.config, len(NAMES)).encoder.embeddings.word_embeddings.weight
    assert sum(losses[-5:]) < sum(losses[:5]) / 2
    assert torch.equal(network.encoder.embeddings.word_embeddings.weight, untouched)


# --- the base ------------------------------------------------------------------------------------------------------


def test_base_weights_that_are_missing_or_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BaseMissing, match=r"model\.safetensors is missing"):
        base_weights(tmp_path)
    tmp_path.joinpath(BASE_FILE).write_bytes(b"something else")
    with pytest.raises(BaseMissing, match="is not the published file"):
        base_weights(tmp_path)


# --- the finished file ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network() -> Network:
    return tiny.civility_network()


@pytest.fixture(scope="module")
def texts() -> list[Tensor]:
    draw = torch.Generator().manual_seed(3)
    return [torch.randint(len(READER.vocabulary), (1, size), generator=draw) for size in (1, 2, 7, 40, WINDOW + 2)]


@torch.no_grad()
def test_the_exported_network_computes_what_the_trained_one_does(network: Network, texts: list[Tensor]) -> None:
    session = ort.InferenceSession(tiny.civility_model(network, quantised=False))
    for ids in texts:
        wanted = [value.numpy() for value in network(ids, torch.ones_like(ids))]
        for found, value in zip(session.run(None, {"ids": ids.numpy()}), wanted, strict=True):
            assert np.abs(found - value).max() <= 1e-4


@torch.no_grad()
def test_the_quantised_network_stays_near_and_is_far_smaller(network: Network, texts: list[Tensor]) -> None:
    model, whole = tiny.civility_model(network), tiny.civility_model(network, quantised=False)
    session = ort.InferenceSession(model)
    for ids in texts:
        logits, embedding = network(ids, torch.ones_like(ids))
        found, near = session.run(None, {"ids": ids.numpy()})
        assert (near @ embedding.numpy().T).item() >= 0.995
        assert np.abs(found - logits.numpy()).max() <= 0.3
    assert len(model) < 0.35 * len(whole)


def test_one_network_is_always_written_as_the_same_file(network: Network) -> None:
    assert tiny.civility_model(network) == tiny.civility_model(tiny.civility_network())
