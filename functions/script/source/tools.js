// Small tools. What goes wrong in here never reaches the page.

export const d = document, n = navigator, l = location;
// Other scripts replace these, for better or worse: ours stay those of the moment when it came.
export const { Date, fetch, JSON: { parse, stringify } } = window;
let count = 0;

export const attempt = (action, ...given) => {
  try {
    return action(...given);
  } catch (error) { /* a number less, never a page broken */ }
};
export const safe = (action) => (...given) => attempt(action, ...given);

// Heard by the window, before any page: an image of that name would stand for document's methods.
export const on = (types, action) =>
  types.split(" ").forEach((type) => addEventListener(type, safe(action), true));

export const now = () => +new Date();

// Sorts by time, and in one moment by order: a page may have made Math.random tell the same always.
export const id = () => now() * 1e3 + count++ + "" + Math.random();

// Old libraries give all arrays or objects a toJSON that makes texts of them.
export const json = (value) => stringify(value, function (key, made) {
  const given = this[key];
  return given && (given.toJSON == [].toJSON || given.toJSON == {}.toJSON) ? given : made;
});
