// From image A to image B: straight through the code, along the arc, and through the pixels, all at the same t.

const FRAMES = 11;
const WAYS = ["straight", "spherical", "in pixels"];
const SPEED = 0.4; // of t in a second

export default (args) => live(args, (root, api) => new Walk(root, api));

class Walk {
  /**
   * @param {HTMLElement} root
   * @param {Api} api
   */
  constructor(root, api) {
    this.root = root;
    this.api = api;
    this.painter = new Painter(api);
    this.picks = { a: this.picker("A"), b: this.picker("B") };
    this.slider = element("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.005,
      "aria-label": "Position t on the path from A to B",
      input: () => this.stopAt(+this.slider.value),
      change: () => this.release(),
    });
    this.readout = element("output", { class: "note" });
    this.strips = element("div", { class: "strips" });
    this.shown = element("div", { class: "row shown" });
    this.map = new PathMap();
    this.play = player(
      (seconds) => this.travel(seconds),
      () => this.release(),
    );
    this.facts = null;
    /** @type {Store} */
    this.gallery = null;
    /** @type {Store} */
    this.code = null;
    this.t = 0.5;
    this.towards = 1;
    this.cells = {}; // by way: {strip, frames, canvas, length}
    this.ends = { a: 0, b: 0, za: null, zb: null, xa: null, xb: null }; // images, their codes and pixels
    this.lay();
    dragging(
      this.strips,
      (_x, _y, event) => {
        const box = this.cells.straight.strip.getBoundingClientRect();
        this.moveTo((event.clientX - box.left) / box.width);
      },
      () => this.release(),
      () => {
        this.play.stop();
        return true;
      },
    );
  }

  picker(name) {
    const which = name.toLowerCase(),
      pick = (i) => {
        this.set({ [which]: i });
        this.api.commit({ [which]: i, ...this.painter.ended() });
      };
    const field = imageField(`Image ${name}`, pick),
      sheet = imageSheet(`Thumbnails for image ${name}`, pick);
    return { node: element("div", { class: "picker" }, field.node, sheet.node), field, sheet };
  }

  lay() {
    const back = () => {
      this.moveTo(0);
      this.release();
    };
    const control = [this.play, button("To A", back, { "data-reset": true }), this.slider],
      formula = element("div", { class: "formula" }, ...formulas());
    const ways = [this.strips, element("div", { class: "row control" }, ...control), this.shown, formula, this.readout];
    this.root.append(
      element("div", { class: "pickers" }, this.picks.a.node, this.picks.b.node),
      element("div", { class: "stage" }, element("div", { class: "ways" }, ...ways), this.map.node),
    );
  }

  update(facts, stores, state, fresh) {
    this.facts = facts;
    const other = this.gallery !== stores.gallery || this.code !== stores.code;
    [this.gallery, this.code] = [stores.gallery, stores.code];
    this.painter.update(stores.decoder, this.gallery.shapes.pixels.slice(1), stores.answer);
    if (other) {
      this.layWays();
      this.map.take(this.gallery, this.code);
    }
    if (!fresh && !other) return;
    if (fresh) this.t = state.t;
    this.set({ a: state.a, b: state.b });
    if (other && !this.painter.decoder) this.api.commit(this.painter.ended());
  }

  layWays() {
    const shape = this.gallery.shapes.pixels.slice(1);
    this.shown.replaceChildren();
    this.strips.replaceChildren();
    for (const way of WAYS) {
      const { canvas: row, cells: frames } = stripCanvas(shape, FRAMES, ""),
        strip = element("div", { class: "strip" }, row),
        canvas = imageCanvas(shape, `At t, ${way}`, "image out"),
        length = element("span", { class: "note" });
      this.cells[way] = { strip, frames, canvas, length };
      this.strips.append(element("b", {}, way), strip);
      const swatch = { style: WAY_COLOURS[way] ? `color:${WAY_COLOURS[way]}` : null, class: "swatch" },
        caption = element("figcaption", {}, element("b", swatch, "● "), way, element("br"), length);
      this.shown.append(element("figure", {}, canvas, caption));
    }
  }

  /** Other ends. */
  set(change) {
    const ends = Object.assign(this.ends, change);
    for (const which of ["a", "b"]) {
      const { field, sheet } = this.picks[which];
      field.set(this.gallery, ends[which]);
      sheet.set(this.gallery, this.facts.picks, field.value);
      ends[which] = field.value;
    }
    const d = this.code.facts.latent,
      code = (i) => this.code.arrays.vectors.subarray(i * d, (i + 1) * d);
    [ends.za, ends.zb] = [code(ends.a), code(ends.b)];
    [ends.xa, ends.xb] = [galleryImage(this.gallery, ends.a), galleryImage(this.gallery, ends.b)];
    this.map.lead([ends.za, ends.zb], (way, share) => this.along(way, share));
    this.show(WAYS.flatMap((way) => this.strip(way)));
  }

  /** What is to be decoded for the strip of a way; pixels are mixed at once. */
  strip(way) {
    const { strip, frames } = this.cells[way],
      { a, b } = this.ends,
      shares = frames.map((_, i) => i / (FRAMES - 1));
    strip.firstChild.setAttribute("aria-label", `${FRAMES} steps from image ${a} to image ${b}, ${way}`);
    if (way !== "in pixels") return shares.map((share, i) => ({ canvas: frames[i], z: this.along(way, share) }));
    for (const [i, share] of shares.entries()) paint(frames[i], this.mixed(share), this.gallery.shapes.pixels[1]);
    return [];
  }

  /** What t moves, and these frames of the strips: [{canvas, z}]. */
  show(frames = []) {
    const now = { straight: this.along("straight", this.t), spherical: this.along("spherical", this.t) };
    paint(this.cells["in pixels"].canvas, this.mixed(this.t), this.gallery.shapes.pixels[1]);
    this.painter.show([...Object.entries(now).map(([way, z]) => ({ canvas: this.cells[way].canvas, z })), ...frames]);
    this.slider.value = String(this.t);
    this.strips.style.setProperty("--t", String(this.t));
    this.write(now);
    this.map.mark(now);
  }

  write(now) {
    const { za, zb } = this.ends,
      length = (z) => Math.hypot(...z),
      dot = za.reduce((sum, value, k) => sum + value * zb[k], 0),
      cosine = dot / Math.max(1e-12, length(za) * length(zb)),
      apart = length(za.map((value, k) => value - zb[k]));
    for (const [way, z] of Object.entries(now)) this.cells[way].length.textContent = `|z| = ${length(z).toFixed(2)}`;
    const lengths = `|z_A| = ${length(za).toFixed(2)}, |z_B| = ${length(zb).toFixed(2)}`;
    this.readout.textContent =
      `t = ${this.t.toFixed(2)} · ${lengths}, |z_A − z_B| = ${apart.toFixed(2)}, ` + `cosine ${cosine.toFixed(2)}`;
  }

  mixed(share) {
    return this.ends.xa.map((value, i) => Math.round(value + share * (this.ends.xb[i] - value)));
  }

  along(way, share) {
    return (way === "straight" ? straight : spherical)(this.ends.za, this.ends.zb, share);
  }

  moveTo(t) {
    this.t = Math.min(1, Math.max(0, t));
    this.show();
  }

  stopAt(t) {
    this.play.stop();
    this.moveTo(t);
  }

  /** There and back again, for ever. */
  travel(seconds) {
    if (this.t >= 1) this.towards = -1;
    if (this.t <= 0) this.towards = 1;
    this.moveTo(this.t + this.towards * seconds * SPEED);
  }

  release() {
    this.api.commit({ t: +this.t.toFixed(3), ...this.painter.ended() });
  }

  restyle() {
    this.map.plane.draw();
  }

  destroy() {
    this.play.stop();
    this.map.plane.end();
  }
}

/** The line from a to b. */
function straight(a, b, t) {
  return a.map((value, k) => value + t * (b[k] - value));
}

/** The arc between their directions, the length changing evenly, as sslcore.latent.spherical; else the line. */
function spherical(a, b, t) {
  const lengthA = Math.hypot(...a),
    lengthB = Math.hypot(...b);
  if (Math.min(lengthA, lengthB) < 1e-6) return straight(a, b, t);
  let cosine = 0;
  for (let k = 0; k < a.length; k++) cosine += (a[k] / lengthA) * (b[k] / lengthB);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine))),
    sine = Math.sin(angle);
  if (sine < 1e-4) return straight(a, b, t);
  const length = lengthA + t * (lengthB - lengthA),
    wa = (Math.sin((1 - t) * angle) / sine / lengthA) * length,
    wb = (Math.sin(t * angle) / sine / lengthB) * length;
  return a.map((value, k) => wa * value + wb * b[k]);
}
