"""Prompt files: versioned, hashed, rendered in a sandbox that refuses a missing variable. Pure.

A file `name.version.md.jinja` holds sections, each under a line "=== role". Evidence and what the
customer wrote are put between marks that carry a boundary chosen for this one call, so that no
text can close its own section.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from supportapp.llm.values import Message, Role
from supportapp.retrieval.values import Evidence

if TYPE_CHECKING:
    from supportapp.answering.values import Question

FOLDER = Path(__file__).parent / "prompts"
RERANK = FOLDER / "rerank.v1.md.jinja"
REWRITE = FOLDER / "rewrite.v1.md.jinja"
NO_ANSWER = "NO_ANSWER"
LANGUAGES = {
    "en": "English",
    "zh": "Chinese (simplified)",
    "zh-hans": "Chinese (simplified)",
    "zh-hant": "Chinese (traditional)",
    "ja": "Japanese",
    "ko": "Korean",
}
SAME_LANGUAGE = "the language of the question"
SPEAKERS = {"U": "Customer", "S": "Assistant"}
_SECTION = re.compile(r"^=== (system|user|assistant)[ \t]*\n", re.MULTILINE)
_NAME = re.compile(r"(?P<name>[a-z_]+)\.(?P<version>v\d+)\.md\.jinja")
_ATTRIBUTE = re.compile(r"[\"<>\n]")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """What a receipt keeps of a prompt."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a prompt, as its file says it."""

    identity: PromptVersion
    source: str


@dataclass(frozen=True, slots=True)
class PromptLimits:
    """How much a prompt may hold."""

    words: int
    evidence_characters: int
    context_characters: int


@lru_cache(maxsize=32)
def load(file: Path = FOLDER / "answer.v1.md.jinja") -> Prompt:
    """Read a prompt file; its name says which prompt and which version it is."""
    match = _NAME.fullmatch(file.name)
    if match is None:
        raise ValueError(f"{file.name} is not named like answer.v1.md.jinja")
    source = file.read_text(encoding="utf-8")
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    return Prompt(PromptVersion(match["name"], match["version"], sha256), source)


def render(
    prompt: Prompt,
    question: Question,
    evidence: Sequence[Evidence],
    *,
    limits: PromptLimits,
    boundary: str,
    canary: str,
) -> tuple[Message, ...]:
    """Put the question and its evidence into messages. Raises UndefinedError, SecurityError."""
    values = {
        "assistant": question.assistant,
        "evidence": _evidence(evidence, limits.evidence_characters, boundary),
        "context": _context(question, limits.context_characters, boundary),
        "question": question.text.replace(boundary, ""),
        "language": LANGUAGES.get(question.language.lower(), SAME_LANGUAGE),
        "words": limits.words,
        "no_answer": NO_ANSWER,
        "boundary": boundary,
        "canary": canary,
    }
    return _messages(prompt, values)


def render_order(
    prompt: Prompt, question: str, passages: Sequence[str], *, boundary: str
) -> tuple[Message, ...]:
    """Put a question and the passages that are to be ordered into messages."""
    values = {
        "passages": [
            {"number": number, "text": text.replace(boundary, "")}
            for number, text in enumerate(passages, start=1)
        ],
        "question": question.replace(boundary, ""),
        "boundary": boundary,
    }
    return _messages(prompt, values)


def render_follow_up(
    prompt: Prompt, question: Question, *, characters: int, boundary: str
) -> tuple[Message, ...]:
    """Put a question that needs the conversation, and the end of that, into messages."""
    values = {
        "context": _context(question, characters, boundary),
        "question": question.text.replace(boundary, ""),
        "boundary": boundary,
    }
    return _messages(prompt, values)


def _messages(prompt: Prompt, values: Mapping[str, object]) -> tuple[Message, ...]:
    return tuple(
        Message(role, _BLANK_LINES.sub("\n\n", template.render(values)).strip())
        for role, template in _templates(prompt.source)
    )


def rules(prompt: Prompt) -> str:
    """Return the words of the system section that are the prompt's own, for the leak check."""
    _, _, rest = prompt.source.partition("=== system\n")
    system, _, _ = rest.partition("\n=== ")
    _, _, own = system.partition("Rules:")
    return re.sub(r"\{[{%].*?[%}]\}", " ", own or system)


@lru_cache(maxsize=32)
def _environment() -> ImmutableSandboxedEnvironment:
    # Not HTML: autoescape would put entities into what a model reads.
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )


@lru_cache(maxsize=32)
def _templates(source: str) -> tuple[tuple[Role, Template], ...]:
    """Cut the file into its sections before anything is filled in, so that no text can add one."""
    parts = _SECTION.split(source)[1:]
    environment = _environment()
    return tuple(
        (cast(Role, role), environment.from_string(content))
        for role, content in zip(parts[::2], parts[1::2], strict=True)
    )


def _evidence(
    evidence: Sequence[Evidence], characters: int, boundary: str
) -> list[dict[str, object]]:
    """Take whole passages, best first, while they fit; the first always goes in, cut if it must."""
    chosen: list[dict[str, object]] = []
    left = characters
    for each in evidence:
        if chosen and len(each.text) > left:
            continue
        title = " › ".join([each.title, *each.headings])
        chosen.append(
            {
                "number": each.number,
                "title": _ATTRIBUTE.sub("'", title.replace(boundary, "")),
                "text": each.text[:left].replace(boundary, ""),
            }
        )
        left -= len(each.text)
    return chosen


def _context(question: Question, characters: int, boundary: str) -> list[dict[str, str]]:
    """Take the latest utterances that fit, in the order they were said."""
    chosen: list[dict[str, str]] = []
    left = characters
    for utterance in reversed(question.context):
        text = utterance.text[:left]
        if not text:
            break
        line = text.replace(boundary, "").replace("\n", " ")
        chosen.append({"speaker": SPEAKERS[utterance.speaker], "text": line})
        left -= len(text)
    return chosen[::-1]
