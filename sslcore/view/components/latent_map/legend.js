const SIDE = 160; // pixels of a ramp

/** What the colours of the maps mean: classes, of which some can be seen alone, or a ramp of values. */
class Legend {
  /** @param {LatentMap} map */
  constructor(map) {
    this.map = map;
    this.node = element("div", { class: "classes", role: "group" });
  }

  update() {
    const { map } = this,
      { facts } = map,
      titles = map.panes.map((pane, i) => [pane.values?.facts, facts.maps[i].title]),
      about = JSON.stringify([map.look, facts.classes, titles]);
    if (this.node.dataset.of === about) return; // so that a button which has the focus keeps it
    this.node.dataset.of = about;
    this.node.replaceChildren(...(map.valued ? this.ramps() : map.labels ? this.classes() : []));
    if (map.valued) this.node.setAttribute("aria-label", "Colours");
    else if (map.labels) this.node.setAttribute("aria-label", "Classes: click to see one alone, shift-click to add");
  }

  /** A ramp for each of the values that are different. */
  ramps() {
    const { panes, facts } = this.map,
      seen = new Set(),
      values = panes.map((pane) => pane.values?.facts),
      differ = values.length > 1 && values[0]?.low !== values[1]?.low;
    return values.flatMap((value, i) => {
      if (!value) return [];
      const { label, low, high } = value,
        ends = [digits(low), digits(high)],
        key = `${label} ${ends}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const title = element("span", { class: "key" }, differ ? `${label}, ${facts.maps[i].title}` : label),
        [from, to] = ends.map((end) => element("span", {}, end));
      return [title, from, this.ramp(`${label}: from ${ends.join(" to ")}`), to];
    });
  }

  ramp(label) {
    const canvas = element("canvas", { class: "ramp", width: SIDE, height: 1, role: "img", "aria-label": label }),
      context = canvas.getContext("2d");
    for (let x = 0; x < SIDE; x++) {
      context.fillStyle = css(ramp(x / (SIDE - 1), this.map.colours.dark));
      context.fillRect(x, 0, 1, 1);
    }
    return canvas;
  }

  classes() {
    const { classes } = this.map.facts,
      there = new Set(this.map.labels),
      buttons = classes.flatMap((name, k) => (there.has(k) ? [this.classButton(name, k)] : [])),
      many = "Colours return after ten classes: with another shape, or click a class to see it alone.";
    return classes.length > 10 ? [...buttons, element("span", { class: "note" }, many)] : buttons;
  }

  classButton(name, k) {
    const fill = this.map.colours.css[k % 100],
      corners = shapeOf(k)?.map(([x, y]) => `${5 * x},${5 * y}`),
      shape = corners
        ? svgElement("polygon", { points: corners.join(" "), fill })
        : svgElement("circle", { r: 5, fill }),
      frame = { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" };
    const attributes = {
      type: "button",
      class: "key",
      "data-k": k,
      title: "Click: alone. Shift-click: this one too",
      "aria-pressed": "false",
      click: (event) => this.choose(k, event.shiftKey),
    };
    return element("button", attributes, svgElement("svg", frame, shape), name);
  }

  /** A class alone, or beside those that are; once more, and all are seen. */
  choose(k, add) {
    const { solo } = this.map.choice,
      classes = new Set(add ? solo : []);
    if (add ? classes.has(k) : solo?.size === 1 && solo.has(k)) classes.delete(k);
    else classes.add(k);
    this.map.change({ classes: [...classes].sort((a, b) => a - b) });
    this.map.commit();
  }

  /** Which classes are alone. */
  mark({ solo }) {
    for (const key of this.node.querySelectorAll("button"))
      key.setAttribute("aria-pressed", String(Boolean(solo?.has(+key.dataset.k))));
  }
}
