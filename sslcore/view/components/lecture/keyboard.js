// The keys of the page.

const FIELDS =
  "input, textarea, select, [contenteditable], [role=slider], [role=combobox], [role=listbox] *, " +
  "[role=tab], [role=radio]";
const KEYS = [
  ["f", "present: one figure, large type"],
  ["Esc", "leave it"],
  ["n, Page down, ↓", "next figure while presenting"],
  ["p, Page up, ↑", "previous figure while presenting"],
  ["→, ←", "next and previous page while presenting"],
  ["n, p", "next and previous page otherwise; Page down at its end, too"],
  ["Space", "play and pause"],
  ["r", "reset"],
  ["?", "these keys"],
];

/** Keys that act on the page, unless they are typed into a field or stand for what Streamlit does with them. */
class Keyboard {
  /** @param {Lecture} lecture */
  constructor(lecture, signal) {
    this.lecture = lecture;
    this.letters = element("input", {
      type: "checkbox",
      change: () => remember("letters", this.letters.checked ? "on" : "off"),
    });
    this.letters.checked = remembered("letters") !== "off";
    const key = (name) => element("kbd", {}, name),
      keys = KEYS.flatMap(([names, what]) => [
        element("dt", {}, ...names.split(", ").map(key)),
        element("dd", {}, what),
      ]);
    this.dialog = element(
      "dialog",
      { "aria-labelledby": "keys" },
      element("h2", { id: "keys" }, "Keys"),
      element("dl", {}, ...keys),
      element("label", {}, this.letters, " Single letters are keys"),
      element("form", { method: "dialog" }, element("button", { class: "primary" }, "Close")),
    );
    window.addEventListener("keydown", (event) => this.pressed(event, true), { signal, capture: true });
    document.documentElement.addEventListener("keydown", (event) => this.pressed(event, false), { signal });
  }

  /** `early` is before any part of the page has heard of it. */
  pressed(event, early) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || this.dialog.open) return;
    // remotes send Page up and Page down, whatever was touched last: while presenting they are no slider's
    const remote = LECTURE.presenting && (event.key === "PageDown" || event.key === "PageUp");
    if (early !== remote) return;
    const at = event.composedPath()[0];
    // a slider has no use for Escape
    const taken = event.key === "Escape" ? "[role=combobox], [role=listbox] *" : FIELDS;
    if (!early && at.matches?.(taken)) return;
    if (event.key === " " && at.matches?.("button, a, summary, [role=button]")) return;
    if (this.act(event.key, event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** What a key does; false where it does nothing. */
  act(key, event) {
    const { lecture, dialog } = this;
    if (key.length === 1 && key !== " " && !this.letters.checked) return false;
    const turning = this.touring(key) ?? (LECTURE.presenting ? this.presenting(key) : this.reading(key));
    if (turning) return turning();
    if (key === "f" || key === "P") return LECTURE.presenting ? lecture.stop() : lecture.begin();
    if (key === "?") {
      if (!dialog.open) dialog.showModal();
      return;
    }
    const press = key === " " ? inComponents(".play") : key === "r" ? inComponents("[data-reset]") : null;
    if (press) return press.click();
    return key === "r" && !event.shiftKey ? undefined : false; // Streamlit's own "r" runs the page again
  }

  touring(key) {
    const { tour } = this.lecture;
    return tour && { ArrowRight: () => tour.next(), ArrowLeft: () => tour.back(), Escape: () => tour.end() }[key];
  }

  presenting(key) {
    const { lecture } = this,
      next = () => lecture.move(1),
      previous = () => lecture.move(-1);
    return {
      Escape: () => lecture.stop(),
      n: next,
      PageDown: next,
      ArrowDown: next,
      p: previous,
      PageUp: previous,
      ArrowUp: previous,
      ArrowRight: () => turn(1),
      ArrowLeft: () => turn(-1),
    }[key];
  }

  reading(key) {
    const main = document.querySelector("[data-testid=stMain]"),
      { scrollTop, clientHeight, scrollHeight } = main;
    const down = scrollTop + clientHeight < scrollHeight - 2,
      scroll = (share) => main.scrollBy(0, share * clientHeight);
    return {
      n: () => turn(1),
      p: () => turn(-1),
      PageDown: () => (down ? scroll(0.9) : turn(1)),
      PageUp: () => (scrollTop > 0 ? scroll(-0.9) : turn(-1)),
    }[key];
  }
}
