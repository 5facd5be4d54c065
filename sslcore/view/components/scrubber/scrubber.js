// A training, gone through by hand: map, reconstructions, cosines and loss, all at the same epoch.

const SECONDS = 0.8; // from one snapshot to the next while it plays

export default (args) => live(args, (root, api) => new Scrubber(root, api));

class Scrubber {
  /**
   * @param {HTMLElement} root
   * @param {Api} api
   */
  constructor(root, api) {
    this.root = root;
    this.api = api;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.slider = element("input", {
      type: "range",
      min: 0,
      step: "any",
      "aria-label": "Epoch",
      input: () => this.goByHand(+this.slider.value),
      change: () => this.settle(),
    });
    this.marks = element("div", { class: "marks", "aria-hidden": "true" });
    this.said = element("output", { class: "epoch" });
    this.play = player(
      (seconds) => this.advance(seconds),
      () => this.settle(),
    );
    this.numbers = element("dl", { class: "numbers" });
    this.map = new EpochMap();
    this.lossHost = element("div", { class: "loss" });
    this.cosineHost = element("div");
    this.pairs = element("div", { class: "pairs" });
    this.cosinePane = titledPane("Cosines of two views: of one image, and of two", this.cosineHost);
    this.pairPane = titledPane("Inputs, and below each its reconstruction", this.pairs);
    this.facts = null;
    /** @type {Store} */
    this.training = null;
    this.last = -1; // snapshot
    this.position = 0; // 0..last
    this.shown = -1; // the snapshot that all but the map shows
    /** @type {LossChart} */
    this.loss = null;
    /** @type {CosineChart} */
    this.cosines = null;
    this.reconstructions = []; // canvases
    this.lay();
    keys(
      root,
      (key, event) => this.pressed(key, event),
      () => {
        if (this.play.getAttribute("aria-pressed") === "false") this.settle();
      },
    );
    this.end = resized(this.map.canvas, () => {
      if (this.last < 0) return;
      this.map.restyle();
      this.map.measure();
      this.map.draw();
    });
  }

  lay() {
    const back = () => {
      this.goByHand(0);
      this.settle();
    };
    const reset = button("↺ Reset", back, { title: "Back to before training (r)" }),
      slide = element("div", { class: "slide" }, this.slider, this.marks);
    this.controls = element("div", { class: "row controls" }, this.play, reset, slide, this.said);
    const lossPane = titledPane("Loss on the training images", this.lossHost),
      right = element("div", { class: "pane" }, lossPane, this.cosinePane, this.pairPane);
    this.panes = element("div", { class: "panes" }, this.map.node, right);
    this.root.append(this.controls, this.numbers, this.panes);
  }

  update(facts, stores, state, fresh) {
    const same = this.training === stores.training;
    [this.facts, this.training] = [facts, stores.training];
    const { arrays, shapes } = this.training,
      [snapshots] = shapes.points ?? [0];
    this.last = snapshots - 1;
    this.controls.hidden = this.numbers.hidden = this.map.node.hidden = snapshots === 0;
    this.panes.classList.toggle("single", snapshots === 0);
    this.cosinePane.hidden = !arrays.positives;
    this.pairPane.hidden = !arrays.reconstructions;
    if (snapshots) this.map.say(facts);
    if (!same) {
      this.cosines?.destroy();
      this.cosineHost.replaceChildren();
      this.drawLoss();
      if (snapshots) this.begin();
    }
    if (snapshots) {
      this.go(fresh ? snapshotNear(state.epoch, arrays.epochs) : this.position);
      this.map.measure();
      this.map.draw();
    }
  }

  /** What is made once for a run. */
  begin() {
    const { arrays, shapes } = this.training,
      { classes } = this.facts;
    this.shown = -1;
    this.slider.max = String(this.last);
    this.marks.replaceChildren(
      ...Array.from(arrays.epochs, (epoch, i) =>
        element("span", { style: `left:${(100 * i) / Math.max(1, this.last)}%` }, epoch),
      ),
    );
    this.map.begin(this.facts, this.training);
    if (arrays.reconstructions) {
      const [, r, ...shape] = shapes.reconstructions,
        called = (i) => sampleName(this.training, classes, i);
      this.reconstructions = pairGrid(this.pairs, this.training, shape, r, called);
    }
    if (arrays.positives) this.cosines = new CosineChart(this.cosineHost, this.training, this.facts.colours);
  }

  drawLoss() {
    this.loss?.destroy();
    this.lossHost.replaceChildren();
    const { at, terms } = this.training.arrays,
      end = at[at.length - 1],
      log = at.length > 1 && end > 11;
    const domain = log ? [at[0], end] : [0, Math.max(1e-6, end ?? 1)];
    this.loss = new LossChart(this.lossHost, this.facts, { domain, log });
    this.loss.show(at, terms);
    this.loss.draw();
    dragging(
      this.loss.svg,
      (x, y) => this.goByHand(placeOf(this.loss.under(x, y)[0], this.training.arrays.epochs)),
      () => this.settle(),
      () => this.last >= 0,
    );
    this.loss.svg.style.touchAction = "pan-y";
  }

  // ---- where we are ----

  /** Show a place in 0..last; between two snapshots the points are on their way, all else is at the nearer one. */
  go(to) {
    this.position = Math.min(this.last, Math.max(0, this.still.matches ? Math.round(to) : to));
    const at = Math.round(this.position),
      epoch = epochAt(this.position, this.training.arrays.epochs);
    this.slider.value = String(this.position);
    const { x } = this.loss.axes,
      xs = [Math.max(x.domain[0], epoch)];
    this.loss.set("cursor", { kind: "rule", xs, colour: this.map.map.colours.text, width: 2 });
    if (at !== this.shown) this.change(at);
    this.map.draw(this.position);
  }

  goByHand(to) {
    this.play.stop();
    this.go(to);
  }

  /** All but the map, at a snapshot. */
  change(at) {
    this.shown = at;
    const { arrays, shapes } = this.training,
      epoch = arrays.epochs[at],
      words = epoch ? `epoch ${epoch} of ${arrays.epochs[this.last]}` : "before training";
    this.said.textContent = words;
    this.slider.setAttribute("aria-valuetext", `${words}, step ${arrays.steps[at]}`);
    this.root.dataset.epoch = epoch;
    this.numbers.replaceChildren(...listed(this.numbersAt(at)));
    if (arrays.reconstructions) {
      const [, r, ...shape] = shapes.reconstructions,
        size = r * shape.reduce((a, b) => a * b);
      paintAll(this.reconstructions, arrays.reconstructions.subarray(at * size, (at + 1) * size), shape);
    }
    if (arrays.positives) this.cosines.show(at);
  }

  numbersAt(at) {
    const { arrays } = this.training,
      { terms, values } = this.facts,
      T = terms.length,
      reached = Array.from(arrays.reached.subarray(at * T, (at + 1) * T)),
      rows = [["step", arrays.steps[at].toLocaleString("en")]];
    const loss = reached.reduce((a, b) => a + b, 0);
    if (T > 1) rows.push(["loss", digits(loss, 4)]);
    for (const [j, name] of terms.entries())
      rows.push([T > 1 ? `${j ? "+" : "="} ${name}` : name, digits(reached[j], 4)]);
    for (const [j, name] of values.entries())
      rows.push([`held-out ${name}`, digits(arrays.values[at * values.length + j], 4)]);
    return [...rows, ["map's trustworthiness", digits(arrays.trust[at], 3)]];
  }

  settle() {
    if (this.last < 0) return;
    this.go(Math.round(this.position));
    this.api.commit({ epoch: this.training.arrays.epochs[this.shown] });
  }

  advance(seconds) {
    if (this.position >= this.last) this.go(0);
    else this.go(this.position + seconds / SECONDS);
    return this.position < this.last;
  }

  pressed(key, event) {
    if (this.last < 0) return false;
    const by = { ArrowRight: 1, ArrowLeft: -1, PageUp: 1, PageDown: -1 }[key],
      way = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (by) this.goByHand(Math.round(this.position) + by);
    else if (key === "Home" || key === "r") this.goByHand(0);
    else if (key === "End") this.goByHand(this.last);
    else if (key === " " && event.target.tagName !== "BUTTON") this.play.toggle();
    else if (way && event.target === this.map.canvas) this.map.walk(way);
    else if (key === "Escape" && this.map.held >= 0) this.map.hold(-1);
    else return false;
  }

  restyle() {
    if (this.last < 0) return;
    this.map.restyle();
    this.go(this.position);
  }

  destroy() {
    this.play.stop();
    clearTimeout(this.map.timer);
    this.loss?.destroy();
    this.cosines?.destroy();
    this.end();
  }
}
