"""Small help centres, really published, embedded and searched."""

from collections.abc import Callable, Iterator

import pytest

from supportapp.knowledge import embeddings, publishing
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article, Workspace
from supportapp.knowledge.values import ArticleText
from supportapp.retrieval import indexes
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Limits, Scope, SearchQuery, SearchResult, Utterance

PUBLIC = frozenset({"public"})
Publish = Callable[..., Article]
Ask = Callable[..., SearchResult]


@pytest.fixture(autouse=True)
def _fresh_indexes() -> Iterator[None]:
    """No index outlives its test: databases are emptied between them."""
    indexes.forget()
    yield
    indexes.forget()


def publish_article(
    workspace: Workspace, slug: str, title: str, body: str, *, embed: bool = True, **more: object
) -> Article:
    """Publish a new article, or a new revision of one that is there."""
    text = ArticleText(title, body, **more)  # type: ignore[arg-type]
    article = Article.objects.filter(workspace=workspace, slug=slug).first()
    if article is None:
        article = publishing.create(workspace, slug, text)
        draft = article.draft
        assert draft is not None
    else:
        draft = publishing.save_draft(article, text)
    publication = publishing.publish(draft)
    if embed:
        embeddings.embed_revision(publication.revision.pk)
    article.refresh_from_db()
    return article


@pytest.fixture
def workspace(db: None) -> Workspace:
    embeddings.ensure_current_model()
    return Workspace.default()


@pytest.fixture
def publish(workspace: Workspace) -> Publish:
    def made(slug: str, title: str, body: str, **more: object) -> Article:
        home = more.pop("workspace", workspace)
        assert isinstance(home, Workspace)
        return publish_article(home, slug, title, body, **more)  # type: ignore[arg-type]

    return made


@pytest.fixture
def ask(workspace: Workspace) -> Ask:
    def asked(
        text: str,
        *said: str,
        audiences: frozenset[str] = PUBLIC,
        home: Workspace | None = None,
        **more: object,
    ) -> SearchResult:
        context = tuple(Utterance("U", each) for each in said)
        scope = Scope((home or workspace).pk, audiences)
        options: dict[str, object] = {"limits": Limits(), "embedder": current_embedder()} | more
        return search(SearchQuery(text, context), scope, **options)  # type: ignore[arg-type]

    return asked


def slugs(result: SearchResult) -> list[str]:
    """Return the articles found, best first."""
    return list(dict.fromkeys(item.slug for item in result.evidence))
