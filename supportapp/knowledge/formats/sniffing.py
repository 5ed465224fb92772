"""What a file is by its bytes, and its text. The ending of its name proves nothing. Pure."""

from __future__ import annotations

import codecs
import io
import zipfile
from contextlib import suppress

from charset_normalizer import from_bytes

from supportapp.knowledge.formats.archives import check_office_archive
from supportapp.knowledge.formats.records import Refused

TEXTUAL = {
    ".md": "markdown", ".markdown": "markdown", ".txt": "markdown",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv",
    ".html": "html", ".htm": "html",
}  # fmt: skip
BINARY = {".pdf": "pdf", ".docx": "docx", ".xlsx": "xlsx"}
SUFFIXES = TEXTUAL | BINARY
NAMES = {"pdf": "a PDF", "docx": "a Word document", "xlsx": "an Excel workbook"}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HTML_MARKS = (b"<!doctype html", b"<html", b"<body", b"<head", b"<p", b"<div", b"<h1", b"<table",
               b"<article", b"<section", b"<main", b"<ul")  # fmt: skip


def kind_of(suffix: str, data: bytes) -> str:
    """Return what the file is; raises Refused where its name and its bytes disagree."""
    wanted = SUFFIXES.get(suffix)
    if wanted is None:
        raise Refused(f"files ending in {suffix} can't be read; see the formats in the help")
    if not data.strip():
        raise Refused("it is empty")
    found = _binary_kind(data)
    if found == wanted:
        return wanted
    if found is not None:
        raise Refused(f"it is named {suffix}, but it is {NAMES[found]}")
    if wanted in NAMES:
        raise Refused(f"it is named {suffix}, but it isn't {NAMES[wanted]}")
    if b"\0" in data and not data.startswith(_BOMS):
        raise Refused(f"it is named {suffix}, but it isn't a text")
    if wanted == "html" and not any(mark in data[:100_000].lower() for mark in _HTML_MARKS):
        raise Refused("it is named as a web page, but holds no HTML")
    return wanted


def _binary_kind(data: bytes) -> str | None:
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(_OLD_OFFICE):
        raise Refused("it is an old Office file or protected by a password; save it as .docx/.xlsx")
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            check_office_archive(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise Refused(f"it is a broken archive ({type(error).__name__})") from None
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return "docx"
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return "xlsx"
    raise Refused("it is an archive, but neither a Word document nor an Excel workbook")


def decoded(data: bytes) -> str:
    """Return the text of a file, whatever usual encoding it is in; raises Refused."""
    with suppress(UnicodeDecodeError):
        return data.decode("utf-16" if data.startswith(_BOMS) else "utf-8-sig")
    best = from_bytes(data, cp_exclusion=["utf_7"]).best()
    if best is None:
        raise Refused("its text is in no encoding that we know; save it as UTF-8")
    return str(best)
