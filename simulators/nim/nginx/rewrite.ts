import { basename, dirname, isAbsolute, resolve } from "node:path/posix";
import { createEdits, type Edits, quote } from "./edits.ts";
import type { Directive } from "./parse.ts";
import { removePlus } from "./plus.ts";
import type { ConfigTree } from "./tree.ts";

/** Where a configuration that was written for a whole machine runs instead. */
export interface RunPlace {
  /** Stands for `/` wherever nginx reads. */
  files: string;
  /** Stands for `/` wherever nginx writes: logs, caches, temporary files. */
  data: string;
  /** The loopback address that stands for one that the configuration listens on. */
  listen(address: string): string;
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
}

/** What only makes sense for the one nginx of a machine. */
const dropped =
  /^(user|pid|daemon|master_process|lock_file|working_directory|worker_(cpu_affinity|priority|rlimit_\w+))$/;
const readPaths =
  /^(include|root|alias|auth_basic_user_file|(\w+_)?ssl_(certificate|certificate_key|trusted_certificate|client_certificate|crl|dhparam|password_file|session_ticket_key|stapling_file))$/;
const logs = /^(access_log|error_log)$/;
const writePaths = /^(\w+_temp_path|\w+_cache_path)$/;
/** Where nginx.org's packages, which agents find on most hosts, resolve relative paths of logs and roots. */
const prefix = "/etc/nginx";

/** The copy of a configuration that really runs; every line stays on its line. */
export function rewrite(tree: ConfigTree, place: RunPlace): Rewritten {
  const result: Rewritten = { files: new Map(), folders: new Set(), leftOut: new Set() };
  for (const file of tree.files) {
    const edits = createEdits(file.text);
    const descend = (directives: Directive[], context: string[]) => {
      for (const directive of directives) {
        rewriteDirective(directive, context, edits, tree, place, result);
        if (directive.block) descend(directive.block, [...context, directive.name]);
      }
    };
    descend(file.directives, []);
    const isMain = file.path === tree.mainPath;
    result.files.set(file.path, (isMain ? mainStart(tree, place) : "") + edits.apply());
  }
  return result;
}

function mainStart(tree: ConfigTree, place: RunPlace): string {
  const loaded = new Set<string>();
  let usesStream = false;
  tree.walk(({ name, args }, context) => {
    if (name === "load_module" && args[0]) loaded.add(basename(args[0].value));
    if (name === "stream" && context.length === 0) usesStream = true;
  });
  // nginx.org's builds have it inside, Debian's beside the program.
  const stream = usesStream && !loaded.has("ngx_stream_module.so") && place.module("ngx_stream_module.so");
  const modules = stream ? [`load_module ${quote(stream)};`] : [];
  return [...place.mainDefaults, ...modules, ""].join(" ");
}

function rewriteDirective(
  directive: Directive,
  context: string[],
  edits: Edits,
  tree: ConfigTree,
  place: RunPlace,
  result: Rewritten,
): void {
  const { name, args, block } = directive;
  const [first] = args;
  const setFirst = (value: string) => first && edits.replace(first.start, first.end, quote(value));
  if (place.plus) {
    const found = removePlus(directive, context, edits);
    if (found) result.leftOut.add(found);
  }
  if (dropped.test(name)) edits.remove(directive.start, directive.end);
  else if (name === "worker_processes" && /^(auto|\d+)$/.test(first?.value ?? "")) setFirst("1");
  else if (name === "load_module" && first) rewriteModule(directive, edits, place, result);
  else if (readPaths.test(name) && first && isFile(first.value)) setFirst(readable(first.value, place));
  else if (logs.test(name) && first && isLogFile(first.value)) setFirst(writable(first.value, place, result));
  else if (writePaths.test(name) && first) setFirst(writable(first.value, place, result));
  else if (name === "listen" && first) {
    setFirst(place.listen(first.value));
    for (const { value, start, end } of args.slice(1)) {
      // Not for the socket that stands for the address.
      if (/^(ipv6only=.*|reuseport|fastopen=.*|deferred)$/.test(value)) edits.remove(start, end);
    }
  }
  if (!block) return;
  const has = (wanted: string) => tree.expand(block).some((inner) => inner.name === wanted);
  if (name === "http") {
    const missing = place.httpDefaults.filter((entry) => !has(entry.name));
    edits.insert(directive.end, ` ${missing.map(({ text }) => text).join(" ")}`);
  }
  // A server without one listens on port 80, for the master of a real host runs as root.
  const isHttpServer = name === "server" && context.at(-1) !== "upstream" && !context.includes("stream");
  if (isHttpServer && !has("listen")) edits.insert(directive.end, ` listen ${place.listen("80")};`);
}

function rewriteModule(directive: Directive, edits: Edits, place: RunPlace, result: Rewritten): void {
  const file = basename(directive.args[0]?.value ?? "");
  const found = place.module(file);
  if (found) edits.replace(directive.args[0]?.start ?? 0, directive.args[0]?.end ?? 0, quote(found));
  // Plus comes with modules that are not to be had here; an open-source instance says that it does not find it.
  else if (place.plus) {
    edits.remove(directive.start, directive.end);
    result.leftOut.add(`load_module ${file}`);
  }
}

/** Not a variable, and not one of the other things that OpenSSL takes for a certificate. */
const isFile = (value: string) => !/^(\$|data:|engine:|store:)/.test(value);

/** Dots in a path lead as far as the root of the simulated host, and no further. */
function readable(path: string, place: RunPlace): string {
  const slash = path.endsWith("/") && path !== "/" ? "/" : "";
  return place.files + resolve(prefix, path) + slash;
}

const isLogFile = (value: string) => value !== "off" && !/^(stderr$|syslog:|memory:|\/dev\/)/.test(value);

function writable(path: string, place: RunPlace, result: Rewritten): string {
  const target = place.data + (isAbsolute(path) ? path : resolve(prefix, path));
  result.folders.add(dirname(target.replace(/\$.*/, "x")));
  return target;
}
