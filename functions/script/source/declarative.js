// Tagged elements: data-plantrack-event="Viewed prices" data-plantrack-weight="2"
// data-plantrack-plan="pro", and data-plantrack-hover="…".

import { say } from "./config.js";
import { track } from "./events.js";
import { attempt, now, on, safe } from "./tools.js";

// A form's inputs may be named like its methods, and would stand for them.
const own = Element.prototype;
let over, since; // a hovered element

const read = (node, name) => attempt(() => own.getAttribute.call(node, "data-plantrack-" + name));
// The innermost, through open shadow roots. What is submitted in one is heard nowhere else.
const tagged = (event, name) => event.composedPath().filter((node) =>
  node instanceof ShadowRoot ? node.addEventListener("submit", submitted) : read(node, name))[0];

function tag(element, duration) {
  const found = { duration };
  own.getAttributeNames.call(element).forEach((name) => {
    if (name.startsWith("data-plantrack-")) found[name.slice(15)] = own.getAttribute.call(element, name);
  });
  own.querySelectorAll.call(element, "[data-plantrack-field]:not([type=password])").forEach((field) => {
    found[field.name] = attempt(() => new FormData(element).get(field.name));
  });
  const { event, hover, weight, ...info } = found;
  track(duration ? hover : event, { weight, info });
}

export function hover(element) {
  if (element == over) return;
  if (over && now() - since > 99) tag(over, now() - since);
  over = element;
  since = now();
}

function act(event) {
  const element = tagged(event, "event");
  if (!element) return say("untagged", event.target);
  if ((element instanceof HTMLFormElement) == (event.type == "submit")) tag(element);
}

const submitted = safe(act);

export function watchTags() {
  on("click submit", act);
  on("mouseover mousemove", (event) => hover(tagged(event, "hover")));
  on("mouseout", (event) => event.relatedTarget || hover());
}
