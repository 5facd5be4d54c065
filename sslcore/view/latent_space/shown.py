"""A map of a run as the page shows it: coloured, named, and what can be asked of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sslcore.run import Run
from sslcore.run.card import nats_of
from sslcore.run.gallery import Gallery
from sslcore.run.maps import Map
from sslcore.view import cached, widgets
from sslcore.view.components import latent_map
from sslcore.view.latent_space import words

NEIGHBOURS = 12


@dataclass(frozen=True)
class Shown:
    """A map, and what it is coloured by: "class", "neighbour recall", "density", a value or "true <factor>"."""

    run: Run
    map: Map
    colour: str

    @property
    def gallery(self) -> Gallery:
        return cached.read(self.run, "gallery")

    @property
    def label(self) -> str:
        return words.label(self.map.key)

    @property
    def shades(self) -> np.ndarray | None:
        """The value of each image; None for its class, or where this run has no such value."""
        if self.colour == "neighbour recall":
            return self.map.recall
        if self.colour == "density":
            return widgets.density(self.map.points)
        if self.colour.startswith("true "):
            return self.gallery.factors[self.colour.removeprefix("true ")]
        return cached.read(self.run, "values").get(self.colour)

    @property
    def origin(self) -> dict[str, object]:
        """What the line under the map says; PCA is baked in three dimensions, and its first two are the plane."""
        parameters = {name: value for name, value in self.map.parameters.items() if name != "variance"}
        return {"n": len(self.gallery), "map": self.label, **parameters}

    @property
    def numbers(self) -> pd.DataFrame:
        """The map's rows, for a file."""
        table = pd.DataFrame(self.map.points, columns=list("xyz")[: self.map.dimensions])
        table.insert(0, "index", self.gallery.indices)
        table.insert(1, "class", [self.gallery.name(i) for i in range(len(self.gallery))])
        return table

    def neighbours(self, image: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows and distances of the nearest in the code that the map is of."""
        return cached.read(self.run, "embeddings", self.map.space).neighbours(image, NEIGHBOURS)

    def plane(self, titled: bool) -> latent_map.Drawn:
        """The map as the component draws it."""
        shades, name = self.shades, self.colour.replace("_", " ")
        about = words.trust(self.map, 2)
        if shades is None and self.colour != "class":
            about += f" · grey: {self.run.name} has no {name}"
        if self.colour in ("elbo", "distortion", "rate") and "likelihood" in self.run.facts["abilities"]:
            about += f" · {nats_of(self.run.facts['config']['settings'])}"
        title = f"{self.run.name} · {self.label}" if titled else ""
        axes = self.map.method in ("raw", "pca")
        return latent_map.Drawn(title, self.map.points[:, :2], shades, name, about, axes)
