/* Nodes. Text goes in as text only, so nothing that a server or an owner sends can become markup. */

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

function button(look, label, click, attributes) {
  return make("button." + look, { type: "button", click }, attributes, label);
}

/** A button that shows a drawing only, which the style gives; its name is read out and shown as a tooltip. */
function iconButton(look, label, click) {
  return button("icon " + look, "", click, { "aria-label": label, title: label });
}

/** A link, or plain text where the address is of a kind we do not open. */
function link({ label, href }) {
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
