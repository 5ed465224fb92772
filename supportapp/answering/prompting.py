"""Prompts: versioned, hashed, rendered in a sandbox that refuses a missing variable. Pure.

A shipped one is a file `purpose.version.md.jinja`; those that staff write come from the database.
Either holds sections, each under a line "=== role". Evidence and what the customer wrote are put
between marks that carry a boundary chosen for this one call, so that no text can close its own
section.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from supportapp.answering import sandbox, sections
from supportapp.answering.sections import ModelStyles, Style
from supportapp.llm.values import Message
from supportapp.retrieval.values import Evidence

if TYPE_CHECKING:
    from supportapp.answering.values import Question

FOLDER = Path(__file__).parent / "prompts"
# What a model is asked for, each by a prompt of its own; staff may write theirs.
ANSWER, REWRITING, JUDGE, SUGGEST, TITLE = PURPOSES = (
    "answer",
    "rewrite",
    "judge",
    "suggest",
    "title",
)
RERANK = FOLDER / "rerank.v1.md.jinja"
REWRITE = FOLDER / "rewrite.v2.md.jinja"
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
MOST_EXAMPLES = 6
_NAME = re.compile(r"(?P<name>[a-z_]+)\.(?P<version>v\d+)\.md\.jinja")
_ATTRIBUTE = re.compile(r"[\"<>\n]")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class PromptIdentity:
    """What a receipt keeps of a prompt: v1, v2 … were shipped; 1, 2 … are a workspace's own."""

    name: str
    version: str
    sha256: str

    def noted(self) -> dict[str, str]:
        """Return it as receipts hold it."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class ShownExample:
    """A good answer to another question, as a prompt shows it."""

    question: str
    answer: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a prompt, and the examples that go with it."""

    identity: PromptIdentity
    source: str
    style: Style = Style.TAGS
    model_styles: ModelStyles = ()
    examples: tuple[ShownExample, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptLimits:
    """How much a prompt may hold."""

    words: int
    evidence_characters: int
    context_characters: int


@lru_cache(maxsize=32)
def load(file: Path | None = None) -> Prompt:
    """Read a prompt file, the one that answers by default; its name says which it is."""
    if file is None:
        return shipped(ANSWER)
    match = _NAME.fullmatch(file.name)
    if match is None:
        raise ValueError(f"{file.name} is not named like answer.v1.md.jinja")
    source = file.read_text(encoding="utf-8")
    return Prompt(PromptIdentity(match["name"], match["version"], digest(source)), source)


@cache
def shipped(purpose: str) -> Prompt:
    """Return the newest prompt for a purpose that came with the product."""
    files = FOLDER.glob(f"{purpose}.v*.md.jinja")
    return max(map(load, files), key=lambda prompt: int(prompt.identity.version[1:]))


def digest(source: str, style: str = Style.TAGS, model_styles: Sequence[Sequence[str]] = ()) -> str:
    """Return the hash of all that decides what is sent."""
    styled = [style, *([*each] for each in model_styles)]
    more = "" if styled == [Style.TAGS] else "\0" + json.dumps(styled)
    return hashlib.sha256(f"{source}{more}".encode()).hexdigest()


def render(
    prompt: Prompt,
    question: Question,
    evidence: Sequence[Evidence],
    *,
    limits: PromptLimits,
    boundary: str,
    canary: str,
    model: str = "",
) -> tuple[Message, ...]:
    """Put the question and its evidence into messages. Raises UndefinedError, SecurityError."""
    values = {
        "assistant": question.assistant,
        "evidence": evidence_values(evidence, limits.evidence_characters, boundary),
        "context": _context(question, limits.context_characters, boundary),
        "question": question.text.replace(boundary, ""),
        "language": language_name(question.language),
        "words": limits.words,
        "no_answer": NO_ANSWER,
        "examples": _examples(prompt, question, boundary),
        "canary": canary,
    }
    return fill(prompt, values, boundary=boundary, model=model)


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
    }
    return fill(prompt, values, boundary=boundary)


def render_follow_up(
    prompt: Prompt, question: Question, *, characters: int, boundary: str, model: str = ""
) -> tuple[Message, ...]:
    """Put a question that needs the conversation, and the end of that, into messages."""
    values = {
        "context": _context(question, characters, boundary),
        "question": question.text.replace(boundary, ""),
    }
    return fill(prompt, values, boundary=boundary, model=model)


def fill(
    prompt: Prompt, values: Mapping[str, object], *, boundary: str, model: str = ""
) -> tuple[Message, ...]:
    """Put values into a prompt, in the style that the model is written to.

    The values must be free of the boundary. Raises jinja2's TemplateError.
    """
    style = sections.style_for(model, prompt.style, prompt.model_styles)
    given = {**values, "boundary": boundary, "section": sections.section(style, boundary)}
    return tuple(
        Message(role, _BLANK_LINES.sub("\n\n", template.render(given)).strip())
        for role, template in sandbox.templates(prompt.source)
    )


def boundary(question: str, secret: str, seed: int | None) -> str:
    """Return the mark around what is quoted: nobody who writes an article can know it.

    With a seed it is the same whenever the same is asked, so that the prompt is, too.
    """
    if seed is None:
        return secrets.token_hex(4)
    return hmac.new(secret.encode(), question.encode(), hashlib.sha256).hexdigest()[:8]


def fingerprint(messages: Sequence[Message], boundary: str, canary: str) -> str:
    """Return the hash of what is sent, but for the marks that chance has chosen."""
    text = "\0".join(each.content for each in messages)
    for mark, name in ((boundary, "boundary"), (canary, "canary")):
        text = text.replace(mark, name) if mark else text
    return hashlib.sha256(text.encode()).hexdigest()


def language_name(code: str) -> str:
    """Return how a prompt names the language of the answer."""
    return LANGUAGES.get(code.lower(), SAME_LANGUAGE)


def rules(prompt: Prompt) -> str:
    """Return the words of the system section that are the prompt's own, for the leak check."""
    _, _, rest = prompt.source.partition("=== system\n")
    system, _, _ = rest.partition("\n=== ")
    _, _, own = system.partition("Rules:")
    return re.sub(r"\{[{%].*?[%}]\}", " ", own or system)


def evidence_values(
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


def _examples(prompt: Prompt, question: Question, boundary: str) -> list[dict[str, str]]:
    """Show those in the question's language, but never the question itself."""
    asked = " ".join(question.text.lower().split())
    return [
        {
            "question": each.question.replace(boundary, ""),
            "answer": each.answer.replace(boundary, ""),
        }
        for each in prompt.examples
        if each.language[:2] == question.language.lower()[:2]
        and " ".join(each.question.lower().split()) != asked
    ][:MOST_EXAMPLES]
