"""What the verbs of this room take and return."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from supportapp.knowledge import plaintext
from supportapp.knowledge.models import Article, Audience, Revision

SNAPSHOT = ("title", "audience", "language", "subject", "tags", "aliases")
TEXT_FIELDS = ("title", "body", "audience", "language", "subject", "tags", "aliases")


@dataclass(frozen=True)
class ArticleText:
    """What a revision says: its words, and what staff say about them."""

    title: str
    body: str
    audience: str = Audience.PUBLIC.value
    language: str = "en"
    subject: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    note: str = ""

    @property
    def content_hash(self) -> str:
        """Return a hash of all but the note: equal texts have equal hashes."""
        parts = [getattr(self, name) for name in TEXT_FIELDS]
        return plaintext.digest(json.dumps(parts, ensure_ascii=False))

    @classmethod
    def of(cls, revision: Revision) -> ArticleText:
        """Return what a stored revision says."""
        return cls(
            title=revision.title,
            body=revision.body,
            audience=revision.audience,
            language=revision.language,
            subject=revision.subject,
            tags=tuple(revision.tags),
            aliases=tuple(revision.aliases),
            note=revision.note,
        )

    def columns(self) -> dict[str, object]:
        """Return the revision's columns for this text."""
        columns: dict[str, object] = {name: getattr(self, name) for name in TEXT_FIELDS}
        return columns | {
            "tags": list(self.tags),
            "aliases": list(self.aliases),
            "note": self.note,
            "content_hash": self.content_hash,
        }


@dataclass(frozen=True)
class Publication:
    """What publishing did, and how long it took until every process could see it."""

    article: Article
    revision: Revision
    generation: int
    passages: int
    reused_vectors: int
    milliseconds: int


@dataclass(frozen=True)
class Refusal:
    """A file or record that didn't go in (or was passed over), and why."""

    name: str
    reason: str


@dataclass
class Report:
    """What an import did, or would do. `names` are of what was added or changed, some of them."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    skipped: list[Refusal] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    passages: int = 0
    embedded: int = 0
    reused_vectors: int = 0
    waiting: int = 0
    seconds: float = 0.0
    dry_run: bool = False

    @property
    def read(self) -> int:
        """Return how many articles could be read."""
        return self.added + self.changed + self.unchanged
