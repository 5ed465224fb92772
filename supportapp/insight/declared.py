"""Questions that can be asked without a model: each with its query. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset(
    {"how", "many", "what", "which", "are", "the", "and", "for", "each", "have", "has", "been"}
    | {"per", "was", "were", "does"}
)
ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Declared:
    """A question with its query. One that shows what customers wrote needs that permission."""

    slug: str
    question: str
    sql: str
    holds_text: bool = False


DECLARED = (
    Declared(
        "questions-per-day",
        "How many questions were asked per day in the last 30 days?",
        """SELECT date_trunc('day', asked_at)::date AS day, count(*) AS questions FROM turns
        WHERE asked_at > now() - interval '30 days' GROUP BY 1 ORDER BY 1""",
    ),
    Declared(
        "outcomes",
        "How do questions end?",
        """SELECT coalesce(nullif(outcome, ''), state) AS ending, count(*) AS questions FROM turns
        WHERE is_current GROUP BY 1 ORDER BY 2 DESC""",
    ),
    Declared(
        "ratings-per-week",
        "What share of rated answers was helpful, week by week?",
        """SELECT date_trunc('week', rated_at)::date AS week,
        round(100.0 * count(*) FILTER (WHERE value = 'up') / count(*), 1) AS helpful_percent,
        count(*) AS rated FROM feedback GROUP BY 1 ORDER BY 1""",
    ),
    Declared(
        "most-cited",
        "Which articles are cited most?",
        """SELECT a.title, count(*) AS citations FROM citations c JOIN articles a
        ON a.article_id = c.article_id GROUP BY a.title ORDER BY 2 DESC LIMIT 20""",
    ),
    Declared(
        "low-rated-articles",
        "Which articles stand behind answers that were rated unhelpful?",
        """SELECT a.title, count(DISTINCT f.turn_id) AS unhelpful FROM feedback f
        JOIN citations c ON c.turn_id = f.turn_id JOIN articles a ON a.article_id = c.article_id
        WHERE f.value = 'down' GROUP BY a.title ORDER BY 2 DESC LIMIT 20""",
    ),
    Declared(
        "speed",
        "How fast are answers, day by day?",
        """SELECT date_trunc('day', asked_at)::date AS day,
        round(percentile_cont(0.5) WITHIN GROUP (ORDER BY total_ms)) AS median_ms,
        round(percentile_cont(0.95) WITHIN GROUP (ORDER BY total_ms)) AS slowest_twentieth_ms
        FROM turns WHERE total_ms IS NOT NULL AND asked_at > now() - interval '30 days'
        GROUP BY 1 ORDER BY 1""",
    ),
    Declared(
        "waiting",
        "How many requests for a person are open, taken and closed?",
        "SELECT state, count(*) AS requests FROM handoffs GROUP BY 1 ORDER BY 2 DESC",
    ),
    Declared(
        "tools",
        "How do tool calls end?",
        """SELECT tool || ': ' || code AS ending, count(*) AS calls,
        round(avg(milliseconds)) AS average_ms FROM tool_calls GROUP BY 1 ORDER BY 2 DESC""",
    ),
    Declared(
        "overdue",
        "Which articles are overdue for review?",
        """SELECT title, review_by, state FROM articles WHERE review_by < CURRENT_DATE
        AND state = 'published' ORDER BY review_by""",
    ),
    Declared(
        "unanswered",
        "Which questions had no answer lately?",
        """SELECT t.asked_at, x.question FROM turns t JOIN turn_texts x ON x.turn_id = t.turn_id
        WHERE t.outcome = 'no_evidence' AND t.is_current ORDER BY t.asked_at DESC LIMIT 50""",
        holds_text=True,
    ),
)


def allowed(*, with_texts: bool) -> tuple[Declared, ...]:
    """Return the questions that may be asked."""
    return tuple(each for each in DECLARED if with_texts or not each.holds_text)


def by_slug(slug: str, *, with_texts: bool) -> Declared | None:
    """Return one of them."""
    return next((each for each in allowed(with_texts=with_texts) if each.slug == slug), None)


def nearest(question: str, *, with_texts: bool) -> Declared | None:
    """Return the declared question that a wording means, by the words that both have."""
    wanted = _words(question)
    if not wanted:
        return None

    def likeness(each: Declared) -> float:
        own = _words(each.question)
        return len(wanted & own) / min(len(wanted), len(own))

    best = max(allowed(with_texts=with_texts), key=likeness)
    return best if likeness(best) >= ENOUGH and len(wanted & _words(best.question)) > 1 else None


def _words(text: str) -> frozenset[str]:
    return frozenset(
        word.removesuffix("s") for word in _WORD.findall(text.lower()) if word not in _COMMON
    )
