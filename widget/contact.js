/* Ways to reach a person: helplines, and the center's own phone, mail and hours. */

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** "Open now, until 6:00 PM" or "We open Monday at 8:00 AM", by the center's own clock; nothing when no hours are known. */
function openState({ hours, time_zone: timeZone }, t, lang) {
  const now = new Date(new Date().toLocaleString("en-US", timeZone && { timeZone }));
  for (let ahead = 0; hours && ahead < 8; ahead++) {
    const at = (time) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + ahead, ...time.split(":"));
    for (const [from, to] of hours[DAYS[(now.getDay() + ahead) % 7]] || []) {
      if (at(to) <= now) continue;
      const open = at(from) <= now;
      const next = at(open ? to : from);
      return fill(open ? t.open_now : ahead ? t.opens_day : t.opens, {
        time: next.toLocaleTimeString(lang, { hour: "numeric", minute: "2-digit" }),
        day: next.toLocaleDateString(lang, { weekday: "long" }),
      });
    }
  }
}

function phoneLink(text, phone) {
  return phone && link(fill(text, { phone }), "tel:" + phone.split(/[x#]|ext/i)[0].replace(/[^\d+]/g, ""));
}

function contactCard(contact, t, lang) {
  const { name, phone, after_hours_phone, crisis_phone, email } = contact;
  return (
    (phone || email) &&
    make(
      "div.card",
      make("strong", name || t.team),
      make("p", openState(contact, t, lang)),
      make(
        "div.row",
        phoneLink(t.call, phone),
        phoneLink(t.after_hours, after_hours_phone),
        phoneLink(t.crisis_line, crisis_phone),
        email && link(t.email, "mailto:" + email),
      ),
    )
  );
}

function helplineList(lines) {
  return make(
    "ul.lines",
    lines.map(({ name, note, actions }) =>
      make("li", make("strong", name), make("p", note), make("div.row", actions.map(({ label, href }) => link(label, href)))),
    ),
  );
}
