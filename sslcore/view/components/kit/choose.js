// Choosing an image of the gallery: by number, at random, or by its thumbnail.

/** A field for an image: its picture, its number, a die.  choose(i) is called with each choice. */
function imageField(label, choose) {
  const number = element("input", { type: "number", min: 0, step: 1, "aria-label": `${label}, number` }),
    name = element("span", { class: "note" }),
    place = element("span", { class: "thumb-place" }),
    random = element(
      "button",
      { type: "button", title: "A random image", "aria-label": `${label}: a random image` },
      die(),
    );
  const node = element(
    "div",
    { class: "row image-field" },
    place,
    element("label", {}, element("b", {}, label)),
    number,
    random,
    name,
  );
  const field = { node, value: 0, set };
  let gallery = null,
    canvas = null;

  /** @param {Store} of */
  function set(of, i) {
    if (gallery !== of) {
      gallery = of;
      canvas = imageCanvas(of.shapes.pixels.slice(1), label);
      place.replaceChildren(canvas);
    }
    const last = galleryCount(of) - 1;
    field.value = Math.max(0, Math.min(last, Math.round(i) || 0));
    number.max = String(last);
    number.value = String(field.value);
    name.textContent = galleryName(of, field.value);
    canvas.setAttribute("aria-label", `${label}: ${name.textContent}`);
    paint(canvas, galleryImage(of, field.value), of.shapes.pixels[1]);
  }
  const take = (i) => {
    set(gallery, i);
    choose(field.value);
  };
  number.addEventListener("change", () => take(+number.value));
  random.addEventListener("click", () => take(Math.floor(Math.random() * galleryCount(gallery))));
  return field;
}

const MOVES = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: (columns) => -columns,
  ArrowDown: (columns) => columns,
};

/** A sheet of thumbnails to choose from, with arrow keys: one tab stop.  -> {node, set(gallery, rows, i)} */
function imageSheet(label, choose) {
  const node = element("div", { class: "sheet", role: "radiogroup", "aria-label": label });
  let buttons = [],
    rows = [],
    seen = null;
  const mark = (i) => {
    const at = rows.indexOf(i);
    for (const [k, thumb] of buttons.entries()) {
      thumb.setAttribute("aria-checked", String(k === at));
      thumb.tabIndex = k === Math.max(0, at) ? 0 : -1;
    }
  };
  const thumbnail = (gallery, row) => {
    const name = galleryName(gallery, row),
      pick = () => {
        mark(row);
        choose(row);
      };
    return button(face(gallery, row, ""), pick, { role: "radio", class: "thumb", title: name, "aria-label": name });
  };
  node.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(focusedIn(node)),
      columns = Math.max(1, Math.round(node.clientWidth / buttons[0].offsetWidth - 0.25)),
      to = at + (MOVES[event.key]?.(columns) ?? NaN);
    if (at < 0 || !(to >= 0 && to < buttons.length)) return;
    event.preventDefault();
    buttons[to].focus();
    buttons[to].click();
  });
  function set(gallery, wanted, i) {
    if (seen !== gallery || String(rows) !== String(wanted)) {
      [seen, rows] = [gallery, wanted];
      buttons = rows.map((row) => thumbnail(gallery, row));
      node.replaceChildren(...buttons);
    }
    mark(i);
  }
  return { node, set };
}

/** Buttons of which one is pressed: options {value: text}.  -> {node, set(value)} */
function segments(label, options, choose) {
  const press = (value) => {
    set(value);
    choose(value);
  };
  const buttons = Object.entries(options).map(([value, text]) =>
    button(text, () => press(value), { "aria-pressed": "false", "data-value": value }),
  );
  const node = element("div", { class: "row segments", role: "group", "aria-label": label }, ...buttons);
  function set(value) {
    for (const option of buttons) option.setAttribute("aria-pressed", String(option.dataset.value === value));
  }
  return { node, set };
}

/** Drawn: not every machine has the sign in a font. */
function die() {
  const pips = [
    [5, 5],
    [11, 5],
    [8, 8],
    [5, 11],
    [11, 11],
  ].map(([cx, cy]) => svgElement("circle", { cx, cy, r: 1.2, fill: "currentColor" }));
  const edge = {
      x: 1.5,
      y: 1.5,
      width: 13,
      height: 13,
      rx: 3,
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 1.5,
    },
    frame = { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", style: "vertical-align: -3px" };
  return svgElement("svg", frame, svgElement("rect", edge), ...pips);
}
