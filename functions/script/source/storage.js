// Storage is shared by the tabs of a site; memory stands for it where it is blocked, or not yet
// permitted.

import { permitted } from "./config.js";
import { attempt, d, json, l, parse } from "./tools.js";

const memory = {};

const store = () => (permitted() && attempt(() => localStorage)) || memory;
export const load = (key) => attempt(parse, store()[key] || memory[key]);
export const keys = (start) =>
  Object.keys({ ...memory, ...store() }).filter((key) => key.startsWith(start)).sort();

export function save(key, value) {
  const text = json(value);
  if (!attempt(() => store()[key] = text)) { // full
    remove(key);
    memory[key] = text;
  }
}

export function remove(key) {
  delete store()[key];
  delete memory[key];
}

export const readCookie = (name) => ({ ...attempt(() =>
  parse(decodeURIComponent(d.cookie.match(`\\b${name}=([^;]*)`)[1]))) });

// 400 days are as long as a browser keeps one.
export function writeCookie(name, value, seconds = 34560000) {
  if (value && !permitted()) return;
  attempt(() => {
    d.cookie = `${name}=${encodeURIComponent(json(value))};Path=/;SameSite=Lax;Max-Age=${
      value ? seconds : 0}${l.protocol == "https:" ? ";Secure" : ""}`;
  });
}
