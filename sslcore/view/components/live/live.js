// A training as it goes: its loss, the map of its code and its reconstructions, each second anew.

const SECONDS = 0.9; // in which points travel to where they are now, before the next second

function build(root) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const numbers = element("dl", { class: "numbers" }),
    bar = element("div", { class: "bar" }),
    done = element("progress", { max: 1, "aria-label": "Training" });
  const canvas = element("canvas", { class: "map", role: "img" });
  const legend = element("div", { class: "legend", role: "group", "aria-label": "Show one class alone" });
  const mapHead = element("h2"),
    mapNote = element("p", { class: "note" });
  const lossHost = element("div", { class: "loss" }),
    pairs = element("div", { class: "pairs" });
  const pairPane = element(
    "section",
    { class: "pane" },
    element("h2", {}, "Inputs, and below each its reconstruction"),
    pairs,
  );
  root.append(
    bar,
    element(
      "div",
      { class: "panes" },
      element("section", { class: "pane" }, mapHead, canvas, legend, mapNote),
      element(
        "div",
        { class: "pane" },
        element("section", { class: "pane" }, element("h2", {}, "Loss on the training images"), lossHost),
        pairPane,
      ),
    ),
  );
  bar.append(numbers, done);

  const map = classMap(canvas);
  let facts,
    gallery,
    loss = null,
    made = [],
    solo = -1,
    box = null,
    wanted = null;
  let from = new Float32Array(0),
    to = from,
    points = from,
    began = 0,
    frame = 0;

  function update(newFacts, stores, state) {
    const first = gallery !== stores.gallery,
      others = String(facts?.terms) !== String(newFacts.terms);
    facts = newFacts;
    gallery = stores.gallery;
    if (first) begin();
    if (first || others) beginLoss();
    const rows = facts.rows.map(([name, value]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, value)),
    );
    numbers.replaceChildren(...rows);
    done.value = facts.done;
    const { history, live } = stores;
    loss.show(history.arrays.at, history.arrays.terms);
    if (!live) return;
    mapHead.textContent = facts.title;
    mapNote.textContent = facts.note;
    canvas.setAttribute("aria-label", facts.title);
    root.dataset.epoch = live.facts.epoch;
    const { reconstructions } = live.arrays;
    if (reconstructions) {
      const [r, ...shape] = live.shapes.reconstructions;
      if (made.length !== r) made = pairGrid(pairs, gallery, shape, r, called);
      paintAll(made, reconstructions, shape);
    }
    pairPane.hidden = !reconstructions;
    if (live.arrays.points !== to) travel(live.arrays.points);
  }

  function begin() {
    [solo, made, box, to] = [-1, [], null, new Float32Array(0)];
    pairs.replaceChildren();
    classKeys(legend, facts, (i) => {
      solo = i;
      draw();
    });
    map.dress(facts, gallery.shapes.pixels[0]);
  }

  function beginLoss() {
    loss?.destroy();
    lossHost.replaceChildren();
    loss = lossChart(lossHost, facts, { domain: [0, facts.epochs] });
    loss.draw();
  }

  /** Send the points to where they are now; the box around them follows as calmly. */
  function travel(next) {
    const same = points.length === next.length && to.length > 0;
    from = same ? points.slice() : next;
    to = next;
    points = new Float32Array(next.length);
    wanted = around(next);
    const old = box ?? wanted;
    began = performance.now();
    cancelAnimationFrame(frame);
    const step = (now) => {
      const t = still.matches ? 1 : Math.min(1, Math.max(0, (now - began) / 1000 / SECONDS)),
        ease = t * t * (3 - 2 * t);
      for (let i = 0; i < to.length; i++) points[i] = from[i] + ease * (to[i] - from[i]);
      box = old.map((value, k) => value + ease * (wanted[k] - value));
      map.measure(box, facts.axes);
      draw();
      if (t < 1) frame = requestAnimationFrame(step);
    };
    step(began);
  }

  const called = (i) =>
    `${gallery.arrays.labels ? facts.classes[gallery.arrays.labels[i]] : "image"} #${gallery.arrays.rows[i]}`;
  const draw = () => {
    if (to.length) map.draw(points, gallery.arrays.labels, solo);
  };
  const dress = () => {
    if (!gallery) return;
    map.dress(facts, gallery.shapes.pixels[0]);
    map.measure(box, facts.axes);
    draw();
  };
  const end = resized(canvas, dress);
  return {
    update,
    restyle: dress,
    destroy() {
      cancelAnimationFrame(frame);
      loss?.destroy();
      end();
    },
  };
}

/** The box around points [2 m] with some room, so that it need not move for each that ventures out. */
function around(points) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2)
    for (const axis of [0, 1]) {
      box[axis] = Math.min(box[axis], points[i + axis]);
      box[2 + axis] = Math.max(box[2 + axis], points[i + axis]);
    }
  return box;
}

export default (args) => live(args, build);
