"""Writes the finished network as one ONNX file: token ids of one text in, logits and embedding out.

The graph is laid by hand in the fused operators of ONNX Runtime, for one text at a time and so without padding: a
result cannot depend on what else is scored. In the quantised file every large matrix is int8 with one scale per column
(the word table: per row) and in 7 bits, because processors without VNNI add up 8-bit products with saturation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]

HEADS = 12
EPSILON = 1e-12
OPSET, MICROSOFT, IR = 17, 1, 8
_FINEST = 63  # 7 bits with sign


@dataclass
class _Graph:
    weights: Weights
    quantised: bool
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        outputs = [output] if output else []
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=output, domain=domain, **attributes))
        return output

    def fused(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        return self.add(kind, inputs, output, "com.microsoft", **attributes)

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name


def build(weights: Weights, positions: int, *, quantised: bool) -> bytes:
    """The file for texts of up to `positions` tokens. `weights` is the network's state as float32 arrays."""
    graph = _Graph(weights, quantised)
    hidden = _embedded(graph, positions)
    for number in range(_layers(weights)):
        hidden = _layer(graph, hidden, number)
    _outputs(graph, hidden)
    made = helper.make_graph(
        graph.nodes,
        "civility",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "length"])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, len(weights["heads.bias"])]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, len(weights["embedding.weight"])]),
        ],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", MICROSOFT)]
    return bytes(helper.make_model(made, opset_imports=opsets, ir_version=IR).SerializeToString(deterministic=True))


def _layers(weights: Weights) -> int:
    return sum(name.endswith("attention.output.dense.weight") for name in weights)


def _embedded(graph: _Graph, positions: int) -> str:
    name = "encoder.embeddings."
    words = _word_rows(graph, graph.weights[name + "word_embeddings.weight"])
    places = graph.weights[name + "position_embeddings.weight"][:positions]
    places = places + graph.weights[name + "token_type_embeddings.weight"][0]
    graph.constant("places", places)
    graph.constant("zero", np.array([0], np.int64))
    graph.constant("one", np.array([1], np.int64))
    graph.add("Shape", ["ids"], "length", start=1, end=2)
    graph.add("Slice", ["places", "zero", "length", "zero", "one"], "placed")
    graph.add("Add", [words, "placed"], "summed")
    gamma = graph.constant("embedded.gamma", graph.weights[name + "LayerNorm.weight"])
    beta = graph.constant("embedded.beta", graph.weights[name + "LayerNorm.bias"])
    return graph.add("LayerNormalization", ["summed", gamma, beta], "embedded", axis=-1, epsilon=EPSILON)


def _word_rows(graph: _Graph, table: Floats) -> str:
    if not graph.quantised:
        return graph.add("Gather", [graph.constant("words", table), "ids"], "word_rows")
    scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-8) / 127
    graph.constant("words", np.rint(table / scale).astype(np.int8))
    graph.constant("words.scale", scale.astype(np.float32))
    graph.add("Gather", ["words", "ids"], "word_codes")
    graph.add("Gather", ["words.scale", "ids"], "word_scales")
    graph.add("Cast", ["word_codes"], "word_floats", to=TensorProto.FLOAT)
    return graph.add("Mul", ["word_floats", "word_scales"], "word_rows")


def _layer(graph: _Graph, hidden: str, number: int) -> str:
    source, name = f"encoder.encoder.layer.{number}.", f"layer{number}."
    attended = _attention(graph, hidden, source, name)
    mixed = _product(graph, attended, source + "attention.output.dense", name + "mixed")
    calm = _added(graph, mixed, hidden, source + "attention.output", name + "calm")
    wide = _product(graph, calm, source + "intermediate.dense", name + "wide")
    bias = graph.constant(name + "wide.bias", graph.weights[source + "intermediate.dense.bias"])
    bent = graph.fused("BiasGelu", [wide, bias], name + "bent")
    narrow = _product(graph, bent, source + "output.dense", name + "narrow")
    return _added(graph, narrow, calm, source + "output", name + "hidden")


def _attention(graph: _Graph, hidden: str, source: str, name: str) -> str:
    parts = [source + f"attention.self.{part}." for part in ("query", "key", "value")]
    matrix = np.concatenate([graph.weights[part + "weight"].T for part in parts], axis=1)
    bias = graph.constant(name + "attention.bias", np.concatenate([graph.weights[part + "bias"] for part in parts]))
    output = name + "attended"
    if not graph.quantised:
        return graph.fused(
            "Attention", [hidden, graph.constant(name + "attention", matrix), bias], output, num_heads=HEADS
        )
    codes, scale = _codes(graph, matrix, name + "attention")
    lowered = [name + "lowered", name + "lowered.scale", name + "lowered.zero"]
    graph.nodes.append(helper.make_node("DynamicQuantizeLinear", [hidden], lowered, name=name + "lowered"))
    zero = graph.constant(name + "attention.zero", np.zeros(matrix.shape[1], np.int8))
    inputs = [lowered[0], codes, bias, lowered[1], scale, "", lowered[2], zero]
    return graph.fused("QAttention", inputs, output, num_heads=HEADS)


def _product(graph: _Graph, left: str, source: str, output: str) -> str:
    matrix = graph.weights[source + ".weight"].T
    if not graph.quantised:
        return graph.add("MatMul", [left, graph.constant(output + ".matrix", matrix)], output)
    codes, scale = _codes(graph, matrix, output + ".matrix")
    zero = graph.constant(output + ".zero", np.zeros(matrix.shape[1], np.int8))
    return graph.fused("DynamicQuantizeMatMul", [left, codes, scale, zero], output)


def _added(graph: _Graph, new: str, old: str, source: str, output: str) -> str:
    gamma = graph.constant(output + ".gamma", graph.weights[source + ".LayerNorm.weight"])
    beta = graph.constant(output + ".beta", graph.weights[source + ".LayerNorm.bias"])
    bias = graph.constant(output + ".bias", graph.weights[source + ".dense.bias"])
    return graph.fused("SkipLayerNormalization", [new, old, gamma, beta, bias], output, epsilon=EPSILON)


def _codes(graph: _Graph, matrix: Floats, name: str) -> tuple[str, str]:
    scale = np.maximum(np.abs(matrix).max(0), 1e-8) / _FINEST
    codes = graph.constant(name, np.rint(matrix / scale).astype(np.int8))
    return codes, graph.constant(name + ".scale", scale.astype(np.float32))


def _outputs(graph: _Graph, hidden: str) -> None:
    graph.add("ReduceMean", [hidden], "mean", axes=[1], keepdims=0)
    graph.add("ReduceMax", [hidden], "largest", axes=[1], keepdims=0)
    graph.add("Concat", ["mean", "largest"], "both", axis=1)
    heads = graph.constant("heads", graph.weights["heads.weight"].T)
    bias = graph.constant("heads.bias", graph.weights["heads.bias"])
    graph.add("Gemm", ["both", heads, bias], "logits")
    graph.add("MatMul", ["mean", graph.constant("near", graph.weights["embedding.weight"].T)], "raw_embedding")
    graph.add("LpNormalization", ["raw_embedding"], "embedding", axis=1, p=2)
