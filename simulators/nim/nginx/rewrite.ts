import { basename, dirname, resolve } from "node:path/posix";
import { holdsData, isOpensslFile, type Kind, kindOf, modules } from "./directives.ts";
import { createEdits, type Edits, quote } from "./edits.ts";
import { createGuards, type GuardedBlock, type Guards } from "./guards.ts";
import type { Argument, Directive } from "./parse.ts";
import { removePlus } from "./plus.ts";
import type { ConfigTree } from "./tree.ts";

/** Where a configuration that was written for a whole machine runs instead. */
export interface RunPlace {
  /** Stands for `/` wherever nginx reads. */
  files: string;
  /** Stands for `/` wherever nginx writes: logs, caches, temporary files. */
  data: string;
  /** Nothing is there. */
  nowhere: string;
  /** In names that no configuration may use, and none can guess. */
  secret: string;
  /** The loopback address that stands for one that the configuration listens on. */
  listen(address: string): string | undefined;
  /** Path of a dynamic module that this nginx has. */
  module(file: string): string | undefined;
  /** Directives for every main file and for every `http` block that does not have them. */
  mainDefaults: string[];
  httpDefaults: { name: string; text: string }[];
  /** NGINX Plus: what only Plus knows is left out. */
  plus: boolean;
}

export interface Rewritten {
  files: Map<string, string>;
  /** Folders that must exist before nginx starts. */
  folders: Set<string>;
  /** What was left out because only Plus knows it. */
  leftOut: Set<string>;
  /** What cannot be kept to the instance's folder; then nothing of it may run. */
  refused: { reason: string; path: string; line: number }[];
}

/** Where nginx.org's packages, which agents find on most hosts, resolve relative paths of logs and roots. */
const prefix = "/etc/nginx";

/** What nginx does not know by this name, either. */
export const unknownName = (secret: string) => `unknown_${secret}_`;

interface Run {
  tree: ConfigTree;
  place: RunPlace;
  result: Rewritten;
  guards: Guards;
  /** The blocks around each directive, once for every way in which includes lead to it. */
  contexts: Map<Directive, string[][]>;
  /** Where blocks begin that may need definitions. */
  openings: { edits: Edits; position: number; block: GuardedBlock }[];
}

/** One directive of one file. */
interface Place {
  run: Run;
  directive: Directive;
  edits: Edits;
  path: string;
  context: string[];
  blocks: GuardedBlock[];
}

/** The copy of a configuration that really runs; every line stays on its line. */
export function rewrite(tree: ConfigTree, place: RunPlace): Rewritten {
  const result: Rewritten = { files: new Map(), folders: new Set(), leftOut: new Set(), refused: [] };
  const contexts: Run["contexts"] = new Map();
  tree.walk((directive, context) => contexts.set(directive, [...(contexts.get(directive) ?? []), context]));
  const run: Run = { tree, place, result, guards: createGuards(place.secret), contexts, openings: [] };
  const edited = tree.files.map((file) => {
    const edits = createEdits(file.text);
    if (file.text.includes("\0")) result.refused.push({ reason: "a NUL", path: file.path, line: 1 });
    const descend = (directives: Directive[]) => {
      for (const directive of directives) {
        if (rewriteDirective(run, directive, edits, file.path) && directive.block) descend(directive.block);
      }
    };
    descend(file.directives);
    return { path: file.path, edits };
  });
  for (const { edits, position, block } of run.openings) {
    const definitions = run.guards.definitions(block);
    if (definitions !== "") edits.insert(position, ` ${definitions}`);
  }
  for (const { path, edits } of edited) {
    result.files.set(path, (path === tree.mainPath ? mainStart(tree, place) : "") + edits.apply());
  }
  return result;
}

function mainStart(tree: ConfigTree, place: RunPlace): string {
  const loaded = new Set<string>();
  const blocks = new Set<string>();
  tree.walk(({ name, args }, context) => {
    if (name === "load_module" && args[0]) loaded.add(basename(args[0].value));
    if (context.length === 0) blocks.add(name);
  });
  // nginx.org's builds have these inside, Debian's beside the program.
  const modules = ["stream", "mail"].flatMap((block) => {
    const file = `ngx_${block}_module.so`;
    const found = blocks.has(block) && !loaded.has(file) && place.module(file);
    return found ? [`load_module ${quote(found)};`] : [];
  });
  return [...place.mainDefaults, ...modules, ""].join(" ");
}

/** Says whether to go on with what is in its block. */
function rewriteDirective(run: Run, directive: Directive, edits: Edits, path: string): boolean {
  const contexts = run.contexts.get(directive) ?? [[]];
  const context = contexts[0] ?? [];
  const outermost = new Set(contexts.map(([block]) => block));
  const blocks = (["http", "stream"] as const).filter((block) => outermost.has(block));
  const place: Place = { run, directive, edits, path, context, blocks };
  const { name } = directive;
  if (name === "include") rewriteInclude(place);
  if (contexts.every((around) => holdsData(around.at(-1)))) return true;
  if (run.place.plus) {
    const found = removePlus(directive, context, edits);
    if (found) run.result.leftOut.add(found);
    if (found === name || found === "listen quic") return false;
  }
  const kind = kindOf(name);
  if (kind === undefined) edits.insert(directive.start, unknownName(run.place.secret));
  else rewriters[kind](place);
  return kind !== undefined;
}

const rewriters: Record<Kind, (place: Place) => void> = {
  dropped: ({ directive, edits }) => edits.remove(directive.start, directive.end),
  root: (place) => {
    const [first] = place.directive.args;
    if (!first) return;
    // The URI is below it, and a rewrite may have led that anywhere.
    const uri = place.run.guards.path("$uri", place.blocks);
    const rest = hasVariable(first) ? guardedPath(place, first.value) : withSlash(first.value);
    if (rest !== undefined) set(place, first, place.run.place.files + uri + rest);
  },
  read: (place) => {
    const [first] = place.directive.args;
    if (!first || first.value.startsWith("data:")) return;
    if (/^(engine|store):/.test(first.value)) return refuse(place, `"${first.value}", which may be any file`);
    const path = pathOf(place, first);
    if (path !== undefined) set(place, first, place.run.place.files + path);
  },
  log: (place) => {
    const [first] = place.directive.args;
    if (!first || /^(off|stderr|memory:.*|\/dev\/(null|stdout|stderr))$/.test(first.value)) return;
    if (!first.value.startsWith("syslog:")) return rewriteWritten(place, first);
    set(
      place,
      first,
      first.value.replace(/(server=)unix:([^,]*)/gi, (_, key, path) => key + socketOf(place, path)),
    );
  },
  write: (place) => {
    const [first] = place.directive.args;
    const isSwitch = place.directive.name.endsWith("_store") && /^(on|off)$/.test(first?.value ?? "");
    if (first && !isSwitch) rewriteWritten(place, first);
  },
  pass: (place) => {
    const [first] = place.directive.args;
    if (!first) return;
    if (!hasVariable(first)) return rewriteSocket(place, first);
    if (/unix:/i.test(first.value)) return refuse(place, `"${first.value}", a socket whose path has a variable`);
    set(place, first, place.run.guards.address(first.value, place.blocks) + first.value);
  },
  openssl: (place) => {
    const [setting, value] = place.directive.args;
    if (!setting || !value || !isOpensslFile(setting.value)) return;
    if (/^\w+:/.test(value.value)) return refuse(place, `"${value.value}", which may be any file`);
    const path = pathOf(place, value);
    if (path !== undefined) set(place, value, place.run.place.files + path);
  },
  condition: (place) => {
    const { args } = place.directive;
    const test = args.findIndex(({ value }) => /^\(?!?-[fdex]$/.test(value));
    const operand = args[test + 1];
    if (test < 0 || !operand) return;
    const [, value = "", end] = /^(.*?)(\)?)$/s.exec(operand.value) ?? [];
    // These begin with the folder that stands for the root of the host.
    if (/^\$\{?(request_filename|document_root|realpath_root)\b/.test(value)) {
      if (hasDots(value)) return refuse(place, `"${value}", a path with a variable and dots`);
      return set(place, operand, place.run.guards.path(value, place.blocks) + value + end);
    }
    const path = value.includes("$") ? guardedPath(place, value) : withSlash(value);
    if (path !== undefined) set(place, operand, place.run.place.files + path + end);
  },
  // Wherever it stands, before everything else.
  include: () => {},
  module: (place) => {
    const { run, directive, edits } = place;
    const [first] = directive.args;
    if (!first) return;
    const file = basename(first.value);
    const found = modules.has(file) ? run.place.module(file) : undefined;
    if (found) set(place, first, found);
    else if (!run.place.plus) {
      // An open-source instance says that it does not find it, also where a program of that name was published.
      set(place, first, run.place.nowhere + resolve(prefix, first.value));
    } else {
      // Plus comes with modules that are not to be had here.
      edits.remove(directive.start, directive.end);
      run.result.leftOut.add(`load_module ${file}`);
    }
  },
  listen: (place) => {
    const { run, directive, edits } = place;
    const [first, ...rest] = directive.args;
    if (!first) return;
    const address = run.place.listen(first.value);
    if (address === undefined) return refuse(place, `"${first.value}", an address that it has no other one for`);
    set(place, first, address);
    for (const { value, start, end } of rest) {
      // Not for the socket that stands for the address.
      if (/^(ipv6only=.*|reuseport|fastopen=.*|deferred)$/.test(value)) edits.remove(start, end);
    }
  },
  plain: (place) => {
    const { run, directive, edits, context } = place;
    const { name, args, block } = directive;
    const [first] = args;
    if (name === "worker_processes" && first && /^(auto|\d+)$/.test(first.value)) set(place, first, "1");
    if (/^(server|auth_http|resolver|ssl_(ocsp|stapling)_responder)$/.test(name)) {
      for (const argument of args) rewriteSocket(place, argument);
    }
    if (!block) return;
    const has = (wanted: string) => run.tree.expand(block).some((inner) => inner.name === wanted);
    if (name === "http" && context.length === 0) {
      const missing = run.place.httpDefaults.filter((entry) => !has(entry.name)).map(({ text }) => text);
      const root = run.place.files + run.guards.path("$uri", ["http"]) + resolve(prefix, "html");
      if (!has("root")) missing.push(`root ${quote(root)};`);
      edits.insert(directive.end, ` ${missing.join(" ")}`);
    }
    if ((name === "http" || name === "stream") && context.length === 0) {
      run.openings.push({ edits, position: directive.end, block: name });
    }
    // A server without one listens on port 80, for the master of a real host runs as root.
    const isHttpServer =
      name === "server" && context.at(-1) !== "upstream" && !/^(stream|mail)$/.test(context[0] ?? "");
    if (isHttpServer && !has("listen")) edits.insert(directive.end, ` listen ${run.place.listen("80")};`);
  },
};

/** nginx is told each file by name: what it reads as configuration is what has been looked through here. */
function rewriteInclude(place: Place): void {
  const { run, directive, edits } = place;
  const included = run.tree.included(directive);
  const [first] = directive.args;
  // nginx refuses every other form.
  if (!included || !first || directive.args.length !== 1 || directive.block) return;
  const odd = included.find(({ path }) => /[*?[\\]/.test(path));
  if (odd) refuse(place, `"${odd.path}", a name that nginx takes for a pattern`);
  const isPattern = /[*?[]/.test(first.value);
  const paths = included.length === 0 && !isPattern ? [resolve(prefix, first.value)] : included.map(({ path }) => path);
  const texts = paths.map((path) => `include ${quote(run.place.files + path)};`);
  if (texts.length === 0) edits.remove(directive.start, directive.end);
  else edits.replace(directive.start, directive.end, texts.join(" "));
}

function rewriteWritten(place: Place, argument: Argument): void {
  const { result, place: where } = place.run;
  const path = pathOf(place, argument);
  if (path === undefined) return;
  set(place, argument, where.data + path);
  const folder = hasVariable(argument) ? staticFolder(argument.value) : dirname(path);
  result.folders.add(where.data + folder);
}

/** Addresses of sockets, also in URLs: `http://unix:/run/app.sock:/uri`. */
function rewriteSocket(place: Place, argument: Argument): void {
  const [, scheme = "", path, uri = ""] = /^([a-z]+:\/\/)?unix:([^:]+)(:.*)?$/is.exec(argument.value) ?? [];
  if (path !== undefined) set(place, argument, scheme + socketOf(place, path) + uri);
}

/** A socket that the configuration listens on has a place of its own. */
function socketOf({ run }: Place, path: string): string {
  return run.place.listen(`unix:${path}`) ?? `unix:${run.place.data}${resolve("/", path)}`;
}

/** Where nginx works out variables when it uses the path. */
const takesVariables = /^(root|alias|access_log|auth_basic_user_file|(\w+_)?ssl_certificate(_key)?|\w+_store)$/;

/** A path from the root of the simulated host. Dots in it lead as far as that, and no further. */
function pathOf(place: Place, argument: Argument): string | undefined {
  if (!hasVariable(argument)) return withSlash(argument.value);
  if (takesVariables.test(place.directive.name)) return guardedPath(place, argument.value);
  refuse(place, `"${argument.value}", a path with a variable`);
  return undefined;
}

function guardedPath(place: Place, value: string): string | undefined {
  const folder = staticFolder(value);
  const rest = value.slice(value.lastIndexOf("/", value.indexOf("$")) + 1);
  if (hasDots(rest)) {
    refuse(place, `"${value}", a path with a variable and dots`);
    return undefined;
  }
  const whole = `${value.startsWith("$") || folder === "/" ? "" : folder}/${rest}`;
  return place.run.guards.path(whole, place.blocks) + whole;
}

/** What is certain of the folder of a path with variables. */
const staticFolder = (value: string) => {
  const known = value.slice(0, value.indexOf("$"));
  return known === "" ? "/" : resolve(prefix, known.slice(0, known.lastIndexOf("/") + 1));
};

const withSlash = (path: string) => {
  const resolved = resolve(prefix, path);
  return path.endsWith("/") && resolved !== "/" ? `${resolved}/` : resolved;
};

const hasVariable = ({ value }: Argument) => value.includes("$");
const hasDots = (path: string) => /(^|\/)\.\.(\/|$)/.test(path);

function set({ edits }: Place, { start, end }: Argument, value: string): void {
  edits.replace(start, end, quote(value));
}

function refuse({ run, directive, path }: Place, reason: string): void {
  run.result.refused.push({ reason: `${directive.name} ${reason}`, path, line: directive.line });
}
