import { dirname, isAbsolute, resolve } from "node:path/posix";
import { type Directive, type Parsed, parse } from "./parse.ts";

/** The files of a simulated host by absolute path. */
export type Disk = ReadonlyMap<string, Buffer>;

export interface ConfigFile extends Parsed {
  path: string;
  text: string;
}

/** A configuration as nginx reads it: the main file and everything that its includes reach. */
export interface ConfigTree {
  mainPath: string;
  /** Main file first, the others sorted by path: the order in which an agent reports them (docs/nim.md#the-agent). */
  files: ConfigFile[];
  /** What an `include` reaches; undefined for every other directive. */
  included(directive: Directive): readonly ConfigFile[] | undefined;
  /** The directives of a block with those of the included files in the place of each `include`. */
  expand(directives: Directive[]): Directive[];
  /** Calls `visit` for every directive of every file; `context` has the names of the blocks around it. */
  walk(visit: (directive: Directive, context: string[]) => void): void;
}

/** Whose idea of a pattern counts: nginx has glob(3), an agent Go's `filepath.Glob` (docs/nim.md#the-agent). */
export type Reader = "nginx" | "agent";

export function readTree(disk: Disk, mainPath: string, reader: Reader = "nginx"): ConfigTree {
  const files = new Map<string, ConfigFile>();
  const includes = new Map<Directive, ConfigFile[]>();

  function load(path: string): ConfigFile | undefined {
    const known = files.get(path);
    const content = disk.get(path);
    if (known || !content) return known;
    const text = content.toString("latin1");
    const file: ConfigFile = { path, text, ...parse(text) };
    files.set(path, file);
    follow(file.directives);
    return file;
  }

  function follow(directives: Directive[]): void {
    for (const directive of directives) {
      if (directive.name === "include" && directive.args[0]) {
        // nginx resolves relative includes against the folder of the main file, whichever file they stand in.
        const pattern = resolvePath(mainPath, directive.args[0].value);
        const found = matchPaths(disk, pattern, reader).map(load);
        includes.set(
          directive,
          found.filter((file) => file !== undefined),
        );
      }
      if (directive.block) follow(directive.block);
    }
  }

  const main = load(mainPath);
  const others = [...files.values()].filter((file) => file !== main);
  others.sort((a, b) => (a.path < b.path ? -1 : 1));

  const expandOnce = (directives: Directive[], seen: ReadonlySet<Directive>): Directive[] =>
    directives.flatMap((directive) => {
      const included = includes.get(directive);
      if (!included || seen.has(directive)) return [directive];
      // A file may include itself; nginx refuses that, the simulator must only not loop.
      const inner = new Set(seen).add(directive);
      return included.flatMap((file) => expandOnce(file.directives, inner));
    });
  const expand = (directives: Directive[]) => expandOnce(directives, new Set());

  function walk(visit: (directive: Directive, context: string[]) => void): void {
    const descend = (directives: Directive[], context: string[]) => {
      for (const directive of expand(directives)) {
        visit(directive, context);
        if (directive.block) descend(directive.block, [...context, directive.name]);
      }
    };
    if (main) descend(main.directives, []);
  }

  return {
    mainPath,
    files: main ? [main, ...others] : others,
    included: (directive) => includes.get(directive),
    expand,
    walk,
  };
}

export function resolvePath(mainPath: string, path: string): string {
  // Dots lead to a file that is there under its own name, too: it must not be read as one that nobody has looked into.
  return isAbsolute(path) ? resolve(path) : resolve(dirname(mainPath), path);
}

function matchPaths(disk: Disk, pattern: string, reader: Reader): string[] {
  if (!/[*?[]/.test(pattern)) return [pattern];
  const general = pattern
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(/\[\\\^/g, "[^")
    .replace(/\*/g, "[^/]*")
    .replace(/\?/g, "[^/]");
  // In a shell's pattern only a dot stands for a dot at the start of a name.
  const source = reader === "agent" ? general : general.replace(/\[!/g, "[^").replace(/\/(?=\[)/g, "/(?!\\.)");
  try {
    const regExp = new RegExp(`^${source}$`);
    return [...disk.keys()].filter((path) => regExp.test(path)).sort();
  } catch {
    // Brackets that are no set of characters match nothing.
    return [];
  }
}
