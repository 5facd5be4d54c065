// The temperature lab: what tau makes of one run's held-out cosines, computed here as sslcore/temperature.py does.

const SHOWN = 17; // hardest negatives: with the anchor, two rows of nine
const SHEET = 18; // images to choose an anchor from, a page
const TERMS = 14; // of the series in `weigher`
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

// --- the numbers, all in float64 ------------------------------------------------------------------------------------

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
  for (let j = 0; j < s.length; j++) sum += r[j] = Math.exp((s[j] - s[0]) / tau);
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
 * within `half` of its bin's centre c, e^(s/tau) = e^(c/tau) sum_p (half/tau)^p/p! ((s-c)/half)^p, where TERMS terms
 * leave less than 1e-8 as long as half/tau <= 1.25: where tau goes below 0.01, the bins are divided.
 */
function weigher(pairs, anchors, bins, lowest) {
  const finer = Math.ceil(0.01 / lowest - 1e-9),
    cells = bins * finer,
    half = 1 / cells;
  const moments = new Float64Array(anchors * cells * TERMS),
    largest = new Float64Array(anchors).fill(-Infinity);
  for (let i = 0; i < anchors; i++) {
    const all = cosinesOf(i, pairs);
    for (let j = 0; j < pairs.n; j++) {
      if (j === i) continue;
      const cell = Math.min(Math.max(Math.trunc(((all[j] + 1) * cells) / 2), 0), cells - 1);
      const at = (i * cells + cell) * TERMS,
        off = (all[j] - centre(cell)) / half;
      for (let p = 0, term = 1; p < TERMS; term *= off / ++p) moments[at + p] += term;
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
      for (let cell = 0, at = i * cells * TERMS; cell < cells; cell++, at += TERMS) {
        if (moments[at] === 0) continue; // an empty bin
        let series = moments[at + TERMS - 1];
        for (let p = TERMS - 2; p >= 0; p--) series = series * step + moments[at + p];
        const share = Math.exp((centre(cell) - largest[i]) / tau) * series;
        sum += share;
        row[Math.trunc(cell / finer)] += share;
      }
      for (let k = 0; k < bins; k++) density[k] += row[k] / sum;
    }
    return density.map((share) => (share * bins) / (2 * anchors));
  };
}

// --- the formula ----------------------------------------------------------------------------------------------------

const mi = (text) => math("mi", {}, text),
  mo = (text) => math("mo", {}, text),
  mn = (text) => math("mn", {}, text);
const mrow = (...parts) => math("mrow", {}, ...parts),
  mfrac = (...parts) => math("mfrac", {}, ...parts);
const msub = (...parts) => math("msub", {}, ...parts),
  msup = (...parts) => math("msup", {}, ...parts);
const exp = (power) => msup(mi("e"), power);
const indices = (under) => mrow(...Array.from(under, mi));
const indexed = (name, under) => msub(mi(name), indices(under));

/** A number in MathML, with a power of ten where it is very small or large. */
function numeral(text) {
  const [lead, power] = text.split("e"),
    minus = (digits) => digits.replace("+", "").replace("-", "−");
  return power ? [mn(minus(lead)), mo("·"), msup(mn("10"), mn(minus(power)))] : [mn(minus(lead))];
}

/** InfoNCE for one anchor.  -> {node, set({name: number}, remark)}; a symbol carries the part that it measures. */
function formula() {
  const slots = {},
    last = {};
  const number = (name) => {
    const slot = mrow();
    (slots[name] ??= []).push(slot);
    return slot;
  };
  const term = (part, label, ...parts) =>
    math("mrow", { "data-part": part, tabindex: 0, role: "img", "aria-label": label }, ...parts);
  const tau = () => term("tau", "tau, the temperature", mi("τ"));
  const positive = () => term("positive", "s i i, the cosine of the anchor and its positive", indexed("s", "ii"));
  const hardest = () => term("hardest", "s i h, the cosine of the anchor and its hardest negative", indexed("s", "ih"));
  const loss = () => mrow(mo("−"), mi("log"), mo("\u2061"), indexed("P", "ii"));
  const slope = (below) => mfrac(mrow(mi("∂"), mo("("), loss(), mo(")")), mrow(mi("∂"), below));
  const sum = (under) => math("munder", {}, mo("∑"), under);
  const over = (above) => mrow(above, mo("/"), tau());
  const text = (words) => math("mtext", {}, words.replaceAll(" ", "\u00a0"));
  const others = (k) => mrow(mi(k), mo("≠"), mi("i"));
  const equation = (...parts) => element("div", {}, math("math", { displaystyle: "true" }, mrow(...parts)));
  const remark = element("div", { class: "note" });
  const lines = [
    equation(
      term("probability", "minus log P i i, the anchor's loss", loss()),
      mo("="),
      mo("−"),
      mfrac(positive(), tau()),
      mo("+"),
      mi("log"),
      term(
        "weights",
        "sum over all candidates of e to s i k over tau",
        sum(mi("k")),
        exp(mrow(indexed("s", "ik"), mo("/"), mi("τ"))),
      ),
    ),
    equation(
      mo("="),
      mo("−"),
      mfrac(number("positive"), number("tau")),
      mo("+"),
      number("logSum"),
      mo("="),
      number("loss"),
      text(" nats,   "),
      term("probability", "P i i, the positive's probability", indexed("P", "ii")),
      mo("="),
      number("probability"),
    ),
    equation(
      term("weight", "r i h, the weight of the hardest negative", indexed("r", "ih")),
      mo("="),
      mfrac(exp(over(hardest())), mrow(sum(others("k")), exp(mrow(indexed("s", "ik"), mo("/"), mi("τ"))))),
      mo("="),
      number("weight"),
    ),
    equation(
      term("effective", "effective number of negatives, one over the sum of squared weights", text("effective")),
      mo("="),
      mfrac(
        mn("1"),
        mrow(
          sum(others("j")),
          term("weights", "r i j, the weight of negative j", math("msubsup", {}, mi("r"), indices("ij"), mn("2"))),
        ),
      ),
      mo("="),
      number("effective"),
      text(" of "),
      number("m"),
    ),
    equation(
      term("pull", "slope of the loss at s i i", slope(indexed("s", "ii"))),
      mo("="),
      mo("−"),
      mfrac(mrow(mn("1"), mo("−"), indexed("P", "ii")), mi("τ")),
      mo("="),
      number("minusPull"),
    ),
    equation(
      term("push", "slope of the loss at s i h", slope(indexed("s", "ih"))),
      mo("="),
      mfrac(indexed("P", "ih"), mi("τ")),
      mo("="),
      number("push"),
    ),
    equation(
      text("uniform negatives: "),
      term(
        "formula",
        "effective negatives if they were uniform on the sphere",
        mi("m"),
        exp(mrow(mo("−"), mn("1"), mo("/"), mo("("), mi("d"), msup(mi("τ"), mn("2")), mo(")"))),
      ),
      mo("="),
      number("uniform"),
    ),
  ];
  return {
    node: element("div", { class: "formula" }, ...lines, remark),
    set(values, said) {
      for (const [name, text] of Object.entries(values)) {
        if (text === last[name]) continue;
        last[name] = text;
        for (const slot of slots[name]) slot.replaceChildren(...numeral(text));
      }
      remark.textContent = said;
    },
  };
}

// --- the figure -----------------------------------------------------------------------------------------------------

const percent = (share) => (share >= 0.001 ? `${(100 * share).toFixed(1)} %` : "<0.1 %");
const grouped = (value, decimals) =>
  value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
const power = (value) =>
  `10${String(Math.round(Math.log10(value)))
    .replace("-", "⁻")
    .replace(/\d/g, (k) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[k])}`;
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

function build(root, api) {
  root.classList.add("temperature");
  const outputs = {},
    numbers = element("dl", { class: "numbers" });
  for (const [part, [name, meaning]] of Object.entries(NUMBERS)) {
    outputs[part] = element("output", { "aria-live": "off" });
    numbers.append(
      element("div", { "data-part": part, title: meaning }, element("dt", {}, name), element("dd", {}, outputs[part])),
    );
  }
  const shownTau = element("output", { "aria-live": "off" }),
    range = element("input", { type: "range", step: "any", "aria-label": "Temperature τ" });
  const tick = element("span", { class: "tick", "aria-hidden": "true" });
  const reset = element("button", {
    type: "button",
    click: () => {
      setTau(facts.trained);
      commit();
    },
  });
  const controls = element(
    "div",
    { class: "controls" },
    element("div", { class: "value", "data-part": "tau" }, "Temperature τ = ", shownTau),
    element("div", { class: "slider" }, range, tick),
    reset,
  );
  const panel = (title, ...more) => {
    const host = element("div", {});
    return { host, node: element("section", {}, element("h2", {}, title), host, ...more) };
  };
  const left = panel("Cosines of positives and negatives"),
    right = panel("The anchor's weights on its negatives");
  const below = panel("Effective negatives against τ: drag here too"),
    equations = formula();
  const anchorNumber = element("input", { type: "number", min: 0, step: 1, "aria-label": "Anchor, by its number" });
  const random = element(
    "button",
    { type: "button", click: () => choose(Math.floor(Math.random() * pairs.n)) },
    "Random anchor",
  );
  const heading = element("h2", {}),
    about = element("p", { class: "note" });
  const tiles = element("div", { class: "tiles" }),
    sheet = element("div", { class: "sheet" });
  const turn = (by) =>
    element(
      "button",
      { type: "button", "aria-label": by < 0 ? "Earlier images" : "Later images", click: () => turned(by) },
      by < 0 ? "‹" : "›",
    );
  const earlier = turn(-1),
    later = turn(1),
    sheetHead = element("span", {});
  root.append(
    controls,
    numbers,
    element("div", { class: "pair" }, left.node, right.node),
    element("div", { class: "row" }, heading, element("label", { class: "row" }, "Anchor", anchorNumber), random),
    about,
    tiles,
    element("div", { class: "row choose" }, sheetHead, earlier, later),
    sheet,
    element(
      "div",
      { class: "pair" },
      below.node,
      element(
        "section",
        {},
        element("h2", {}, "The loss of this anchor, with its numbers"),
        equations.node,
        element(
          "p",
          { class: "note" },
          "Point at a symbol, or step through them with Tab: what it measures lights up. h is the hardest negative.",
        ),
      ),
    ),
  );

  let facts,
    pairs,
    gallery,
    weigh,
    histogram,
    curve,
    effective,
    anchor,
    trainedWeights,
    ranks,
    tau,
    first = 0,
    seen,
    cards = [],
    thumbs = [],
    writing = 0;
  const commit = () => api.commit({ tau, anchor: anchor.i });

  function setTau(value, dragged = false) {
    const [low, high] = facts.domain;
    const wanted = +Math.min(Math.max(value, low), high).toPrecision(3);
    if (wanted === tau) return;
    tau = wanted;
    draw(dragged);
  }

  function choose(i) {
    setAnchor(i);
    commit();
  }

  function setAnchor(i) {
    anchor = anchorOf(i, pairs);
    const { labels } = gallery.arrays,
      m = anchor.s.length,
      { colours } = facts;
    anchor.same = labels && Array.from(anchor.images, (j) => labels[j] === labels[i]);
    anchor.curve = facts.curves.tau.map((x) => effectiveNegatives(weights(anchor.s, x).r));
    trainedWeights = weights(anchor.s, facts.trained).r;
    anchorNumber.value = i;
    heading.textContent = `The anchor and its ${cards.length - 1} hardest negatives`;
    about.textContent = labels
      ? "Click a negative to make it the anchor. A dotted frame and the words “same class” mark a false negative: of the anchor's class, and pushed away all the same."
      : "Click a negative to make it the anchor. This gallery has no labels, so false negatives cannot be told.";
    cards.forEach((card, place) => {
      const j = place ? anchor.images[place - 1] : i,
        same = place > 0 && anchor.same?.[place - 1];
      card.image = j;
      card.face.replaceWith((card.face = picture(gallery, j, place ? "" : "the anchor")));
      card.kind.textContent = same ? "same class" : labels ? gallery.facts.classes[labels[j]] : "";
      card.number.textContent = place ? `#${j}` : `anchor #${j}`;
      card.node.title = galleryName(gallery, j);
      card.node.classList.toggle("false", Boolean(same));
      card.cosine.textContent = place ? `s ${anchor.s[place - 1].toFixed(3)}` : `s_ii ${anchor.positive.toFixed(3)}`;
    });
    for (const thumb of thumbs) thumb.node.setAttribute("aria-pressed", String(thumb.image === i));
    histogram.set("positive", {
      kind: "rule",
      xs: [anchor.positive],
      colour: colours.positive,
      dash: "2 4",
      width: 3,
      title: "anchor's s_ii",
    });
    histogram.set("hardest", {
      kind: "rule",
      xs: [anchor.s[0]],
      colour: colours.pushed,
      dash: "6 4",
      title: "hardest s_ih",
    });
    curve.set("trained", {
      kind: "line",
      xs: ranks,
      ys: ranks.map((k) => trainedWeights[k - 1]),
      colour: colours.positive,
      dash: "2 4",
      width: 2.5,
      title: `τ = ${facts.trained} (training)`,
    });
    if (labels) {
      anchor.ranked = [];
      for (let j = 0; j < m && anchor.ranked.length < 100; j++) if (anchor.same[j]) anchor.ranked.push(j + 1);
    }
    effective.set("anchor", {
      kind: "line",
      xs: facts.curves.tau,
      ys: anchor.curve,
      colour: colours.pushed,
      width: 3,
      title: "this anchor",
    });
    draw();
  }

  /** All that follows tau; while it is dragged the formula comes a moment later, as its layout costs a third of a frame. */
  function draw(dragged = false) {
    const now = measure(anchor, tau),
      { colours } = facts,
      m = anchor.s.length,
      h = 0;
    const counted = anchor.same && anchor.same.slice(0, SHOWN).filter(Boolean).length,
      looked = Math.min(SHOWN, m);
    shownTau.value = String(tau);
    range.value = Math.log10(tau);
    range.setAttribute("aria-valuetext", `τ = ${tau}`);
    const weighed = weigh(tau);
    histogram.set("weighed", {
      kind: "steps",
      xs: facts.edges,
      ys: weighed,
      colour: colours.pushed,
      width: 3,
      title: "negatives as τ weighs them",
    });
    curve.set("weights", {
      kind: "line",
      xs: ranks,
      ys: ranks.map((k) => now.r[k - 1]),
      colour: colours.pushed,
      width: 3,
      title: "at this τ",
    });
    if (anchor.ranked)
      curve.set("false", {
        kind: "dots",
        symbol: "diamond",
        xs: anchor.ranked,
        ys: anchor.ranked.map((k) => now.r[k - 1]),
        colour: colours.false,
        radius: 5,
        title: "false negatives",
      });
    curve.set("weight", { kind: "dots", xs: [1], ys: [now.r[h]], colour: colours.pushed, radius: 6 });
    effective.set("effective", { kind: "dots", xs: [tau], ys: [now.effective], colour: colours.pushed, radius: 8 });
    cards.forEach((card, place) => {
      card.weight.textContent = place ? `r ${percent(now.r[place - 1])}` : `P ${digits(now.probability)}`;
    });
    const values = {
      effective: grouped(now.effective, 1),
      perplexity: grouped(now.perplexity, 1),
      top: percent(now.top),
      probability: digits(now.probability),
      pull: digits(now.pull),
      push: digits(now.push),
      false: counted == null ? "no labels" : `${counted} of ${looked}`,
    };
    for (const [part, text] of Object.entries(values)) outputs[part].value = text;
    root.measured = { tau, ...anchor, ...now, weighed };
    if (!dragged) write();
    else writing ||= setTimeout(write, 80);
  }

  function write() {
    clearTimeout(writing);
    writing = 0;
    const now = root.measured,
      m = anchor.s.length,
      valid = tau >= facts.formula_from;
    equations.set(
      {
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
      },
      `That last formula ${valid ? "is valid from" : "is not valid here, below"} τ = ${digits(facts.formula_from, 2)}${valid ? " on" : ""}.`,
    );
  }

  function turned(by) {
    first = Math.min(Math.max(first + by * SHEET, 0), Math.floor((pairs.n - 1) / SHEET) * SHEET);
    const last = Math.min(first + SHEET, pairs.n);
    thumbs = [];
    for (let j = first; j < last; j++) {
      const node = element(
        "button",
        {
          type: "button",
          title: galleryName(gallery, j),
          "aria-pressed": String(j === anchor?.i),
          click: () => choose(j),
        },
        picture(gallery, j, galleryName(gallery, j)),
      );
      thumbs.push({ node, image: j });
    }
    sheet.replaceChildren(...thumbs.map(({ node }) => node));
    sheetHead.textContent = `Another anchor: images ${first} to ${last - 1} of ${pairs.n}`;
    earlier.disabled = first === 0;
    later.disabled = last === pairs.n;
  }

  /** Everything that depends on the run alone. */
  function prepare(stores) {
    const { a, b } = stores.pairs.arrays,
      [n, d] = stores.pairs.shapes.a,
      { colours, curves, densities } = facts,
      m = n - 1;
    pairs = { a: unit(a, n, d), b: unit(b, n, d), n, d };
    gallery = stores.gallery;
    weigh = weigher(pairs, facts.anchors, facts.edges.length - 1, facts.domain[0]);
    for (const part of [histogram, curve, effective]) part?.destroy();
    for (const { host } of [left, right, below]) host.replaceChildren();
    const highest = 1.7 * Math.max(...densities.positives, ...densities.negatives);
    histogram = chart(left.host, {
      height: 280,
      label: "Densities of the cosines of positives and negatives, and of the negatives as the temperature weighs them",
      x: { title: "cosine similarity s", domain: [facts.left, 1.02] },
      y: { title: "density", domain: [0, highest] },
    });
    histogram.set("positives", {
      kind: "steps",
      fill: true,
      xs: facts.edges,
      ys: densities.positives,
      colour: colours.positive,
      title: "positives",
    });
    histogram.set("negatives", {
      kind: "steps",
      fill: true,
      xs: facts.edges,
      ys: densities.negatives,
      colour: colours.negative,
      title: "negatives",
    });
    ranks = [...new Set(Array.from({ length: 200 }, (_, k) => Math.round(m ** (k / 199))))];
    const lowest = 1e-6,
      hundredth = Math.max(1, Math.ceil(0.01 * m));
    curve = chart(right.host, {
      height: 280,
      label: "Softmax weights of the anchor's negatives against their rank, hardest first, both on logarithmic scales",
      x: { title: "its negatives, hardest first (rank)", domain: [0.9, Math.max(1.2, 1.07 * m)], log: true },
      y: { title: "weight r_ij", domain: [lowest, 1.4], log: true, format: power },
    });
    curve.set("top", {
      kind: "band",
      xs: [0.9, hundredth + 0.5],
      low: [lowest, lowest],
      ys: [1.4, 1.4],
      colour: colours.grey,
      title: "hardest 1 %",
    });
    curve.set("alike", {
      kind: "line",
      xs: [1, m],
      ys: [1 / m, 1 / m],
      colour: colours.grey,
      dash: "8 5",
      title: "all alike",
    });
    effective = chart(below.host, {
      label:
        "Effective number of negatives against the temperature, for this anchor, for many anchors and for uniform negatives",
      height: 340,
      x: { title: "temperature τ", domain: facts.domain, log: true, ticks: TICKS, format: String },
      y: { title: `effective negatives (of ${m})`, domain: [0.9, Math.max(1.2, 1.2 * m)], log: true },
    });
    effective.set("band", {
      kind: "band",
      xs: curves.tau,
      low: curves.low,
      ys: curves.high,
      colour: colours.positive,
      title: "10–90 % of anchors",
    });
    effective.set("middle", {
      kind: "line",
      xs: curves.tau,
      ys: curves.middle,
      colour: colours.positive,
      width: 2.5,
      title: "their median",
    });
    effective.set("uniform", {
      kind: "line",
      xs: curves.tau,
      ys: curves.uniform,
      colour: colours.grey,
      dash: "8 5",
      width: 2.5,
      title: "uniform, drawn",
    });
    effective.set("formula", {
      kind: "line",
      xs: curves.tau,
      ys: curves.formula.map((y) => y ?? NaN),
      colour: colours.uniform,
      dash: "2 4",
      width: 3,
      title: "uniform, formula",
    });
    effective.set("training", {
      kind: "rule",
      xs: [facts.trained],
      colour: colours.grey,
      dash: "2 4",
      title: "τ of training",
    });
    effective.svg.style.touchAction = "pan-y";
    dragging(effective.svg, (x, y) => setTau(effective.under(x, y)[0], true), commit);

    cards = Array.from({ length: Math.min(SHOWN, m) + 1 }, (_, place) => {
      const face = element("img");
      const [kind, number, cosine, weight] = ["kind", "number", "cosine", "weight"].map((part) =>
        element("span", { class: part }),
      );
      const card = { face, kind, number, cosine, weight };
      card.node = element(
        "button",
        {
          type: "button",
          class: place ? "card" : "card anchor",
          "data-part": place ? (place > 1 ? null : "hardest") : "positive",
          click: () => choose(card.image),
        },
        face,
        kind,
        number,
        cosine,
        weight,
      );
      return card;
    });
    tiles.replaceChildren(...cards.map(({ node }) => node));

    const [low, high] = facts.domain.map(Math.log10),
      share = (Math.log10(facts.trained) - low) / (high - low);
    range.min = low;
    range.max = high;
    anchorNumber.max = n - 1;
    tick.style.left = `calc(8px + ${share} * (100% - 16px))`;
    tick.textContent = `trained at ${facts.trained}`;
    tick.classList.toggle("far", share > 0.85);
    reset.textContent = `As in training (${facts.trained})`;
    reset.disabled = share < 0 || share > 1;
    tick.hidden = reset.disabled;
  }

  range.addEventListener("input", () => setTau(10 ** range.value, true));
  range.addEventListener("change", commit);
  keys(
    range,
    (key, event) => {
      const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[key];
      if (key === "Home" || key === "End") setTau(facts.domain[key === "Home" ? 0 : 1]);
      else if (steps) setTau(tau * 10 ** ((steps * (event.shiftKey ? 5 : 1)) / 50));
      else return false;
    },
    commit,
  );
  anchorNumber.addEventListener("change", () =>
    choose(Math.min(Math.max(Math.round(+anchorNumber.value) || 0, 0), pairs.n - 1)),
  );
  linked(root);

  return {
    update(given, stores, state, fresh) {
      facts = given;
      if (seen !== stores.pairs) {
        seen = stores.pairs;
        prepare(stores);
        first = 0;
      }
      if (fresh) {
        const [low, high] = facts.domain;
        tau = Math.min(Math.max(state.tau, low), high);
        const i = Math.min(Math.max(state.anchor, 0), pairs.n - 1);
        first = Math.floor(i / SHEET) * SHEET;
        setAnchor(i);
        turned(0);
      } else setAnchor(anchor.i);
      for (const part of [histogram, curve, effective]) part.draw();
    },
    destroy() {
      clearTimeout(writing);
      for (const part of [histogram, curve, effective]) part?.destroy();
    },
  };
}

export default (args) => live(args, build);
