"""Simple wishes that reach a tool without a model, by declared wordings. Pure.

A wording must cover the whole question, less politeness: a question that merely mentions rates is
answered from the articles, which know more about them than a table does.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from supportapp.tools.values import Caller, Request, Tool

LONGEST = 160
_BEFORE = re.compile(
    r"^(?:hi|hello|hey|please|can you (?:please )?tell me|could you (?:please )?tell me|"
    r"do you know|tell me|show me|"
    r"你好|您好|请问一下|请问|请告诉我|告诉我|我想知道|想问一下)[\s,，:：!！]*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[\s,，.。!！?？]*(?:please|thanks|thank you|now|right now|today|谢谢|吗|呢|呀|啊)?"
    r"[\s.。!！?？]*$",
    re.IGNORECASE,
)


def asked(text: str, tools: Sequence[Tool], caller: Caller) -> Request | None:
    """Return the call that a question wishes for, if a declared wording covers all of it."""
    wish = _bare(text)
    if not wish or len(wish) > LONGEST:
        return None
    for tool in tools:
        for pattern in tool.patterns:
            if pattern.only_signed_in and not caller.is_signed_in:
                continue
            match = _compiled(pattern.wording).fullmatch(wish)
            if match:
                given = {name: value for name, value in match.groupdict().items() if value}
                arguments = {**pattern.arguments, **given}
                return Request("pattern", tool.name, json.dumps(arguments, ensure_ascii=False))
    return None


def _bare(text: str) -> str:
    """The wish itself: without greeting, "please" and marks at its ends."""
    text = " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").split())
    before = None
    while before != text:
        before = text
        text = _AFTER.sub("", _BEFORE.sub("", text))
    return text


@lru_cache(maxsize=256)
def _compiled(wording: str) -> re.Pattern[str]:
    return re.compile(wording, re.IGNORECASE | re.VERBOSE)
