"""Markdown as the words a reader sees: for embedding, and to tell texts apart. Pure."""

import hashlib
import html
import re
from collections.abc import Sequence

LONGEST_ALIASES = 150
SHORTEST_LINE, MOST_LINES = 9, 32
# A word or two name a thing that many passages speak of; more of them say something.
_SAYS_SOMETHING = re.compile(r"\S+\s+\S+\s+\S|[\u3040-\u30ff\u3400-\u9fff]{4}")

_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(r"\[([^\]]+)\](?:\([^)\s]*(?:\s+\"[^\"]*\")?\)|\[[^\]]*\])")
_AUTOLINK = re.compile(r"<(?:https?://|mailto:)?([^\s<>]+[.@][^\s<>]+)>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_DELIMITER_ROW = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_LINE_MARKUP = re.compile(r"^\s*(?:>\s?)*(?:#{1,6}\s+|[-*+]\s+(?:\[[ xX]\]\s+)?)?")
_CALLOUT = re.compile(r"\[!([A-Z]+)\]")
_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})")
_EMPHASIS = re.compile(r"(\*{1,3}|~~|`+)(?=\S)(.+?)(?<=\S)\1")
_UNDERSCORES = re.compile(r"(?<!\w)(_{1,2})(?=\S)(.+?)(?<=\S)\1(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_CELLS = re.compile(r"(?<!\\)\|")


def plain(markdown: str) -> str:
    """Return the words without Markdown's marks and without the targets of links."""
    lines = (_plain_line(line) for line in _TAG.sub(" ", markdown).split("\n"))
    return html.unescape("\n".join(line for line in lines if line)).strip()


def _plain_line(line: str) -> str:
    if _FENCE.match(line) or _DELIMITER_ROW.match(line):
        return ""
    if line.lstrip().startswith("|"):
        line = "; ".join(cell.strip() for cell in _CELLS.split(line.strip().strip("|")))
    line = _CALLOUT.sub(r"\1:", _LINE_MARKUP.sub("", line))
    line = _LINK.sub(r"\1", _IMAGE.sub(r"\1", _AUTOLINK.sub(r"\1", line)))
    line = _UNDERSCORES.sub(r"\2", _EMPHASIS.sub(r"\2", line))
    return " ".join(_ESCAPE.sub(r"\1", line).split())


def embedding_text(
    title: str,
    headings: Sequence[str],
    text: str,
    aliases: Sequence[str] = (),
    *,
    subject: str = "",
) -> str:
    """Return what is embedded: subject and title path, what customers call it, then the words.

    Nothing is said twice: neither a subject that the title names, nor a title that was made from
    the beginning of the text. Aliases are cut where they would crowd out the words; keyword search
    has all of them.
    """
    words = plain(text)
    path = [title, *headings]
    if words.startswith(title.rstrip("…").rstrip()):
        path = path[1:]
    if subject and subject.casefold() not in title.casefold():
        path.insert(0, subject)
    names = ", ".join(aliases)[:LONGEST_ALIASES]
    return "\n".join(part for part in (" > ".join(path), names, words) if part)


def lines(text: str, aliases: Sequence[str] = ()) -> list[str]:
    """Return what of a passage is embedded on its own besides the whole: each line, each alias.

    A passage of one line is that line; it has none besides.
    """
    words = [line for line in plain(text).split("\n") if len(line) >= SHORTEST_LINE]
    said = [alias for alias in aliases if _SAYS_SOMETHING.search(alias)]
    return list(dict.fromkeys([*said, *(words if len(words) > 1 else ())]))[:MOST_LINES]


def digest(content: str | bytes) -> str:
    """Return the content's SHA-256 in hexadecimal."""
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()
