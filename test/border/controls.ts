// Providers that do what must not be, each in one way: the oracle is on trial with them. Each of them is a small and
// otherwise honest client of a role.
import type { ProviderCalls } from "../tools/stack.ts";
import type { Border, MakeProvider, Surroundings } from "./episode.ts";

const collection = "/api/platform/v1/roles";

interface Answered {
  status: number;
  text: string;
  location: string;
}

type Ask = (method: string, path: string, body?: unknown) => Promise<Answered>;

/** What a lying client does otherwise than the honest one. */
interface Lie {
  /** Any 404 is absence, whoever says it. */
  believes404?: true;
  /** Errors show what was sent. */
  leaks?: true;
  /** A refusal is waited out for ever. */
  hangs?: true;
  /** A redirect is followed, wherever to. */
  followsAnywhere?: true;
  /** Sends on when it has said that it failed. */
  goesOn?: true;
  /** Writes without a look at what is there. */
  writesBlindly?: true;
  /** Takes any answer to a write for a success. */
  believesAnySuccess?: true;
  /** Says of each failure nothing that helps. */
  saysNothing?: true;
}

export function lyingProvider(lie: Lie): MakeProvider {
  return (border, surroundings) => {
    const ask = asker(border, surroundings, lie);
    return callsOf(ask, lie);
  };
}

function asker(border: Border, { environment, clock }: Surroundings, lie: Lie): Ask {
  const { NIM_USERNAME: user, NIM_PASSWORD: password } = environment;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const origin = environment.NIM_ENDPOINT;
  async function ask(method: string, path: string, body: unknown, to: string | undefined, hops = 0): Promise<Answered> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = { authorization, "content-type": "application/json" };
    const answer = await border({ method, path, headers, body: text, remoteAddress: "127.0.0.1" }, to);
    const location = String(answer.headers.location ?? "");
    if (lie.followsAnywhere && answer.status >= 300 && answer.status < 400 && location && hops < 3) {
      const next = new URL(location, `${to}${path}`);
      return ask(method, next.pathname, body, next.origin === "null" ? to : next.origin, hops + 1);
    }
    if (lie.hangs && answer.status === 503) {
      await clock.sleep(10_000);
      return ask(method, path, body, to);
    }
    if (lie.goesOn && answer.status >= 500)
      void clock
        .sleep(60_000)
        .then(() => border({ method: "GET", path, headers, body: "", remoteAddress: "" }, to))
        .catch(() => {});
    return { status: answer.status, text: answer.body, location };
  }
  return (method, path, body) => ask(method, path, body, origin);
}

function callsOf(ask: Ask, lie: Lie): ProviderCalls {
  const fail = (what: string, { status, text }: Answered) => {
    const said = lie.leaks ? ` ${text}` : "";
    return new Error(lie.saysNothing ? "undefined" : `${what} answered ${status}, which is no good answer.${said}`);
  };
  const read = async (name: string) => {
    const path = `${collection}/${name}`;
    const answer = await ask("GET", path);
    const isAbsent = lie.believes404 ? answer.status === 404 : answer.status === 404 && isOwn404(answer.text);
    if (isAbsent) return undefined;
    const found = answer.status === 200 ? objectIn(answer.text, name) : undefined;
    if (!found) throw fail(`GET ${path}`, answer);
    return found;
  };
  const write = async (method: string, path: string, name: string, body: unknown) => {
    const answer = await ask(method, path, body);
    if (lie.believesAnySuccess ? answer.status >= 400 : !objectIn(answer.text, name) || answer.status >= 300)
      throw fail(`${method} ${path}`, answer);
  };
  const put = async (inputs: Inputs) => {
    const path = `${collection}/${inputs.name}`;
    const found = lie.writesBlindly ? undefined : await read(inputs.name);
    const description = found?.metadata.description;
    await write(
      found || lie.writesBlindly ? "PUT" : "POST",
      found || lie.writesBlindly ? path : collection,
      inputs.name,
      bodyOf(inputs, description),
    );
  };
  return {
    check: async (_olds, news) => ({ inputs: news }),
    diff: async (_id, olds, news) => ({ changes: olds.displayName !== news.displayName || !news.name }),
    async create(inputs) {
      await put(inputs);
      return { id: inputs.name, outs: inputs };
    },
    async update(_id, _olds, news) {
      await put(news);
      return { outs: news };
    },
    async read(id, props) {
      const found = await read(String(id));
      if (!found) return { id: undefined, props: undefined } as never;
      const now = { ...props, displayName: found.metadata.displayName };
      return { id, props: now, inputs: now };
    },
    async delete(id) {
      const found = await read(String(id));
      if (!found) return;
      const answer = await ask("DELETE", `${collection}/${id}`);
      if (answer.status !== 204 || answer.text !== "") throw fail(`DELETE ${collection}/${id}`, answer);
      if (await read(String(id))) throw new Error(`DELETE ${collection}/${id} deleted nothing.`);
    },
  };
}

interface Inputs {
  name: string;
  displayName: string;
  permissions: unknown;
}

interface Role {
  metadata: Record<string, unknown>;
}

const bodyOf = ({ name, displayName, permissions }: Inputs, description: unknown) => ({
  metadata: { name, displayName, ...(description !== undefined && { description }) },
  roleDef: { permissions },
});

function objectIn(text: string, name: string): Role | undefined {
  try {
    const value = JSON.parse(text) as Role;
    return value.metadata.name === name ? value : undefined;
  } catch {
    return undefined;
  }
}

/** NIM's own 404 has details, and names the object. */
function isOwn404(text: string): boolean {
  try {
    const { message, details } = JSON.parse(text) as { message: string; details: unknown };
    return message.includes("border") && Array.isArray(details);
  } catch {
    return false;
  }
}
