// What a temperature makes of cosines, in float64, as sslcore/temperature.py computes it.

const SERIES = 14; // terms in `weigher`

/** Rows of x, [n, d], scaled to length one. */
function unit(x, n, d) {
  const out = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    let square = 0;
    for (let k = i * d; k < (i + 1) * d; k++) square += x[k] * x[k];
    const length = Math.max(Math.sqrt(square), 1e-12);
    for (let k = i * d; k < (i + 1) * d; k++) out[k] = x[k] / length;
  }
  return out;
}

/** cos(a_i, b_j) for every j, [n], of unit rows. */
function cosinesOf(i, { a, b, n, d }) {
  const out = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += a[i * d + k] * b[j * d + k];
    out[j] = sum;
  }
  return out;
}

/** Anchor i: its positive, and its negatives, hardest first, with the images that they are of. */
function anchorOf(i, pairs) {
  const all = cosinesOf(i, pairs),
    images = new Int32Array(pairs.n - 1);
  for (let j = 0; j < images.length; j++) images[j] = j < i ? j : j + 1;
  images.sort((p, q) => all[q] - all[p] || p - q);
  return { i, positive: all[i], images, s: Float64Array.from(images, (j) => all[j]) };
}

/** Weights r of cosines s, hardest first; `sum` is that of e^((s - s_0) / tau). */
function weights(s, tau) {
  const r = new Float64Array(s.length);
  let sum = 0;
  for (let j = 0; j < s.length; j++) {
    r[j] = Math.exp((s[j] - s[0]) / tau);
    sum += r[j];
  }
  for (let j = 0; j < s.length; j++) r[j] /= sum;
  return { r, sum };
}

const effectiveNegatives = (r) => 1 / r.reduce((sum, x) => sum + x * x, 0);
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))); // log(1 + e^x)

/** Everything that tau makes of an anchor. */
function measure({ positive, s }, tau) {
  const { r, sum } = weights(s, tau),
    hardest = Math.max(1, Math.ceil(0.01 * s.length));
  const against = (s[0] - positive) / tau + Math.log(sum); // log((1 - P_ii) / P_ii)
  const missed = Math.exp(-softplus(-against)); // 1 - P_ii without cancellation
  return {
    r,
    hardest,
    effective: effectiveNegatives(r),
    perplexity: Math.exp(-r.reduce((all, x) => all + (x > 0 ? x * Math.log(x) : 0), 0)),
    top: r.subarray(0, hardest).reduce((all, x) => all + x, 0),
    loss: softplus(against),
    probability: Math.exp(-softplus(against)),
    logSum: softplus(against) + positive / tau,
    pull: missed / tau,
    push: (missed * r[0]) / tau,
  };
}

/**
 * The negatives of the first `anchors` anchors, ready to be weighed.  -> weigh(tau): their density as tau weighs them,
 * each anchor counting alike.
 *
 * Half a million exponentials a move are too slow, so each row's cosines are kept as the moments of its bins: with s
 * within `half` of its bin's centre c, e^(s/tau) = e^(c/tau) sum_p (half/tau)^p/p! ((s-c)/half)^p, where SERIES terms
 * leave less than 1e-8 as long as half/tau <= 1.25: where tau goes below 0.01, the bins are divided.
 */
function weigher(pairs, anchors, bins, lowest) {
  const finer = Math.ceil(0.01 / lowest - 1e-9),
    cells = bins * finer,
    half = 1 / cells;
  const moments = new Float64Array(anchors * cells * SERIES),
    largest = new Float64Array(anchors).fill(-Infinity);
  for (let i = 0; i < anchors; i++) {
    const all = cosinesOf(i, pairs);
    for (let j = 0; j < pairs.n; j++) {
      if (j === i) continue;
      const cell = Math.min(Math.max(Math.trunc(((all[j] + 1) * cells) / 2), 0), cells - 1);
      const at = (i * cells + cell) * SERIES,
        off = (all[j] - centre(cell)) / half;
      for (let p = 0, term = 1; p < SERIES; term *= off / ++p) moments[at + p] += term;
      largest[i] = Math.max(largest[i], all[j]);
    }
  }
  function centre(cell) {
    return (2 * cell + 1) / cells - 1;
  }
  const row = new Float64Array(bins);
  return (tau) => {
    const density = new Float64Array(bins),
      step = half / tau;
    for (let i = 0; i < anchors; i++) {
      row.fill(0);
      let sum = 0;
      for (let cell = 0, at = i * cells * SERIES; cell < cells; cell++, at += SERIES) {
        if (moments[at] === 0) continue; // an empty bin
        let series = moments[at + SERIES - 1];
        for (let p = SERIES - 2; p >= 0; p--) series = series * step + moments[at + p];
        const share = Math.exp((centre(cell) - largest[i]) / tau) * series;
        sum += share;
        row[Math.trunc(cell / finer)] += share;
      }
      for (let k = 0; k < bins; k++) density[k] += row[k] / sum;
    }
    return density.map((share) => (share * bins) / (2 * anchors));
  };
}
