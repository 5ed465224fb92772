"""The views that staff may ask, column by column. Pure.

No view holds what a customer wrote, but for those that need a permission of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA = "insight"


@dataclass(frozen=True, slots=True)
class View:
    """A read-only view: its columns with their meanings, and the query behind it."""

    name: str
    about: str
    columns: tuple[tuple[str, str], ...]
    query: str
    holds_text: bool = False


VIEWS = (
    View(
        "conversations",
        "one row for each conversation",
        (
            ("conversation_id", "uuid"),
            ("workspace", "text, the workspace's short name"),
            ("was_signed_in", "boolean"),
            ("was_deleted", "boolean, by the customer"),
            ("started_at", "timestamp"),
            ("updated_at", "timestamp"),
        ),
        """SELECT c.id AS conversation_id, w.slug AS workspace, c.user_id IS NOT NULL AS
        was_signed_in, c.deleted_at IS NOT NULL AS was_deleted, c.created_at AS started_at,
        c.updated_at FROM conversations_conversation c JOIN knowledge_workspace w
        ON w.id = c.workspace_id""",
    ),
    View(
        "turns",
        "one row for each question with its answer",
        (
            ("turn_id", "uuid"),
            ("conversation_id", "uuid"),
            ("asked_at", "timestamp"),
            ("cause", "text: ask, edit, regenerate"),
            ("state", "text: waiting, streaming, answered, failed, cancelled, interrupted"),
            ("outcome", "text: answered, no_evidence, blocked, smalltalk"),
            ("kind", "text: quoted, generated, looked_up; empty for fixed texts"),
            ("error_code", "text, empty where nothing failed"),
            ("model", "text"),
            ("confidence", "float from 0 to 1, how sure the search was"),
            ("first_token_ms", "float"),
            ("total_ms", "float"),
            ("tool_calls", "integer"),
            ("is_current", "boolean, false where it was edited or asked again"),
        ),
        """SELECT t.id AS turn_id, t.conversation_id, t.created_at AS asked_at, t.cause, t.state,
        t.outcome, t.kind, t.error_code, t.model,
        (t.receipt ->> 'confidence')::float8 AS confidence,
        (t.receipt #>> '{timings_ms,first_token}')::float8 AS first_token_ms,
        (t.receipt #>> '{timings_ms,total}')::float8 AS total_ms,
        CASE WHEN jsonb_typeof(t.receipt -> 'tools') = 'array'
        THEN jsonb_array_length(t.receipt -> 'tools') ELSE 0 END AS tool_calls,
        NOT EXISTS (SELECT 1 FROM conversations_turn n WHERE n.supersedes_id = t.id) AS is_current
        FROM conversations_turn t""",
    ),
    View(
        "feedback",
        "what customers said of answers: one row for each rated turn",
        (
            ("turn_id", "uuid"),
            ("value", "text: up, down"),
            ("reasons", "text, with commas between them"),
            ("has_comment", "boolean"),
            ("rated_at", "timestamp"),
        ),
        """SELECT turn_id, value, array_to_string(reasons, ', ') AS reasons,
        comment <> '' AS has_comment, updated_at AS rated_at FROM review_feedback""",
    ),
    View(
        "citations",
        "which article an answer rests on: one row for each source of a turn",
        (("turn_id", "uuid"), ("article_id", "integer"), ("number", "integer")),
        "SELECT turn_id, article_id, number FROM conversations_citation",
    ),
    View(
        "articles",
        "the help articles",
        (
            ("article_id", "integer"),
            ("slug", "text"),
            ("title", "text, as published"),
            ("language", "text"),
            ("audience", "text: public, customers, staff"),
            ("subject", "text"),
            ("state", "text: draft, published, archived"),
            ("review_by", "date"),
            ("created_at", "timestamp"),
            ("updated_at", "timestamp"),
        ),
        """SELECT a.id AS article_id, a.slug, r.title, a.language, a.audience, a.subject, a.state,
        a.review_by, a.created_at, a.updated_at FROM knowledge_article a
        LEFT JOIN knowledge_revision r ON r.id = a.published_id""",
    ),
    View(
        "handoffs",
        "customers' requests for a person",
        (
            ("handoff_id", "integer"),
            ("conversation_id", "uuid"),
            ("turn_id", "uuid"),
            ("state", "text: open, taken, closed"),
            ("requested_at", "timestamp"),
            ("taken_at", "timestamp"),
            ("closed_at", "timestamp"),
        ),
        """SELECT id AS handoff_id, conversation_id, turn_id, state, created_at AS requested_at,
        taken_at, closed_at FROM conversations_handoff""",
    ),
    View(
        "tool_calls",
        "each call of a tool",
        (
            ("turn_id", "uuid"),
            ("tool", "text"),
            ("code", "text: ok, asks, failed, timeout, refused, invalid_arguments, repeated"),
            ("milliseconds", "float"),
            ("attempts", "integer"),
            ("called_at", "timestamp"),
        ),
        """SELECT turn_id, tool, code, milliseconds, attempts, created_at AS called_at
        FROM tools_toolcall""",
    ),
    View(
        "turn_texts",
        "what was asked and answered, of conversations that weren't deleted",
        (("turn_id", "uuid"), ("question", "text"), ("answer", "text")),
        """SELECT t.id AS turn_id, t.question, t.answer FROM conversations_turn t
        JOIN conversations_conversation c ON c.id = t.conversation_id
        WHERE c.deleted_at IS NULL""",
        holds_text=True,
    ),
    View(
        "feedback_texts",
        "what customers wrote beside their rating",
        (("turn_id", "uuid"), ("comment", "text")),
        "SELECT turn_id, comment FROM review_feedback WHERE comment <> ''",
        holds_text=True,
    ),
)


def allowed(*, with_texts: bool) -> tuple[View, ...]:
    """Return the views that may be asked."""
    return tuple(view for view in VIEWS if with_texts or not view.holds_text)


def described(views: tuple[View, ...]) -> str:
    """Return the views as a model is told of them."""
    return "\n".join(
        f"{view.name} ({view.about}): "
        + "; ".join(f"{name} {meaning}" for name, meaning in view.columns)
        for view in views
    )
