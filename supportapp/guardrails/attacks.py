"""Messages that speak to the model over our heads, or want its prompt. Pure.

Finding one never blocks: words like these stand in honest questions too. What follows is that no
model is asked, only the articles are quoted, and that the question inside is offered by itself.
"""

from __future__ import annotations

import re

from supportapp.guardrails import patterns
from supportapp.guardrails.values import ALLOWED, Action, Verdict
from supportapp.retrieval import sentences

GUARD = "injection"
_FLAGS = re.IGNORECASE | re.DOTALL
_PROMPT = (
    r"(?:system (?:prompt|message|instructions?|configuration)|(?:initial|hidden|starting|original|"
    r"secret|internal|base|developer|first) (?:prompt|instructions?|configuration|message|text)|"
    r"your (?:system |own )?(?:prompt|instructions|configuration|directives)|"
    r"your (?:own |internal )?(?:guidelines|rules)(?! (?:for|about|on|regarding|concerning)\b)|"
    r"instructions you (?:were|have been|got)|systemprompt|initiali[sz]ation string|"
    r"(?:text|words|conversation|everything|content) (?:above|before this)|above text|"
    r"系统提示词?|初始指令|你的(?:指令|规则|提示词))"
)
_EXTRACTION = tuple(
    re.compile(pattern, _FLAGS)
    for pattern in (
        rf"\b(?:repeat|reveal|show|print|output|display|tell|give|write|translate|encode|decode|"
        rf"dump|list|share|summari[sz]e|paraphrase|recite|copy|rot13|base64|console\.log|echo|see|"
        rf"read|what(?:'s| is| are| were)|continue|complete|opposite of|输出|显示|重复|告诉我)"
        rf"[^\n]{{0,80}}{_PROMPT}",
        r"\bwhat (?:were|are|have) you (?:been )?(?:told|instructed|given|programmed|"
        r"(?:not )?supposed to)\b|\bmy instructions are\b|\bi was instructed to\b",
        r"\b(?:repeat|print|output) (?:this |the |our )?(?:entire |whole )?(?:conversation|chat)\b",
        rf"<\s*system[_ ]?prompt\s*>|^{_PROMPT}\W*$",
    )
)
_JAILBREAK = tuple(
    re.compile(pattern, _FLAGS)
    for pattern in (
        r"\b(?:do anything now|developer mode|jailbr(?:eak|oken)|dan mode|god mode|"
        r"maintenance mode|"
        r"unrestricted mode|no restrictions mode|administrator override|debug mode|sudo mode)\b",
        r"\b(?:dan|stan|dude|antidan|mongo tom|aim)\b.{0,60}\b(?:stands for|as an? |will|can do|"
        r"is free)",
        r"\byou (?:are (?:now|going to|about to)|will now|shall now|must now|have to|"
        r"will have to)\b.{0,80}"
        r"\b(?:act|pretend|play|role|immerse|simulat|persona|character|answer my prompts in two|"
        r"new ai|unfiltered|no longer|free from|without (?:any )?(?:restriction|filter|limit|"
        r"rule)s?)",
        r"\b(?:forget|ignore|disregard)\b.{0,30}\b(?:everything|all|anything|any)\b.{0,40}"
        r"\b(?:learned|told|before|above|instructions?|rules|guidelines|policies|training)\b",
        r"\b(?:from now on|henceforth)\b.{0,40}\b(?:you|answer|respond|act|reply)\b.{0,80}\b(?:as|"
        r"two|"
        r"without|only|never|will|mode)\b",
        r"\b(?:unfiltered|uncensored|amoral|unethical) (?:ai|bot|assistant|response|answer|mode)\b|"
        r"\bwithout (?:any )?(?:ethical|moral|content) (?:guidelines|restrictions|filters?|"
        r"policy)\b|"
        r"\bbroken free of the typical confines\b|\bno (?:ethical|moral) (?:boundaries|limits)\b",
    )
)


def inspect(text: str) -> Verdict:
    """Note what a message tries; it goes on either way."""
    if any(pattern.search(text) for pattern in _EXTRACTION):
        return _seen("prompt_extraction", text)
    if any(pattern.search(text) for pattern in _JAILBREAK):
        return _seen("jailbreak", text)
    if any(pattern.search(text) for pattern in patterns.INJECTION_ANYWHERE):
        return _seen("injection_structure", text)
    return ALLOWED


def _seen(code: str, text: str) -> Verdict:
    return Verdict(Action.REWRITE, code, guard=GUARD, text=without_attack(text))


def without_attack(text: str) -> str:
    """Return the sentences of a message that speak to us and not to a model."""
    kept = [
        sentence
        for line in text.splitlines()
        for sentence in sentences.split(line)
        if not is_attack(sentence)
    ]
    return " ".join(kept)


def is_attack(sentence: str) -> bool:
    """Say whether a sentence speaks to a model over our heads."""
    every = (*_EXTRACTION, *_JAILBREAK, *patterns.INJECTION_ANYWHERE)
    return any(pattern.search(sentence) for pattern in every)
