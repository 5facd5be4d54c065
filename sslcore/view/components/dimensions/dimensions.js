// Every dimension of a code: its traversal as a strip, and under the strip the slider that moves along it.

const FRAMES = 11;
const FEW = 10; // dimensions shown at first

export default (args) => live(args, (root, api) => new Dimensions(root, api));

class Dimensions {
  /**
   * @param {HTMLElement} root
   * @param {Api} api
   */
  constructor(root, api) {
    this.api = api;
    this.painter = new Painter(api);
    this.field = imageField("Image", (i) => {
      this.around = i;
      this.toImage();
    });
    this.picture = element("div", { class: "picture" });
    this.rows = element("div", { class: "rows" });
    this.place = element("output", { class: "note" });
    this.more = button("", () => this.fewOrAll());
    /** @type {Store} */
    this.gallery = null;
    /** @type {Store} */
    this.code = null;
    this.canvas = null; // of the code on the sliders
    this.lines = []; // one a dimension: {k, frames, slider, value, node}
    this.z = null;
    this.around = 0; // the image
    this.shown = FEW;
    this.drawing = 0; // counts the strips that were begun
    const acts = [
      button("To this image", () => this.toImage()),
      button("Reset to 0", () => this.move(new Float32Array(this.code.facts.latent)), { "data-reset": true }),
      button("Random", () => this.random()),
    ];
    const left = [this.picture, this.field.node, element("div", { class: "row" }, ...acts), this.place];
    root.append(
      element(
        "div",
        { class: "bench" },
        element("div", { class: "left" }, ...left),
        element("div", {}, this.rows, this.more),
      ),
    );
  }

  update(_, stores, state, fresh) {
    const other = this.gallery !== stores.gallery || this.code !== stores.code;
    [this.gallery, this.code] = [stores.gallery, stores.code];
    this.painter.update(stores.decoder, this.gallery.shapes.pixels.slice(1), stores.answer);
    if (other) this.lay();
    if (!other && !fresh) return;
    const d = this.code.facts.latent;
    if (fresh) [this.around, this.shown] = [state.around, state.shown];
    this.shown = Math.max(1, Math.min(this.shown, d));
    this.field.set(this.gallery, this.around);
    this.around = this.field.value;
    const start = fresh && state.z.length === d ? Float32Array.from(state.z) : this.codeAround();
    this.move(start, !this.painter.decoder);
  }

  lay() {
    this.canvas = imageCanvas(this.gallery.shapes.pixels.slice(1), "The image of the code on the sliders", "image out");
    this.picture.replaceChildren(this.canvas);
    this.lines = Array.from(this.code.arrays.order, (k) => this.line(k));
    this.rows.replaceChildren(...this.lines.map(({ node }) => node));
  }

  /** Dimension k: its slider and, where the browser can decode it, its strip. */
  line(k) {
    const { low, high, importance } = this.code.arrays,
      [from, to] = [low[k], high[k]];
    const label = `Dimension ${k}, from ${digits(from, 2)} to ${digits(to, 2)}`,
      shape = this.gallery.shapes.pixels.slice(1);
    const row = this.painter.decoder ? stripCanvas(shape, FRAMES, label) : { canvas: null, cells: [] };
    const slider = element("input", {
      type: "range",
      min: from,
      max: to,
      step: (to - from) / 400,
      "aria-label": `Dimension ${k}`,
      input: () => {
        this.z[k] = +slider.value;
        this.now();
      },
      change: () => this.rest(),
    });
    const value = element("span", { class: "value" });
    const names = [element("b", {}, `z${k}`), element("span", {}, digits(importance[k], 2)), value];
    const node = element(
      "div",
      { class: "line" },
      element("div", { class: "label" }, ...names),
      element("div", { class: "travel" }, element("div", { class: "strip" }, row.canvas), slider),
    );
    return { k, frames: row.cells, slider, value, node };
  }

  /** Only what a drag must show at once: the picture and the numbers. */
  now() {
    this.painter.show([{ canvas: this.canvas, z: this.z }]);
    for (const { k, slider, value } of this.lines) {
      if (+slider.value !== this.z[k]) slider.value = this.z[k];
      value.textContent = this.z[k].toFixed(2);
    }
    this.place.textContent = `|z| = ${Math.hypot(...this.z).toFixed(2)}`;
    this.rows.classList.add("moving");
  }

  /** At rest: the strips around this code, a few frames at a time, and Python hears of it. */
  rest(tell = true) {
    for (const [i, { node }] of this.lines.entries()) node.hidden = i >= this.shown;
    this.more.textContent = this.shown > FEW ? `Only the first ${FEW}` : `All ${this.code.facts.latent} dimensions`;
    this.more.hidden = this.code.facts.latent <= FEW;
    const z = Array.from(this.z, (value) => +value.toFixed(3));
    if (tell) this.api.commit({ around: this.around, z, ...this.painter.ended() });
    this.drawing += 1;
    this.drawStrips(this.stripFrames(), Float32Array.from(this.z), this.drawing);
  }

  /** The frames of the strips that are shown, and what each changes of the code. */
  stripFrames() {
    const { low, high } = this.code.arrays;
    return this.lines
      .slice(0, this.shown)
      .flatMap(({ k, frames }) =>
        frames.map((canvas, i) => ({ canvas, k, value: low[k] + (i / (FRAMES - 1)) * (high[k] - low[k]) })),
      );
  }

  drawStrips(frames, around, turn) {
    if (turn !== this.drawing) return; // moved again
    for (const end = performance.now() + 8; frames.length && performance.now() < end; ) {
      const { canvas, k, value } = frames.shift(),
        z = Float32Array.from(around);
      z[k] = value;
      this.painter.show([{ canvas, z }]);
    }
    if (frames.length) requestAnimationFrame(() => this.drawStrips(frames, around, turn));
    else this.rows.classList.remove("moving");
  }

  move(to, tell = true) {
    this.z = to;
    this.now();
    this.rest(tell);
  }

  codeAround() {
    const d = this.code.facts.latent;
    return this.code.arrays.vectors.slice(this.around * d, (this.around + 1) * d);
  }

  toImage() {
    this.field.set(this.gallery, this.around);
    this.move(this.codeAround());
  }

  random() {
    const { mean, deviation } = this.code.arrays;
    const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
    const value = (_, k) => (this.code.facts.prior ? normal() : mean[k] + deviation[k] * normal());
    this.move(Float32Array.from(mean, value));
  }

  fewOrAll() {
    this.shown = this.shown > FEW ? FEW : this.code.facts.latent;
    this.rest(false);
    this.api.commit({ shown: this.shown, ...this.painter.ended() });
  }
}
