import { config, type File, isPage, written } from "./configSubject.ts";
import { type Ground, newestOf } from "./ground.ts";
import type { Dice } from "./random.ts";
import type { JsonObject } from "./shape.ts";
import type { Program, Site, Subject, World } from "./subject.ts";

interface WirePart {
  files: { name: string; contents: string }[];
}
interface WireStaged {
  uid: string;
  configName: string;
  configFiles: WirePart;
  auxFiles: WirePart;
}

const nameOf = ({ name }: Program) => String(name);

async function startSite(ground: Ground, number: number, own: string): Promise<Site> {
  const { control, send, inside, newRun, ...rest } = await ground.nim("StagedConfig", number, 0);
  const all = () =>
    ([...newestOf(control, "configs").values()] as unknown as WireStaged[]).filter(({ configName }) =>
      configName.startsWith(inside(own)),
    );
  const named = (program: Program) => all().find(({ configName }) => configName === inside(nameOf(program)));
  return {
    ...rest,
    newRun: () => newRun(),
    live(program) {
      const found = named(program);
      if (!found) return undefined;
      const files = [...found.configFiles.files, ...found.auxFiles.files].map(({ name, contents }) => ({
        path: name,
        content: written(Buffer.from(contents, "base64")),
      }));
      return { files };
    },
    everything: () => JSON.stringify(all()),
    count: () => all().length,
    async write(program, object) {
      const files = (object.files ?? []) as File[];
      const part = (isAux: boolean) => ({
        rootDir: "/",
        files: files
          .filter(({ path }) => isPage(path) === isAux)
          .map(({ path, content }) => ({
            name: path,
            contents: Buffer.from(content.slice(1), "latin1").toString("base64"),
          })),
      });
      const body = { configName: inside(nameOf(program)), externalId: "walk", configFiles: part(false) };
      const found = named(program);
      const path = found ? `/api/platform/v1/configs/${found.uid}` : "/api/platform/v1/configs";
      await send(found ? "PUT" : "POST", path, { ...body, auxFiles: part(true) });
    },
  };
}

/** A process remembers names of what it made: no two worlds have the same. */
let worlds = 0;

/** The same programs as of a config that is published, for something that is made and deleted. */
async function createWorld(dice: Dice, ground: Ground): Promise<World> {
  const published = await config.open(dice, ground);
  worlds += 1;
  const own = `walk-${worlds}-staged`;
  let sites = 0;
  const staged = ({ files, auxFiles, adopt }: Program, name: string): Program => ({
    name,
    externalId: "walk",
    files,
    ...(auxFiles !== undefined && { auxFiles }),
    ...(adopt === true && { adopt }),
  });
  return {
    untouchable: [],
    aside: ["externalId"],
    start: () => {
      sites += 1;
      return startSite(ground, sites, own);
    },
    shape: published.shape,
    program: () => staged(published.program(), own),
    others: (): JsonObject => ({}),
    rephrase: (given) => staged(published.rephrase(given), nameOf(given)),
    next: (given) => staged(published.next(given), dice.chance(0.03) ? dice.pick([own, `${own}-2`]) : nameOf(given)),
    wire: published.wire,
    argumentOf: published.argumentOf,
    elsewhere: (given) => staged(given, `${nameOf(given)}-directly`),
    samePlace: (a, b) => nameOf(a) === nameOf(b),
  };
}

export const staged: Subject = { name: "StagedConfig", carriesMark: false, open: createWorld };
