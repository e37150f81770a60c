"""Autologging: logs the training of machine-learning libraries without changes to the code.

A library is patched when it is imported, and never imported for this.

    switch                                        turns autologging on and off
    sklearn, xgboost, lightgbm, lightning, keras  what is logged of each library
    boosting                                      what XGBoost and LightGBM share
    training                                      one training call
    models, plots, curves                         saved models, plots and learning curves
"""

from treadle.tracking.autolog.switch import LIBRARIES, autolog

__all__ = ["LIBRARIES", "autolog"]
