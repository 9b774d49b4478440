// Delivery. One request at a time from all tabs: `turn` is a lease while one is under way. As the
// page leaves, a beacon takes what was never sent; it stays queued until a server acknowledges it,
// so the next page sends it once more and it counts once.

import { config, permitted, say } from "./config.js";
import { QUEUE, drop } from "./queue.js";
import { keys, load, remove, save } from "./storage.js";
import { attempt, Date, fetch, json, l, n, now, safe } from "./tools.js";

const TURN = "plantrack.turn", RULES = "plantrack.rules";
let timer, due, asked; // when the queue is looked at next; whether the site's rules were asked for

export function wake(ms) {
  if (timer && due <= now() + ms) return;
  clearTimeout(timer);
  due = now() + ms;
  timer = setTimeout(safe(flush), ms);
}

// The network is back: what nobody answered need not wait any longer.
export const resume = () => wake(0, save(TURN, 0));

// Those of this host, unless the endpoint declares another name of the site. The server applies them
// as well.
export const askRules = (url) => {
  const rules = url.replace(/[^/]+\/?$/, "sites/$&") + (/\?/.test(url) ? "" : "?site=" + l.hostname);
  asked = asked || fetch(rules, { credentials: "omit" })
    .then((answer) => answer.json()).then((found) => save(RULES + url, found)).catch(() => {});
};

function wanted() {
  const unwanted = attempt(() => RegExp(load(RULES + config.endpoint).unwanted || ".^")) || /.^/;
  return keys(QUEUE).map(load).filter((one) => one && one.s && (
    one.u != config.endpoint || !unwanted.test(one.e.action || "")
    || say("rules", one.e, remove(one.k))));
}

export function flush(leaving) {
  const [until, failures = 0] = [].concat(load(TURN));
  timer = leaving && timer;
  const list = wanted().filter((one) => !leaving || !one.sent);
  let size = 0;
  const part = list.filter((one) => one.u == list[0].u && (size += one.s) < 2e4);
  if (!part[0] || !permitted()) return;
  if (until > now() && (failures || !leaving)) return leaving || wake(Math.min(until - now(), 6e5));
  part.forEach((one) => save(one.k, { ...one, sent: 1 }));
  const url = part[0].u, body = json(part.map((one) => ({ ...one.e, sentAt: new Date() })));
  if (leaving && attempt(() => n.sendBeacon(url, body))) {
    clearTimeout(timer);
    timer = save(TURN, 0);
    return flush(leaving);
  }
  save(TURN, [now() + 15e3, 0]);
  post(url, body, part, failures);
}

async function post(url, body, part, failures) {
  let status = 0, after = 0;
  try {
    const answer = await fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" });
    status = answer.status;
    after = +answer.headers.get("Retry-After");
    // Until an answer is read, its request takes part of the 64 KiB for all that are under way.
    await answer.text();
  } catch (error) { /* what is known by then is true */ }
  attempt(() => {
    const again = /^(0|408|429|5..)$/.test(status);
    if (!again) part.forEach((one) => remove(one.k, status > 299 && drop(one.e, status)));
    const pause = Math.max(Math.min(300, 2 ** failures) * (1 + Math.random()), after);
    save(TURN, again && [now() + pause * 1e3, failures + 1]);
    wake(0);
  });
}
