"""How an X-ray is drawn: names for its numbers, bars for its sums, marks for matched words."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from supportapp.retrieval.explained import Part, Row, Standing
from supportapp.retrieval.marking import Piece

register = template.Library()

NAMES = {
    "part": {
        "cosine": "Meaning",
        "keyword": "Words",
        "context": "Words said before",
        "focus": "Subject in focus",
        "article": "Rest of its article",
        "line": "Its nearest lines and aliases",
    },
    "clue": {
        "cosine": "Nearness of the best passage",
        "margin": "Its lead over the sixth",
        "missing": "Rarest word that is missing",
        "agreement": "Words and meaning agree",
        "strength": "Strength of the words",
        "doubt": "How evenly the best share the score",
        "unspaced": "Written without spaces",
        "unspaced_cosine": "… nearness",
        "unspaced_coverage": "… words that are held",
        "unspaced_strength": "… strength of the words",
        "unspaced_margin": "… lead over the sixth",
        "unspaced_doubt": "… how evenly the score is shared",
    },
    "stage": {
        "index": "Index at hand",
        "keyword": "Words (BM25)",
        "embedding": "Embedding of the question",
        "vector": "Vectors",
        "lines": "Vectors of lines",
        "catch_up": "Catching up with what was published",
        "fusion": "Fusion",
        "rerank": "Reranking",
        "evidence": "Access checks",
        "total": "All together",
    },
}


@register.filter
def named(name: str, kind: str) -> str:
    """Return a number's name as staff read it."""
    return NAMES[kind].get(name) or name.replace("_", " ").capitalize()


@register.filter
def marked(pieces: Sequence[Piece]) -> SafeString:
    """Draw a text with its matched words marked."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", piece.text) if piece.is_marked else piece.text,)
            for piece in pieces
        ),
    )


@register.filter
def any_marked(pieces: Sequence[Piece]) -> bool:
    """Say whether the text has a matched word."""
    return any(piece.is_marked for piece in pieces)


@register.filter
def standing(where: Standing, places: int) -> SafeString:
    """Write a place and a score, with a dash where there is none."""
    if where.score is None or (where.rank is None and not where.score):
        return format_html('<span class="muted">{}</span>', "–")
    rank = "–" if where.rank is None else f"#{where.rank}"
    return format_html(
        '<strong>{}</strong> <span class="muted">{}</span>', rank, f"{where.score:.{places}f}"
    )


@register.simple_tag
def widest(rows: Sequence[Row]) -> float:
    """Return the largest sum of the rows' parts, by which all their bars are drawn."""
    return max((_length(row.parts) for row in rows), default=0.0)


@register.simple_tag
def bar(parts: Sequence[Part], most: float) -> SafeString:
    """Draw the parts of a sum side by side. It is decoration: the numbers stand beside it."""
    segments = []
    begins = 0.0
    for number, part in enumerate(parts, start=1):
        width = 100 * max(part.value, 0.0) / most if most > 0 else 0.0
        segments.append((f"{begins:.2f}", f"{width:.2f}", number))
        begins += width
    return format_html(
        '<svg class="xray-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false">{}</svg>',
        format_html_join(
            "", '<rect x="{}" y="0" width="{}" height="6" class="xray-part-{}"></rect>', segments
        ),
    )


def _length(parts: Sequence[Part]) -> float:
    return sum(max(part.value, 0.0) for part in parts)
