// A training as it goes: its loss, the map of its code and its reconstructions, each second anew.

const SECONDS = 0.9; // in which points travel to where they are now, before the next second
const NO_POINTS = new Float32Array(0);

export default (args) => live(args, (root) => new Live(root));

class Live {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.numbers = element("dl", { class: "numbers" });
    this.done = element("progress", { max: 1, "aria-label": "Training" });
    this.canvas = element("canvas", { class: "map", role: "img" });
    this.legend = element("div", { class: "legend", role: "group", "aria-label": "Show one class alone" });
    this.heading = element("h2");
    this.note = element("p", { class: "note" });
    this.lossHost = element("div", { class: "loss" });
    this.pairs = element("div", { class: "pairs" });
    this.pairPane = titledPane("Inputs, and below each its reconstruction", this.pairs);
    this.map = new ClassMap(this.canvas);
    this.facts = null;
    /** @type {Store} */
    this.gallery = null;
    /** @type {LossChart} */
    this.loss = null;
    this.reconstructions = []; // canvases
    this.solo = -1;
    this.box = null; // that is seen now
    this.from = this.to = this.points = NO_POINTS; // as they were, as they are, and on their way
    this.frame = 0;
    const lossPane = titledPane("Loss on the training images", this.lossHost);
    const mapPane = element("section", { class: "pane" }, this.heading, this.canvas, this.legend, this.note);
    root.append(
      element("div", { class: "bar" }, this.numbers, this.done),
      element("div", { class: "panes" }, mapPane, element("div", { class: "pane" }, lossPane, this.pairPane)),
    );
    this.end = resized(this.canvas, () => this.restyle());
  }

  update(facts, stores) {
    const first = this.gallery !== stores.gallery,
      others = String(this.facts?.terms) !== String(facts.terms);
    [this.facts, this.gallery] = [facts, stores.gallery];
    if (first) this.begin();
    if (first || others) this.beginLoss();
    this.numbers.replaceChildren(...listed(facts.rows));
    this.done.value = facts.done;
    const { history, live } = stores;
    this.loss.show(history.arrays.at, history.arrays.terms);
    if (live) this.show(live);
  }

  begin() {
    [this.solo, this.reconstructions, this.box, this.to] = [-1, [], null, NO_POINTS];
    this.pairs.replaceChildren();
    classKeys(this.legend, this.facts, (i) => {
      this.solo = i;
      this.draw();
    });
    this.map.dress(this.facts, galleryCount(this.gallery));
  }

  beginLoss() {
    this.loss?.destroy();
    this.lossHost.replaceChildren();
    this.loss = new LossChart(this.lossHost, this.facts, { domain: [0, this.facts.epochs] });
    this.loss.draw();
  }

  /** The codes and reconstructions of a second. */
  show({ facts: { epoch }, arrays: { points, reconstructions }, shapes }) {
    this.heading.textContent = this.facts.title;
    this.note.textContent = this.facts.note;
    this.canvas.setAttribute("aria-label", this.facts.title);
    this.root.dataset.epoch = epoch;
    if (reconstructions) {
      const [r, ...shape] = shapes.reconstructions,
        called = (i) => sampleName(this.gallery, this.facts.classes, i);
      if (this.reconstructions.length !== r)
        this.reconstructions = pairGrid(this.pairs, this.gallery, shape, r, called);
      paintAll(this.reconstructions, reconstructions, shape);
    }
    this.pairPane.hidden = !reconstructions;
    if (points !== this.to) this.travel(points);
  }

  /** Send the points to where they are now; the box around them follows as calmly. */
  travel(next) {
    const same = this.points.length === next.length && this.to.length > 0;
    this.from = same ? this.points.slice() : next;
    this.to = next;
    this.points = new Float32Array(next.length);
    const wanted = boxAround(next),
      before = this.box ?? wanted,
      began = performance.now();
    cancelAnimationFrame(this.frame);
    const step = (now) => {
      const t = this.still.matches ? 1 : Math.min(1, Math.max(0, (now - began) / 1000 / SECONDS)),
        { from, to, points } = this;
      for (let i = 0; i < to.length; i++) points[i] = from[i] + eased(t) * (to[i] - from[i]);
      this.box = before.map((value, k) => value + eased(t) * (wanted[k] - value));
      this.map.measure(this.box, this.facts.axes);
      this.draw();
      if (t < 1) this.frame = requestAnimationFrame(step);
    };
    step(began);
  }

  draw() {
    if (this.to.length) this.map.draw(this.points, this.gallery.arrays.labels, this.solo);
  }

  restyle() {
    if (!this.gallery) return;
    this.map.dress(this.facts, galleryCount(this.gallery));
    this.map.measure(this.box, this.facts.axes);
    this.draw();
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.loss?.destroy();
    this.end();
  }
}
