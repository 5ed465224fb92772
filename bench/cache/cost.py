"""What a remembered answer costs beside a written one: `python -m bench.cache.cost`.

Questions to the sample help centre are answered by the fake model server, which streams about two
seconds, and then asked again; both through the product's pipeline, one after another.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from typing import Any

from bench.pipeline.__main__ import PROJECT, QUESTIONS, TOKEN_SECONDS, prepare

COUNT = 40


def main() -> None:
    from bench.scale import places

    os.environ.setdefault("SCALE_DIR", str(PROJECT / ".data" / "pipeline"))
    os.environ |= places.environment(0) | {
        "DJANGO_SETTINGS_MODULE": "supportapp.settings",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    prepare()
    from django.conf import settings

    from supportapp.caching.models import RememberedAnswer
    from tests.fakes.model_server import ModelServer

    RememberedAnswer.objects.all().delete()
    with ModelServer(delay=TOKEN_SECONDS) as server:
        settings.OPENAI_BASE_URL = server.base_url
        print(json.dumps(asyncio.run(_asked_twice()), indent=2))


async def _asked_twice() -> dict[str, Any]:
    from asgiref.sync import ThreadSensitiveContext, sync_to_async

    from supportapp.answering import assemble

    async with ThreadSensitiveContext():
        await sync_to_async(assemble.warm)()
        lines = QUESTIONS.read_text("utf-8").splitlines()
        known = [json.loads(line) for line in lines]
        texts = [each["text"] for each in known if each.get("articles")][:COUNT]
        taken: dict[str, list[float]] = {"generated": [], "hit": []}
        for text in texts:
            for _ in range(2):
                outcome, milliseconds = await _asked(text)
                if outcome in taken:
                    taken[outcome].append(milliseconds)
    medians = {name: round(statistics.median(each), 1) for name, each in taken.items()}
    return {
        "answered": {name: len(each) for name, each in taken.items()},
        "ms_p50": medians,
        "share": round(medians["hit"] / medians["generated"], 4),
    }


async def _asked(text: str) -> tuple[str, float]:
    from asgiref.sync import sync_to_async

    from supportapp.answering import assemble, pipeline
    from supportapp.answering.profiles import profile
    from supportapp.answering.values import Finished, Question
    from supportapp.knowledge.models import Workspace
    from supportapp.retrieval.values import Scope
    from supportapp.tracing import Trace

    home = await sync_to_async(Workspace.default)()
    began = time.perf_counter()
    parts = await sync_to_async(lambda: assemble.remembering(assemble.parts(home.pk)))()
    question = Question(text, Scope(home.pk, frozenset({"public"})), profile(home))
    outcome = ""
    async for event in pipeline.answer(question, parts=parts, trace=Trace()):
        if isinstance(event, Finished):
            noted = event.answer.receipt.get("memory") or {}
            is_hit = noted.get("outcome") == "hit"
            outcome = "hit" if is_hit else event.answer.kind or ""
    return str(outcome), 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
