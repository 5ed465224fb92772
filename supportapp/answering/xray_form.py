"""What staff may put into an X-ray: a question, who asks it, and changes to try."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from supportapp.answering import searching
from supportapp.answering.profiles import profile
from supportapp.answering.values import Question
from supportapp.guardrails import entrance
from supportapp.guardrails.values import Action
from supportapp.knowledge.access import CUSTOMERS, EVERYONE, STAFF
from supportapp.knowledge.admin.forms import WordsField
from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.models import Article, Audience, Workspace
from supportapp.knowledge.models.synonyms import FEWEST_TERMS, LONGEST_TERM, MOST_TERMS
from supportapp.knowledge.values import ArticleText
from supportapp.retrieval import said
from supportapp.retrieval.synonyms import Group
from supportapp.retrieval.values import Scope, SearchQuery, Utterance

REFUSALS = {"empty": "Write a question first.", "too_long": "This question is too long."}
AUDIENCES = {
    Audience.PUBLIC.value: EVERYONE,
    Audience.CUSTOMERS.value: CUSTOMERS,
    Audience.STAFF.value: STAFF,
}
LONGEST_CONTEXT = 20_000
MOST_GROUPS = 20
_ONE_WAY = ("=>", "→")


class XrayForm(forms.Form):
    """The question, its asker and its conversation; synonyms to try; an article to change."""

    question = forms.CharField(max_length=10_000, strip=True)
    context = forms.CharField(max_length=LONGEST_CONTEXT, required=False, strip=True)
    workspace = forms.ModelChoiceField(Workspace.objects.order_by("pk"), empty_label=None)
    audience = forms.ChoiceField(choices=Audience.choices)
    language = forms.ChoiceField(required=False)
    synonyms = forms.CharField(max_length=4000, required=False, strip=True)
    article = forms.CharField(max_length=120, required=False, strip=True)

    def __init__(self, *args: Any, languages: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Every language"), *((code, code) for code in languages)]

    def clean_question(self) -> str:
        text = entrance.clean(self.cleaned_data["question"])
        verdict = entrance.admit(text, longest=settings.MAX_QUESTION_CHARACTERS)
        if verdict.action is Action.BLOCK:
            raise forms.ValidationError(REFUSALS[verdict.code])
        return text

    def clean_context(self) -> tuple[Utterance, ...]:
        return said.parse(entrance.clean(self.cleaned_data["context"]))

    def clean_synonyms(self) -> tuple[Group, ...]:
        return groups(self.cleaned_data["synonyms"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        slug, workspace = data.get("article"), data.get("workspace")
        if slug and workspace:
            articles = Article.objects.select_related("draft", "published", "workspace")
            found = articles.filter(workspace=workspace, slug=slug).first()
            if found is None or found.latest is None:
                self.add_error("article", "No article of this workspace has that address.")
            data["article"] = found
        return data

    def query(self) -> SearchQuery:
        """Return what the search is asked, as for an answer; the form must be valid."""
        data = self.cleaned_data
        return searching.query(
            Question(
                text=data["question"],
                scope=self.scope(),
                assistant=profile(data["workspace"]),
                context=data["context"],
            )
        )

    def scope(self) -> Scope:
        """Return whose articles are searched, for whom."""
        data = self.cleaned_data
        return Scope(data["workspace"].pk, AUDIENCES[data["audience"]])


class ChangesForm(forms.Form):
    """What an article would be called, and what it would be found by."""

    title = forms.CharField(max_length=200)
    aliases = WordsField(longest=120)
    tags = WordsField(longest=60)
    subject = forms.CharField(max_length=120, required=False)

    def clean_title(self) -> str:
        title = clean_line(self.cleaned_data["title"])
        if not title:
            raise forms.ValidationError("Write a title.")
        return title

    def text(self, now: ArticleText) -> ArticleText:
        """Return the article's text with the changes; the form must be valid."""
        data = self.cleaned_data
        return ArticleText(
            title=data["title"],
            body=now.body,
            audience=now.audience,
            language=now.language,
            subject=clean_line(data["subject"]),
            tags=data["tags"],
            aliases=data["aliases"],
            note=now.note,
        )

    @staticmethod
    def initial_of(now: ArticleText) -> dict[str, str]:
        """Return the fields as they are."""
        return {
            "title": now.title,
            "aliases": ", ".join(now.aliases),
            "tags": ", ".join(now.tags),
            "subject": now.subject,
        }


def groups(text: str) -> tuple[Group, ...]:
    """Read synonyms, a group on each line: "sign in, log in", or "plan => tariff" for one way."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_GROUPS:
        raise forms.ValidationError(f"At most {MOST_GROUPS} lines.")
    return tuple(_group(line) for line in lines)


def _group(line: str) -> Group:
    arrow = next((arrow for arrow in _ONE_WAY if arrow in line), None)
    commas = line.replace("，", ",").replace("、", ",").replace("=>", ",").replace("→", ",")
    terms = list(dict.fromkeys(term for part in commas.split(",") if (term := clean_line(part))))
    if not FEWEST_TERMS <= len(terms) <= MOST_TERMS:
        raise forms.ValidationError(
            f"Each line needs {FEWEST_TERMS} to {MOST_TERMS} words or phrases, with commas."
        )
    if any(len(term) > LONGEST_TERM for term in terms):
        raise forms.ValidationError(f"A phrase has at most {LONGEST_TERM} characters.")
    return Group(tuple(terms), is_one_way=arrow is not None)
