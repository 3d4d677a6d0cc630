// Settings that both systems have, and how any is read: from an explicit provider, the stack or the environment.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { inWords } from "./inWords.ts";
import { nearest } from "./nearest.ts";

/**
 * Reads one value of the stack's configuration or of an explicit provider, such as `nsx:endpoint`. Of a secret output that
 * turned out to hold nothing Pulumi makes null.
 */
export type ConfigReader = (key: string) => string | null | undefined;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where an explicit provider keeps its own name, by which it has variables of its own: `NSX_DC2_PASSWORD`. */
export const providerName = "provider:name";

export const flag = z.enum(["true", "false"]).transform((text) => text === "true");

const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be a URL, such as https://host.example.com" })
  .transform((url) => new URL(url))
  .refine(({ username, password }) => !username && !password, "leave user and password out of it")
  .refine(({ search, hash }) => !search && !hash, "leave ? and # out of it")
  .refine(isSafe, "over http anybody on the way could read what logs in; only this machine itself may be asked so");

/** The URL of a host, behind a reverse proxy with the path at which it stands there; without a slash at its end. */
const endpointUrl = httpUrl.transform(({ origin, pathname }) => withoutTrailingSlashes(origin + pathname));

/** The URL of something that is sent a secret. */
export const secretUrl = httpUrl.transform(({ href }) => href);

/** Only the host of something that is sent a secret. */
export const secretOrigin = httpUrl.transform(({ origin }) => origin);

/** Whether what is sent there can be read by nobody else. */
function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

/**
 * A file's text, or the text itself. What is neither is not shown, for it may be a secret in another form, such as a key in
 * base64.
 */
function textOrFile(isText: (text: string) => boolean, isRight: (text: string) => boolean, what: string) {
  return z.string().transform((given, context) => {
    const report = (message: string) => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    if (isText(given)) return isRight(given) ? given : report(`it has no ${what} in it`);
    try {
      const text = readFileSync(given, "utf8");
      return isRight(text) ? text : report(`there is no ${what} in ${given}`);
    } catch (error) {
      const { code = "unreadable" } = error as { code?: string };
      return report(`it is neither the text of a ${what} nor a file that can be read (${code})`);
    }
  });
}

const isPem = (text: string) => text.includes("-----BEGIN");

/** Certificates, as PEM text or as the path of a PEM file. Without one in it, Node would go by its own and say nothing. */
export const certificatePem = textOrFile(isPem, (text) => text.includes("-----BEGIN CERTIFICATE-----"), "certificate");

/** A private key, as PEM text or as the path of a PEM file. */
export const keyPem = textOrFile(isPem, (text) => /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text), "private key");

/** A token, or the path of a file that holds nothing else. */
export const tokenText = textOrFile(
  (text) => !/^[.~]?[/\\]|^[A-Za-z]:\\/.test(text),
  (text) => /^\S+$/.test(text.trim()),
  "token",
).transform((text) => text.trim());

/** Settings that both systems have. */
export const common = {
  /** The manager's URL, such as `https://nsx.example.com`. */
  endpoint: endpointUrl,
  /** Authorities to trust besides Node's and the system's, as PEM text or as the path of a PEM file. */
  caCertificate: certificatePem.optional(),
  /** The SHA-256 fingerprint of the one certificate to trust, whoever issued it; colons may be left out. */
  thumbprint: z
    .string()
    .transform((text) => text.replaceAll(":", "").toUpperCase())
    .refine((text) => /^[0-9A-F]{64}$/.test(text), "must be a SHA-256 fingerprint: 64 hexadecimal digits")
    .transform((text) => (text.match(/../g) ?? []).join(":"))
    .optional(),
  /** `true` accepts any certificate: for laboratories only. */
  insecureSkipVerify: flag.default(false),
  /** Seconds that one operation may take, waiting and retries included. */
  timeout: z.coerce
    .number("must be a number of seconds")
    .positive("must be more than 0")
    .max(2_000_000, "must be at most 2000000")
    .default(600),
  /** Tags of other systems, which are neither drift nor ever removed; `*` stands for any characters. */
  ignoreTags: z.string().default("").transform(matcher),
};

/** Several endpoints with commas between. */
export const endpoints = z
  .string()
  .transform((text) => text.split(",").map((url) => url.trim()))
  .pipe(z.array(endpointUrl));

/** One way to log in. */
export interface WayIn {
  /** The word of `auth` for it. */
  readonly auth: string;
  /** The settings that it must have; one of them begins it. */
  readonly needs: readonly string[];
  /** Those that it may have besides. */
  readonly takes?: readonly string[];
}

/** What tells one system's settings from another's. */
export interface SystemSettings<S extends z.ZodObject, L extends z.ZodObject> {
  readonly system: string;
  /** All but what logs in. */
  readonly general: S;
  /** Two of those that say the same, of which one at most can be given. */
  readonly either?: { readonly keys: readonly [string, string]; readonly why: string };
  /** What logs in, `auth` left out. */
  readonly logins: L;
  /** Which of those nobody may see. */
  readonly secrets: readonly (keyof z.output<L> & string)[];
  /** The first is what is asked for where nothing is set, and goes before others that need the same. */
  readonly ways: readonly [WayIn, ...WayIn[]];
}

/** A setting that is missing or wrong. */
export interface Problem {
  /** `nsx:endpoint is not set.` */
  readonly what: string;
  /** The ways to give it; of what only tells more about the one before there is none. */
  readonly wayOut?: string;
}

/** Settings that cannot be used; {@link message} has a line for each. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ what, wayOut }) => (wayOut === undefined ? what : `${what} ${wayOut}`)).join("\n"));
    this.problems = problems;
  }
}

export interface Loaded<S extends z.ZodObject, L extends z.ZodObject> {
  readonly general: z.output<S>;
  readonly auth: string;
  /** The settings of that way alone. */
  readonly login: Partial<z.output<L>>;
  /** The places where what that way needs may be given, in words. */
  readonly credentials: string;
  /** The places where other settings may be given, in words: those of an explicit provider are its own. */
  placesOf(keys: readonly string[]): string;
  /** Texts that nobody may see. */
  readonly secrets: readonly string[];
}

/**
 * Where a setting is looked up, and what is wrong with those that were. For what logs in, the environment goes before the
 * stack, for the state may hold what was rotated since the last `up`; for everything else the stack goes before the
 * environment. An explicit provider has variables with its name in them, and what is said of it goes before what is said
 * of all.
 */
function lookUp<S extends z.ZodObject, L extends z.ZodObject>(
  { system, general, either, logins, secrets }: SystemSettings<S, L>,
  config: ConfigReader,
  environment: Environment,
) {
  const name = config(providerName) ?? undefined;
  const stated = (key: string) => config(`${system}:${key}`) ?? undefined;
  const own = (key: string) =>
    (name === undefined ? undefined : environment[variableOf(system, key, name)]) || undefined;
  const shared = (key: string) => environment[variableOf(system, key)] || undefined;
  const given = (keys: readonly string[], find: (key: string) => string | undefined) =>
    Object.fromEntries(keys.map((key) => [key, find(key)] as const).filter(([, value]) => value !== undefined));

  const problems: Problem[] = [];
  function report(key: string, words: string): void {
    const variable = variableOf(system, key, name);
    const secret = secrets.includes(key) ? "--secret " : "";
    const howTo =
      name === undefined
        ? `Set it with "pulumi config set ${secret}${system}:${key} …" or in the environment as ${variable}.`
        : `Give it to the provider "${name}" as ${system}.${key}, or set ${variable} in the environment.`;
    problems.push({ what: `${system}:${key} ${words}.`, wayOut: howTo });
  }
  function checked<T extends z.ZodObject>(schema: T, values: Record<string, unknown>): Partial<z.output<T>> {
    const { data = {}, error } = schema.safeParse(values, { error: inWords });
    for (const { path, message } of error?.issues ?? []) {
      const key = String(path[0]);
      report(key, key in values ? `is wrong: ${message}` : "is not set");
    }
    return data;
  }

  return {
    name,
    problems,
    report,
    checked,
    general: () => {
      const values = given(Object.keys(general.shape), (key) => stated(key) ?? own(key) ?? shared(key));
      if (either?.keys.every((key) => key in values)) {
        const both = either.keys.map((key) => `${system}:${key}`).join(" and ");
        problems.push({ what: `${both} are both set, and ${either.why}.`, wayOut: "Take one out." });
      }
      return checked(general, values);
    },
    login: () => {
      const keys = ["auth", ...Object.keys(logins.shape)];
      // Half a login of the provider's and half of another one's would be nobody's.
      const hasOwn = name !== undefined && keys.some((key) => own(key) ?? stated(key));
      return given(keys, (key) => own(key) ?? (hasOwn ? stated(key) : (shared(key) ?? stated(key))));
    },
  };
}

/**
 * Finds fault with what a preview can know of one system's settings: a key of the stack that is none, and all but what
 * logs in, which a preview does without. Nothing in the environment is taken for a mistake: others may have put it there.
 *
 * @param keys - what the stack's configuration has under the system's name, such as `endpoint`
 * @throws a {@link SettingsError} that names each unknown, missing or wrong setting and the ways to give it, never its value
 */
export function expectSettings<S extends z.ZodObject, L extends z.ZodObject>(
  settings: SystemSettings<S, L>,
  keys: readonly string[],
  config: ConfigReader,
  environment: Environment,
): void {
  const { system, general, logins } = settings;
  const known = ["auth", ...Object.keys(general.shape), ...Object.keys(logins.shape)];
  const { problems, general: checkGeneral } = lookUp(settings, config, environment);
  for (const key of keys.filter((each) => !known.includes(each))) {
    const near = nearest(key, known);
    const right =
      near === undefined
        ? `. There are ${known.map((each) => `${system}:${each}`).join(", ")}.`
        : `: did you mean ${system}:${near}?`;
    problems.push({
      what: `${system}:${key} is no setting${right}`,
      wayOut: `"pulumi config rm ${system}:${key}" takes it out.`,
    });
  }
  checkGeneral();
  if (problems.length > 0) throw new SettingsError(problems);
}

/**
 * Reads and checks the settings of one system.
 *
 * @throws a {@link SettingsError} that names each missing or wrong setting and the ways to give it, never its value
 */
export function load<S extends z.ZodObject, L extends z.ZodObject>(
  settings: SystemSettings<S, L>,
  config: ConfigReader,
  environment: Environment,
): Loaded<S, L> {
  const { system, logins, secrets, ways } = settings;
  const { name, problems, report, checked, ...found } = lookUp(settings, config, environment);
  const login = found.login();
  const fits = found.general();
  const words = [...new Set(ways.map(({ auth }) => auth))];
  if (login.auth !== undefined && !words.includes(login.auth)) {
    report("auth", `is wrong: it must be one of ${words.map((word) => `"${word}"`).join(", ")}`);
  }
  const open = ways.filter(({ auth }) => login.auth === undefined || auth === login.auth);
  const begun = open.filter(({ needs }) => needs.some((key) => key in login));
  const [way = open[0] ?? ways[0], ...others] = begun;
  const other = others.find(({ needs }) => needs.join() !== way.needs.join());
  if (other) {
    const [one, another] = [way, other].map(({ needs }) => `${system}:${needs.find((key) => key in login)}`);
    const choice = way.auth === other.auth ? "" : `, or set ${system}:auth to "${way.auth}" or "${other.auth}"`;
    problems.push({
      what: `${one} and ${another} are both set, and each is a way to log in.`,
      wayOut: `Take one out${choice}.`,
    });
  }
  const keys = [...way.needs, ...(way.takes ?? [])];
  const used = checked(pickFields(logins, keys), login) as Partial<z.output<L>>;
  if (begun.length === 0 && login.auth === undefined && ways.length > 1) {
    const rest = ways.filter(({ needs }) => needs.join() !== way.needs.join());
    const all = rest.map(({ needs }) => needs.map((key) => `${system}:${key}`).join(" with "));
    problems.push({ what: `Other ways to log in: ${all.join("; ")}.` });
  }
  if (problems.length > 0) throw new SettingsError(problems);
  const texts = secrets.flatMap((key) => (used[key] === undefined ? [] : String(used[key])));
  const listed = (keys: readonly string[], nameOf: (key: string) => string) => keys.map(nameOf).join(" and ");
  const placesOf = (keys: readonly string[]) => {
    const variables = listed(keys, (key) => variableOf(system, key, name));
    if (name === undefined) return `${variables}, or ${listed(keys, (key) => `${system}:${key}`)}`;
    return `${variables}, or ${listed(keys, (key) => `${system}.${key}`)} of the provider "${name}"`;
  };
  const credentials = placesOf(way.needs);
  return { general: fits as z.output<S>, auth: way.auth, login: used, credentials, placesOf, secrets: texts };
}

/** Whether anything at all is said of a system, in the stack or in the environment. */
export function isSetUp<S extends z.ZodObject, L extends z.ZodObject>(
  { system, general, logins }: SystemSettings<S, L>,
  config: ConfigReader,
  environment: Environment,
): boolean {
  const keys = ["auth", ...Object.keys(general.shape), ...Object.keys(logins.shape)];
  return keys.some((key) => config(`${system}:${key}`) || environment[variableOf(system, key)]);
}

function pickFields(schema: z.ZodObject, keys: readonly string[]): z.ZodObject {
  return schema.pick(Object.fromEntries(keys.map((key) => [key, true])) as never);
}

function variableOf(system: string, key: string, name?: string): string {
  const words = key.replace(/[A-Z]/g, (letter) => `_${letter}`);
  return [system, ...(name === undefined ? [] : [name.replace(/[^A-Za-z0-9]+/g, "_")]), words].join("_").toUpperCase();
}

/** Whether a text is one of several given with commas between, each with `*` for any characters. */
function matcher(patterns: string): (text: string) => boolean {
  const texts = patterns.split(",").flatMap((part) => part.trim() || []);
  const all = texts.map((text) => new RegExp(`^${text.split("*").map(quoted).join(".*")}$`, "s"));
  return (text) => all.some((pattern) => pattern.test(text));
}

function quoted(text: string): string {
  return text.replace(/[^\w]/g, "\\$&");
}

/** The same path without what says nothing. */
export function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}
