"""A running turn's frames, numbered; many may read them, each at its own pace.

Pure asyncio. Readers share one buffer, so a reader that is slow or gone costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from supportapp.conversations.presenting import Progress

BATCH_SECONDS = 0.04


@dataclass(frozen=True, slots=True)
class Frame:
    """A stage or a piece of text. The first one is number 1."""

    seq: int
    kind: Literal["stage", "token"]
    text: str


class Transcript:
    """Everything said so far. Text that comes fast is put together into fewer frames."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.ended = False
        self.progress = Progress("", 0)
        self._pending = ""
        self._flush_at: asyncio.TimerHandle | None = None
        self._last_flush = 0.0
        self._changed = asyncio.Event()

    @property
    def text(self) -> str:
        """The text so far, with what waits for the next frame."""
        return self.progress.text + self._pending

    def stage(self, name: str) -> None:
        """Add what is being done now."""
        self.flush()
        self._append("stage", name)

    def token(self, text: str) -> None:
        """Add text; it is sent with the next frame, at most 40 ms from now."""
        self._pending += text
        if self._flush_at is not None:
            return
        loop = asyncio.get_running_loop()
        due = self._last_flush + BATCH_SECONDS - loop.time()
        if due <= 0:
            self.flush()
        else:
            self._flush_at = loop.call_later(due, self.flush)

    def flush(self) -> None:
        """Put waiting text into a frame now."""
        if self._flush_at is not None:
            self._flush_at.cancel()
            self._flush_at = None
        if self._pending:
            text, self._pending = self._pending, ""
            self._last_flush = asyncio.get_running_loop().time()
            self._append("token", text)

    def end(self) -> None:
        """Add the rest and let readers go."""
        self.flush()
        self.ended = True
        self._wake()

    def take(self, frame: Frame) -> bool:
        """Add another process's frame; False where one before it is missing."""
        if frame.seq == len(self.frames) + 1:
            self._append(frame.kind, frame.text)
        return frame.seq <= len(self.frames)

    async def read(self, after: int) -> AsyncIterator[Frame]:
        """Yield frames from the one after number `after` on, until the end."""
        place = max(after, 0)
        while True:
            while place < len(self.frames):
                place += 1
                yield self.frames[place - 1]
            if self.ended:
                return
            await self._changed.wait()

    def _append(self, kind: Literal["stage", "token"], text: str) -> None:
        frame = Frame(len(self.frames) + 1, kind, text)
        self.frames.append(frame)
        said = text if kind == "token" else ""
        self.progress = Progress(self.progress.text + said, frame.seq)
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
