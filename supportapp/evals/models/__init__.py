"""Comparison; Dataset and Example; Run and Result; what people and judges said of results."""

from supportapp.evals.models.comparisons import Comparison
from supportapp.evals.models.datasets import Dataset, Example
from supportapp.evals.models.judgements import Opinion, PairVerdict
from supportapp.evals.models.runs import Result, Run

__all__ = ["Comparison", "Dataset", "Example", "Opinion", "PairVerdict", "Result", "Run"]
