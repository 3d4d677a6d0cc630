import { type Ground, nimApi } from "./ground.ts";
import type { Dice } from "./random.ts";
import { type Json, type JsonObject, type ObjectShape, object, value } from "./shape.ts";
import type { Program, Site, Subject, World } from "./subject.ts";

/** A config as one list of files, whether NIM calls them config or aux: what agents read back is sorted anew. */
const shape: ObjectShape = object({
  files: {
    kind: "keyed",
    keyOf: ({ path }) => String(path),
    id: ["path"],
    // `files` is all of it: a file of somebody else's is a change of the one value, or an element of its own.
    maybeOne: true,
    of: object({ path: value(), content: value() }),
  },
});

export interface File extends JsonObject {
  path: string;
  /** The bytes, one character each, with a sign in front: an empty file is a file. */
  content: string;
}

/** A file as a program has it: text, or bytes in base64. */
type Content = string | { base64: string };

const bytesOf = (content: Content) =>
  typeof content === "string" ? Buffer.from(content) : Buffer.from(content.base64, "base64");
export const written = (bytes: Buffer) => `=${bytes.toString("latin1")}`;

const mainPath = "/etc/nginx/nginx.conf";
const baseline = "events {}\n";
const main = (workers: number) =>
  `worker_processes ${workers};\nevents {}\nhttp {\n  root /etc/nginx/html;\n  include /etc/nginx/conf.d/*.conf;\n}\n`;
const site = (word: string) => `server {\n  listen 8080;\n  return 200 "${word}";\n}\n`;

const filesOf = (program: Program) => (program.files ?? {}) as Record<string, Content>;
const auxOf = (program: Program) => (program.auxFiles ?? {}) as Record<string, Content>;
const listed = (files: Record<string, Content>): File[] =>
  Object.entries(files).map(([path, content]) => ({ path, content: written(bytesOf(content)) }));

interface WireConfig {
  configFiles: { files: { name: string; contents: string }[] };
  auxFiles: { files: { name: string; contents: string }[] };
}

async function startSite(ground: Ground, number: number): Promise<Site> {
  const { control, instances, newRun, send, ...rest } = await ground.nim("NginxConfig", number, "one of its own");
  const [{ hostname, systemUid, instanceUid } = { hostname: "", systemUid: "", instanceUid: "" }] = instances;
  const path = `${nimApi}/systems/${systemUid}/instances/${instanceUid}/config`;
  const contents = Buffer.from(baseline).toString("base64");
  const body = { configFiles: { rootDir: "/etc/nginx", files: [{ name: mainPath, contents }] } };
  await send("POST", path, body);
  await control.settled();
  const last = () => control.history.of(path).at(-1)?.body as WireConfig | undefined;
  const files = (): File[] => {
    const found = last();
    return [...(found?.configFiles.files ?? []), ...(found?.auxFiles.files ?? [])].map(({ name, contents: text }) => ({
      path: name,
      content: written(Buffer.from(text, "base64")),
    }));
  };
  /** Nobody has made anything of it yet. */
  const isBare = () => files().every((file) => file.path === mainPath && file.content === written(bytesOf(baseline)));
  return {
    ...rest,
    newRun: () => newRun({ instance: { systemUid, instanceUid } }),
    live: () => (isBare() ? undefined : { files: files() }),
    everything: () => JSON.stringify([control.history.of(path).length, files()]),
    count: () => (isBare() ? 0 : 1),
    async write(_program, object_) {
      const [is, wanted] = [files(), (object_.files ?? []) as File[]];
      const edit = (file: string, content: { base64: string } | null) =>
        control.editConfig({ target: hostname, path: file, content, user: "alice", via: "ui" });
      // The main file first: the others are read back because it names them.
      const inOrder = [...wanted].sort((a, b) => Number(b.path === mainPath) - Number(a.path === mainPath));
      for (const file of inOrder) {
        if (is.some((other) => other.path === file.path && other.content === file.content)) continue;
        await edit(file.path, { base64: Buffer.from(file.content.slice(1), "latin1").toString("base64") });
      }
      for (const file of is) if (!wanted.some((other) => other.path === file.path)) await edit(file.path, null);
    },
  };
}

const inBase64 = (text: string): Content => ({ base64: Buffer.from(text).toString("base64") });

const confs = ["a", "b", "c"].map((name) => `/etc/nginx/conf.d/${name}.conf`);
const pages = ["index.html", "x.txt", "y.txt"].map((name) => `/etc/nginx/html/${name}`);
export const isPage = (path: string) => pages.includes(path);

/** A process remembers what it configured: no two systems have the same uids. */
let worlds = 0;

function createWorld(dice: Dice, ground: Ground): World {
  worlds += 1;
  const world = worlds;
  let sites = 0;
  const always = { externalId: "walk", onDelete: { [mainPath]: baseline } };
  const made = (paths: string[], text: () => string) =>
    Object.fromEntries(dice.some(paths, 0, 3).map((path) => [path, text()]));
  const conf = () => site(dice.pick(["hello", "good morning"]));
  const page = (): Content =>
    dice.pick([
      "<h1>one</h1>",
      "two\r\n",
      "",
      { base64: "AAEC/v8=" },
      { base64: "iVBORw0KGgo=" },
      inBase64("<h1>one</h1>"),
    ]);
  const shuffled = (files: Record<string, Content>) => Object.fromEntries(dice.shuffled(Object.entries(files)));
  const program = (): Program => ({
    ...always,
    files: shuffled({ [mainPath]: main(1 + dice.below(2)), ...made(confs, conf) }),
    ...(dice.chance(0.6) && { auxFiles: Object.fromEntries(dice.some(pages, 1, 3).map((path) => [path, page()])) }),
  });
  const pathsOf = (given: Program) => Object.keys({ ...filesOf(given), ...auxOf(given) });
  return {
    untouchable: [],
    takesOver: true,
    start: () => {
      sites += 1;
      return startSite(ground, world * 1_000 + sites);
    },
    // An edit in the UI takes the commit away, so that a publish is right even where the files are as wanted.
    mustWrite: () => true,
    aside: ["externalId"],
    shape: () => shape,
    program,
    others: () => ({}),
    rephrase: (given) => ({
      ...given,
      files: shuffled(filesOf(given)),
      ...(given.auxFiles !== undefined && { auxFiles: shuffled(auxOf(given)) }),
    }),
    next(given) {
      const fresh = program();
      const files = { ...filesOf(given) };
      const aux = { ...auxOf(given) };
      for (const path of dice.some([mainPath, ...confs, ...pages], 1, 2)) {
        const [into, text] = pages.includes(path)
          ? [aux, page()]
          : [files, path === mainPath ? main(1 + dice.below(3)) : conf()];
        if (path !== mainPath && dice.chance(0.4)) delete into[path];
        else into[path] = text;
      }
      if (dice.chance(0.1)) return { ...fresh, ...(given.adopt === true && { adopt: true }) };
      const { auxFiles: _, ...rest } = given;
      return {
        ...rest,
        files: shuffled(files),
        ...(Object.keys(aux).length > 0 && { auxFiles: shuffled(aux) }),
      };
    },
    wire: (given) => ({ files: [...listed(filesOf(given)), ...listed(auxOf(given))] }),
    argumentOf: (field) => field,
    elsewhere: (given) => given,
    samePlace: () => true,
    isHidden: isHiddenPage,
    // Files that the program does not name; what it names, a first publish takes over.
    inTheWay: (given, live) => {
      const there = Object.keys(((live as JsonObject | undefined)?.files ?? {}) as JsonObject);
      return there.filter((path) => !pathsOf(given).includes(path));
    },
  };
}

/**
 * An agent reports what the config refers to. Where others have changed the config, a page that is not reported any more
 * may be gone, or may be there with nothing that refers to it.
 */
export function isHiddenPage(program: Program, live: Json, paths: readonly string[]): boolean {
  const there = ((live as JsonObject | undefined)?.files ?? {}) as Record<string, File>;
  const isConfigChanged = Object.entries(filesOf(program)).some(
    ([path, content]) => there[path]?.content !== written(bytesOf(content)),
  );
  const hidden = Object.keys(auxOf(program)).filter((path) => there[path] === undefined);
  return isConfigChanged && paths.every((path) => hidden.includes(path.slice("files.".length)));
}

/** Told apart from the others by what it is: it is always there, and `files` is all of it. */
export const config: Subject = {
  name: "NginxConfig",
  carriesMark: false,
  open: async (dice, ground) => createWorld(dice, ground),
};
