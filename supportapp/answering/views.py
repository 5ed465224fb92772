"""Staff try a question against an article's draft."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from supportapp import row_numbers
from supportapp.answering import trial
from supportapp.answering.fields import PlainText
from supportapp.answering.profiles import profile
from supportapp.guardrails import entrance
from supportapp.guardrails.values import Action
from supportapp.knowledge.models import Article
from supportapp.knowledge.rendering import to_html
from supportapp.llm.errors import ModelError
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

REFUSALS = {"empty": "Write a question first.", "too_long": "This question is too long."}


class TrialForm(forms.Form):
    """A question, and the article whose draft is tried."""

    article = forms.IntegerField(min_value=1)
    question = PlainText(max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_question(self) -> str:
        text: str = self.cleaned_data["question"]
        verdict = entrance.admit(text, longest=settings.MAX_QUESTION_CHARACTERS)
        if verdict.action is Action.BLOCK:
            raise forms.ValidationError(REFUSALS[verdict.code])
        return text


@require_http_methods(["GET", "HEAD", "POST"])
@staff_with("knowledge.change_article")
def try_draft(request: StaffRequest) -> HttpResponse:
    """Show the form for one article's draft; after a POST, what would be answered."""
    given = request.POST if request.method == "POST" else request.GET
    number = row_numbers.parse(given.get("article", ""))
    articles = Article.objects.select_related("draft", "workspace")
    article = get_object_or_404(articles, pk=number or 0)
    form = TrialForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"article": article, "form": form}
    if request.method == "POST" and form.is_valid() and article.draft is not None:
        context |= _tried(article, form.cleaned_data["question"])
    template = "_try.html" if request.htmx else "try.html"
    return render(request, f"answering/{template}", context)


def _tried(article: Article, question: str) -> dict[str, object]:
    try:
        result = trial.run(article, question, profile(article.workspace))
    except ModelError:
        return {"problem": "The model broke off in mid-answer. Try again."}
    return {"trial": result, "answer_html": to_html(result.answer.text)}
