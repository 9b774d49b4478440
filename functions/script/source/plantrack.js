/*!
 * Waypost's browser script. What it sends, to your own Waypost alone: the ids, e-mail address, name
 * and company given to identify() or login(), and an id of the browser's own; what track() and its
 * siblings are called with; page addresses without query and hash, page titles, when a session
 * begins and ends, and what led to it: the referrer's address and the campaign. Nothing is sent, and
 * nothing stored, under Global Privacy Control, an opt-out, or without a consent that the page asks
 * for. Fields of a form leave it only where they are tagged one by one.
 *
 * Read in this order; each file imports from those above it alone:
 *
 * tools.js        what pages may break, taken as it was; nothing is thrown into a page
 * config.js       the options, who has refused, and what `debug` says
 * storage.js      localStorage and cookies, and memory where they cannot be had
 * queue.js        the events that no server has acknowledged
 * send.js         delivery: one request at a time, until a server has them
 * identity.js     whose the events are
 * events.js       an event from its call to the queue, and the session that it belongs to
 * automatic.js    pages, routes, and what led to them
 * declarative.js  tagged elements and forms
 * calls.js        plantrack's calls
 * na_stub.js      na's constructor; its work is done by na.js, a file that it fetches
 *
 * An event on its way is a record {k, u, e, s, w, sent}:
 *
 * k     its key in storage: "plantrack.q" and the message id, which begins with the time
 * u     where it goes; none until plantrack.load() has said it
 * e     the event as the server gets it, but for `sentAt`
 * s     its length in characters
 * w     how many milliseconds it may wait for others to go with
 * sent  1 once it was sent; once it is acknowledged, the record is gone
 *
 * Storage has besides, each under "plantrack.": `turn` [not before, failures], which is a lease while
 * a request is under way; `session` [id, last sign of life]; `dropped`, how many events had to be
 * given up; `rules` and an endpoint, what the rules of its site leave out.
 */
import { lead, parts, route, visit, watch } from "./automatic.js";
import { api } from "./calls.js";
import { config } from "./config.js";
import { hover, watchTags } from "./declarative.js";
import { grant, session } from "./events.js";
import { core, na } from "./na_stub.js";
import { flush, resume } from "./send.js";
import { attempt, on, safe } from "./tools.js";

const plantrack = window.plantrack = window.plantrack || [];

function take() {
  const call = safe(([name, ...given]) => api[name](...given)), waiting = plantrack.splice(0);
  Object.keys(api).forEach((name) => { plantrack[name] = safe(api[name]); });
  plantrack.push = call; // a stub made later still gets through
  plantrack._na = core;
  window.na = na;
  waiting.forEach(call);
}

function listen() {
  parts.push([() => config.endpoint && session(), visit, hover]);
  on("online", resume);
  on("prerenderingchange", grant);
  watch();
}

// Loaded twice, the first one serves. Each step stands alone: what a page breaks of one, it does not
// break of the others.
if (plantrack.push == [].push) {
  config.endpoint = plantrack._endpoint;
  [lead, take, watchTags, listen, route, flush].forEach((step) => attempt(step));
}
