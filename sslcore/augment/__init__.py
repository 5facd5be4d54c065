"""Random views of a batch of images: one draw per sample, made and applied on the images' device.

The recipe is SimCLR's (Chen et al. 2020, arXiv:2002.05709) and each operation equals torchvision's, with these
differences. The colour jitter keeps one order (brightness, contrast, saturation, hue) where torchvision shuffles it.
Hue is a rotation of the chroma in YIQ, a hundredth of the price of torchvision's rotation in HSV and *not* the same
picture. Given a batch, torchvision's transforms draw one set of parameters for all of it; here each sample has its own.

Nothing waits for the device: no branch depends on what was drawn.

operations   what a view is made of        policy   which operations, how often and how strong
"""

from sslcore.augment.operations import RATIO, boxes
from sslcore.augment.policy import NEED_RGB, SIGMA, STEPS, Policy

__all__ = ["NEED_RGB", "RATIO", "SIGMA", "STEPS", "Policy", "boxes"]
