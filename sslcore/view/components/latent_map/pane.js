// One map: its canvases, its view and its gestures.  Two of them share what is chosen.

const PICK = 14,
  LOOK = 50,
  CARD = 125,
  GRACE = 260; // pixels; milliseconds between looks, before a card, and after leaving
const DEEPEST = 80,
  WIDEST = 0.5; // zoom
const CORNERS = 120; // of a lasso, at most

/**
 * `shared` is what both maps look at: {facts, state, colours, shade(row), fits(row), lit(row), links, hovered, atlas,
 * pictures, selecting, tool}; and what they tell: hover(row), carding(pane), choose(row),
 * enclose(polygon, pane, final), choice(), restore(choice), moved(), clear(), say(words), key(key).
 */
function mapPane(shared, index) {
  const canvas = element("canvas", { class: "points", "aria-hidden": "true" });
  const over = element("canvas", { class: "over", tabindex: 0, role: "application" });
  const card = element("div", { class: "card", hidden: true });
  const heading = element("div", { class: "heading" }),
    about = element("div", { class: "note" });
  const frame = element("div", { class: "frame" }, canvas, over, card),
    node = element("div", { class: "pane" }, heading, frame, about);
  const view = { x: 0, y: 0, zoom: 1 };
  let grid = null,
    values = null,
    shades = null,
    greys = 0,
    image = null,
    pixels = null,
    width = 0,
    height = 0,
    ratio = 1,
    frameAsked = 0;
  let sprites = new Map(),
    spriteKey = "",
    thumbnails = null,
    drawing = null;

  const fitted = () => {
    const [x0, y0, x1, y1] = grid.box,
      margin = 26;
    return Math.min((width - 2 * margin) / Math.max(1, x1 - x0), (height - 2 * margin) / Math.max(1, y1 - y0), 0.05);
  };
  const scale = () => fitted() * view.zoom;
  const across = (x) => (x - view.x) * scale() + width / 2,
    down = (y) => height / 2 - (y - view.y) * scale();
  const under = (px, py) => [(px - width / 2) / scale() + view.x, (height / 2 - py) / scale() + view.y];
  const spot = (row) => {
    const x = grid.xy[2 * row];
    return row >= 0 && row < grid.n && x !== NOWHERE ? [across(x), down(grid.xy[2 * row + 1])] : null;
  };

  // ---- what is drawn ----

  /** The shade of every point, in the grid's order, after the choice, the colouring or the filter has changed. */
  function shade() {
    greys = 0;
    for (let j = 0; j < grid.there; j++) {
      const row = grid.rows[j],
        k = shared.lit(row) ? shared.shade(row, values) : GREYED;
      shades[j] = k;
      if (k === GREYED) greys += 1;
    }
    thumbnails = null;
  }

  function measure() {
    ratio = devicePixelRatio * enlarged(canvas);
    [width, height] = [frame.clientWidth, frame.clientHeight];
    const w = Math.round(width * ratio),
      h = Math.round(height * ratio);
    if (canvas.width === w && canvas.height === h) return;
    for (const one of [canvas, over]) [one.width, one.height] = [w, h];
    image = null;
    thumbnails = null;
  }

  /** visit(j) each point in sight, the greyed ones first. */
  function inSight(visit) {
    const [x0, y1] = under(-8, -8),
      [x1, y0] = under(width + 8, height + 8);
    for (const grey of greys ? [true, false] : [false])
      runs(grid, x0, y0, x1, y1, (from, to) => {
        for (let j = from; j < to; j++) if ((shades[j] === GREYED) === grey) visit(j);
      });
  }

  function countInSight() {
    const [x0, y1] = under(0, 0),
      [x1, y0] = under(width, height);
    let count = 0;
    runs(grid, x0, y0, x1, y1, (from, to) => (count += to - from));
    return count;
  }

  function splat(context, count) {
    const w = canvas.width,
      h = canvas.height;
    if (!image) {
      image = context.createImageData(w, h);
      pixels = new Uint32Array(image.data.buffer);
    }
    pixels.fill(0);
    const size = Math.max(1, Math.round(ratio * Math.max(1, Math.min(5, 600 / Math.sqrt(count)))));
    const stamp = [],
      half = Math.floor(size / 2),
      middle = (size - 1) / 2;
    for (let dy = 0; dy < size; dy++)
      for (let dx = 0; dx < size; dx++)
        if (size < 3 || Math.hypot(dx - middle, dy - middle) <= size / 2) stamp.push((dy - half) * w + dx - half);
    const s = scale() * ratio,
      ox = (width / 2) * ratio - view.x * s,
      oy = (height / 2) * ratio + view.y * s;
    const { x, y } = grid,
      { pixel } = shared.colours,
      marks = stamp.length,
      edge = w - size,
      foot = h - size;
    const [x0, y1] = under(0, 0),
      [x1, y0] = under(width, height);
    for (const grey of greys ? [true, false] : [false])
      runs(grid, x0, y0, x1, y1, (from, to) => {
        for (let j = from; j < to; j++) {
          const k = shades[j];
          if ((k === GREYED) !== grey) continue;
          const px = (x[j] * s + ox) | 0,
            py = (oy - y[j] * s) | 0;
          if (px < half || py < half || px >= edge || py >= foot) continue;
          const at = py * w + px,
            colour = pixel[k];
          for (let m = 0; m < marks; m++) pixels[at + stamp[m]] = colour;
        }
      });
    context.putImageData(image, 0, 0);
  }

  function stampDots(context, count) {
    const small = shared.tiles() ? 0.75 : 1,
      radius = (small * Math.round(2 * Math.max(2.8, Math.min(6, 190 / Math.sqrt(count))))) / 2;
    const key = `${radius} ${ratio} ${shared.look}`;
    if (key !== spriteKey) [sprites, spriteKey] = [new Map(), key];
    const s = scale() * ratio,
      ox = (width / 2) * ratio - view.x * s,
      oy = (height / 2) * ratio + view.y * s;
    inSight((j) => {
      let dot = sprites.get(shades[j]);
      if (!dot) sprites.set(shades[j], (dot = sprite(shared.colours, shades[j], !shared.valued, radius, ratio)));
      const half = dot.width / 2;
      context.drawImage(dot, Math.round(grid.x[j] * s + ox - half), Math.round(oy - grid.y[j] * s - half));
    });
  }

  function stampTiles(context) {
    const { canvas: sheet, w, h, place } = shared.tiles(),
      s = scale();
    const key = `${s} ${shared.chosen} ${shared.look}`;
    if (thumbnails?.key !== key) {
      const rows = decluttered(grid, s, shared.first());
      thumbnails = { key, rows, set: new Set(rows) };
    }
    const side = TILE * ratio,
      shape = Math.max(w, h),
      wide = (side * w) / shape,
      high = (side * h) / shape,
      line = 1.5 * ratio;
    context.imageSmoothingEnabled = shape > side;
    for (const row of thumbnails.rows) {
      const [x, y] = spot(row).map((v) => v * ratio),
        left = Math.round(x - wide / 2),
        top = Math.round(y - high / 2);
      if (x < -side || y < -side || x > canvas.width + side || y > canvas.height + side) continue;
      const lit = shared.lit(row);
      context.globalAlpha = lit ? 1 : 0.3;
      context.fillStyle = shared.colours.css[lit ? shared.shade(row, values) : GREYED];
      context.fillRect(left - line, top - line, wide + 2 * line, high + 2 * line);
      context.drawImage(sheet, ...place(row), w, h, left, top, wide, high);
    }
    context.globalAlpha = 1;
  }

  function draw() {
    cancelAnimationFrame(frameAsked);
    frameAsked = 0;
    if (!grid || !width) return;
    const context = canvas.getContext("2d"),
      count = countInSight();
    const pixelled = count > SHAPED;
    if (pixelled) splat(context, count);
    else {
      context.clearRect(0, 0, canvas.width, canvas.height);
      stampDots(context, count);
    }
    if (shared.tiles()) stampTiles(context);
    mark();
    node.dataset.drawn = String(+(node.dataset.drawn ?? 0) + 1);
  }

  /** Draw with the next frame, once however often it is asked for. */
  function redraw() {
    frameAsked ||= requestAnimationFrame(draw);
  }

  /** The marks above the points: lines to neighbours, paths, rings, a lasso. */
  function mark() {
    if (!grid || !width) return;
    const context = over.getContext("2d"),
      { text, ground } = shared.colours;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.lineJoin = context.lineCap = "round";
    if (shared.facts.maps[index].axes) readings(context);
    const twice = (line, colour) => {
      // a line with a halo, seen on points of any colour
      context.strokeStyle = ground;
      context.lineWidth = line + 2.5;
      context.stroke();
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.stroke();
    };
    const tiled = (row) => shared.tiles() && thumbnails?.set.has(row),
      around = (row) => (tiled(row) ? TILE / 2 + 8 : 8);
    const chosen = spot(shared.chosen);
    if (chosen)
      for (const row of shared.links(index)) {
        const end = spot(row);
        if (!end) continue;
        const [dx, dy] = [end[0] - chosen[0], end[1] - chosen[1]],
          length = Math.hypot(dx, dy),
          [from, to] = [around(shared.chosen) + 1, length - (tiled(row) ? TILE / 2 : 7)];
        if (to <= from) continue; // between the ring and the dot, so that both stay in sight
        context.beginPath();
        context.moveTo(chosen[0] + (dx * from) / length, chosen[1] + (dy * from) / length);
        context.lineTo(chosen[0] + (dx * to) / length, chosen[1] + (dy * to) / length);
        twice(1.5, text);
      }
    for (const path of shared.facts.maps[index].paths ?? []) way(context, path, twice);
    const circle = ([x, y], radius, line) => {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      twice(line, text);
    };
    if (chosen) circle(chosen, around(shared.chosen) + 1, 3);
    const hovered = spot(shared.hovered);
    if (hovered) circle(hovered, around(shared.hovered), 2);
    const { state } = shared,
      kept = state.side === index ? state.lasso : [];
    const loop = drawing?.loop ?? [];
    const outlined = loop.length
      ? loop
      : Array.from({ length: kept.length / 2 }, (_, i) => [across(kept[2 * i]), down(kept[2 * i + 1])]);
    if (outlined.length > 1) {
      context.beginPath();
      outlined.forEach((point, i) => context[i ? "lineTo" : "moveTo"](...point));
      context.closePath();
      context.globalAlpha = 0.1;
      context.fillStyle = text;
      context.fill();
      context.globalAlpha = 1;
      twice(1.5, text);
    }
  }

  /** A way across the map: {points: [[x, y], ...], colour, names, title, dashed}. */
  function way(context, { points, colour, names, dashed }, twice) {
    context.beginPath();
    points.forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](across(x), down(y)));
    context.setLineDash(dashed ? [6, 5] : []);
    twice(2.5, colour);
    context.setLineDash([]);
    context.font = `600 13px ${theme(node).font}`;
    points.forEach(([x, y], i) => {
      context.beginPath();
      context.arc(across(x), down(y), dashed ? 3 : i && i < points.length - 1 ? 4 : 6, 0, 2 * Math.PI);
      context.fillStyle = colour;
      twice(1, shared.colours.ground);
      context.fill();
      if (!names?.[i]) return;
      context.lineWidth = 3;
      context.strokeStyle = shared.colours.ground;
      context.strokeText(names[i], across(x) + 9, down(y) + 4);
      context.fillStyle = shared.colours.text;
      context.fillText(names[i], across(x) + 9, down(y) + 4);
    });
  }

  /** The numbers along two sides of a map whose axes mean something. */
  function readings(context) {
    const { low, span } = shared.facts.maps[index],
      real = ([x, y]) => [low[0] + (x / 65534) * span, low[1] + (y / 65534) * span];
    const from = real(under(0, height)),
      to = real(under(width, 0)),
      steps = (at) => ticks({ domain: [from[at], to[at]] }, [width, height][at] / 90);
    context.font = `13px ${theme(node).font}`;
    context.fillStyle = context.strokeStyle = shared.colours.text;
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

  // ---- the card ----

  let cardTimer = 0,
    awayTimer = 0,
    carded = -1;
  function showCard(row) {
    const place = spot(row);
    if (!place) return hideCard();
    shared.carding(index);
    const { pictures } = shared,
      parts = [];
    if (pictures) {
      const face = imageCanvas(pictures.shapes.pixels.slice(1), `Image ${row}`, "image face");
      paint(face, galleryImage(pictures, row), pictures.shapes.pixels[1]);
      parts.push(face);
    }
    parts.push(...shared.words(row, values).map((line, i) => element("div", { class: i ? "note" : "name" }, line)));
    if (pictures ? shared.facts.reduced : true)
      parts.push(
        element(
          "div",
          { class: "note" },
          pictures ? `1 : ${shared.facts.reduced}; click for all pixels` : "click for its picture",
        ),
      );
    card.replaceChildren(...parts);
    card.hidden = false;
    card.dataset.row = row;
    carded = row;
    const [x, y] = place,
      w = card.offsetWidth,
      h = card.offsetHeight,
      away = thumbnails?.set.has(row) ? TILE / 2 + 12 : 16;
    card.style.left = `${Math.max(2, x + away + w < width ? x + away : x - away - w)}px`;
    card.style.top = `${Math.max(2, Math.min(height - h - 2, y - h / 2))}px`;
  }
  function hideCard() {
    clearTimeout(cardTimer);
    card.hidden = true;
    carded = -1;
  }

  /** Tell of the row under the pointer: its ring at once, its card a moment later, gone a moment after leaving. */
  function regard(row) {
    clearTimeout(cardTimer);
    if (row !== shared.hovered) shared.hover(row);
    if (row < 0) {
      awayTimer ||= setTimeout(() => {
        awayTimer = 0;
        hideCard();
      }, GRACE);
      return;
    }
    clearTimeout(awayTimer);
    awayTimer = 0;
    if (row === carded) return;
    cardTimer = setTimeout(() => showCard(row), CARD);
  }

  function pick(px, py) {
    if (shared.tiles() && thumbnails)
      for (const row of thumbnails.rows) {
        const [x, y] = spot(row);
        if (Math.abs(x - px) <= TILE / 2 && Math.abs(y - py) <= TILE / 2) return row;
      }
    return nearest(grid, ...under(px, py), PICK / scale(), shared.fits);
  }

  // ---- gestures ----

  const held = new Map(); // pointers that are down
  let lookedAt = 0,
    lookTimer = 0,
    pinch = null;
  const place = (event) => {
    const [x, y] = pointed(over, event);
    return [Math.max(0, Math.min(width, x)), Math.max(0, Math.min(height, y))];
  };

  function look(px, py) {
    clearTimeout(lookTimer);
    const now = performance.now();
    if (now - lookedAt < LOOK) {
      lookTimer = setTimeout(() => look(px, py), LOOK - (now - lookedAt));
      return;
    }
    lookedAt = now;
    regard(pick(px, py));
  }

  function zoomBy(factor, px = width / 2, py = height / 2) {
    const [x, y] = under(px, py);
    view.zoom = Math.max(WIDEST, Math.min(DEEPEST, view.zoom * factor));
    const [u, v] = under(px, py);
    [view.x, view.y] = [view.x + x - u, view.y + y - v];
    hideCard();
    bounded();
    redraw();
    shared.moved();
  }

  function bounded() {
    const [x0, y0, x1, y1] = grid.box;
    [view.x, view.y] = [Math.max(x0, Math.min(x1, view.x)), Math.max(y0, Math.min(y1, view.y))];
  }

  function whole() {
    const [x0, y0, x1, y1] = grid.box;
    Object.assign(view, { x: (x0 + x1) / 2, y: (y0 + y1) / 2, zoom: 1 });
    redraw();
  }

  /** What is drawn on the screen, on the grid, in whole steps: [x, y, x, y, ...]. */
  const polygon = (loop) => {
    const every = Math.ceil(loop.length / CORNERS);
    return loop.filter((_, i) => i % every === 0).flatMap(([x, y]) => under(x, y).map(Math.round));
  };

  over.addEventListener("pointerdown", (event) => {
    if (event.button || !grid) return;
    over.setPointerCapture(event.pointerId);
    const at = place(event);
    held.set(event.pointerId, at);
    hideCard();
    if (held.size === 2) {
      interrupt();
      pinch = [...held.values()];
      return;
    }
    const tool = event.shiftKey ? "lasso" : shared.tool;
    drawing = { tool, from: at, last: at, moved: false, loop: [], before: shared.choice() };
  });

  over.addEventListener("pointermove", (event) => {
    if (!grid) return;
    const at = place(event);
    if (!held.has(event.pointerId)) {
      if (event.pointerType !== "touch") look(...at);
      return;
    }
    held.set(event.pointerId, at);
    if (pinch && held.size === 2) {
      const now = [...held.values()],
        length = ([[a, b], [c, d]]) => Math.hypot(a - c, b - d),
        middle = ([[a, b], [c, d]]) => [(a + c) / 2, (b + d) / 2];
      const [x, y] = middle(now),
        [u, v] = middle(pinch);
      [view.x, view.y] = [view.x - (x - u) / scale(), view.y + (y - v) / scale()];
      zoomBy(length(now) / Math.max(1, length(pinch)), x, y);
      pinch = now;
      return;
    }
    if (!drawing) return;
    if (!drawing.moved && Math.hypot(at[0] - drawing.from[0], at[1] - drawing.from[1]) < 4) return;
    drawing.moved = true;
    if (drawing.tool === "pan") {
      [view.x, view.y] = [view.x - (at[0] - drawing.last[0]) / scale(), view.y + (at[1] - drawing.last[1]) / scale()];
      drawing.last = at;
      bounded();
      shared.moved();
      return redraw();
    }
    const [x, y] = drawing.from;
    if (drawing.tool === "box") drawing.loop = [[x, y], [at[0], y], at, [x, at[1]]];
    else if (!drawing.loop.length) drawing.loop = [drawing.from, at];
    else if (Math.hypot(at[0] - drawing.last[0], at[1] - drawing.last[1]) >= 3) drawing.loop.push(at);
    else return;
    drawing.last = at;
    mark();
    if (grid.n <= SHAPED) shared.enclose(polygon(drawing.loop), index, false); // few enough to light up on the way
  });

  /** A lasso that is not finished leaves what was chosen before. */
  function interrupt() {
    const was = drawing;
    drawing = null;
    if (was?.loop.length) shared.restore(was.before);
  }

  const release = (event) => {
    if (!held.delete(event.pointerId)) return;
    if (event.type === "pointercancel") interrupt();
    const was = drawing;
    drawing = null;
    if (pinch) {
      if (!held.size) pinch = null;
      return;
    }
    if (!was) return mark();
    if (was.loop.length > 2) return shared.enclose(polygon(was.loop), index, true);
    if (was.moved) return;
    const row = pick(...was.from);
    if (row < 0) return shared.clear();
    shared.choose(row);
    if (event.pointerType === "touch") {
      shared.hover(row);
      showCard(row);
    } else carded = row; // the page shows it now, and the card would hide its lines
  };
  over.addEventListener("pointerup", release);
  over.addEventListener("pointercancel", release);
  over.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "touch") return; // a finger that has tapped is gone, and its card stays
    clearTimeout(lookTimer);
    if (!held.size) regard(-1);
  });
  over.addEventListener(
    "wheel",
    (event) => {
      if (!grid) return;
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      zoomBy(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * 0.002), ...place(event));
    },
    { passive: false },
  );
  over.addEventListener("dblclick", (event) => {
    if (pick(...place(event)) >= 0) return; // a click on a point chooses it
    whole();
    shared.moved();
  });

  /** Bring a row into sight. */
  function reveal(row) {
    const at = spot(row);
    if (!at || (at[0] > 20 && at[1] > 20 && at[0] < width - 20 && at[1] < height - 20)) return;
    [view.x, view.y] = [grid.xy[2 * row], grid.xy[2 * row + 1]];
    redraw();
    shared.moved();
  }

  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  over.addEventListener("keydown", (event) => {
    if (!grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS[event.key];
    if (way) {
      const from = spot(shared.hovered) ? shared.hovered : spot(shared.chosen) ? shared.chosen : -1;
      const row =
        from < 0 ? nearest(grid, view.x, view.y, 2 * NOWHERE, shared.fits) : beyond(grid, from, ...way, shared.fits);
      if (row >= 0) {
        shared.hover(row);
        reveal(row);
        showCard(row);
      }
      shared.say(row >= 0 ? shared.words(row, values).join(", ") : "no point further this way");
    } else if (event.key === "Enter" || event.key === " ") {
      if (shared.hovered >= 0) shared.choose(shared.hovered);
    } else if (event.key === "+" || event.key === "=") zoomBy(1.4);
    else if (event.key === "-") zoomBy(1 / 1.4);
    else if (event.key === "0") {
      whole();
      shared.moved();
    } else if (event.key === "Escape") {
      hideCard();
      shared.hover(-1);
      shared.clear();
    } else if (!shared.key(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  over.addEventListener("blur", () => {
    shared.hover(-1);
    hideCard();
  });

  const end = resized(frame, () => {
    measure();
    draw();
  });
  return {
    node,
    view,
    shade,
    redraw,
    draw,
    mark,
    whole,
    zoomBy,
    reveal,
    hideCard,
    destroy: end,
    grid: () => grid,
    values: () => values,
    enclosing: (loop) => inside(grid, loop),
    /** Points and values; whether the points are others than before. */
    take(points, valued) {
      const others = grid?.xy !== points.arrays.xy;
      if (others) {
        grid = gridded(points.arrays.xy);
        shades = new Uint8Array(grid.there);
        const [x0, y0, x1, y1] = grid.box;
        Object.assign(view, { x: (x0 + x1) / 2, y: (y0 + y1) / 2, zoom: 1 });
      }
      values = valued ?? null;
      canvas.classList.toggle("pale", Boolean(shared.facts.maps[index].paths)); // the ways are what is to be seen
      measure();
      return others;
    },
    title(name, words, label) {
      heading.textContent = name;
      heading.hidden = !name;
      about.textContent = words;
      over.setAttribute("aria-label", label);
    },
    cursor(tool) {
      over.dataset.tool = tool;
    },
  };
}
