// The queue: the records of events that no server has acknowledged, 500 at most.

import { say } from "./config.js";
import { keys, load, remove, save } from "./storage.js";

const DROPPED = "plantrack.dropped";

export const QUEUE = "plantrack.q";

export function drop(event, why) {
  say(why, event);
  save(DROPPED, (load(DROPPED) || 0) + 1 + (event.dropped || 0));
}

// The next event tells how many had to be given up before it.
export function keep(one) {
  one.e.dropped = load(DROPPED);
  remove(DROPPED);
  save(one.k = QUEUE + one.e.messageId, one);
  keys(QUEUE).slice(0, -500).forEach((key) => remove(key, drop((load(key) || one).e, "full")));
}
