/** The marks above a map's points: lines to neighbours, ways, rings, a lasso, and the numbers of axes. */
class Marks {
  /** @param {MapPane} pane */
  constructor(pane) {
    this.pane = pane;
    this.map = pane.map;
  }

  draw(context, loop) {
    const { pane, map } = this,
      { axes, paths = [] } = map.facts.maps[pane.index];
    context.setTransform(pane.ratio, 0, 0, pane.ratio, 0, 0);
    context.clearRect(0, 0, pane.width, pane.height);
    context.lineJoin = context.lineCap = "round";
    if (axes) this.readings(context);
    this.links(context);
    for (const path of paths) this.way(context, path);
    this.ring(context, map.choice.row, 1, 3);
    this.ring(context, map.hovered, 0, 2);
    this.lasso(context, loop.length ? loop : this.kept());
  }

  /** The path as a line with a halo, seen on points of any colour. */
  twice(context, width, colour) {
    context.strokeStyle = this.map.colours.ground;
    context.lineWidth = width + 2.5;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  /** How far from the middle of a row's point its ring is. */
  around(row) {
    const tile = this.pane.points.tileOf(row);
    return tile ? tile[1] + 8 : 8;
  }

  ring(context, row, more, width) {
    const place = this.pane.spot(row);
    if (!place) return;
    circle(context, ...place, this.around(row) + more);
    this.twice(context, width, this.map.colours.text);
  }

  /** From the chosen point to its neighbours: between the ring and the dot, so that both stay in sight. */
  links(context) {
    const { pane, map } = this,
      chosen = pane.spot(map.choice.row);
    if (!chosen) return;
    for (const row of map.choice.links(pane.index)) {
      const end = pane.spot(row);
      if (!end) continue;
      const [dx, dy] = [end[0] - chosen[0], end[1] - chosen[1]],
        length = Math.hypot(dx, dy),
        from = this.around(map.choice.row) + 1,
        to = length - (pane.points.tileOf(row)?.[1] ?? 7);
      if (to <= from) continue;
      context.beginPath();
      context.moveTo(chosen[0] + (dx * from) / length, chosen[1] + (dy * from) / length);
      context.lineTo(chosen[0] + (dx * to) / length, chosen[1] + (dy * to) / length);
      this.twice(context, 1.5, map.colours.text);
    }
  }

  /** A way across the map: {points: [[x, y], ...], colour, names, dashed}. */
  way(context, { points, colour, names, dashed }) {
    const { pane } = this,
      { ground, text } = this.map.colours,
      places = points.map(([x, y]) => [pane.across(x), pane.down(y)]);
    context.beginPath();
    for (const place of places) context.lineTo(...place);
    context.setLineDash(dashed ? [6, 5] : []);
    this.twice(context, 2.5, colour);
    context.setLineDash([]);
    context.font = `600 13px ${theme(pane.node).font}`;
    for (const [i, [x, y]] of places.entries()) {
      circle(context, x, y, dashed ? 3 : i && i < points.length - 1 ? 4 : 6);
      context.fillStyle = colour;
      this.twice(context, 1, ground);
      context.fill();
      if (!names?.[i]) continue;
      context.lineWidth = 3;
      context.strokeStyle = ground;
      context.strokeText(names[i], x + 9, y + 4);
      context.fillStyle = text;
      context.fillText(names[i], x + 9, y + 4);
    }
  }

  /** The lasso that is chosen on this map. */
  kept() {
    const { side, lasso } = this.map.choice.state,
      { pane } = this;
    if (side !== pane.index) return [];
    return Array.from({ length: lasso.length / 2 }, (_, i) => [pane.across(lasso[2 * i]), pane.down(lasso[2 * i + 1])]);
  }

  lasso(context, loop) {
    if (loop.length < 2) return;
    const { text } = this.map.colours;
    context.beginPath();
    for (const place of loop) context.lineTo(...place);
    context.closePath();
    context.globalAlpha = 0.1;
    context.fillStyle = text;
    context.fill();
    context.globalAlpha = 1;
    this.twice(context, 1.5, text);
  }

  /** The numbers along two sides of a map whose axes mean something. */
  readings(context) {
    const { pane, map } = this,
      { width, height } = pane,
      { low, span } = map.facts.maps[pane.index],
      real = (/** @type {number[]} */ [x, y]) => [low[0] + (x / TOP) * span, low[1] + (y / TOP) * span];
    const from = real(pane.under(0, height)),
      to = real(pane.under(width, 0)),
      steps = (at) => ticks({ domain: [from[at], to[at]] }, [width, height][at] / 90);
    context.font = `13px ${theme(pane.node).font}`;
    context.fillStyle = context.strokeStyle = map.colours.text;
    context.globalAlpha = 0.75;
    context.lineWidth = 1;
    context.textAlign = "center";
    for (const value of steps(0)) {
      const x = (width * (value - from[0])) / (to[0] - from[0]);
      if (x < 40 || x > width - 16) continue;
      context.fillRect(Math.round(x), height - 5, 1, 5);
      context.fillText(digits(value), x, height - 9);
    }
    context.textAlign = "left";
    for (const value of steps(1)) {
      const y = height * (1 - (value - from[1]) / (to[1] - from[1]));
      if (y < 12 || y > height - 28) continue;
      context.fillRect(0, Math.round(y), 5, 1);
      context.fillText(digits(value), 9, y + 4.5);
    }
    context.globalAlpha = 1;
  }
}
