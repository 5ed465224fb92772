"""Passwords, keys and tokens in a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportapp.guardrails.spans import Span

# By their own shape, as their issuers made them to be found.
_SHAPES = tuple(
    re.compile(pattern)
    for pattern in (
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or|svcacct)?[-_]?[A-Za-z0-9_-]{16,}",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}",
        r"\bxox[abeoprs]-[\w-]{10,}",
        r"\b(?:AKIA|ASIA|AGPA|AROA)[A-Z0-9]{16}\b",
        r"\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}",
        r"\bhf_[A-Za-z0-9]{20,}|\bnpm_[A-Za-z0-9]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}",
        r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
        r"(?<=://)[^\s/:@]+:[^\s/@]+(?=@)",
    )
)
_VALUE = r"[\"'“‘`]?(?P<value>[^\s\"'“”‘’`,;]{4,})"
_NAMED = re.compile(
    r"\b(?:pass ?word|pass ?phrase|pass ?code|passwort|mot de passe|contraseña|pwd|"
    r"api[ _-]?key|secret(?:[ _-]key)?|access[ _-]?token|auth(?:entication)?[ _-]?token|"
    r"recovery code|security code|cvv2?|cvc2?|pin(?: code| number)?|one[- ]time code|otp)"
    # Something that is said to be one, not what is said of it: "my password is wrong".
    rf"(?:\s*(?:[:=]|=>)\s*|\s+(?:is|was)\s*[:=]?\s+|\s+(?=\S*\d)){_VALUE}",
    re.IGNORECASE,
)
_NAMED_CHINESE = re.compile(r"密码(?:是|为|：|:)\s*(?P<value>[!-~]{4,})")
_BEARER = re.compile(r"\bBearer\s+(?P<value>[\w.~+/-]{12,}=*)", re.IGNORECASE)
_STRONG = re.compile(r"\d|[^\w\s.!?]|[a-z][A-Z]")
_WORD = re.compile(r"[A-Za-z]+(?:[-'’][A-Za-z]+)*[.!?]*")


def find(text: str) -> Iterator[Span]:
    """Yield where a secret stands."""
    for shape in _SHAPES:
        for match in shape.finditer(text):
            yield Span("SECRET", match.start(), match.end())
    for pattern in (_NAMED, _NAMED_CHINESE, _BEARER):
        for match in pattern.finditer(text):
            value = match["value"]
            if _WORD.fullmatch(value) and not _STRONG.search(value.rstrip(".!?")):
                continue
            start = match.start("value")
            yield Span("SECRET", start, start + len(value.rstrip(".!?")))
