// na: the constructor at once. What it does is na.js, which is fetched where somebody constructs it;
// until it has come, constructors and calls wait, with their time.

import { parts } from "./automatic.js";
import { api } from "./calls.js";
import { configure, say } from "./config.js";
import { add } from "./events.js";
import { become, somebody } from "./identity.js";
import { wake } from "./send.js";
import { load, readCookie, writeCookie } from "./storage.js";
import { attempt, d, now } from "./tools.js";

const CALLS = "login logout identifyUser identifyAccount setModuleId setProductId setAccountId"
  + " setUserId sendFeatureEvent syncEvents";
const waiting = [], script = d.currentScript;
// What na.js works with, in this order: its events go into the queue of this file.
export const core = [
  waiting, add, api, become, load, parts, readCookie, say, somebody, wake, writeCookie,
];

// A page that names the build of this file names that of the other, by a tag of its own.
const fetchNa = () => script.integrity || d.head.append(Object.assign(d.createElement("script"), {
  nonce: script.nonce, src: script.src.split("/analytics/")[0] + "/analytics/script/na.min.js",
}));

export function na(...given) {
  const calls = [], tracker = {};
  attempt(configure, given[2]);
  CALLS.split(" ").forEach((name) => {
    tracker[name] = (...values) => { calls.push([now(), name, values]); };
  });
  if (waiting.push([now(), given, calls]) == 1) attempt(fetchNa);
  return tracker;
}
