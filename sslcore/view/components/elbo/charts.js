const MOST = 64; // dimensions that have a bar
const USED = "#0072B2",
  DEAD = "#D55E00",
  GREY = "#8C8C8C";

/** The KL of each dimension of an image, beside the mean over all images; each bar has its dimension's name. */
class KlChart extends Chart {
  /**
   * @param {HTMLElement} host
   * @param {Store} code
   * @param {number} active the variance above which a dimension is in use
   */
  constructor(host, code, active) {
    const { order, importance, deviation } = code.arrays,
      dimensions = Array.from(order).slice(0, MOST),
      ranks = Array.from(dimensions.keys()),
      every = Math.ceil(dimensions.length / 32);
    super(host, {
      height: 300,
      label: "KL of each dimension of this image, beside the mean over all images",
      x: {
        title: "dimension of z, by mean KL",
        domain: [-0.5, dimensions.length - 0.5],
        ticks: ranks.filter((rank) => rank % every === 0),
        format: (rank) => dimensions[rank],
      },
      y: { title: "KL, nats", domain: [0, 1] },
    });
    this.dimensions = dimensions;
    this.mean = dimensions.map((k) => importance[k]);
    this.used = dimensions.map((k) => deviation[k] ** 2 > active);
    this.bars(new Float64Array(order.length));
    this.set("mean", {
      kind: "dots",
      xs: ranks,
      ys: this.mean,
      colour: GREY,
      radius: 4,
      symbol: "diamond",
      title: "mean over all images",
    });
    const key = (title, colour) => this.set(title, { kind: "dots", xs: [], ys: [], colour, title });
    key("this image, in use", USED);
    if (!this.used.every(Boolean)) key("this image, dead dimension", DEAD);
  }

  bars(kl) {
    for (const [rank, k] of this.dimensions.entries()) {
      const colour = this.used[rank] ? USED : DEAD,
        xs = [rank - 0.42, rank + 0.42];
      this.set(klName(k), { kind: "bars", xs, ys: [Math.max(0, kl[k])], colour, width: 0, opacity: 0.85 });
    }
  }

  show(kl) {
    this.bars(kl);
    this.axis("y", { domain: [0, 1.08 * Math.max(0.1, ...kl, ...this.mean)] });
  }
}

/** The posterior of one dimension of an image against the prior. */
class LawChart extends Chart {
  constructor(host) {
    super(host, {
      height: 300,
      label: "Posterior of one dimension against the prior",
      x: { domain: [-3.5, 3.5] },
      y: { title: "density", domain: [0, 1] },
    });
  }

  show(k, mu, sigma, image) {
    const reach = Math.max(3.5, Math.abs(mu) + 3.5 * sigma),
      xs = Array.from({ length: 241 }, (_, i) => reach * (i / 120 - 1));
    const normal = (m, s) => xs.map((x) => Math.exp(-0.5 * ((x - m) / s) ** 2) / (s * Math.sqrt(2 * Math.PI)));
    this.axis("x", { domain: [-reach, reach], title: `z${k}` });
    this.axis("y", { domain: [0, 1.08 * Math.max(0.4, 0.4 / sigma)] });
    const prior = { xs, ys: normal(0, 1), colour: GREY, dash: "6 4", title: "prior N(0, 1)" },
      posterior = { xs, ys: normal(mu, sigma), colour: USED, title: `posterior of z${k}, image ${image}` };
    this.set("prior", { kind: "line", ...prior });
    this.set("posterior", { kind: "area", fill: true, ...posterior });
  }
}
