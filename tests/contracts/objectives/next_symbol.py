"""The next symbol (Elman 1990): a text is given up to each of its places, and the next one is asked."""

from pydantic import Field
from torch import nn
from torch.nn import functional as F

from sslcore.objectives import Objective


class NextSymbol(Objective):
    class Config(Objective.Config):
        smoothing: float = Field(0.0, ge=0, lt=1, description="of the symbols that are asked for")

    takes = ("tokens",)
    formula = r"\mathcal L = -\frac1{t-1}\sum_i\log p(x_{i+1}|x_1,\dots,x_i)"
    headline = ("smoothing",)

    def __init__(self, encoder, config):
        super().__init__(encoder, config)
        self.head = nn.Linear(encoder.dim, len(encoder.form.symbols))

    def forward(self, x, generator=None):
        given, asked = self.split(x, generator)
        logits = self.answer(given).flatten(0, 1)
        return {"nats": F.cross_entropy(logits, asked.flatten(), label_smoothing=self.config.smoothing)}

    def split(self, x, generator=None):
        return x[:, :-1], x[:, 1:]

    def answer(self, given):
        return self.head(self.encoder.tokens(given))
