"""Promises that nobody but the company may make, and deeds that no assistant has done. Pure."""

from __future__ import annotations

import re

from supportapp.guardrails.grounds import Grounds

_WE = r"(?:we|i|our team|the team|support|someone|the company|a colleague)"
_WILL = (
    r"(?:'ll|’ll| will| shall| are going to|'re going to| am going to|'m going to| can| promise to)"
)
_DEED = (
    r"(?:refund|reimburse|compensate|credit|waive|cancel|pay|give|send|offer|replace|extend|"
    r"upgrade|"
    r"discount|fix|repair|resolve|call|contact|ship|deliver|prioriti[sz]e|escalate|"
    r"make an exception|"
    r"guarantee|cover|process|return|remove|delete|restore|transfer)"
)
_PROMISE = re.compile(
    rf"\b{_WE}{_WILL} (?:\w+ly |also |of course |gladly |be able to |"
    rf"be happy to )*(?P<deed>{_DEED})\b|"
    r"\b(?:i|we)(?:'ve|’ve| have| just| already)* (?:just |already |now )*(?P<done>refunded|"
    r"credited|"
    r"cancel+ed|waived|started|processed|issued|sent|upgraded|extended|escalated|applied|updated|"
    r"reset|"
    r"changed|deleted|scheduled|booked|arranged|opened a ticket|filed)\b|"
    r"\b(?:i|we) (?:can |do |hereby |personally )?(?P<word>guarantee|promise|assure|swear|vow|"
    r"commit)\b|"
    r"\byou(?:'ll|’ll| will| shall) (?:definitely |certainly |surely |automatically )*"
    r"(?:get|receive|be (?:given|paid|sent|refunded|credited|compensated))\b[^.]{0,40}?"
    r"(?P<gain>refund|money back|credit|compensation|discount|voucher|replacement|gift|free)\b|"
    r"(?:我们?)(?:会|将|保证|承诺)(?:\w{0,6})(?P<chinese>退款|赔偿|补偿|全额|免费|更换)",
    re.IGNORECASE,
)
# The company speaks of itself and its customers; "plans are refunded" promises nobody anything.
_SPEAKS = re.compile(r"\b(?:we|us|our|you|your)\b|我们|您|你", re.IGNORECASE)
_SPACES = re.compile(r"[\s*_`]+")


def is_unmade(sentence: str, grounds: Grounds) -> bool:
    """Say whether a sentence promises something that no sentence of the evidence does.

    The evidence must make the same promise: the same deed, of the same things.
    """
    text = _SPACES.sub(" ", sentence)
    for match in _PROMISE.finditer(text):
        if match["done"] or match["word"] in {"guarantee", "promise", "assure", "swear", "vow"}:
            if _says(grounds, match[0].lower()):
                continue
            return True
        deed = next(each for each in match.groupdict().values() if each).lower()
        if not _promised(deed, text, grounds):
            return True
    return False


def _says(grounds: Grounds, words: str) -> bool:
    return any(words in _SPACES.sub(" ", unit.text).lower() for unit in grounds.units)


def _promised(deed: str, text: str, grounds: Grounds) -> bool:
    stem = deed[:5]
    for unit in grounds.units:
        said = _SPACES.sub(" ", unit.text)
        if stem in said.lower() and _SPEAKS.search(said):
            return True
    return False
