import { holdsData } from "./directives.ts";
import { type Edits, quote } from "./edits.ts";
import type { Directive } from "./parse.ts";

/**
 * What NGINX Plus and the modules of its packages know and the open-source binary behind the simulator does not. A
 * simulated Plus instance takes such a configuration all the same (docs/nim.md#nginx-plus): before `nginx -t` these go.
 */
const directives =
  /^(status_zone|api|status|health_check\w*|match|mgmt|sticky\w*|ntlm|queue|state|least_time|zone_sync\w*|keyval_zone|auth_jwt\w*|auth_oidc|oidc_provider|auth_require|session_log\w*|f4f\w*|hls\w*|internal_redirect|proxy_cache_purge|fastcgi_cache_purge|uwsgi_cache_purge|scgi_cache_purge|app_protect\w*|js_\w+|otel_\w+|http2|http3\w*|quic\w*|license_token|usage_report|resolver_status_zone|limit_req_status_zone|acme_\w+)$/;

const parameters: Record<string, RegExp> = {
  server: /^(slow_start=.*|route=.*|drain|resolve|service=.*)$/,
  resolver: /^status_zone=/,
  zone: /^(state|sync|timeout)(=|$)/,
};

/** Directives that define a variable: something must go on defining it. */
const definitions = new Set(["keyval", "auth_jwt_claim_set", "auth_jwt_header_set", "js_set", "js_var"]);

const isName = (address: string) => /^[a-z_][\w.-]*(:\d+)?$/i.test(address) && !/^localhost(:|$)/.test(address);

/** Takes out of a directive what only Plus knows and returns its name if there was such a thing. */
export function removePlus(directive: Directive, context: string[], edits: Edits): string | undefined {
  const { name, args } = directive;
  const end = directive.blockEnd ?? directive.end;
  if (definitions.has(name)) {
    const variable = args.find(({ value }, i) => value.startsWith("$") && (i > 0 || name !== "keyval"));
    edits.replace(directive.start, end, variable ? `map "" ${quote(variable.value)} { default ""; }` : "");
    return name;
  }
  // Beside the same address over TCP nothing must be left of it.
  if (name === "listen" && args.some(({ value }) => value === "quic")) {
    edits.remove(directive.start, end);
    return "listen quic";
  }
  // `match` is a block of health checks; inside other blocks the word is somebody's key (map, types, upstream names).
  if (directives.test(name) && !holdsData(context.at(-1))) {
    edits.remove(directive.start, end);
    return name;
  }
  const unknown = parameters[name];
  const found = unknown ? args.filter(({ value }) => unknown.test(value)) : [];
  for (const argument of found) edits.remove(argument.start, argument.end);
  const [address] = args;
  if (address && name === "server" && found.some(({ value }) => value === "resolve")) {
    // A name that Plus looks up while it runs, and may be nobody's until then.
    const [port = ""] = /:\d+$/.exec(address.value) ?? [];
    if (isName(address.value)) edits.replace(address.start, address.end, `127.0.0.1${port} down`);
  }
  return found[0] ? `${name} ${found[0].value}` : undefined;
}
