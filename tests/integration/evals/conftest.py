"""A help centre of three articles and a dataset about it."""

import pytest

from supportapp.evals import datasets
from supportapp.evals.models import Dataset
from supportapp.knowledge import embeddings
from supportapp.knowledge.models import Workspace
from tests.factories import ArticleFactory, WorkspaceFactory

REFUND = """Annual plans can be refunded within 14 days of the payment.
Monthly plans cannot be refunded.

1. Open Billing.
2. Choose **Ask for a refund**.
"""
PASSWORD = "Open the sign-in page and choose **Forgot password**. The link is valid for 30 minutes."
EXPORT = "Open Settings and choose **Export**. You get a CSV file with every transaction."


@pytest.fixture
def workspace(db: None) -> Workspace:
    workspace = WorkspaceFactory.create()
    embeddings.ensure_current_model()
    for slug, title, body in (
        ("refunds", "Refunds for annual plans", REFUND),
        ("password", "Reset a forgotten password", PASSWORD),
        ("export", "Export your transactions", EXPORT),
    ):
        article = ArticleFactory.create(
            workspace=workspace, slug=slug, title=title, body=body, is_published=True
        )
        embeddings.embed_revision(article.published.pk)
    workspace.refresh_from_db()
    return workspace


@pytest.fixture
def dataset(workspace: Workspace) -> Dataset:
    """Three examples: two to be answered, one to be declined."""
    dataset = datasets.golden(workspace)
    datasets.add(
        dataset,
        question="Can I get a refund for my annual plan?",
        expected="Yes, annual plans can be refunded within 14 days of the payment.",
        must_say=["14 days"],
        must_not_say=["30 days"],
        articles=["refunds"],
        topic="billing",
    )
    datasets.add(
        dataset,
        question="I forgot my password, how do I reset it?",
        expected="Choose Forgot password on the sign-in page.",
        must_say=["Forgot password"],
        articles=["password"],
        topic="account",
    )
    datasets.add(
        dataset,
        question="What is the capital of Mongolia?",
        outcome="no_evidence",
        topic="other",
    )
    return dataset
