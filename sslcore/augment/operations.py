"""The operations that a view is made of, each for a batch with parameters of its own for every image."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

RATIO = (3 / 4, 4 / 3)  # width / height of a crop
TRIES = 10  # before a crop that does not fit gives way to a central one; both as in torchvision

LUMA = (0.2989, 0.587, 0.114)  # torchvision's weights of red, green, blue
YIQ = ((0.299, 0.587, 0.114), (0.596, -0.274, -0.322), (0.211, -0.523, 0.312))
RGB = torch.linalg.inv(torch.tensor(YIQ, dtype=torch.float64)).tolist()


def crop(
    x: Float[Tensor, "b c h w"],
    top: Int[Tensor, " b"],
    left: Int[Tensor, " b"],
    height: Int[Tensor, " b"],
    width: Int[Tensor, " b"],
) -> Float[Tensor, "b c h w"]:
    """Each image's box (pixels), enlarged to the image's size: bilinear, as torchvision's resized_crop."""
    return resample(x, _enlarge(top, height, x.shape[2], x.dtype), _enlarge(left, width, x.shape[3], x.dtype))


def flip(x: Float[Tensor, "b c h w"], flipped: Bool[Tensor, " b"]) -> Float[Tensor, "b c h w"]:
    """Left and right exchanged where `flipped`."""
    return torch.lerp(
        x, x.flip(3), flipped.to(x.dtype)[:, None, None, None]
    )  # exact at 0 and 1, half the time of where


def rotate(x: Float[Tensor, "b c h w"], angle: Float[Tensor, " b"]) -> Float[Tensor, "b c h w"]:
    """Turned counter-clockwise about the centre by `angle` (degrees): bilinear, black outside."""
    h, w = x.shape[2:]
    # pixels from the centre, in units of half a side: grid_sample's coordinates for align_corners=False
    v = (torch.arange(h, device=x.device, dtype=x.dtype) * 2 + 1 - h)[None, :, None]
    u = (torch.arange(w, device=x.device, dtype=x.dtype) * 2 + 1 - w)[None, None, :]
    cos, sin = (f(torch.deg2rad(angle))[:, None, None] for f in (torch.cos, torch.sin))
    grid = torch.stack([(cos * u - sin * v) / w, (sin * u + cos * v) / h], dim=3)  # [b, h, w, 2]
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def brightness(x: Float[Tensor, "b c h w"], factor: Float[Tensor, " b"]) -> Float[Tensor, "b c h w"]:
    """Times `factor`, clamped to 0..1."""
    return (x * factor[:, None, None, None]).clamp_(0, 1)


def contrast(x: Float[Tensor, "b c h w"], factor: Float[Tensor, " b"]) -> Float[Tensor, "b c h w"]:
    """The distance to the image's mean grey times `factor`, clamped to 0..1."""
    factor = factor[:, None, None, None]
    mean = x.mean((2, 3), keepdim=True)
    grey = luma(mean) if x.shape[1] == 3 else mean.mean(1, keepdim=True)
    return (x * factor).add_(grey * (1 - factor)).clamp_(0, 1)  # half the time of lerp from one grey an image


def saturation(x: Float[Tensor, "b 3 h w"], factor: Float[Tensor, " b"]) -> Float[Tensor, "b 3 h w"]:
    """The distance to the pixel's own grey times `factor`, clamped to 0..1."""
    return torch.lerp(luma(x), x, factor[:, None, None, None]).clamp_(0, 1)


def hue(x: Float[Tensor, "b 3 h w"], turn: Float[Tensor, " b"]) -> Float[Tensor, "b 3 h w"]:
    """The chroma of YIQ rotated by `turn` (1 is all the way round), the luma Y kept; clamped to 0..1. Not HSV's hue."""
    return rotate_chroma(x, turn).clamp_(0, 1)


def grayscale(x: Float[Tensor, "b 3 h w"], grey: Bool[Tensor, " b"]) -> Float[Tensor, "b 3 h w"]:
    """Three equal channels where `grey`."""
    return torch.lerp(x, luma(x), grey.to(x.dtype)[:, None, None, None])


def blur(x: Float[Tensor, "b c h w"], sigma: Float[Tensor, " b"]) -> Float[Tensor, "b c h w"]:
    """Gaussian blur of `sigma` pixels (0: none); the kernel is a tenth of the shorter side; edges are mirrored."""
    h, w = x.shape[2:]
    radius = max(1, min(h, w) // 20)
    t = torch.arange(-radius, radius + 1, device=x.device, dtype=x.dtype)
    taps = torch.softmax(-0.5 * (t / sigma.clamp_min(1e-3)[:, None]) ** 2, dim=1)  # [b, k]; 1e-3 leaves one tap of 1
    rows = _convolve(taps, h)
    return resample(x, rows, rows if h == w else _convolve(taps, w))


def luma(x: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 1 h w"]:
    """The grey of RGB images."""
    return _weigh(LUMA, x.split(1, dim=1))


def rotate_chroma(x: Float[Tensor, "b 3 h w"], turn: Float[Tensor, " b"]) -> Float[Tensor, "b 3 h w"]:
    """As `hue`, not clamped."""
    # the matrix is what the rotation makes of pure red, green and blue; built on the device, not copied there
    basis = torch.eye(3, device=x.device, dtype=x.dtype).split(1)  # 3 x [1, 3]
    y, i, q = (_weigh(row, basis) for row in YIQ)
    angle = (2 * math.pi * turn)[:, None]
    cos, sin = torch.cos(angle), torch.sin(angle)
    rotated = y, cos * i - sin * q, sin * i + cos * q
    matrix = torch.stack([_weigh(row, rotated) for row in RGB], dim=1)  # [b, 3, 3]
    return torch.bmm(matrix, x.flatten(2)).view_as(x)


def resample(
    x: Float[Tensor, "b c h w"], rows: Float[Tensor, "b h h"], columns: Float[Tensor, "b w w"]
) -> Float[Tensor, "b c h w"]:
    """rows @ x @ columns^T in each channel: any separable resampling of the image."""
    b, c, h, w = x.shape
    x = torch.bmm(x.reshape(b, c * h, w), columns.transpose(1, 2)).view(b, c, h, w)
    return torch.einsum("boh,bchw->bcow", rows, x).contiguous()


def boxes(
    b: int, h: int, w: int, scale: tuple[float, float], device: torch.device, generator: torch.Generator | None = None
) -> dict[str, Int[Tensor, " b"]]:
    """Top, left, height, width (pixels) of b crops with a share of the area in `scale`, as torchvision draws them."""

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(*shape, device=device, generator=generator)

    area = h * w * uniform(*scale, TRIES, b)
    ratio = torch.exp(uniform(math.log(RATIO[0]), math.log(RATIO[1]), TRIES, b))
    width, height = (area * ratio).sqrt().round().long(), (area / ratio).sqrt().round().long()
    fits = (width > 0) & (width <= w) & (height > 0) & (height <= h)
    first = fits.byte().argmax(0, keepdim=True)
    found = fits.any(0)
    width = torch.where(found, width.gather(0, first)[0], min(w, round(h * RATIO[1])))
    height = torch.where(found, height.gather(0, first)[0], min(h, round(w / RATIO[0])))
    corner = {}
    for name, room in (("top", h - height), ("left", w - width)):
        # float32 can round the largest product up to room + 1
        anywhere = torch.minimum((uniform(0.0, 1.0, b) * (room + 1)).long(), room)
        corner[name] = torch.where(found, anywhere, room // 2)
    return {**corner, "height": height, "width": width}


def _weigh(weights: Sequence[float], parts: Sequence[Tensor]) -> Tensor:
    total = parts[0] * weights[0]
    for weight, part in zip(weights[1:], parts[1:], strict=True):
        total = torch.add(total, part, alpha=weight)
    return total


def _enlarge(start: Int[Tensor, " b"], length: Int[Tensor, " b"], n: int, dtype: torch.dtype) -> Float[Tensor, "b n n"]:
    """Weights (output, input) that stretch `length` <= n pixels from `start` to n pixels; no antialiasing is due."""
    pixels = torch.arange(n, device=start.device, dtype=dtype)
    source = (pixels + 0.5) * (length / n)[:, None] - 0.5  # from the start of the box
    source = source.clamp_min(0).minimum(length[:, None] - 1) + start[:, None]  # no look beyond the box
    return (1 - (source[:, :, None] - pixels).abs_()).clamp_min_(0)


def _convolve(taps: Float[Tensor, "b k"], n: int) -> Float[Tensor, "b n n"]:
    """Weights (output, input) of a convolution along n pixels, reflected at the edges without repeating the edge."""
    k = taps.shape[1]
    pixels = torch.arange(n, device=taps.device)
    source = (pixels[:, None] + torch.arange(k, device=taps.device) - k // 2).abs()
    source = n - 1 - (n - 1 - source).abs()  # [n, k]
    hits = (source[:, :, None] == pixels).to(taps.dtype)  # [n, k, n]
    return torch.einsum("bk,nkm->bnm", taps, hits)
