"""Imports: idempotent, resumable, refusing by name; staff's own edits are safe."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from supportapp.knowledge import ingest as ingesting
from supportapp.knowledge import publishing
from supportapp.knowledge.ingest import Options, ingest
from supportapp.knowledge.models import (
    Article,
    Passage,
    PassageEmbedding,
    Revision,
    Workspace,
)
from supportapp.knowledge.values import ArticleText
from supportapp.outbox.models import OutboxEvent
from tests.factories import ArticleFactory, WorkspaceFactory
from tests.fakes.model_server import ModelServer

PROJECT = Path(__file__).resolve().parents[3]
SAMPLE = PROJECT / "knowledge"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good articles, one of them with a history, and two broken files."""
    root = tmp_path / "kb"
    write(root / "refunds.md", "---\ntitle: Refunds\nowner: me\n---\nThirty days.")
    write(root / "refunds.history" / "0001.md", "---\ntitle: Refunds\n---\nFourteen days.")
    write(root / "staff.md", "---\ntitle: Inside\naudience: staff\n---\nBetween us.")
    write(root / "broken.md", "---\ntitle: [\n---\nx")
    write(root / "faq.csv", "question,answer\nHow long?,A day.\n,nothing\n")
    return root


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")


def corpus(root: Path, count: int) -> Path:
    lines = [
        json.dumps({"id": n, "title": f"Question {n}?", "text": f"The answer is number {n}."})
        for n in range(count)
    ]
    write(root / "corpus.jsonl", "\n".join(lines))
    return root


def by_slug(slug: str) -> Article:
    return Article.objects.get(slug=slug)


def test_good_files_go_in_and_bad_ones_are_refused_by_name(workspace: Workspace, folder: Path):
    report = ingest([folder], workspace)

    assert (report.added, report.changed, report.unchanged) == (3, 0, 0)
    assert [item.name for item in report.refused] == ["broken.md", "faq.csv row 3"]
    assert by_slug("staff").audience == "staff"
    assert by_slug("how-long").source == "kb/faq.csv#" + by_slug("how-long").source[-16:]
    assert set(PassageEmbedding.objects.values_list("state", flat=True)) == {"ready"}
    assert Workspace.objects.get().generation == 1


def test_older_revisions_come_first_and_are_not_live(workspace: Workspace, folder: Path):
    ingest([folder], workspace)

    article = by_slug("refunds")
    numbered = article.revisions.order_by("number").values_list("number", "body")
    assert list(numbered) == [(1, "Fourteen days."), (2, "Thirty days.")]
    assert [passage.text for passage in publishing.live_passages(article)] == ["Thirty days."]
    assert article.owner == "me"


def test_a_second_run_changes_nothing(workspace: Workspace, folder: Path):
    ingest([folder], workspace)
    before = list(Passage.objects.values_list("pk", "generation_removed"))

    report = ingest([folder], workspace)

    assert (report.added, report.changed, report.unchanged) == (0, 0, 3)
    assert list(Passage.objects.values_list("pk", "generation_removed")) == before
    assert Revision.objects.count() == 4


def test_a_changed_file_makes_a_revision_and_only_that(workspace: Workspace, folder: Path):
    ingest([folder], workspace)
    write(folder / "refunds.md", "---\ntitle: Refunds\n---\nSixty days.")

    report = ingest([folder], workspace)

    assert (report.added, report.changed, report.unchanged) == (0, 1, 2)
    assert by_slug("refunds").revisions.count() == 3
    assert [p.text for p in publishing.live_passages(by_slug("refunds"))] == ["Sixty days."]


def test_a_file_that_is_gone_leaves_its_article(workspace: Workspace, folder: Path):
    ingest([folder], workspace)
    (folder / "staff.md").unlink()

    report = ingest([folder], workspace)

    assert by_slug("staff").state == "published"
    assert any("kept" in note for note in report.notes)


def test_a_file_that_moved_is_the_same_article(workspace: Workspace, folder: Path):
    ingest([folder], workspace)
    write(folder / "deeper" / "refunds.md", "---\ntitle: Refunds\n---\nNinety days.")
    (folder / "refunds.md").unlink()

    report = ingest([folder], workspace)

    assert (report.added, report.changed) == (0, 1)
    assert by_slug("refunds").source == "kb/deeper/refunds.md"


def test_files_may_trade_names(workspace: Workspace, folder: Path):
    ingest([folder], workspace)
    write(folder / "a" / "staff.md", "---\ntitle: Inside\naudience: staff\n---\nNew.")
    write(folder / "staff.md", "---\ntitle: Refunds\nslug: refunds\n---\nOther.")
    write(folder / "refunds.md", "---\ntitle: Third\nslug: third\n---\nMore.")

    report = ingest([folder], workspace)

    assert len(report.refused) == 2
    assert by_slug("refunds").source == "kb/staff.md"
    assert by_slug("staff").source == "kb/a/staff.md"


def test_a_dry_run_says_the_same_and_writes_nothing(workspace: Workspace, folder: Path):
    report = ingest([folder], workspace, dry_run=True)

    assert (report.added, len(report.refused), report.dry_run) == (3, 2, True)
    assert not Article.objects.exists()
    assert Workspace.objects.get().generation == 0


def test_an_edit_made_here_is_not_overwritten_unasked(workspace: Workspace, folder: Path):
    ingest([folder], workspace)
    publishing.save_draft(by_slug("refunds"), ArticleText("Refunds", "Forty-five days."))
    draft = by_slug("refunds").draft
    assert draft is not None
    publishing.publish(draft)
    assert ingest([folder], workspace).unchanged == 3

    write(folder / "refunds.md", "---\ntitle: Refunds\n---\nSixty days.")
    report = ingest([folder], workspace)
    assert "changed here" in report.refused[-1].reason
    assert publishing.live_passages(by_slug("refunds"))[0].text == "Forty-five days."

    forced = ingest([folder], workspace, options=Options(overwrite=True))
    assert forced.changed == 1
    assert publishing.live_passages(by_slug("refunds"))[0].text == "Sixty days."
    assert by_slug("refunds").revisions.filter(body="Forty-five days.").exists()


def test_an_article_written_here_under_the_same_name_is_safe(workspace: Workspace, folder: Path):
    ArticleFactory(slug="refunds", body="Mine.")

    report = ingest([folder], workspace)

    assert "written or changed here" in report.refused[-1].reason


def test_an_archived_article_is_not_brought_back(workspace: Workspace, folder: Path):
    ingest([folder], workspace)
    publishing.archive(by_slug("refunds"))
    write(folder / "refunds.md", "---\ntitle: Refunds\n---\nSixty days.")

    report = ingest([folder], workspace)

    assert "archived" in report.refused[-1].reason
    assert by_slug("refunds").state == "archived"


def test_equal_titles_get_different_addresses_that_last(workspace: Workspace, tmp_path: Path):
    lines = [json.dumps({"id": n, "title": "Same?", "text": f"Answer {n}."}) for n in range(3)]
    write(tmp_path / "kb" / "corpus.jsonl", "\n".join(lines))
    ingest([tmp_path / "kb"], workspace)
    slugs = list(Article.objects.order_by("source").values_list("slug", flat=True))

    assert len(set(slugs)) == 3
    write(tmp_path / "kb" / "corpus.jsonl", "\n".join(lines).replace("Answer", "Reply"))
    assert ingest([tmp_path / "kb"], workspace).changed == 3
    assert list(Article.objects.order_by("source").values_list("slug", flat=True)) == slugs


def test_workspaces_do_not_share_articles(workspace: Workspace, folder: Path):
    other = WorkspaceFactory(slug="other")

    ingest([folder], workspace)
    report = ingest([folder], other)

    assert report.added == 3
    assert report.embedded == 0, "equal texts have equal vectors"
    assert Article.objects.filter(workspace=other).count() == 3


def test_without_the_embedder_articles_go_in_and_vectors_follow(
    embedding_server: ModelServer, folder: Path
):
    workspace = WorkspaceFactory()
    embedding_server.fault("500", on="embeddings").times(4)

    report = ingest([folder], workspace)

    assert (report.added, report.waiting) == (3, 3)
    assert OutboxEvent.objects.get().task == ingesting.EMBED_GENERATION

    again = ingest([folder], workspace)
    assert (again.unchanged, again.embedded) == (3, 3)


def test_no_embed_leaves_the_vectors_to_the_worker(workspace: Workspace, folder: Path):
    report = ingest([folder], workspace, options=Options(embed=False))

    assert report.waiting == 3
    assert set(PassageEmbedding.objects.values_list("state", flat=True)) == {"pending"}
    assert OutboxEvent.objects.count() == 1


def test_batches_are_generations(workspace: Workspace, tmp_path: Path):
    ingest([corpus(tmp_path / "kb", 450)], workspace, options=Options(embed=False))

    assert Workspace.objects.get().generation == 3


@pytest.mark.django_db(transaction=True)
def test_an_import_that_was_killed_goes_on_where_it_stopped(tmp_path: Path):
    workspace = WorkspaceFactory()
    root = corpus(tmp_path / "kb", 900)
    address = connection.settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**address)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "ingest", str(root)],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": url, "SUPPORTAPP_ENV": "test"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 90
    while not Article.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = Article.objects.count()
    assert 0 < done < 900
    assert done % ingesting.BATCH == 0, "whole batches only"

    report = ingest([root], workspace)

    assert (report.unchanged, report.added) == (done, 900 - done)
    assert Passage.objects.filter(generation_removed__isnull=True).count() == 900
    assert not PassageEmbedding.objects.exclude(state="ready").exists()


def test_the_sample_help_centre_goes_in_whole(workspace: Workspace):
    report = ingest([SAMPLE], workspace, options=Options(embed=False))

    assert report.refused == []
    assert report.added >= 80
    workspace.refresh_from_db()
    assert (workspace.company, workspace.assistant_name) == ("Tallybird", "Tally")
    assert workspace.suggested_prompts.count() >= 4
    assert by_slug("refund-policy").revisions.count() == 2
    assert Article.objects.filter(language="zh").count() >= 5
    assert Article.objects.filter(audience="staff").count() >= 3


def test_a_description_that_staff_changed_stays(workspace: Workspace):
    Workspace.objects.update(assistant_name="Robin")
    workspace.refresh_from_db()

    ingest([SAMPLE / "workspace.yaml", SAMPLE / "zh"], workspace, options=Options(embed=False))

    workspace.refresh_from_db()
    assert (workspace.assistant_name, workspace.company) == ("Robin", "Tallybird")


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("ingest", *words, stdout=out)
    return out.getvalue()


def test_the_command_reports_as_one_json_object(workspace: Workspace, folder: Path):
    report = json.loads(run(str(folder), "--json", "--no-embed"))

    assert report["added"] == 3
    assert report["refused"][0]["name"] == "broken.md"


def test_the_command_reports_for_people(workspace: Workspace, folder: Path):
    text = run(str(folder))

    assert "3 added, 0 changed, 0 unchanged, 2 refused" in text
    assert "Refused: broken.md: its front matter isn't valid YAML" in text


def test_the_command_fails_only_where_nothing_could_be_read(workspace: Workspace, folder: Path):
    with pytest.raises(CommandError, match="Nothing could be read"):
        run(str(folder / "broken.md"))


def test_an_unknown_workspace_is_named(workspace: Workspace, folder: Path):
    with pytest.raises(CommandError, match="There are: default"):
        run(str(folder), "--workspace", "nowhere")


def test_the_size_limit_of_a_file_is_the_settings(
    workspace: Workspace, folder: Path, settings: Settings
):
    write(folder / "large.md", "Words. " * 300)
    settings.MAX_UPLOAD_BYTES = 2000

    report = ingest([folder], workspace)

    assert ("large.md", "it is larger than 0.0 MB") in [
        (item.name, item.reason) for item in report.refused
    ]


def test_prepare_makes_groups_and_model_and_may_be_repeated(workspace: Workspace):
    out = io.StringIO()
    call_command("prepare", stdout=out)
    call_command("prepare", stdout=out)

    assert out.getvalue().count("Group Editor") == 2
    assert "all-MiniLM-L6-v2 (Active)" in out.getvalue()
