// A training, gone through by hand: map, reconstructions, cosines and loss, all at the same epoch.

const SECONDS = 0.8; // from one snapshot to the next while it plays
const REACH = 14; // pixels from the pointer to the point that it means
const CARD_AFTER = 125,
  CARD_LEAVES = 260; // ms

function build(root, api) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const slider = element("input", { type: "range", min: 0, step: "any", "aria-label": "Epoch" });
  const marks = element("div", { class: "marks", "aria-hidden": "true" });
  const said = element("output", { class: "epoch" });
  const play = player(advance, settle);
  const reset = element(
    "button",
    {
      type: "button",
      title: "Back to before training (r)",
      click: () => {
        play.stop();
        go(0);
        settle();
      },
    },
    "↺ Reset",
  );
  const numbers = element("dl", { class: "numbers" });
  const canvas = element("canvas", { class: "map", tabindex: 0, role: "img" });
  const card = element("div", { class: "card", "aria-live": "polite", hidden: true });
  const legend = element("div", { class: "legend", role: "group", "aria-label": "Show one class alone" });
  const mapHead = element("h2"),
    mapNote = element("p", { class: "note" });
  const lossHost = element("div", { class: "loss" }),
    cosineHost = element("div"),
    pairs = element("div", { class: "pairs" });
  const controls = element(
    "div",
    { class: "row controls" },
    play,
    reset,
    element("div", { class: "slide" }, slider, marks),
    said,
  );
  const mapPane = element(
    "section",
    { class: "pane" },
    mapHead,
    element("div", { class: "stage" }, canvas, card),
    legend,
    mapNote,
  );
  const lossPane = element("section", { class: "pane" }, element("h2", {}, "Loss on the training images"), lossHost);
  const cosinePane = element(
    "section",
    { class: "pane" },
    element("h2", {}, "Cosines of two views: of one image, and of two"),
    cosineHost,
  );
  const pairPane = element(
    "section",
    { class: "pane" },
    element("h2", {}, "Inputs, and below each its reconstruction"),
    pairs,
  );
  const panes = element(
    "div",
    { class: "panes" },
    mapPane,
    element("div", { class: "pane" }, lossPane, cosinePane, pairPane),
  );
  root.append(controls, numbers, panes);

  const map = classMap(canvas);
  let facts,
    arrays,
    shapes,
    last = 0,
    m = 0,
    position = 0,
    shown = -1,
    loss = null,
    cosines = null,
    made = [];
  let box = null,
    between = new Float32Array(0),
    solo = -1,
    hovered = -1,
    held = -1,
    timer = 0;

  function update(newFacts, stores, state, fresh) {
    const same = arrays === stores.training.arrays;
    facts = newFacts;
    ({ arrays, shapes } = stores.training);
    const [snapshots, images] = shapes.points ?? [0, 0];
    [last, m] = [snapshots - 1, images];
    controls.hidden = numbers.hidden = mapPane.hidden = snapshots === 0;
    panes.classList.toggle("single", snapshots === 0);
    cosinePane.hidden = !arrays.positives;
    pairPane.hidden = !arrays.reconstructions;
    if (snapshots) {
      canvas.setAttribute(
        "aria-label",
        `${facts.map.title}. Up and down walk through the images, left and right through the epochs.`,
      );
      mapHead.textContent = facts.map.title;
      mapNote.textContent = facts.map.note;
    }
    if (!same) {
      if (loss) loss.destroy();
      if (cosines) cosines.destroy();
      lossHost.replaceChildren();
      cosineHost.replaceChildren();
      drawLoss();
      if (snapshots) begin();
    }
    if (fresh && snapshots) go(nearest(state.epoch));
    else if (snapshots) go(position);
  }

  /** What is made once for a run. */
  function begin() {
    slider.max = last;
    marks.replaceChildren(
      ...Array.from(arrays.epochs, (epoch, i) =>
        element("span", { style: `left:${(100 * i) / Math.max(1, last)}%` }, epoch),
      ),
    );
    between = new Float32Array(2 * m);
    [solo, hovered, held, shown] = [-1, -1, -1, -1];
    classKeys(legend, facts, (i) => {
      solo = i;
      draw();
    });
    map.dress(facts, m);
    bound();
    if (arrays.reconstructions) {
      const [, r, ...shape] = shapes.reconstructions;
      made = pairGrid(pairs, { arrays, shapes }, shape, r, called);
    }
    if (arrays.positives) beginCosines();
  }

  function beginCosines() {
    const [, bins] = shapes.positives,
      xs = Array.from({ length: bins + 1 }, (_, i) => -1 + (2 * i) / bins);
    let first = bins - 1,
      top = 0;
    for (const counts of [arrays.positives, arrays.negatives])
      counts.forEach((value, i) => {
        if (value > 0) first = Math.min(first, i % bins);
        top = Math.max(top, value);
      });
    cosines = chart(cosineHost, {
      height: 210,
      label: "Densities of cosines at this epoch",
      x: { title: "cosine", domain: [Math.min(0, xs[first]), 1] },
      y: { title: "density", domain: [0, top * 1.03] },
    });
    cosines.edges = xs;
  }

  function drawLoss() {
    const { at } = arrays,
      n = at.length,
      log = n > 1 && at[n - 1] > 11;
    loss = lossChart(lossHost, facts, { domain: log ? [at[0], at[n - 1]] : [0, Math.max(1e-6, at[n - 1] ?? 1)], log });
    loss.show(at, arrays.terms);
    loss.draw();
    dragging(
      loss.svg,
      (x, y) => {
        play.stop();
        go(whereEpoch(loss.under(x, y)[0]));
      },
      settle,
      () => last >= 0,
    );
    loss.svg.style.touchAction = "pan-y";
  }

  // where we are

  const nearest = (epoch) => {
    let best = 0;
    for (let i = 1; i <= last; i++)
      if (Math.abs(arrays.epochs[i] - epoch) < Math.abs(arrays.epochs[best] - epoch)) best = i;
    return best;
  };
  function whereEpoch(epoch) {
    const { epochs } = arrays;
    for (let i = 0; i < last; i++)
      if (epoch < epochs[i + 1]) return i + Math.max(0, (epoch - epochs[i]) / (epochs[i + 1] - epochs[i]));
    return last;
  }

  /** Show a place in 0..last; between two snapshots the points are on their way, and all else is at the nearer one. */
  function go(to) {
    position = Math.min(last, Math.max(0, still.matches ? Math.round(to) : to));
    const at = Math.round(position),
      from = Math.floor(position),
      { epochs } = arrays;
    slider.value = position;
    const epoch = epochs[from] + (position - from) * ((epochs[from + 1] ?? 0) - epochs[from]);
    loss.set("cursor", {
      kind: "rule",
      xs: [Math.max(loss.axes.x.domain[0], position === from ? epochs[from] : epoch)],
      colour: map.colours.text,
      width: 2,
    });
    if (at !== shown) change(at);
    draw();
  }

  function change(at) {
    shown = at;
    const epoch = arrays.epochs[at],
      words = epoch ? `epoch ${epoch} of ${arrays.epochs[last]}` : "before training";
    said.textContent = words;
    slider.setAttribute("aria-valuetext", `${words}, step ${arrays.steps[at]}`);
    root.dataset.epoch = epoch;
    const rows = [["step", arrays.steps[at].toLocaleString("en")]],
      T = facts.terms.length,
      sum = [...arrays.reached.subarray(at * T, (at + 1) * T)];
    if (T > 1)
      rows.push([
        "loss",
        digits(
          sum.reduce((a, b) => a + b, 0),
          4,
        ),
      ]);
    facts.terms.forEach((name, j) => rows.push([T > 1 ? `${j ? "+" : "="} ${name}` : name, digits(sum[j], 4)]));
    facts.values.forEach((name, j) =>
      rows.push([`held-out ${name}`, digits(arrays.values[at * facts.values.length + j], 4)]),
    );
    rows.push(["map's trustworthiness", digits(arrays.trust[at], 3)]);
    numbers.replaceChildren(
      ...rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    );
    if (arrays.reconstructions) {
      const [, r, ...shape] = shapes.reconstructions,
        size = r * shape.reduce((a, b) => a * b);
      paintAll(made, arrays.reconstructions.subarray(at * size, (at + 1) * size), shape);
    }
    if (arrays.positives) {
      const [, bins] = shapes.positives;
      for (const [name, colour, title] of [
        ["negatives", facts.colours[1], "two images"],
        ["positives", facts.colours[0], "two views of one image"],
      ])
        cosines.set(name, {
          kind: "steps",
          fill: true,
          xs: cosines.edges,
          ys: arrays[name].subarray(at * bins, (at + 1) * bins),
          colour,
          title,
        });
    }
  }

  function settle() {
    if (last < 0) return;
    go(Math.round(position));
    api.commit({ epoch: arrays.epochs[shown] });
  }

  function advance(seconds) {
    if (position >= last) go(0);
    else go(position + seconds / SECONDS);
    return position < last;
  }

  slider.addEventListener("input", () => {
    play.stop();
    go(+slider.value);
  });
  slider.addEventListener("change", settle);
  keys(
    root,
    (key, event) => {
      if (last < 0) return false;
      const by = { ArrowRight: 1, ArrowLeft: -1, PageUp: 1, PageDown: -1 }[key];
      if (by) {
        play.stop();
        go(Math.round(position) + by);
      } else if (key === "Home" || key === "r") {
        play.stop();
        go(0);
      } else if (key === "End") {
        play.stop();
        go(last);
      } else if (key === " " && event.target.tagName !== "BUTTON") play.toggle();
      else if ((key === "ArrowUp" || key === "ArrowDown") && event.target === canvas)
        hold((held + (key === "ArrowUp" ? m - 1 + (held < 0) : 1)) % m);
      else if (key === "Escape" && held >= 0) hold(-1);
      else return false;
    },
    () => {
      if (play.getAttribute("aria-pressed") === "false") settle();
    },
  );

  // the map

  /** The smallest box around the points of every snapshot: the axes stand still. */
  function bound() {
    const { points } = arrays;
    box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < points.length; i += 2) {
      box = [
        Math.min(box[0], points[i]),
        Math.min(box[1], points[i + 1]),
        Math.max(box[2], points[i]),
        Math.max(box[3], points[i + 1]),
      ];
    }
  }

  function draw() {
    if (!map.context) return;
    const from = Math.floor(position),
      to = Math.min(last, from + 1),
      t = position - from,
      ease = t * t * (3 - 2 * t);
    const { points, labels } = arrays,
      a = 2 * m * from,
      b = 2 * m * to,
      one = hovered >= 0 ? hovered : held;
    for (let i = 0; i < 2 * m; i++) between[i] = points[a + i] + ease * (points[b + i] - points[a + i]);
    map.draw(between, labels, solo, () => {
      if (one >= 0) trail(one);
    });
    if (one >= 0) ring(one);
  }

  /** The way of one image through all snapshots. */
  function trail(i) {
    const { context, colours } = map;
    context.beginPath();
    for (let k = 0; k <= last; k++)
      context.lineTo(...map.place(arrays.points[2 * (m * k + i)], arrays.points[2 * (m * k + i) + 1]));
    context.strokeStyle = colours.text;
    context.lineWidth = 1.5;
    context.globalAlpha = 0.7;
    context.stroke();
    context.globalAlpha = 1;
  }

  function ring(i) {
    const { context, colours } = map,
      x = map.xy[2 * i],
      y = map.xy[2 * i + 1];
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.strokeStyle = colours.text;
    context.lineWidth = 2.5;
    context.stroke();
    if (!card.hidden) hang(x, y);
  }

  function hang(x, y) {
    const w = card.offsetWidth,
      h = card.offsetHeight,
      [width, height] = map.size();
    card.style.left = `${Math.max(0, Math.min(width - w, x > width / 2 ? x - w - 14 : x + 14))}px`;
    card.style.top = `${Math.max(0, Math.min(height - h, y - h / 2))}px`;
  }

  const called = (i) => `${arrays.labels ? facts.classes[arrays.labels[i]] : "image"} #${arrays.rows[i]}`;
  function showCard(i) {
    const [, ...shape] = shapes.pixels,
      picture = imageCanvas(shape, called(i));
    paint(picture, galleryImage({ arrays, shapes }, i), shape[0]);
    card.replaceChildren(picture, element("span", {}, called(i)));
    card.hidden = false;
    hang(map.xy[2 * i], map.xy[2 * i + 1]);
  }

  function hold(i) {
    [held, hovered] = [i, -1];
    if (i < 0) card.hidden = true;
    else showCard(i);
    draw();
  }

  function over(event) {
    const [x, y] = pointed(canvas, event);
    let best = -1,
      least = REACH ** 2;
    for (let i = 0; i < m; i++) {
      if (solo >= 0 && arrays.labels[i] !== solo) continue;
      const distance = (map.xy[2 * i] - x) ** 2 + (map.xy[2 * i + 1] - y) ** 2;
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }
  function hover(i) {
    if (i === hovered) return;
    hovered = i;
    clearTimeout(timer);
    if (i < 0)
      timer = setTimeout(() => {
        if (held >= 0) showCard(held);
        else card.hidden = true;
      }, CARD_LEAVES);
    else if (card.hidden) timer = setTimeout(() => showCard(i), CARD_AFTER);
    else showCard(i);
    draw();
  }
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse") hover(over(event));
  });
  canvas.addEventListener("pointerleave", () => hover(-1));
  canvas.addEventListener("click", (event) => hold(over(event)));

  const measure = () => map.measure(box, facts.map?.axes);
  const end = resized(canvas, () => {
    if (!arrays || !m) return;
    map.dress(facts, m);
    measure();
    draw();
  });
  return {
    update(...given) {
      update(...given);
      measure();
      draw();
    },
    restyle() {
      if (!arrays || !m) return;
      map.dress(facts, m);
      go(position);
    },
    destroy() {
      play.stop();
      clearTimeout(timer);
      loss?.destroy();
      cosines?.destroy();
      end();
    },
  };
}

export default (args) => live(args, build);
