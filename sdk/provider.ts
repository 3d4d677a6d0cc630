import * as pulumi from "@pulumi/pulumi";
import type { NimProviderInputs } from "../provider/nim/settingsTypes.ts";
import type { NsxProviderInputs } from "../provider/nsx/settingsTypes.ts";
import { expectReachable } from "./reachable.ts";
import type { Args } from "./resource.ts";

/** Arguments of a {@link Provider} for NSX. */
export interface NsxProviderArgs extends Args<NsxProviderInputs> {}

/** Arguments of a {@link Provider} for NGINX Instance Manager. */
export interface NimProviderArgs extends Args<NimProviderInputs> {}

/** Arguments of {@link Provider}. */
export interface ProviderArgs {
  /** The NSX of `NsxSegment`. */
  nsx?: NsxProviderArgs;
  /** The NGINX Instance Manager of `NginxConfig`, `Certificate` and `Role`. */
  nim?: NimProviderArgs;
}

/** What the state shows of an argument. */
type Sort = "plain" | "secret";

const nsx: Record<keyof NsxProviderInputs, Sort> = {
  endpoint: "plain",
  auth: "plain",
  username: "plain",
  password: "secret",
  clientCertificate: "plain",
  clientKey: "secret",
  clientKeyPassphrase: "secret",
  token: "secret",
  vmcRefreshToken: "secret",
  vmcClientId: "plain",
  vmcClientSecret: "secret",
  vmcAuthUrl: "plain",
  caCertificate: "plain",
  thumbprint: "plain",
  insecureSkipVerify: "plain",
  timeout: "plain",
  ignoreTags: "plain",
  maxRequestsPerSecond: "plain",
  maxConcurrency: "plain",
  onConflict: "plain",
  writeStrategy: "plain",
  allowOverwrite: "plain",
};

const nim: Record<keyof NimProviderInputs, Sort> = {
  endpoint: "plain",
  apiVersion: "plain",
  basePath: "plain",
  auth: "plain",
  username: "plain",
  password: "secret",
  token: "secret",
  oidcTokenUrl: "plain",
  oidcClientId: "plain",
  oidcClientSecret: "secret",
  oidcScope: "plain",
  caCertificate: "plain",
  thumbprint: "plain",
  insecureSkipVerify: "plain",
  timeout: "plain",
  ignoreTags: "plain",
  maxRequestsPerSecond: "plain",
  maxConcurrency: "plain",
};

const systems: Record<keyof ProviderArgs, Readonly<Record<string, Sort>>> = { nsx, nim };

/**
 * A second NSX or NGINX Instance Manager in a stack. Resources go there with `{ provider }`, those of a component with
 * `{ providers: [provider] }`; all others stay with what the stack's configuration says, of which an explicit provider
 * takes nothing.
 *
 * What is left out comes from the environment: from variables with the provider's name in them (`NSX_DC2_ENDPOINT` for
 * `dc2`), or else from those without it (`NSX_ENDPOINT`). What logs in comes from the former even where it is given here,
 * because `refresh` and `destroy` read arguments from the state, where a password may be an old one: `NSX_DC2_PASSWORD`.
 * In the name of a variable, everything but letters and digits is an underscore.
 *
 * A change of any argument updates the provider and replaces nothing. A resource that is given another provider is not
 * moved there: it needs another name as well, so that it is made there and deleted here.
 *
 * @example
 * const dc2 = new Provider("dc2", {
 *   nsx: { endpoint: "https://nsx.dc2.example.com", username: "pulumi", password: config.requireSecret("dc2Password") },
 *   nim: { endpoint: "https://nim.dc2.example.com", token: config.requireSecret("dc2Token") },
 * });
 * new NsxSegment("web-dc2", { segmentId: "web" }, { provider: dc2 });
 */
export class Provider extends pulumi.ProviderResource {
  constructor(name: string, args: ProviderArgs = {}, options?: pulumi.ResourceOptions) {
    const what = `Provider "${name}"`;
    expectReachable(what);
    const stated = { "provider:name": name, ...settings(what, args) };
    // All resources of this package belong to Pulumi's own dynamic provider.
    super("pulumi-nodejs", name, stated, options);
    Object.defineProperty(this, ownSettings, { value: stated });
  }
}

/** Also found on a provider that another copy of this package has made. */
const ownSettings = Symbol.for("pulumi-nginx-nsx/settings");

/** Whether a provider is a {@link Provider}. */
export function isProvider(provider: pulumi.ProviderResource): boolean {
  return ownSettings in provider;
}

/**
 * The settings of a {@link Provider} under the keys that they have in a stack's configuration, without those of the other
 * system, which may be unknown yet or never come to be.
 */
export function settingsOf(
  provider: pulumi.ProviderResource,
  system: string,
): pulumi.Output<Readonly<Record<string, string>>> {
  const all = (provider as unknown as Record<symbol, pulumi.Inputs>)[ownSettings] ?? {};
  const other = Object.keys(systems).filter((name) => name !== system);
  const own = Object.entries(all).filter(([key]) => !other.some((name) => key.startsWith(`${name}:`)));
  return pulumi.output(Object.fromEntries(own));
}

/** The arguments as texts under the keys that they have in a stack's configuration, which is how a provider reads them. */
function settings(what: string, args: ProviderArgs): pulumi.Inputs {
  refuseUnknown(what, "", args, systems);
  return Object.fromEntries(
    Object.entries(systems).flatMap(([system, sorts]) => {
      const given: pulumi.Inputs = args[system as keyof ProviderArgs] ?? {};
      refuseUnknown(what, `${system}.`, given, sorts);
      const stated = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
      return stated.map(([key, value]) => [
        `${system}:${key}`,
        (sorts[key] === "secret" ? pulumi.secret(value) : pulumi.output(value)).apply(textOf),
      ]);
    }),
  );
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** @throws RunError, which Pulumi shows without a stack trace */
function refuseUnknown(what: string, above: string, given: object, known: object): void {
  if (pulumi.Output.isInstance(given)) {
    const whole = above.slice(0, -1) || "args";
    throw new pulumi.RunError(
      `${what}: ${whole} must be an object here, not an output of one; its values may be outputs.`,
    );
  }
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(known, key));
  if (unknown.length === 0) return;
  const list = (keys: readonly string[]) => keys.map((key) => above + key).join(", ");
  throw new pulumi.RunError(`${what} has no argument ${list(unknown)}. It has ${list(Object.keys(known))}.`);
}
