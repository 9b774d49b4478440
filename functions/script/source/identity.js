// Whose the events are: who was identified, kept in the cookie `_plantrack`; until then an id of the
// browser's own, which stays with them afterwards so that the server can join the two.

import { readCookie, writeCookie } from "./storage.js";
import { id } from "./tools.js";

export let who = readCookie("_plantrack");

export function become(next) {
  who = next || {};
  writeCookie("_plantrack", next);
}

export const isNamed = (event) => event.externalId || event.email || event.anonymousId;

// Asked only where something may be kept.
export function somebody(named) {
  if (!named && !isNamed(who)) become({ anonymousId: id() });
  return who;
}
