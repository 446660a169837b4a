/* Nodes. Text goes in as text only, so nothing that a server or an owner sends can become markup. */

// Outlines in a square of 24 by 24.
const CHAT = "M4 5h16v11H9l-5 4z";
const CLOSE = "M6 6l12 12M18 6L6 18";
const CLEAR = "M5 7h14M9 7V4h6v3m2 0l-1 13H8L7 7";
const SEND = "M12 19V5m-6 6l6-6 6 6";

/**
 * An element, as in make("p.lead", { id: "x", click: f }, "text", node, [more]).
 * Objects are attributes or listeners; empty children are left out.
 */
function make(tag, ...parts) {
  const [name, look] = tag.split(".");
  const node = document.createElement(name);
  if (look) node.className = look;
  for (const part of parts.flat()) {
    if (part?.nodeType || typeof part === "string") node.append(part);
    else if (part) for (const [key, value] of Object.entries(part)) {
      if (typeof value === "function") node.addEventListener(key, value);
      else if (value != null) node.setAttribute(key, value);
    }
  }
  return node;
}

/** A line drawing, hidden from assistive technology. */
function icon(outline) {
  const draw = (tag, key, value) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    node.setAttribute(key, value);
    return node;
  };
  const svg = draw("svg", "viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", true);
  svg.append(draw("path", "d", outline));
  return svg;
}

function button(look, label, click, attributes) {
  return make("button." + look, { type: "button", click }, attributes, label);
}

/** A button that shows a drawing only; its name is read out and shown as a tooltip. */
function iconButton(outline, label, click) {
  return button("icon", icon(outline), click, { "aria-label": label, title: label });
}

/** A link, or plain text where the address is of a kind we do not open. */
function link(label, href) {
  const web = /^https?:/.test(href) && { target: "_blank", rel: "noreferrer" };
  return web || /^(tel|sms|mailto):/.test(href) ? make("a.chip", { href }, web, label) : label;
}

/** `"{n} left"` with `{ n: 3 }` gives "3 left". */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name]);
}

function inline(text) {
  return text.split(/\*\*(.+?)\*\*/).map((part, at) => (at % 2 ? make("strong", part) : part));
}

/** Paragraphs, "- " lists and **bold**; all else is shown as typed. */
function prose(text) {
  const box = make("div.prose");
  let block;
  for (const line of text.split("\n")) {
    const item = /^\s*- (.*)/.exec(line);
    const kind = item ? "UL" : "P";
    if (!line.trim()) block = null;
    else {
      if (block?.tagName !== kind) box.append((block = make(kind)));
      block.append(...(item ? [make("li", inline(item[1]))] : inline(line + " ")));
    }
  }
  return box;
}
