"""What an import finds in the workspace already, and what that means for a record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from supportapp.knowledge.formats.records import Record
from supportapp.knowledge.models import Article, Workspace


class Verdict(Enum):
    """What becomes of a record."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    ARCHIVED = "archived"
    EDITED = "edited"


REFUSED = {
    Verdict.ARCHIVED: "the article was archived here; restore it before importing it again",
    Verdict.EDITED: (
        "the article was written or changed here since it was last imported; change it here too, "
        "or import with --overwrite (the text of today stays among its revisions)"
    ),
}


@dataclass(frozen=True)
class Row:
    """One article as far as imports are concerned."""

    imported_hash: str
    state: str
    was_edited: bool


class Known:
    """A workspace's articles by source and by slug."""

    def __init__(self, by_source: dict[str, Row], by_slug: dict[str, Row]) -> None:
        self._by_source = by_source
        self._by_slug = by_slug

    @classmethod
    def of(cls, workspace: Workspace) -> Known:
        """Read what is there, in one query."""
        by_source: dict[str, Row] = {}
        by_slug: dict[str, Row] = {}
        rows = Article.objects.filter(workspace=workspace).values_list(
            "slug", "source", "imported_hash", "state", "published_id", "imported_revision_id"
        )
        for slug, source, imported_hash, state, published, imported in rows.order_by():
            row = Row(imported_hash, state, imported is None or published != imported)
            by_slug[slug] = row
            if source:
                by_source[source] = row
        return cls(by_source, by_slug)

    def verdict(self, record: Record, *, overwrite: bool) -> Verdict:
        """Say what becomes of a record."""
        if record.slug_is_fixed:
            row = self._by_slug.get(record.slug)
        else:
            row = self._by_source.get(record.source)
        if row is None:
            return Verdict.NEW
        if row.imported_hash == record.fingerprint:
            return Verdict.UNCHANGED
        if row.state == Article.State.ARCHIVED:
            return Verdict.ARCHIVED
        if row.was_edited and not overwrite:
            return Verdict.EDITED
        return Verdict.CHANGED
