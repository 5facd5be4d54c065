// Every dimension of a code: its traversal as a strip, and under the strip the slider that moves along it.

const FRAMES = 11;
const FEW = 10; // dimensions shown at first

export default (args) => live(args, build);

function build(root, api) {
  const field = imageField("Image", (i) => {
    around = i;
    toImage();
  });
  const act = (text, go, more = {}) => element("button", { type: "button", click: go, ...more }, text);
  const picture = element("div", { class: "picture" }),
    rows = element("div", { class: "rows" }),
    place = element("output", { class: "note" });
  const more = act("", () => {
    shown = shown > FEW ? FEW : code.facts.latent;
    rest(false);
    api.commit({ shown, ...painter.ended() });
  });
  root.append(
    element(
      "div",
      { class: "bench" },
      element(
        "div",
        { class: "left" },
        picture,
        field.node,
        element(
          "div",
          { class: "row" },
          act("To this image", () => toImage()),
          act("Reset to 0", () => move(new Float32Array(code.facts.latent)), { "data-reset": true }),
          act("Random", random),
        ),
        place,
      ),
      element("div", {}, rows, more),
    ),
  );

  const painter = new Painter(api);
  let gallery,
    code,
    canvas,
    lines = [],
    z,
    around = 0,
    shown = FEW,
    drawing = 0;

  function lay() {
    const shape = gallery.shapes.pixels.slice(1);
    canvas = imageCanvas(shape, "The image of the code on the sliders", "image out");
    picture.replaceChildren(canvas);
    const { low, high, importance, order } = code.arrays;
    lines = Array.from(order, (k) => {
      const row = painter.decoder
          ? stripCanvas(shape, FRAMES, `Dimension ${k}, from ${digits(low[k], 2)} to ${digits(high[k], 2)}`)
          : { cells: [] },
        frames = row.cells;
      const slider = element("input", {
        type: "range",
        min: low[k],
        max: high[k],
        step: (high[k] - low[k]) / 400,
        "aria-label": `Dimension ${k}`,
      });
      const value = element("span", { class: "value" });
      const strip = element("div", { class: "strip" }, row.canvas);
      slider.addEventListener("input", () => {
        z[k] = +slider.value;
        now();
      });
      slider.addEventListener("change", () => rest());
      const node = element(
        "div",
        { class: "line" },
        element(
          "div",
          { class: "label" },
          element("b", {}, `z${k}`),
          element("span", {}, `${digits(importance[k], 2)}`),
          value,
        ),
        element("div", { class: "travel" }, strip, slider),
      );
      return { k, frames, slider, value, node };
    });
    rows.replaceChildren(...lines.map(({ node }) => node));
  }

  /** Only what a drag must show at once: the picture and the numbers. */
  function now() {
    painter.show([{ canvas, z }]);
    for (const { k, slider, value } of lines) {
      if (+slider.value !== z[k]) slider.value = z[k];
      value.textContent = z[k].toFixed(2);
    }
    place.textContent = `|z| = ${Math.hypot(...z).toFixed(2)}`;
    rows.classList.add("moving");
  }
  /** At rest: the strips around this code, a few frames at a time, and Python hears of it. */
  function rest(tell = true) {
    lines.forEach(({ node }, i) => (node.hidden = i >= shown));
    more.textContent = shown > FEW ? `Only the first ${FEW}` : `All ${code.facts.latent} dimensions`;
    more.hidden = code.facts.latent <= FEW;
    if (tell) api.commit({ around, z: Array.from(z, (value) => +value.toFixed(3)), ...painter.ended() });
    const turn = ++drawing,
      { low, high } = code.arrays,
      at = Float32Array.from(z);
    const jobs = lines
      .slice(0, shown)
      .flatMap(({ k, frames }) =>
        frames.map((frame, i) => ({ frame, k, value: low[k] + (i / (FRAMES - 1)) * (high[k] - low[k]) })),
      );
    const work = () => {
      if (turn !== drawing) return; // moved again
      for (const end = performance.now() + 8; jobs.length && performance.now() < end; ) {
        const { frame, k, value } = jobs.shift();
        const code = Float32Array.from(at);
        code[k] = value;
        painter.show([{ canvas: frame, z: code }]);
      }
      if (jobs.length) requestAnimationFrame(work);
      else rows.classList.remove("moving");
    };
    work();
  }
  function move(to, tell = true) {
    z = to;
    now();
    rest(tell);
  }
  function toImage() {
    field.set(gallery, around);
    const d = code.facts.latent;
    move(code.arrays.vectors.slice(around * d, (around + 1) * d));
  }
  function random() {
    const { mean, deviation } = code.arrays;
    const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
    move(Float32Array.from(mean, (_, k) => (code.facts.prior ? normal() : mean[k] + deviation[k] * normal())));
  }

  return {
    update(facts, stores, state, fresh) {
      const other = gallery !== stores.gallery || code !== stores.code;
      ({ gallery, code } = stores);
      painter.update(stores.decoder, gallery.shapes.pixels.slice(1), stores.answer);
      if (other) lay();
      if (!other && !fresh) return;
      const d = code.facts.latent;
      if (fresh) ({ around, shown } = state);
      shown = Math.max(1, Math.min(shown, d));
      field.set(gallery, around);
      around = field.value;
      const start =
        fresh && state.z.length === d
          ? Float32Array.from(state.z)
          : code.arrays.vectors.slice(around * d, (around + 1) * d);
      move(start, !painter.decoder);
    },
  };
}
