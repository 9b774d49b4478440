// An event from its call to the queue, and the session that it belongs to.

import { config, obstacle, permitted, refusal, say } from "./config.js";
import { become, isNamed, somebody, who } from "./identity.js";
import { drop, keep } from "./queue.js";
import { askRules, wake } from "./send.js";
import { load, save } from "./storage.js";
import { d, id, json, l, n, now, parse } from "./tools.js";

const SESSION = "plantrack.session";
export const held = []; // records that wait for a consent or for eyes on the page; never stored

// Of the hash, only what a router takes for a path.
export const address = () => config.query ? l.href
  : l.origin + l.pathname + (l.hash.match(/^#!?\/[^?]*/) || "");
export const date = () => d.prerendering ? null : now(); // else that of its receipt

export function add(u, event, w) {
  const no = u ? refusal() : "load";
  if (no) return say(no, event);
  // As robots name themselves; the word alone is in the names of phones as well.
  if (config.bot && (n.webdriver || /bot\/\d|compatible;|\+http/i.test(n.userAgent))) {
    say("bot", event, event.bot = true);
  }
  const text = json(event), s = text.length;
  if (s > 19e3) return drop(event, "size");
  // A copy of the event: the page may change what it passed.
  enter({ u, e: parse(text), s, w });
}

function enter(one) {
  const { e: event, u: url } = one, own = url == config.endpoint, no = obstacle();
  if (no) return say(no, event), held.push(one) > 500 && drop(held.shift().e, "full");
  if (own && !isNamed(event)) Object.assign(event, somebody());
  event.session = event.session || session(event.date);
  keep(one);
  wake(one.w);
  if (own) askRules(url);
}

export const grant = () => {
  become(who);
  held.splice(0).forEach(enter);
};

// An event as it happened: its time and its id stay the same however often it is sent.
export const track = (action, more) => add(config.endpoint, {
  ...who, messageId: id(), date: date(), action, page: address(), ...more,
}, 1e3);

// Whoever makes the start or the end of a session calls it the same: it counts once.
const mark = (what, label, session, date) =>
  track("session." + what, { label, session, date, messageId: session + ":" + what });

const recorded = () => [].concat(load(SESSION)); // id and last sign of life
export const isAlive = () => now() - recorded()[1] < config.sessionTimeout * 6e4;

// The id of the session where it goes on.
export function endSession(early) {
  const [found, last] = recorded();
  if (!found || (!early && isAlive())) return found;
  save(SESSION, 0);
  mark("end", "Session end", found, last);
}

// The session's id; a new one after 30 minutes without an event, a click, a key or a movement.
export function session(began = now()) {
  const known = endSession(), found = known || id();
  save(SESSION, [found, now()]);
  if (!known) mark("start", "Started session", found, began);
  return found;
}
