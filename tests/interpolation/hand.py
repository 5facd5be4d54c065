"""The hand on page 3, and what Python decodes there."""

import numpy as np
import torch
from conftest import SHIPPED

from sslcore import latent
from sslcore.run import Run

PIXELS = """canvas => { const [w, h] = [canvas.width, canvas.height], out = new OffscreenCanvas(w, h).getContext("2d");
    out.drawImage(canvas, 0, 0); return Array.from(out.getImageData(0, 0, w, h).data); }"""


def pixels(canvas) -> np.ndarray:
    """The red of a canvas of one image or of a strip, [28, w]: all there is of a grey image."""
    found = np.array(canvas.evaluate(PIXELS)).reshape(-1, 4)
    assert (found[:, 3] == 255).all()
    return found[:, 0].reshape(28, -1)


def decoded(name: str, z) -> np.ndarray:
    with torch.no_grad():
        image = Run(SHIPPED / name).objective().decode(torch.as_tensor(np.asarray(z), dtype=torch.float32)[None])
    return (image[0, 0] * 255).numpy()


def drag(page, node, *shares):
    """Press at the first share (x, y) of a node's box and move through the others; the button stays down."""
    node.scroll_into_view_if_needed()
    box = node.bounding_box()
    for i, (x, y) in enumerate(shares):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if i == 0:
            page.mouse.down()


def plane(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    """Origin, u, v, middle and half side of a run's principal plane, as the pad draws it."""
    codes = Run(SHIPPED / name).embeddings().vectors
    if codes.shape[1] == 2:
        origin, u, v = np.zeros(2), np.eye(2)[0], np.eye(2)[1]
    else:
        origin, u, v = (x.numpy() for x in latent.axes(torch.from_numpy(codes), "principal", ()))
    xy = np.sort(np.stack([(codes - origin) @ u, (codes - origin) @ v]), axis=1)
    ends = xy[:, [round(0.005 * (len(codes) - 1)), round(0.995 * (len(codes) - 1))]]
    return origin, u, v, ends.mean(1), 0.55 * float(np.ptp(ends, axis=1).max())


def dragged(page, name: str) -> np.ndarray:
    """Drags the pad from its middle to the right and down; the code that must lie there."""
    front = page.locator(".pane .front")
    drag(page, front, (0.5, 0.5), (0.7, 0.6))
    origin, u, v, middle, half = plane(name)
    box = front.bounding_box()
    unit = min(box["width"], box["height"]) / (2 * half)
    return origin + (middle[0] + 0.2 * box["width"] / unit) * u + (middle[1] - 0.1 * box["height"] / unit) * v
