"""Guard against archives made to exhaust us, before any other program opens them. Pure."""

from __future__ import annotations

import zipfile
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # it has no types
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]  # it has no types

from supportapp.knowledge.formats.records import Refused

MOST_MEMBERS = 5_000
MOST_BYTES = 300_000_000
# Office XML packs 10 to 30 times; bombs begin at several hundred.
MOST_RATIO = 120
SMALL = 5_000_000


def check_office_archive(archive: zipfile.ZipFile) -> None:
    """Raise Refused for a zip bomb, an encrypted member or XML that declares entities."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Refused(f"it holds more than {MOST_MEMBERS:,} files")
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if total > MOST_BYTES or (total > SMALL and total / packed > MOST_RATIO):
        raise Refused(
            f"it unpacks to {total / 1e6:,.0f} MB, which is more than a document of its size can be"
        )
    for member in members:
        if member.flag_bits & 0x1:
            raise Refused("it is protected by a password")
        if member.filename.lower().endswith((".xml", ".rels")):
            _check_xml(archive, member)


def _check_xml(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Read a member through a parser that knows no entities: Office files never declare any."""
    try:
        with archive.open(member) as stream:
            for _, element in iterparse(stream, events=("end",), forbid_dtd=True):
                element.clear()
    except DefusedXmlException:
        raise Refused(f"{member.filename} declares entities, as no Office file does") from None
    except ParseError:
        raise Refused(f"{member.filename} in it is broken XML") from None
