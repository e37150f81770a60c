"""Logs what machine-learning libraries train, without a line in the training code."""

from treadle.tracking.autolog.switch import LIBRARIES, autolog

__all__ = ["LIBRARIES", "autolog"]
