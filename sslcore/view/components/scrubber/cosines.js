/** Densities of the cosines of positives and negatives, at one snapshot of a training. */
class CosineChart extends Chart {
  /**
   * @param {HTMLElement} host
   * @param {Store} training
   * @param {string[]} colours
   */
  constructor(host, { arrays, shapes }, colours) {
    const [, bins] = shapes.positives,
      edges = Array.from({ length: bins + 1 }, (_, i) => -1 + (2 * i) / bins);
    let first = bins - 1, // bin that is not empty at every snapshot
      top = 0;
    for (const densities of [arrays.positives, arrays.negatives])
      for (const [i, value] of densities.entries()) {
        if (value > 0) first = Math.min(first, i % bins);
        top = Math.max(top, value);
      }
    super(host, {
      height: 210,
      label: "Densities of cosines at this epoch",
      x: { title: "cosine", domain: [Math.min(0, edges[first]), 1] },
      y: { title: "density", domain: [0, top * 1.03] },
    });
    this.arrays = arrays;
    this.edges = edges;
    this.colours = colours;
  }

  show(snapshot) {
    const bins = this.edges.length - 1,
      titles = { negatives: "two images", positives: "two views of one image" };
    for (const [name, colour] of [
      ["negatives", this.colours[1]],
      ["positives", this.colours[0]],
    ]) {
      const ys = this.arrays[name].subarray(snapshot * bins, (snapshot + 1) * bins);
      this.set(name, { kind: "steps", fill: true, xs: this.edges, ys, colour, title: titles[name] });
    }
  }
}
