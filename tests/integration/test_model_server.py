"""The fake model server keeps its own promises."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.fakes.model_server import ModelServer


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def chat(server: ModelServer, text: str) -> str:
    messages = [{"role": "user", "content": text}]
    body: dict[str, Any] = {"model": "m", "messages": messages}
    reply = httpx.post(f"{server.base_url}/chat/completions", json=body)
    return str(reply.json()["choices"][0]["message"]["content"])


@pytest.mark.parametrize(
    "prompt",
    [
        "Passages:\n\n[3] Plans > Prices\nPro costs 9 euros. Yes.\n\n[4] Other\nNo.",
        'Cite as [1].\n<passage number="3">\nPlans\nPro costs 9 euros. Yes.\n</passage>',
        '<evidence_a1 number="3" title="Plans">\nPro costs 9 euros. Yes.\nMore.\n</evidence_a1>',
    ],
)
def test_by_default_it_quotes_the_first_passage_with_its_number(
    server: ModelServer, prompt: str
) -> None:
    assert chat(server, prompt) == "Pro costs 9 euros. [3]"


def test_without_a_passage_it_says_that_it_doesnt_know(server: ModelServer) -> None:
    assert chat(server, "What is the weather?") == "I don't know."


def test_requests_are_recorded_with_their_prompt(server: ModelServer) -> None:
    chat(server, "Where is my parcel?")

    assert server.requests[-1].prompt == "Where is my parcel?"
    assert server.requests[-1].path == "/v1/chat/completions"


def test_one_server_plays_scenes_by_markers(server: ModelServer, tmp_path: Path) -> None:
    script = tmp_path / "scenes.json"
    script.write_text(json.dumps([{"when": "#hi", "say": "Good day."}, {"say": "Else."}]))
    server.load(script)

    assert chat(server, "please #hi") == "Good day."
    assert chat(server, "something") == "Else."


def test_texts_that_share_words_are_near_each_other(server: ModelServer) -> None:
    texts = ["cancel my plan", "how to cancel a plan", "rain in Paris"]
    reply = httpx.post(f"{server.base_url}/embeddings", json={"model": "m", "input": texts})
    rows = sorted(reply.json()["data"], key=lambda row: row["index"])
    plan, same, other = (np.array(row["embedding"]) for row in rows)

    assert plan @ same > plan @ other


def test_rerank_puts_the_matching_text_first(server: ModelServer) -> None:
    body = {"model": "m", "query": "cancel plan", "documents": ["rain", "cancel the plan"]}
    reply = httpx.post(f"{server.base_url}/rerank", json=body)

    assert reply.json()["results"][0] == {"index": 1, "relevance_score": 1.0}


def test_an_unknown_fault_is_refused_by_name(server: ModelServer) -> None:
    with pytest.raises(ValueError, match="No such fault: earthquake"):
        server.fault("earthquake")
