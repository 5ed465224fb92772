"""How other people's text is marked in a prompt: as tags, or under headings. Pure.

Every mark carries the call's boundary, which the text can't hold, so no text closes its section.
A template writes `{% call section("evidence", number=1, title="…") %}…{% endcall %}`; which marks
that makes is the style's, and a style may be chosen for some models only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase

_ATTRIBUTE = re.compile(r"[\"<>\n]")
_NAME = re.compile(r"[a-z][a-z_]{0,30}")


class Style(StrEnum):
    """How sections are marked."""

    TAGS = "tags"
    HEADINGS = "headings"


# Patterns of model names, each with its style; the first that fits counts.
ModelStyles = tuple[tuple[str, Style], ...]


def style_for(model: str, usual: Style, by_model: ModelStyles) -> Style:
    """Return the style in which a model is written to."""
    name = model.lower()
    return next((style for pattern, style in by_model if fnmatchcase(name, pattern)), usual)


def section(style: Style, boundary: str) -> Callable[..., str]:
    """Return the function that templates call to mark a section."""

    def marked(
        name: str, caller: Callable[[], str], number: object = None, title: object = None
    ) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(f"A section is called like “evidence”, not “{name}”.")
        label, text = f"{name}_{boundary}", caller().strip("\n")
        if style is Style.HEADINGS:
            return _under_heading(label, text, number, title)
        return _in_tags(label, text, number, title)

    return marked


def outside(text: str, boundary: str) -> str:
    """Return what stands in no section of this boundary."""
    label = rf"[a-z_]+_{re.escape(boundary)}"
    text = re.sub(rf"<({label})[^>]*>.*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(
        rf"^### ({label})\b[^\n]*$.*?^### end of \1$", "", text, flags=re.DOTALL | re.MULTILINE
    )


def parse(lines: str) -> ModelStyles:
    """Read lines such as `gpt-4o*: headings`; raises ValueError that names a bad one."""
    found: list[tuple[str, Style]] = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        pattern, _, word = (part.strip().lower() for part in line.rpartition(":"))
        if not pattern or word not in set(Style):
            raise ValueError(f"“{line}” isn’t like “gpt-4o*: headings”.")
        found.append((pattern, Style(word)))
    return tuple(found)


def written(by_model: Sequence[tuple[str, str]]) -> str:
    """Return the lines that `parse` reads."""
    return "\n".join(f"{pattern}: {style}" for pattern, style in by_model)


def _in_tags(label: str, text: str, number: object, title: object) -> str:
    given = (("number", number), ("title", title))
    attributes = "".join(f' {name}="{_clean(value)}"' for name, value in given if value is not None)
    return f"<{label}{attributes}>\n{text}\n</{label}>\n"


def _under_heading(label: str, text: str, number: object, title: object) -> str:
    head = f"### {label}" + (f" {_clean(number)}" if number is not None else "")
    head += f": {_clean(title)}" if title is not None else ""
    return f"{head}\n{text}\n### end of {label}\n"


def _clean(value: object) -> str:
    return _ATTRIBUTE.sub("'", str(value))
