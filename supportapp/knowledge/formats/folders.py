"""Find the files to read: what paths name, and what folders hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from supportapp.knowledge.formats.markdown import has_front_matter
from supportapp.knowledge.formats.records import Refused, SourceFile
from supportapp.knowledge.formats.sniffing import SUFFIXES
from supportapp.knowledge.values import Refusal

DATA = {".jsonl", ".ndjson", ".csv", ".tsv", ".xlsx"}
WORKSPACE = "workspace.yaml"
HISTORY = ".history"


@dataclass
class Found:
    """Files to read, workspace files, and what isn't read and why."""

    files: list[SourceFile] = field(default_factory=list)
    workspace_files: list[Path] = field(default_factory=list)
    skipped: list[Refusal] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def find(paths: Iterable[Path]) -> Found:
    """Find the files that paths name, in the order in which they will be read."""
    found = Found()
    for path in paths:
        if path.is_dir():
            _find_in(path.resolve(), found)
        elif not path.is_file():
            found.refused.append(Refusal(str(path), "there is no such file or folder"))
        elif path.name == WORKSPACE:
            found.workspace_files.append(path)
        else:
            resolved = path.resolve()
            found.files.append(source_file(resolved, resolved.parent.parent, str(path)))
    return found


def source_file(path: Path, above: Path, name: str) -> SourceFile:
    """Describe a file on this machine; its lasting name begins at the folder `above`."""
    older = sorted(path.with_name(path.stem + HISTORY).glob("*.md"))
    return SourceFile(
        name=name,
        source=path.relative_to(above).as_posix()[-200:],
        size=path.stat().st_size,
        read=path.read_bytes,
        history=tuple(source_file(file, above, f"{name} ({file.name})") for file in older),
    )


def _find_in(root: Path, found: Found) -> None:
    for folder in [root, *sorted(_folders(root))]:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        names = {path.name for path in files}
        holds_data = any(path.suffix.lower() in DATA for path in files)
        for path in files:
            name = path.relative_to(root).as_posix()
            reason = _passed_over(path, root, names, holds_data=holds_data)
            if path.name == WORKSPACE and folder == root:
                found.workspace_files.append(path)
            elif reason:
                found.skipped.append(Refusal(name, reason))
            elif not path.name.startswith("."):
                found.files.append(source_file(path, root.parent, name))


def _folders(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") or part.endswith(HISTORY) for part in parts)
        if path.is_dir() and not path.is_symlink() and not hidden:
            yield path


def _passed_over(path: Path, root: Path, names: set[str], *, holds_data: bool) -> str:
    """Return why a file of a folder isn't read, or ""."""
    suffix = path.suffix.lower()
    if not path.resolve().is_relative_to(root):
        return "it is a link to somewhere else"
    if suffix not in SUFFIXES and not path.name.startswith("."):
        return "it isn't in a format that is read"
    if "corpus.jsonl" in names and path.name != "corpus.jsonl" and suffix in DATA:
        return "beside a corpus.jsonl, only that is read"
    if holds_data and path.name.lower() == "readme.md" and not _is_article(path):
        return "it describes the data beside it (it has no front matter)"
    return ""


def _is_article(path: Path) -> bool:
    try:
        return has_front_matter(path.read_bytes()[:20_000])
    except Refused:
        return False
