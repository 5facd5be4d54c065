/** The part of the page that a step points at: a heading's section, or what a selector finds, in components too. */
function target(name) {
  const page = document.querySelector(PAGE),
    shown = (node) => {
      const box = node?.getBoundingClientRect();
      return box && box.width > 0 && box.height > 0 && box.right > 0 ? node : null;
    };
  const heading = all(page, "[data-testid=stHeading]").find((node) => node.innerText.trim().startsWith(name));
  if (heading) {
    const leaf = heading.closest(LEAF);
    return shown(leaf.parentElement.firstElementChild === leaf ? leaf.parentElement : leaf);
  }
  try {
    for (const root of [document, ...shadowed(page)]) {
      const part = all(root, name).find(shown);
      if (part) return part;
    }
  } catch {
    // a heading that is not on this page is no selector
  }
  return null;
}

/** The steps [name, text] whose part is on the page. */
const stepsHere = (steps) => steps.filter(([name]) => target(name));

/** A walk through the page: a frame around a part of it, and a bubble that says what to look at there. */
class Tour {
  /**
   * @param {HTMLElement} root
   * @param {[string, string][]} steps a part's name, and the text, where **bold** works
   * @param {() => void} ended
   */
  constructor(root, steps, ended) {
    this.steps = steps;
    this.ended = ended;
    this.at = 0;
    this.alive = true;
    this.frame = element("div", { class: "frame", popover: "manual", "aria-hidden": "true" });
    this.count = element("strong", { id: "count" });
    this.text = element("p", { id: "step" });
    this.backButton = button("Back", () => this.back());
    this.nextButton = button("", () => this.next(), { class: "primary" });
    const skip = button("Skip the tour", () => this.end(), { class: "quiet" });
    this.bubble = element(
      "div",
      {
        class: "bubble",
        popover: "manual",
        role: "dialog",
        "aria-labelledby": "count",
        "aria-describedby": "step",
        tabindex: "-1",
      },
      this.count,
      this.text,
      element("div", { class: "row" }, this.backButton, this.nextButton, skip),
    );
    root.append(this.frame, this.bubble);
    this.frame.showPopover();
    this.bubble.showPopover();
    this.go(0);
    this.follow();
  }

  back() {
    this.go(this.at - 1);
  }

  next() {
    this.go(this.at + 1);
  }

  end() {
    if (!this.alive) return;
    this.alive = false;
    this.frame.remove();
    this.bubble.remove();
    this.ended();
  }

  go(to) {
    const last = this.steps.length - 1;
    if (to > last) return this.end();
    this.at = Math.max(0, to);
    const [name, text] = this.steps[this.at],
      node = target(name);
    if (!node) return this.go(to < this.at ? to - 1 : this.at + 1);
    this.count.textContent = `${this.at + 1} of ${last + 1}`;
    this.text.replaceChildren(...text.split("**").map((part, i) => (i % 2 ? element("strong", {}, part) : part)));
    this.backButton.disabled = this.at === 0;
    this.nextButton.textContent = this.at === last ? "Done" : "Next";
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches,
      tall = node.getBoundingClientRect().height > 0.6 * innerHeight;
    node.scrollIntoView({ block: tall ? "start" : "center", behavior: still ? "auto" : "smooth" });
    this.bubble.focus({ preventScroll: true });
  }

  /** Frame and bubble stay at their part, wherever the page moves it. */
  follow() {
    if (!this.alive) return;
    const box = target(this.steps[this.at][0])?.getBoundingClientRect();
    if (box) this.place(box);
    requestAnimationFrame(() => this.follow());
  }

  place(box) {
    const pixels = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, `${value}px`])),
      [left, top] = [Math.max(4, box.left - 8), Math.max(4, box.top - 8)],
      [right, bottom] = [Math.min(innerWidth - 4, box.right + 8), Math.min(innerHeight - 4, box.bottom + 8)],
      size = { width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
    Object.assign(this.frame.style, pixels({ left, top, ...size }));
    const { offsetWidth: w, offsetHeight: h } = this.bubble,
      inside = innerHeight - h - 20;
    const y = bottom + h + 12 < innerHeight ? bottom + 12 : top - h - 12 > 0 ? top - h - 12 : inside,
      x = y === inside ? right - w - 12 : left; // in front of a tall part: in its corner
    const corner = { left: Math.max(8, Math.min(x, innerWidth - w - 8)), top: Math.max(8, y) };
    Object.assign(this.bubble.style, pixels(corner));
  }
}
