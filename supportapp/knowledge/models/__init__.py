"""Workspace, Article, Revision, Passage and their vectors."""

from supportapp.knowledge.models.articles import (
    Article,
    ArticleFields,
    Revision,
    RevisionIsFixed,
)
from supportapp.knowledge.models.embedding_models import EmbeddingModel
from supportapp.knowledge.models.imports import ImportFile, ImportJob
from supportapp.knowledge.models.passages import (
    Passage,
    PassageEmbedding,
)
from supportapp.knowledge.models.synonyms import SynonymGroup
from supportapp.knowledge.models.workspaces import Audience, SuggestedPrompt, Workspace

__all__ = [
    "Article",
    "ArticleFields",
    "Audience",
    "EmbeddingModel",
    "ImportFile",
    "ImportJob",
    "Passage",
    "PassageEmbedding",
    "Revision",
    "RevisionIsFixed",
    "SuggestedPrompt",
    "SynonymGroup",
    "Workspace",
]
