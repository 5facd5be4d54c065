"""Mutual information: bounds from a score matrix, tasks whose answer is known, learned critics, curves of a run."""

from sslcore.information.bounds import (
    ESTIMATORS,
    Estimator,
    club,
    donsker_varadhan,
    infonce,
    infonce_without_positive,
    interpolated,
    leave_one_out,
    nwj,
    smile,
    symmetric,
    tuba,
)
from sslcore.information.critics import Bilinear, Joint, Separable, train_critic
from sslcore.information.curves import (
    TEMPERATURES,
    best_temperature,
    ceiling,
    curve,
    fano,
    infonce_chunked,
    top1_accuracy,
)
from sslcore.information.gaussians import CorrelatedGaussian

__all__ = [
    "ESTIMATORS",
    "TEMPERATURES",
    "Bilinear",
    "CorrelatedGaussian",
    "Estimator",
    "Joint",
    "Separable",
    "best_temperature",
    "ceiling",
    "club",
    "curve",
    "donsker_varadhan",
    "fano",
    "infonce",
    "infonce_chunked",
    "infonce_without_positive",
    "interpolated",
    "leave_one_out",
    "nwj",
    "smile",
    "symmetric",
    "top1_accuracy",
    "train_critic",
    "tuba",
]
