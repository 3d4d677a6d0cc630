import { readFileSync } from "node:fs";
import { z } from "zod";
import { messageOf } from "./errors.ts";

/** Reads one value of the stack's configuration or of an explicit provider, such as `nsx:endpoint`. */
export type ConfigReader = (key: string) => string | undefined;

export type Environment = Readonly<Record<string, string | undefined>>;

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

const httpUrl = z
  .url({ protocol: /^https?$/ })
  .transform((url) => new URL(url))
  .refine(({ username, password }) => !username && !password, "leave user and password out of it")
  .transform(({ origin }) => origin);

/** Settings that both systems have. */
const common = {
  /** The manager's URL, such as `https://nsx.example.com`. */
  endpoint: httpUrl,
  username: z.string().min(1),
  password: z.string().min(1),
  /** Authorities to trust, as PEM text or as the path of a PEM file. */
  caCertificate: z.string().transform(pemOf).optional(),
  /** `true` accepts any certificate: for laboratories only. */
  insecureSkipVerify: flag.default(false),
  /** Seconds that one operation may take, waiting and retries included. */
  timeout: z.coerce.number().positive().max(2_000_000).default(600),
  /** Tags of other systems, which are neither drift nor ever removed; `*` stands for any characters. */
  ignoreTags: z.string().default("").transform(matcher),
};

const nsxSchema = z.object({
  ...common,
  /** One manager, or those of a cluster with commas between: the first is asked, and may redirect to the others. */
  endpoint: z
    .string()
    .transform((text) => text.split(",").map((url) => url.trim()))
    .pipe(z.array(httpUrl)),
  /** `session` logs in once per process; `basic` sends the password with each request. */
  auth: z.enum(["session", "basic"]).default("session"),
  /** The limit is per NSX user, whatever the connection (guide: "API Rate Limiting", 100 a second by default). */
  maxRequestsPerSecond: z.coerce.number().positive().default(100),
  /** Requests under way at once; the guide's limit is 40, two are left to others. */
  maxConcurrency: z.coerce.number().int().positive().default(38),
  /** What an update does about a managed field that somebody else changed. */
  onConflict: z.enum(["fail", "preserve", "overwrite"]).default("fail"),
  /** `hierarchical` sends writes that are under way together as one request; it pays with a higher `--parallel`. */
  writeStrategy: z.enum(["put", "hierarchical"]).default("put"),
});

export interface NsxConfig extends Omit<z.output<typeof nsxSchema>, "endpoint"> {
  /** The manager that is asked first. */
  readonly endpoint: string;
  /** All managers, the first included. */
  readonly managers: readonly string[];
}

/** The settings of NSX. @throws an Error that names each missing or wrong setting and both ways to give it. */
export function nsxConfig(config: ConfigReader, environment: Environment): NsxConfig {
  const { endpoint: managers, ...settings } = load("nsx", nsxSchema, config, environment);
  return { ...settings, managers, endpoint: managers[0] as string };
}

const nimSchema = z.object({
  ...common,
  /** Where the API begins on the host. */
  basePath: z
    .string()
    .startsWith("/")
    .refine((path) => URL.canParse(path, "http://host") && new URL(path, "http://host").pathname === path)
    .transform(withoutTrailingSlashes)
    .default("/api/platform/v1"),
  /** NIM's gateway lets 20 requests a second through from one address, with bursts of 20. */
  maxRequestsPerSecond: z.coerce.number().positive().default(20),
  /** Requests under way at once. */
  maxConcurrency: z.coerce.number().int().positive().default(8),
});

export type NimConfig = z.output<typeof nimSchema>;

/** The settings of NGINX Instance Manager. @throws an Error that names each missing or wrong one and both ways to give it. */
export function nimConfig(config: ConfigReader, environment: Environment): NimConfig {
  return load("nim", nimSchema, config, environment);
}

/** State may hold credentials of the last `up` that were rotated since, so for them the environment comes first. */
const credentials: ReadonlySet<string> = new Set(["username", "password"]);

function load<S extends z.ZodObject>(
  system: string,
  schema: S,
  config: ConfigReader,
  environment: Environment,
): z.output<S> {
  const settings = Object.keys(schema.shape).map((key) => {
    const fromConfig = config(`${system}:${key}`);
    const fromEnvironment = environment[variableOf(system, key)] || undefined;
    const value = credentials.has(key) ? (fromEnvironment ?? fromConfig) : (fromConfig ?? fromEnvironment);
    return [key, value] as const;
  });
  const parsed = schema.safeParse(Object.fromEntries(settings));
  if (parsed.success) return parsed.data;
  throw new Error(
    parsed.error.issues
      .map((issue) => {
        const key = String(issue.path[0]);
        const secret = key === "password" ? "--secret " : "";
        const missing = settings.some(([name, value]) => name === key && value === undefined);
        return `${system}:${key} ${missing ? "is not set" : `is wrong: ${issue.message}`}. Set it with "pulumi config set ${secret}${system}:${key} …" or in the environment as ${variableOf(system, key)}.`;
      })
      .join("\n"),
  );
}

function variableOf(system: string, key: string): string {
  return `${system}_${key.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase();
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

function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

/** Without a certificate in it, Node would go by the system's authorities and say nothing. */
const certificateBlock = "-----BEGIN CERTIFICATE-----";

function pemOf(pemOrPath: string, context: z.RefinementCtx): string {
  const report = (message: string) => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  if (pemOrPath.includes("-----BEGIN"))
    return pemOrPath.includes(certificateBlock) ? pemOrPath : report("it has no certificate in it");
  try {
    const pem = readFileSync(pemOrPath, "utf8");
    return pem.includes(certificateBlock) ? pem : report(`there is no certificate in ${pemOrPath}`);
  } catch (error) {
    return report(`it is neither PEM text nor a file that can be read: ${messageOf(error)}`);
  }
}
