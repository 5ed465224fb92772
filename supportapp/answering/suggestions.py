"""What the customer may ask next: questions that the articles do answer. Pure.

They are made from the titles and headings of evidence that the answer didn't use. The pipeline
asks the search about each before it is shown, so that none ends in "I don't know".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from supportapp.answering.phrases import phrases
from supportapp.retrieval import sentences
from supportapp.retrieval.values import Evidence

LONGEST = 90
_VERBS = frozenset(
    [
        "accept",
        "activate",
        "add",
        "approve",
        "ask",
        "buy",
        "cancel",
        "change",
        "check",
        "choose",
        "claim",
        "close",
        "configure",
        "confirm",
        "connect",
        "contact",
        "convert",
        "copy",
        "create",
        "delete",
        "disconnect",
        "download",
        "downgrade",
        "edit",
        "enable",
        "export",
        "find",
        "get",
        "give",
        "hand",
        "import",
        "install",
        "invite",
        "join",
        "leave",
        "link",
        "lock",
        "make",
        "manage",
        "merge",
        "move",
        "open",
        "order",
        "pair",
        "pause",
        "pay",
        "print",
        "protect",
        "reactivate",
        "read",
        "rename",
        "remove",
        "renew",
        "repair",
        "replace",
        "report",
        "request",
        "reset",
        "restore",
        "restrict",
        "return",
        "revoke",
        "save",
        "scan",
        "see",
        "send",
        "set",
        "share",
        "sign",
        "start",
        "stop",
        "switch",
        "track",
        "transfer",
        "turn",
        "undo",
        "unlink",
        "unlock",
        "unsubscribe",
        "update",
        "upgrade",
        "upload",
        "use",
        "verify",
        "withdraw",
        "write",
    ]
)
_CHINESE_VERBS = re.compile(
    r"^(?:删除|取消|连接|断开|重置|更改|修改|更换|添加|邀请|导出|导入|申请|查看|下载|创建|关闭|"
    r"恢复|续订|升级|降级|暂停|设置|绑定|解绑|联系|使用|登录|注册|开通|转让)"
)
_QUESTION = re.compile(r"[?？]$")
_HOW_TO = re.compile(r"^How to (?P<rest>.+)$", re.IGNORECASE)
_WHICH = re.compile(r"^(?:Which|Who)\b")
_INDIRECT = re.compile(r"^(?:What|How|Where|When|Why|Whether|If)\b(?! to\b)")
# A heading that its text completes, as in "Delete if", asks nothing by itself.
_UNFINISHED = re.compile(r"\b(?:and|as|because|but|if|or|unless|when|while)$", re.IGNORECASE)
_PRONOUNS = (
    (re.compile(r"\byour own\b"), "my own"),
    (re.compile(r"\byourself\b"), "myself"),
    (re.compile(r"\byours\b"), "mine"),
    (re.compile(r"\byour\b"), "my"),
    (re.compile(r"\byou\b"), "I"),
)


def propose(
    evidence: Sequence[Evidence], *, cited: Sequence[int], question: str
) -> tuple[str, ...]:
    """Return questions in the order in which they should be offered; the nearest first."""
    asked = sentences.terms(question)
    proposed: list[str] = []
    taken = [asked]
    for title in _titles(evidence, cited):
        if (sentences.language_of(title) or "en") != (sentences.language_of(question) or "en"):
            continue
        if _UNFINISHED.search(title.strip()):
            continue
        suggestion = as_question(title)
        words = sentences.terms(suggestion)
        if len(suggestion) > LONGEST or not words or any(_same(words, each) for each in taken):
            continue
        proposed.append(suggestion)
        taken.append(words)
    return tuple(proposed)


def merged(first: Sequence[str], then: Sequence[str], question: str) -> tuple[str, ...]:
    """Return both lists, each question once and never the one that was asked."""
    taken, kept = [sentences.terms(question)], list[str]()
    for suggestion in (*first, *then):
        words = sentences.terms(suggestion)
        if words and len(suggestion) <= LONGEST and not any(_same(words, each) for each in taken):
            kept.append(suggestion)
            taken.append(words)
    return tuple(kept)


def _titles(evidence: Sequence[Evidence], cited: Sequence[int]) -> Iterator[str]:
    """First other articles' titles, then headings that the answer didn't come from."""
    used = {each.article_id for each in evidence if each.passage_id in cited}
    seen: set[int] = set()
    for each in evidence:
        if each.article_id not in used | seen:
            seen.add(each.article_id)
            yield each.title
    for each in evidence:
        if each.passage_id not in cited and each.headings and each.article_id in used:
            yield each.headings[-1]


def as_question(title: str) -> str:
    """Turn a title or heading into what a customer would ask."""
    title = sentences.plain(title).strip()
    texts = phrases(sentences.language_of(title) or "en")
    if _QUESTION.search(title):
        return title
    if sentences.language_of(title):
        form = "suggest_do" if _CHINESE_VERBS.match(title) else "suggest_about"
        return texts[form].format(rest=title, title=title)
    if _WHICH.match(title):
        return f"{_in_first_person(title)}?"
    if _INDIRECT.match(title):
        return texts["suggest_tell"].format(rest=_in_first_person(title[:1].lower() + title[1:]))
    how_to = _HOW_TO.match(title)
    rest = how_to["rest"] if how_to else title
    first = rest.split(" ", 1)[0].lower().rstrip(",:")
    if how_to or first in _VERBS:
        return texts["suggest_do"].format(rest=_in_first_person(rest[:1].lower() + rest[1:]))
    return texts["suggest_about"].format(title=title)


def _in_first_person(text: str) -> str:
    for pattern, mine in _PRONOUNS:
        text = pattern.sub(mine, text)
    return text


def _same(words: frozenset[str], others: frozenset[str]) -> bool:
    return len(words & others) >= 0.8 * min(len(words), len(others) or 1)
