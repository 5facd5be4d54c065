const WAY_COLOURS = { straight: "#0072B2", spherical: "#D55E00" }; // of the ways through the code
const STEPS = 40; // of a path that is drawn

/** Both paths on the plane of largest variance of the codes, and where they are now. */
class PathMap {
  constructor() {
    const host = element("div");
    this.about = element("div", { class: "note legend-line" });
    this.node = element("div", { class: "map" }, host, this.about);
    this.plane = new Plane(host, "Both paths on the plane of largest variance of the codes", (context) =>
      this.over(context),
    );
    this.frame = null; // the plane's origin and directions
    this.ends = []; // the codes of A and B
    this.paths = {}; // by way, on the plane
    this.now = {}; // by way, the code where it is now
    this.listen();
  }

  listen() {
    const { plane } = this;
    dragging(
      plane.front,
      (_x, _y, event) => {
        if (!plane.pinching) plane.pan(event.movementX, event.movementY);
      },
      () => {},
    );
    plane.front.addEventListener("dblclick", () => plane.reset());
    const pressed = (key) => {
      if (key === "+" || key === "=") plane.zoom(0.8);
      else if (key === "-") plane.zoom(1.25);
      else if (key === "0") plane.reset();
      else return false;
    };
    keys(plane.front, pressed, () => {});
  }

  take(gallery, code) {
    const { latent } = code.facts;
    this.frame = principal(code);
    this.plane.set(project(code.arrays.vectors, latent, this.frame), shadesOf(gallery));
    this.about.textContent =
      latent > 2
        ? "The two principal directions of the codes: the paths are drawn where they really are."
        : "The code itself.";
  }

  /** The paths between two codes; along(way, share) is the code at a share of a way. */
  lead(ends, along) {
    this.ends = ends;
    for (const way of Object.keys(WAY_COLOURS))
      this.paths[way] = Array.from({ length: STEPS + 1 }, (_, i) => this.onPlane(along(way, i / STEPS)));
  }

  mark(now) {
    this.now = now;
    this.plane.top();
  }

  onPlane(z) {
    return project(z, z.length, this.frame);
  }

  over(context) {
    if (!this.ends.length) return;
    const { plane } = this,
      place = (z) => plane.toScreen(...this.onPlane(z));
    for (const [way, colour] of Object.entries(WAY_COLOURS)) {
      context.strokeStyle = colour;
      context.lineWidth = 3;
      context.setLineDash(way === "straight" ? [] : [7, 5]);
      context.beginPath();
      for (const [x, y] of this.paths[way]) context.lineTo(...plane.toScreen(x, y));
      context.stroke();
    }
    context.setLineDash([]);
    for (const [way, z] of Object.entries(this.now)) {
      circle(context, ...place(z), 8);
      context.fillStyle = WAY_COLOURS[way];
      context.strokeStyle = plane.colours.background;
      context.lineWidth = 2.5;
      context.fill();
      context.stroke();
    }
    context.fillStyle = plane.colours.text;
    context.font = `bold 16px ${plane.colours.font}`;
    for (const [i, z] of this.ends.entries()) {
      const [x, y] = place(z);
      context.fillText("AB"[i], x + 9, y - 9);
    }
  }
}
