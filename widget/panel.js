/* The panel: its frame, and the conversation in it. There is one widget on a page, so its state is plain variables. */

const LIMIT = 4000;
const WAIT = 8000;

let options, base, host, root, box, launcher;
let language, words;
let panel, bar, heading, log, input, status;
let site = {};
let turns = [];
let busy = false;

function contact() {
  return site.contact || { phone: options.phone };
}

function helplines() {
  return (site.lang === language && site.helplines) || lines[language];
}

/** The helplines of the site's own country and in full, once they are known; until then those that came along. */
function refreshLines() {
  // Never under the finger or the focus of someone who is about to use them.
  if (bar.contains(root.activeElement)) return;
  const fresh = crisisBar(words);
  bar.replaceWith(fresh);
  bar = fresh;
}

/** The strip that is there in every state and needs no server: the first numbers at hand, all of them one tap away. */
function crisisBar(t) {
  const all = make("div", { id: "lines", hidden: "" }, helplineList(helplines()));
  const toggle = button(
    "more",
    t.crisis,
    () => toggle.setAttribute("aria-expanded", !(all.hidden = !all.hidden)),
    { "aria-expanded": false, "aria-controls": "lines" },
  );
  const direct = helplines().flatMap(({ actions }) => actions).filter(({ href }) => !/^http/.test(href));
  return make("div.crisis", make("div.row", toggle, direct.slice(0, 3).map(link)), all);
}

function header(t) {
  heading = make("h" + (options.heading || 2), { id: "title", tabindex: -1 }, options.title || t.title);
  return make(
    "div.head",
    make("div.bar", button("leave", t.leave, leave), iconButton("clear", t.clear, clear), iconButton("close", t.close, close)),
    make("div.bar", make("div.names", heading, make("p.small", t.who)), button("other", t.other_name, () => speak(t.other), { lang: t.other })),
  );
}

function composer(t) {
  const submit = (event) => {
    event.preventDefault();
    ask(input.value);
  };
  const keydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  const typed = () => {
    const left = LIMIT - [...input.value].length;
    // Said now and then only: at every key it would drown the typing.
    if (left < 250) status.textContent = fill(t.left, { n: Math.ceil(left / 50) * 50 });
  };
  input = make("textarea", {
    id: "input",
    rows: 1,
    placeholder: t.label,
    autocomplete: "off",
    spellcheck: false,
    enterkeyhint: "send",
    keydown,
    input: typed,
  });
  return make(
    "form",
    { submit },
    status,
    make("label.sr", { for: "input" }, t.label),
    make("div.row", input, make("button.icon send", { "aria-label": t.send, title: t.send })),
    make("p.small", { id: "notice" }, t.notice),
  );
}

/** Builds the panel in the language of the moment, with the conversation so far in it. */
function build() {
  const t = words;
  log = make("div.log", { role: "log", tabindex: 0, "aria-label": t.title });
  status = make("div.small", { role: "status" });
  panel?.remove();
  panel = make(
    "div.panel",
    {
      id: "panel",
      part: "panel",
      role: "dialog",
      "aria-labelledby": "title",
      "aria-describedby": "notice",
      keydown: (event) => event.key === "Escape" && !event.isComposing && close(),
    },
    header(t),
    (bar = crisisBar(t)),
    log,
    composer(t),
  );
  box.lang = language;
  box.append(panel);
  greet();
  turns.forEach(show);
}

/** The first message. What the site adds to it comes later, and then not under the focus of someone who uses it. */
function greet() {
  const t = words;
  const first = log.firstChild;
  if (first?.contains(root.activeElement)) return;
  const starters = options.starters ? options.starters.split("|").map((question) => ({ question })) : site.starters || [];
  const fresh = message(
    "msg bot",
    language,
    t.assistant,
    make("p", site.greeting || t.greeting),
    chips(starters),
    site.corpus && make("details.small", make("summary", t.about), fill(t.about_text, { corpus: site.corpus, date: day(site.reviewed, language) })),
  );
  if (first) first.replaceWith(fresh);
  else log.append(fresh);
}

/** Adds one turn, the visitor's or ours. */
function show({ you, reply }) {
  append(you ? message("msg you", "", words.you, make("p", you)) : replyMessage(reply));
}

/** Adds a message and puts its first line in view, not its last, and the line before it. */
function append(node) {
  log.append(node);
  // On a low screen it is the panel that scrolls.
  const scroller = log.scrollHeight > log.clientHeight ? log : panel;
  scroller.scrollTop = node.offsetTop - scroller.offsetTop - 84;
}

/** The server's JSON; fails with the response, if there was one. */
async function call(path, data) {
  const response = await fetch(base + "api/v1/" + path, {
    method: data && "POST",
    headers: data && { "Content-Type": "application/json" },
    body: data && JSON.stringify(data),
    credentials: "omit",
    referrerPolicy: "no-referrer",
    // Browsers before 2022 have no such clock, and wait for as long as their network does.
    signal: AbortSignal.timeout?.(WAIT),
  });
  if (!response.ok) throw response;
  return response.json();
}

async function ask(text, again) {
  text = text.trim();
  if (!text || busy) return;
  const mine = turns;
  const history = turns.flatMap(({ you }) => you || []).slice(-20);
  // Old frameworks give every array a toJSON that breaks it.
  history.toJSON = 0;
  if (input.value.trim() === text) input.value = "";
  if (!again) show({ you: text });
  working(true);
  try {
    const reply = await call("ask", { message: text, history, site: options.site, lang: language });
    if (mine !== turns) return;
    show({ reply });
    turns.push({ you: text }, { reply });
    emit("reply", { kind: reply.kind });
  } catch (error) {
    if (mine !== turns) return;
    input.value ||= text;
    append(offlineMessage(text, error.status));
    emit("error", { status: error.status });
  }
  working(false);
  keep();
}

function working(now) {
  busy = now;
  status.textContent = now ? words.looking : "";
}

/** Forgets the conversation, here and in the tab's store. */
function wipe() {
  turns = [];
  keep();
  if (!panel) return;
  working(false);
  input.value = "";
  log.replaceChildren();
  greet();
}

function clear() {
  wipe();
  input.focus();
}
