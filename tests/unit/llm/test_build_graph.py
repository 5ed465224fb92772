"""The committed graph is the one that its builder writes, and it holds no weights."""

import onnx

from supportapp.llm import build_graph, minilm


def test_the_committed_graph_is_what_the_builder_writes() -> None:
    assert minilm.GRAPH.read_bytes() == build_graph.serialise()


def test_the_graph_is_small_and_uses_standard_operators_only() -> None:
    data = minilm.GRAPH.read_bytes()
    model = onnx.load_model_from_string(data)

    assert len(data) < 25_000
    assert [opset.domain for opset in model.opset_import] == [""]
    assert {node.domain for node in model.graph.node} == {""}


def test_every_weight_but_the_pooler_is_used() -> None:
    tensors = build_graph.read_header(minilm.weights_folder() / minilm.WEIGHTS)
    model = onnx.load_model_from_string(minilm.GRAPH.read_bytes())
    used = {tensor.name for tensor in model.graph.initializer if tensor.external_data}

    unused = {"embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"}
    assert set(tensors) - used == unused
