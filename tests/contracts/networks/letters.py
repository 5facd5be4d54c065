"""A recurrent network over symbols; its last state stands for the text."""

from pydantic import Field
from torch import nn

from sslcore.networks import Network


class Letters(Network):
    class Config(Network.Config):
        units: int = Field(16, ge=1, description="of the state")

    takes = ("tokens",)

    def __init__(self, form, config):
        super().__init__(form)
        self.dim = config.units
        self.symbols = nn.Embedding(len(form.symbols), self.dim)
        self.recurrent = nn.GRU(self.dim, self.dim, batch_first=True)

    def forward(self, x):
        return self.tokens(x)[:, -1]

    def tokens(self, x):
        return self.recurrent(self.symbols(x))[0]
