// Choosing an image of the gallery: by number, at random, or by its thumbnail.

/**
 * A field for an image: its picture, its number, a die.  choose(i, done) is called with each choice; done is true.
 * -> {node, set(i), value}
 */
function imageField(label, choose) {
  const number = element("input", { type: "number", min: 0, step: 1, "aria-label": `${label}, number` });
  const name = element("span", { class: "note" }),
    place = element("span", { class: "thumb-place" });
  const random = element(
    "button",
    { type: "button", title: "A random image", "aria-label": `${label}: a random image` },
    die(),
  );
  const field = { value: 0, gallery: null };
  field.node = element(
    "div",
    { class: "row image-field" },
    place,
    element("label", {}, element("b", {}, label)),
    number,
    random,
    name,
  );
  field.set = (gallery, i) => {
    if (field.gallery !== gallery) {
      field.gallery = gallery;
      field.canvas = imageCanvas(gallery.shapes.pixels.slice(1), label);
      place.replaceChildren(field.canvas);
    }
    field.value = Math.max(0, Math.min(gallery.shapes.pixels[0] - 1, Math.round(i) || 0));
    number.max = gallery.shapes.pixels[0] - 1;
    number.value = field.value;
    name.textContent = galleryName(gallery, field.value);
    field.canvas.setAttribute("aria-label", `${label}: ${name.textContent}`);
    paint(field.canvas, galleryImage(gallery, field.value), gallery.shapes.pixels[1]);
  };
  const take = (i) => {
    field.set(field.gallery, i);
    choose(field.value);
  };
  number.addEventListener("change", () => take(+number.value));
  random.addEventListener("click", () => take(Math.floor(Math.random() * field.gallery.shapes.pixels[0])));
  return field;
}

/** A sheet of thumbnails to choose from, with arrow keys: one tab stop.  -> {node, set(gallery, rows, i)} */
function imageSheet(label, choose) {
  const node = element("div", { class: "sheet", role: "radiogroup", "aria-label": label });
  let buttons = [],
    rows = [];
  const mark = (i) => {
    const at = rows.indexOf(i);
    buttons.forEach((button, k) => {
      button.setAttribute("aria-checked", String(k === at));
      button.tabIndex = k === Math.max(0, at) ? 0 : -1;
    });
  };
  node.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(node.getRootNode().activeElement),
      columns = Math.max(1, Math.round(node.clientWidth / buttons[0].offsetWidth - 0.25));
    const to = at + ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key] ?? NaN);
    if (at < 0 || !(to >= 0 && to < buttons.length)) return;
    event.preventDefault();
    buttons[to].focus();
    buttons[to].click();
  });
  let seen = null;
  return {
    node,
    set(gallery, wanted, i) {
      if (seen !== gallery || String(rows) !== String(wanted)) {
        [seen, rows] = [gallery, wanted];
        buttons = rows.map((row) => {
          const name = galleryName(gallery, row);
          return element(
            "button",
            {
              type: "button",
              role: "radio",
              class: "thumb",
              title: name,
              "aria-label": name,
              click: () => {
                mark(row);
                choose(row);
              },
            },
            picture(gallery, row, ""),
          );
        });
        node.replaceChildren(...buttons);
      }
      mark(i);
    },
  };
}

/** Buttons of which one is pressed: options {value: text}.  -> {node, set(value)} */
function segments(label, options, choose) {
  const buttons = Object.entries(options).map(([value, text]) =>
    element(
      "button",
      {
        type: "button",
        "aria-pressed": "false",
        "data-value": value,
        click: () => {
          set(value);
          choose(value);
        },
      },
      text,
    ),
  );
  const node = element("div", { class: "row segments", role: "group", "aria-label": label }, ...buttons);
  const set = (value) =>
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.value === value)));
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
  ].map(([cx, cy]) => drawn("circle", { cx, cy, r: 1.2, fill: "currentColor" }));
  const edge = drawn("rect", {
    x: 1.5,
    y: 1.5,
    width: 13,
    height: 13,
    rx: 3,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 1.5,
  });
  return drawn(
    "svg",
    { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", style: "vertical-align: -3px" },
    edge,
    ...pips,
  );
}
