/* The element, its options, opening and leaving. */

const TAG = "faq-bot";
const IDLE = 30 * 60 * 1000;

let shown = false;
let timer, restore;
const life = new AbortController();

function emit(name, detail) {
  host.dispatchEvent(new CustomEvent("faqbot:" + name, { bubbles: true, detail }));
}

/** Lays the panel out unseen as soon as someone reaches for the launcher, so that the click has little left to do. */
function prepare() {
  if (panel) return;
  style(css[1]);
  build();
  fit();
}

function open() {
  prepare();
  if (!shown) emit("open");
  shown = true;
  fit();
  // On a touch screen the keyboard would cover the numbers, so the heading gets the focus there.
  (matchMedia("(pointer: coarse)").matches ? heading : input).focus();
  if (!site.id) loadSite();
}

function close() {
  if (shown) emit("close");
  shown = false;
  fit();
  launcher.focus();
}

/** Brings the page in line with the state. On a small screen the panel is all there is, so the page behind rests. */
function fit() {
  const modal = shown && matchMedia("(max-width: 480px), (max-height: 480px)").matches;
  launcher.setAttribute("aria-expanded", shown);
  launcher.hidden = modal;
  document.body.inert = modal;
  if (!panel) return;
  // Not "display", so that it is laid out before it is asked for.
  panel.style.visibility = shown ? "" : "hidden";
  panel.ariaModal = modal || null;
  panel.style.setProperty("--view", visualViewport.height + "px");
}

function loadSite() {
  call("site?" + new URLSearchParams({ site: options.site || "", lang: language })).then(
    (found) => {
      site = found;
      paint();
      refreshLines();
      greet();
    },
    // The panel is whole without it; it is asked for again at the next opening.
    () => {},
  );
}

/** Another language: the same conversation in new surroundings. */
function speak(lang) {
  language = lang;
  words = strings[lang];
  site = { contact: site.contact };
  build();
  input.focus();
  loadSite();
}

/** Hides the page at once, forgets the chat, and goes to a neutral page in place of this one. */
function leave() {
  const page = document.documentElement;
  const { title } = document;
  page.style.setProperty("display", "none", "important");
  document.title = "";
  wipe();
  restore = () => {
    page.style.display = "";
    document.title = title;
  };
  // Without this the next page is told where the visitor comes from.
  document.head.append(make("meta", { name: "referrer", content: "no-referrer" }));
  emit("exit");
  location.replace(/^https?:/.test(options.exit) ? options.exit : "https://www.google.com/");
}

/** Shift three times within five seconds, and no other key between, is the quick way out. */
function watchShift() {
  let times = [];
  listen(window, "keydown", (event) => {
    const now = event.timeStamp;
    times = event.key === "Shift" && !event.repeat && panel && (shown || turns[0]) ? [...times.filter((time) => now - time < 5000), now] : [];
    if (times[2]) leave();
    else if (times[0]) status.textContent = fill(words.shift, { n: 3 - times.length });
  });
}

function listen(target, name, handler) {
  target.addEventListener(name, handler, { capture: true, signal: life.signal });
}

/** With data-keep="tab" the conversation outlives a page change, in this tab and for half an hour. */
function keep() {
  clearTimeout(timer);
  if (turns[0]) timer = setTimeout(wipe, IDLE);
  if (options.keep !== "tab") return;
  if (turns[0]) sessionStorage.setItem(TAG, JSON.stringify({ at: Date.now(), turns }));
  else sessionStorage.removeItem(TAG);
}

function recall() {
  const kept = options.keep === "tab" && JSON.parse(sessionStorage.getItem(TAG));
  if (kept && Date.now() - kept.at < IDLE) turns = kept.turns;
}

/** Darkens the accent colour, wherever it comes from, until white text on it can be read. */
function paint() {
  if (!options.accent) box.style.setProperty("--faqbot-accent", site.accent || "");
  box.style.removeProperty("--accent");
  const asked = getComputedStyle(launcher).backgroundColor.match(/\d+/g).slice(0, 3);
  let rgb = asked;
  // Relative luminance, near enough; below this white has a contrast of 4.5 or more.
  while (rgb.reduce((sum, v, at) => sum + [0.2, 0.7, 0.1][at] * (v / 255) ** 2.2, 0) > 0.168) rgb = rgb.map((v) => v * 0.97);
  if (rgb === asked) return;
  console.warn("faqbot: accent darkened for contrast");
  box.style.setProperty("--accent", "rgb(" + rgb + ")");
}

/** Whether this page's path is on one of the owner's lists, as in "/programs/* /contact". */
function listed(paths) {
  const { pathname } = location;
  return paths.split(" ").some((path) => (path.endsWith("*") ? pathname.startsWith(path.slice(0, -1)) : pathname === path));
}

/** The launcher's style is read at once, the panel's only when it is needed. */
function style(text) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets.push(sheet);
  } catch {
    // Browsers before 2023.
    root.append(make("style", text));
  }
}

function mount(script) {
  base = script.src.replace(/widget(\/\w+\/widget)?\.js.*/, "");
  language = (options.lang || document.documentElement.lang || navigator.language).slice(0, 2);
  if (!strings[language]) language = "en";
  words = strings[language];
  host = document.querySelector(TAG) || make(TAG);
  root = host.attachShadow({ mode: "open" });
  launcher = button("launcher", "", () => (shown ? close() : open()), {
    part: "launcher",
    "aria-expanded": false,
    "aria-controls": "panel",
    pointerenter: prepare,
    focus: prepare,
  });
  launcher.append(options.label || words.open);
  box = make("section.box " + [options.position, options.theme || "auto"].join(" "), { "aria-label": words.title, lang: language }, launcher);
  if (options.icon) options.icon = "path('" + options.icon + "')";
  for (const [name, value] of Object.entries(options)) host.style.setProperty("--faqbot-" + name, value);
  style(css[0]);
  root.append(box);
  document.documentElement.append(host);
  paint();
  recall();
  if (options.exitKey !== "off") watchShift();
  listen(visualViewport, "resize", fit);
  listen(window, "pageshow", ({ persisted }) => {
    if (!persisted) return;
    restore?.();
    wipe();
    close();
  });
  window.faqbot = { open, close, clear: wipe, destroy, ask: (text) => (open(), ask("" + text)) };
  emit("ready");
}

function destroy() {
  wipe();
  shown = false;
  fit();
  life.abort();
  host.remove();
  delete window.faqbot;
}

// currentScript is empty in a module or when a tag manager moves the script about.
const script = document.currentScript || document.querySelector("script[data-site]");
options = { ...script?.dataset };
const { include, exclude } = options;
if (script && !window.faqbot && (!include || listed(include)) && !(exclude && listed(exclude))) mount(script);
