const ACCENT = "#D55E00"; // of the cross and of the posterior

/** One run's pane: its plane of the code, and the picture decoded where all panes are. */
class PadPane {
  /**
   * @param {{ title: string, suffix: string, prior: boolean }} facts
   * @param {Pad} pad
   */
  constructor({ title, suffix, prior }, pad) {
    this.pad = pad;
    this.suffix = suffix; // of its settings and stores
    this.prior = prior;
    this.painter = new Painter(pad.api);
    const host = element("div"),
      how =
        "Drag or use the arrow keys to move the code, + and − to zoom, Enter for the posterior of the nearest image.";
    this.plane = new Plane(host, `${title}: a plane of the code. ${how}`, (context) => this.over(context));
    this.plane.moved = () => pad.looked(this);
    this.readout = element("output", { class: "note" });
    this.near = element("span", { class: "note" });
    this.pictures = element("div", { class: "pictures" });
    this.node = element(
      "div",
      { class: "pane" },
      element("b", {}, title),
      element("div", { class: "pair" }, host, this.pictures),
      this.readout,
    );
    /** @type {Store} */
    this.code = null;
    this.frame = null; // the plane's origin and directions
    this.frameName = "";
    this.shades = [];
    this.out = this.original = null; // canvases
    this.at = null; // the place on the plane, in its units
    this.nearest = -1; // image
    this.panning = false;
    this.listen();
  }

  listen() {
    const { front } = this.plane;
    dragging(
      front,
      (x, y, event) => {
        if (this.plane.pinching) return;
        if (this.panning) this.plane.pan(event.movementX, event.movementY);
        else this.go(x, y);
      },
      () => {
        if (!this.panning) this.pad.commit();
      },
      (event) => {
        this.panning = event.shiftKey;
        return true;
      },
    );
    front.addEventListener("dblclick", () => this.choose());
    keys(
      front,
      (key, event) => this.pressed(key, event),
      () => this.pad.commit(),
    );
  }

  pressed(key, event) {
    const step = (event.shiftKey ? 0.1 : 0.02) * (this.plane.view.half / this.plane.home.half),
      way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
    if (way) this.pad.move(this.pad.state.pad.map((value, axis) => value + step * way[axis]));
    else if (key === "+" || key === "=") this.pad.zoom(0.8);
    else if (key === "-") this.pad.zoom(1.25);
    else if (key === "Enter") this.choose();
    else return false;
  }

  /** To a place on the screen. */
  go(px, py) {
    const { home } = this.plane,
      [x, y] = this.plane.toPlane(px, py);
    this.pad.move([(x - home.x) / home.half, (y - home.y) / home.half]);
  }

  choose() {
    this.pad.set({ posterior: this.nearest }, true);
  }

  /** Take its code, its decoder and what Python has decoded. */
  take(stores, gallery) {
    this.code = stores[`code${this.suffix}`];
    this.painter.update(
      stores[`decoder${this.suffix}`],
      gallery.shapes.pixels.slice(1),
      stores[`answer${this.suffix}`],
    );
  }

  /** What is made once for a gallery. */
  lay(gallery) {
    const shape = gallery.shapes.pixels.slice(1);
    this.shades = shadesOf(gallery);
    this.out = imageCanvas(shape, "The code under the pointer, decoded", "image out");
    this.original = imageCanvas(shape, "The image whose code is nearest", "image original");
    this.pictures.replaceChildren(
      element("figure", {}, this.out, element("figcaption", {}, "decoded")),
      element("figure", {}, this.original, element("figcaption", {}, "nearest image", element("br"), this.near)),
    );
  }

  /** Lay the plane that is chosen; -> what is wrong with the choice. */
  cut(state) {
    const { frame, error } = planeOf(this.code, state),
      name = planeName(state);
    if (error) return error;
    if (this.frame && this.frameName === name) return "";
    [this.frame, this.frameName] = [frame, name];
    this.plane.set(project(this.code.arrays.vectors, this.code.facts.latent, frame), this.shades);
    this.plane.looking = state.view;
    return "";
  }

  /** Decode the place where all panes are. */
  decode([right, up], gallery) {
    const { plane, frame } = this,
      { home } = plane;
    if (!frame) return; // the first choice was no plane
    this.at = [home.x + right * home.half, home.y + up * home.half];
    const [x, y] = this.at,
      z = Float32Array.from(frame.origin, (value, k) => value + x * frame.u[k] + y * frame.v[k]);
    this.painter.show([{ canvas: this.out, z }]);
    const [nearest, distance] = plane.nearest(x, y);
    if (nearest !== this.nearest) {
      this.nearest = nearest;
      paint(this.original, galleryImage(gallery, nearest), gallery.shapes.pixels[1]);
    }
    this.near.textContent = galleryName(gallery, nearest);
    const place = `u ${x.toFixed(2)}, v ${y.toFixed(2)} · nearest code ${distance.toFixed(2)} away on the plane`,
      far = plane.isFar(x, y) ? " · far from every code: no image was put here" : "";
    this.readout.textContent = place + far;
    plane.top();
  }

  // ---- what moves above the points ----

  over(context) {
    if (!this.at) return;
    const { posterior } = this.pad.state;
    if (this.prior) this.priorAndPosterior(context, posterior);
    this.ring(context, posterior, 8);
    if (this.nearest >= 0) this.ring(context, this.nearest, 5);
    this.cross(context);
  }

  /** One and two deviations of the prior, and two of an image's posterior. */
  priorAndPosterior(context, i) {
    const { plane, frame, code } = this,
      d = code.facts.latent,
      middle = [frame.u, frame.v].map((way) => -frame.origin.reduce((sum, value, k) => sum + value * way[k], 0));
    for (const radius of [1, 2]) this.curve(context, circled(middle, radius), plane.colours.text, [4, 6], 1.2);
    const centre = [plane.points[2 * i], plane.points[2 * i + 1]],
      logVar = code.arrays.log_var.subarray(i * d, (i + 1) * d);
    this.curve(context, posteriorEllipse(centre, logVar, frame), ACCENT, [], 3);
  }

  curve(context, points, stroke, dash, width) {
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    for (const [x, y] of points) context.lineTo(...this.plane.toScreen(x, y));
    context.stroke();
    context.setLineDash([]);
  }

  ring(context, i, radius) {
    const { points, colours } = this.plane;
    circle(context, ...this.plane.toScreen(points[2 * i], points[2 * i + 1]), radius);
    context.strokeStyle = colours.text;
    context.lineWidth = 2;
    context.stroke();
  }

  /** Where we are, with a halo. */
  cross(context) {
    const [x, y] = this.plane.toScreen(...this.at);
    context.beginPath();
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      context.moveTo(x + 4 * dx, y + 4 * dy);
      context.lineTo(x + 15 * dx, y + 15 * dy);
    }
    for (const [colour, width] of [
      [this.plane.colours.background, 5],
      [ACCENT, 2.5],
    ]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    }
  }
}
