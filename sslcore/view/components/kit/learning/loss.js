/** The terms of a loss against the epoch, stacked, so that their height is the loss; as lines where one is negative. */
class LossChart extends Chart {
  /** @param {Partial<Axis>} x its axis */
  constructor(host, { terms, colours }, x) {
    const title = terms.length > 1 ? "sum of the terms" : (terms[0] ?? "");
    super(host, {
      height: 230,
      label: "Loss against epoch",
      x: { title: "epoch", domain: [0, 1], ...x },
      y: { title, domain: [0, 1] },
    });
    this.terms = terms;
    this.colours = colours;
    this.least = this.most = 0; // of what has been shown: the axis never shrinks
  }

  /** Epochs [n] and terms [k n]. */
  show(at, values) {
    const n = at.length,
      stacked = values.every((value) => !(value < 0)),
      marks = this.marksOf(Array.from(at), values, stacked);
    for (const value of marks.flatMap(({ ys }) => ys))
      if (Number.isFinite(value)) [this.least, this.most] = [Math.min(this.least, value), Math.max(this.most, value)];
    const domain = [this.least * 1.05, this.most * 1.05 || 1];
    if (String(domain) !== String(this.axes.y.domain)) this.axis("y", { domain });
    for (const mark of marks) {
      this.set(mark.title, mark);
      if (stacked) this.set(`${mark.title} line`, { ...mark, kind: "line", opacity: 1, title: "" });
      else this.remove(`${mark.title} line`);
    }
    const sum = (i) => digits(this.terms.reduce((total, _, j) => total + values[j * n + i], 0));
    const how = `terms ${stacked ? "stacked" : "as lines"}: ${this.terms.join(", ")}`;
    this.svg.setAttribute("aria-label", `Loss against epoch, from ${sum(0)} to ${sum(n - 1)}; ${how}`);
  }

  /** A mark for each term, which stands on the one before or on zero. */
  marksOf(xs, values, stacked) {
    let low = xs.map(() => 0);
    return this.terms.map((title, j) => {
      const ys = low.map((value, i) => value + values[j * xs.length + i]),
        colour = this.colours[j % this.colours.length],
        kind = stacked ? "band" : "line";
      const mark = { kind, xs, ys, low, title, colour, opacity: stacked ? 0.3 : 1 };
      if (stacked) low = ys;
      return mark;
    });
  }
}
