"""What the fake model server says: scripts for one reply, faults by name, and honest defaults."""

import json
import math
import re
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes import obedience

MODEL = "fake-model-2025-01-01"
FINGERPRINT = "fp_fake"

Door = Literal[
    "chat",
    "rewrite",
    "suggest",
    "title",
    "embeddings",
    "rerank",
    "models",
    "moderations",
    "files",
    "fine_tuning",
]

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
    "refuse_schema",  # refuses a JSON schema, knows JSON mode
    "refuse_format",  # refuses every response_format
    "refuse_stream",  # answers in one piece only
}
TEXT_FAULTS = {
    "invented_citation",
    "leaked_prompt",
    "over_long",  # goes on and on, whatever max_tokens says
    "broken_object",  # JSON that breaks off
    "wrong_schema",  # JSON of another shape
    "broken_arguments",  # a tool call whose arguments are no JSON
    "tool_loop",  # calls the tool again, whatever its result
    "obedient",  # does whatever instruction it sees unquoted
    "betrays",  # tells its system prompt in the guise that the question wants
}
VECTOR_FAULTS = {"too_few", "wrong_dimension", "zero_vector"}
FAULTS = {*STATUS_FAULTS, *WIRE_FAULTS, *TEXT_FAULTS, *VECTOR_FAULTS}

_EVIDENCE = (
    # <passage number="1" …>text</passage>, whatever the tag is called
    re.compile(r"<(\w+)[^>]*\b(?:number|n|id)=\"(?P<number>\d+)\"[^>]*>(?P<text>.*?)</\1>", re.S),
    # ### passage 1: title, and its text until ### end of passage
    re.compile(r"^### (\w+) (?P<number>\d+)\b.*?\n(?P<text>.*?)\n### end of \1", re.S | re.M),
    # [1] title, and its text until an empty line or the next number
    re.compile(r"^\[(?P<number>\d+)\][ \t]*(?P<text>.+?)(?=\n\s*\n|\n\[\d+\]|\Z)", re.S | re.M),
)
_MESSAGE = re.compile(r"<(message_\w+)>\n(?P<text>.*?)\n</\1>", re.DOTALL)
_ASIDE = re.compile(r"^(?:<|### )(asked|article)_\w+", re.MULTILINE)
_ASKED = re.compile(r"<(asked_\w+)>\n(?P<text>.*?)\n</\1>", re.DOTALL)
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
    anywhere: bool = False
    attacks: tuple[str, ...] = ()
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

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

    def obey(self, *attacks: str, anywhere: bool = False) -> "Reply":
        """Do what instructions want that stand unquoted in the prompt, or anywhere in it."""
        self.name, self.attacks, self.anywhere = "obedient", attacks, anywhere
        return self

    def say(self, text: str) -> "Reply":
        """Answer with this text."""
        self.text = text
        return self

    def call(self, tool: str, **arguments: Any) -> "Reply":
        """Call this tool, once its result isn't there yet; several calls are made in parallel."""
        self.calls.append((tool, arguments))
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
    # What came that isn't JSON: an upload.
    raw: bytes = b""

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages", []))

    @property
    def prompt(self) -> str:
        """The text of all messages."""
        return "\n\n".join(str(message.get("content") or "") for message in self.messages)

    @property
    def question(self) -> str:
        """The text of the last message that no tool and no assistant wrote."""
        asked = [each for each in self.messages if each.get("role") not in {"assistant", "tool"}]
        return str(asked[-1].get("content") or "") if asked else ""

    @property
    def results(self) -> list[str]:
        """What tools have said since the last question."""
        found: list[str] = []
        for message in reversed(self.messages):
            if message.get("role") == "user":
                break
            if message.get("role") == "tool":
                found.append(str(message.get("content") or ""))
        return found[::-1]

    @property
    def tools(self) -> list[str]:
        """The names of the tools that the model is offered."""
        return [each["function"]["name"] for each in self.body.get("tools", [])]

    @property
    def json_schema(self) -> dict[str, Any] | None:
        """The schema that the reply is to fit; empty in JSON mode, None where text is wanted."""
        wanted = self.body.get("response_format") or {}
        if wanted.get("type") == "json_schema":
            return dict(wanted["json_schema"]["schema"])
        return {} if wanted.get("type") == "json_object" else None


def door_of(path: str) -> Door | None:
    """Which kind of request an address takes."""
    doors: dict[str, Door] = {
        "/chat/completions": "chat",
        "/embeddings": "embeddings",
        "/rerank": "rerank",
        "/models": "models",
        "/moderations": "moderations",
    }
    path = path.partition("?")[0]
    if "/fine_tuning/jobs" in path:
        return "fine_tuning"
    if path.endswith("/files"):
        return "files"
    return next((door for ending, door in doors.items() if path.endswith(ending)), None)


def aside(request: RecordedRequest) -> Door | None:
    """What a chat request asks for besides an answer, told by the sections of its prompt."""
    if door_of(request.path) != "chat":
        return None
    if is_rewriting(request):
        return "rewrite"
    marked = _ASIDE.findall(request.question)
    if "asked" not in marked:
        return None
    return "suggest" if "article" in marked else "title"


def is_rewriting(request: RecordedRequest) -> bool:
    """Whether a chat request asks for a customer's message to be made to stand alone."""
    return door_of(request.path) == "chat" and _MESSAGE.search(request.question) is not None


def answer(request: RecordedRequest, reply: Reply) -> str:
    """The whole text of a chat reply."""
    if reply.text is not None:
        return reply.text
    if reply.name == "obedient":
        said = quote(request.prompt)
        return obedience.obeyed(
            request.prompt, said, anywhere=reply.anywhere, attacks=reply.attacks
        )
    if reply.name == "betrays":
        return obedience.betrayed(str(request.messages[0].get("content", "")), request.question)
    if reply.door == "rewrite" and (message := _MESSAGE.search(request.question)):
        return message["text"]
    if reply.door == "suggest":
        return "What else should I know?"
    if reply.door == "title" and (asked := _ASKED.search(request.question)):
        return " ".join(asked["text"].split()[:4])
    if reply.name == "leaked_prompt":
        return str(request.messages[0].get("content", "")) if request.messages else ""
    if reply.name == "broken_object":
        return '{"answer": "Hold the re'
    if reply.name == "wrong_schema":
        return '{"something": ["else"]}'
    if request.json_schema is not None:
        return json.dumps(example(request.json_schema))
    quoted = quote(request.prompt)
    if reply.name == "over_long":
        return " ".join([quoted] * 400)
    if reply.name == "invented_citation":
        return f"{quoted} It is also free of charge [9]."
    return quoted


def example(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """The smallest value that fits a JSON schema of the usual kind."""
    root = schema if root is None else root
    if "$ref" in schema:
        return example(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    if "anyOf" in schema:
        return example(schema["anyOf"][0], root)
    match schema.get("type"):
        case "string":
            return "text"
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return True
        case "array":
            return [example(schema["items"], root)] * schema.get("minItems", 0)
        case "null":
            return None
    return {name: example(each, root) for name, each in schema.get("properties", {}).items()}


def tool_calls(request: RecordedRequest, reply: Reply) -> list[dict[str, Any]]:
    """The calls that this reply makes, if any: not again once their results are there."""
    if not reply.calls or (request.results and reply.name != "tool_loop"):
        return []
    round_ = sum(message.get("role") == "tool" for message in request.messages)
    return [
        {
            "index": place,
            "id": f"call_{round_ + place}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": '{"broken": '
                if reply.name == "broken_arguments"
                else json.dumps(given),
            },
        }
        for place, (name, given) in enumerate(reply.calls)
    ]


def fragments(call: dict[str, Any]) -> list[dict[str, Any]]:
    """A tool call as a stream brings it: its head, then its arguments in pieces."""
    arguments = call["function"]["arguments"]
    half = max(len(arguments) // 2, 1)
    head = {**call, "function": {"name": call["function"]["name"], "arguments": ""}}
    pieces = [arguments[:half], arguments[half:]]
    return [head] + [
        {"index": call["index"], "function": {"arguments": piece}} for piece in pieces if piece
    ]


def moderated(texts: Sequence[str]) -> list[dict[str, Any]]:
    """A judgement of each text: one with "attack" in it is flagged."""
    flags = ["attack" in text.lower() for text in texts]
    return [
        {
            "flagged": flag,
            "categories": {"violence": flag, "hate": False},
            "category_scores": {"violence": 0.9 if flag else 0.01, "hate": 0.0},
        }
        for flag in flags
    ]


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
    *, delta: dict[str, Any] | None = None, finish_reason: str | None = None
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
    if name == "refuse_stream" and body.get("stream"):
        return {"error": {"message": "Streaming isn't supported", "param": "stream", "code": None}}
    asked = (body.get("response_format") or {}).get("type")
    if asked and (name == "refuse_format" or (name == "refuse_schema" and asked == "json_schema")):
        message = f"'response_format' of type '{asked}' is not supported with this model."
        return {"error": {"message": message, "param": "response_format", "code": "unsupported"}}
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
    for tool, arguments in scene.get("call", {}).items():
        reply.call(tool, **arguments)
    return reply
