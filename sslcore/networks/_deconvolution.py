"""The decoder of convolutional encoders: from a code back to an image, doubling its sides."""

from torch import nn

from sslcore.data.form import Form


def sides(form: Form) -> list[tuple[int, int]]:
    """An image's height and width, halved (rounding up) until neither is above 4."""
    halved = [(form.shape[1], form.shape[2])]
    while max(halved[-1]) > 4:
        halved.append(((halved[-1][0] + 1) // 2, (halved[-1][1] + 1) // 2))
    return halved


def deconvolve(latent: int, form: Form, width: int) -> nn.Sequential:
    """Codes [b, latent] -> logits [b, c, h, w]; `width` channels before the last layer, twice as many before each."""
    larger = sides(form)[::-1]
    widths = [width * 2**i for i in reversed(range(len(larger) - 1))] + [form.shape[0]]
    layers: list[nn.Module] = [
        nn.Linear(latent, widths[0] * larger[0][0] * larger[0][1]),
        nn.Unflatten(1, (widths[0], *larger[0])),
    ]
    for a, b, small, large in zip(widths, widths[1:], larger, larger[1:], strict=False):
        # a kernel of 4 doubles a side, one of 3 gives the odd 2 s - 1: no padding to crop away
        kernel = (4 if large[0] == 2 * small[0] else 3, 4 if large[1] == 2 * small[1] else 3)
        layers += [nn.BatchNorm2d(a), nn.ReLU(inplace=True), nn.ConvTranspose2d(a, b, kernel, stride=2, padding=1)]
    return nn.Sequential(*layers)
