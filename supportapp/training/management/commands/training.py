"""`manage.py training …`: consent, exports, synthetic questions and fine-tunings in the terminal.

manage.py training consent yes --basis "Terms of 2026, section 4"
manage.py training export answers --licence "Internal use only" --out DIR [--synthetic]
manage.py training synthetic --per-passage 3 --most 100
manage.py training tune SET --model default --base gpt-4o-mini [--epochs 3] [--wait]
manage.py training status
"""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from supportapp.knowledge.models import Workspace
from supportapp.training import consents, fine_tunings, inventing, sets
from supportapp.training.fine_tunings import NotPossible, Plan
from supportapp.training.models import FineTuning, TrainingSet
from supportapp.training.sets import Wanted

LOOK_SECONDS = 5.0


class Command(BaseCommand):
    help = "Write training data down, and have models trained on it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", metavar="SLUG", help="default: the first")
        verbs = parser.add_subparsers(dest="verb", required=True)
        consent = verbs.add_parser(
            "consent", help="write down whether customers' words may be used"
        )
        consent.add_argument("answer", choices=["yes", "no"])
        consent.add_argument("--basis", required=True, help="on what that rests")
        export = verbs.add_parser("export", help="make a training set")
        export.add_argument("kind", choices=TrainingSet.Kind.values)
        export.add_argument("--licence", required=True)
        export.add_argument("--out", type=Path, required=True, metavar="DIR")
        export.add_argument("--synthetic", action="store_true")
        export.add_argument("--validation", type=float, default=0.1, metavar="SHARE")
        export.add_argument("--seed", type=int, default=1)
        synthetic = verbs.add_parser("synthetic", help="have questions made up from articles")
        synthetic.add_argument("--per-passage", type=int, default=3)
        synthetic.add_argument("--most", type=int, default=100, help="passages at most")
        tune = verbs.add_parser("tune", help="have a model trained")
        tune.add_argument("set", type=int)
        tune.add_argument("--model", required=True, help="the configured model to be replaced")
        tune.add_argument(
            "--base", required=True, help="the model to train, as its server calls it"
        )
        tune.add_argument("--suffix", default="")
        tune.add_argument("--epochs", type=int)
        tune.add_argument("--price", type=Decimal, help="US$ per million trained tokens")
        tune.add_argument("--wait", action="store_true", help="follow it to its end")
        verbs.add_parser("status", help="what there is")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["workspace"]
        workspace = Workspace.objects.filter(slug=slug).first() if slug else Workspace.default()
        if workspace is None:
            raise CommandError(f"There is no workspace “{slug}”.")
        getattr(self, f"_{options['verb']}")(workspace, options)

    def _consent(self, workspace: Workspace, options: dict[str, Any]) -> None:
        is_given = options["answer"] == "yes"
        consents.decide(workspace, None, is_given=is_given, basis=options["basis"])
        self.stdout.write(f"{workspace}: customers' words may {'' if is_given else 'not '}be used.")

    def _export(self, workspace: Workspace, options: dict[str, Any]) -> None:
        if not 0 <= options["validation"] <= 0.5:
            raise CommandError("--validation is a share from 0 to 0.5.")
        wanted = Wanted(
            kind=options["kind"],
            licence=options["licence"],
            with_synthetic=options["synthetic"],
            validation_share=options["validation"],
            seed=options["seed"],
        )
        made = sets.start(workspace, wanted, None)
        while not sets.make(made.pk, timezone.now()):
            time.sleep(1)  # the worker was faster
        made.refresh_from_db()
        if made.state != TrainingSet.State.DONE:
            raise CommandError(made.message or made.get_state_display())
        options["out"].mkdir(parents=True, exist_ok=True)
        for file in made.files.all():
            (options["out"] / sets.file_name(made, file)).write_text(file.content, "utf-8")
        manifest = json.dumps(sets.manifest(made), indent=2, ensure_ascii=False)
        (options["out"] / f"{made.kind}-{made.pk}-manifest.json").write_text(manifest, "utf-8")
        self.stdout.write(manifest)

    def _synthetic(self, workspace: Workspace, options: dict[str, Any]) -> None:
        batch = inventing.start(
            workspace, None, per_passage=options["per_passage"], most_passages=options["most"]
        )
        while not inventing.run(batch.pk, timezone.now()):
            time.sleep(1)
        batch.refresh_from_db()
        if batch.message:
            raise CommandError(batch.message)
        fates = list(batch.questions.values_list("fate", flat=True))
        self.stdout.write(
            f"{batch.done} passages, {len(fates)} questions, {fates.count('kept')} kept"
        )

    def _tune(self, workspace: Workspace, options: dict[str, Any]) -> None:
        made = TrainingSet.objects.filter(workspace=workspace, pk=options["set"]).first()
        if made is None:
            raise CommandError(f"There is no training set {options['set']}.")
        plan = Plan(
            options["model"],
            options["base"],
            options["suffix"],
            options["epochs"],
            options["price"],
        )
        try:
            job = fine_tunings.start(made, plan, None)
        except NotPossible as error:
            raise CommandError(str(error)) from None
        while options["wait"] and job.is_running:
            fine_tunings.advance(job.pk, timezone.now())
            job.refresh_from_db()
            if job.is_running:
                time.sleep(LOOK_SECONDS)
        self._say(job)

    def _status(self, workspace: Workspace, options: dict[str, Any]) -> None:
        known = consents.of(workspace)
        self.stdout.write(f"customers' words: {known.basis if known.is_given else 'not consented'}")
        for made in workspace.training_sets.all()[:10]:
            rows = sum(each.rows for each in made.files.all())
            self.stdout.write(
                f"set {made.pk}: {made.kind}, {rows} rows, {made.get_state_display()}"
            )
        for job in FineTuning.objects.filter(workspace=workspace)[:10]:
            self._say(job)

    def _say(self, job: FineTuning) -> None:
        named = f" → {job.registered.name}, on trial" if job.registered else ""
        self.stdout.write(
            f"fine-tuning {job.pk}: {job.base_model}{named}, {job.get_state_display()}"
            f" {job.message}"
        )
