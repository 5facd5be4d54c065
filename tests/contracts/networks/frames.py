"""A vector for each frame of a clip, and their mean."""

from pydantic import Field
from torch import nn

from sslcore.networks import Network
from sslcore.networks.layers import Normalise


class Frames(Network):
    class Config(Network.Config):
        units: int = Field(16, ge=1, description="of a frame's vector")

    takes = ("clips",)

    def __init__(self, form, config):
        super().__init__(form)
        frames, channels, *_ = form.shape
        self.dim, self.normalise = config.units, Normalise(channels)
        self.body = nn.Sequential(nn.Flatten(2), nn.Linear(form.size // frames, self.dim), nn.ReLU())

    def forward(self, x):
        return self.tokens(x).mean(1)

    def tokens(self, x):
        return self.body(self.normalise(x))
