"""The fields of outside data, checked: front matter, JSON lines, table rows."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any

from django.utils.text import slugify
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from supportapp.knowledge.cleaning import clean, clean_line
from supportapp.knowledge.formats.records import Refused
from supportapp.knowledge.plaintext import plain
from supportapp.knowledge.values import ArticleText

LONGEST_TITLE = 200
LONGEST_DERIVED_TITLE = 80
AUDIENCES = {
    "public": "public", "everyone": "public", "all": "public", "公开": "public", "所有人": "public",
    "customers": "customers", "customer": "customers", "客户": "customers", "用户": "customers",
    "staff": "staff", "internal": "staff", "内部": "staff", "员工": "staff",
}  # fmt: skip
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("zh", re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")),
)
_LETTERS = re.compile(r"[^\W\d_]")
_SEPARATORS = re.compile(r"[,;|，；、\n]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")


def _line(value: Any) -> Any:
    return clean_line(str(value)) if isinstance(value, str | int | float | date) else value


def _audience(value: Any) -> Any:
    if not value:
        return None
    found = AUDIENCES.get(str(value).strip().lower())
    if found is None:
        raise ValueError("must be public, customers or staff")
    return found


def _language(value: Any) -> Any:
    if not value:
        return None
    code = str(value).strip().lower().replace("_", "-")
    if not _LANGUAGE.fullmatch(code):
        raise ValueError("must be a language code such as en or zh")
    return code[:10]


def _words(value: Any) -> Any:
    """Read a list, or a text with commas in it."""
    if value is None:
        return []
    parts = _SEPARATORS.split(value) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return value
    return list(dict.fromkeys(word for part in parts if (word := clean_line(str(part)))))


Line = Annotated[str, BeforeValidator(_line)]
Words = Annotated[list[str], BeforeValidator(_words)]


class Fields(BaseModel):
    """What a record may say of itself besides its words. Unknown fields are passed over."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    title: Line = ""
    slug: Line = Field("", max_length=120)
    audience: Annotated[str | None, BeforeValidator(_audience)] = None
    language: Annotated[str | None, BeforeValidator(_language)] = None
    subject: Line = Field("", max_length=120)
    tags: Words = []
    aliases: Words = []
    owner: Line = Field("", max_length=120)
    review_by: date | None = None
    revision_note: Line = Field("", max_length=300)

    @classmethod
    def read(cls, values: dict[str, Any]) -> Fields:
        """Check outside values; raises Refused saying what is wrong with which field."""
        if misspelt := _misspelt(tuple(str(name).lower() for name in values)):
            raise Refused(f"“{misspelt}”: is “audience” meant?")
        known = {str(name).lower(): value for name, value in values.items() if value is not None}
        try:
            fields = cls.model_validate(known)
        except ValidationError as error:
            raise Refused(_reason(error)) from None
        for word in fields.tags:
            if len(word) > 60:
                raise Refused("tags: one is longer than 60 characters")
        for word in fields.aliases:
            if len(word) > 120:
                raise Refused("aliases: one is longer than 120 characters")
        return fields

    def article_text(self, body: str, *, audience: str, most: int) -> ArticleText:
        """Join the fields with the words; raises Refused where there are none, or too many."""
        body = clean(body).strip("\n").rstrip()
        if not plain(body):
            raise Refused("there is no text in it")
        if len(body) > most:
            raise Refused(f"its text is longer than {most:,} characters")
        title, body = fit_title(self.title, body)
        return ArticleText(
            title=title,
            body=body,
            audience=self.audience or audience,
            language=self.language or language_of(f"{title}\n{body}"),
            subject=self.subject,
            tags=tuple(self.tags),
            aliases=tuple(self.aliases),
            note=self.revision_note,
        )


@lru_cache(maxsize=256)
def _misspelt(names: tuple[str, ...]) -> str:
    """Find a misspelt “audience”: it would publish what was meant for staff."""
    close = get_close_matches("audience", names, n=3, cutoff=0.75)
    return next((name for name in close if name != "audience"), "")


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"


def fit_title(title: str, body: str) -> tuple[str, str]:
    """Return a title of the right length. One that is too long goes into the text as well."""
    if not title:
        return derived_title(body), body
    if len(title) <= LONGEST_TITLE:
        return title, body
    return shortened(title, LONGEST_DERIVED_TITLE), f"{title}\n\n{body}"


def derived_title(body: str) -> str:
    """Return the first words of a text that has no title."""
    first = next((line for line in plain(body).split("\n") if line.strip()), "")
    return shortened(first.strip(), LONGEST_DERIVED_TITLE)


def shortened(text: str, most: int) -> str:
    """Return the text cut at a word, with an ellipsis where something was cut."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:.") + "…"


def language_of(text: str) -> str:
    """Guess a text's language by its script; texts in Latin letters count as English."""
    letters = len(_LETTERS.findall(text)) or 1
    for code, script in _SCRIPTS:
        if len(script.findall(text)) / letters > 0.15:
            return code
    return "en"


def slug_of(title: str) -> str:
    """Return an address for a title; titles without letters or digits have none of their own."""
    return slugify(title, allow_unicode=True)[:100].strip("-_")
