"""ArticleChange and its replays; Recall and its corrections."""

from supportapp.changes.models.article_changes import ArticleChange, Replay
from supportapp.changes.models.recalls import Correction, Recall

__all__ = ["ArticleChange", "Correction", "Recall", "Replay"]
