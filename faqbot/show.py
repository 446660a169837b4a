"""Replies and figures as text for a terminal."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from faqbot.evaluation import OUTCOMES
from faqbot.plots import page, plot
from faqbot.replies import Crisis, Explanation, Reply


def reply_text(reply: Reply) -> str:
    """Return a reply as a visitor would read it, help first."""
    blocks = [_crisis(reply.crisis)] if reply.crisis else []
    blocks += [reply.message] if reply.message else []
    for answer in reply.answers:
        blocks.append(f"{answer.text}\n\n  Sources: {'; '.join(answer.sources)} (reviewed {answer.reviewed})")
    if reply.suggestions:
        blocks.append("\n".join(f"  * {suggestion.question}" for suggestion in reply.suggestions))
    return "\n\n".join(blocks)


def _crisis(crisis: Crisis) -> str:
    lines = [f"  {line.name}: {', '.join(f'{a.label} <{a.href}>' for a in line.actions)}" for line in crisis.helplines]
    return "\n".join([crisis.message, "", *lines, *([crisis.question] if crisis.question else [])])


def explanation(item: Explanation) -> str:
    """Return how one part of a message was decided."""
    lines = [
        f"{item.question!r}: {item.outcome}",
        f"  confidence {item.confidence:.4f}, margin {item.margin:.4f},"
        f" answers from {item.answer_threshold:.2f}, suggests from {item.suggest_threshold:.2f}",
        "  " + ", ".join(f"{name} {value:.3f}" for name, value in item.features.items()),
    ]
    for match in item.matches:
        scores = f"{match.score:.4f}  tfidf {match.tfidf:.3f}  fuzzy {match.fuzzy:.3f}"
        lines.append(f"  {match.id:<22} {scores}  {match.phrasing!r}")
    return "\n".join(lines)


def report_text(figures: Mapping[str, Any]) -> str:
    """Return the figures of an evaluation as tables."""
    rows = [("in scope", figures["in_scope"])]
    rows += [(f"  {voice}", shares) for voice, shares in figures["by_voice"].items()]
    rows += [("follow-ups", figures["follow_ups"]), ("two-part", figures["two_part"])]
    rows += [("out of scope", figures["out_of_scope"])]
    rows += [(f"  {kind}", shares) for kind, shares in figures["by_kind"].items()]
    tail = [
        f"best entry right (top 1)         {figures['top_1']:.3f}",
        f"AUROC in scope / out of scope    {figures['auroc']:.3f}",
        f"expected calibration error       {figures['calibration_error']:.3f}",
        "",
        "threshold  coverage  precision",
        *(f"{t:9.2f} {c:9.3f} {p:10.3f}" for t, c, p in figures["precision_coverage"][::2]),
        "",
        "answered wrong: expected, shown, times",
        *(f"  {expected:<22} {shown:<22} {times}" for expected, shown, times in figures["confusions"]),
    ]
    if peers := figures.get("peers"):
        tail += ["", f"{'engine':<42}{'top 1':>8}{'AUROC':>8}"]
        tail += [f"{peer['name']:<42}{peer['top_1']:>8.3f}{peer['auroc']:>8.3f}" for peer in peers]
    if surface := figures.get("surface"):
        tail += ["", "reply unchanged when typed otherwise"]
        tail += [f"  {change:<30}{share:.4f}" for change, share in surface["unchanged"].items()]
        tail += [f"answered right: {surface['right']:.4f} as typed, {surface['right_with_slips']:.4f} with two slips"]
    note = "Out of scope, wrong means answered although nothing answers it; offered means suggestions were shown."
    return "\n".join([_table(rows), note, "", *tail])


def report_page(figures: Mapping[str, Any], title: str = "How right the answers are") -> str:
    """Return the figures of an evaluation as one HTML page with the curves."""
    sure = [(confidence, right) for confidence, right, _ in figures["calibration"]]
    covered = [(coverage, precision) for _, coverage, precision in figures["precision_coverage"]]
    curves = plot(sure, "how sure the bot is", "share that is right", diagonal=True)
    curves += plot(covered, "in-scope questions answered", "precision")
    return page(title, f"{curves}<pre>{escape(report_text(figures))}</pre>")


def _table(rows: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    head = f"{'':<18}{'cases':>7}" + "".join(f"{name:>11}" for name in OUTCOMES)
    body = (
        f"{name:<18}{shares['cases']:>7}" + "".join(f"{shares[outcome]:>11.3f}" for outcome in OUTCOMES)
        for name, shares in rows
    )
    return "\n".join([head, *body])


def bench_text(figures: Mapping[str, Any]) -> str:
    """Return the figures of a bench as text; every time stands beside a plain phrasing lookup's in the same run."""
    reply, lookup = figures["reply_ms"], figures["lookup_ms"]
    lines = [
        f"a whole reply      median {reply['median']:.2f} ms, 99 % {reply['p99']:.2f} ms;"
        f" a bare lookup {lookup['median']:.2f} ms; ratio {reply['median'] / lookup['median']:.2f}",
        f"start to a reply   {figures['start_seconds']:.2f} s, {figures['start_mb']:.0f} MB",
        "",
        f"{'entries':>8}{'fit s':>9}{'rank ms':>10}{'99 %':>9}{'lookup ms':>11}{'peak MB':>9}",
    ]
    for scale in figures["scales"]:
        rank, base = scale["rank"], scale["baseline"]
        lines.append(
            f"{scale['entries']:>8}{scale['fit_seconds']:>9.1f}{rank['median']:>10.2f}{rank['p99']:>9.2f}"
            f"{base['median']:>11.2f}{scale['peak_mb']:>9.0f}"
        )
    return "\n".join(lines)
