"""What can go wrong between us and a model, as one small family of exceptions.

The family answers the one question that callers have: was any text delivered?

- `ModelIncomplete`: some text was, and it must not be taken for a whole answer.
- every other error: no text was, so the caller may fall back without a trace.

Messages hold status codes and short names, never text from a prompt, an answer or a key.
"""

from typing import ClassVar


class ModelError(Exception):
    """A model could not do what was asked. `code` is stable, for storage and for counting."""

    code: ClassVar[str] = "model_error"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ModelUnavailable(ModelError):
    """Nobody answers there, or the server says that it is failing."""

    code = "model_unavailable"


class ModelRejected(ModelUnavailable):
    """The server understood and said no (key, model name, size, quota): asking again is no use."""

    code = "model_rejected"


class ModelRateLimited(ModelError):
    """Too many requests. `retry_after` is what the server asks for, in seconds, if it says so."""

    code = "model_rate_limited"

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class ModelTimeout(ModelError):
    """No text within a deadline; `reason` names which: connect, first_token or total."""

    code = "model_timeout"


class ModelIncomplete(ModelError):
    """Text was delivered and then the stream failed, or ended without saying that it was done."""

    code = "model_incomplete"


class ModelProtocolError(ModelError):
    """What came is not an answer: an error page, broken JSON, or nothing at all."""

    code = "model_protocol_error"


class ModelWrongShape(ModelProtocolError):
    """The model was asked for JSON of a certain shape and, asked twice, wrote something else."""

    code = "model_wrong_shape"


class ModelBudgetSpent(ModelError):
    """No model is asked: what may be used, by all or by this visitor, is used up.

    `reason` names the limit: workspace_tokens, workspace_cost, visitor_tokens.
    """

    code = "budget_spent"


class ModelBusy(ModelError):
    """No model is asked: as many answers as allowed are being written already."""

    code = "model_busy"


class EmbeddingUnavailable(ModelError):
    """No vectors can be had now. Search goes on without them and says so."""

    code = "embedding_unavailable"


class EmbeddingMismatch(EmbeddingUnavailable):
    """Vectors came, but not as many or as long as they must be: never to be stored or searched."""

    code = "embedding_mismatch"


class WeightsRefused(EmbeddingUnavailable):
    """The local model's files are not the exact bytes that this product was built for."""

    code = "weights_refused"
