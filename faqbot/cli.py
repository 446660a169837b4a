"""The command line: arguments, printing, exit codes (0 fine, 1 not fine, 2 wrong use or unusable data)."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faqbot
from faqbot.errors import DataError, FaqbotError

if TYPE_CHECKING:
    from faqbot.corpus import Corpus


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    except FaqbotError as error:
        print(f"faqbot: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="faqbot", description=faqbot.__doc__)
    parser.add_argument("--version", action="version", version=faqbot.__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = _command(commands, "serve", _serve, "run the web service")
    serve.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (default: 8080)")

    ask = _command(commands, "ask", _ask, "ask one question")
    ask.add_argument("message")
    ask.add_argument("--site", help="the site to ask for (default: default)")
    ask.add_argument("--lang", help="the language of the page, such as en or es")
    ask.add_argument("--history", action="append", default=[], help="an earlier message; may be given more than once")
    ask.add_argument("--explain", action="store_true", help="tell what matched and how it was decided")
    ask.add_argument("--json", action="store_true", help="print the reply as JSON")

    check = _command(commands, "check", _check, "report every problem of every data file")
    check.add_argument("--json", action="store_true", help="print the problems as JSON")

    train = _command(commands, "train", _train, "learn from the corpus, ahead of the first start")
    train.add_argument("--vectors", action="store_true", help="first make data/vectors.npz anew (needs the extra minilm)")
    train.add_argument("--encoder", action="store_true", help="first make data/crisis/encoder.npz anew (needs the extra minilm, and an hour or several)")

    evaluate = _command(commands, "evaluate", _evaluate, "measure how right the bot is on labelled questions")
    evaluate.add_argument("--cases", type=Path, help="file of labelled questions (default: the held-out ones shipped)")
    evaluate.add_argument("--crisis", action="store_true", help="measure the noticing of danger instead")
    evaluate.add_argument("--peers", action="store_true", help="also measure other engines on the same corpus and cases")
    evaluate.add_argument("--surface", action="store_true", help="also measure what case, greetings, punctuation and typing slips change")
    evaluate.add_argument("--report", type=Path, help="also write a report page there")
    evaluate.add_argument("--json", action="store_true", help="print the figures as JSON")

    bench = _command(commands, "bench", _bench, "measure how fast things are, here and now")
    bench.add_argument("--crisis", action="store_true", help="measure the noticing of danger instead")
    bench.add_argument("--sizes", type=int, nargs="*", default=[64, 1000], help="entries of made-up corpora to rank")
    bench.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], what: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    command.set_defaults(run=run)
    command.add_argument("--data", type=Path, help="folder of the corpus (default: the one shipped, or FAQBOT_DATA)")
    return command


def _serve(options: argparse.Namespace) -> int:
    from faqbot.bot import load
    from faqbot.settings import load_settings
    from faqbot.web import serve

    settings = load_settings(data=options.data, host=options.host, port=options.port)
    print("faqbot is reading its corpus (the first time, or after an edit, it learns for some minutes)", flush=True)
    serve(load(settings.data), settings)
    return 0


def _ask(options: argparse.Namespace) -> int:
    from faqbot.bot import load
    from faqbot.show import explanation, reply_text

    reply = load(options.data).reply(options.message, options.history, options.lang, options.site)
    body = reply.as_json()
    if options.explain:
        body["explain"] = [asdict(item) for item in reply.explain]
    print(_json(body) if options.json else reply_text(reply))
    if options.explain and not options.json:
        print("\n".join(["", *map(explanation, reply.explain)]))
    return 0


def _check(options: argparse.Namespace) -> int:
    from faqbot.checks import check

    problems = check(options.data)
    errors = sum(problem.level == "error" for problem in problems)
    if options.json:
        print(_json([asdict(problem) for problem in problems]))
    else:
        print("\n".join([*map(str, problems), f"{errors} errors, {len(problems) - errors} warnings"]))
    return 1 if errors else 0


def _train(options: argparse.Namespace) -> int:
    from faqbot.bot import load
    from faqbot.files import shipped
    from faqbot.training import artifact

    data = options.data or shipped("data")
    if options.vectors:
        from faqbot.vectors import build

        print(f"{build(data / 'vectors.npz')} words")
    if options.encoder:
        from faqbot.cases import read_cases
        from faqbot.corpus import load_corpus
        from faqbot.danger.tuning import build as tune

        lines = chain.from_iterable(_everyday(load_corpus(data)).values())
        cases = [case.text for case in read_cases(data / "cases" / "calibration-en.jsonl")]
        print(f"{tune(data, [*lines, *cases])} messages")
    bot = load(options.data)
    for lang in bot.corpus.entries:
        print(artifact(bot.corpus, lang))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    if options.crisis:
        return _evaluate_crisis(options)
    from faqbot.bot import load
    from faqbot.cases import read_cases
    from faqbot.evaluation import evaluate
    from faqbot.files import write_whole
    from faqbot.peers import compare
    from faqbot.robustness import right_with_slips, unchanged
    from faqbot.show import report_page, report_text

    bot = load(options.data)
    cases = read_cases(options.cases or bot.corpus.root / "cases" / "heldout-en.jsonl")
    report = evaluate(bot, cases)
    figures = report.as_json()
    if options.surface:
        right, slipped = right_with_slips(bot, cases)
        figures["surface"] = {"unchanged": unchanged(bot, cases), "right": right, "right_with_slips": slipped}
    if options.peers:
        entries = [(entry.id, entry.phrasings) for entry in bot.corpus.entries["en"].values()]
        figures["peers"] = [asdict(standing) for standing in compare(entries, report)]
    if options.report:
        write_whole(options.report, report_page(figures).encode())
    print(_json(figures) if options.json else report_text(figures))
    return 0


def _evaluate_crisis(options: argparse.Namespace) -> int:
    from faqbot.corpus import load_corpus
    from faqbot.crisis import CrisisDetector
    from faqbot.danger.evaluation import evaluate_crisis, load_crisis_cases
    from faqbot.danger.report import crisis_page, crisis_table
    from faqbot.files import write_whole

    corpus = load_corpus(options.data)
    folder = corpus.root / "cases" / "crisis"
    cases = load_crisis_cases(options.cases or folder / "heldout.jsonl")
    everyday = (folder / "everyday.jsonl").read_text(encoding="utf-8").splitlines()
    unseen = {"everyday lines nothing was learned from": [json.loads(line)["text"] for line in everyday]}
    report = evaluate_crisis(cases, CrisisDetector.load(corpus.root), _everyday(corpus) | unseen)
    if options.report:
        write_whole(options.report, crisis_page(report).encode())
    print(_json(report.as_json()) if options.json else crisis_table(report))
    return 0


def _everyday(corpus: "Corpus") -> dict[str, list[str]]:
    """Return the lines of the FAQ: ordinary ones, but for a few."""
    return {
        "phrasings": [phrasing for entry in corpus.entries["en"].values() for phrasing in entry.phrasings],
        "off-topic lines": [line for kinds in corpus.off_topic.values() for lines in kinds.values() for line in lines],
    }


def _bench(options: argparse.Namespace) -> int:
    from faqbot.bench import replies, scales, start
    from faqbot.bot import load
    from faqbot.show import bench_text

    bot = load(options.data)
    if options.crisis:
        from faqbot.crisis import CrisisDetector
        from faqbot.danger.bench import bench_crisis

        asked = [phrasing for entry in bot.corpus.entries["en"].values() for phrasing in entry.phrasings[:8]]
        print(_json(bench_crisis(asked, CrisisDetector.load(bot.corpus.root)).as_json()))
        return 0
    seconds, megabytes = start()
    reply, lookup = replies(bot)
    figures = {
        "reply_ms": asdict(reply), "lookup_ms": asdict(lookup), "start_seconds": seconds, "start_mb": megabytes,
        "scales": [asdict(scale) for scale in scales(options.sizes)],
    }  # fmt: skip
    print(_json(figures) if options.json else bench_text(figures))
    return 0


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2)
