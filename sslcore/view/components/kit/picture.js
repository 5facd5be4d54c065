// Figures leave as SVG or PNG: what is on the screen, as it is there.

const STYLED = [
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
];

/** Everything visible in `root` as one SVG: canvases as pictures, charts as they are, text as text. */
function pictured(root) {
  const frame = root.getBoundingClientRect(),
    { width, height } = frame;
  const svg = svgElement(
    "svg",
    { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}` },
    svgElement("rect", { width: "100%", height: "100%", fill: theme(root).background }),
    ...Array.from(root.childNodes).flatMap((node) => asSvg(node, frame)),
  );
  return new XMLSerializer().serializeToString(svg);
}

/** Where a box lies in the picture. */
const placed = ({ left, top, width, height }, frame) => ({
  x: (left - frame.left).toFixed(1),
  y: (top - frame.top).toFixed(1),
  width: width.toFixed(1),
  height: height.toFixed(1),
});

function hidden(node) {
  const { display, visibility, opacity } = getComputedStyle(node);
  return (
    display === "none" || visibility === "hidden" || opacity === "0" || node.matches(".footer button, .unpictured")
  );
}

/** What is seen of a node and of all in it, as SVG. */
function asSvg(node, frame) {
  if (node.nodeType === Node.TEXT_NODE) return textAsSvg(node, frame);
  if (node.nodeType !== Node.ELEMENT_NODE || hidden(node)) return [];
  const box = node.getBoundingClientRect(),
    at = placed(box, frame),
    style = getComputedStyle(node);
  if (node.tagName === "CANVAS") {
    const scaling = node.matches(".image, .tile") ? "image-rendering:pixelated" : null;
    return [svgElement("image", { ...at, href: node.toDataURL(), preserveAspectRatio: "none", style: scaling })];
  }
  if (node.tagName === "IMG")
    return [svgElement("image", { ...at, href: node.src, style: "image-rendering:pixelated" })];
  if (node.tagName.toLowerCase() === "svg") return [chartAsSvg(node, at)];
  const parts = [];
  if (style.backgroundColor !== "rgba(0, 0, 0, 0)")
    parts.push(svgElement("rect", { ...at, fill: style.backgroundColor, rx: parseFloat(style.borderRadius) || 0 }));
  if (node.localName === "mfrac") {
    // MathML's own bar
    const [above, below] = Array.from(node.children, (part) => part.getBoundingClientRect()),
      bar = { left: box.left, top: (above.bottom + below.top) / 2, width: box.width, height: 1 };
    parts.push(svgElement("rect", { ...placed(bar, frame), fill: style.color }));
  }
  return [...parts, ...Array.from(node.childNodes).flatMap((child) => asSvg(child, frame))];
}

/** A chart with the style that the page gives it. */
function chartAsSvg(node, at) {
  const copy = node.cloneNode(true),
    to = [copy, ...copy.querySelectorAll("*")];
  [node, ...node.querySelectorAll("*")].forEach((part, i) => {
    const style = getComputedStyle(part);
    for (const name of STYLED) {
      const value = style.getPropertyValue(name);
      if (value) to[i].style.setProperty(name, value);
    }
  });
  for (const [name, value] of Object.entries(at)) copy.setAttribute(name, value);
  return copy;
}

/** A text, line by line: text that wraps has a box for each. */
function textAsSvg(node, frame) {
  if (!node.textContent.trim()) return [];
  const parent = node.parentElement,
    style = getComputedStyle(parent),
    size = parseFloat(style.fontSize);
  const slant = parent.localName === "mi" && node.length === 1 ? "italic" : style.fontStyle; // as MathML has it
  return linesOf(node).map(({ left, right, top, bottom, text }) =>
    svgElement(
      "text",
      {
        x: (left - frame.left).toFixed(1),
        y: ((top + bottom) / 2 + size * 0.35 - frame.top).toFixed(1),
        fill: style.color,
        "font-family": style.fontFamily,
        "font-size": style.fontSize,
        "font-weight": style.fontWeight,
        "font-style": slant,
        "xml:space": "preserve",
        textLength: (right - left).toFixed(1), // another font may be wider
        lengthAdjust: "spacingAndGlyphs",
      },
      text,
    ),
  );
}

/** The lines of a text as the page breaks it: [{text, left, right, top, bottom}]. */
function linesOf(node) {
  const range = document.createRange(),
    lines = [];
  for (let i = 0; i < node.length; i++) {
    range.setStart(node, i);
    range.setEnd(node, i + 1);
    const box = range.getClientRects()[0],
      last = lines[lines.length - 1];
    if (!box) continue;
    if (last && Math.abs(last.top - box.top) < 3) [last.text, last.right] = [last.text + node.data[i], box.right];
    else lines.push({ top: box.top, left: box.left, right: box.right, bottom: box.bottom, text: node.data[i] });
  }
  return lines;
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
