// Words and elements. Times are nanoseconds of the world's time.

const MS = 1e6;
const SECOND = 1e9;

const byId = (id) => document.getElementById(id);

/** Text that is safe within an element and within a quoted attribute. */
const esc = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** Seconds with `digits` decimals, cut off and not rounded: `3.609`. */
function seconds(ns, digits = 3) {
  const unit = 10 ** (9 - digits);
  const whole = Math.floor(ns / unit);
  const text = String(whole).padStart(digits + 1, "0");
  return digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
}

/** How long something takes: `6.868 s`, `3.6 ms`, `100 µs`. */
function span(ns) {
  if (ns >= SECOND) return `${seconds(ns)} s`;
  if (ns >= MS) return `${(Math.floor(ns / 1e5) / 10).toString()} ms`;
  return ns === 0 ? "0 s" : `${Math.floor(ns / 100) / 10} µs`;
}

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** The place of the first of `list` that is after `at`; `key` gives the time of one. */
function after(list, at, key) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The span that `at` is in; at its end the next one has begun. */
function spanAt(spans, at) {
  const place = after(spans, at, (own) => own[0]) - 1;
  return spans[Math.max(place, 0)];
}
