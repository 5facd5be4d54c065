// A plane of the code under the pointer: drag, and see it decoded, by one run or by two on the same gesture.

const KINDS = { principal: "Principal directions", dimensions: "Two dimensions", images: "Through three images" };
const SETTLED = 500; // milliseconds after which a view that was moved goes into the address

export default (args) => live(args, (root, api) => new Pad(root, api));

class Pad {
  /**
   * @param {HTMLElement} root
   * @param {Api} api
   */
  constructor(root, api) {
    this.root = root;
    this.api = api;
    this.kinds = segments("Plane", KINDS, (plane) => this.set({ plane, pad: [0, 0], view: [0, 0, 1] }, true));
    this.options = element("div", { class: "row options" });
    this.panes = element("div", { class: "panes" });
    this.said = element("div", { class: "spoken", "aria-live": "polite" });
    const back = () => {
      this.parts[0].plane.reset();
      this.set({ pad: [0, 0] }, true);
    };
    const buttons = element(
      "div",
      { class: "row" },
      button("Reset", back, { "data-reset": true }),
      button("+", () => this.zoom(0.7), { "aria-label": "Zoom in" }),
      button("−", () => this.zoom(1 / 0.7), { "aria-label": "Zoom out" }),
    );
    const head = element("div", { class: "row between" }, this.kinds.node, buttons);
    root.append(head, this.options, this.panes, this.said);
    /** @type {Store} */
    this.gallery = null;
    /** @type {PadPane[]} */
    this.parts = [];
    this.state = null;
    this.timer = 0;
    this.fields = []; // of what the kind of plane asks for: {node, set(gallery, i)}
  }

  update(facts, stores, settings, fresh) {
    this.gallery = stores.gallery;
    const seen = JSON.stringify(facts.panes),
      codes = facts.panes.map(({ suffix }) => stores[`code${suffix}`]);
    const other = this.root.dataset.panes !== seen || this.parts.some(({ code }, i) => code !== codes[i]);
    if (other) {
      this.root.dataset.panes = seen;
      this.destroy();
      this.parts = facts.panes.map((pane) => new PadPane(pane, this));
      this.panes.replaceChildren(...this.parts.map(({ node }) => node));
      delete this.options.dataset.kind;
    }
    for (const part of this.parts) {
      part.take(stores, this.gallery);
      if (other) part.lay(this.gallery);
    }
    if (fresh) {
      const pad = settings.pad.length === 2 ? settings.pad : [0, 0],
        view = settings.view.length === 3 && settings.view[2] > 0 ? settings.view : [0, 0, 1];
      this.state = { ...settings, pad, view };
    }
    const asks = this.parts.some(({ painter }) => !painter.decoder);
    if (other || fresh) this.set({}, asks);
  }

  zoom(factor) {
    this.parts[0].plane.zoom(factor);
  }

  /** Both panes look at the same place, each in its own plane's units. */
  looked(part) {
    this.state.view = part.plane.looking;
    for (const other of this.parts) if (other !== part) other.plane.looking = this.state.view;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.commit(), SETTLED);
  }

  /** Both go to the same place, too. */
  move(pad) {
    this.state.pad = pad.map((value) => Math.max(-20, Math.min(20, value)));
    this.decode();
  }

  decode() {
    for (const part of this.parts) part.decode(this.state.pad, this.gallery);
  }

  commit() {
    this.said.textContent = this.parts
      .map(({ readout, near }) => `${readout.textContent}; ${near.textContent}`)
      .join(" — ");
    const rounded = (values) => values.map((value) => +value.toFixed(4)),
      asked = this.parts.map(({ painter, suffix }) => renamed(painter.ended(), suffix));
    const { pad, view } = this.state;
    this.api.commit({ ...this.state, pad: rounded(pad), view: rounded(view), ...Object.assign({}, ...asked) });
  }

  /** Everything that a change of the settings may concern. */
  set(change, tell) {
    const state = { ...this.state, ...change },
      most = galleryCount(this.gallery) - 1;
    this.state = state;
    for (const name of ["i1", "i2", "i3", "posterior"]) state[name] = Math.max(0, Math.min(most, state[name]));
    if (!(state.plane in KINDS)) state.plane = "principal";
    this.kinds.set(state.plane);
    this.choices();
    const wrong = this.parts.map((part) => part.cut(state)).find(Boolean) ?? "";
    this.said.className = wrong ? "warning" : "spoken";
    this.said.textContent = wrong;
    this.decode();
    if (tell) this.commit();
    if (wrong) this.said.textContent = wrong;
  }

  /** The fields for the kind of plane that is chosen. */
  choices() {
    const { plane } = this.state;
    if (this.options.dataset.kind !== plane) {
      this.options.dataset.kind = plane;
      this.fields = { images: () => this.imageFields(), dimensions: () => this.dimensionFields() }[plane]?.() ?? [];
      this.options.replaceChildren(...this.fields.map(({ node }) => node));
    }
    for (const [i, field] of this.fields.entries()) field.set?.(this.gallery, this.state[`i${i + 1}`]);
  }

  imageFields() {
    return [1, 2, 3].map((i) => imageField(`Image ${i}`, (value) => this.set({ [`i${i}`]: value }, true)));
  }

  dimensionFields() {
    const { order, importance } = this.parts[0].code.arrays;
    return [1, 2].map((i) => {
      const options = Array.from(order, (k, rank) => {
        const chosen = rank === this.state[`d${i}`];
        return element("option", { value: rank, selected: chosen }, `z${k} (${digits(importance[k], 2)})`);
      });
      const label = i === 1 ? "Dimension across" : "Dimension up",
        change = () => this.set({ [`d${i}`]: +select.value }, true),
        select = element("select", { "aria-label": label, change }, ...options);
      return { node: element("label", { class: "row" }, i === 1 ? "across" : "up", select) };
    });
  }

  restyle() {
    for (const { plane } of this.parts) plane.draw();
  }

  destroy() {
    for (const { plane } of this.parts) plane.end();
  }
}

const renamed = (change, suffix) =>
  Object.fromEntries(Object.entries(change).map(([name, value]) => [name + suffix, value]));

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
    return { frame: { origin: mean, u: unitVector(d, a), v: unitVector(d, b) } };
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
