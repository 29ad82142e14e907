// The panel at the cursor, the log, verdicts and the summary.

const badge = (role, words) => `<span class="badge" style="background:var(--${role});`
  + `color:var(--on-${role})">${esc(words)}</span>`;

const since = (own) => (own[0] === 0 ? "" : `since ${seconds(own[0])} s`);

function roleRows(at) {
  return run.nodes.map((node, n) => {
    if (hidden.nodes.has(n)) return "";
    if (node.instances.length > 6) {
      const counts = new Map();
      node.instances.forEach((own) => {
        const role = spanAt(own.spans, at)[2];
        counts.set(role, (counts.get(role) ?? 0) + 1);
      });
      const badges = [...counts].map(([role, count]) =>
        badge(role, `${count} ${ROLES[role].word}`));
      return `<tr data-node="${esc(node.name)}"><th scope="row">${esc(node.name)}</th><td>${
        badges.join(" ")}</td></tr>`;
    }
    return node.instances.map((own) => {
      const held = spanAt(own.spans, at);
      const name = node.instances.length > 1 ? `${node.name} ${own.name}` : node.name;
      return `<tr data-node="${esc(node.name)}" data-instance="${esc(own.name)}" `
        + `data-role="${held[2]}"><th scope="row">${esc(name)}</th><td>${since(held)} ${
          badge(held[2], ROLES[held[2]].word)}</td></tr>`;
    }).join("");
  }).join("");
}

/** How many addresses the panel lists, if they are as they should be. */
const MOST_ROWS = 12;

function addressRows(at) {
  const rows = run.addresses.map((own) => {
    const held = spanAt(own.spans, at);
    const names = held[2].map(nameOf).join(" + ");
    const is = ownership(held[2]);
    const row = `<tr data-address="${esc(own.address)}" data-owner="${esc(names)}">`
      + `<th scope="row">${
        esc(`${own.address} ${segmentOf(own)}`)}</th><td>${since(held)} ${
        badge(is, names || "nobody")}</td></tr>`;
    return { is, row };
  });
  // Of many, those first that are not as they should be.
  const rank = (own) => Number(own.is === "owned");
  const order = rows.length > MOST_ROWS ? [...rows].sort((a, b) => rank(a) - rank(b)) : rows;
  const most = Math.max(MOST_ROWS, Math.min(order.filter((own) => own.is !== "owned").length, 40));
  const rest = order.length - most;
  return order.slice(0, most).map((own) => own.row).join("")
    + (rest > 0 ? `<tr><td colspan="2">and ${rest} more</td></tr>` : "");
}

function clientRows(at) {
  return run.clients.slice(0, MOST_ROWS).map((own) => {
    const node = spanAt(own.spans, at)?.[2] ?? null;
    const to = node === null ? "nobody" : nameOf(node);
    return `<tr data-client="${esc(nameOf(own.client))}"><th scope="row">${
      esc(nameOf(own.client))} to ${esc(own.address)}</th><td>${esc(to)}</td></tr>`;
  }).join("");
}

function cutRows(at) {
  const ways = spanAt(run.cuts, at)?.[2] ?? [];
  const isNode = (name) => run.nodes.some((node) => node.name === name);
  const between = ways.filter(([a, b]) => isNode(a) && isNode(b));
  return between.map(([a, b]) => `<p data-cut="${esc(`${a} ${b}`)}">${esc(a)} does not reach ${
    esc(b)}</p>`).join("");
}

/** A packet, layer by layer. */
function decodeHtml(packet) {
  const layers = decodeOf(packet).layers.map((layer) => `<h4>${esc(layer.name)}</h4><dl>${
    layer.fields.map(([name, value]) => `<dt>${esc(name)}</dt><dd>${esc(value)}</dd>`).join("")
  }</dl>`).join("");
  const story = storyOf(packet).map((line) => `<p>${esc(line)}</p>`).join("");
  return `<div class="packet"><strong>${esc(decodeOf(packet).brief)}</strong>`
    + `<p class="faded">${esc(nameOf(packet[1]))} on ${esc(run.segments[packet[2]])} at ${
      seconds(packet[0], 9)} s</p>${story}${layers}</div>`;
}

function drawPanel() {
  const at = view.cursor;
  const clients = clientRows(at);
  const cuts = cutRows(at);
  const packet = view.selected === null ? "" : `<h3>Packet</h3>${
    decodeHtml(run.packets[view.selected])}`;
  byId("state").innerHTML = `<div class="now" id="now">${seconds(at, 6)} s</div>`
    + `<h3>Nodes</h3><table><tbody>${roleRows(at)}</tbody></table>`
    + `<h3>Addresses</h3><table><tbody>${addressRows(at)}</tbody></table>`
    + (clients ? `<h3>Clients send to</h3><table><tbody>${clients}</tbody></table>` : "")
    + (cuts ? `<h3>Cut</h3>${cuts}` : "") + packet;
}

const ROWS = 120;

/** The log around the cursor. */
function drawLog() {
  const { rows } = shown;
  const here = after(rows, view.cursor, (row) => row[0]);
  const first = Math.max(0, Math.min(here - 20, rows.length - ROWS));
  const last = Math.min(rows.length, first + ROWS);
  byId("count").textContent = rows.length
    ? `${first + 1} to ${last} of ${rows.length}, around the cursor`
    : "";
  const html = rows.slice(first, last).map(([at, place, isPacket], i) => {
    const mark = first + i === here - 1 ? " here" : "";
    if (isPacket) {
      const packet = run.packets[place];
      const { kind, brief } = decodeOf(packet);
      const lost = packet[4].filter(isLost).map((copy) => nameOf(copy[0]));
      const words = lost.length ? `${brief}; lost for ${lost.join(", ")}` : brief;
      return `<tr class="is-${kind}${mark}" data-at="${at}" data-packet="${place}"><td>${
        seconds(at, 6)}</td><td>${esc(nameOf(packet[1]))}</td><td>${kind}</td><td>${
        esc(words)}</td></tr>`;
    }
    const [, node, kind, text] = run.events[place];
    return `<tr class="is-${kind}${mark}" data-at="${at}"><td>${seconds(at, 6)}</td><td>${
      node === null ? "" : esc(nameOf(node))}</td><td>${kind}</td><td>${esc(text)}</td></tr>`;
  }).join("");
  byId("rows").innerHTML = html ? `<table><tbody>${html}</tbody></table>`
    : `<p class="none">No event passes the filters.</p>`;
  const mark = byId("rows").querySelector(".here");
  if (mark) {
    byId("rows").scrollTop = mark.offsetTop - byId("rows").clientHeight / 2;
  }
}

const OUTCOMES = {
  "held": ["good", "✓ holds"],
  "violated": ["bad", "✗ violated"],
  "violated-as-expected": ["good", "✓ violated, as expected"],
  "held-unexpectedly": ["bad", "✗ holds, unexpectedly"],
  "disabled": ["none", "not checked"],
};
const outcomeOf = (own) => (own.outcome === "held" && own.checks === 0
  ? ["none", "not tested"] : OUTCOMES[own.outcome]);

function breach(at, words) {
  return `<p class="breach"><button type="button" data-at="${at}">${seconds(at)} s</button>: ${
    esc(words)}</p>`;
}

function drawVerdicts() {
  const mark = ([look, words]) => `<span class="mark ${look}">${words}</span>`;
  const expectations = run.expectations.map((own) => `<tr><td>${
    mark(own.met ? ["good", "✓ met"] : ["bad", "✗ not met"])}</td><td>${esc(own.text)}${
    own.met ? "" : breach(own.at, own.seen)}</td></tr>`).join("");
  const rank = (own) => ["bad", "good", "none"].indexOf(outcomeOf(own)[0]);
  const sorted = [...run.invariants].sort((a, b) => rank(a) - rank(b));
  const invariants = sorted.map((own) => {
    const more = own.count > own.violations.length
      ? `<p class="breach">and ${own.count - own.violations.length} more</p>` : "";
    return `<tr data-invariant="${esc(own.id)}"><td>${mark(outcomeOf(own))}</td>`
      + `<td class="id">${esc(own.id)} ${esc(own.name)}</td><td>${esc(own.meaning)}${
        own.violations.map(([at, words]) => breach(at, words)).join("")}${more}</td>`
      + `<td class="number">${own.checks}</td></tr>`;
  }).join("");
  const addresses = run.addresses.map((own) => `<tr><td>${esc(own.address)}</td><td>${
    esc(own.segment)}</td><td>${esc(own.instances.join(", "))}</td><td class="number">${
    span(own.dark_ns)}</td><td class="number">${span(own.dual_ns)}</td></tr>`).join("");
  byId("verdicts").innerHTML = (expectations
    ? `<h3>What the scenario expects</h3><table><tbody>${expectations}</tbody></table>` : "")
    + `<h3>Invariants</h3><table><thead><tr><th>Verdict</th><th>Invariant</th><th>Meaning</th>`
    + `<th class="number">Checks</th></tr></thead><tbody>${invariants}</tbody></table>`
    + `<h3>Addresses</h3><table><thead><tr><th>Address</th><th>Segment</th><th>Instances</th>`
    + `<th class="number">Dark</th><th class="number">Dual</th></tr></thead><tbody>${addresses}`
    + `</tbody></table>`;
}

/** The addresses that the summary shows, with what is special about each: of many the worst. */
function notable() {
  if (run.addresses.length <= 3) return run.addresses.map((own) => [own, ""]);
  const most = (key) => run.addresses.reduce((a, b) => (b[key] > a[key] ? b : a));
  const count = run.addresses.length;
  return [[most("dark_ns"), `Darkest of ${count}: `], [most("dual_ns"), `Most dual of ${count}: `]];
}

function drawSummary() {
  byId("title").textContent = run.title;
  byId("story").textContent = (run.story ?? "").replace(/([^\n])\n(?!\n)/g, "$1 ");
  const unmet = run.expectations.filter((own) => !own.met).length;
  const bad = run.invariants.filter((own) => outcomeOf(own)[0] === "bad");
  byId("verdict").textContent = run.holds ? "Everything holds"
    : [bad.length ? `${plural(bad.length, "invariant")} violated` : "",
      unmet ? `${plural(unmet, "expectation")} not met` : ""].filter(Boolean).join(", ");
  byId("verdict").classList.toggle("bad", !run.holds);
  const card = (what, much, more = "", extra = "") => `<div class="card"${extra}>`
    + `<div class="what">${what}</div><div class="much">${much}</div>${more}</div>`;
  const part = (ns, is) => (ns
    ? `<i style="width:${(ns / run.end) * 100}%;background:var(--${is})"></i>` : "");
  const addresses = notable().map(([own, words]) =>
    card(esc(words + own.address), `<span>${span(own.dark_ns)} <small>dark</small></span> <span>${
      span(own.dual_ns)} <small>dual</small></span>`,
    `<div class="meter" aria-hidden="true">${part(own.dark_ns, "dark")}${
      part(own.dual_ns, "dual")}${part(own.single_ns, "owned")}</div>`,
    ` data-card="${esc(own.address)}"`));
  const held = run.invariants.filter((own) => outcomeOf(own)[0] === "good").length;
  const tested = run.invariants.filter((own) => outcomeOf(own)[0] !== "none").length;
  const met = run.expectations.length - unmet;
  byId("cards").classList.toggle("few", addresses.length < 3);
  byId("cards").innerHTML = addresses.join("")
    + card("Transitions", run.transitions)
    + card("Packets", run.packets.length)
    + (run.expectations.length ? card("Expectations met",
      `${met} <small>of ${run.expectations.length}</small>`) : "")
    + card("Invariants", `${held} <small>of ${tested} hold</small>`)
    + card("Simulated time", `${seconds(run.end)} s`,
      `<div class="what">seed ${run.seed}</div>`);
}
