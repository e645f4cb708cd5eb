"""How much of the machine's int8 speed a classifier on ONNX Runtime reaches, and where the rest goes.

The peak is a practical one: the best of many products of two 1024 × 1024 matrices of bytes by the same runtime with
the same threads. Of a model two operations are counted for each int8 weight and token, padding left out; the products
inside attention, which hold no weights, are not.
"""

import json
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import figures
from classifiers.transformers.libraries import library

_SIDE, _RUNS = 1024, 60
_SHOWN = 9
#: whose inputs a weight may come through
_PASSES = frozenset({"DequantizeLinear", "Transpose", "Cast", "Identity"})
_PRODUCTS = frozenset(
    {"MatMul", "Gemm", "MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "QLinearMatMul", "QGemm"}
    | {"Attention", "QAttention"}
)


class Recorder:
    """Stands in for ONNX Runtime's session in this process: the same answers, with the time noted by operator."""

    def __init__(self) -> None:
        runtime = library("onnxruntime", "train")
        self.seconds = 0.0
        self._counting = threading.Lock()
        self.tokens = self.padded = self.weights = 0
        self._folder = tempfile.TemporaryDirectory(prefix="moderator-bench-")
        self._sessions: list[Any] = []
        recorder = self

        class Recorded(runtime.InferenceSession):  # type: ignore[misc, name-defined]
            def __init__(self, model: Any, sess_options: Any = None, *rest: Any, **more: Any) -> None:
                options = sess_options or runtime.SessionOptions()
                options.enable_profiling = True
                options.profile_file_prefix = str(Path(recorder._folder.name) / f"{len(recorder._sessions)}")
                super().__init__(model, options, *rest, **more)
                recorder._sessions.append(self)
                recorder.weights += weights_per_token(model)

            def run(self, names: Any, feed: Mapping[str, Any], *rest: Any) -> Any:
                begun = time.perf_counter()
                answer = super().run(names, feed, *rest)
                recorder._count(feed, time.perf_counter() - begun)
                return answer

        runtime.InferenceSession = Recorded

    def findings(self) -> dict[str, Any]:
        """Seconds inside the model, of all threads together, by operator too; tokens with and without padding; weights
        each token meets.
        """
        by_operator: Counter[str] = Counter()
        for session in self._sessions:
            for event in json.loads(Path(session.end_profiling()).read_text("utf-8")):
                if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
                    by_operator[event["args"]["op_name"]] += event["dur"]
        return {
            "inside": self.seconds,
            "operators": {name: microseconds / 1e6 for name, microseconds in by_operator.items()},
            "tokens": self.tokens,
            "padded": self.padded,
            "weights": self.weights,
        }

    def _count(self, feed: Mapping[str, Any], seconds: float) -> None:
        mask = next((values for name, values in feed.items() if "mask" in name), None)
        ids = next(values for name, values in feed.items() if "mask" not in name and np.ndim(values) == 2)
        with self._counting:
            self.seconds += seconds
            self.padded += int(np.size(ids))
            self.tokens += int(np.size(ids) if mask is None else np.sum(mask))


def weights_per_token(model: Any) -> int:
    """How many int8 weights the model's products hold; what reads a whole text at once is left in float."""
    onnx = library("onnx", "train")
    loaded = onnx.load_from_string(model) if isinstance(model, bytes) else onnx.load(str(model))
    bytewise = {onnx.TensorProto.INT8, onnx.TensorProto.UINT8}
    sizes = {tensor.name: tuple(tensor.dims) for tensor in loaded.graph.initializer if tensor.data_type in bytewise}
    makers = {name: node for node in loaded.graph.node for name in node.output}

    def size(name: str) -> int:
        while name not in sizes and name in makers and makers[name].op_type in _PASSES:
            name = makers[name].input[0]
        dims = sizes.get(name, ())
        return int(dims[0] * dims[1]) if len(dims) == 2 else 0

    products = (node for node in loaded.graph.node if node.op_type in _PRODUCTS)
    return sum(max((size(name) for name in node.input), default=0) for node in products)


def int8_peak() -> float:
    """Operations a second, two for each multiplication and its addition."""
    runtime, onnx = library("onnxruntime", "train"), library("onnx", "train")
    rng = np.random.default_rng(0)
    right = rng.integers(-127, 127, (_SIDE, _SIDE), np.int8)
    left = rng.integers(0, 255, (_SIDE, _SIDE), np.uint8)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMulInteger", ["left", "right"], ["product"])],
        "peak",
        [onnx.helper.make_tensor_value_info("left", onnx.TensorProto.UINT8, [_SIDE, _SIDE])],
        [onnx.helper.make_tensor_value_info("product", onnx.TensorProto.INT32, [_SIDE, _SIDE])],
        [onnx.numpy_helper.from_array(right, "right")],
    )
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    best = min(figures.seconds_each(lambda _: session.run(None, {"left": left}), range(_RUNS)))
    return 2 * _SIDE**3 / best


def show(name: str, found: Mapping[str, Any]) -> None:
    """Print what `benchmarks.alone profile` found. Time is that of all processors: waiting counts as outside."""
    reached = 2 * found["weights"] * found["tokens"] / found["peak"] * found["processors"]
    whole = found["seconds"] * found["processors"]
    print(
        f"{name}: {2 * found['weights'] / 1e6:.1f} million operations a token, {found['tokens']:,} tokens "
        f"({found['padded'] / max(found['tokens'], 1) - 1:.0%} more with padding). "
        f"Peak {found['peak'] / 1e9:,.0f} billion int8 operations a second: inside the model "
        f"{reached / found['inside']:.0%} of it is reached, over all {reached / whole:.0%}."
    )
    operators = sorted(found["operators"].items(), key=lambda pair: -pair[1])
    rest = found["inside"] - sum(seconds for _, seconds in operators[:_SHOWN])
    rows = [
        ("before and after the model: views, words, tokens, results", whole - found["inside"]),
        *operators[:_SHOWN],
        ("other operators, and between them", rest),
    ]
    figures.show(
        f"{name}: where the time goes, by operator of ONNX Runtime",
        ("part", "share of the time", "seconds"),
        [(part, f"{seconds / whole:.1%}", f"{seconds:.2f}") for part, seconds in rows],
    )
