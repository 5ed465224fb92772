"""Writes minilm.onnx: the all-MiniLM-L6-v2 sentence encoder without its weights.

Run at development time only (needs the `onnx` package):

    python -m supportapp.llm.build_graph

The graph uses standard ONNX operators alone. Each weight is a named range of bytes in one exact
safetensors file, whose hash `minilm.py` checks before it loads the graph.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from supportapp.llm.minilm import DIMENSION, GRAPH, WEIGHTS, weights_folder

LAYERS, HEADS, HEAD_SIZE = 6, 12, 32
EPSILON = 1e-12
MASKED = np.float32(-3.0e38)


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where one tensor lies in the file of weights."""

    shape: tuple[int, ...]
    offset: int
    length: int


def read_header(path: Path) -> dict[str, Tensor]:
    """The table of contents of a safetensors file, offsets counted from the start of the file."""
    with path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = Tensor(tuple(entry["shape"]), 8 + size + begin, end - begin)
    return tensors


class GraphBuilder:
    """Collects nodes; every method returns the name of what it made."""

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        self._tensors = tensors
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []

    def weight(self, name: str) -> str:
        tensor = self._tensors[name]
        proto = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=tensor.shape)
        proto.data_location = TensorProto.EXTERNAL
        place = {"location": WEIGHTS, "offset": tensor.offset, "length": tensor.length}
        for key, value in place.items():
            proto.external_data.add(key=key, value=str(value))
        self.initializers.append(proto)
        return name

    def constant(self, name: str, value: object) -> str:
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, operator: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        out = out or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [out], **attributes))
        return out

    def linear(self, rows: str, name: str) -> str:
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("Gemm", rows, weight, bias, transB=1)

    def norm(self, rows: str, name: str) -> str:
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", rows, weight, bias, epsilon=EPSILON)

    def heads(self, rows: str, order: tuple[int, ...]) -> str:
        return self.node("Transpose", self.node("Reshape", rows, "per_head"), perm=order)


def build(tensors: dict[str, Tensor]) -> ModelProto:
    """The whole model: token ids and mask in, one normalised vector per text out."""
    graph = GraphBuilder(tensors)
    _constants(graph)
    rows = _embeddings(graph)
    for number in range(LAYERS):
        rows = _layer(graph, rows, f"encoder.layer.{number}")
    _pooling(graph, rows)
    matrix = ["texts", "tokens"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "all-MiniLM-L6-v2",
            [
                helper.make_tensor_value_info("ids", TensorProto.INT64, matrix),
                helper.make_tensor_value_info("mask", TensorProto.FLOAT, matrix),
            ],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", DIMENSION])],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=9,
    )
    return model


def _constants(graph: GraphBuilder) -> None:
    graph.constant("zero", np.int64(0))
    graph.constant("one", np.int64(1))
    graph.constant("flat", np.array([-1, DIMENSION]))
    graph.constant("tokens_axis", np.array([1]))
    graph.constant("last_axis", np.array([-1]))
    graph.constant("head_axes", np.array([1, 2]))
    graph.constant("scale", np.float32(HEAD_SIZE**-0.5))
    graph.constant("present", np.float32(1))
    graph.constant("masked", MASKED)
    graph.node("Shape", "ids", out="shape")
    # A reshape to [texts, tokens, heads, size] and back to [texts, tokens, dimension].
    graph.constant("heads_tail", np.array([HEADS, HEAD_SIZE]))
    graph.constant("rows_tail", np.array([DIMENSION]))
    graph.node("Concat", "shape", "heads_tail", out="per_head", axis=0)
    graph.node("Concat", "shape", "rows_tail", out="per_text", axis=0)
    # Added to attention scores: nothing where there is a token, almost minus infinity elsewhere.
    absent = graph.node("Sub", "present", graph.node("Unsqueeze", "mask", "head_axes"))
    graph.node("Mul", absent, "masked", out="attention_bias")


def _embeddings(graph: GraphBuilder) -> str:
    length = graph.node("Gather", "shape", "one")
    positions = graph.node("Range", "zero", length, "one")
    prefix = "embeddings."
    words = graph.node("Gather", graph.weight(f"{prefix}word_embeddings.weight"), "ids")
    places = graph.node("Gather", graph.weight(f"{prefix}position_embeddings.weight"), positions)
    kind = graph.node("Gather", graph.weight(f"{prefix}token_type_embeddings.weight"), "zero")
    total = graph.node("Add", words, graph.node("Add", places, kind))
    return graph.node("Reshape", graph.norm(total, f"{prefix}LayerNorm"), "flat")


def _layer(graph: GraphBuilder, rows: str, name: str) -> str:
    attention = f"{name}.attention"
    query = graph.heads(graph.linear(rows, f"{attention}.self.query"), (0, 2, 1, 3))
    key = graph.heads(graph.linear(rows, f"{attention}.self.key"), (0, 2, 3, 1))
    value = graph.heads(graph.linear(rows, f"{attention}.self.value"), (0, 2, 1, 3))
    scores = graph.node("Mul", graph.node("MatMul", query, key), "scale")
    weights = graph.node("Softmax", graph.node("Add", scores, "attention_bias"), axis=-1)
    mixed = graph.node("Transpose", graph.node("MatMul", weights, value), perm=(0, 2, 1, 3))
    mixed = graph.linear(graph.node("Reshape", mixed, "flat"), f"{attention}.output.dense")
    rows = graph.norm(graph.node("Add", mixed, rows), f"{attention}.output.LayerNorm")
    inner = graph.node("Gelu", graph.linear(rows, f"{name}.intermediate.dense"))
    outer = graph.linear(inner, f"{name}.output.dense")
    return graph.norm(graph.node("Add", outer, rows), f"{name}.output.LayerNorm")


def _pooling(graph: GraphBuilder, rows: str) -> None:
    """Mean over the tokens that are there, then length 1."""
    hidden = graph.node("Reshape", rows, "per_text")
    present = graph.node("Unsqueeze", "mask", "last_axis")
    total = graph.node("ReduceSum", graph.node("Mul", hidden, present), "tokens_axis", keepdims=0)
    count = graph.node("ReduceSum", "mask", "tokens_axis", keepdims=1)
    mean = graph.node("Div", total, count)
    graph.node("LpNormalization", mean, out="vectors", p=2, axis=-1)


def serialise() -> bytes:
    """The bytes that are committed as minilm.onnx."""
    tensors = read_header(weights_folder() / WEIGHTS)
    data: bytes = build(tensors).SerializeToString(deterministic=True)
    return data


if __name__ == "__main__":
    Path(GRAPH).write_bytes(serialise())
