import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { json, type SimRequest, type SimResponse } from "./types.ts";

/**
 * Loopback is no border: every page in the developer's browser may send requests there. A simulator answers none of them.
 * Programs send neither an Origin nor Sec-Fetch-Site, so for them nothing differs from the real systems.
 *
 * - Another site's page says so in Origin, or in Sec-Fetch-Site where there is no Origin (images, frames, links that are
 *   followed by a script). 127.0.0.1 on another port is the same site, yet another origin.
 * - A page whose name was made to point to 127.0.0.1 after it was loaded (DNS rebinding) is of one origin with us as far
 *   as the browser knows. Only Host tells, for such a page needs a name: addresses are safe, and so is localhost.
 */
export function refuseForeign({ headers }: SimRequest, allowedHosts: readonly string[]): SimResponse | undefined {
  const { host, origin } = headers;
  if (host !== undefined && !isOwnName(hostnameOf(host), allowedHosts)) {
    return refusal(`the simulator is not called "${host}"; if it is, allow that name (allowedHosts, --allowed-hosts)`);
  }
  if (origin !== undefined && !(host !== undefined && isOriginOf(origin, host))) {
    return refusal(`the simulator serves no pages of ${origin}`);
  }
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    return refusal(`the simulator serves no pages of other origins (${site})`);
  }
  return undefined;
}

/** The request comes from this machine, and from somebody who has read the token where the simulator printed it. */
export function refuseControl({ remoteAddress, headers, body }: SimRequest, token: string): SimResponse | undefined {
  if (!loopback.test(remoteAddress)) return refusal("the control interface is for loopback only");
  const [, sent = ""] = /^Bearer (.+)$/i.exec(headers.authorization ?? "") ?? [];
  if (!timingSafeEqual(digest(sent), digest(token))) {
    const where = '"simulate" prints it, a simulator in this process has it as controlToken';
    return json(401, { error: `the control interface needs "authorization: Bearer <control token>"; ${where}` });
  }
  // What a page can send without asking first is text, a form or nothing said at all.
  if (body !== "" && !/^application\/json\s*(;|$)/i.test(headers["content-type"] ?? "")) {
    return json(415, { error: 'arguments are JSON: send them with "content-type: application/json" (curl --json)' });
  }
  return undefined;
}

const loopback = /^(127\.|::1$|::ffff:127\.)/;
const refusal = (error: string) => json(403, { error });
/** Of one length, whatever was sent. */
const digest = (text: string) => createHash("sha256").update(text).digest();

const hostnameOf = (host: string) => host.replace(/:\d*$/, "").toLowerCase();

function isOwnName(name: string, allowedHosts: readonly string[]): boolean {
  if (isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0) return true;
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    allowedHosts.some((allowed) => allowed.toLowerCase() === name)
  );
}

function isOriginOf(origin: string, host: string): boolean {
  return URL.canParse(origin) && /^https?:/.test(origin) && new URL(origin).host === host.toLowerCase();
}
