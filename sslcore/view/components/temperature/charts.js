const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const LOWEST = 1e-6; // weight that is drawn
const RANKED = 100; // false negatives that have a dot

/** A power of ten, as a reading of an axis. */
const powerOfTen = (value) => {
  const exponent = String(Math.round(Math.log10(value)));
  return `10${exponent.replace("-", "⁻").replace(/\d/g, (k) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[k])}`;
};

/** Densities of the cosines of all positives and negatives, and of the negatives as the temperature weighs them. */
class CosineHistogram extends Chart {
  constructor(host, { edges, densities, left, colours }) {
    const highest = 1.7 * Math.max(...densities.positives, ...densities.negatives);
    super(host, {
      height: 280,
      label: "Densities of the cosines of positives and negatives, and of the negatives as the temperature weighs them",
      x: { title: "cosine similarity s", domain: [left, 1.02] },
      y: { title: "density", domain: [0, highest] },
    });
    this.edges = edges;
    this.colours = colours;
    const area = { kind: "steps", fill: true, xs: edges };
    this.set("positives", { ...area, ys: densities.positives, colour: colours.positive, title: "positives" });
    this.set("negatives", { ...area, ys: densities.negatives, colour: colours.negative, title: "negatives" });
  }

  showAnchor({ positive, s }) {
    const { colours } = this,
      own = { kind: "rule", xs: [positive], colour: colours.positive, dash: "2 4", width: 3, title: "anchor's s_ii" },
      hardest = { kind: "rule", xs: [s[0]], colour: colours.pushed, dash: "6 4", title: "hardest s_ih" };
    this.set("positive", own);
    this.set("hardest", hardest);
  }

  showWeighed(ys) {
    const title = "negatives as τ weighs them";
    this.set("weighed", { kind: "steps", xs: this.edges, ys, colour: this.colours.pushed, width: 3, title });
  }
}

/** The weights of an anchor's m negatives against their rank, hardest first. */
class WeightChart extends Chart {
  constructor(host, m, { colours, trained }) {
    super(host, {
      height: 280,
      label: "Softmax weights of the anchor's negatives against their rank, hardest first, both on logarithmic scales",
      x: { title: "its negatives, hardest first (rank)", domain: [0.9, Math.max(1.2, 1.07 * m)], log: true },
      y: { title: "weight r_ij", domain: [LOWEST, 1.4], log: true, format: powerOfTen },
    });
    this.colours = colours;
    this.trained = trained;
    this.ranks = [...new Set(Array.from({ length: 200 }, (_, k) => Math.round(m ** (k / 199))))];
    this.ranked = null; // false negatives
    const hundredth = [0.9, Math.max(1, Math.ceil(0.01 * m)) + 0.5],
      { grey } = colours;
    this.set("top", {
      kind: "band",
      xs: hundredth,
      low: [LOWEST, LOWEST],
      ys: [1.4, 1.4],
      colour: grey,
      title: "hardest 1 %",
    });
    this.set("alike", {
      kind: "line",
      xs: [1, m],
      ys: [1 / m, 1 / m],
      colour: grey,
      dash: "8 5",
      title: "all alike",
    });
  }

  byRank(r) {
    return { kind: "line", xs: this.ranks, ys: this.ranks.map((k) => r[k - 1]) };
  }

  showAnchor({ s, same }) {
    if (this.trained !== null) {
      const look = { colour: this.colours.positive, dash: "2 4", width: 2.5, title: `τ = ${this.trained} (training)` };
      this.set("trained", { ...this.byRank(weights(s, this.trained).r), ...look });
    }
    this.ranked =
      same &&
      Array.from(s.keys(), (j) => j + 1)
        .filter((k) => same[k - 1])
        .slice(0, RANKED);
  }

  showWeights(r) {
    const { pushed } = this.colours;
    this.set("weights", { ...this.byRank(r), colour: pushed, width: 3, title: "at this τ" });
    if (this.ranked)
      this.set("false", {
        kind: "dots",
        symbol: "diamond",
        xs: this.ranked,
        ys: this.ranked.map((k) => r[k - 1]),
        colour: this.colours.false,
        radius: 5,
        title: "false negatives",
      });
    this.set("weight", { kind: "dots", xs: [1], ys: [r[0]], colour: pushed, radius: 6 });
  }
}

/** The effective number of an anchor's m negatives against the temperature. */
class EffectiveChart extends Chart {
  constructor(host, m, { domain, curves, colours, trained }) {
    super(host, {
      height: 340,
      label:
        "Effective number of negatives against the temperature, " +
        "for this anchor, for many anchors and for uniform negatives",
      x: { title: "temperature τ", domain, log: true, ticks: TICKS, format: String },
      y: { title: `effective negatives (of ${m})`, domain: [0.9, Math.max(1.2, 1.2 * m)], log: true },
    });
    this.curves = curves;
    this.colours = colours;
    const { positive, grey, uniform } = colours,
      xs = curves.tau,
      formula = curves.formula.map((y) => y ?? NaN);
    const many = { low: curves.low, ys: curves.high, colour: positive, title: "10–90 % of anchors" };
    this.set("band", { kind: "band", xs, ...many });
    const line = { kind: "line", xs, width: 2.5 };
    this.set("middle", { ...line, ys: curves.middle, colour: positive, title: "their median" });
    this.set("uniform", { ...line, ys: curves.uniform, colour: grey, dash: "8 5", title: "uniform, drawn" });
    const dashed = { colour: uniform, dash: "2 4", width: 3, title: "uniform, formula" };
    this.set("formula", { ...line, ys: formula, ...dashed });
    const training = { kind: "rule", xs: [trained], colour: grey, dash: "2 4", title: "τ of training" };
    if (trained !== null) this.set("training", training);
    this.svg.style.touchAction = "pan-y";
  }

  showAnchor({ curve }) {
    const look = { colour: this.colours.pushed, width: 3, title: "this anchor" };
    this.set("anchor", { kind: "line", xs: this.curves.tau, ys: curve, ...look });
  }

  showTau(tau, effective) {
    this.set("effective", { kind: "dots", xs: [tau], ys: [effective], colour: this.colours.pushed, radius: 8 });
  }
}
