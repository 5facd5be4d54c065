"""What a view may be: which operations, how often and how strong; their parameters drawn, and applied in order."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Annotated

import torch
from pydantic import Field, field_validator
from torch import Tensor

from sslcore.augment import operations
from sslcore.data.items import ready
from sslcore.settings import Settings

SIGMA = (0.1, 2.0)  # standard deviation of a blur, pixels; as in SimCLR
# name of the step -> operation and the names of its draws
STEPS: dict[str, tuple[Callable[..., Tensor], tuple[str, ...]]] = {
    "crop": (operations.crop, ("top", "left", "height", "width")),
    "flip": (operations.flip, ("flip",)),
    "rotation": (operations.rotate, ("angle",)),
    "brightness": (operations.brightness, ("brightness",)),
    "contrast": (operations.contrast, ("contrast",)),
    "saturation": (operations.saturation, ("saturation",)),
    "hue": (operations.hue, ("hue",)),
    "grayscale": (operations.grayscale, ("grayscale",)),
    "blur": (operations.blur, ("blur_sigma",)),
}
NEED_RGB = ("saturation", "hue", "grayscale")

Probability = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(gt=0, le=1)]


class Policy(Settings):
    """How views are drawn; the fields stand in the order of the operations, and one at 0 costs nothing.

    `torch.compile(policy, fullgraph=True)` works without a generator, which torch 2.14 cannot trace; to have both,
    `draw` with the generator and compile `apply`. Compiled by inductor, a seed gives other draws than eagerly.
    """

    crop: tuple[Share, Share] | None = Field(
        default=(0.5, 1.0),
        description="least and largest share of the area in a crop, enlarged again; none: no crop",
    )
    flip: Probability = Field(default=0.5, description="probability of a left-right flip")
    rotation: float = Field(default=0.0, ge=0, le=180, description="largest rotation either way, degrees")
    jitter: Probability = Field(default=0.8, description="probability of the colour jitter, which is the next four")
    brightness: float = Field(default=0.4, ge=0, le=1, description="strength s: a factor from 1-s to 1+s")
    contrast: float = Field(default=0.4, ge=0, le=1, description="strength s: a factor from 1-s to 1+s")
    saturation: float = Field(default=0.4, ge=0, le=1, description="strength s: a factor from 1-s to 1+s; RGB only")
    hue: float = Field(
        default=0.1,
        ge=0,
        le=0.5,
        description="largest turn of the chroma in YIQ (not HSV), .5 is half round; RGB only",
    )
    grayscale: Probability = Field(default=0.2, description="probability of losing all colour; RGB only")
    blur: Probability = Field(default=0.0, description="probability of a Gaussian blur of .1 to 2 pixels")

    @field_validator("crop")
    @classmethod
    def _ordered(cls, crop: tuple[float, float] | None) -> tuple[float, float] | None:
        if crop and crop[0] > crop[1]:
            raise ValueError(f"crop is {crop}; the smallest share comes first; exchange the two")
        return crop

    def __call__(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One random view of each image: uint8 [b, c, h, w], or floats in 0..1 -> float32 [b, c, h, w] in 0..1."""
        kind = images.device.type
        # 16 bits would round a view's grey levels; the meta device knows no autocast
        with nullcontext() if kind == "meta" else torch.autocast(kind, enabled=False):
            return self.apply(images, self.draw(images.shape, images.device, generator))

    def draw(
        self, shape: tuple[int, ...], device: torch.device | str, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """The parameters of one view of each image of a batch [b, c, h, w], each [b], for `apply`.

        top, left, height, width: pixels (int64); flip, grayscale: bool; angle: degrees; brightness, contrast,
        saturation: factors, 1 changes nothing; hue: turns, 0 changes nothing; blur_sigma: pixels, 0 is no blur.
        What the policy does not do is absent; so are saturation, hue and grayscale where there is one channel. With
        neither one nor three channels they raise ValueError. The generator, if any, is on the device, and then the
        global one is left alone.
        """
        device = torch.device(device)
        b, c, h, w = shape
        if generator is not None and generator.device.type != device.type:
            raise ValueError(
                f"the generator is on {generator.device}, the images are on {device}; "
                f"make it with torch.Generator({str(device)!r})"
            )

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(b, device=device, generator=generator)

        def happens(probability: float) -> Tensor:
            return torch.rand(b, device=device, generator=generator) < probability

        draws = operations.boxes(b, h, w, self.crop, device, generator) if self.crop else {}
        if self.flip:
            draws["flip"] = happens(self.flip)
        if self.rotation:
            draws["angle"] = uniform(-self.rotation, self.rotation)
        if self.jitter:
            jittered = happens(self.jitter)
            for name, strength, neutral in (
                ("brightness", self.brightness, 1),
                ("contrast", self.contrast, 1),
                ("saturation", self.saturation if c != 1 else 0, 1),
                ("hue", self.hue if c != 1 else 0, 0),
            ):
                if strength:
                    draws[name] = neutral + jittered * uniform(-strength, strength)
        if self.grayscale and c != 1:
            draws["grayscale"] = happens(self.grayscale)
        if self.blur:
            draws["blur_sigma"] = happens(self.blur) * uniform(*SIGMA)
        if c not in (1, 3) and (wrong := [name for name in NEED_RGB if name in draws]):
            raise ValueError(f"images have {c} channels; {', '.join(wrong)} need 3 (RGB) or 1; set them to 0")
        return draws

    def steps(self, images: Tensor, draws: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
        """("original", images as float32 in 0..1), then (name, images) after each operation that has its draws."""
        if images.ndim != 4 or not (images.dtype == torch.uint8 or images.is_floating_point()):
            raise ValueError(
                f"images are {images.dtype} {list(images.shape)}; allowed are uint8, or floats in 0..1, [b, c, h, w]"
            )
        x = ready(images).float()
        yield "original", x
        for name, (operation, names) in STEPS.items():
            if names[0] in draws:
                x = operation(x, *(draws[name] for name in names))
                yield name, x

    def apply(self, images: Tensor, draws: dict[str, Tensor]) -> Tensor:
        """The views that the draws describe: the last of `steps`. The images are left as they are."""
        for _, view in self.steps(images, draws):
            last = view
        return last
