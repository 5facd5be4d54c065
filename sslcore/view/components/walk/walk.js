// From image A to image B: straight through the code, along the arc, and through the pixels, all at the same t.

const FRAMES = 11;
const WAYS = ["straight", "spherical", "in pixels"];
const COLOURS = { straight: "#0072B2", spherical: "#D55E00" };

export default (args) => live(args, build);

function build(root, api) {
  const picks = { a: picker("A"), b: picker("B") };
  const slider = element("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.005,
    "aria-label": "Position t on the path from A to B",
  });
  const readout = element("output", { class: "note" });
  const strips = element("div", { class: "strips" }),
    shown = element("div", { class: "row shown" });
  const formula = element("div", { class: "formula" }),
    host = element("div");
  const plane = new Plane(host, "Both paths on the plane of largest variance of the codes", over);
  const play = player((seconds) => {
    travel(direction() * seconds * 0.4);
    return true;
  }, release);
  const reset = element(
    "button",
    {
      type: "button",
      "data-reset": true,
      click: () => {
        moveTo(0);
        release();
      },
    },
    "To A",
  );
  root.append(
    element("div", { class: "pickers" }, picks.a.node, picks.b.node),
    element(
      "div",
      { class: "stage" },
      element(
        "div",
        { class: "ways" },
        strips,
        element("div", { class: "row control" }, play, reset, slider),
        shown,
        formula,
        readout,
      ),
      element("div", { class: "map" }, host, element("div", { class: "note legend-line" })),
    ),
  );

  let facts,
    gallery,
    code,
    painter = new Painter(api),
    t = 0.5,
    towards = 1,
    cells = {},
    ends = {},
    xy;

  function picker(name) {
    const field = imageField(`Image ${name}`, (i) => pick(name.toLowerCase(), i));
    const sheet = imageSheet(`Thumbnails for image ${name}`, (i) => pick(name.toLowerCase(), i));
    return { node: element("div", { class: "picker" }, field.node, sheet.node), field, sheet };
  }
  function pick(which, i) {
    set({ [which]: i });
    api.commit({ [which]: i, ...painter.ended() });
  }
  function set(change) {
    Object.assign(ends, change);
    for (const which of ["a", "b"]) {
      const { field, sheet } = picks[which];
      field.set(gallery, ends[which]);
      sheet.set(gallery, facts.picks, field.value);
      ends[which] = field.value;
    }
    const d = code.facts.latent,
      vectors = code.arrays.vectors;
    ends.za = vectors.subarray(ends.a * d, (ends.a + 1) * d);
    ends.zb = vectors.subarray(ends.b * d, (ends.b + 1) * d);
    ends.xa = galleryImage(gallery, ends.a);
    ends.xb = galleryImage(gallery, ends.b);
    ends.paths = Object.fromEntries(
      ["straight", "spherical"].map((way) => [way, Array.from({ length: 41 }, (_, i) => onPlane(along(way, i / 40)))]),
    );
    all();
  }

  /** The strips, the picture at t, the paths on the plane. */
  function all() {
    const pairs = [];
    for (const way of WAYS) {
      const { strip, frames } = cells[way];
      strip.firstChild.setAttribute("aria-label", `${FRAMES} steps from image ${ends.a} to image ${ends.b}, ${way}`);
      frames.forEach((canvas, i) => {
        const share = i / (FRAMES - 1);
        if (way === "in pixels") paint(canvas, mixed(share), gallery.shapes.pixels[1]);
        else pairs.push({ canvas, z: along(way, share) });
      });
    }
    here(pairs);
  }
  /** Only what t moves. */
  function moveTo(value) {
    t = Math.min(1, Math.max(0, value));
    here([]);
  }
  function here(pairs) {
    paint(cells["in pixels"].canvas, mixed(t), gallery.shapes.pixels[1]);
    painter.show([
      ...["straight", "spherical"].map((way) => ({ canvas: cells[way].canvas, z: along(way, t) })),
      ...pairs,
    ]);
    mark();
  }
  const mixed = (share) => ends.xa.map((value, i) => Math.round(value + share * (ends.xb[i] - value)));
  const along = (way, share) => (way === "straight" ? straight : spherical)(ends.za, ends.zb, share);

  function mark() {
    slider.value = t;
    strips.style.setProperty("--t", t);
    const length = (z) => Math.hypot(...z),
      za = length(ends.za),
      zb = length(ends.zb);
    const dot = ends.za.reduce((sum, value, k) => sum + value * ends.zb[k], 0),
      cosine = dot / Math.max(1e-12, za * zb);
    for (const way of ["straight", "spherical"])
      cells[way].length.textContent = `|z| = ${length(along(way, t)).toFixed(2)}`;
    readout.textContent = `t = ${t.toFixed(2)} · |z_A| = ${za.toFixed(2)}, |z_B| = ${zb.toFixed(2)}, |z_A − z_B| = ${length(ends.za.map((v, k) => v - ends.zb[k])).toFixed(2)}, cosine ${cosine.toFixed(2)}`;
    plane.top();
  }
  function direction() {
    if (t >= 1) towards = -1;
    if (t <= 0) towards = 1;
    return towards;
  }
  function travel(change) {
    moveTo(t + change);
  }
  function release() {
    api.commit({ t: +t.toFixed(3), ...painter.ended() });
  }

  function over(context) {
    if (!ends.za) return;
    for (const way of ["straight", "spherical"]) {
      context.strokeStyle = COLOURS[way];
      context.lineWidth = 3;
      context.setLineDash(way === "straight" ? [] : [7, 5]);
      context.beginPath();
      for (const [x, y] of ends.paths[way]) context.lineTo(...plane.toScreen(x, y));
      context.stroke();
    }
    context.setLineDash([]);
    for (const way of ["straight", "spherical"]) {
      const [x, y] = spot(along(way, t));
      context.fillStyle = COLOURS[way];
      context.strokeStyle = plane.colours.background;
      context.lineWidth = 2.5;
      context.beginPath();
      context.arc(x, y, 8, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
    context.fillStyle = plane.colours.text;
    context.font = `bold 16px ${plane.colours.font}`;
    for (const [name, z] of [
      ["A", ends.za],
      ["B", ends.zb],
    ]) {
      const [x, y] = spot(z);
      context.fillText(name, x + 9, y - 9);
    }
  }
  const onPlane = (z) => project(z, z.length, plane.frame);
  const spot = (z) => plane.toScreen(...onPlane(z));

  slider.addEventListener("input", () => {
    play.stop();
    moveTo(+slider.value);
  });
  slider.addEventListener("change", release);
  dragging(
    strips,
    (x, y, event) => {
      const box = cells.straight.strip.getBoundingClientRect();
      moveTo((event.clientX - box.left) / box.width);
    },
    release,
    () => {
      play.stop();
      return true;
    },
  );
  dragging(
    plane.front,
    (x, y, event) => {
      if (!plane.pinching) plane.pan(event.movementX, event.movementY);
    },
    () => {},
  );
  plane.front.addEventListener("dblclick", () => plane.reset());
  keys(
    plane.front,
    (key) => {
      if (key === "+" || key === "=") plane.zoom(0.8);
      else if (key === "-") plane.zoom(1.25);
      else if (key === "0") plane.reset();
      else return false;
    },
    () => {},
  );

  return {
    update(given, stores, state, fresh) {
      facts = given;
      const other = gallery !== stores.gallery || code !== stores.code;
      ({ gallery, code } = stores);
      painter.update(stores.decoder, gallery.shapes.pixels.slice(1), stores.answer);
      if (other) {
        lay();
        plane.frame = principal(code);
        plane.set(project(code.arrays.vectors, code.facts.latent, plane.frame), shadesOf(gallery));
        root.querySelector(".legend-line").textContent =
          code.facts.latent > 2
            ? "The two principal directions of the codes: the paths are drawn where they really are."
            : "The code itself.";
      }
      if (fresh || other) {
        if (fresh) t = state.t;
        set({ a: state.a, b: state.b });
        if (other && !painter.decoder) api.commit(painter.ended());
      }
    },
    restyle: () => plane.draw(),
    destroy: () => {
      play.stop();
      plane.end();
    },
  };

  function lay() {
    const shape = gallery.shapes.pixels.slice(1);
    cells = {};
    shown.replaceChildren();
    strips.replaceChildren();
    for (const way of WAYS) {
      const { canvas: row, cells: frames } = stripCanvas(shape, FRAMES, ""),
        strip = element("div", { class: "strip" }, row);
      const canvas = imageCanvas(shape, `At t, ${way}`, "image out"),
        length = element("span", { class: "note" });
      cells[way] = { strip, frames, canvas, length };
      strips.append(element("b", {}, way), strip);
      shown.append(
        element(
          "figure",
          {},
          canvas,
          element(
            "figcaption",
            {},
            element("b", { style: COLOURS[way] ? `color:${COLOURS[way]}` : null, class: "swatch" }, "● "),
            way,
            element("br"),
            length,
          ),
        ),
      );
    }
    formula.replaceChildren(...formulas());
  }
}

/** The line from a to b. */
function straight(a, b, t) {
  return a.map((value, k) => value + t * (b[k] - value));
}

/** The arc between their directions, the length changing evenly; the line where there is no arc (sslcore.latent.spherical). */
function spherical(a, b, t) {
  const lengthA = Math.hypot(...a),
    lengthB = Math.hypot(...b);
  if (Math.min(lengthA, lengthB) < 1e-6) return straight(a, b, t);
  let cosine = 0;
  for (let k = 0; k < a.length; k++) cosine += (a[k] / lengthA) * (b[k] / lengthB);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine))),
    sine = Math.sin(angle);
  if (sine < 1e-4) return straight(a, b, t);
  const length = lengthA + t * (lengthB - lengthA),
    wa = (Math.sin((1 - t) * angle) / sine / lengthA) * length,
    wb = (Math.sin(t * angle) / sine / lengthB) * length;
  return a.map((value, k) => wa * value + wb * b[k]);
}

function formulas() {
  const z = (name) => math("msub", {}, math("mi", {}, "z"), math("mi", {}, name)),
    op = (text) => math("mo", {}, text),
    t = () => math("mi", {}, "t");
  const row = (...parts) => math("math", { display: "block" }, math("mrow", {}, ...parts));
  const sine = (...inside) => math("mrow", {}, math("mi", {}, "sin"), op("\u2061"), ...inside),
    omega = () => math("mi", {}, "ω");
  const left = () => [math("mi", {}, "z"), op("("), t(), op(")"), op("=")],
    one = () => [op("("), math("mn", {}, "1"), op("−"), t(), op(")")];
  return [
    row(...left(), ...one(), z("A"), op("+"), t(), z("B")),
    row(
      ...left(),
      math("mfrac", {}, sine(...one(), omega()), sine(omega())),
      z("A"),
      op("+"),
      math("mfrac", {}, sine(t(), omega()), sine(omega())),
      z("B"),
    ),
  ];
}
