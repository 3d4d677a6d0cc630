// The API's version, which stands in every path. NIM does not say which ones it has, and what its gateway answers for a path
// of another one looks like an outage or like an object that is gone.
import { z } from "zod";
import { hasStatus, isKind, sentenceOf } from "../travel/errors.ts";
import { readJson } from "../travel/json.ts";
import type { Request, Transport } from "../travel/transport.ts";
import type { NimSettings } from "./settings.ts";

/** NIM has its API in another version than the one that it is asked in: no answer says anything of any object. */
export class OtherVersion extends Error {
  override readonly name = "OtherVersion";
  readonly what: string;
  /** The setting that would be right, in words. */
  readonly wayOut: string;

  constructor(what: string, wayOut: string) {
    super(`${what} ${wayOut}`);
    this.what = what;
    this.wayOut = wayOut;
  }
}

/** Statuses of a path that nobody has; 410 is what one that was retired may answer. */
const unmapped = [404, 410, 502];

/** The version after which this provider is made (guide: "Versioning"). */
const made = 1;

const anyObject = z.record(z.string(), z.unknown());

/**
 * Sends requests, and tells a server of another version from an outage and from an object that is gone. Until an answer has
 * shown that the configured version is there, such an error has both asked for: once in a process, and only reading.
 */
export function inOneVersion(
  config: Pick<NimSettings, "endpoint" | "basePath" | "versionIn" | "placesOf">,
  send: Transport,
): Transport {
  const [, root = "", own = ""] = /^(.*)\/v(\d+)$/.exec(config.basePath) ?? [];
  let isThere = own === "";
  let search: Promise<string | undefined> | undefined;

  const ask = (version: string, { limit }: Request) =>
    send({
      method: "GET",
      path: `${root}/${version}/userinfo`,
      headers: { accept: "application/json" },
      once: true,
      limit,
    });

  /** Whatever else fails there, the version is known then. */
  async function lacks(version: string, request: Request): Promise<boolean> {
    return ask(version, request).then(
      () => false,
      (error) => hasStatus(error, ...unmapped),
    );
  }

  /** Whether it is NIM that answers there, if only that this account may not ask. */
  async function has(version: string, request: Request): Promise<boolean> {
    return ask(version, request).then(
      ({ body }) => readJson(body, anyObject) !== undefined,
      (error) => isKind(error, "denied") && error.code !== undefined,
    );
  }

  async function find(request: Request): Promise<string | undefined> {
    if (!(await lacks(`v${own}`, request))) return undefined;
    for (const other of othersThan(Number(own))) {
      if (await has(`v${other}`, request)) return `v${other}`;
    }
    return undefined;
  }

  return async (request) => {
    try {
      const answer = await send(request);
      isThere = true;
      return answer;
    } catch (error) {
      if (isThere || !hasStatus(error, ...unmapped)) throw error;
      // Of an object itself only NIM speaks, and of a version only who has another one.
      if (isKind(error, "gone") && !error.words.includes(`v${own}`)) throw error;
      search ??= find(request);
      const other = await search;
      if (other === undefined) throw error;
      throw new OtherVersion(
        `NGINX Instance Manager at ${config.endpoint} has its API in version ${other}, and is asked in v${own}, which it does not have: ${sentenceOf(error)} So nothing is known of any object, and nothing was changed.`,
        wayOut(other),
      );
    }
  };

  function wayOut(other: string): string {
    const value = config.versionIn === "basePath" ? `${root}/${other}` : other;
    const warning = other === `v${made}` ? "" : ` This provider is made after v${made}: look at a preview first.`;
    return `Give ${value} as ${config.placesOf([config.versionIn])}.${warning}`;
  }
}

/** The nearest first, and the one after which this provider is made. */
function othersThan(own: number): Set<number> {
  const near = [1, -1, 2, -2, 3].map((step) => own + step).filter((version) => version > 0);
  return new Set([...near, made].filter((version) => version !== own));
}
