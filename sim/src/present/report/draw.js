// The overview and the lanes.

const LANE = 22;
const GAP = 4;
const BETWEEN = 30;
const MOST_LANES = 24;
const MOST_ARROWS = 1200;

const svg = { overview: byId("overview"), lanes: byId("lanes") };

/** Nodes and addresses whose lanes are drawn as one. */
const folded = new Set();
if (run.nodes.reduce((sum, node) => sum + node.instances.length, 0) > MOST_LANES) {
  run.nodes.forEach((node, n) => node.instances.length > 1 && folded.add(`node${n}`));
}
if (run.addresses.length > 12) folded.add("addresses");

/** The segment of an address, where the address alone does not tell which is meant. */
const segmentOf = (own) =>
  (run.addresses.some((other) => other !== own && other.address === own.address)
    ? own.segment : "");

/** How wide the labels want to be. */
const LABELS = Math.max(folded.size ? 150 : 84,
  ...run.nodes.filter((_, n) => !folded.has(`node${n}`)).flatMap((node) =>
    node.instances.map((own, i) => (i ? 0 : node.name.length * 8) + own.name.length * 7 + 22)),
  ...run.addresses.map((own) => own.address.length * 8 + segmentOf(own).length * 7 + 12));

/** Where things are: the left edge of the time axis, and its width. */
function area() {
  const width = svg.lanes.clientWidth || 900;
  const left = Math.min(LABELS, width < 560 ? 104 : 230);
  return { width, left, inner: Math.max(width - left - 12, 60) };
}

const scale = () => {
  const { left, inner } = area();
  const per = inner / (view.to - view.from);
  return {
    x: (at) => left + (at - view.from) * per,
    at: (x) => Math.min(Math.max(view.from + (x - left) / per, 0), run.end),
    per,
  };
};

/** Ticks at round times, about one for each hundred pixels. */
function ticks(from, to, width) {
  const rough = (to - from) / Math.max(width / 100, 2);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max([1, 2, 5, 10].find((own) => own * power >= rough) * power, 1000);
  const digits = Math.min(Math.max(9 - Math.floor(Math.log10(step)), 0), 9);
  const all = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) all.push(at);
  return { all, digits: step >= SECOND ? 0 : digits };
}

/** The rows from top to bottom, with their places. */
function layout() {
  const rows = { faults: 30, nodes: [], stations: new Map(), addresses: [], height: 0 };
  let y = 30 + 3 * 17 + (shown.faults.length > 3 ? 26 : 8);
  const place = (n, name, instances) => {
    const top = y;
    const lanes = instances.map(() => {
      const own = y;
      y += LANE + GAP;
      return own;
    });
    if (!lanes.length) y += LANE;
    const bottom = lanes.length ? y - GAP : y;
    rows.stations.set(n, { top, bottom });
    rows.nodes.push({ n, name, lanes, top });
    y = bottom + BETWEEN;
  };
  run.nodes.forEach((node, n) => {
    if (hidden.nodes.has(n)) return;
    place(n, node.name, folded.has(`node${n}`) ? [null] : node.instances);
  });
  const stranger = run.stations.length - 1;
  if (stranger >= NODES && run.packets.some((packet) => packet[1] === stranger)) {
    place(stranger, nameOf(stranger), []);
  }
  rows.middle = y - BETWEEN / 2 + 4;
  y += 2;
  const addresses = folded.has("addresses") ? [null] : run.addresses;
  rows.addresses = addresses.map((own) => {
    const top = y;
    y += LANE + GAP;
    return { own, top };
  });
  rows.height = y + 8;
  return rows;
}

/** A bar of a lane; its words only where they fit. */
function bar(s, [from, to], y, look, words, tip) {
  if (to < view.from || from > view.to) return "";
  const { left, inner } = area();
  const x0 = Math.max(s.x(from), left);
  const x1 = Math.min(s.x(to), left + inner);
  const width = Math.max(x1 - x0 - (x1 - x0 > 3 ? 1 : 0), 1);
  const fits = words.find((own) => own.length * 6.9 + 10 < width);
  const fill = look.pattern ? `url(#${look.pattern})` : `var(--${look.color})`;
  const text = fits === undefined || fits === "" ? ""
    : `<text class="in${look.pattern ? " on-pattern" : ""}" x="${x0 + 6}" y="${y + 15}" `
      + `style="fill:var(--on-${look.color})"${
      look.pattern ? ` stroke="var(--${look.color})"` : ""
    }>${esc(fits)}</text>`;
  return `<rect class="span" data-is="${esc(look.is)}" x="${x0}" y="${y}" width="${width}" `
    + `height="${LANE}" rx="3" fill="${fill}" data-tip="${esc(tip)}"/>${text}`;
}

const LOOKS = {
  "off": { is: "off", color: "init", pattern: "p-off" },
  "init": { is: "init", color: "init" },
  "backup": { is: "backup", color: "backup" },
  "master": { is: "master", color: "master" },
  "fault": { is: "fault", color: "fault", pattern: "p-fault" },
  "crashed": { is: "crashed", color: "crashed", pattern: "p-crashed" },
  "paused": { is: "paused", color: "paused", pattern: "p-paused" },
  "owned": { is: "owned", color: "owned" },
  "dark": { is: "dark", color: "dark" },
  "dual": { is: "dual", color: "dual", pattern: "p-dual" },
};

const during = ([from, to]) => `${seconds(from)} s to ${seconds(to)} s, ${span(to - from)}`;

function roleBars(s, name, spans, y) {
  return spans.map((own) => {
    const role = ROLES[own[2]];
    return bar(s, own, y, LOOKS[own[2]], [role.short], `${name}: ${role.word}\n${during(own)}`);
  }).join("");
}

/** Several lanes as one: the most frequent role's color, and the numbers of all. */
function foldedBars(s, name, spans, y, looks) {
  return spans.map((own) => {
    const counts = [...own[2]].sort((a, b) => b[1] - a[1]);
    const words = counts.map(([what, count]) => `${count} ${what}`).join(", ");
    const worst = counts.find(([what]) => what !== "owned" && what !== "backup") ?? counts[0];
    return bar(s, own, y, looks[worst[0]], [words, String(worst[1])],
      `${name}: ${words}\n${during(own)}`);
  }).join("");
}

const ownership = (nodes) => ["dark", "owned"][nodes.length] ?? "dual";

function addressBars(s, address, y) {
  return address.spans.map((own) => {
    const names = own[2].map(nameOf).join(" + ");
    const is = ownership(own[2]);
    const dark = `DARK ${span(own[1] - own[0])}`;
    const words = { dark, owned: names, dual: `DUAL ${names}` }[is];
    const tip = { dark: "nobody carries it", owned: `${names} carries it`,
      dual: `${names} carry it` }[is];
    return bar(s, own, y, LOOKS[is], [words, is === "owned" ? "" : is.toUpperCase()],
      `${address.address}: ${tip}\n${during(own)}`);
  }).join("");
}

/** Marks of faults in three rows, so that words do not cover each other; below them stand those
 * that have no room for words. */
function faultMarks(s, y, height) {
  const { left, inner } = area();
  const ends = [-1e9, -1e9, -1e9];
  return shown.faults.filter((own) => own.at >= view.from && own.at <= view.to).map((own) => {
    const x = s.x(own.at);
    let row = ends.findIndex((end) => end < x - 8);
    const words = own.text.length > 34 ? `${own.text.slice(0, 33)}…` : own.text;
    const width = words.length * 6.4 + 16;
    const fits = row >= 0;
    if (!fits) row = 3;
    const flip = x + width > left + inner;
    if (fits) ends[row] = x + (flip ? 8 : width);
    const color = own.mends ? "var(--good)" : "var(--bad)";
    const top = y + row * 17;
    const mark = own.mends ? `<circle cx="${x}" cy="${top + 6}" r="4.5" fill="${color}"/>`
      : `<path d="M${x - 5.5} ${top + 1}h11l-5.5 10z" fill="${color}"/>`;
    const text = fits && (!flip || ends.every((end, r) => r === row || end < x - width))
      ? `<text x="${flip ? x - 9 : x + 9}" y="${top + 10}"${flip ? ' text-anchor="end"' : ""}>${
        esc(words)}</text>` : "";
    return `<g class="fault" data-tip="${esc(`${own.text}\n${seconds(own.at)} s`)}">`
      + `<line x1="${x}" x2="${x}" y1="${top + 8}" y2="${height}" stroke="${color}" `
      + `stroke-dasharray="2 4" opacity=".55"/>${mark}${text}</g>`;
  }).join("");
}

/** The place of each packet among all. */
const places = new Map(run.packets.map((packet, place) => [packet, place]));

const WIRES = { advert: "advert", resignation: "resigns", announcement: "announce", bfd: "bfd",
  other: "bfd" };

/** Packets as arrows, those that would cover each other as one; or, where there are too many,
 * how many there are. */
function packets(s, rows) {
  const first = after(shown.packets, view.from - 1, packetTime);
  const last = after(shown.packets, view.to, packetTime);
  const inside = shown.packets.slice(first, last);
  const bundles = new Map();
  for (const packet of inside) {
    const lost = packet[4].map((copy) => (isLost(copy) ? 1 : 0)).join("");
    const key = `${Math.floor(s.x(packet[0]) / 4)}/${packet[1]}/${decodeOf(packet).kind}/${lost}`;
    const own = bundles.get(key);
    if (own) own.all.push(packet);
    else bundles.set(key, { packet, all: [packet] });
  }
  const all = [...bundles.values()];
  const arrows = all.reduce((sum, own) => sum + Math.max(own.packet[4].length, 1), 0);
  return arrows <= MOST_ARROWS ? all.map((own) => arrow(s, rows, own)).join("")
    : density(s, rows, inside);
}

const NAMED = 6;

/** What is pointed at: one packet, or several that stand at one place. */
function target({ packet, all }) {
  if (all.length === 1) return `data-packet="${places.get(packet)}"`;
  const some = all.slice(0, NAMED).map((own) => `${seconds(own[0], 6)} s ${decodeOf(own).brief}`);
  const rest = all.length - NAMED;
  const more = rest > 0 ? [`and ${rest} more; the list below has each`] : [];
  const tip = [`${all.length} packets of ${nameOf(packet[1])}`, ...some, ...more].join("\n");
  return `data-at="${packet[0]}" data-tip="${esc(tip)}"`;
}

function arrow(s, rows, bundle) {
  const [at, from, , , copies] = bundle.packet;
  const sender = rows.stations.get(from);
  if (!sender) return "";
  const x = s.x(at);
  const color = `var(--${WIRES[decodeOf(bundle.packet).kind]})`;
  const over = target(bundle);
  const ways = copies.filter((copy) => rows.stations.has(copy[0])).map((copy) => {
    const receiver = rows.stations.get(copy[0]);
    const down = receiver.top > sender.top;
    const y0 = down ? sender.bottom : sender.top;
    const y1 = down ? receiver.top : receiver.bottom;
    const lost = isLost(copy);
    const end = lost ? y0 + (y1 - y0) * 0.55 : y1;
    const x1 = lost ? x : Math.min(s.x(at + copy[1]), area().width);
    const path = `M${x} ${y0}L${x1} ${end}`;
    const tip = lost
      ? `<path d="M${x - 3.5} ${end - 3.5}l7 7m0 -7l-7 7" stroke="var(--lost)" class="wire"/>`
      : `<path d="M${x1 - 3} ${end - (down ? 5 : -5)}h6L${x1} ${end}z" fill="${color}"/>`;
    return `<path class="hit" d="${path}" ${over}/>`
      + `<path class="wire${lost ? " lost" : ""}" d="${path}" stroke="${
        lost ? "var(--lost)" : color}"/>${tip}`;
  });
  if (ways.length) return ways.join("");
  return `<path d="M${x} ${sender.bottom + 1}l4 7h-8z" fill="${color}" ${over}/>`;
}

function density(s, rows, inside) {
  const columns = new Map();
  for (const packet of inside) {
    const station = rows.stations.get(packet[1]);
    if (!station) continue;
    const column = Math.floor(s.x(packet[0]) / 4);
    const key = `${packet[1]}/${column}`;
    const own = columns.get(key) ?? { station, column, from: packet[1], count: 0, lost: 0 };
    own.count += 1;
    own.lost += packet[4].some(isLost) ? 1 : 0;
    columns.set(key, own);
  }
  const most = Math.max(1, ...[...columns.values()].map((own) => own.count));
  return [...columns.values()].map((own) => {
    const height = 4 + 14 * Math.sqrt(own.count / most);
    const tip = `${plural(own.count, "packet")} of ${nameOf(own.from)}, ${own.lost} lost for `
      + `somebody\nzoom in to see each`;
    return `<rect class="many" x="${own.column * 4}" y="${own.station.bottom + 2}" width="3" `
      + `height="${height}" fill="var(--${own.lost ? "lost" : "advert"})" data-tip="${esc(tip)}"/>`;
  }).join("");
}

const PATTERNS = `<defs>${[
  ["p-off", "transparent", `<path d="M0 21.5H8" stroke="var(--line)" stroke-width="1"/>`, 22],
  ["p-fault", "var(--fault)", hatch("var(--on-fault)", 0.22), 8],
  ["p-crashed", "var(--crashed)", hatch("var(--on-crashed)", 0.22), 8],
  ["p-paused", "var(--paused)",
    `<circle cx="4" cy="4" r="1.4" fill="var(--on-paused)" opacity=".45"/>`, 8],
  ["p-dual", "var(--dual)", hatch("var(--on-dual)", 0.55), 8],
].map(([id, fill, mark, size]) =>
  `<pattern id="${id}" width="8" height="${size}" patternUnits="userSpaceOnUse">`
  + `<rect width="8" height="${size}" fill="${fill}"/>${mark}</pattern>`).join("")}</defs>`;

function hatch(color, opacity) {
  return `<path d="M-2 2l4-4M0 8l8-8M6 10l4-4" stroke="${color}" opacity="${opacity}" `
    + `stroke-width="1.6"/>`;
}

function label(left, y, name, sub, toggle) {
  const room = Math.floor((left - 12) / 7.4);
  const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const fold = toggle ? ` class="toggle" data-fold="${toggle}"` : "";
  return `<g${fold}><title>${esc(`${name} ${sub ?? ""}`)}</title>`
    + `<text class="label" x="2" y="${y + 15}">${esc(cut(name, room))}</text>${sub
      ? `<text class="sub" x="${left - 8}" y="${y + 15}" text-anchor="end">${
        esc(cut(sub, Math.max(room - name.length - 1, 4)))}</text>` : ""}</g>`;
}

function drawLanes() {
  const { width, left, inner } = area();
  const s = scale();
  const rows = layout();
  const { all, digits } = ticks(view.from, view.to, inner);
  const grid = all.map((at) => {
    const x = s.x(at);
    return `<line class="grid" x1="${x}" x2="${x}" y1="22" y2="${rows.height}"/>`
      + `<text class="tick" x="${x}" y="14" text-anchor="middle">${seconds(at, digits)} s</text>`;
  }).join("");
  const nodes = rows.nodes.map(({ n, name, lanes, top }) => {
    const node = run.nodes[n];
    if (!node) return label(left, top, name);
    if (folded.has(`node${n}`)) {
      const spans = together(node.instances.map((own) => own.spans), (role) => role);
      return label(left, top, name, `▸ ${plural(node.instances.length, "instance")}`, `node${n}`)
        + `<g class="lane" data-node="${esc(name)}">${
          foldedBars(s, name, spans, top, LOOKS)}</g>`;
    }
    const fold = node.instances.length > 1 ? `node${n}` : "";
    return node.instances.map((own, i) => {
      const title = own.name;
      return label(left, lanes[i], i ? "" : name, title, fold)
        + `<g class="lane" data-node="${esc(name)}" data-instance="${esc(own.name)}">${
          roleBars(s, `${name} ${own.name}`, own.spans, lanes[i])}</g>`;
    }).join("");
  }).join("");
  const addresses = rows.addresses.map(({ own, top }) => {
    if (own === null) {
      const spans = together(run.addresses.map((one) => one.spans), ownership);
      return label(left, top, `▸ ${run.addresses.length} addresses`, "", "addresses")
        + `<g class="lane" data-addresses="all">${
          foldedBars(s, "addresses", spans, top, LOOKS)}</g>`;
    }
    const fold = run.addresses.length > 1 ? "addresses" : "";
    return label(left, top, own.address, segmentOf(own), fold)
      + `<g class="lane" data-address="${esc(own.address)}">${addressBars(s, own, top)}</g>`;
  }).join("");
  svg.lanes.setAttribute("viewBox", `0 0 ${width} ${rows.height}`);
  svg.lanes.style.height = `${rows.height}px`;
  svg.lanes.innerHTML = `${PATTERNS}<clipPath id="inside"><rect x="${left - 1}" y="0" width="${
    inner + 13}" height="${rows.height}"/></clipPath>${grid}`
    + `<text class="sub" x="2" y="${rows.faults + 10}">Faults</text>`
    + `<line class="rule" x1="0" x2="${width}" y1="${rows.middle}" y2="${rows.middle}"/>`
    + `<g clip-path="url(#inside)">${faultMarks(s, rows.faults, rows.height)}`
    + `<g id="packets">${packets(s, rows)}</g></g>${nodes}${addresses}<g id="cursor"></g>`;
  drawCursor();
}

function drawCursor() {
  const { width, left } = area();
  const s = scale();
  const x = s.x(view.cursor);
  const height = svg.lanes.viewBox.baseVal.height;
  const digits = s.per * MS > 2 ? 6 : 3;
  const text = `${seconds(view.cursor, digits)} s`;
  const wide = text.length * 7.2 + 12;
  const at = Math.min(Math.max(x - wide / 2, left - 20), width - wide);
  const inside = view.cursor >= view.from && view.cursor <= view.to;
  const cursor = svg.lanes.querySelector("#cursor");
  if (!cursor) return;
  cursor.innerHTML = inside
    ? `<line class="cursor" x1="${x}" x2="${x}" y1="18" y2="${height}"/>`
      + `<rect class="cursor-flag" x="${at}" y="0" width="${wide}" height="19" rx="4"/>`
      + `<text class="cursor-time" x="${at + wide / 2}" y="14" text-anchor="middle">${text}</text>`
    : "";
  svg.lanes.setAttribute("aria-valuemin", "0");
  svg.lanes.setAttribute("aria-valuemax", seconds(run.end));
  svg.lanes.setAttribute("aria-valuenow", seconds(view.cursor));
  svg.lanes.setAttribute("aria-valuetext", `${seconds(view.cursor)} seconds`);
  drawOverview();
}

/** How all addresses were together. */
const BANDS = together(run.addresses.map((own) => own.spans), ownership);

/** The whole run in a strip: how many addresses were dark or dual, faults, and what is shown. */
function drawOverview() {
  const { width, left, inner } = area();
  const x = (at) => left + (at / run.end) * inner;
  const bands = BANDS.map(([from, to, counts]) => {
    const is = ["dual", "dark", "owned"].find((own) => counts.has(own));
    const y = is === "owned" ? 16 : 10;
    const wide = Math.max(x(to) - x(from), is === "owned" ? 0 : 2);
    return `<rect x="${x(from)}" y="${y}" width="${wide}" height="${30 - y}" `
      + `fill="var(--${is})" opacity="${is === "owned" ? 0.35 : 0.85}"/>`;
  }).join("");
  const marks = run.faults.map((own) => `<line x1="${x(own.at)}" x2="${x(own.at)}" y1="2" y2="34" `
    + `stroke="var(--${own.mends ? "good" : "bad"})"/>`).join("");
  svg.overview.setAttribute("viewBox", `0 0 ${width} 40`);
  svg.overview.innerHTML = `<text class="sub" x="2" y="26" style="fill:var(--dim)">Whole run</text>`
    + `<rect x="${left}" y="6" width="${inner}" height="28" rx="4" fill="var(--soft)"/>${bands}`
    + `${marks}<rect x="${x(view.from)}" y="3" width="${Math.max(x(view.to) - x(view.from), 4)}" `
    + `height="34" rx="5" fill="none" stroke="var(--focus)" stroke-width="2"/>`
    + `<line class="cursor" x1="${x(view.cursor)}" x2="${x(view.cursor)}" y1="2" y2="38"/>`;
}
