"""A mapping from numbers to numbers: sorted arrays that may be shared, and what changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Numbers(Mapping[int, int]):
    """Looks one key up, or many at once."""

    def __init__(
        self, keys: NDArray[Any] | None = None, values: NDArray[Any] | None = None
    ) -> None:
        """`keys` ascend, each with its value."""
        self._keys = np.zeros(0, np.int64) if keys is None else keys
        self._values = np.zeros(0, np.int64) if values is None else values
        self._changed: dict[int, int] = {}

    def __getitem__(self, key: int) -> int:
        found = self._changed.get(key)
        if found is not None:
            return found
        place = int(np.searchsorted(self._keys, key))
        if place < len(self._keys) and self._keys[place] == key:
            return int(self._values[place])
        raise KeyError(key)

    def __setitem__(self, key: int, value: int) -> None:
        self._changed[key] = value

    def __iter__(self) -> Iterator[int]:
        mine = self._keys.tolist()
        yield from mine
        known = set(mine)
        yield from (key for key in self._changed if key not in known)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def add(self, key: int, count: int) -> None:
        """Count up or down from what is there, or from nothing."""
        self[key] = self.get(key, 0) + count

    def many(self, keys: Sequence[int] | NDArray[np.int64], default: int) -> NDArray[np.int64]:
        """Return the values of these keys, in their order."""
        wanted = np.asarray(keys, dtype=np.int64)
        found = np.full(len(wanted), default, dtype=np.int64)
        if len(self._keys):
            places = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
            known = self._keys[places] == wanted
            found[known] = self._values[places[known]]
        if self._changed:
            changed = self._changed
            for row, key in enumerate(wanted.tolist()):
                if key in changed:
                    found[row] = changed[key]
        return found

    def copy(self) -> Numbers:
        """Return a twin whose changes don't reach this one."""
        twin = Numbers(self._keys, self._values)
        twin._changed = self._changed.copy()
        return twin
