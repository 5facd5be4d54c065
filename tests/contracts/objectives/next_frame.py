"""The next frame (Srivastava et al. 2015, arXiv:1502.04681): all of a clip's frames but the last are given."""

from torch import nn
from torch.nn import functional as F

from sslcore.objectives import Objective


class NextFrame(Objective):
    takes = ("clips",)
    formula = r"\mathcal L = \lVert f(x_1, \dots, x_{t-1}) - x_t\rVert^2"

    def __init__(self, encoder, config):
        super().__init__(encoder, config)
        _, *frame = encoder.form.shape
        self.head = nn.Sequential(
            nn.Linear(encoder.dim, encoder.form.size // encoder.form.shape[0]), nn.Unflatten(1, frame)
        )

    def forward(self, x, generator=None):
        given, asked = self.split(x, generator)
        return {"squared_error": F.mse_loss(self.answer(given), asked)}

    def split(self, x, generator=None):
        return x[:, :-1], x[:, -1]

    def answer(self, given):
        return self.head(self.encoder(given)).sigmoid()

    def values(self, x, generator=None):
        given, asked = self.split(x)
        return {"squared_error": (self.answer(given) - asked).square().mean((1, 2, 3))}
