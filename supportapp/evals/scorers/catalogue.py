"""What each scorer tells, in its order on pages; which are better when they are less. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scorer:
    """One scorer as pages and commands name it. `unit` is set where it isn't a share."""

    name: str
    title: str
    tells: str
    unit: str = ""
    is_judge: bool = False

    @property
    def less_is_better(self) -> bool:
        return bool(self.unit)


_ALL = (
    Scorer("assertions", "Assertions", "Share of what the example demands that holds."),
    Scorer("refusal", "Answered or declined", "Whether it rightly answered or rightly declined."),
    Scorer("support", "Support", "Share of sentences that the evidence supports."),
    Scorer("citations", "Citations", "Share of statements whose citations are valid."),
    Scorer("cites_right", "Right article", "Whether an article that answers is cited."),
    Scorer("recall@5", "Recall at 5", "Share of the right articles among the first five found."),
    Scorer("mrr@10", "Reciprocal rank", "1 / the place of the first right article."),
    Scorer("ndcg@10", "nDCG at 10", "How high the right articles stand among the first ten."),
    Scorer("expected_words", "Expert's words", "Share of the expert's words that are there."),
    Scorer("tone", "Tone", "Whether it is polite and speaks like a person."),
    Scorer("on_track", "On track", "Whether it leaks, promises, repeats or changes language."),
    Scorer(
        "consistency",
        "Agrees with the expert",
        "A judge: same, more, less, different but fine, or contradicting.",
        is_judge=True,
    ),
    Scorer("relevance", "Relevance", "A judge: does it answer what was asked?", is_judge=True),
    Scorer(
        "credibility", "Credibility", "A judge: may it be believed as it stands?", is_judge=True
    ),
    Scorer("correctness", "Correctness", "A judge: is what it says right?", is_judge=True),
    Scorer("cost", "Cost", "Dollars per answer, as far as prices are known.", unit="$"),
    Scorer("milliseconds", "Time", "Milliseconds to the whole answer.", unit="ms"),
    Scorer("first_token_ms", "First word", "Milliseconds to the first word.", unit="ms"),
)
SCORERS = {each.name: each for each in _ALL}
JUDGES = tuple(each.name for each in _ALL if each.is_judge)
QUALITY = tuple(each.name for each in _ALL if not each.unit)
