// A plane of the code under the pointer: drag, and see it decoded, by one run or by two on the same gesture.

const KINDS = { principal: "Principal directions", dimensions: "Two dimensions", images: "Through three images" };

export default (args) => live(args, build);

function build(root, api) {
  const kinds = segments("Plane", KINDS, (kind) => {
    set({ plane: kind, pad: [0, 0], view: [0, 0, 1] }, true);
  });
  const options = element("div", { class: "row options" }),
    panes = element("div", { class: "panes" });
  const said = element("div", { class: "spoken", "aria-live": "polite" });
  const buttons = element(
    "div",
    { class: "row" },
    element(
      "button",
      {
        type: "button",
        "data-reset": true,
        click: () => {
          parts[0].plane.reset();
          set({ pad: [0, 0] }, true);
        },
      },
      "Reset",
    ),
    element("button", { type: "button", "aria-label": "Zoom in", click: () => zoom(0.7) }, "+"),
    element("button", { type: "button", "aria-label": "Zoom out", click: () => zoom(1 / 0.7) }, "−"),
  );
  root.append(element("div", { class: "row between" }, kinds.node, buttons), options, panes, said);

  let facts,
    gallery,
    parts = [],
    state = {},
    looked = 0;

  /** One run's pane. */
  function pane({ title, prior }, suffix) {
    const host = element("div"),
      part = { suffix, prior, painter: new Painter(api) };
    const label = `${title}: a plane of the code. Drag or use the arrow keys to move the code, + and − to zoom, Enter for the posterior of the nearest image.`;
    part.plane = new Plane(host, label, (context) => over(part, context));
    // both panes look at the same place, each in its own plane's units
    part.plane.moved = () => {
      state.view = part.plane.looking;
      for (const other of parts) if (other !== part) other.plane.looking = state.view;
      clearTimeout(looked);
      looked = setTimeout(commit, 500);
    };
    part.readout = element("output", { class: "note" });
    part.near = element("span", { class: "note" });
    part.pictures = element("div", { class: "pictures" });
    part.node = element(
      "div",
      { class: "pane" },
      element("b", {}, title),
      element("div", { class: "pair" }, host, part.pictures),
      part.readout,
    );
    dragging(
      part.plane.front,
      (x, y, event) => {
        if (part.plane.pinching) return;
        if (part.panning) part.plane.pan(event.movementX, event.movementY);
        else place(part, x, y);
      },
      () => {
        if (!part.panning) commit();
      },
      (event) => {
        part.panning = event.shiftKey;
        return true;
      },
    );
    part.plane.front.addEventListener("dblclick", () => choose(part));
    keys(
      part.plane.front,
      (key, event) => {
        const step = (event.shiftKey ? 0.1 : 0.02) * (part.plane.view.half / part.plane.home.half);
        const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[
          key
        ] ?? [0, 0];
        if (dx || dy) move([state.pad[0] + dx, state.pad[1] + dy]);
        else if (key === "+" || key === "=") zoom(0.8);
        else if (key === "-") zoom(1.25);
        else if (key === "Enter") choose(part);
        else return false;
      },
      commit,
    );
    return part;
  }

  function zoom(factor) {
    parts[0].plane.zoom(factor);
  }
  function place(part, px, py) {
    const { home } = part.plane,
      [x, y] = part.plane.toPlane(px, py);
    move([(x - home.x) / home.half, (y - home.y) / home.half]);
  }
  /** Both panes go to the same place, each in its own plane's units. */
  function move(pad) {
    state.pad = pad.map((value) => Math.max(-20, Math.min(20, value)));
    parts.forEach(decode);
  }
  function decode(part) {
    const { plane, code, frame } = part,
      d = code.facts.latent,
      { home } = plane;
    part.at = [home.x + state.pad[0] * home.half, home.y + state.pad[1] * home.half];
    const z = new Float32Array(d);
    for (let k = 0; k < d; k++) z[k] = frame.origin[k] + part.at[0] * frame.u[k] + part.at[1] * frame.v[k];
    part.painter.show([{ canvas: part.out, z }]);
    const [nearest, distance] = plane.nearest(...part.at);
    if (nearest !== part.nearest) {
      part.nearest = nearest;
      paint(part.original, galleryImage(gallery, nearest), gallery.shapes.pixels[1]);
    }
    part.near.textContent = galleryName(gallery, nearest);
    const far = plane.isFar(...part.at) ? " · far from every code: no image was put here" : "";
    part.readout.textContent = `u ${part.at[0].toFixed(2)}, v ${part.at[1].toFixed(2)} · nearest code ${distance.toFixed(2)} away on the plane${far}`;
    plane.top();
  }
  function choose(part) {
    set({ posterior: part.nearest }, true);
  }
  function commit() {
    said.textContent = parts.map(({ readout, near }) => `${readout.textContent}; ${near.textContent}`).join(" — ");
    api.commit({
      ...state,
      pad: state.pad.map((value) => +value.toFixed(4)),
      view: state.view.map((value) => +value.toFixed(4)),
      ...Object.assign({}, ...parts.map(({ painter, suffix }) => renamed(painter.ended(), suffix))),
    });
  }
  const renamed = (change, suffix) =>
    Object.fromEntries(Object.entries(change).map(([name, value]) => [name + suffix, value]));

  function over(part, context) {
    const { plane, code } = part,
      { colours } = plane;
    if (!part.at) return;
    const curve = (points, stroke, dash = [], width = 2.5) => {
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.setLineDash(dash);
      context.beginPath();
      for (const [x, y] of points) context.lineTo(...plane.toScreen(x, y));
      context.stroke();
      context.setLineDash([]);
    };
    const ring = (i, radius) => {
      const [x, y] = plane.toScreen(plane.points[2 * i], plane.points[2 * i + 1]);
      context.strokeStyle = colours.text;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.stroke();
    };
    if (part.prior) {
      const middle = part.frame.origin.reduce(
        ([x, y], value, k) => [x - value * part.frame.u[k], y - value * part.frame.v[k]],
        [0, 0],
      );
      const circle = (r) =>
        Array.from({ length: 65 }, (_, i) => [
          middle[0] + r * Math.cos((i * Math.PI) / 32),
          middle[1] + r * Math.sin((i * Math.PI) / 32),
        ]);
      for (const r of [1, 2]) curve(circle(r), colours.text, [4, 6], 1.2);
      const i = state.posterior,
        d = code.facts.latent;
      curve(
        posteriorEllipse(
          [plane.points[2 * i], plane.points[2 * i + 1]],
          code.arrays.log_var.subarray(i * d, (i + 1) * d),
          part.frame,
        ),
        "#D55E00",
        [],
        3,
      );
    }
    ring(state.posterior, 8);
    if (part.nearest >= 0) ring(part.nearest, 5);
    const [x, y] = plane.toScreen(...part.at);
    context.strokeStyle = colours.background;
    context.lineWidth = 5;
    for (const pass of [0, 1]) {
      context.beginPath();
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ]) {
        context.moveTo(x + 4 * dx, y + 4 * dy);
        context.lineTo(x + 15 * dx, y + 15 * dy);
      }
      context.stroke();
      context.strokeStyle = "#D55E00";
      context.lineWidth = 2.5;
    }
  }

  /** Everything that a change of the settings may concern. */
  function set(change, tell) {
    state = { ...state, ...change };
    const n = gallery.shapes.pixels[0];
    for (const name of ["i1", "i2", "i3", "posterior"]) state[name] = Math.max(0, Math.min(n - 1, state[name]));
    if (!(state.plane in KINDS)) state.plane = "principal";
    kinds.set(state.plane);
    choices();
    let wrong = "";
    for (const part of parts) {
      const { frame, error } = planeOf(part.code, state);
      wrong ||= error;
      if (error) continue;
      const same = part.frame && part.told === planeName(state);
      if (same) continue;
      part.told = planeName(state);
      part.frame = frame;
      part.plane.set(project(part.code.arrays.vectors, part.code.facts.latent, frame), part.shades);
      part.plane.looking = state.view;
    }
    said.className = wrong ? "warning" : "spoken";
    said.textContent = wrong;
    parts.forEach(decode);
    if (tell) commit();
    if (wrong) said.textContent = wrong;
  }

  let fields = [];
  function choices() {
    if (options.dataset.kind === state.plane)
      return fields.forEach((field, i) => field.set?.(gallery, state[`i${i + 1}`]));
    options.dataset.kind = state.plane;
    fields = [];
    if (state.plane === "images") {
      fields = [1, 2, 3].map((i) => imageField(`Image ${i}`, (value) => set({ [`i${i}`]: value }, true)));
      fields.forEach((field, i) => field.set(gallery, state[`i${i + 1}`]));
    } else if (state.plane === "dimensions") {
      const { order, importance } = parts[0].code.arrays;
      fields = [1, 2].map((i) => {
        const select = element(
          "select",
          {
            "aria-label": i === 1 ? "Dimension across" : "Dimension up",
            change: () => set({ [`d${i}`]: +select.value }, true),
          },
          ...Array.from(order, (k, rank) =>
            element(
              "option",
              { value: rank, selected: rank === state[`d${i}`] },
              `z${k} (${digits(importance[k], 2)})`,
            ),
          ),
        );
        return { node: element("label", { class: "row" }, i === 1 ? "across" : "up", select) };
      });
    }
    options.replaceChildren(...fields.map(({ node }) => node));
  }

  return {
    update(given, stores, settings, fresh) {
      facts = given;
      gallery = stores.gallery;
      const seen = JSON.stringify(facts.panes),
        codes = facts.panes.map(({ suffix }) => stores[`code${suffix}`]);
      const other = root.dataset.panes !== seen || parts.some(({ code }, i) => code !== codes[i]);
      if (other) {
        root.dataset.panes = seen;
        parts.forEach(({ plane }) => plane.end());
        parts = facts.panes.map((one) => pane(one, one.suffix));
        panes.replaceChildren(...parts.map(({ node }) => node));
        delete options.dataset.kind;
      }
      parts.forEach((part, i) => {
        part.code = codes[i];
        part.painter.update(
          stores[`decoder${part.suffix}`],
          gallery.shapes.pixels.slice(1),
          stores[`answer${part.suffix}`],
        );
        if (!other) return;
        part.shades = shadesOf(gallery);
        const shape = gallery.shapes.pixels.slice(1);
        part.out = imageCanvas(shape, "The code under the pointer, decoded", "image out");
        part.original = imageCanvas(shape, "The image whose code is nearest", "image original");
        part.pictures.replaceChildren(
          element("figure", {}, part.out, element("figcaption", {}, "decoded")),
          element("figure", {}, part.original, element("figcaption", {}, "nearest image", element("br"), part.near)),
        );
      });
      if (fresh) {
        const { pad, view } = settings;
        state = {
          ...settings,
          pad: pad.length === 2 ? pad : [0, 0],
          view: view.length === 3 && view[2] > 0 ? view : [0, 0, 1],
        };
      }
      if (other || fresh)
        set(
          {},
          parts.some(({ painter }) => !painter.decoder),
        );
    },
    restyle: () => parts.forEach(({ plane }) => plane.draw()),
    destroy: () => parts.forEach(({ plane }) => plane.end()),
  };
}

const planeName = ({ plane, d1, d2, i1, i2, i3 }) =>
  JSON.stringify(plane === "images" ? [i1, i2, i3] : plane === "dimensions" ? [d1, d2] : [plane]);

/** An origin and two orthonormal directions of a code, as sslcore.latent.axes; or what is wrong with the choice. */
function planeOf(code, { plane, d1, d2, i1, i2, i3 }) {
  const d = code.facts.latent,
    { vectors, mean, order } = code.arrays;
  if (plane === "principal" && d > 1) return { frame: principal(code) };
  if (plane === "dimensions") {
    const [a, b] = [d1, d2].map((rank) => order[Math.max(0, Math.min(d - 1, rank))]);
    if (a === b) return { error: "A plane needs two different dimensions: choose another." };
    const unit = (k) => Float32Array.from({ length: d }, (_, i) => +(i === k));
    return { frame: { origin: mean, u: unit(a), v: unit(b) } };
  }
  const row = (i) => vectors.subarray(i * d, (i + 1) * d),
    dot = (x, y) => x.reduce((sum, value, k) => sum + value * y[k], 0);
  const origin = row(i1),
    u = row(i2).map((value, k) => value - origin[k]),
    v = row(i3).map((value, k) => value - origin[k]);
  const long = Math.sqrt(dot(u, u));
  for (let k = 0; k < d; k++) u[k] /= long || 1;
  const along = dot(u, v),
    whole = Math.sqrt(dot(v, v));
  for (let k = 0; k < d; k++) v[k] -= along * u[k];
  const rest = Math.sqrt(dot(v, v));
  if (!(long > 1e-6) || !(rest > 1e-4 * whole))
    return { error: "A plane needs three different images whose codes are not on one line: choose another." };
  for (let k = 0; k < d; k++) v[k] /= rest;
  return { frame: { origin, u, v } };
}
