const LOOK = 50; // milliseconds between two looks at what is under the pointer
const CORNERS = 120; // of a lasso, at most
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @param {number[][]} places two */
const apart = ([[a, b], [c, d]]) => Math.hypot(a - c, b - d);
/** @param {number[][]} places two */
const middle = ([[a, b], [c, d]]) => [(a + c) / 2, (b + d) / 2];

/** What a hand does on a map: point, click, move, zoom, draw around points, and the keys. */
class Hand {
  /** @param {MapPane} pane */
  constructor(pane) {
    this.pane = pane;
    this.map = pane.map;
    this.held = new Map(); // pointers that are down
    this.pinch = null; // where two of them were
    this.drag = null; // what one of them does
    this.lookedAt = this.looking = 0;
    const listen = (kind, act, options = {}) =>
      pane.over.addEventListener(kind, (event) => pane.grid && act.call(this, event), options);
    listen("pointerdown", this.press);
    listen("pointermove", this.move);
    listen("pointerup", this.release);
    listen("pointercancel", this.release);
    listen("pointerleave", this.leave);
    listen("wheel", this.wheel, { passive: false });
    listen("dblclick", this.double);
    listen("keydown", this.key);
    listen("blur", () => {
      this.map.hover(-1);
      pane.card.hide();
    });
  }

  /** Where on the map an event is. */
  place(event) {
    const [x, y] = pointed(this.pane.over, event);
    return [Math.max(0, Math.min(this.pane.width, x)), Math.max(0, Math.min(this.pane.height, y))];
  }

  press(event) {
    if (event.button) return;
    this.pane.over.setPointerCapture(event.pointerId);
    const at = this.place(event);
    this.held.set(event.pointerId, at);
    this.pane.card.hide();
    if (this.held.size === 2) {
      this.interrupt();
      this.pinch = [...this.held.values()];
      return;
    }
    const tool = event.shiftKey ? "lasso" : this.map.tool;
    this.drag = { tool, from: at, last: at, moved: false, loop: [], before: this.map.choice.kept };
  }

  move(event) {
    const at = this.place(event);
    if (!this.held.has(event.pointerId)) {
      if (event.pointerType !== "touch") this.look(...at);
      return;
    }
    this.held.set(event.pointerId, at);
    const { drag } = this;
    if (this.pinch && this.held.size === 2) return this.zoomBetween([...this.held.values()]);
    if (!drag || (!drag.moved && apart([at, drag.from]) < 4)) return;
    drag.moved = true;
    if (drag.tool === "pan") {
      this.pane.shift(at[0] - drag.last[0], at[1] - drag.last[1]);
      drag.last = at;
    } else this.enclose(at);
  }

  /** Two pointers move and zoom what is between them. */
  zoomBetween(now) {
    const { pane } = this,
      [x, y] = middle(now),
      [u, v] = middle(this.pinch);
    pane.shift(x - u, y - v);
    pane.zoomBy(apart(now) / Math.max(1, apart(this.pinch)), x, y);
    this.pinch = now;
  }

  /** Draw on to a place: a box, or a loop. */
  enclose(at) {
    const { drag, map, pane } = this,
      [x, y] = drag.from;
    if (drag.tool === "box") drag.loop = [[x, y], [at[0], y], at, [x, at[1]]];
    else if (!drag.loop.length) drag.loop = [drag.from, at];
    else if (apart([at, drag.last]) >= 3) drag.loop.push(at);
    else return;
    drag.last = at;
    pane.mark();
    const few = pane.grid.n <= SHAPED; // so that they light up on the way
    if (few) map.enclose(this.polygon(drag.loop), pane.index, false);
  }

  /** What is drawn on the screen, on the grid, in whole steps: [x, y, x, y, ...]. */
  polygon(loop) {
    const every = Math.ceil(loop.length / CORNERS);
    return loop.filter((_, i) => i % every === 0).flatMap(([x, y]) => this.pane.under(x, y).map(Math.round));
  }

  /** A lasso that is not finished leaves what was chosen before. */
  interrupt() {
    const was = this.drag;
    this.drag = null;
    if (was?.loop.length) this.map.restore(was.before);
  }

  release(event) {
    if (!this.held.delete(event.pointerId)) return;
    if (event.type === "pointercancel") this.interrupt();
    const was = this.drag;
    this.drag = null;
    if (this.pinch) {
      if (!this.held.size) this.pinch = null;
      return;
    }
    if (!was) return this.pane.mark();
    if (was.loop.length > 2) return this.map.enclose(this.polygon(was.loop), this.pane.index, true);
    if (!was.moved) this.click(was.from, event);
  }

  click(at, event) {
    const { pane, map } = this,
      row = pane.pick(...at);
    if (row < 0) return map.clear();
    map.choose(row);
    if (event.pointerType === "touch") {
      map.hover(row);
      pane.card.show(row);
    } else pane.card.row = row; // the page shows it now, and the card would hide its lines
  }

  look(px, py) {
    clearTimeout(this.looking);
    const now = performance.now(),
      rest = LOOK - (now - this.lookedAt);
    if (rest > 0) {
      this.looking = setTimeout(() => this.look(px, py), rest);
      return;
    }
    this.lookedAt = now;
    this.pane.card.regard(this.pane.pick(px, py));
  }

  leave(event) {
    if (event.pointerType === "touch") return; // a finger that has tapped is gone, and its card stays
    clearTimeout(this.looking);
    if (!this.held.size) this.pane.card.regard(-1);
  }

  wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1,
      turned = Math.max(-240, Math.min(240, event.deltaY * lines));
    this.pane.zoomBy(Math.exp(-turned * 0.002), ...this.place(event));
  }

  double(event) {
    if (this.pane.pick(...this.place(event)) >= 0) return; // a click on a point chooses it
    this.pane.whole();
    this.map.moved();
  }

  key(event) {
    const { key } = event,
      { pane, map } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (WAYS[key]) this.walk(...WAYS[key]);
    else if (key === "Enter" || key === " ") {
      if (map.hovered >= 0) map.choose(map.hovered);
    } else if (key === "+" || key === "=") pane.zoomBy(1.4);
    else if (key === "-") pane.zoomBy(1 / 1.4);
    else if (key === "0") {
      pane.whole();
      map.moved();
    } else if (key === "Escape") {
      pane.card.hide();
      map.hover(-1);
      map.clear();
    } else if (!map.key(key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** To the next point in a direction. */
  walk(dx, dy) {
    const { pane, map } = this,
      { grid, view } = pane,
      fits = (row) => map.choice.fits(row),
      from = [map.hovered, map.choice.row].find((row) => pane.spot(row)) ?? -1,
      row = from < 0 ? nearest(grid, view.x, view.y, 2 * NOWHERE, fits) : beyond(grid, from, dx, dy, fits);
    if (row >= 0) {
      map.hover(row);
      pane.reveal(row);
      pane.card.show(row);
    }
    map.say(row >= 0 ? map.words(row, pane.values).join(", ") : "no point further this way");
  }
}
