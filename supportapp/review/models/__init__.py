"""The room's tables: what customers said, what waits for people, what people said of it."""

from supportapp.review.models.consequences import Consequence, TrainingMark
from supportapp.review.models.labels import Annotation, Label
from supportapp.review.models.said import Feedback, Signal
from supportapp.review.models.waiting import DailySample, ReviewItem, ReviewRule, RotaPlace

__all__ = [
    "Annotation",
    "Consequence",
    "DailySample",
    "Feedback",
    "Label",
    "ReviewItem",
    "ReviewRule",
    "RotaPlace",
    "Signal",
    "TrainingMark",
]
