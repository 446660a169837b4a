/* The page /embed: the script tag follows the form, and so does the widget that is tried on the page itself. */
"use strict";

const form = document.getElementById("options");
const shown = document.getElementById("tag");
const copy = document.getElementById("copy");
const noscript = shown.textContent.split("\n")[1];
const policy = window.trustedTypes?.createPolicy("embed", { createScriptURL: (url) => url });
// What the widget does without the attribute need not be said.
const DEFAULTS = { accent: document.getElementById("o-accent").value };

let latest;

/** The data attributes that the form stands for. */
function chosen() {
  const fields = new FormData(form);
  fields.delete("pin");
  fields.set("starters", fields.get("starters").trim().split(/\s*\n\s*/).join("|"));
  return [...fields].filter(([name, value]) => value && value !== DEFAULTS[name]);
}

function escaped(text) {
  return text.replace(/[&"<>]/g, (character) => "&#" + character.charCodeAt() + ";");
}

function tag(attributes) {
  const { origin, version, integrity } = form.dataset;
  const path = form.pin.checked ? "/widget/" + version + "/widget.js" : "/widget.js";
  const checked = form.pin.checked ? ' integrity="' + integrity + '" crossorigin="anonymous"' : "";
  const data = attributes.map(([name, value]) => " data-" + name + '="' + escaped(value) + '"').join("");
  return '<script src="' + origin + path + '"' + data + checked + " async></" + "script>\n" + noscript;
}

/** Takes the widget off the page and puts it there anew, as the tag now says. */
function preview(attributes) {
  window.faqbot?.destroy();
  const script = document.createElement("script");
  for (const [name, value] of attributes) script.setAttribute("data-" + name, value);
  script.src = policy ? policy.createScriptURL("/widget.js") : "/widget.js";
  script.async = false;
  latest = script;
  // Where the next choice was made before this one was shown.
  script.addEventListener("load", () => latest === script || window.faqbot?.destroy());
  document.body.append(script);
}

function refresh() {
  const attributes = chosen();
  shown.textContent = tag(attributes);
  preview(attributes.filter(([name]) => name !== "include" && name !== "exclude"));
}

copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(shown.textContent);
  document.getElementById("said").textContent = copy.dataset.done;
});
form.addEventListener("change", refresh);
form.addEventListener("submit", (event) => event.preventDefault());
refresh();
