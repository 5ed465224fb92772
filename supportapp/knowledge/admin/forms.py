"""The forms in which staff write and import."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from supportapp.knowledge.cleaning import clean, clean_line
from supportapp.knowledge.formats.fields import slug_of
from supportapp.knowledge.formats.sniffing import SUFFIXES
from supportapp.knowledge.models import Article, Audience, Revision, Workspace
from supportapp.knowledge.values import ArticleText

MOST_FILES = 50
MOST_WORDS = 30


class WordsField(forms.CharField):
    """Words with commas between them."""

    def __init__(self, *, longest: int, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.longest = longest

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        parts = text.replace("，", ",").replace("、", ",").replace("\n", ",").split(",")
        words = list(dict.fromkeys(word for part in parts if (word := clean_line(part))))
        if len(words) > MOST_WORDS:
            raise forms.ValidationError(f"At most {MOST_WORDS}.")
        for word in words:
            if len(word) > self.longest:
                raise forms.ValidationError(f"“{word[:20]}…” is longer than {self.longest}.")
        return tuple(words)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value


class ArticleForm(forms.Form):
    """An article's text and what staff say about it."""

    title = forms.CharField(max_length=200)
    body = forms.CharField(
        label="Text (Markdown)", widget=forms.Textarea(attrs={"rows": 26, "spellcheck": "true"})
    )
    audience = forms.ChoiceField(choices=Audience.choices)
    language = forms.RegexField(
        r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,6})?$",
        max_length=10,
        help_text="A code such as en or zh.",
        error_messages={"invalid": "Write a language code such as en or zh."},
    )
    subject = forms.CharField(
        max_length=120, required=False, help_text="The product, plan or place this is about."
    )
    tags = WordsField(longest=60, help_text="With commas between them. The first is the section.")
    aliases = WordsField(
        longest=120, help_text="What customers call it, where the text says it otherwise."
    )
    owner = forms.CharField(max_length=120, required=False)
    review_by = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        max_length=300, required=False, label="What changed", help_text="For the next editor."
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_title(self) -> str:
        title = clean_line(self.cleaned_data["title"])
        if not title:
            raise forms.ValidationError("Write a title.")
        return title

    def clean_body(self) -> str:
        body = clean(self.cleaned_data["body"])
        if len(body) > settings.MAX_ARTICLE_CHARACTERS:
            raise forms.ValidationError(
                f"The text is longer than {settings.MAX_ARTICLE_CHARACTERS:,} characters."
            )
        return body

    def clean_language(self) -> str:
        return str(self.cleaned_data["language"]).lower()

    def text(self) -> ArticleText:
        """Return what the form says; it must be valid."""
        data = self.cleaned_data
        return ArticleText(
            title=data["title"],
            body=data["body"],
            audience=data["audience"],
            language=data["language"],
            subject=clean_line(data["subject"]),
            tags=data["tags"],
            aliases=data["aliases"],
            note=clean_line(data["note"]),
        )

    @classmethod
    def initial_of(cls, article: Article, revision: Revision) -> dict[str, Any]:
        """Return what the form shows of an article."""
        text = ArticleText.of(revision)
        return {
            "title": text.title,
            "body": text.body,
            "audience": text.audience,
            "language": text.language,
            "subject": text.subject,
            "tags": text.tags,
            "aliases": text.aliases,
            "note": text.note if revision.published_at is None else "",
            "owner": article.owner,
            "review_by": article.review_by,
            "version": article.version,
        }


class NewArticleForm(ArticleForm):
    """An article that isn't there yet: it needs a workspace and an address."""

    workspace = forms.ModelChoiceField(Workspace.objects.order_by("pk"), empty_label=None)
    slug = forms.CharField(
        max_length=120,
        required=False,
        label="Address",
        help_text="The last part of its address. Made of the title if left empty.",
    )
    field_order = ("title", "body", "workspace", "slug")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        slug = slug_of(data.get("slug") or data.get("title", ""))
        workspace = data.get("workspace")
        if not slug:
            self.add_error("slug", "Write an address with letters or digits in it.")
        elif workspace and Article.objects.filter(workspace=workspace, slug=slug).exists():
            self.add_error("slug", f"Another article has the address “{slug}”.")
        return data | {"slug": slug}


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ImportForm(forms.Form):
    """Files to import, and what holds for those that don't say it themselves."""

    uploads = forms.FileField(
        widget=ManyFilesInput(attrs={"multiple": True, "accept": ",".join(SUFFIXES)}),
        required=False,
        label="Files",
    )
    workspace = forms.ModelChoiceField(Workspace.objects.order_by("pk"), empty_label=None)
    audience = forms.ChoiceField(
        choices=Audience.choices, help_text="Of articles that don't say it themselves."
    )
    overwrite = forms.BooleanField(
        required=False,
        label="Also replace articles that were changed here",
        help_text="Their text of today stays among their revisions.",
    )
