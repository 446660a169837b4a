/* Messages: what the visitor said, and each kind of reply. */

function message(look, lang, sender, ...children) {
  return make("div." + look, { lang }, make("span.sr", sender + " "), ...children);
}

/** Buttons that say something for the visitor: a question, or under a label a longer message. */
function chips(items) {
  return make("div.chips", items.map(({ question, label, message }) => button("chip", label || question, () => ask(message || question))));
}

function day(text, lang) {
  return new Date(text + "T12:00").toLocaleDateString(lang, { dateStyle: "medium" });
}

/** The card for danger: first words, then the numbers, then all else. */
function crisisCard({ tier, message, helplines, question, choices }) {
  const [first, ...rest] = message.split("\n\n");
  return make(
    // Inside the polite log an alert is the one thing that may interrupt, so it is said once and at once.
    "div.card danger",
    tier === "emergency" && { role: "alert" },
    make("strong", first),
    helplineList(helplines),
    prose(rest.join("\n\n")),
    make("strong", question),
    chips(choices),
  );
}

function answerCard({ id, question, text, sources, reviewed, lang }, t, many) {
  const body = prose(text);
  return make(
    "div.answer",
    { lang },
    many && make("strong", question),
    body,
    sources[0] && make("p.small", fill(t.sources, { titles: sources.join("; "), date: day(reviewed, lang) })),
    feedbackRow(id, t, body),
  );
}

/** "Was this helpful?" in steps. Focus follows, so that it is not lost with the button that was pressed. */
function feedbackRow(id, t, body) {
  const row = make("div.row");
  const step = (text, ...buttons) => {
    const label = make("span", { tabindex: -1 }, text);
    const held = row.contains(root.activeElement);
    row.replaceChildren(label, ...buttons);
    if (held) label.focus();
  };
  const vote = (label, value, reason) =>
    button("chip", label, () => {
      // A lost vote is no loss to the visitor: nothing is said.
      call("feedback", { id, vote: value, reason, site: options.site }).catch(() => {});
      step(t.thanks);
    });
  const why = () =>
    step(
      t.why,
      vote(t.not_mine, "down", "not_my_question"),
      vote(t.unclear, "down", "unclear"),
      vote(t.wrong, "down", "wrong"),
      vote(t.other_reason, "down", "other"),
    );
  const copy = button("chip", t.copy, async () => {
    await navigator.clipboard.writeText(body.innerText);
    copy.textContent = t.copied;
  });
  step(t.helpful, vote(t.yes, "up"), button("chip", t.no, why), copy);
  return row;
}

function replyMessage({ kind, lang, message: lead, answers, suggestions, crisis, contact }) {
  const t = strings[lang] || words;
  return message(
    "msg bot",
    lang,
    t.assistant,
    crisis && crisisCard(crisis),
    make("p", lead),
    answers.map((answer) => answerCard(answer, t, answers[1])),
    kind === "crisis" && suggestions[0] && make("p", t.back),
    chips(suggestions),
    /crisis|no_/.test(kind) && contactCard(contact, t, lang),
  );
}

/** What is shown when no answer comes: people to reach, and another try. */
function offlineMessage(text, status) {
  const t = words;
  const again = button("chip", t.retry, () => {
    again.remove();
    log.focus();
    if (input.value === text) input.value = "";
    ask(text, true);
  });
  return message(
    "msg bot",
    language,
    t.assistant,
    make("div.card danger", make("strong", status === 429 ? t.busy : t.offline), make("p", t.help), contactCard(contact(), t, language), helplineList(helplines()), again),
  );
}
