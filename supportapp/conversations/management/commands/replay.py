"""Ask a stored turn's question again, reproducibly, and show where it differs."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from supportapp.conversations import replays
from supportapp.conversations.models import Turn
from supportapp.conversations.replays import Difference, Replay
from supportapp.llm.errors import ModelError


class Command(BaseCommand):
    help = (
        "Ask a turn's question again with its seed and temperature 0, and show where answer, "
        "evidence, prompt, model and fingerprint differ from its receipt."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("turn", type=UUID)
        parser.add_argument("--seed", type=int, help="another seed than the turn's own")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
        parser.add_argument("--exit-code", action="store_true", help="fail where anything differs")

    def handle(self, *args: Any, **options: Any) -> None:
        turns = Turn.objects.select_related("conversation__workspace")
        turn = turns.filter(pk=options["turn"]).first()
        if turn is None:
            raise CommandError("There is no such turn.")
        if "asker" not in turn.receipt:
            raise CommandError("This turn's receipt doesn't say who asked.")
        try:
            replay = replays.replay(turn, seed=options["seed"])
        except ModelError as error:
            raise CommandError(f"The answer broke off ({error.code}). Try again.") from None
        if options["json"]:
            json.dump(replay.as_json(), sys.stdout, ensure_ascii=False)
            sys.stdout.write("\n")
        else:
            _show(Console(highlight=False, markup=False), turn, replay)
        if options["exit_code"] and not replay.is_same:
            raise CommandError("It differs.")


def _show(console: Console, turn: Turn, replay: Replay) -> None:
    console.print(f"Turn {turn.pk}, asked {turn.created_at:%Y-%m-%d %H:%M} UTC")
    if turn.kind == "generated" and turn.receipt.get("seed") is None:
        console.print("It was answered without a seed, so its words may differ by chance.")
    for each in replay.differences:
        _show_difference(console, each)
    if replay.answer_diff:
        console.print("The answer differs:", style="bold")
        for line in replay.answer_diff:
            style = {"+": "green", "-": "red"}.get(line[:1], "dim")
            console.print(f"  {line}", style=style)
    else:
        console.print("The answer is the same, word for word.", style="green")
    if replay.is_same:
        console.print("Nothing differs: evidence, prompt, model and fingerprint are the same.")


def _show_difference(console: Console, each: Difference) -> None:
    console.print(f"{each.what[:1].upper()}{each.what[1:]} differs:", style="bold")
    for sign, value, style in (("-", each.before, "red"), ("+", each.now, "green")):
        lines = value if isinstance(value, list) else ["none" if value in {None, ""} else value]
        for line in lines:
            console.print(f"  {sign} {line}", style=style)
