"""Where staff write, publish and import articles."""

from supportapp.knowledge.admin.articles import ArticleAdmin
from supportapp.knowledge.admin.embedding_models import EmbeddingModelAdmin
from supportapp.knowledge.admin.imports import ImportJobAdmin
from supportapp.knowledge.admin.people import PeopleAdmin, RolesAdmin
from supportapp.knowledge.admin.synonyms import SynonymGroupAdmin
from supportapp.knowledge.admin.workspaces import WorkspaceAdmin

__all__ = [
    "ArticleAdmin",
    "EmbeddingModelAdmin",
    "ImportJobAdmin",
    "PeopleAdmin",
    "RolesAdmin",
    "SynonymGroupAdmin",
    "WorkspaceAdmin",
]
