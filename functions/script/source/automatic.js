// Pages and routes, what led to them, and whether somebody is there.

import { config, permitted } from "./config.js";
import { address, date, endSession, isAlive, track } from "./events.js";
import { flush } from "./send.js";
import { d, l, now, on, safe } from "./tools.js";

// Who wants to know: each [somebody is there, a new address, the page goes].
export const parts = [];
const tell = (moment) => parts.forEach((part) => part[moment]());
// The address, a visit that waits for its title, and what led to the session.
let shown, arrival, landing = {}, stirred = 0;

export const page = (title, more) =>
  track("page.visit", { label: "Visited page " + (title || d.title), ...more });

export function arrive() {
  arrival = arrival && page(0, arrival);
}

// Titles change a moment after addresses do.
export function visit() {
  if (!config.endpoint) return;
  arrive();
  arrival = { date: date(), page: shown = address(), info: landing };
  landing = {};
  setTimeout(safe(arrive), 50);
}

export function route() {
  if (shown != address()) tell(1);
  shown = address();
}

// What led to a session: told by its first visit, and by none where one is under way.
export function lead() {
  if (isAlive()) return;
  const [referrer] = d.referrer.split("?");
  if (referrer && !referrer.startsWith(l.origin)) landing.referrer = referrer;
  new URLSearchParams(l.search).forEach((value, name) => {
    if (/^utm_|clid$|braid/.test(name)) landing[name] = value;
  });
}

export function watch() {
  on("click mousemove keydown", () =>
    permitted() && now() - stirred > 999 && tell(0, stirred = now()));
  on("pageshow", (event) => event.persisted && tell(1));
  on("pagehide", () => {
    route();
    tell(2);
    flush(true);
  });
  on("visibilitychange", () => {
    arrive();
    if (d.hidden) flush(true);
  });
  // Where a browser does not tell of new addresses, they are looked at.
  setInterval(safe(() => route(endSession())), 1e3);
  navigation.addEventListener("currententrychange", safe(route));
}
