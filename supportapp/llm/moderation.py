"""Ask an endpoint's moderation model what is wrong with texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
from openai import AsyncOpenAI
from pydantic import BaseModel, TypeAdapter, ValidationError

from supportapp.llm.errors import ModelProtocolError
from supportapp.llm.faults import told_as_model_errors
from supportapp.llm.loops import ClientPerLoop


@dataclass(frozen=True, slots=True)
class Moderation:
    """A judgement of one text: the categories that apply to it, each with its score."""

    is_flagged: bool
    categories: tuple[str, ...]
    scores: dict[str, float]


class _Result(BaseModel):
    flagged: bool
    categories: dict[str, bool | None]
    category_scores: dict[str, float | None]


_RESULTS = TypeAdapter(list[_Result])


class Moderator:
    """Speaks to any OpenAI-compatible `/moderations`; asks once."""

    def __init__(self, *, base_url: str, api_key: str, model: str, deadline: float = 3.0) -> None:
        self.name = model
        self._base_url = base_url
        self._api_key = api_key
        self._deadline = deadline
        self._clients = ClientPerLoop(self._make_client)

    async def judge(self, texts: Sequence[str]) -> list[Moderation]:
        """Return one judgement per text, in order, or raise a `ModelError`."""
        if not texts:
            return []
        client = await self._clients.get()
        with told_as_model_errors():
            reply = await client.moderations.create(model=self.name, input=list(texts))
        return _read(getattr(reply, "results", None), len(texts))

    def _make_client(self) -> AsyncOpenAI:
        return AsyncOpenAI(
            base_url=self._base_url,
            api_key=self._api_key or "none",
            max_retries=0,
            timeout=httpx2.Timeout(self._deadline, connect=min(self._deadline, 1.0)),
        )


def _read(results: object, count: int) -> list[Moderation]:
    given = results if isinstance(results, list) else []
    try:
        read = _RESULTS.validate_python(
            [each.to_dict() if hasattr(each, "to_dict") else each for each in given]
        )
    except ValidationError:
        raise ModelProtocolError("schema") from None
    if len(read) != count:
        raise ModelProtocolError("too_few")
    return [
        Moderation(
            each.flagged,
            tuple(name for name, applies in each.categories.items() if applies),
            {name: score for name, score in each.category_scores.items() if score is not None},
        )
        for each in read
    ]
