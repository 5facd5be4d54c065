const CARD = 125; // milliseconds before a card comes
const GRACE = 260; // and after which it goes

/** The card of the point that is pointed at: its face and what is known of it. */
class HoverCard {
  /** @param {MapPane} pane */
  constructor(pane) {
    this.pane = pane;
    this.map = pane.map;
    this.node = element("div", { class: "card", hidden: true });
    this.row = -1; // whose card is shown, or not to be shown again
    this.coming = this.leaving = 0; // timers
  }

  show(row) {
    const place = this.pane.spot(row);
    if (!place) return this.hide();
    const { map, node } = this;
    map.carding(this.pane.index);
    node.replaceChildren(...this.parts(row));
    node.hidden = false;
    node.dataset.row = row;
    this.row = row;
    const [x, y] = place,
      { width, height, points } = this.pane,
      { offsetWidth: w, offsetHeight: h } = node,
      tile = points.tileOf(row),
      away = tile ? tile[0] + 12 : 16;
    node.style.left = `${Math.max(2, x + away + w < width ? x + away : x - away - w)}px`;
    node.style.top = `${Math.max(2, Math.min(height - h - 2, y - h / 2))}px`;
  }

  parts(row) {
    const { faces, facts } = this.map,
      parts = this.map
        .words(row, this.pane.values)
        .map((words, i) => element("div", { class: i ? "note" : "name" }, words)),
      note = (words) => element("div", { class: "note" }, words);
    if (!faces.gallery) return [...parts, note("click for its picture")];
    if (facts.reduced) parts.push(note(`1 : ${facts.reduced}; click for all pixels`));
    return [face(faces.gallery, row, `Image ${row}`, painted), ...parts];
  }

  hide() {
    clearTimeout(this.coming);
    this.node.hidden = true;
    this.row = -1;
  }

  /** Tell of the row under the pointer: its ring at once, its card a moment later, gone a moment after leaving. */
  regard(row) {
    clearTimeout(this.coming);
    if (row !== this.map.hovered) this.map.hover(row);
    if (row < 0) {
      this.leaving ||= setTimeout(() => {
        this.leaving = 0;
        this.hide();
      }, GRACE);
      return;
    }
    clearTimeout(this.leaving);
    this.leaving = 0;
    if (row !== this.row) this.coming = setTimeout(() => this.show(row), CARD);
  }
}
