"""Staff write, publish, compare and import in the admin, each as far as they may."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from supportapp.knowledge import embeddings, jobs, publishing, tasks
from supportapp.knowledge.models import (
    Article,
    ImportFile,
    ImportJob,
    Passage,
    PassageEmbedding,
    Workspace,
)
from supportapp.knowledge.values import ArticleText
from supportapp.outbox.models import OutboxEvent
from tests.factories import ArticleFactory, UserFactory
from tests.integration.knowledge.conftest import signed_in

BODY = "Hold the button.\n\n## Then\n\nWait for the blue light."
LIST = "admin:knowledge_article_changelist"


@pytest.fixture
def article(workspace: Workspace) -> Article:
    made: Article = ArticleFactory(slug="reset", title="Reset", body=BODY, is_published=True)
    return made


def change(article: Article) -> str:
    return reverse("admin:knowledge_article_change", args=[article.pk])


def fields(article: Article, **values: str) -> dict[str, str]:
    """Return what the browser would send, as the page shows it."""
    latest = article.latest
    assert latest is not None
    return {
        "title": latest.title,
        "body": latest.body,
        "audience": latest.audience,
        "language": latest.language,
        "subject": "",
        "tags": "",
        "aliases": "",
        "owner": "",
        "review_by": "",
        "note": "",
        "version": article.version,
        "action": "save",
    } | values


def save(client: Client, article: Article, **values: str) -> HttpResponse:
    fresh = Article.objects.get(pk=article.pk)
    response: Any = client.post(change(article), fields(fresh, **values), follow=True)
    article.refresh_from_db()
    return response


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_draft_is_saved_and_the_published_text_stays(editor: Client, article: Article):
    page = save(editor, article, body="Other words.", note="Clearer")

    assert "Draft saved." in text_of(page)
    assert article.draft is not None
    assert (article.draft.body, article.draft.note) == ("Other words.", "Clearer")
    assert article.draft.author.username == "ed"
    assert publishing.live_passages(article)[0].text == "Hold the button."


def test_publishing_says_how_long_it_took_and_is_logged(editor: Client, article: Article):
    embeddings.embed_revision(article.published_id)

    page = save(editor, article, body=BODY.replace("blue", "white"), action="publish")

    assert re.search(r"Live in \d\.\d\d s \(2 passages, 1 vectors reused\)\.", text_of(page))
    assert publishing.live_passages(article)[1].text == "Wait for the white light."
    assert LogEntry.objects.get().get_change_message() == "Published revision 2."


def test_a_saved_draft_is_published_as_it_is(editor: Client, article: Article):
    save(editor, article, body="Other words.")

    save(editor, article, action="publish", note="Why")

    assert article.draft is None
    assert article.published.note == "Why"


def test_publishing_without_a_change_publishes_nothing(editor: Client, article: Article):
    page = save(editor, article, action="publish")

    assert "nothing to publish" in text_of(page)
    assert article.revisions.count() == 1


def test_a_lost_update_is_refused_with_both_texts(editor: Client, article: Article):
    seen = fields(article, body="His words.")
    publishing.save_draft(article, ArticleText("Reset", "Her words."))

    page = editor.post(change(article), seen)

    assert page.status_code == 409
    assert "Someone else changed this article" in text_of(page)
    assert "His words." in text_of(page)
    article.refresh_from_db()
    assert article.draft.body == "Her words."
    # What the page now sends is a decision taken knowingly.
    version = re.search(r'name="version" value="([^"]+)"', page.content.decode())
    assert version is not None
    editor.post(change(article), seen | {"version": version[1]})
    article.refresh_from_db()
    assert article.draft.body == "His words."


def test_a_draft_may_be_discarded_and_brought_back(editor: Client, article: Article):
    save(editor, article, body="Half an idea.")

    page = save(editor, article, action="discard")

    assert "Draft discarded" in text_of(page)
    assert article.draft is None
    number = article.revisions.get(body="Half an idea.").number
    editor.post(reverse("admin:knowledge_revision", args=[article.pk, number]))
    article.refresh_from_db()
    assert article.draft.body == "Half an idea."


def test_archive_and_its_undo(editor: Client, article: Article):
    save(editor, article, action="archive")
    assert (article.state, publishing.live_passages(article)) == ("archived", [])

    page = save(editor, article, action="restore")

    assert article.state == "published"
    assert "Restored." in text_of(page)
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == [
        "Restored from the archive.",
        "Archived.",
    ]


def test_many_articles_are_archived_and_restored_from_the_list(editor: Client, article: Article):
    for action in ("archive_selected", "restore_selected"):
        editor.post(reverse(LIST), {"action": action, "_selected_action": [article.pk]})
        article.refresh_from_db()
        expected = "archived" if action == "archive_selected" else "published"
        assert article.state == expected


def test_a_new_article_is_written_and_published(editor: Client, workspace: Workspace):
    values = {
        "title": "Neuer Artikel",
        "body": "Text.\u200b",
        "workspace": str(workspace.pk),
        "slug": "",
        "audience": "customers",
        "language": "de",
        "tags": "eins, zwei",
        "aliases": "ding",
        "action": "publish",
    }

    editor.post(reverse("admin:knowledge_article_add"), values)

    made = Article.objects.get()
    assert (made.slug, made.state, made.tags) == ("neuer-artikel", "published", ["eins", "zwei"])
    assert publishing.live_passages(made)[0].text == "Text."


def test_an_address_that_is_taken_is_refused(editor: Client, article: Article):
    values = fields(article) | {"workspace": str(article.workspace_id), "slug": "reset"}

    page = editor.post(reverse("admin:knowledge_article_add"), values)

    assert "Another article has the address" in text_of(page)


def test_a_text_over_the_limit_is_refused(editor: Client, article: Article, settings: Settings):
    settings.MAX_ARTICLE_CHARACTERS = 1000

    page = save(editor, article, body="x" * 1001)

    assert "longer than 1,000 characters" in text_of(page)
    assert article.draft is None


def test_the_preview_is_rendered_and_safe(editor: Client, workspace: Workspace):
    page = editor.post(
        reverse("admin:knowledge_article_preview"),
        {"title": "<b>T</b>", "body": "**bold** <script>alert(1)</script>"},
    )

    assert "<strong>bold</strong>" in text_of(page)
    assert "<script" not in text_of(page)
    assert "<b>T" not in text_of(page)


def test_without_scripts_a_button_previews(editor: Client, article: Article):
    page = save(editor, article, body="**bold**", action="preview")

    assert "<strong>bold</strong>" in text_of(page)
    assert article.draft is None


def test_a_question_is_tried_against_the_saved_draft(editor: Client, article: Article):
    before = text_of(editor.get(change(article)))
    after = text_of(save(editor, article, body="The blue light means pairing."))

    assert "Save a draft first" in before
    address = reverse("answering:try")
    assert f'hx-post="{address}"' in after
    tried = editor.post(
        address,
        {"article": article.pk, "question": "What does the blue light mean?"},
        headers={"HX-Request": "true"},
    )
    assert tried.status_code == 200
    assert "pairing" in text_of(tried)


def test_revisions_are_listed_and_compared(editor: Client, article: Article):
    save(editor, article, body=BODY.replace("blue", "white"), action="publish")

    listed = text_of(editor.get(reverse("admin:knowledge_revisions", args=[article.pk])))
    compared = text_of(editor.get(reverse("admin:knowledge_revision", args=[article.pk, 2])))

    assert listed.count("list-link") == 2
    assert re.search(r"<del>.*blue.*</del><ins>.*white.*</ins>", compared)


def test_passages_show_what_became_of_their_vectors(editor: Client, article: Article):
    embeddings.embed_revision(article.published_id)
    PassageEmbedding.objects.filter(passage__position=0).update(
        state="failed", vector=None, error="no route"
    )
    save(editor, article, body=BODY + "\n\n## New\n\nMore.")

    page = text_of(editor.get(reverse("admin:knowledge_passages", args=[article.pk])))

    assert "The draft would be split into 3" in page
    assert page.count("its vector is reused") == 2
    assert "Reason: no route." in page
    assert "Try 1 failed vector again" in page


def test_failed_vectors_are_tried_again_from_the_page(editor: Client, article: Article):
    PassageEmbedding.objects.update(state="failed", attempts=9)
    OutboxEvent.objects.all().delete()

    editor.post(reverse("admin:knowledge_passages", args=[article.pk]))

    event = OutboxEvent.objects.get()
    tasks.embed_revision(**event.payload, event_id=str(event.pk))
    assert set(PassageEmbedding.objects.values_list("state", flat=True)) == {"ready"}


def test_the_list_shows_states_and_filters(editor: Client, article: Article):
    Article.objects.update(review_by=timezone.localdate() - timedelta(days=1))
    ArticleFactory(slug="fresh", title="Fresh draft")

    page = text_of(editor.get(reverse(LIST)))
    overdue = text_of(editor.get(reverse(LIST) + "?review=overdue"))
    waiting = text_of(editor.get(reverse(LIST) + "?vectors=waiting"))
    found = text_of(editor.get(reverse(LIST) + "?q=blue"))

    assert "2 waiting" in page
    assert "overdue since" in page
    for narrowed in (overdue, waiting, found):
        assert "Reset" in narrowed
        assert "Fresh draft" not in narrowed


# Who may


def test_reviewers_read_but_change_nothing(reviewer: Client, article: Article):
    assert reviewer.get(change(article)).status_code == 200
    for action in ("save", "publish", "discard", "archive"):
        values = fields(article, body="Other.", action=action)
        assert reviewer.post(change(article), values).status_code == 403
    add = reverse("admin:knowledge_article_add")
    assert reviewer.post(add, fields(article)).status_code == 403
    restore = reverse("admin:knowledge_revision", args=[article.pk, 1])
    assert reviewer.post(restore).status_code == 403
    assert reviewer.post(reverse("admin:knowledge_passages", args=[article.pk])).status_code == 403
    assert reviewer.get(reverse("admin:knowledge_importjob_add")).status_code == 403
    assert article.revisions.count() == 1


def test_writing_alone_is_no_leave_to_publish(article: Article):
    writer = UserFactory(username="wri", is_staff=True)
    writer.user_permissions.set(
        Permission.objects.filter(codename__in=["view_article", "change_article"])
    )
    client = signed_in(writer)

    assert client.post(change(article), fields(article, body="A.")).status_code == 302
    article.refresh_from_db()
    publish = client.post(change(article), fields(article, action="publish"))
    assert publish.status_code == 403
    assert client.post(change(article), fields(article, action="archive")).status_code == 403
    client.post(reverse(LIST), {"action": "archive_selected", "_selected_action": [article.pk]})
    article.refresh_from_db()
    assert article.state == "published"
    assert article.published.body == BODY


@pytest.mark.parametrize(
    "name",
    ["change", "revisions", "passages", "revision", "preview", "import"],
)
def test_customers_and_strangers_are_sent_to_sign_in(
    client: Client, customer: Client, article: Article, name: str
):
    addresses = {
        "change": change(article),
        "revisions": reverse("admin:knowledge_revisions", args=[article.pk]),
        "passages": reverse("admin:knowledge_passages", args=[article.pk]),
        "revision": reverse("admin:knowledge_revision", args=[article.pk, 1]),
        "preview": reverse("admin:knowledge_article_preview"),
        "import": reverse("admin:knowledge_importjob_add"),
    }
    for visitor in (client, customer):
        response = visitor.get(addresses[name])
        assert response.status_code == 302
        assert "/admin/login/" in response["Location"]


def test_nobody_deletes_an_article(article: Article):
    boss = signed_in(UserFactory(username="boss", is_staff=True, is_superuser=True))

    address = reverse("admin:knowledge_article_delete", args=[article.pk])

    assert boss.post(address, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("pk", ["0", "99999999", "x"])
def test_an_article_that_is_not_there_is_not_found(editor: Client, pk: str):
    assert editor.get(f"/admin/knowledge/article/{pk}/change/").status_code == 404


# Imports


def upload(client: Client, workspace: Workspace, **files: bytes) -> Any:
    uploads = [SimpleUploadedFile(name.replace("_", "."), data) for name, data in files.items()]
    values = {"uploads": uploads, "workspace": workspace.pk, "audience": "customers"}
    return client.post(reverse("admin:knowledge_importjob_add"), values, follow=True)


def test_an_upload_is_checked_first_and_changes_nothing(editor: Client, workspace: Workspace):
    page = text_of(
        upload(editor, workspace, faq_csv=b"question,answer\nHow?,So.\n,x\n", bad_pdf=b"no")
    )

    assert "<strong>1</strong> would be added" in page
    assert "faq.csv row 3" in page
    assert "isn&#x27;t a PDF" in page
    assert not Article.objects.exists()


def test_a_checked_upload_is_imported_by_the_worker_and_its_files_go(
    editor: Client, workspace: Workspace
):
    upload(editor, workspace, faq_csv=b"question,answer\nHow?,So.\n")
    job = ImportJob.objects.get()
    address = reverse("admin:knowledge_import", args=[job.pk])

    waiting = text_of(editor.post(address, follow=True))
    editor.post(address)
    (event,) = OutboxEvent.objects.filter(task=jobs.RUN_IMPORT)
    tasks.run_import(**event.payload, event_id=str(event.pk))
    tasks.run_import(**event.payload, event_id=str(event.pk))
    done = text_of(editor.get(address, headers={"HX-Request": "true"}))

    assert "Waiting for the worker" in waiting
    assert "<strong>1</strong> added" in done
    assert "hx-get" not in done, "a finished job asks no more"
    article = Article.objects.get()
    assert (article.audience, article.published.author.username) == ("customers", "ed")
    assert not ImportFile.objects.exists()
    assert Passage.objects.count() == 1


def test_an_import_is_not_run_twice_at_once_but_taken_up_after_a_crash(
    editor: Client, workspace: Workspace
):
    upload(editor, workspace, faq_csv=b"question,answer\nHow?,So.\n")
    job = ImportJob.objects.get()
    jobs.start(job)
    ImportJob.objects.update(state="running")

    assert jobs.run(job.pk, timezone.now()) is False
    assert not Article.objects.exists()

    assert jobs.run(job.pk, timezone.now() + 2 * jobs.QUIET) is True
    assert Article.objects.count() == 1


def test_a_broken_import_says_so(editor: Client, workspace: Workspace):
    page = text_of(upload(editor, workspace, x_exe=b"MZ"))

    assert "There is nothing to import." in page


def test_a_file_over_the_limit_is_not_even_read(
    editor: Client, workspace: Workspace, settings: Settings
):
    settings.MAX_UPLOAD_BYTES = 1024

    page = text_of(upload(editor, workspace, big_md=b"x" * 2000))

    assert "big.md is larger than" in page
    assert not ImportJob.objects.exists()


def test_uploads_that_nobody_went_on_with_are_forgotten(editor: Client, workspace: Workspace):
    upload(editor, workspace, faq_csv=b"question,answer\nHow?,So.\n")

    jobs.forget_abandoned(timezone.now())
    assert ImportFile.objects.exists()
    jobs.forget_abandoned(timezone.now() + 2 * jobs.KEEP)
    assert not ImportFile.objects.exists()


# The theme


@pytest.mark.parametrize(
    "name", ["admin:index", LIST, "admin:knowledge_article_add", "admin:knowledge_importjob_add"]
)
def test_pages_hold_no_inline_script_or_style(editor: Client, article: Article, name: str):
    page = editor.get(reverse(name))

    html = page.content.decode()
    assert not re.search(
        r"<script(?![^>]*\bsrc=)[^>]*>", html.replace('type="application/json"', "src=")
    )
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "css/tokens.css" in html


def test_the_sign_in_page_is_dressed_too(client: Client, workspace: Workspace):
    page = text_of(client.get(reverse("admin:login")))

    assert "css/admin.css" in page
    assert "<h1>Sign in</h1>" in page
