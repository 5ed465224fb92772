"""What the fake model server says: scripts for one reply, faults by name, and honest defaults."""

import math
import re
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

MODEL = "fake-model-2025-01-01"
FINGERPRINT = "fp_fake"

Door = Literal["chat", "rewrite", "embeddings", "rerank", "models"]

STATUS_FAULTS = {"400": 400, "401": 401, "404": 404, "429": 429, "500": 500, "503": 503}
WIRE_FAULTS = {
    "hang",  # accepts, and never sends a byte
    "stall",  # stops talking after `after` tokens, keeps the connection
    "drip",  # sends its bytes one at a time, `delay` seconds apart
    "cut",  # breaks off after `after` tokens, in the middle of a chunked body
    "close",  # closes after `after` tokens a body whose end is the connection's end
    "no_finish",  # ends in order, but without a finish_reason
    "length",  # says that max_tokens ran out
    "bad_json",  # a broken line after `after` tokens
    "error_event",  # an error in the stream after `after` tokens
    "html",  # status 200 and a web page
    "empty",  # status 200 and nothing said
    "no_done",  # a whole answer, but the stream is left open
    "refuse_usage",  # refuses stream_options with 400
    "refuse_limit",  # refuses max_tokens, wants max_completion_tokens
}
TEXT_FAULTS = {"invented_citation", "leaked_prompt"}
VECTOR_FAULTS = {"too_few", "wrong_dimension", "zero_vector"}
FAULTS = {*STATUS_FAULTS, *WIRE_FAULTS, *TEXT_FAULTS, *VECTOR_FAULTS}

_EVIDENCE = (
    # <passage number="1" …>text</passage>, whatever the tag is called
    re.compile(r"<(\w+)[^>]*\b(?:number|n|id)=\"(?P<number>\d+)\"[^>]*>(?P<text>.*?)</\1>", re.S),
    # [1] title, and its text until an empty line or the next number
    re.compile(r"^\[(?P<number>\d+)\][ \t]*(?P<text>.+?)(?=\n\s*\n|\n\[\d+\]|\Z)", re.S | re.M),
)
_MESSAGE = re.compile(r"<(message_\w+)>\n(?P<text>.*?)\n</\1>", re.DOTALL)
_SENTENCE = re.compile(r".+?(?:[.!?](?=\s|$)|[。！？]|$)", re.S)
_ENDINGS = ".!?。！？"
_WORDS = re.compile(r"\w+")


@dataclass
class Reply:
    """One scripted reply. Its methods return it, so that a script reads as a sentence."""

    door: Door = "chat"
    text: str | None = None
    name: str | None = None
    retry_after: float | None = None
    after: int = 0
    pause: float | None = None
    first_pause: float = 0.0
    marker: str | None = None
    left: int | None = None

    def fault(
        self, name: str, *, retry_after: float | None = None, after: int | None = None
    ) -> "Reply":
        """Order a fault by its name in `FAULTS`."""
        if name not in FAULTS:
            raise ValueError(f"No such fault: {name}. There are: {', '.join(sorted(FAULTS))}")
        self.name = name
        self.retry_after = retry_after
        self.after = self.after if after is None else after
        return self

    def say(self, text: str) -> "Reply":
        """Answer with this text."""
        self.text = text
        return self

    def cut_after(self, *, tokens: int) -> "Reply":
        """Break the connection after so many tokens."""
        return self.fault("cut", after=tokens)

    def stall_after(self, *, tokens: int) -> "Reply":
        """Fall silent after so many tokens."""
        return self.fault("stall", after=tokens)

    def delay(self, seconds: float) -> "Reply":
        """Wait so long before each token."""
        self.pause = seconds
        return self

    def delay_first(self, seconds: float) -> "Reply":
        """Wait so long before the first byte."""
        self.first_pause = seconds
        return self

    def once(self) -> "Reply":
        """For the next request only."""
        return self.times(1)

    def times(self, count: int) -> "Reply":
        """For so many requests only."""
        self.left = count
        return self


@dataclass
class RecordedRequest:
    """A request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages", []))

    @property
    def prompt(self) -> str:
        """The text of all messages."""
        return "\n\n".join(str(message.get("content", "")) for message in self.messages)

    @property
    def question(self) -> str:
        """The text of the last message."""
        return str(self.messages[-1].get("content", "")) if self.messages else ""


def door_of(path: str) -> Door | None:
    """Which kind of request an address takes."""
    doors: dict[str, Door] = {
        "/chat/completions": "chat",
        "/embeddings": "embeddings",
        "/rerank": "rerank",
        "/models": "models",
    }
    return next((door for ending, door in doors.items() if path.endswith(ending)), None)


def is_rewriting(request: RecordedRequest) -> bool:
    """Whether a chat request asks for a customer's message to be made to stand alone."""
    return door_of(request.path) == "chat" and _MESSAGE.search(request.question) is not None


def answer(request: RecordedRequest, reply: Reply) -> str:
    """The whole text of a chat reply."""
    if reply.text is not None:
        return reply.text
    if reply.door == "rewrite" and (message := _MESSAGE.search(request.question)):
        return message["text"]
    if reply.name == "leaked_prompt":
        return str(request.messages[0].get("content", "")) if request.messages else ""
    quoted = quote(request.prompt)
    if reply.name == "invented_citation":
        return f"{quoted} It is also free of charge [9]."
    return quoted


def quote(prompt: str) -> str:
    """The first sentence of the first numbered passage, cited; or an honest no."""
    found = [match for pattern in _EVIDENCE for match in [pattern.search(prompt)] if match]
    if not found:
        return "I don't know."
    first = found[0]
    lines = [line.strip() for line in first["text"].strip().splitlines() if line.strip()]
    while len(lines) > 1 and lines[0][-1] not in _ENDINGS:
        del lines[0]  # a title or a heading
    body = " ".join(lines)
    sentence = _SENTENCE.match(body)
    return f"{(sentence[0] if sentence else body).strip()} [{first['number']}]"


def tokens(text: str) -> list[str]:
    """Words with the space before them; Chinese in pieces of two characters."""
    return re.findall(
        r"\s*[^\s\u3000-\u9fff\uff00-\uffef]+|\s*[\u3000-\u9fff\uff00-\uffef]{1,2}", text
    )


def embedding(text: str, dimension: int) -> list[float]:
    """Hashed word counts of length 1: texts that share words are near each other."""
    vector = [0.0] * dimension
    for word in _WORDS.findall(text.lower()) or [""]:
        code = zlib.crc32(word.encode())
        vector[code % dimension] += 1.0 if code & 0x10000 else -1.0
    norm = math.sqrt(sum(value * value for value in vector))
    if not norm:
        vector[0] = norm = 1.0
    return [value / norm for value in vector]


def vectors(request: RecordedRequest, reply: Reply, dimension: int) -> list[list[float]]:
    """The rows of an embeddings reply, spoilt where a fault asks for it."""
    given = request.body.get("input", [])
    texts = [given] if isinstance(given, str) else [str(text) for text in given]
    if reply.name == "wrong_dimension":
        dimension += 1
    rows = [embedding(text, dimension) for text in texts]
    if reply.name == "zero_vector":
        rows[0] = [0.0] * dimension
    return rows[:-1] if reply.name == "too_few" else rows


def relevance(question: str, texts: Sequence[str]) -> list[float]:
    """The share of the question's words that each text holds."""
    wanted = set(_WORDS.findall(question.lower()))
    held = (wanted & set(_WORDS.findall(text.lower())) for text in texts)
    return [len(words) / max(len(wanted), 1) for words in held]


def chunk(
    *, delta: dict[str, str] | None = None, finish_reason: str | None = None
) -> dict[str, Any]:
    """One event of a chat stream, with or without a choice."""
    head = {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": MODEL,
        "system_fingerprint": FINGERPRINT,
    }
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return head if delta is None else {**head, "choices": [choice]}


def usage(request: RecordedRequest, text: str) -> dict[str, Any]:
    """Words counted as tokens."""
    prompt, completion = len(tokens(request.prompt)), len(tokens(text))
    return {
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": 0},
        }
    }


def error_body(status: int) -> dict[str, Any]:
    """An error as providers word it."""
    return {"error": {"message": f"The fake server says {status}", "type": "fake", "code": None}}


def refusal(name: str | None, body: dict[str, Any]) -> dict[str, Any] | None:
    """Why this request is refused, if the script says so."""
    if name == "refuse_usage" and "stream_options" in body:
        return {"error": {"message": "Extra inputs are not permitted", "type": "invalid_request"}}
    if name == "refuse_limit" and "max_tokens" in body:
        message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return {"error": {"message": message, "param": "max_tokens", "code": "unsupported"}}
    return None


def from_scene(scene: dict[str, Any]) -> Reply:
    """One entry of a script file."""
    reply = Reply(door=scene.get("on", "chat"), marker=scene.get("when"), text=scene.get("say"))
    if "fault" in scene:
        reply.fault(
            scene["fault"], retry_after=scene.get("retry_after"), after=scene.get("after", 0)
        )
    reply.pause, reply.left = scene.get("delay"), scene.get("times")
    reply.first_pause = scene.get("first_delay", 0.0)
    return reply
