"""How well groups agree with those that people made: adjusted Rand index and mutual information.

Pure. Both are 1 where the groups are the same; the Rand index is 0 on average by chance, below
it where they agree less than chance would.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


def adjusted_rand(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Return Hubert and Arabie's index: how often pairs are together in both, beyond chance."""
    both = _pairs(Counter(zip(one, other, strict=True)).values())
    first, second = _pairs(Counter(one).values()), _pairs(Counter(other).values())
    every = math.comb(len(one), 2)
    if not every:
        return 1.0
    expected = first * second / every
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def mutual_information(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Return what each says of the other, as a share of the mean of their entropies."""
    count = len(one)
    first, second = Counter(one), Counter(other)
    shared = sum(
        number / count * math.log(number * count / (first[a] * second[b]))
        for (a, b), number in Counter(zip(one, other, strict=True)).items()
    )
    least = (_entropy(first, count) + _entropy(second, count)) / 2
    return 1.0 if least == 0.0 else shared / least


def _pairs(counts: Iterable[int]) -> int:
    return sum(math.comb(count, 2) for count in counts)


def _entropy(counts: Counter[Hashable], total: int) -> float:
    return -sum(count / total * math.log(count / total) for count in counts.values())
