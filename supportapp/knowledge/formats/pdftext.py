"""Make paragraphs of a PDF's lines, and read what a PDF says about itself. Pure."""

import io
import re
from collections import Counter

import pdfplumber

_PAGE_END = "\x0c"
_BULLET = re.compile(r"^\s*(?:[•◦▪‣●○■·]|[-*–]\s|\(?\d{1,2}[.)]\s)\s*")
_BULLET_MARK = re.compile(r"^\s*[•◦▪‣●○■·–]\s*")
_PAGE_NUMBER = re.compile(r"^\s*(?:page\s+)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?\s*$", re.IGNORECASE)
_HYPHEN = re.compile(r"(?<=[a-z])-$")
_UNSPACED_END = re.compile(r"[\u3040-\u30ff\u3400-\u9fff，。！？；：、]$")


def properties(data: bytes) -> tuple[str, int]:
    """Return a PDF's title, where it has one, and how many pages it has."""
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        title = pdf.metadata.get("Title") or ""
        return (title if isinstance(title, str) else ""), len(pdf.pages)


def joined(text: str) -> str:
    """Return the text in paragraphs, without page numbers and lines that stand on every page."""
    pages = text.split(_PAGE_END)
    lines = [line for page in pages for line in _without_frame(page, _frame(pages))]
    paragraphs: list[str] = []
    for line in lines:
        _append(paragraphs, line.rstrip())
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph).replace("\n\n- ", "\n- ")


def _frame(pages: list[str]) -> set[str]:
    """Return lines that begin or end most pages."""
    if len(pages) < 4:
        return set()
    edges: Counter[str] = Counter()
    for page in pages:
        lines = [line.strip() for line in page.split("\n") if line.strip()]
        edges.update(set(lines[:2] + lines[-2:]))
    return {line for line, count in edges.items() if count > len(pages) * 0.6}


def _without_frame(page: str, frame: set[str]) -> list[str]:
    return [
        line
        for line in [*page.split("\n"), ""]
        if not (line.strip() in frame or _PAGE_NUMBER.match(line))
    ]


def _append(paragraphs: list[str], line: str) -> None:
    """Add a line to the last paragraph, or begin a new one."""
    if not line.strip():
        if paragraphs and paragraphs[-1]:
            paragraphs.append("")
        return
    if line.lstrip().startswith("|"):
        _append_row(paragraphs, line)
        return
    if _BULLET.match(line):
        paragraphs.append(_BULLET_MARK.sub("- ", line).strip())
        return
    if not paragraphs or not paragraphs[-1]:
        paragraphs.append(line.strip())
        return
    before = paragraphs[-1]
    if _HYPHEN.search(before) and line.strip()[0].islower():
        paragraphs[-1] = before[:-1] + line.strip()
    elif _UNSPACED_END.search(before):
        paragraphs[-1] = before + line.strip()
    else:
        paragraphs[-1] = f"{before} {line.strip()}"


def _append_row(paragraphs: list[str], line: str) -> None:
    if paragraphs and paragraphs[-1].startswith("|"):
        paragraphs[-1] += f"\n{line.strip()}"
    else:
        paragraphs.append(line.strip())
