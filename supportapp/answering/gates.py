"""The way of a model's words to the customer: held until they may be shown. Pure.

They may be the word for "no answer"; they may leak the prompt; each sentence must be supported;
and citations must point to evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from supportapp.answering.citations import CitationStream
from supportapp.answering.prompting import NO_ANSWER
from supportapp.answering.values import SecondOpinion, Similarity
from supportapp.guardrails import instructions
from supportapp.guardrails.cutting import Cutter
from supportapp.guardrails.leaks import LeakGuard
from supportapp.guardrails.outgoing import Judge, Judged, is_step
from supportapp.guardrails.support import Weighed
from supportapp.guardrails.values import Action, Finding, Noted
from supportapp.llm.errors import EmbeddingUnavailable

MOST_SECOND_OPINIONS = 3


@dataclass(slots=True)
class SentenceGate:
    """Lets through the sentences that the guards don't object to.

    `judge` is made when the first sentence is whole: by then what tools found is known.
    `mark` stands after a sentence that isn't supported; empty: it is held back.
    """

    judge: Callable[[], Judge]
    noted: Noted
    similarity: Similarity
    second_opinion: SecondOpinion | None = None
    mark: str = ""
    held: int = 0
    passed: int = 0
    is_broken: bool = False
    has_leaked: bool = False
    _judge: Judge | None = None
    _cutter: Cutter = field(default_factory=Cutter)
    _asked: int = 0

    async def feed(self, text: str) -> str:
        """Take a piece; return the sentences that it completes and that may be shown."""
        return "".join([await self._passed(piece) for piece in self._cutter.feed(text)])

    async def close(self) -> str:
        """Return the rest."""
        return "".join([await self._passed(piece) for piece in self._cutter.close()])

    def begin_again(self) -> None:
        """Forget a preamble; the evidence may have grown."""
        self._cutter = Cutter()
        self._judge = None
        self.held = self.passed = 0
        self.is_broken = False

    @property
    def withdraws(self) -> bool:
        """Say whether too little is left to stand: a step, or half of it, is missing."""
        return self.is_broken or self.held > self.passed

    async def _passed(self, piece: str) -> str:
        if not piece.strip() or self.has_leaked:
            return piece if not self.has_leaked else ""
        piece = instructions.unmarked(piece)
        judged = await self._judged(piece)
        if judged.finding is not None:
            self.noted.add(judged.finding)
        if not judged.is_held:
            self.passed += any(each.isalnum() for each in judged.text)
            return judged.text
        assert judged.finding is not None
        if judged.finding.guard == "leaks":
            self.has_leaked = True
        self.held += 1
        self.is_broken = self.is_broken or is_step(piece)
        return "\n" if piece.endswith("\n") else ""

    async def _judged(self, piece: str) -> Judged:
        judge = self._judge = self._judge or self.judge()
        judged = judge.first(piece)
        if judged.weighed is None:
            return judged
        last = judge.last(judged, await self._nearest(judged.weighed))
        if last.is_held and await self._is_confirmed(judged.weighed):
            return Judged(judged.text, Finding("support", Action.ALLOW, "second_opinion"))
        if last.is_held and self.mark and last.finding and last.finding.guard == "support":
            marked = f"{piece.rstrip()} {self.mark}{piece[len(piece.rstrip()) :]}"
            return Judged(marked, Finding("support", Action.REWRITE, "marked"))
        return last

    async def _nearest(self, weighed: Weighed) -> float | None:
        try:
            near = await self.similarity(weighed.text, weighed.closest)
        except EmbeddingUnavailable:
            return None
        return max(near, default=0.0)

    async def _is_confirmed(self, weighed: Weighed) -> bool:
        if self.second_opinion is None or self._asked >= MOST_SECOND_OPINIONS:
            return False
        self._asked += 1
        return await self.second_opinion(weighed)


@dataclass(slots=True)
class Gates:
    """All gates, one behind the other."""

    leaks: LeakGuard
    citations: CitationStream
    sentences: SentenceGate | None = None
    shown: list[str] = field(default_factory=list)
    declined: bool = False
    _opening: str = ""
    _begun: bool = False

    @property
    def text(self) -> str:
        return "".join(self.shown).strip()

    @property
    def leaked(self) -> bool:
        return self.leaks.leaked or (self.sentences is not None and self.sentences.has_leaked)

    async def feed(self, text: str) -> str:
        """Take a piece of the model's; return what may be shown."""
        text = self._past_opening(text)
        return self._keep(await self._let(self.leaks.feed(text))) if text else ""

    async def close(self) -> str:
        """Return the rest."""
        opening = "" if self._begun or self.declined else self._opening
        rest = self.leaks.feed(opening) + self.leaks.close()
        shown = await self._let(rest)
        if self.sentences is not None and not self.leaked:
            shown += self.citations.feed(await self.sentences.close())
        return self._keep(shown + self.citations.close())

    def begin_again(self, numbers: Sequence[int]) -> None:
        """Forget what was only a preamble to a call; from now on these numbers may be cited."""
        self.citations = CitationStream(numbers)
        if self.sentences is not None:
            self.sentences.begin_again()
        self.shown.clear()
        self._opening, self._begun, self.declined = "", False, False

    async def _let(self, text: str) -> str:
        if self.sentences is not None:
            text = await self.sentences.feed(text)
        return self.citations.feed(text)

    def _past_opening(self, text: str) -> str:
        """Wait while the first word may still be the one for "no answer"."""
        if self._begun or self.declined:
            return "" if self.declined else text
        self._opening += text
        start = self._opening.lstrip(" \n*_`\"'")
        if start.startswith(NO_ANSWER):
            self.declined = True
            return ""
        if NO_ANSWER.startswith(start):
            return ""
        self._begun = True
        return self._opening.lstrip()

    def _keep(self, text: str) -> str:
        self.shown.append(text)
        return text
