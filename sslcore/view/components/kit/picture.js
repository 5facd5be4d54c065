// Figures leave as SVG or PNG: what is on the screen, as it is there.

/** Everything visible in `root` as one SVG: canvases as pictures, charts as they are, text as text. */
function pictured(root) {
  const frame = root.getBoundingClientRect(),
    colours = theme(root),
    out = [];
  const at = (box) => ({
    x: (box.left - frame.left).toFixed(1),
    y: (box.top - frame.top).toFixed(1),
    width: box.width.toFixed(1),
    height: box.height.toFixed(1),
  });
  const hidden = (node) => {
    const style = getComputedStyle(node);
    return (
      style.display === "none" ||
      style.visibility === "hidden" ||
      style.opacity === "0" ||
      node.matches(".footer button, .unpictured")
    );
  };
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return written(node);
    if (node.nodeType !== Node.ELEMENT_NODE || hidden(node)) return;
    const box = node.getBoundingClientRect();
    if (node.tagName === "CANVAS") {
      const style = node.matches(".image, .tile") ? "image-rendering:pixelated" : null;
      out.push(drawn("image", { ...at(box), href: node.toDataURL(), preserveAspectRatio: "none", style }));
    } else if (node.tagName === "IMG") {
      out.push(drawn("image", { ...at(box), href: node.src, style: "image-rendering:pixelated" }));
    } else if (node.tagName.toLowerCase() === "svg") {
      const copy = node.cloneNode(true),
        from = [node, ...node.querySelectorAll("*")],
        to = [copy, ...copy.querySelectorAll("*")];
      from.forEach((one, i) => {
        const style = getComputedStyle(one);
        for (const name of [
          "fill",
          "stroke",
          "stroke-width",
          "stroke-dasharray",
          "fill-opacity",
          "stroke-opacity",
          "opacity",
          "font-family",
          "font-size",
          "text-anchor",
        ])
          if (style.getPropertyValue(name)) to[i].style.setProperty(name, style.getPropertyValue(name));
      });
      for (const [name, value] of Object.entries(at(box))) copy.setAttribute(name, value);
      out.push(copy);
    } else {
      const style = getComputedStyle(node);
      if (style.backgroundColor !== "rgba(0, 0, 0, 0)")
        out.push(drawn("rect", { ...at(box), fill: style.backgroundColor, rx: parseFloat(style.borderRadius) || 0 }));
      if (node.localName === "mfrac") {
        // MathML's own bar
        const [above, below] = Array.from(node.children, (part) => part.getBoundingClientRect()),
          top = (above.bottom + below.top) / 2;
        out.push(drawn("rect", { ...at({ left: box.left, top, width: box.width, height: 1 }), fill: style.color }));
      }
      for (const child of node.childNodes) visit(child);
    }
  };
  const written = (node) => {
    if (!node.textContent.trim()) return;
    const range = document.createRange(),
      style = getComputedStyle(node.parentElement);
    const slant = node.parentElement.localName === "mi" && node.length === 1 ? "italic" : style.fontStyle; // as MathML has it
    range.selectNodeContents(node);
    const lines = [];
    // a line at a time: text that wraps has a box for each
    for (let i = 0; i < node.length; i++) {
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      const box = range.getClientRects()[0];
      if (!box) continue;
      const line = lines[lines.length - 1];
      if (line && Math.abs(line.top - box.top) < 3) [line.text, line.right] = [line.text + node.data[i], box.right];
      else lines.push({ top: box.top, left: box.left, right: box.right, bottom: box.bottom, text: node.data[i] });
    }
    for (const { left, right, top, bottom, text } of lines) {
      const size = parseFloat(style.fontSize),
        base = (top + bottom) / 2 + size * 0.35;
      out.push(
        drawn(
          "text",
          {
            x: (left - frame.left).toFixed(1),
            y: (base - frame.top).toFixed(1),
            fill: style.color,
            "font-family": style.fontFamily,
            "font-size": style.fontSize,
            "font-weight": style.fontWeight,
            "font-style": slant,
            "xml:space": "preserve",
            textLength: (right - left).toFixed(1),
            lengthAdjust: "spacingAndGlyphs",
          },
          text,
        ),
      ); // another font may be wider
    }
  };
  for (const child of root.childNodes) visit(child);
  const svg = drawn(
    "svg",
    { xmlns: SVG, width: frame.width, height: frame.height, viewBox: `0 0 ${frame.width} ${frame.height}` },
    drawn("rect", { width: "100%", height: "100%", fill: colours.background }),
    ...out,
  );
  return new XMLSerializer().serializeToString(svg);
}

function download(content, name) {
  const link = element("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function savePicture(root, name, kind) {
  const text = pictured(root),
    svg = new Blob([text], { type: "image/svg+xml" });
  if (kind === "svg") return download(svg, `${name}.svg`);
  const picture = new Image(),
    { width, height } = root.getBoundingClientRect(),
    scale = Math.max(2, devicePixelRatio);
  picture.onload = () => {
    const canvas = element("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => download(blob, `${name}.png`), "image/png");
  };
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

/** The line under a figure: where it comes from, and it as a picture. */
function footer(root, { provenance, name }) {
  let line = root.querySelector(":scope > .footer");
  if (!line) {
    line = element(
      "div",
      { class: "footer" },
      element("span"),
      element("button", { type: "button", click: () => savePicture(root, line.dataset.name, "svg") }, "SVG"),
      element("button", { type: "button", click: () => savePicture(root, line.dataset.name, "png") }, "PNG"),
    );
    root.append(line);
  }
  line.dataset.name = name;
  line.firstChild.textContent = provenance ?? "";
}
