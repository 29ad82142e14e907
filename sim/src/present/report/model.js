// What the page knows, and what is looked at.

const run = JSON.parse(byId("data").textContent);
const NODES = run.nodes.length;

const ROLES = {
  "off": { word: "not running", short: "" },
  "init": { word: "init", short: "INIT" },
  "backup": { word: "backup", short: "BACKUP" },
  "master": { word: "master", short: "MASTER" },
  "fault": { word: "fault", short: "FAULT" },
  "crashed": { word: "crashed", short: "CRASHED" },
  "paused": { word: "paused", short: "PAUSED" },
};

/** What can be shown and hidden: events by their kind, packets by what they are. */
const GROUPS = [
  { id: "faults", name: "Faults", events: ["fault", "phase"] },
  { id: "roles", name: "Roles", events: ["transition", "priority", "process"] },
  { id: "addresses", name: "Addresses and links",
    events: ["address-added", "address-removed", "address-lost", "client-arp", "link", "link-seen",
      "routing", "routing-lost", "kernel-failed"] },
  { id: "checks", name: "Checks and services",
    events: ["script-started", "script-exited", "script-timeout", "verdict", "sighted", "bfd",
      "file", "lvs", "probe-started", "probe-ended", "probe-cancelled", "table-changed"] },
  { id: "notices", name: "Notices",
    events: ["advert-lost", "advert-refused", "mismatch", "dual-master", "notified", "told",
      "late"] },
  { id: "findings", name: "Findings", events: ["expectation", "violation"] },
  { id: "adverts", name: "Adverts", packets: ["advert", "resignation"] },
  { id: "arp", name: "ARP and NDP", packets: ["announcement"] },
  { id: "bfd", name: "BFD", packets: ["bfd"] },
  { id: "others", name: "Other packets", packets: ["other"] },
];
const groupOfEvent = new Map(GROUPS.flatMap((g) => (g.events ?? []).map((k) => [k, g.id])));
const groupOfPacket = new Map(GROUPS.flatMap((g) => (g.packets ?? []).map((k) => [k, g.id])));

const packetTime = (packet) => packet[0];
const decodeOf = (packet) => run.decodes[packet[3]];
const nameOf = (station) => run.stations[station] ?? "?";
const isLost = (copy) => copy[2] !== 0;

/** From when until when is shown, and where the cursor is. */
const view = { from: 0, to: run.end, cursor: 0, hover: null, selected: null };

/** What is not shown. */
const hidden = { nodes: new Set(), groups: new Set(), text: "" };

/** What the filters let through: places of packets, and rows of the log. */
let shown = { packets: [], rows: [], faults: [] };

/** All events and packets in order of time: `[at, place, isPacket]`. */
const everything = (() => {
  const rows = [];
  let [e, p] = [0, 0];
  while (e < run.events.length || p < run.packets.length) {
    const event = run.events[e];
    const packet = run.packets[p];
    if (!packet || (event && event[0] <= packet[0])) rows.push([event[0], e++, false]);
    else rows.push([packet[0], p++, true]);
  }
  return rows;
})();

function eventPasses(event) {
  const [, node, kind, text] = event;
  if (hidden.groups.has(groupOfEvent.get(kind))) return false;
  if (node !== null && hidden.nodes.has(node)) return false;
  if (!hidden.text) return true;
  return `${node === null ? "" : nameOf(node)} ${kind} ${text}`.toLowerCase()
    .includes(hidden.text);
}

/** Of who sent it and who was to have it, at least one is shown. */
function packetPasses(packet) {
  const decode = decodeOf(packet);
  if (hidden.groups.has(groupOfPacket.get(decode.kind))) return false;
  const [, from, , , copies] = packet;
  if (hidden.nodes.has(from)) return false;
  const nodes = copies.filter((copy) => copy[0] < NODES);
  if (nodes.length && nodes.every((copy) => hidden.nodes.has(copy[0]))) return false;
  if (!hidden.text) return true;
  return `${nameOf(from)} ${decode.kind} ${decode.brief} ${storyOf(packet).join(" ")}`
    .toLowerCase().includes(hidden.text);
}

function filter() {
  const rows = everything.filter(([, place, isPacket]) =>
    isPacket ? packetPasses(run.packets[place]) : eventPasses(run.events[place]));
  shown = {
    rows,
    packets: rows.filter((row) => row[2]).map((row) => run.packets[row[1]]),
    faults: hidden.groups.has("faults") ? []
      : run.faults.filter((own) => own.text.toLowerCase().includes(hidden.text)),
  };
}

/** What became of a packet, a line for each station. */
function storyOf(packet) {
  return packet[4].map(([to, later, fate]) => fate === 0
    ? `${nameOf(to)} had it after ${span(later)}`
    : `lost for ${nameOf(to)}: ${run.fates[fate]}`);
}

/** Spans of several lanes as one: what is most of them, and how many. */
function together(lanes, words) {
  const times = [...new Set(lanes.flatMap((lane) => lane.map((own) => own[0])))]
    .sort((a, b) => a - b);
  const spans = [];
  const places = lanes.map(() => 0);
  times.forEach((at, i) => {
    const counts = new Map();
    lanes.forEach((lane, l) => {
      while (lane[places[l]] && lane[places[l]][1] <= at) places[l] += 1;
      const own = lane[places[l]];
      if (own) counts.set(words(own[2]), (counts.get(words(own[2])) ?? 0) + 1);
    });
    spans.push([at, times[i + 1] ?? run.end, counts]);
  });
  return spans;
}
