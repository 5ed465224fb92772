"""The page where staff ask the data, and its CSV."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from supportapp.insight import asking, catalogue, chart, checking, csv_rows, database, declared
from supportapp.insight.asking import NotUnderstood, Query
from supportapp.insight.checking import BadSql
from supportapp.insight.database import QueryFailed, Table
from supportapp.insight.forms import AskDataForm
from supportapp.insight.models import DataQuery
from supportapp.web import limits
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

MADE, MADE_SECONDS = "insight.made", 3600


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one question: a table, or the reason why not."""

    query: Query | None = None
    table: Table | None = None
    problem: str = ""

    @property
    def sql(self) -> str:
        return checking.shown(self.query.checked) if self.query else ""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_with("insight.ask_data")
def data(request: StaffRequest) -> HttpResponse:
    """Ask, and see the answer with its SQL, as a table and as a chart."""
    form = AskDataForm(request.POST if request.method == "POST" else None)
    slug = request.GET.get("declared", "")
    asked = None
    if request.method == "POST" or slug:
        asked = _asked(request, form, slug)
    status = 400 if asked is not None and asked.problem else 200
    return render(request, "insight/data.html", _context(request.user, form, asked), status=status)


@require_POST
@staff_with("insight.ask_data")
def export(request: StaffRequest) -> HttpResponse:
    """The same query's rows as CSV."""
    form = AskDataForm(request.POST)
    asked = _asked(request, form, request.POST.get("declared", ""), exported=True)
    if asked.table is None:
        return render(request, "insight/data.html", _context(request.user, form, asked), status=400)
    return csv_rows.response("data", asked.table.columns, asked.table.rows)


def _asked(request: StaffRequest, form: AskDataForm, slug: str, *, exported: bool = False) -> Asked:
    """Understand, check, run and write down one question."""
    if retry := limits.may_write(f"staff-{request.user.pk}"):
        return Asked(problem=f"That was a lot at once. Wait {retry.seconds} seconds.")
    query: Query | None = None
    table: Table | None = None
    problem = ""
    try:
        query = _query(request.user, form, slug)
        table = database.run(query.checked, is_ours=query.origin == "declared")
    except (NotUnderstood, BadSql, QueryFailed) as error:
        problem = str(error)
    question = query.question if query else form.data.get("question", "")
    DataQuery.objects.create(
        user=request.user,
        origin=query.origin if query else "",
        question=_kept(question)[:500],
        sql=query.checked.sql if query else _kept(form.data.get("sql", ""))[: checking.LONGEST],
        rows=len(table.rows) if table else 0,
        milliseconds=table.milliseconds if table else 0,
        error=problem[:300],
        was_exported=exported and table is not None,
    )
    return Asked(query, table, problem)


def _kept(given: object) -> str:
    """Return what was sent, as Postgres can keep it."""
    return str(given).replace("\0", "")


def _query(user: User, form: AskDataForm, slug: str) -> Query:
    with_texts = user.has_perm("insight.read_texts")
    if slug:
        known = declared.by_slug(slug, with_texts=with_texts)
        if known is None:
            raise NotUnderstood("There is no such question.")
        views = catalogue.allowed(with_texts=with_texts)
        return Query(checking.check(known.sql, views), "declared", known.question)
    if not form.is_valid():
        raise NotUnderstood("Write a question, or SQL.")
    given = form.cleaned_data
    if given["made"]:
        return _made_before(user, given["made"], with_texts=with_texts)
    if given["sql"]:
        if not user.has_perm("insight.write_sql"):
            raise BadSql("You may ask questions, but not write SQL.")
        return asking.written(given["sql"], with_texts=with_texts)
    return asking.understood(given["question"], with_texts=with_texts)


def _made_before(user: User, made: str, *, with_texts: bool) -> Query:
    """Return the query that a model made for this user before: it isn't theirs to change."""
    try:
        sql = signing.loads(made, salt=f"{MADE}.{user.pk}", max_age=MADE_SECONDS)
    except signing.BadSignature:
        raise NotUnderstood("This page is too old. Ask again.") from None
    return asking.written_before(sql, with_texts=with_texts)


def _made(user: User, asked: Asked) -> str:
    assert asked.query is not None
    return signing.dumps(asked.query.checked.sql, salt=f"{MADE}.{user.pk}", compress=True)


def _context(user: User, form: AskDataForm, asked: Asked | None) -> dict[str, Any]:
    with_texts = user.has_perm("insight.read_texts")
    table = asked.table if asked else None
    return {
        "form": form,
        "asked": asked,
        "sql": form.data.get("sql") or (asked.sql if asked else ""),
        "chart": chart.draw(chart.series_of(table)) if table else "",
        "declared": declared.allowed(with_texts=with_texts),
        "views": catalogue.allowed(with_texts=with_texts),
        "may_write_sql": user.has_perm("insight.write_sql"),
        "most_rows": database.ROWS,
        "role": "" if database.has_role() else database.ROLE,
        "made": _made(user, asked) if table and asked else "",
    }
