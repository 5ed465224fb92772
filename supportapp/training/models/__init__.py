"""Consent, TrainingSet, TrainingFile, SyntheticBatch, SyntheticQuestion, FineTuning."""

from supportapp.training.models.consents import Consent
from supportapp.training.models.fine_tunings import FineTuning
from supportapp.training.models.sets import TrainingFile, TrainingSet
from supportapp.training.models.synthetic import SyntheticBatch, SyntheticQuestion

__all__ = [
    "Consent",
    "FineTuning",
    "SyntheticBatch",
    "SyntheticQuestion",
    "TrainingFile",
    "TrainingSet",
]
