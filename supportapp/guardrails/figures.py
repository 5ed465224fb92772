"""What in a sentence must be exact: numbers with their units, days, months, links, addresses. Pure.

The same thing said in another way is the same figure: "two weeks" and "2 weeks", "5 p.m." and
"17:00", "€14" and "14 EUR".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORDS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
    "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17",
    "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
    "hundred": "100", "thousand": "1000", "million": "1000000",
}  # fmt: skip
# What counts as i and s where capitals don't matter, and has small letters of its own.
_ALIKE = {ord("ı"): "i", ord("\u0307"): None, ord("ſ"): "s"}
# "One" is a pronoun more often than a number.
_LOOSE = frozenset({"1"})
_UNITS = {
    "second": "s", "sec": "s", "minute": "min", "min": "min", "hour": "h", "hr": "h", "h": "h",
    "day": "day", "week": "week", "month": "month", "year": "year", "percent": "%", "%": "%",
    "€": "eur", "eur": "eur", "euro": "eur", "$": "usd", "usd": "usd", "dollar": "usd",
    "£": "gbp", "gbp": "gbp", "pound": "gbp", "¥": "cny", "元": "cny", "kb": "kb", "mb": "mb",
    "gb": "gb", "tb": "tb", "天": "day", "日": "day", "周": "week", "星期": "week", "月": "month",
    "个月": "month", "年": "year", "小时": "h", "分钟": "min", "秒": "s", "欧元": "eur", "％": "%",
}  # fmt: skip
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_NAMED = {**{day: day for day in _DAYS}, **{month: month for month in _MONTHS}}
_NAMED |= {day[:3]: day for day in _DAYS} | {"tues": "tuesday", "thurs": "thursday"}
_NAMED |= {month[:3]: month for month in _MONTHS} | {"sept": "september"}
# Short forms that are words of their own.
for _word in ("mar", "sat", "sun", "wed"):
    del _NAMED[_word]
_MAY = re.compile(r"\b(?:(?:in|of|by|until|since|from|1st|\d{1,2}) May|May \d{1,4})\b")
_CHINESE_DAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")

LINK = re.compile(r"\bhttps?://[^\s<>()\[\]\"'`*]+|\bwww\.[^\s<>()\[\]\"'`*]+", re.IGNORECASE)
_HOST = re.compile(
    r"(?<![@\w/.-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|io|app|dev|info|biz|co|xyz|"
    r"shop|online|site|top|club|live|link|click|ru|cn|de|uk|fr|eu|us|example|invalid|test)\b"
    r"(?:/[^\s<>()\[\]\"'`*]*)?",
    re.IGNORECASE,
)
EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_TIME = re.compile(
    r"(?<![\d:.])(\d{1,2})(?::(\d{2}))?\s*(a\.?m\.?|p\.?m\.?)(?![a-z])|"
    r"(?<![\d:.])(\d{1,2}):(\d{2})(?!\d)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?<![\w@./-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*(?!\w)"
)
_SYMBOL = "€$£¥"
_NUMBER = re.compile(
    rf"(?P<before>[{_SYMBOL}]|\b(?:EUR|USD|"
    rf"GBP)\s)?\s?(?<![A-Za-z0-9_.,])(?P<number>\d+(?:[.,]\d+)*)"
    r"(?P<after>\s?(?:[%％€$£元]|个月|星期|小时|分钟|欧元|[天日周月年秒]|"
    r"[- ]?(?:business |working |calendar |full |more |consecutive )?[A-Za-z]+)?)"
)
_SPELT = re.compile(
    rf"\b(?P<number>{'|'.join(_WORDS)})(?:[- ](?P<second>{'|'.join(list(_WORDS)[:10])}))?\b"
    r"(?P<after>[- ](?:business |working |calendar |full |more |consecutive )?[a-z]+)?",
    re.IGNORECASE,
)
_CHINESE_NUMBER = re.compile(
    r"([一二两三四五六七八九十]{1,3})(?=个月|天|日|周|年|小时|分钟|次|位|人|元)"
)
_CHINESE = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_NUMBER_ALONE = re.compile(rf"[{_SYMBOL}]?(?<![\w.,-])\d+(?:[.,:]\d+)*(?![\w])\s?[%€$£]?")
_SPELT_ALONE = re.compile(rf"\b(?:{'|'.join(each for each in _WORDS if each != 'one')})\b", re.I)
_LIST_MARK = re.compile(r"^[^\S\n]*\d{1,3}[.)]\s+", re.MULTILINE)
_CITED = re.compile(r"(?<!\s)\s*+\[\d{1,3}\]")


@dataclass(frozen=True, slots=True)
class Figure:
    """Something exact. `unit` may be empty; `kind` is number, time, name, code, link or email."""

    kind: str
    value: str
    unit: str = ""


def find(text: str) -> frozenset[Figure]:
    """Return every figure of a text, without its citation marks and the numbers of its lists."""
    return frozenset(_find(_LIST_MARK.sub("", _CITED.sub("", text))))


def without(text: str) -> str:
    """Return the words of a text that are no figures: what they say is checked by themselves."""
    for pattern in (EMAIL, LINK, _HOST, _TIME, _NUMBER_ALONE, _SPELT_ALONE):
        text = pattern.sub(" ", text)
    return text


def links(text: str) -> frozenset[Figure]:
    """Return the links and addresses of a text, also those that Markdown keeps out of sight."""
    return frozenset(each for each in _find(text) if each.kind in {"link", "email"})


def _find(text: str) -> Iterator[Figure]:
    rest = text
    for kind, pattern in (("email", EMAIL), ("link", LINK), ("link", _HOST)):
        for match in pattern.finditer(rest):
            yield Figure(kind, _address(match[0]))
        rest = pattern.sub(" ", rest)
    for match in _TIME.finditer(rest):
        yield Figure("time", _time(match))
    rest = _TIME.sub(" ", rest)
    yield from _names(rest)
    for match in _CODE.finditer(rest):
        if not re.fullmatch(r"\d+(?:st|nd|rd|th|s|x|h|min|-?[a-z]+)", match[0]):
            yield Figure("code", match[0].lower())
            rest = rest.replace(match[0], " " * len(match[0]))
    yield from _numbers(rest)


def _address(link: str) -> str:
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", link.lower())
    return bare.rstrip(".,;:!?/*_")


def _time(match: re.Match[str]) -> str:
    if match[4]:
        return f"{int(match[4])}:{match[5]}"
    hour = int(match[1]) % 12 + (12 if match[3].lower().startswith("p") else 0)
    return f"{hour}:{match[2] or '00'}"


def _names(text: str) -> Iterator[Figure]:
    for word in re.findall(r"\b[A-Z][a-z]{2,8}\b", text):
        if name := _NAMED.get(word.lower()):
            yield Figure("name", name)
    for plural in re.findall(r"\b([A-Z][a-z]+day)s\b", text):
        if plural.lower() in _DAYS:
            yield Figure("name", plural.lower())
    if _MAY.search(text):
        yield Figure("name", "may")
    for match in _CHINESE_DAY.finditer(text):
        yield Figure(
            "name", _DAYS["一二三四五六日天".index(match[1]) % 7 if match[1] != "天" else 6]
        )


def _numbers(text: str) -> Iterator[Figure]:
    for match in _NUMBER.finditer(text):
        unit = _unit(match["before"] or "") or _unit(match["after"] or "")
        yield Figure("number", _plain(match["number"]), unit)
    for match in _SPELT.finditer(text):
        value = _WORDS[_small(match["number"])]
        if match["second"] and value.endswith("0") and value != "100":
            value = str(int(value) + int(_WORDS[_small(match["second"])]))
        unit = _unit(match["after"] or "")
        if value not in _LOOSE or unit:
            yield Figure("number", value, unit)
    for match in _CHINESE_NUMBER.finditer(text):
        yield Figure("number", str(_chinese(match[1])), _unit(text[match.end() : match.end() + 2]))


def _small(word: str) -> str:
    """In small letters, also where a keyboard has others that count as the same: "fıve"."""
    return word.lower().translate(_ALIKE)


def _chinese(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _CHINESE.get(text[-1], 0)
    return (_CHINESE.get(tens, 1) if tens else 1) * 10 + (_CHINESE.get(ones, 0) if ones else 0)


def _plain(number: str) -> str:
    """Without marks between thousands; a decimal comma is a point; no zeros at the end."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", number):
        number = number.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+,\d{1,2}", number):
        number = number.replace(",", ".")
    if re.fullmatch(r"\d+\.\d+", number):
        number = number.rstrip("0").rstrip(".")
    return number.lstrip("0") or "0"


def _unit(text: str) -> str:
    words = text.strip(" -").lower().split()
    if not words:
        return ""
    word = words[-1]
    if word in _UNITS:
        return _UNITS[word]
    return _UNITS.get(
        word.removesuffix("s"),
        _UNITS.get(word[:2], _UNITS.get(word[:1], "")) if word[0] > "\u2e80" else "",
    )
