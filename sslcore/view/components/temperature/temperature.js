// The temperature lab: what tau makes of one run's held-out cosines, computed here as sslcore/temperature.py does.

const LATER = 80; // milliseconds after which the formula follows a drag: its layout costs a third of a frame
const NUMBERS = {
  // part: what it is called, and what it means
  effective: ["Effective negatives", "1/Σr²: how many negatives of equal weight would be as concentrated"],
  perplexity: ["Perplexity", "e to the entropy of the weights; never below the effective number"],
  top: ["Hardest 1 % get", "The share of the push on all negatives that the hardest hundredth gets"],
  probability: ["P of the positive", "P_ii, the softmax probability of the positive; the anchor's loss is −log P_ii"],
  pull: ["Pull (1−P)/τ", "Size of the loss's gradient at s_ii; the pushes on all negatives add up to the same"],
  push: ["Push on hardest", "P_ih/τ, the loss's gradient at the hardest negative's cosine"],
  false: ["False negatives", "How many of the hardest negatives shown are of the anchor's own class"],
};
const MARKED =
  "A dotted frame and the words “same class” mark a false negative: " +
  "of the anchor's class, and pushed away all the same.";

export default (args) => live(args, (root, api) => new TemperatureLab(root, api));

const grouped = (value) => value.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

class TemperatureLab {
  /**
   * @param {HTMLElement & { measured?: object }} root
   * @param {Api} api
   */
  constructor(root, api) {
    this.root = root;
    this.api = api;
    this.outputs = Object.fromEntries(Object.keys(NUMBERS).map((part) => [part, element("output", QUIET)]));
    this.slider = new TauSlider(this);
    this.equations = new LossFormula();
    this.number = element("input", {
      type: "number",
      min: 0,
      step: 1,
      "aria-label": "Anchor, by its number",
      change: () => this.choose(Math.min(Math.max(Math.round(+this.number.value) || 0, 0), this.pairs.n - 1)),
    });
    this.heading = element("h2", {});
    this.about = element("p", { class: "note" });
    const choose = (i) => this.choose(i);
    this.cards = new Cards(choose);
    this.sheet = new AnchorSheet(choose);
    this.hosts = { histogram: element("div"), curve: element("div"), effective: element("div") };
    this.facts = null;
    this.seen = null; // the store of the pairs
    this.pairs = null; // their rows scaled to length one: {a, b, n, d}
    /** @type {Store} */
    this.gallery = null;
    this.weigh = null;
    /** @type {CosineHistogram} */
    this.histogram = null;
    /** @type {WeightChart} */
    this.curve = null;
    /** @type {EffectiveChart} */
    this.effective = null;
    this.anchor = null;
    this.tau = null;
    this.writing = 0;
    this.lay();
    linked(root);
  }

  lay() {
    const numbers = Object.entries(NUMBERS).map(([part, [name, meaning]]) =>
      element(
        "div",
        { "data-part": part, title: meaning },
        element("dt", {}, name),
        element("dd", {}, this.outputs[part]),
      ),
    );
    const random = button("Random anchor", () => this.choose(Math.floor(Math.random() * this.pairs.n))),
      pair = (...parts) => element("div", { class: "pair" }, ...parts),
      panel = (title, ...parts) => element("section", {}, element("h2", {}, title), ...parts),
      { histogram, curve, effective } = this.hosts,
      how = "Point at a symbol, or step through them with Tab: what it measures lights up. h is the hardest negative.";
    this.root.classList.add("temperature");
    this.root.append(
      this.slider.node,
      element("dl", { class: "numbers" }, ...numbers),
      pair(
        panel("Cosines of positives and negatives", histogram),
        panel("The anchor's weights on its negatives", curve),
      ),
      element("div", { class: "row" }, this.heading, element("label", { class: "row" }, "Anchor", this.number), random),
      this.about,
      this.cards.node,
      this.sheet.head,
      this.sheet.node,
      pair(
        panel("Effective negatives against τ: drag here too", effective),
        panel("The loss of this anchor, with its numbers", this.equations.node, element("p", { class: "note" }, how)),
      ),
    );
  }

  update(facts, stores, state, fresh) {
    this.facts = facts;
    if (this.seen !== stores.pairs) this.prepare(stores);
    if (fresh) {
      const [low, high] = facts.domain,
        i = Math.min(Math.max(state.anchor, 0), this.pairs.n - 1);
      this.tau = Math.min(Math.max(state.tau, low), high);
      this.setAnchor(i);
      this.sheet.lay(this.gallery, this.pairs.n, i);
    } else this.setAnchor(this.anchor.i);
    for (const chart of [this.histogram, this.curve, this.effective]) chart.draw();
  }

  /** Everything that depends on the run alone. */
  prepare(stores) {
    const { facts, hosts } = this,
      { a, b } = stores.pairs.arrays,
      [n, d] = stores.pairs.shapes.a;
    this.seen = stores.pairs;
    this.gallery = stores.gallery;
    this.pairs = { a: unit(a, n, d), b: unit(b, n, d), n, d };
    this.weigh = weigher(this.pairs, facts.anchors, facts.edges.length - 1, facts.domain[0]);
    for (const chart of [this.histogram, this.curve, this.effective]) chart?.destroy();
    for (const host of Object.values(hosts)) host.replaceChildren();
    this.histogram = new CosineHistogram(hosts.histogram, facts);
    this.curve = new WeightChart(hosts.curve, n - 1, facts);
    this.effective = new EffectiveChart(hosts.effective, n - 1, facts);
    dragging(
      this.effective.svg,
      (x, y) => this.setTau(this.effective.under(x, y)[0], true),
      () => this.commit(),
    );
    this.cards.lay(n - 1);
    this.number.max = String(n - 1);
    this.slider.prepare(facts);
  }

  commit() {
    this.api.commit({ tau: this.tau, anchor: this.anchor.i });
  }

  setTau(value, dragged = false) {
    const [low, high] = this.facts.domain;
    const wanted = +Math.min(Math.max(value, low), high).toPrecision(3);
    if (wanted === this.tau) return;
    this.tau = wanted;
    this.draw(dragged);
  }

  choose(i) {
    this.setAnchor(i);
    this.commit();
  }

  setAnchor(i) {
    const { labels } = this.gallery.arrays,
      anchor = anchorOf(i, this.pairs);
    this.anchor = {
      ...anchor,
      same: labels && Array.from(anchor.images, (j) => labels[j] === labels[i]),
      curve: this.facts.curves.tau.map((tau) => effectiveNegatives(weights(anchor.s, tau).r)),
    };
    this.number.value = i;
    this.heading.textContent = `The anchor and its ${this.cards.negatives} hardest negatives`;
    const told = labels ? MARKED : "This gallery has no labels, so false negatives cannot be told.";
    this.about.textContent = `Click a negative to make it the anchor. ${told}`;
    this.cards.showAnchor(this.anchor, this.gallery);
    this.sheet.mark(i);
    for (const chart of [this.histogram, this.curve, this.effective]) chart.showAnchor(this.anchor);
    this.draw();
  }

  /** All that follows tau. */
  draw(dragged = false) {
    const { tau, anchor } = this,
      now = measure(anchor, tau),
      weighed = this.weigh(tau);
    this.slider.show(tau);
    this.histogram.showWeighed(weighed);
    this.curve.showWeights(now.r);
    this.effective.showTau(tau, now.effective);
    this.cards.showWeights(now);
    const looked = this.cards.negatives,
      alike = anchor.same?.slice(0, looked).filter(Boolean).length;
    const values = {
      effective: grouped(now.effective),
      perplexity: grouped(now.perplexity),
      top: percent(now.top),
      probability: digits(now.probability),
      pull: digits(now.pull),
      push: digits(now.push),
      false: anchor.same ? `${alike} of ${looked}` : "no labels",
    };
    for (const [part, text] of Object.entries(values)) this.outputs[part].value = text;
    this.root.measured = { tau, ...anchor, ...now, weighed };
    if (!dragged) this.write();
    else this.writing ||= setTimeout(() => this.write(), LATER);
  }

  /** The formula, with what was measured last. */
  write() {
    clearTimeout(this.writing);
    this.writing = 0;
    const { tau, anchor, pairs } = this,
      now = measure(anchor, tau),
      m = anchor.s.length,
      from = this.facts.formula_from,
      valid = tau >= from;
    const values = {
      positive: anchor.positive.toFixed(3),
      tau: String(tau),
      logSum: now.logSum.toFixed(3),
      loss: now.loss < 0.001 ? digits(now.loss) : now.loss.toFixed(3),
      probability: digits(now.probability),
      weight: digits(now.r[0]),
      effective: now.effective.toFixed(1),
      m: String(m),
      minusPull: `-${digits(now.pull)}`,
      push: digits(now.push),
      uniform: digits(m * Math.exp(-1 / (pairs.d * tau) / tau), 4),
    };
    const where = `τ = ${digits(from, 2)}`;
    this.equations.set(
      values,
      valid ? `That last formula is valid from ${where} on.` : `That last formula is not valid here, below ${where}.`,
    );
  }

  destroy() {
    clearTimeout(this.writing);
    for (const chart of [this.histogram, this.curve, this.effective]) chart?.destroy();
  }
}
