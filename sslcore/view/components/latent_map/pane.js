// One map: its canvases and its view.  Two of them share what is chosen.

const PICK = 14; // pixels from the pointer to the point that it means
const DEEPEST = 80,
  WIDEST = 0.5; // zoom
const ROOM = 26; // pixels around the points

class MapPane {
  /**
   * @param {LatentMap} map what both look at, and tell
   * @param {number} index
   */
  constructor(map, index) {
    this.map = map;
    this.index = index;
    this.view = { x: 0, y: 0, zoom: 1 }; // the middle, on the grid
    this.grid = null;
    /** @type {Store} */
    this.values = null; // that colour the points
    this.width = this.height = 0;
    this.ratio = 1; // the screen's pixels to a CSS pixel
    this.asked = 0; // for a frame
    this.over = element("canvas", { class: "over", tabindex: 0, role: "application" });
    this.points = new Points(this);
    this.marks = new Marks(this);
    this.card = new HoverCard(this);
    this.heading = element("div", { class: "heading" });
    this.about = element("div", { class: "note" });
    this.frame = element("div", { class: "frame" }, this.points.canvas, this.over, this.card.node);
    this.node = element("div", { class: "pane" }, this.heading, this.frame, this.about);
    this.hand = new Hand(this);
    this.destroy = resized(this.frame, () => {
      this.measure();
      this.draw();
    });
  }

  /** Points and values; whether the points are others than before. */
  take(points, values) {
    const others = this.grid?.xy !== points.arrays.xy;
    if (others) {
      this.grid = gridded(points.arrays.xy);
      this.centre();
    }
    this.values = values ?? null;
    const ways = Boolean(this.map.facts.maps[this.index].paths);
    this.points.canvas.classList.toggle("pale", ways); // the ways are what is to be seen
    this.measure();
    return others;
  }

  title(name, words, label) {
    this.heading.textContent = name;
    this.heading.hidden = !name;
    this.about.textContent = words;
    this.over.setAttribute("aria-label", label);
  }

  cursor(tool) {
    this.over.dataset.tool = tool;
  }

  // ---- the view ----

  measure() {
    const { canvas } = this.points;
    this.ratio = devicePixelRatio * enlarged(canvas);
    [this.width, this.height] = [this.frame.clientWidth, this.frame.clientHeight];
    const w = Math.round(this.width * this.ratio),
      h = Math.round(this.height * this.ratio);
    if (canvas.width === w && canvas.height === h) return;
    for (const layer of [canvas, this.over]) [layer.width, layer.height] = [w, h];
    this.points.forget();
  }

  /** Pixels a step of the grid. */
  get scale() {
    const [x0, y0, x1, y1] = this.grid.box,
      wide = (this.width - 2 * ROOM) / Math.max(1, x1 - x0),
      high = (this.height - 2 * ROOM) / Math.max(1, y1 - y0);
    return Math.min(wide, high, 0.05) * this.view.zoom;
  }

  /** From the grid to the screen, and back. */
  across(x) {
    return (x - this.view.x) * this.scale + this.width / 2;
  }
  down(y) {
    return this.height / 2 - (y - this.view.y) * this.scale;
  }
  under(px, py) {
    return [(px - this.width / 2) / this.scale + this.view.x, (this.height / 2 - py) / this.scale + this.view.y];
  }

  /** Where a row's point is on the screen, or null. */
  spot(row) {
    const { n, xy } = this.grid;
    return row >= 0 && row < n && xy[2 * row] !== NOWHERE
      ? [this.across(xy[2 * row]), this.down(xy[2 * row + 1])]
      : null;
  }

  /** The row that a place on the screen means, or -1. */
  pick(px, py) {
    const tile = this.points.tileAt(px, py);
    if (tile >= 0) return tile;
    return nearest(this.grid, ...this.under(px, py), PICK / this.scale, (row) => this.map.choice.fits(row));
  }

  zoomBy(factor, px = this.width / 2, py = this.height / 2) {
    const { view } = this,
      [x, y] = this.under(px, py);
    view.zoom = Math.max(WIDEST, Math.min(DEEPEST, view.zoom * factor));
    const [u, v] = this.under(px, py);
    this.card.hide();
    this.look(view.x + x - u, view.y + y - v);
  }

  /** Move what is seen by so many pixels. */
  shift(dx, dy) {
    this.look(this.view.x - dx / this.scale, this.view.y + dy / this.scale);
  }

  /** At a place of the grid, which stays within the points. */
  look(x, y) {
    const [x0, y0, x1, y1] = this.grid.box;
    [this.view.x, this.view.y] = [Math.max(x0, Math.min(x1, x)), Math.max(y0, Math.min(y1, y))];
    this.redraw();
    this.map.moved();
  }

  centre() {
    const [x0, y0, x1, y1] = this.grid.box;
    Object.assign(this.view, { x: (x0 + x1) / 2, y: (y0 + y1) / 2, zoom: 1 });
  }

  whole() {
    this.centre();
    this.redraw();
  }

  /** Bring a row into sight. */
  reveal(row) {
    const at = this.spot(row);
    if (!at || (at[0] > 20 && at[1] > 20 && at[0] < this.width - 20 && at[1] < this.height - 20)) return;
    this.look(this.grid.xy[2 * row], this.grid.xy[2 * row + 1]);
  }

  // ---- what is drawn ----

  draw() {
    cancelAnimationFrame(this.asked);
    this.asked = 0;
    if (!this.grid || !this.width) return;
    this.points.draw();
    this.mark();
    this.node.dataset.drawn = String(+(this.node.dataset.drawn ?? 0) + 1);
  }

  /** Draw with the next frame, once however often it is asked for. */
  redraw() {
    this.asked ||= requestAnimationFrame(() => this.draw());
  }

  mark() {
    if (this.grid && this.width) this.marks.draw(this.over.getContext("2d"), this.hand.drag?.loop ?? []);
  }
}
