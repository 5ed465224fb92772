"""Celery's door: questions are read and grouped, passages compared, the golden set watched."""

from celery import shared_task
from django.utils import timezone

from supportapp.gaps import golden, pairing, scanning, titling
from supportapp.knowledge.models import Workspace
from supportapp.outbox import events as outbox


@shared_task(name="supportapp.gaps.tasks.read_questions", ignore_result=True)
def read_questions() -> None:
    """Read what was asked and said since."""
    scanning.read_all(timezone.now())


@shared_task(name="supportapp.gaps.tasks.compare_passages", ignore_result=True)
def compare_passages() -> None:
    """Compare what was published since with what stands there."""
    pairing.look_all(timezone.now())


@shared_task(name="supportapp.gaps.tasks.watch_golden", ignore_result=True)
def watch_golden() -> None:
    """Compare the golden set with what customers ask."""
    golden.look_all(timezone.now())


@shared_task(name="supportapp.gaps.tasks.read_workspace")
def read_workspace(workspace_id: int, event_id: str) -> None:
    """Read what is new in one workspace, because somebody asked for it."""
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is not None:
        scanning.read(workspace, timezone.now())
        pairing.look(workspace, timezone.now())
    with outbox.once(event_id):
        pass


@shared_task(name="supportapp.gaps.tasks.look_at_golden")
def look_at_golden(workspace_id: int, event_id: str) -> None:
    """Compare one workspace's golden set, because somebody asked for it."""
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is not None:
        golden.look(workspace, timezone.now())
    with outbox.once(event_id):
        pass


@shared_task(name="supportapp.gaps.tasks.title_gap")
def title_gap(gap_id: int, event_id: str) -> None:
    """Have a model title a gap."""
    # Outside a transaction: a model is asked. A second title loses against the first.
    titling.title(gap_id)
    with outbox.once(event_id):
        pass
