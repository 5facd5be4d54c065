// The latent map: one or two maps of the same images, with one choice, one hover and one lasso between them.

const LISTED = 100; // rows of the table
const SETTLED = 500; // milliseconds after which a view that was moved goes into the address

function latentMap(root, api) {
  let facts = null,
    labels = null,
    counted = 0,
    movedTimer = 0;
  const panes = [];
  const shared = {
    facts: null,
    state: {},
    colours: null,
    pictures: null,
    hovered: -1,
    chosen: -1,
    tool: "pan",
    valued: false,
    look: "",
    sheet: null,
    solo: null,
    enclosed: null,
    linked: null,
    tiles: () => (shared.state.thumbnails && shared.pictures ? (shared.sheet ??= atlas(shared.pictures)) : null),
    fits: (row) => !shared.solo || shared.solo.has(labels[row]),
    lit: (row) =>
      shared.fits(row) &&
      (shared.enclosed ? shared.enclosed[row] === 1 : shared.linked ? shared.linked.has(row) : true),
    shade(row, values) {
      if (shared.valued) {
        const value = values ? values.arrays.value[row] : NOWHERE;
        return value === NOWHERE ? UNKNOWN : Math.floor((value * STEPS) / NOWHERE);
      }
      return labels ? labels[row] % 100 : 0;
    },
    first: () => (shared.linked ? [...shared.linked] : []),
    links: (index) => (facts.links?.image === shared.chosen ? (facts.links.near[index] ?? []) : []),
    words(row, values) {
      const found = [name(row)];
      if (values) {
        const { label, low, high } = values.facts,
          v = values.arrays.value[row];
        found.push(`${label} ${v === NOWHERE ? "is not a number" : digits(low + (v / 65534) * (high - low), 4)}`);
      }
      return found;
    },
    hover(row) {
      shared.hovered = row;
      for (const pane of panes) pane.mark();
      root.dataset.hovered = row;
    },
    carding(index) {
      // one card at a time
      panes.forEach((pane, i) => i !== index && pane.hideCard());
    },
    choose(row) {
      change({ image: row, lasso: [] });
      commit();
    },
    choice: () => (({ image, lasso, side }) => ({ image, lasso, side }))(shared.state),
    restore: (choice) => change(choice),
    enclose(polygon, side, final) {
      change({ image: -1, lasso: polygon, side });
      if (final) commit();
    },
    clear() {
      if (shared.state.image < 0 && !shared.state.lasso.length) return;
      change({ image: -1, lasso: [] });
      commit();
    },
    moved() {
      clearTimeout(movedTimer);
      movedTimer = setTimeout(() => {
        const view = panes.flatMap(({ view: { x, y, zoom } }) => [Math.round(x), Math.round(y), +zoom.toPrecision(3)]);
        shared.state.view = view;
        tell({ view });
      }, SETTLED);
    },
    say(words) {
      said.textContent = words;
    },
    key(key) {
      const found = { l: "lasso", b: "box", p: "pan" }[key];
      if (found) wield(found);
      else if (key === "t" && shared.pictures) toggle();
      else return false;
      return true;
    },
  };
  const name = (row) => (labels ? `${facts.classes[labels[row]]} #${row}` : `#${row}`);

  // ---- the elements ----

  const said = element("div", { class: "said", "aria-live": "polite" });
  const tools = Object.entries({
    pan: ["Move", "drag to move, click a point (p)"],
    lasso: ["Lasso", "drag around points (l, or hold Shift)"],
    box: ["Box", "drag a box over points (b)"],
  }).map(([tool, [word, title]]) =>
    element(
      "button",
      { type: "button", "data-tool": tool, title, "aria-pressed": String(tool === "pan"), click: () => wield(tool) },
      word,
    ),
  );
  const toggle = () => {
    change({ thumbnails: !shared.state.thumbnails });
    commit();
  };
  const tiled = element(
    "button",
    { type: "button", "aria-pressed": "false", title: "pictures where they do not overlap (t)", click: toggle },
    "Thumbnails",
  );
  const zooming = [
    ["−", 1 / 1.6, "Zoom out (-)"],
    ["+", 1.6, "Zoom in (+)"],
  ].map(([sign, factor, title]) =>
    element(
      "button",
      { type: "button", title, "aria-label": title, click: () => panes.forEach((pane) => pane.zoomBy(factor)) },
      sign,
    ),
  );
  const whole = element(
    "button",
    {
      type: "button",
      title: "Show all of the map (0)",
      click: () => {
        panes.forEach((pane) => pane.whole());
        shared.moved();
      },
    },
    "Whole map",
  );
  const number = element("input", {
    type: "number",
    min: 0,
    step: 1,
    change: () => {
      const row = Math.round(+number.value);
      if (number.value === "" || !(row >= 0)) return shared.clear();
      number.value = Math.min(row, labelsOrPoints() - 1);
      shared.choose(+number.value);
      for (const pane of panes) pane.reveal(shared.chosen);
    },
  });
  const clear = element(
    "button",
    { type: "button", title: "Choose nothing (Escape)", click: () => shared.clear() },
    "Clear",
  );
  const count = element("strong", { class: "count", role: "status" });
  const bar = element(
    "div",
    { class: "row bar" },
    element("div", { class: "tools", role: "group", "aria-label": "What a drag does" }, ...tools),
    tiled,
    element("div", { class: "tools", role: "group", "aria-label": "Zoom" }, ...zooming, whole),
    element("label", { class: "number" }, "Image (or click a point) ", number),
    clear,
    count,
  );
  const maps = element("div", { class: "maps" }),
    legend = element("div", { class: "classes", role: "group" });
  const missing = element("div", { class: "warning", hidden: true }),
    strip = element("div", { class: "strip" });
  const table = element("table"),
    folded = element(
      "details",
      { toggle: () => list() },
      element("summary", {}, "As a table"),
      element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Points as a table" }, table),
    );
  root.append(bar, missing, maps, legend, folded, strip, said);
  const labelsOrPoints = () => panes[0].grid().n;

  function wield(tool) {
    shared.tool = tool;
    for (const button of tools) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    for (const pane of panes) pane.cursor(tool);
  }

  // ---- what is chosen ----

  /** Take settings over and show them. */
  function change(settings) {
    Object.assign(shared.state, settings);
    const { image, lasso, classes, side } = shared.state;
    shared.chosen = image < panes[0].grid().n ? image : -1;
    const there = classes.filter((k) => facts.classes[k] !== undefined); // another run may have fewer
    shared.solo = labels && there.length ? new Set(there) : null;
    shared.enclosed = lasso.length >= 6 && panes[side] ? panes[side].enclosing(lasso) : null;
    shared.linked = shared.chosen >= 0 ? new Set([shared.chosen, ...panes.flatMap((_, i) => shared.links(i))]) : null;
    for (const pane of panes) {
      pane.shade();
      pane.redraw();
    }
    counted = 0;
    if (shared.enclosed)
      for (let row = 0; row < shared.enclosed.length; row++) if (shared.enclosed[row] && shared.fits(row)) counted += 1;
    count.textContent = shared.enclosed ? `${counted.toLocaleString("en")} selected` : "";
    root.dataset.counted = shared.enclosed ? counted : "";
    clear.disabled = !shared.enclosed && shared.chosen < 0;
    if (root.getRootNode().activeElement !== number) number.value = shared.chosen >= 0 ? shared.chosen : "";
    tiled.setAttribute("aria-pressed", String(Boolean(shared.state.thumbnails)));
    for (const button of legend.querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(Boolean(shared.solo?.has(+button.dataset.k))));
    for (const button of strip.querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(+button.dataset.row === shared.chosen));
    list();
  }

  function commit() {
    const { image, lasso, side, classes, thumbnails } = shared.state;
    tell({ image, lasso, side, classes, thumbnails });
  }

  /** Settings go into the address with the map's prefix. */
  const tell = (settings) =>
    api.commit(Object.fromEntries(Object.entries(settings).map(([name, value]) => [facts.prefix + name, value])));

  function solo(k, add) {
    const now = new Set(shared.solo);
    if (add) now.has(k) ? now.delete(k) : now.add(k);
    else if (now.size === 1 && now.has(k)) now.clear();
    else {
      now.clear();
      now.add(k);
    }
    change({ classes: [...now].sort((a, b) => a - b) });
    commit();
  }

  // ---- beside the maps ----

  function legends() {
    const what = JSON.stringify([
      shared.look,
      facts.classes,
      panes.map((pane, i) => [pane.values()?.facts, facts.maps[i].title]),
    ]);
    if (legend.dataset.of === what) return; // so that a button which has the focus keeps it
    legend.dataset.of = what;
    legend.replaceChildren();
    const values = panes.map((pane) => pane.values());
    if (shared.valued) {
      legend.setAttribute("aria-label", "Colours");
      const seen = new Set();
      values.forEach((one, i) => {
        if (!one) return;
        const { label, low, high } = one.facts,
          words = [digits(low), digits(high)],
          key = `${label} ${words}`;
        if (seen.has(key)) return;
        seen.add(key);
        const bar = element("canvas", {
          class: "ramp",
          width: 160,
          height: 1,
          role: "img",
          "aria-label": `${label}: from ${words.join(" to ")}`,
        });
        const context = bar.getContext("2d");
        for (let x = 0; x < 160; x++) {
          context.fillStyle = css(ramp(x / 159, shared.colours.dark));
          context.fillRect(x, 0, 1, 1);
        }
        const title =
          values.length > 1 && values[0]?.facts.low !== values[1]?.facts.low
            ? `${label}, ${facts.maps[i].title}`
            : label;
        legend.append(
          element("span", { class: "key" }, title),
          element("span", {}, words[0]),
          bar,
          element("span", {}, words[1]),
        );
      });
      return;
    }
    if (!labels) return;
    legend.setAttribute("aria-label", "Classes: click to see one alone, shift-click to add");
    const there = new Set(labels);
    facts.classes.forEach((word, k) => {
      if (!there.has(k)) return;
      const key = drawn("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" }),
        corners = shapeOf(k),
        fill = shared.colours.css[k % 100];
      key.append(
        corners
          ? drawn("polygon", { points: corners.map(([x, y]) => `${5 * x},${5 * y}`).join(" "), fill })
          : drawn("circle", { r: 5, fill }),
      );
      legend.append(
        element(
          "button",
          {
            type: "button",
            class: "key",
            "data-k": k,
            title: "Click: alone. Shift-click: this one too",
            "aria-pressed": "false",
            click: (event) => solo(k, event.shiftKey),
          },
          key,
          word,
        ),
      );
    });
    if (facts.classes.length > 10)
      legend.append(
        element(
          "span",
          { class: "note" },
          "Colours return after ten classes: with another shape, or click a class to see it alone.",
        ),
      );
  }

  /** Images worth a look, as buttons that choose them. */
  function strips() {
    const what = JSON.stringify([facts.strip, Boolean(shared.pictures), facts.pictures]);
    if (strip.dataset.of === what) return;
    strip.dataset.of = what;
    strip.replaceChildren();
    if (!facts.strip) return;
    const { title, rows, notes } = facts.strip,
      row = element("div", { class: "row" });
    rows.forEach((i, at) => {
      const parts = [];
      if (shared.pictures) {
        parts.push(picture(shared.pictures, i, ""));
      }
      row.append(
        element(
          "button",
          {
            type: "button",
            "data-row": i,
            "aria-pressed": String(i === shared.chosen),
            title: name(i),
            click: () => {
              shared.choose(i);
              for (const pane of panes) pane.reveal(i);
            },
          },
          ...parts,
          element("span", {}, `#${i}`),
          element("span", { class: "note" }, notes[at]),
        ),
      );
    });
    strip.append(element("h4", {}, title), row);
  }

  /** The table that says what the map shows: the selection, or an image and its neighbours, or what there is. */
  function list() {
    if (!folded.open || !facts) return;
    let rows = [],
      title = "";
    if (shared.enclosed) {
      for (let i = 0; i < shared.enclosed.length && rows.length < LISTED; i++) if (shared.lit(i)) rows.push(i);
      title = `${rows.length} of ${counted} selected images`;
    } else if (shared.linked) {
      rows = [...shared.linked];
      title = `${name(shared.chosen)} and its nearest in the code`;
    } else {
      for (let i = 0; i < labelsOrPoints() && rows.length < LISTED; i++) if (shared.lit(i)) rows.push(i);
      title = `the first ${rows.length} of ${labelsOrPoints()} images`;
    }
    const real = (m, row) => {
      const { low, span } = facts.maps[m],
        { xy } = panes[m].grid();
      return xy[2 * row] === NOWHERE
        ? ["–", "–"]
        : [0, 1].map((at) => digits(low[at] + (xy[2 * row + at] / 65534) * span, 4));
    };
    const many = panes.length > 1,
      heads = ["image", ...(labels ? ["class"] : [])];
    const columns = panes.flatMap((pane, m) => [
      ...(pane.values() ? [`${pane.values().facts.label}${many ? `, ${facts.maps[m].title}` : ""}`] : []),
      ...["x", "y"].map((axis) => `${axis}${many ? `, ${facts.maps[m].title}` : ""}`),
    ]);
    const value = (pane, row) =>
      pane.values() ? [shared.words(row, pane.values())[1].slice(pane.values().facts.label.length + 1)] : [];
    table.replaceChildren(
      element("caption", {}, title),
      element(
        "thead",
        {},
        element("tr", {}, ...[...heads, ...columns].map((head) => element("th", { scope: "col" }, head))),
      ),
      element(
        "tbody",
        {},
        ...rows.map((row) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, String(row)),
            ...(labels ? [element("td", {}, facts.classes[labels[row]])] : []),
            ...panes
              .flatMap((pane, m) => [...value(pane, row), ...real(m, row)])
              .map((text) => element("td", {}, text)),
          ),
        ),
      ),
    );
  }

  function colour() {
    shared.valued = panes.some((pane) => pane.values());
    shared.colours = palette(root, facts.colours, shared.valued);
    shared.look = `${shared.valued} ${shared.colours.ground} ${facts.colours}`;
  }

  return {
    update(given, stores, state, fresh) {
      facts = shared.facts = given;
      labels = stores.labels?.arrays.labels ?? null;
      while (panes.length < facts.maps.length) {
        panes.push(mapPane(shared, panes.length));
        maps.append(panes[panes.length - 1].node);
      }
      while (panes.length > facts.maps.length) {
        const last = panes.pop();
        last.destroy();
        last.node.remove();
      }
      root.style.setProperty("--map-height", `${facts.height}px`);
      maps.dataset.count = panes.length;
      let others = false;
      panes.forEach((pane, i) => {
        if (pane.take(stores[`points-${i}`], stores[`values-${i}`])) others = true;
        const { title, about, n } = facts.maps[i];
        pane.title(
          title,
          about ?? "",
          `Map of ${n} images${title ? `, ${title}` : ""}. Arrows walk from point to point, Enter chooses, plus and minus zoom, 0 shows all.`,
        );
      });
      const gone = facts.maps.map(({ n, title }, i) => [n - panes[i].grid().there, title]).filter(([k]) => k);
      missing.hidden = !gone.length;
      missing.textContent = gone
        .map(
          ([k, title]) =>
            `${k} of ${labelsOrPoints()} images have no place on ${title ? `the map of ${title}` : "this map"}: their numbers are nan or infinite.`,
        )
        .join(" ");
      number.max = labelsOrPoints() - 1;
      tiled.hidden = !facts.pictures;
      if (fresh) {
        shared.state = Object.fromEntries(
          Object.entries(state).map(([name, value]) => [name.slice(facts.prefix.length), value]),
        );
        panes.forEach((pane, i) => {
          const [x, y, zoom] = shared.state.view.slice(3 * i, 3 * i + 3);
          if (zoom > 0) Object.assign(pane.view, { x, y, zoom: Math.max(WIDEST, Math.min(DEEPEST, zoom)) });
        });
      }
      const { lasso, view } = shared.state;
      if (others && !fresh && lasso.length + view.length) {
        // a lasso and a view are of the map they were made on
        Object.assign(shared.state, { lasso: [], view: [] });
        tell({ lasso: [], view: [] });
      }
      colour();
      legends();
      if (shared.seen !== facts.pictures) {
        const asked = (shared.seen = facts.pictures);
        shared.pictures = shared.sheet = null;
        // the points are drawn before the pictures have come
        if (asked)
          stored({ pictures: asked }).then(({ pictures }) => {
            if (shared.seen !== asked) return;
            shared.pictures = pictures;
            strips();
            for (const pane of panes) pane.redraw();
            root.dataset.pictures = "true";
          });
      }
      strips();
      change({});
      for (const pane of panes) pane.draw();
      wield(shared.tool);
    },
    restyle() {
      const before = shared.look;
      colour();
      if (shared.look === before) return;
      legends();
      change({});
    },
    destroy() {
      for (const pane of panes) pane.destroy();
    },
  };
}

export default (args) => live(args, latentMap);
