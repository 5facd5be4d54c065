const ZOOM = 1.6; // of a press
const TOOLS = {
  pan: ["Move", "drag to move, click a point (p)"],
  lasso: ["Lasso", "drag around points (l, or hold Shift)"],
  box: ["Box", "drag a box over points (b)"],
};
const KEYS = { l: "lasso", b: "box", p: "pan" };

/** Above the maps: what a drag does, zooming, the item that is chosen, and how many are. */
class Toolbar {
  /** @param {LatentMap} map */
  constructor(map) {
    this.map = map;
    this.tools = Object.entries(TOOLS).map(([tool, [word, title]]) =>
      button(word, () => map.wield(tool), { "data-tool": tool, title, "aria-pressed": String(tool === "pan") }),
    );
    this.tiled = button("", () => map.toggleTiles(), { "aria-pressed": "false" });
    this.number = element("input", { type: "number", min: 0, step: 1, change: () => this.typed() });
    this.clear = button("Clear", () => map.clear(), { title: "Choose nothing (Escape)" });
    this.count = element("strong", { class: "count", role: "status" });
    const group = (label, ...parts) => element("div", { class: "tools", role: "group", "aria-label": label }, ...parts);
    const zooming = [
      this.zoom("−", 1 / ZOOM, "Zoom out (-)"),
      this.zoom("+", ZOOM, "Zoom in (+)"),
      button("Whole map", () => map.whole(), { title: "Show all of the map (0)" }),
    ];
    this.node = element(
      "div",
      { class: "row bar" },
      group("What a drag does", ...this.tools),
      this.tiled,
      group("Zoom", ...zooming),
      element("label", { class: "number" }, "Image (or click a point) ", this.number),
      this.clear,
      this.count,
    );
  }

  zoom(sign, factor, title) {
    const act = () => {
      for (const pane of this.map.panes) pane.zoomBy(factor);
    };
    return button(sign, act, { title, "aria-label": title });
  }

  typed() {
    const row = Math.round(+this.number.value);
    if (this.number.value === "" || !(row >= 0)) return this.map.clear();
    this.number.value = String(Math.min(row, this.map.count - 1));
    this.map.choose(+this.number.value, true);
  }

  /** Whether there are thumbnails, of pictures or of texts. */
  offer(there, texts) {
    this.tiled.hidden = !there;
    this.tiled.textContent = texts ? "Texts" : "Thumbnails";
    this.tiled.title = `${texts ? "texts" : "pictures"} where they do not overlap (t)`;
  }

  wield(tool) {
    for (const choice of this.tools) choice.setAttribute("aria-pressed", String(choice.dataset.tool === tool));
  }

  mark({ enclosed, counted, row, state }) {
    const { count, root } = this.map;
    this.count.textContent = enclosed ? `${counted.toLocaleString("en")} selected` : "";
    this.clear.disabled = !enclosed && row < 0;
    this.number.max = String(count - 1);
    if (focusedIn(root) !== this.number) this.number.value = row >= 0 ? String(row) : "";
    this.tiled.setAttribute("aria-pressed", String(Boolean(state.thumbnails)));
  }
}
