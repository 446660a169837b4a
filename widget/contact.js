/* Ways to reach a person: helplines, and the center's own phone, mail and hours. */

/** "Open now, until 6:00 PM" or "We open Monday at 8:00 AM", by the center's own clock; nothing when no hours are known. */
function openState({ hours, time_zone }, t, lang) {
  const now = new Date(new Date().toLocaleString("en-US", { timeZone: time_zone || undefined }));
  for (let ahead = 0; hours && ahead < 8; ahead++) {
    const date = new Date(new Date(now).setDate(now.getDate() + ahead)).toDateString();
    for (const [from, to] of hours[date.slice(0, 3).toLowerCase()] || []) {
      const open = new Date(date + " " + from) <= now;
      const next = new Date(date + " " + (open ? to : from));
      if (next > now) {
        return fill(open ? t.open_now : t.opens, {
          time: next.toLocaleTimeString(lang, { hour: "numeric", minute: "2-digit" }),
          day: next.toLocaleDateString(lang, { weekday: "long" }),
        });
      }
    }
  }
}

function phoneLink(text, phone) {
  return phone && link({ label: fill(text, { phone }), href: "tel:" + phone.split(/[x#]|ext/i)[0].replace(/[^\d+]/g, "") });
}

function contactCard(contact, t, lang) {
  const { name, phone, after_hours_phone, crisis_phone, email } = contact;
  return (
    (phone || email) &&
    make(
      "div.card",
      make("strong", name),
      make("p", openState(contact, t, lang)),
      make(
        "div.row",
        phoneLink(t.call, phone),
        phoneLink(t.after_hours, after_hours_phone),
        phoneLink(t.crisis_line, crisis_phone),
        email && link({ label: email, href: "mailto:" + email }),
      ),
    )
  );
}

function helplineList(lines) {
  return make(
    "ul.lines",
    lines.map(({ name, note, actions }) =>
      make("li", make("strong", name), make("p", note), make("div.row", actions.map(link))),
    ),
  );
}
