"""Can this process search? Asked by /readyz."""

from supportapp.knowledge.models import Workspace
from supportapp.retrieval import indexes


def index() -> str:
    """Load the default workspace's keyword index where it isn't; return "" or what is wrong.

    Raises DatabaseError where the database can't be reached.
    """
    workspace = Workspace.objects.order_by("pk").values_list("pk", flat=True).first()
    if workspace is None:
        return "there is no workspace yet"
    indexes.of(workspace)
    return ""
