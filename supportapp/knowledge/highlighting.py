"""Mark one passage inside its article's HTML. Pure.

Two characters that no cleaned text holds are put into the Markdown where the passage begins and
ends; they come through rendering and sanitising, and then the text between them is marked.
"""

import re

BEGIN, END = "\ue000", "\ue001"
_LINE_START = re.compile(r"[ \t]*(?:(?:#{1,6}|[-*+>]|\d{1,9}[.)])[ \t]+|\|[ \t]*)*")
_FENCE_LINE = re.compile(r"[ \t]*(?:`{3,}|~{3,})[^\n]*(?:\n|\Z)")
_DELIMITER_LINE = re.compile(r"[ \t]*\|?[ \t]*:?-+[-:| \t]*(?:\n|\Z)")
_TAGS = re.compile(r"(<[^>]*>)")


def with_marks(body: str, start: int, end: int) -> str:
    """Return the Markdown with the passage's beginning and end marked, where it can be."""
    start, end = max(start, 0), min(end, len(body))
    if not body[start:end].strip():
        return body
    start = _text_begins(body, start)
    end = _text_ends(body, end)
    if end <= start:
        return body
    return body[:start] + BEGIN + body[start:end] + END + body[end:]


def _text_begins(body: str, place: int) -> int:
    """Step over what makes a line a heading, item, row or fence: before it nothing may stand."""
    while match := _FENCE_LINE.match(body, place) or _DELIMITER_LINE.match(body, place):
        place = match.end()
    line_start = body.rfind("\n", 0, place) + 1
    if body[line_start:place].strip():
        return place
    markup = _LINE_START.match(body, line_start)
    return max(place, markup.end()) if markup else place


def _text_ends(body: str, place: int) -> int:
    """Step back over space, a row's last bar and a closing fence."""
    before = body[:place].rstrip()
    last = before.rfind("\n") + 1
    if _FENCE_LINE.fullmatch(before[last:]) and last:
        before = before[:last].rstrip()
    return len(before.removesuffix("|").rstrip())


def marked(html: str) -> tuple[str, bool]:
    """Turn the marks in sanitised HTML into <mark> elements; the first one has the id `passage`.

    Returns the HTML without marks, and whether anything was marked.
    """
    inside = found = False
    out: list[str] = []
    for part in _TAGS.split(html):
        if part.startswith("<"):
            out.append(part)
            continue
        pieces = re.split(f"([{BEGIN}{END}])", part)
        for piece in pieces:
            if piece in (BEGIN, END):
                inside = piece == BEGIN
            elif inside and piece.strip():
                place = "" if found else ' id="passage" tabindex="-1"'
                found = True
                out.append(f"<mark{place}>{piece}</mark>")
            else:
                out.append(piece)
    return "".join(out), found
