"""`get_mortgage_rates`: partner banks' home-loan rates, with the date of which they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated

from django.utils import timezone
from pydantic import BeforeValidator

from supportapp.tools import rates
from supportapp.tools.declaring import tool
from supportapp.tools.models import Rate, RateSheet
from supportapp.tools.rates import Country, Years
from supportapp.tools.values import Caller, Finding, Pattern, ToolUnavailable
from supportapp.tools.wording import day, moment, table

SHOWN_RATES = 60
COUNTRIES = {"DE": "Germany", "NL": "Netherlands", "IE": "Ireland"}
CHINESE = {"DE": "德国", "NL": "荷兰", "IE": "爱尔兰"}
SOURCE = {"en": "Home-loan rates of partner banks", "zh": "合作银行住房贷款利率"}
STALE = {
    "en": "These rates are older than they should be: today's haven't come in.",
    "zh": "请注意：最新利率尚未更新，以下利率可能已经过时。",
}
INDICATIVE = {
    "en": "They are indicative: not an offer and not advice.",
    "zh": "以上为参考利率，不构成要约或建议。",
}
_KIND = r"(?:mortgage|home[ -]?loan|house[ -]?loan)s?"
_YEARS = r"(?:\ (?:for|over|fixed\ for)\ (?P<fixed_years>5|10|15|20)\ years?)?"


def _number(value: object) -> object:
    """Patterns, and some models, write numbers as text."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Period = Annotated[Years, BeforeValidator(_number)]


def _wordings() -> list[Pattern]:
    """The wish for the table itself, in each country's words."""
    places = (
        ("", None),
        (r"\ (?:in|for)\ (?:germany|de)", "DE"),
        (r"\ (?:in|for)\ (?:the\ )?(?:netherlands|nl)", "NL"),
        (r"\ (?:in|for)\ (?:ireland|ie)", "IE"),
    )
    chinese = (("", None), ("德国的?", "DE"), ("荷兰的?", "NL"), ("爱尔兰的?", "IE"))
    english = [
        Pattern(
            rf"(?:what(?:'s|\ is|\ are)\ |give\ me\ )?(?:the\ |your\ )?(?:current\ |latest\ |"
            rf"today's\ |best\ |lowest\ )*(?:interest\ )?(?:{_KIND}\ (?:interest\ )?rates?|"
            rf"rates?\ (?:for|on)\ (?:a\ )?{_KIND}){place}{_YEARS}",
            arguments={"country": code} if code else {},
        )
        for place, code in places
    ]
    return english + [
        Pattern(
            rf"(?:今天的?|目前的?|现在的?|最新的?|当前的?)*{place}(?:今天的?|目前的?|现在的?|最新的?|当前的?)*"
            rf"(?:住房贷款|房屋贷款|房贷|按揭贷款|按揭)(?:的)?利率(?:是多少|是什么|多少|如何|怎么样)?",
            arguments={"country": code} if code else {},
        )
        for place, code in chinese
    ]


@tool(
    labels={"en": "Looking up home-loan rates…", "zh": "正在查询住房贷款利率…"},
    patterns=_wordings(),
    kept=("country", "fixed_years"),
)
def get_mortgage_rates(
    country: Country | None = None, fixed_years: Period | None = None, *, caller: Caller
) -> Finding:
    """The partner banks' current indicative home-loan (mortgage) rates, with their date.

    country: where the home is; leave it out for all three
    fixed_years: how long the rate is fixed; leave it out for all periods
    """
    sheet = rates.in_force()
    if sheet is None:
        raise ToolUnavailable("no_rates_yet")
    found = rates.listed(sheet, country, fixed_years)
    stale = rates.is_stale(sheet.as_of, timezone.now())
    language = "zh" if caller.is_chinese else "en"
    return Finding(
        data={
            "rates": [
                {
                    "bank": each.bank,
                    "country": each.country,
                    "fixed_years": each.fixed_years,
                    "percent_per_year": str(each.percent),
                }
                for each in found[:SHOWN_RATES]
            ],
            "is_stale": stale,
            "note": INDICATIVE["en"],
        },
        text=_text(sheet, found, country, stale=stale, language=language),
        source=SOURCE[language],
        as_of=sheet.as_of,
        facts=tuple(_facts(sheet, found, language)),
    )


def _facts(sheet: RateSheet, found: Sequence[Rate], language: str) -> Iterator[str]:
    """Say every rate in a sentence, and which one is the lowest."""
    when = day(sheet.as_of.astimezone(rates.PUBLISHED_IN).date(), language)
    names = CHINESE if language == "zh" else COUNTRIES
    lowest: set[tuple[str, int]] = set()
    for each in sorted(found, key=lambda rate: rate.percent):
        where, years = names[each.country], each.fixed_years
        is_lowest = (each.country, years) not in lowest
        lowest.add((each.country, years))
        if language == "zh":
            yield (
                f"截至{when}，{each.bank}在{where}固定{years}年的{'最低' if is_lowest else ''}"
                f"住房贷款利率（房贷利率）为每年{each.percent}%。"
            )
        else:
            yield (
                f"As of {when}, the {'lowest ' if is_lowest else ''}home-loan (mortgage) interest "
                f"rate in {where}, fixed for {years} years, is {each.percent}% (percent) per year "
                f"from {each.bank}."
            )


def _text(
    sheet: RateSheet, found: Sequence[Rate], country: str | None, *, stale: bool, language: str
) -> str:
    when = moment(sheet.as_of, language, rates.PUBLISHED_IN)
    if not found:
        return {
            "en": f"There is no rate for that in the list as of {when}.",
            "zh": f"截至{when}，列表中没有符合条件的利率。",
        }[language]
    names = CHINESE if language == "zh" else COUNTRIES
    table = _by_bank(found, language) if country else _lowest(found, names, language)
    where = names.get(country or "", "")
    opening = {
        "en": f"These are the partner banks' {'' if country else 'lowest '}home-loan rates"
        f"{f' for {where}' if where else ''}, as of {when} {{source}}.",
        "zh": f"以下是截至{when}合作银行的{where}{'' if country else '最低'}"
        "住房贷款利率{source}。",
    }[language]
    parts = [opening, table, INDICATIVE[language]]
    return "\n\n".join([STALE[language], *parts] if stale else parts)


def _lowest(found: Sequence[Rate], names: dict[str, str], language: str) -> str:
    years = sorted({each.fixed_years for each in found})
    lowest: dict[tuple[str, int], Rate] = {}
    for each in found:
        known = lowest.setdefault((each.country, each.fixed_years), each)
        if each.percent < known.percent:
            lowest[each.country, each.fixed_years] = each
    rows = [
        [names[code], *(_cell(lowest.get((code, period))) for period in years)]
        for code in COUNTRIES
        if any((code, period) in lowest for period in years)
    ]
    head = "国家" if language == "zh" else "Home in"
    return table([head, *(_years(period, language) for period in years)], rows)


def _by_bank(found: Sequence[Rate], language: str) -> str:
    years = sorted({each.fixed_years for each in found})
    by: dict[str, dict[int, Decimal]] = {}
    for each in found:
        by.setdefault(each.bank, {})[each.fixed_years] = each.percent
    rows = [
        [bank, *(f"{given[period]}%" if period in given else "–" for period in years)]
        for bank, given in sorted(by.items())
    ]
    head = "银行" if language == "zh" else "Bank"
    return table([head, *(_years(period, language) for period in years)], rows)


def _cell(rate: Rate | None) -> str:
    return "–" if rate is None else f"{rate.percent}% ({rate.bank})"


def _years(period: int, language: str) -> str:
    return f"固定{period}年" if language == "zh" else f"{period} years"
