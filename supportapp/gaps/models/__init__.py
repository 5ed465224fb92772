"""AskedQuestion, Topic, Gap, PassagePair, Scan."""

from supportapp.gaps.models.groups import Gap, Topic
from supportapp.gaps.models.pairs import PassagePair
from supportapp.gaps.models.questions import AskedQuestion
from supportapp.gaps.models.scans import Scan

__all__ = ["AskedQuestion", "Gap", "PassagePair", "Scan", "Topic"]
