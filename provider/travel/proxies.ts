// Which proxy stands between the provider and a host, as the environment says.
import { BlockList, isIP } from "node:net";
import { WayRefused } from "./errors.ts";
import type { Environment } from "./settings.ts";

export interface Proxies {
  /** Whether a request to there may meet one at all; undici knows the host names of `NO_PROXY` itself. */
  mayConcern(to: URL): boolean;
  /** With user and password in them; empty where there is none. @throws for a value that names no proxy */
  urls(): { readonly httpProxy: string; readonly httpsProxy: string };
  /** Hosts that are reached without. */
  readonly noProxy: string;
}

/**
 * The proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in lower case first, as other tools have it. This machine is
 * never asked through one, as with Go's tools, nor are networks in `NO_PROXY` (`10.0.0.0/8`).
 */
export function readProxies(environment: Environment): Proxies {
  const read = (name: string) => environment[name.toLowerCase()] || environment[name] || "";
  const noProxy = read("NO_PROXY");
  const near = networksOf(noProxy);
  const isNamed = Boolean(read("HTTPS_PROXY") || read("HTTP_PROXY"));
  return {
    noProxy,
    urls: () => ({ httpProxy: proxyUrl("HTTP_PROXY", read), httpsProxy: proxyUrl("HTTPS_PROXY", read) }),
    mayConcern({ hostname }) {
      const host = hostname.replace(/^\[|\]$/g, "");
      const family = isIP(host);
      const isNear = family ? near.check(host, `ipv${family as 4 | 6}`) : /^(?:.+\.)?localhost$/.test(host);
      return isNamed && !isNear;
    },
  };
}

function networksOf(noProxy: string): BlockList {
  const networks = new BlockList();
  for (const entry of ["127.0.0.0/8", "::1/128", ...noProxy.split(/[,\s]+/)]) {
    const [address = "", bits = ""] = entry.split("/");
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    // What is no network, such as a host name, is undici's.
    if (family && /^\d+$/.test(bits) && Number(bits) <= most) {
      networks.addSubnet(address, Number(bits), `ipv${family as 4 | 6}`);
    }
  }
  return networks;
}

/** A proxy's URL in the form that undici takes. What is wrong with one is said without it: it may hold a password. */
function proxyUrl(name: string, read: (name: string) => string): string {
  const text = read(name);
  if (text === "") return "";
  const whole = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || !isDecodable(url.username + url.password)) {
    throw new WayRefused(`${name} in the environment is not the URL of a proxy: http:// or https://, host and port.`);
  }
  Object.assign(url, { pathname: "/", search: "", hash: "" });
  return url.href;
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

/** What of the environment nobody may see: a proxy's password, in the forms in which it travels. */
export function proxySecrets(environment: Environment): string[] {
  return ["HTTPS_PROXY", "HTTP_PROXY"].flatMap((name) =>
    [environment[name.toLowerCase()], environment[name]].flatMap((text = "") => {
      const [, user = "", password = ""] = /^(?:[^/@]*:\/\/)?([^/@:]*):(.+)@[^@]*$/.exec(text) ?? [];
      if (password === "") return [];
      if (!isDecodable(user + password)) return [password];
      return [password, decodeURIComponent(password), `${decodeURIComponent(user)}:${decodeURIComponent(password)}`];
    }),
  );
}
