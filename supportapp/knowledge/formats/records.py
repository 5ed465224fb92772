"""What reading a file yields: records, and refusals that say why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from supportapp.knowledge import plaintext
from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.values import ArticleText

# Raised when conversion changes so that unchanged files must be read anew.
CONVERSION = 1


class Refused(Exception):
    """A file or record can't go in; the message says why, for the person who gave it."""


@dataclass(frozen=True)
class SourceFile:
    """One file to read: its name for people, its lasting name in the database, its bytes."""

    name: str
    source: str
    size: int
    read: Callable[[], bytes]
    history: tuple[SourceFile, ...] = ()

    @property
    def stem(self) -> str:
        """Return the file's name without folder and ending."""
        return self.source.rpartition("/")[2].rpartition(".")[0]

    @property
    def title(self) -> str:
        """Return words made of the file's name."""
        return clean_line(self.stem.replace("-", " ").replace("_", " "))

    @property
    def suffix(self) -> str:
        """Return the file's ending in lower case, as in ".md"."""
        return "." + self.source.rpartition(".")[2].lower()


@dataclass(frozen=True)
class ReadOptions:
    """What holds for every file of one import."""

    audience: str
    max_bytes: int
    max_characters: int
    convert: Callable[[str, bytes], Converted]


@dataclass(frozen=True)
class Converted:
    """What a converter made of a file."""

    title: str
    markdown: str


@dataclass(frozen=True)
class Record:
    """One article-to-be.

    `source` tells it from all others, in every import; `fingerprint` changes with what it says.
    Words are read when they are needed: an unchanged PDF isn't converted again.
    """

    name: str
    source: str
    fingerprint: str
    slug: str
    text: Callable[[], ArticleText]
    slug_is_fixed: bool = False
    owner: str = ""
    review_by: date | None = None
    history: tuple[ArticleText, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        source: str,
        text: ArticleText,
        *,
        slug: str,
        slug_is_fixed: bool = False,
        owner: str = "",
        review_by: date | None = None,
        history: tuple[ArticleText, ...] = (),
    ) -> Record:
        """Make a record whose words are known."""
        return cls(
            name,
            source,
            plaintext.digest(f"{text.content_hash}\n{owner}\n{review_by}"),
            slug,
            lambda: text,
            slug_is_fixed,
            owner,
            review_by,
            history,
        )
