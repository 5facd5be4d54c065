const LISTED = 100; // rows of the table

/** Items worth a look, as buttons that choose them. */
class Strip {
  /** @param {LatentMap} map */
  constructor(map) {
    this.map = map;
    this.node = element("div", { class: "strip" });
  }

  update() {
    const { facts, faces } = this.map,
      about = JSON.stringify([facts.strip, Boolean(faces.gallery), facts.pictures]);
    if (this.node.dataset.of === about) return;
    this.node.dataset.of = about;
    this.node.replaceChildren();
    if (!facts.strip) return;
    const { title, rows, notes } = facts.strip,
      buttons = rows.map((row, at) => this.button(row, notes[at]));
    this.node.append(element("h4", {}, title), element("div", { class: "row" }, ...buttons));
  }

  button(row, note) {
    const { map } = this,
      attributes = {
        type: "button",
        "data-row": row,
        "aria-pressed": String(row === map.choice.row),
        title: map.name(row),
        click: () => map.choose(row, true),
      };
    return element(
      "button",
      attributes,
      map.faces.gallery && face(map.faces.gallery, row, ""),
      element("span", {}, `#${row}`),
      element("span", { class: "note" }, note),
    );
  }

  mark({ row }) {
    for (const choice of this.node.querySelectorAll("button"))
      choice.setAttribute("aria-pressed", String(+choice.dataset.row === row));
  }
}

/** What the maps show, as a table: the selection, or an item and its neighbours, or what there is. */
class Table {
  /** @param {LatentMap} map */
  constructor(map) {
    this.map = map;
    this.table = element("table");
    const region = { class: "scroll", tabindex: 0, role: "region", "aria-label": "Points as a table" };
    this.node = element(
      "details",
      { toggle: () => this.update() },
      element("summary", {}, "As a table"),
      element("div", region, this.table),
    );
  }

  update() {
    const { facts, labels, panes } = this.map;
    if (!this.node.open || !facts) return;
    const { rows, title } = this.listed(),
      heads = ["image", ...(labels ? ["class"] : []), ...panes.flatMap((pane) => this.heads(pane))],
      about = (pane, row) => [...this.value(pane, row), ...this.place(pane, row)];
    const line = (row) => {
      const cells = [...(labels ? [facts.classes[labels[row]]] : []), ...panes.flatMap((pane) => about(pane, row))];
      return [element("th", { scope: "row" }, String(row)), ...cells.map((text) => element("td", {}, text))];
    };
    const head = heads.map((word) => element("th", { scope: "col" }, word));
    this.table.replaceChildren(
      element("caption", {}, title),
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...line(row)))),
    );
  }

  listed() {
    const { choice, count } = this.map,
      { row, linked, enclosed, counted } = choice;
    if (linked && !enclosed) return { rows: [...linked], title: `${this.map.name(row)} and its nearest in the code` };
    const rows = [];
    for (let i = 0; i < count && rows.length < LISTED; i++) if (choice.lit(i)) rows.push(i);
    const title = enclosed
      ? `${rows.length} of ${counted} selected images`
      : `the first ${rows.length} of ${count} images`;
    return { rows, title };
  }

  heads({ values, index }) {
    const { panes, facts } = this.map,
      which = panes.length > 1 ? `, ${facts.maps[index].title}` : "";
    return [...(values ? [values.facts.label] : []), "x", "y"].map((word) => word + which);
  }

  value({ values }, row) {
    return values ? [this.map.words(row, values)[1].slice(values.facts.label.length + 1)] : [];
  }

  place({ grid: { xy }, index }, row) {
    const { low, span } = this.map.facts.maps[index];
    if (xy[2 * row] === NOWHERE) return ["–", "–"];
    return [0, 1].map((axis) => digits(low[axis] + (xy[2 * row + axis] / TOP) * span, 4));
  }
}

/** Which items have no place on these maps, in words. */
function withoutPlace(maps, panes) {
  const sentences = maps.map(({ n, title }, i) => {
    const missing = n - panes[i].grid.there,
      where = title ? `the map of ${title}` : "this map";
    return missing && `${missing} of ${n} images have no place on ${where}: their numbers are nan or infinite.`;
  });
  return sentences.filter(Boolean).join(" ");
}
