"""What objectives share that rebuild their items from a code."""

from sslcore import networks
from sslcore.objectives import Objective


class Reconstruction(Objective):
    """An objective whose decoder is its encoder's mirror image."""

    @classmethod
    def networks(cls) -> list[str]:
        return [name for name in super().networks() if hasattr(networks.find(name), "mirror")]
