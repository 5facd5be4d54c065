// The latent map: one or two maps of the same items, with one choice, one hover and one lasso between them.

const SETTLED = 500; // milliseconds after which a view that was moved goes into the address

export default (args) => live(args, (root, api) => new LatentMap(root, api));

class LatentMap {
  /**
   * @param {HTMLElement} root
   * @param {Api} api
   */
  constructor(root, api) {
    this.root = root;
    this.api = api;
    this.facts = null;
    this.labels = null;
    /** @type {MapPane[]} */
    this.panes = [];
    this.choice = new Choice(this);
    this.colours = null;
    this.valued = false; // whether values colour the points, not classes
    this.look = ""; // changes where colours do
    this.faces = new Faces(this);
    this.tool = "pan";
    this.hovered = -1;
    this.timer = 0;
    this.toolbar = new Toolbar(this);
    this.legend = new Legend(this);
    this.table = new Table(this);
    this.strip = new Strip(this);
    this.maps = element("div", { class: "maps" });
    this.missing = element("div", { class: "warning", hidden: true });
    this.said = element("div", { class: "spoken", "aria-live": "polite" });
    root.append(
      this.toolbar.node,
      this.missing,
      this.maps,
      this.legend.node,
      this.table.node,
      this.strip.node,
      this.said,
    );
  }

  update(facts, stores, state, fresh) {
    this.facts = facts;
    this.labels = stores.labels?.arrays.labels ?? null;
    const others = this.takeMaps(stores);
    const missing = withoutPlace(facts.maps, this.panes);
    this.missing.hidden = !missing;
    this.missing.textContent = missing;
    if (fresh) this.start(state);
    const { lasso, view } = this.choice.state;
    if (others && !fresh && lasso.length + view.length) {
      // a lasso and a view are of the map they were made on
      Object.assign(this.choice.state, { lasso: [], view: [] });
      this.tell({ lasso: [], view: [] });
    }
    this.colour();
    this.legend.update();
    this.faces.fetch(facts.pictures);
    this.strip.update();
    this.change({});
    for (const pane of this.panes) pane.draw();
    this.wield(this.tool);
  }

  /** As many panes as there are maps; whether any has other points than before. */
  takeMaps(stores) {
    const { facts, panes, maps } = this;
    while (panes.length < facts.maps.length) {
      const pane = new MapPane(this, panes.length);
      panes.push(pane);
      maps.append(pane.node);
    }
    for (const { destroy, node } of panes.splice(facts.maps.length)) {
      destroy();
      node.remove();
    }
    this.root.style.setProperty("--map-height", `${facts.height}px`);
    maps.dataset.count = String(panes.length);
    const how = "Arrows walk from point to point, Enter chooses, plus and minus zoom, 0 shows all.";
    const others = panes.map((pane, i) => {
      const { title, about, n } = facts.maps[i];
      pane.title(title, about ?? "", `Map of ${n} images${title ? `, ${title}` : ""}. ${how}`);
      return pane.take(stores[`points-${i}`], stores[`values-${i}`]);
    });
    return others.some(Boolean);
  }

  /** Settings as the address has them. */
  start(state) {
    const own = Object.entries(state).map(([name, value]) => [name.slice(this.facts.prefix.length), value]);
    this.choice.state = Object.fromEntries(own);
    for (const [i, pane] of this.panes.entries()) {
      const [x, y, zoom] = this.choice.state.view.slice(3 * i, 3 * i + 3);
      if (zoom > 0) Object.assign(pane.view, { x, y, zoom: Math.max(WIDEST, Math.min(DEEPEST, zoom)) });
    }
  }

  colour() {
    this.valued = this.panes.some((pane) => pane.values);
    this.colours = palette(this.root, this.facts.colours, this.valued);
    this.look = `${this.valued} ${this.colours.ground} ${this.facts.colours}`;
  }

  restyle() {
    const before = this.look;
    this.colour();
    if (this.look === before) return;
    this.legend.update();
    this.change({});
  }

  destroy() {
    for (const pane of this.panes) pane.destroy();
  }

  // ---- what the panes ask ----

  /** Items of the maps. */
  get count() {
    return this.panes[0].grid.n;
  }

  name(row) {
    return this.labels ? `${this.facts.classes[this.labels[row]]} #${row}` : `#${row}`;
  }

  /** What is known of a row: its name, and its value where values colour the points. */
  words(row, values) {
    if (!values) return [this.name(row)];
    const { label, low, high } = values.facts,
      step = values.arrays.value[row],
      value = step === NOWHERE ? "is not a number" : digits(low + (step / TOP) * (high - low), 4);
    return [this.name(row), `${label} ${value}`];
  }

  shade(row, values) {
    if (!this.valued) return this.labels ? this.labels[row] % 100 : 0;
    const value = values ? values.arrays.value[row] : NOWHERE;
    return value === NOWHERE ? UNKNOWN : Math.floor((value * STEPS) / NOWHERE);
  }

  // ---- what they tell ----

  hover(row) {
    this.hovered = row;
    for (const pane of this.panes) pane.mark();
    this.root.dataset.hovered = row;
  }

  /** One card at a time. */
  carding(index) {
    for (const [i, pane] of this.panes.entries()) if (i !== index) pane.card.hide();
  }

  choose(row, reveal = false) {
    this.change({ image: row, lasso: [] });
    this.commit();
    if (reveal) for (const pane of this.panes) pane.reveal(row);
  }

  enclose(polygon, side, final) {
    this.change({ image: -1, lasso: polygon, side });
    if (final) this.commit();
  }

  restore(choice) {
    this.change(choice);
  }

  clear() {
    if (this.choice.state.image < 0 && !this.choice.state.lasso.length) return;
    this.change({ image: -1, lasso: [] });
    this.commit();
  }

  moved() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const view = this.panes.flatMap(({ view: { x, y, zoom } }) => [
        Math.round(x),
        Math.round(y),
        +zoom.toPrecision(3),
      ]);
      this.choice.state.view = view;
      this.tell({ view });
    }, SETTLED);
  }

  whole() {
    for (const pane of this.panes) pane.whole();
    this.moved();
  }

  say(words) {
    this.said.textContent = words;
  }

  key(key) {
    if (KEYS[key]) this.wield(KEYS[key]);
    else if (key === "t" && this.faces.gallery) this.toggleTiles();
    else return false;
    return true;
  }

  wield(tool) {
    this.tool = tool;
    this.toolbar.wield(tool);
    for (const pane of this.panes) pane.cursor(tool);
  }

  toggleTiles() {
    this.change({ thumbnails: !this.choice.state.thumbnails });
    this.commit();
  }

  // ---- what is chosen ----

  /** Take settings over and show them. */
  change(settings) {
    const { choice } = this;
    choice.take(settings);
    for (const pane of this.panes) {
      pane.points.shade();
      pane.redraw();
    }
    this.root.dataset.counted = choice.enclosed ? String(choice.counted) : "";
    for (const part of [this.toolbar, this.legend, this.strip]) part.mark(choice);
    this.table.update();
  }

  commit() {
    const { image, lasso, side, classes, thumbnails } = this.choice.state;
    this.tell({ image, lasso, side, classes, thumbnails });
  }

  /** Settings go into the address with the map's prefix. */
  tell(settings) {
    const { prefix } = this.facts;
    this.api.commit(Object.fromEntries(Object.entries(settings).map(([name, value]) => [prefix + name, value])));
  }
}
