"""ResNet-18 (He et al. 2015, arXiv:1512.03385) with the stem for small images: 3x3, stride 1, no pooling."""

from jaxtyping import Float
from pydantic import Field
from torch import Tensor, nn

from sslcore.data.form import Form
from sslcore.networks import Network
from sslcore.networks._deconvolution import deconvolve
from sslcore.networks.layers import Normalise


class ResNet18(Network):
    class Config(Network.Config):
        width: int = Field(32, ge=4, le=512, description="channels of the last layer but one of a decoder")

    def __init__(self, form: Form, config: Config):
        super().__init__(form)
        from torchvision.models import resnet18  # takes a second to import, and only this encoder needs it

        self.width, self.dim = config.width, 512
        self.normalise = Normalise(form.shape[0])
        self.body = resnet18()
        self.body.conv1 = nn.Conv2d(form.shape[0], 64, 3, padding=1, bias=False)
        self.body.maxpool = nn.Identity()
        self.body.fc = nn.Identity()

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d"]:
        return self.body(self.normalise(x))

    def mirror(self, latent: int) -> nn.Sequential:
        """The decoder of a Conv encoder of this width: [b, latent] -> logits [b, c, h, w]."""
        return deconvolve(latent, self.form, self.width)
