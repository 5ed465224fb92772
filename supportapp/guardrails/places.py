"""Names and postal addresses, where the words around them say that they are such. Pure.

Best effort: without a model, a name that nothing announces isn't told from any other word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from supportapp.guardrails.spans import Span

# Bounded: a name without end would be tried from each of its letters.
_CAP = r"[^\W\d_a-zà-öø-ÿ][^\W\d_]{0,40}(?:[-'’][^\W\d_]{1,40}){0,4}"
_FULL = (
    rf"{_CAP}(?:[ \t]+(?:(?:van|von|de|da|del|der|den|la|le|bin|al|el|di|du)[ \t]+)*{_CAP}){{0,3}}"
)
_NAME_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?i:\bmy (?:full |last |first |maiden |real |legal )?name(?: is|'s|:)|"
        rf"\b(?:maiden|last|first|full|middle) name(?: is|\?|:)|\bname:|"
        rf"\b(?:partner|wife|husband|mother|father|son|daughter|boss|colleague|kid|child|account"
        rf"|holder)(?:'s|’s)? name(?: is|:)?|\b(?:calls?|called|named|"
        rf"for) me)\s+(?P<value>{_FULL})",
        rf"\b(?:I am|I'm|I’m|[Tt]his is|[Ii]t's|[Ss]igned,?|[Rr]egards,?|[Ss]incerely,?|[Cc]heers,?"
        rf"|[Tt]hanks,?|[Yy]ours,?)\s+(?P<value>{_CAP}[ \t]+{_CAP}(?:[ \t]+{_CAP})?)(?=\W|$)",
        rf"(?i:\b(?:mr|mrs|ms|miss|dr|prof|herr|frau|mme|monsieur|señora?)\b\.?)[ \t]+"
        rf"(?P<value>{_FULL})",
        rf"(?:^|[.!?:]\s+)(?P<value>{_CAP})(?=, can I (?:please )?speak)",
        rf"(?i:\b(?:my (?:kid|son|daughter|wife|husband|partner|brother|sister|friend|boss)"
        rf"|(?:ask|told|tell|contact|with|by) (?:mr|ms)?))\s+(?P<value>{_CAP}(?:[ \t]+{_CAP})?)"
        rf"(?= (?:from|lives|has|is|was|who|said)\b)",
        rf"(?P<value>{_CAP}(?:[ \t]+{_CAP})?)(?= (?:lives|lived|resides) (?:at|in|on)\b)",
        rf"(?i:\b(?:under|belongs to|registered to|in the name of|"
        rf"on behalf of)(?: the name(?: of)?)?)"
        rf"\s+(?P<value>{_CAP}[ \t]+{_CAP})",
        r"(?:我叫|我的名字是|我是)(?P<value>[\u4e00-\u9fff]{2,4})(?=[，。,.！!]|$)",
    )
)
# A capital letter begins these too.
_OTHERS = (
    "the a an i my your our their this that it not no yes still so very just also trying unable "
    "able happy sorry sure using having getting new now here there asking looking paying plus "
    "business free family support settings billing english german monday tuesday wednesday "
    "thursday friday saturday sunday"
)
_NO_NAME = frozenset(_OTHERS.split())
_STREET = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|way|court|ct|place|pl|square|"
    r"sq|terrace|close|crescent|parkway|highway|hwy|alley|row|walk|quay)\b\.?"
)
_JOINED = (
    r"[^\W\d_]{2,}(?:stra(?:ß|ss)e|str\.?|gasse|weg|platz|allee|ring|gürtel|straat|laan|gracht|"
    r"plein|"
    r"gatan|vägen|vej|gade|veien|utca|katu|gata)"
)
_LED = (
    r"(?:rue|avenue|boulevard|place|chemin|via|viale|piazza|corso|calle|avenida|av\.|plaza|paseo|"
    r"rua|travessa|praça|ul\.|ulica|al\.|os\.|ulitsa)"
)
_MORE = (
    r"(?:[,\n ]+\s*(?:apt|apartment|suite|unit|flat|floor|fl|no|house|\#)\b\.? ?\w{1,6})?"
    r"(?:\s*,\s*|\s*\n\s*)?(?:[,\s]*[A-Z][\w'’.-]+){0,4}(?:[,\s]+[A-Z]{0,3}[ -]?\d{4,6}\b)?"
)
_ADDRESSES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b\d{{1,6}}[a-zA-Z]?(?:[ \t]+\d{{1,5}}[a-zA-Z]?)?[ \t]+"
        rf"(?:[\w'’.-]+[ \t]+){{1,4}}(?i:{_STREET})"
        rf"(?=\W|$){_MORE}",
        rf"(?:\b\d{{1,5}} )?(?i:\b{_JOINED})[ \t]+\d{{1,5}}[a-z]?\b(?:[ \t]+street\b)?{_MORE}",
        rf"(?:\b\d{{1,5}}[ \t]+){{0,2}}(?i:\b{_LED})[ \t]+[^\W\d_][\w'’. -]{{2,40}}"
        r"(?:[ \t]+\d{1,5}\b)?",
        r"(?i:\b(?:my|our|new|old|billing|home|postal|shipping|delivery|mailing|his|her)[ ]"
        r"address(?:es)?(?: is|:| to|, here they are:)?)\s*:?\s*"
        r"(?P<value>(?=[^.?!\n]{0,30}\d)[^.?!]{6,120}?)(?=[.?!]|\n\n|$| for | in case| and )",
        r"(?i:\b(?:lives?|lived|living|located|resides?|return(?: it)?|moved|delivered|ship(?:ped)?"
        r"|sent?)[ ](?:at|to|in|on)[ ])"
        r"(?P<value>\d[^.?!]{6,100}?)(?=[.?!]|\n\n|$| in case|, and )",
        r"(?i:\b(?:zip(?: code)?|post ?code|postal code|plz)\b\s*(?:is|:)?\s*)"
        r"(?P<value>[A-Z0-9][A-Z0-9 -]{2,9}\b)",
        r"(?i:\bP\.? ?O\.? Box \d{1,6})",
        r"[\u4e00-\u9fff]{2,10}(?:省|市|区)[\u4e00-\u9fff\d]{2,20}(?:路|街|道|巷|"
        r"号)[\u4e00-\u9fff\d]{0,12}",
    )
)


def find(text: str) -> Iterator[Span]:
    """Yield where a postal address or a name is announced."""
    for pattern in _ADDRESSES:
        for match in pattern.finditer(text):
            start, end = match.span("value" if "value" in pattern.groupindex else 0)
            if any(each.isdigit() for each in text[start:end]):
                yield Span("ADDRESS", start, start + len(text[start:end].rstrip()))
    for pattern in _NAME_CUES:
        for match in pattern.finditer(text):
            start, end = match.span("value")
            if text[start:end].split()[0].lower() not in _NO_NAME:
                yield Span("NAME", start, end)
