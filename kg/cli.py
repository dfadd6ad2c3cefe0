"""The command `kg`: each command parses its options, calls one function of the Python API, and prints."""

from __future__ import annotations

import functools
import json
import signal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

import kg
from kg.progress import track
from schemas.errors import InputError, PaperkgError, one_line


class Stopped(KeyboardInterrupt):
    """The system or another program asks this one to stop (SIGTERM): it ends as after Ctrl-C, with nothing half-written."""


class Commands(TyperGroup):
    """The commands; every problem that people can act on is one line on standard error, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command: exit status 1 for a problem with the input or a target, 130 when interrupted, 143 when told to stop."""
        try:
            return super().invoke(ctx)
        except PaperkgError as error:
            self._fail(str(error), 1)
        except Stopped as stop:
            self._fail(f"stopped; {stop.args[0] if stop.args else 'nothing was changed'}", 143)
        except KeyboardInterrupt as stop:
            self._fail(f"interrupted; {stop.args[0] if stop.args else 'nothing was changed'}", 130)
        except BrokenPipeError:
            raise  # the reader of our output has gone: typer ends quietly
        except UnicodeEncodeError as error:
            unknown = ascii(error.object[error.start])
            self._fail(f"standard output is {error.encoding}, which has no {unknown}; set PYTHONIOENCODING=utf-8, or write to a file", 1)
        except OSError as error:
            self._fail(one_line(f"{error.filename or 'standard output'}: {error.strerror or error}"), 1)

    @staticmethod
    def _fail(message: str, status: int) -> NoReturn:
        typer.echo(f"kg: {message}", err=True)
        raise typer.Exit(status)


if TYPE_CHECKING:
    from kg.scale.plan import ScaledBuild

app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


class EngineName(StrEnum):
    """What `kg build` runs on."""

    LOCAL = "local"
    SPARK = "spark"


class QueryFormat(StrEnum):
    """How `kg query` prints rows."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


Inputs = Annotated[list[str], typer.Argument(metavar="INPUT...", help="Files, folders, globs, or - for standard input.")]
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="A graph directory, as kg build writes it.")]
Format = Annotated[str | None, typer.Option("--format", help="Input format; recognised when not given.")]
Columns = Annotated[
    list[str],
    typer.Option("--columns", metavar="FIELD=NAME", help="Column or member that holds a field, as in title=Name; may be repeated."),
]
Year = Annotated[int | None, typer.Option(min=1000, max=9999, help="Year of the dates on daily-papers pages that come without one.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Count broken records and go on.")]
Model = Annotated[str, typer.Option(help="A shipped model, or a model folder.")]
MinConfidence = Annotated[float, typer.Option(min=0, max=1, help="Leave out entities below this confidence.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; by default all cores when there are many papers.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Extract every text anew, and keep no extractions for later builds.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]
OverridesFile = Annotated[
    Path | None,
    typer.Option("--overrides", metavar="FILE", help="TOML or CSV file that corrects the resolver: same, different, canonical."),
]
Renderer = Annotated[
    str | None, typer.Option(help="What draws the page: pyvis, canvas (for large graphs), or auto: by the number of nodes.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print figures as JSON.")]


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"kg {kg.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Lists of research papers -> a knowledge graph of methods, datasets, tasks, metrics and links."""


def _refuse(context: typer.Context, where: str, *names: str) -> None:
    """Wrong usage: options that change nothing `where` they were given."""
    sources = {name: context.get_parameter_source(name) for name in names}
    given = [name for name, source in sources.items() if source and source.name == "COMMANDLINE"]
    if given:
        raise typer.BadParameter(f"{where} there is no option --{given[0].replace('_', '-')}")


@app.command("build")
def build_command(
    context: typer.Context,
    inputs: Inputs,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Graph directory to write.")],
    format: Format = None,
    columns: Columns = [],  # noqa: B006
    year: Year = None,
    skip_bad: SkipBad = False,
    model: Model = kg.DEFAULT_MODEL,
    min_confidence: MinConfidence = 0.0,
    overrides: OverridesFile = None,
    workers: Workers = None,
    no_cache: NoCache = False,
    engine: Annotated[EngineName, typer.Option("--engine", help="spark: on Apache Spark (needs the extra spark).")] = EngineName.LOCAL,
    neo4j_import: Annotated[
        Path | None, typer.Option("--neo4j-import", metavar="FOLDER", help="With spark: also write a folder for Neo4j's import tool.")
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Read papers, extract, resolve, and write the graph directory DIR."""
    from kg import pipeline, summary

    read = _read_options(format, columns, year, skip_bad)
    if engine == EngineName.SPARK:
        _refuse(context, "with --engine spark", "workers", "no_cache")
        choices = {"read": read, "model": model, "min_confidence": min_confidence, "overrides": overrides, "neo4j_import": neo4j_import}
        figures = summary.of_scaled_build(_build_on_spark(inputs, output, **choices, quiet=quiet))
    elif neo4j_import:
        raise typer.BadParameter("is for --engine spark; write it with kg export DIR --to neo4j-import", param_hint="--neo4j-import")
    else:
        extract = pipeline.ExtractOptions(model, min_confidence, quiet, workers, _cache(no_cache))
        figures = summary.of_build(pipeline.build_and_save(inputs, output, read, extract, overrides))
    if as_json:
        typer.echo(json.dumps(figures))
    elif not quiet:
        summary.show(figures, f"graph directory {output}")


def _build_on_spark(inputs: list[str], output: Path, **options: Any) -> ScaledBuild:
    from kg import scale

    scale.check_installed()
    from kg.scale.plan import ScaleOptions

    return scale.build_alone(inputs, output, ScaleOptions(**options))


def _read_options(format: str | None, columns: list[str], year: int | None, skip_bad: bool) -> kg.ReadOptions:
    """The options of reading; a column is FIELD=NAME, and NAME may hold "="."""
    pairs = [column.partition("=") for column in columns]
    wrong = next((column for column, (_, equals, name) in zip(columns, pairs, strict=True) if not (equals and name)), None)
    if wrong is not None:
        raise typer.BadParameter(f"{wrong!r} is not FIELD=NAME, as in title=Name", param_hint="--columns")
    return kg.ReadOptions(format, year, skip_bad, {field.strip(): name for field, _, name in pairs})


@app.command("update")
def update_command(
    directory: Directory,
    inputs: Inputs,
    format: Format = None,
    columns: Columns = [],  # noqa: B006
    year: Year = None,
    skip_bad: SkipBad = False,
    model: Annotated[
        str | None, typer.Option(help="Folder of the model that DIR was made with, when it is none of the shipped ones.")
    ] = None,
    overrides: OverridesFile = None,
    workers: Workers = None,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Add papers to the graph directory DIR: only what is new is read and extracted."""
    from kg import growth, pipeline, summary

    read = _read_options(format, columns, year, skip_bad)
    extract = pipeline.ExtractOptions(quiet=quiet, workers=workers, cache=_cache(no_cache))
    done = growth.update(directory, inputs, read, extract, overrides, model)
    figures = summary.of_update(done)
    if as_json:
        typer.echo(json.dumps(figures))
    elif not quiet:
        summary.show_update(figures, f"graph directory {directory}")


def _cache(no_cache: bool) -> Path | None:
    from kg.reuse import cache_folder

    return None if no_cache else cache_folder()


@app.command("extract")
def extract_command(
    inputs: Inputs,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="JSON-lines file to write, or - for standard output.")
    ] = "-",
    format: Format = None,
    columns: Columns = [],  # noqa: B006
    year: Year = None,
    skip_bad: SkipBad = False,
    model: Model = kg.DEFAULT_MODEL,
    min_confidence: MinConfidence = 0.0,
    workers: Workers = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write what each record speaks of, one JSON line a record, in order."""
    from kg import pipeline, summary

    read = _read_options(format, columns, year, skip_bad)
    done = pipeline.extract_to(output, inputs, read, pipeline.ExtractOptions(model, min_confidence, quiet, workers))
    figures = summary.of_extraction(done)
    if as_json:
        typer.echo(json.dumps(figures), err=output == "-")
    elif not quiet:
        summary.show(figures, "standard output" if output == "-" else output, to_error=output == "-")


@app.command("resolve")
def resolve_command(
    names: Annotated[str, typer.Argument(metavar="NAMES.jsonl", help='JSON lines {"type", "name"}, or - for standard input.')],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="JSON-lines file to write, or - for standard output.")
    ] = "-",
    corpus: Annotated[
        Path | None, typer.Option("--corpus", metavar="DIR", help="A graph directory whose names and abbreviations to know.")
    ] = None,
    overrides: OverridesFile = None,
    skip_bad: SkipBad = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write the node of each name, one JSON line a name, in order: names with equal type and id are one thing."""
    from kg import pipeline, summary

    figures = summary.of_resolving(pipeline.resolve_to(output, names, corpus, overrides, skip_bad))
    if as_json:
        typer.echo(json.dumps(figures), err=output == "-")
    elif not quiet:
        summary.show_resolving(figures, "standard output" if output == "-" else output)


@app.command("explain")
def explain_command(
    directory: Directory,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name in any spelling, or a node's id.")],
    as_json: AsJson = False,
) -> None:
    """Print the node that NAME belongs to, its forms, and for each why it is there."""
    from kg import summary
    from kg.explain import explain

    found = explain(directory, name)
    if as_json:
        typer.echo(json.dumps([explanation.as_figures() for explanation in found], ensure_ascii=False))
    else:
        summary.show_explanations(found)


@app.command("export")
def export_command(
    directory: Directory,
    to: Annotated[str, typer.Option("--to", help=f"Format: {', '.join(sorted(kg.EXPORTERS))}.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", help="File or folder to write; by default DIR's name with the format's suffix."),
    ] = None,
    uri: Annotated[str | None, typer.Option(help="neo4j: the server, such as bolt://localhost:7687; by default NEO4J_URI.")] = None,
    user: Annotated[str | None, typer.Option(help="neo4j: who asks; by default NEO4J_USERNAME, else neo4j.")] = None,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="neo4j: holds the password; otherwise NEO4J_PASSWORD or a prompt.")
    ] = None,
    database: Annotated[str | None, typer.Option(help="neo4j: the database; by default the user's own.")] = None,
    name: Annotated[str | None, typer.Option("--graph", metavar="NAME", help="neo4j...: the graph's name; by default paperkg.")] = None,
    prune: Annotated[bool | None, typer.Option("--prune/--no-prune", help="neo4j: remove what DIR has no longer (default).")] = None,
    dry_run: Annotated[bool | None, typer.Option("--dry-run", help="neo4j: print what would change, write nothing.")] = None,
    renderer: Renderer = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write the graph in DIR in another format, or to a Neo4j server."""
    from kg import summary

    chosen = kg.exporter(to)
    options: dict[str, Any] = {"name": name, "database": database, "prune": prune, "dry_run": dry_run, "renderer": renderer}
    given = options | {"uri": uri, "user": user, "password_file": password_file, "output": output}
    _refuse_others(chosen, {option for option, value in given.items() if value is not None})
    options = {option: value for option, value in options.items() if value is not None}
    target: str | Path = output or Path(directory.resolve().name + chosen.suffix)
    if chosen.target == "server":
        from kg.server_login import find_login

        target, found_user, password = find_login(uri, user, password_file)
        options |= {"user": found_user, "password": password, "progress": functools.partial(track, quiet=quiet)}
    graph = kg.load(directory)
    try:
        report = kg.export(graph, to, target, **options)
    except KeyboardInterrupt as stop:
        raise type(stop)(*_UNFINISHED if chosen.target == "server" and not dry_run else ()) from stop
    if as_json:
        typer.echo(json.dumps(summary.of_export(report)))
    elif not quiet:
        notes = "".join(f"; {note}" for note in report.notes)
        typer.echo(f"{report.target}: {report.n_nodes} nodes, {report.n_edges} edges{notes}")


_UNFINISHED = ("the database may hold a part of it; run this again to finish",)


def _refuse_others(chosen: kg.Exporter, given: set[str]) -> None:
    """Wrong usage: an option that the format has not."""
    own = chosen.options | ({"uri", "user", "password_file"} if chosen.target == "server" else {"output"})
    others = sorted(f"--{ {'name': 'graph'}.get(option, option).replace('_', '-') }" for option in given - own)
    if others:
        raise typer.BadParameter(f"the format {chosen.name} has no option {', '.join(others)}")


@app.command("query")
def query_command(
    directory: Directory,
    cypher: Annotated[str | None, typer.Argument(metavar="[CYPHER]", help="The query; without it a prompt, or standard input.")] = None,
    parameters: Annotated[list[str], typer.Option("--param", metavar="NAME=VALUE", help="A value for $NAME, as JSON or text.")] = [],  # noqa: B006
    format: Annotated[QueryFormat, typer.Option("--format", help="How rows are printed.")] = QueryFormat.TABLE,
) -> None:
    """Answer Cypher queries on the graph in DIR with no server (needs the extra query)."""
    from kg import query_output, query_prompt
    from kg.query import open_graph, parameter

    values = dict(map(parameter, parameters))
    with open_graph(directory) as graph:

        def answer(text: str) -> None:
            query_output.show(graph.run(text, values), format)

        if cypher is None:
            query_prompt.ask(str(directory), answer)
        else:
            answer(cypher)


@app.command("view")
def view_command(
    directory: Directory,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Page to write; by default a temporary one.")
    ] = None,
    renderer: Renderer = None,
    quiet: Quiet = False,
) -> None:
    """Write the interactive page of the graph in DIR and open it in a browser."""
    from kg.browser import open_page, temporary_page

    graph = kg.load(directory)
    target = output or temporary_page(directory.resolve().name)
    report = kg.export(graph, "html", target, renderer=renderer or "auto")
    opened = open_page(target)
    if not quiet or not opened:
        typer.echo(f"{target.resolve()}: {report.notes[0]}" + ("" if opened else "; found no browser, open this file in one"))


@app.command("stats")
def stats_command(
    context: typer.Context,
    directory: Directory,
    show: Annotated[
        str | None, typer.Option(help="Instead: changes, coverage, leading, lineage, pairs, similar, topics or trends (docs/analysis.md).")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="leading, pairs, trends: of which nodes, such as Dataset.")] = None,
    name: Annotated[str | None, typer.Option(help="lineage, similar: of which method or paper; a name, title or id.")] = None,
    before: Annotated[Path | None, typer.Option(metavar="DIR", help="changes: since which graph directory.")] = None,
    by: Annotated[str | None, typer.Option(help="leading: papers, pagerank, betweenness or harmonic.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Print at most so many rows.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Print what the graph in DIR holds, or one analysis of it."""
    from kg import summary
    from kg.analyses import Asked, analyse

    asked = Asked(kind, name, before, by)
    _check_asked(show, asked.given())
    if show is not None:
        table = analyse(kg.load(directory), show, asked, top)
        typer.echo(json.dumps(table.rows, ensure_ascii=False)) if as_json else summary.show_table(table, f"{directory}: {show}")
        return
    _refuse(context, "without --show", "top")
    figures = summary.of_directory(directory)
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        summary.show(figures, str(directory))


def _check_asked(show: str | None, given: set[str]) -> None:
    """Wrong usage: an analysis that is not known, an option that it has not, or one that it needs and that is missing."""
    from kg.analyses import ANALYSES, Analysis

    if show is not None and show not in ANALYSES:
        raise typer.BadParameter(f"unknown {show!r}; choose one of {', '.join(ANALYSES)}", param_hint="--show")
    chosen = ANALYSES[show] if show else Analysis(lambda *_: ())
    others, missing = sorted(given - chosen.needs - chosen.takes), sorted(chosen.needs - given)
    if others:
        raise typer.BadParameter(f"{f'--show {show} has' if show else 'without --show there is'} no option --{others[0]}")
    if missing:
        raise typer.BadParameter(f"--show {show} needs --{missing[0]}")


@app.command("report")
def report_command(
    directory: Directory,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Page to write, .html or .md; - for Markdown on standard output.")
    ] = "-",
    top: Annotated[int, typer.Option(min=1, help="Rows of each table.")] = 15,
    title: Annotated[str, typer.Option(help="Heading of the report.")] = "Papers and what they speak of",
    quiet: Quiet = False,
) -> None:
    """Write a report of the field in DIR: counts, most frequent names, what rises, new datasets, topics, code."""
    from kg.report import report

    done = report(kg.load(directory), output, top=top, title=title)
    if not quiet and output != "-":
        typer.echo(f"{done.target}: {done.n_nodes} nodes, {done.n_edges} edges; {'; '.join(done.notes)}")


@app.command("evaluate")
def evaluate_command(
    context: typer.Context,
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help="Annotated papers, one JSON object a line.")],
    resolution: Annotated[
        bool, typer.Option("--resolution", help="Instead: resolve the annotated forms without their grouping, and compare with it.")
    ] = False,
    overrides: OverridesFile = None,
    model: Model = kg.DEFAULT_MODEL,
    min_confidence: MinConfidence = 0.0,
    bootstrap: Annotated[int, typer.Option(min=0, metavar="N", help="95 % intervals from N resamples of the papers.")] = 0,
    workers: Workers = None,
    errors: Annotated[int, typer.Option(min=0, metavar="N", help="Print the N worst errors.")] = 40,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare what a model extracts from annotated papers with their annotation."""
    from kg.evaluate import report
    from kg.evaluate.extraction import evaluate_extraction

    if resolution:
        _refuse(context, "with --resolution", "model", "min_confidence", "bootstrap", "workers", "errors")
        _evaluate_resolution(gold, overrides, as_json)
        return
    _refuse(context, "without --resolution", "overrides")
    done = evaluate_extraction(gold, model=model, min_confidence=min_confidence, samples=bootstrap, quiet=quiet, workers=workers)
    if as_json:
        typer.echo(json.dumps(report.as_values(done, errors)))
    else:
        report.show(done, errors)


def _evaluate_resolution(gold: Path, overrides: Path | None, as_json: bool) -> None:
    from kg import summary
    from kg.evaluate.resolution import evaluate_resolution

    figures = evaluate_resolution(gold, overrides)
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
    else:
        summary.show_resolution(figures, str(gold))


@app.command("train")
def train_command(
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help="Annotated papers, one JSON object a line.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Model folder to write.")],
    also: Annotated[list[Path], typer.Option(metavar="FILE", help="More annotated papers; none of them is held out.")] = [],  # noqa: B006
    raw: Annotated[list[Path], typer.Option(metavar="FILE", help="Papers without annotation (JSON lines, .gz), to adapt to.")] = [],  # noqa: B006
    exclude: Annotated[list[Path], typer.Option(metavar="FILE", help="Annotated papers that training must not see.")] = [],  # noqa: B006
    start: Annotated[Path | None, typer.Option(metavar="DIR", help="Files of an encoder; by default the installed MiniLM-L6.")] = None,
    base: Annotated[str | None, typer.Option(metavar="MODEL", help="Train this model further: default, fast, or a folder.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model; by default that of DIR.")] = None,
    version: Annotated[str, typer.Option(help="Version of the model.")] = "1",
    recipe: Annotated[str, typer.Option(help="default (a whole network) or fast (two layers, a pupil of default).")] = "default",
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the annotated papers.")] = None,
    seed: Annotated[list[int], typer.Option(help="Seed of a network; several make a model of their mean.")] = [],  # noqa: B006
    adapt_steps: Annotated[int | None, typer.Option(min=0, help="Steps of adaptation to the raw papers.")] = None,
    taught: Annotated[int | None, typer.Option(min=0, help="Raw papers that a teacher labels.")] = None,
    teacher: Annotated[list[str], typer.Option(metavar="MODEL", help="Model that labels them; of several, their mean.")] = [],  # noqa: B006
    quantizer: Annotated[str | None, typer.Option(help="dynamic (weights of 7 bits) or none (32).")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="In the end train on the held-out fifth too.")] = False,
    steps: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for what is done; by default DIR.steps.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Cores to use; by default all.")] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on annotated papers: one like the shipped ones, or your own (needs the extra train)."""
    from kg.train.recipe import changed, further, recipe_named
    from kg.train.run import Inputs, train

    if (taught or teacher) and not raw:
        raise InputError("--teacher" if teacher else "--taught", "there are no raw papers to label; name a file with --raw")
    if base and (start or adapt_steps or (raw and not teacher)):
        raise typer.BadParameter("with --base there is no --start and no adaptation; --raw needs the models that label: --teacher")
    inputs = Inputs(gold, tuple(raw), tuple(exclude), start, tuple(also))
    values = further(recipe_named(recipe), base) if base else recipe_named(recipe)
    values = changed(values, seeds=seed, epochs=epochs, adaptation_steps=adapt_steps, taught=taught)
    values = changed(values, teachers=teacher, quantizer=quantizer, everything=everything)
    done = train(inputs, output, values, name=name, version=version, steps=steps, threads=threads, quiet=quiet)
    if as_json:
        typer.echo(json.dumps({"model": done.label, "held_out_papers": done.n_held_out, "figures": done.figures}))
    elif not quiet:
        typer.echo(f"{output}: {done.label}; on {done.n_held_out} held-out papers: {done.summary}")


@app.command("schema")
def schema_command(
    record: Annotated[
        str | None, typer.Argument(metavar="[RECORD]", help="paper, extraction or manifest: its JSON Schema instead.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the graph's schema: nodes, edges, what may join what, properties."""
    from kg import summary
    from schemas.json_schema import graph_schema, json_schema

    if record is not None:
        typer.echo(json_schema(record), nl=False)
    elif as_json:
        typer.echo(json.dumps(graph_schema(), indent=2))
    else:
        summary.show_schema(graph_schema())


def main() -> None:
    """Entry point of the command `kg`."""
    signal.signal(signal.SIGTERM, _stop)
    app()


def _stop(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would break off the tidying up
    raise Stopped
