// What people do: scrub, zoom, filter, point.

function legendHtml() {
  const swatch = (look) => `<svg viewBox="0 0 22 12" aria-hidden="true"><rect width="22" `
    + `height="12" rx="3" fill="${look.pattern ? `url(#${look.pattern})` : `var(--${look.color})`
    }"/></svg>`;
  const roles = new Set(run.nodes.flatMap((node) => node.instances)
    .flatMap((own) => own.spans.map((one) => one[2])));
  const kinds = new Set(run.packets.map((packet) => decodeOf(packet).kind));
  const owned = new Set(run.addresses.flatMap((own) => own.spans.map((one) => ownership(one[2]))));
  const bars = [...Object.entries(ROLES).filter(([role]) => roles.has(role))
    .map(([role, own]) => [LOOKS[role], own.word]),
  ...[["owned", "one node carries the address"], ["dark", "nobody does"], ["dual", "several do"]]
    .filter(([is]) => owned.has(is)).map(([is, words]) => [LOOKS[is], words])];
  const wire = (color, lost) => `<svg viewBox="0 0 22 12" aria-hidden="true"><path class="wire${
    lost ? " lost" : ""}" d="M1 6H16" stroke="var(--${color})"/>${lost
    ? `<path class="wire" d="M15 3l6 6m0 -6l-6 6" stroke="var(--lost)"/>`
    : `<path d="M15 2.5v7L21 6z" fill="var(--${color})"/>`}</svg>`;
  const packets = [["advert", "advert"], ["resignation", "resignation"],
    ["announcement", "ARP or NDP"], ["bfd", "BFD"]].filter(([kind]) => kinds.has(kind))
    .map(([kind, words]) => wire(WIRES[kind]) + words);
  const lost = run.packets.some((packet) => packet[4].some(isLost));
  if (lost) packets.push(`${wire("lost", true)}lost`);
  return [...bars.map(([look, words]) => swatch(look) + words), ...packets]
    .map((own) => `<li>${own}</li>`).join("");
}

const chip = (kind, id, words) => `<label class="chip"><input type="checkbox" checked `
  + `data-${kind}="${esc(id)}">${esc(words)}</label>`;

function drawFilters() {
  byId("by-node").insertAdjacentHTML("beforeend",
    run.nodes.map((node, n) => chip("n", n, node.name)).join(""));
  const kinds = new Set([...run.events.map((own) => own[2]),
    ...run.decodes.map((own) => own.kind)]);
  byId("by-kind").insertAdjacentHTML("beforeend", GROUPS
    .filter((g) => [...(g.events ?? []), ...(g.packets ?? [])].some((kind) => kinds.has(kind)))
    .map((g) => chip("group", g.id, g.name)).join(""));
}

let due = null;

/** Draws again before the next frame: all of it, or what follows the cursor. */
function redraw(all) {
  if (due === null) {
    requestAnimationFrame(() => {
      if (due) drawLanes();
      else drawCursor();
      drawPanel();
      drawLog();
      due = null;
    });
  }
  due = due || all;
}

function moveTo(at, select = null) {
  view.cursor = Math.min(Math.max(Math.round(at), 0), run.end);
  view.selected = select;
  const outside = view.cursor < view.from || view.cursor > view.to;
  if (outside) pan(view.cursor - (view.from + view.to) / 2);
  redraw(outside);
  history.replaceState(null, "", `#t=${seconds(view.cursor, 9)}`);
}

function show(from, to) {
  const wide = Math.min(Math.max(to - from, 20000), run.end);
  const first = Math.min(Math.max((from + to) / 2 - wide / 2, 0), run.end - wide);
  [view.from, view.to] = [first, first + wide];
  redraw(true);
}

const pan = (by) => show(view.from + by, view.to + by);

/** Zooms so that `at` stays where it is. */
function zoom(factor, at = view.cursor) {
  const inside = at >= view.from && at <= view.to ? at : (view.from + view.to) / 2;
  show(inside - (inside - view.from) * factor, inside + (view.to - inside) * factor);
}

/** To the next or the previous thing that the filters let through. */
function step(forward) {
  const { rows } = shown;
  const place = forward ? after(rows, view.cursor, (row) => row[0])
    : after(rows, view.cursor - 1, (row) => row[0]) - 1;
  const row = rows[place];
  if (row) moveTo(row[0], row[2] ? row[1] : null);
  else moveTo(forward ? run.end : 0);
}

function refilter() {
  filter();
  redraw(true);
}

const where = (svgElement, event) => event.clientX - svgElement.getBoundingClientRect().left;

function tip(event) {
  const box = byId("tip");
  const over = event?.target.closest?.("[data-packet], [data-tip]");
  if (!over || !svg.lanes.contains(over)) {
    box.hidden = true;
    return;
  }
  const { packet, tip: words } = over.dataset;
  if (packet !== undefined) {
    box.innerHTML = decodeHtml(run.packets[packet]);
  } else {
    const [first, ...rest] = words.split("\n");
    box.innerHTML = `<strong>${esc(first)}</strong>${rest.map(esc).join("<br>")}`;
  }
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const right = event.clientX + 16 + width > innerWidth;
  box.style.left = `${Math.max(right ? event.clientX - width - 14 : event.clientX + 16, 4)}px`;
  box.style.top = `${Math.max(Math.min(event.clientY + 14, innerHeight - height - 8), 4)}px`;
}

function listenToLanes() {
  const lanes = svg.lanes;
  let scrubs = false;
  lanes.addEventListener("pointerdown", (event) => {
    const fold = event.target.closest("[data-fold]")?.dataset.fold;
    if (fold) {
      if (!folded.delete(fold)) folded.add(fold);
      redraw(true);
      return;
    }
    if (where(lanes, event) < area().left - 4) return;
    const { packet, at } = event.target.dataset;
    if (packet !== undefined || at !== undefined) {
      moveTo(packet === undefined ? Number(at) : run.packets[packet][0],
        packet === undefined ? null : Number(packet));
      return;
    }
    scrubs = true;
    lanes.setPointerCapture(event.pointerId);
    moveTo(scale().at(where(lanes, event)));
  });
  lanes.addEventListener("pointermove", (event) => {
    if (scrubs) moveTo(scale().at(where(lanes, event)));
    else tip(event);
  });
  lanes.addEventListener("pointerup", () => { scrubs = false; });
  lanes.addEventListener("pointercancel", () => { scrubs = false; });
  lanes.addEventListener("pointerleave", () => tip(null));
  lanes.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, scale().at(where(lanes, event)));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      pan(((event.deltaX || event.deltaY) / area().inner) * (view.to - view.from));
    }
  }, { passive: false });
  lanes.addEventListener("keydown", (event) => {
    const hundredth = (view.to - view.from) / 100;
    const keys = {
      ArrowRight: () => (event.shiftKey ? moveTo(view.cursor + hundredth) : step(true)),
      ArrowLeft: () => (event.shiftKey ? moveTo(view.cursor - hundredth) : step(false)),
      PageUp: () => pan((view.from - view.to) * 0.8),
      PageDown: () => pan((view.to - view.from) * 0.8),
      Home: () => moveTo(0),
      End: () => moveTo(run.end),
      "+": () => zoom(0.5),
      "=": () => zoom(0.5),
      "-": () => zoom(2),
      "0": () => show(0, run.end),
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
}

function listenToOverview() {
  let begun = null;
  const timeAt = (event) => {
    const { left, inner } = area();
    return Math.min(Math.max((where(svg.overview, event) - left) / inner, 0), 1) * run.end;
  };
  svg.overview.addEventListener("pointerdown", (event) => {
    begun = timeAt(event);
    svg.overview.setPointerCapture(event.pointerId);
  });
  svg.overview.addEventListener("pointermove", (event) => {
    const at = timeAt(event);
    if (begun !== null && Math.abs(at - begun) > run.end / 200) {
      show(Math.min(begun, at), Math.max(begun, at));
    }
  });
  svg.overview.addEventListener("pointerup", (event) => {
    const at = timeAt(event);
    if (begun !== null && Math.abs(at - begun) <= run.end / 200) {
      pan(at - (view.from + view.to) / 2);
      moveTo(at);
    }
    begun = null;
  });
}

function listen() {
  listenToLanes();
  listenToOverview();
  byId("zoom-in").addEventListener("click", () => zoom(0.5));
  byId("zoom-out").addEventListener("click", () => zoom(2));
  byId("fit").addEventListener("click", () => show(0, run.end));
  byId("previous").addEventListener("click", () => step(false));
  byId("next").addEventListener("click", () => step(true));
  byId("text").addEventListener("input", (event) => {
    hidden.text = event.target.value.trim().toLowerCase();
    refilter();
  });
  document.addEventListener("change", ({ target }) => {
    const { n, group } = target.dataset;
    const [set, key] = n === undefined ? [hidden.groups, group] : [hidden.nodes, Number(n)];
    if (key === undefined) return;
    if (target.checked) set.delete(key);
    else set.add(key);
    refilter();
  });
  for (const id of ["rows", "verdicts"]) {
    byId(id).addEventListener("click", (event) => {
      const over = event.target.closest("[data-at]");
      if (!over) return;
      const { at, packet } = over.dataset;
      moveTo(Number(at), packet === undefined ? null : Number(packet));
    });
  }
  addEventListener("resize", () => redraw(true));
  addEventListener("hashchange", fromHash);
}

/** A link can name a time: `#t=13.258`. */
function fromHash() {
  const at = /^#t=([0-9.]+)$/.exec(location.hash)?.[1];
  if (at !== undefined) moveTo(Number(at) * SECOND);
}

filter();
drawSummary();
drawVerdicts();
drawFilters();
drawLanes();
byId("legend").innerHTML = legendHtml();
drawPanel();
drawLog();
listen();
fromHash();
