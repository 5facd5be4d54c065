"""Two dense layers on points."""

from pydantic import Field
from torch import nn

from sslcore.networks import Network


class Dense(Network):
    class Config(Network.Config):
        units: int = Field(16, ge=1, description="of both layers")

    takes = ("points",)

    def __init__(self, form, config):
        super().__init__(form)
        self.dim = config.units
        self.body = nn.Sequential(nn.Linear(form.size, self.dim), nn.ReLU(), nn.Linear(self.dim, self.dim), nn.ReLU())

    def forward(self, x):
        return self.body(x)
