"""Autologging: logs the training of machine-learning libraries without changes to the code."""

from treadle.tracking.autolog.switch import LIBRARIES, autolog

__all__ = ["LIBRARIES", "autolog"]
