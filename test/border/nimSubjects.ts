import type { SimRequest } from "../../simulators/kit/index.ts";
import { type NimSimulator, type NimSimulatorOptions, startNimSimulator } from "../../simulators/nim/index.ts";
import { issue } from "../tools/pki.ts";
import type { Json, Site, Subject } from "./site.ts";

const api = "/api/platform/v1";
/** A process remembers some of what it has seen by its path: no two cases have the same. */
const nameOf = (number: number) => `border-${number}`;

type Common = Pick<Site, "handle" | "environment" | "close"> & { nim: NimSimulator; secrets: Record<string, string> };

async function startNim(number: number, now: () => number, options: NimSimulatorOptions = {}): Promise<Common> {
  const password = `Canary-nim-${number}-password!`;
  const nim = await startNimSimulator({ port: false, nginx: false, now, password, seed: number, ...options });
  const { handle, username, close } = nim;
  return {
    nim,
    handle,
    environment: {
      NIM_ENDPOINT: `https://nim-${number}.invalid`,
      NIM_USERNAME: username,
      NIM_PASSWORD: password,
      NIM_TIMEOUT: "30",
    },
    secrets: { password, basic: Buffer.from(`${username}:${password}`).toString("base64") },
    close,
  };
}

/** A request of somebody else's. */
async function send(nim: NimSimulator, method: "POST" | "PUT" | "PATCH", path: string, body: Json): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${nim.username}:${nim.password}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/json" };
  await nim.handle({ method, path: api + path, headers, body: JSON.stringify(body), remoteAddress: "127.0.0.1" });
}

function latest({ control }: NimSimulator, path: string): Json | undefined {
  const version = control.history.of(api + path).at(-1);
  return version && version.kind !== "delete" ? version.body : undefined;
}

/** Everything that there is now below a collection. */
function allIn(nim: NimSimulator, collection: string): Json[] {
  const paths = new Set(nim.control.history.all().map(({ path }) => path.slice(api.length)));
  const there = [...paths].filter((path) => path.startsWith(`/${collection}/`));
  return there.map((path) => latest(nim, path)).filter((body) => body !== undefined);
}

function pathOf({ path }: SimRequest): string | undefined {
  const { origin, pathname } = new URL(path, "https://own.invalid");
  return origin === "https://own.invalid" && path.startsWith(api) ? pathname.slice(api.length) : undefined;
}

/** Objects that NIM keeps by name: made in the collection, changed and deleted by their own path. */
const isNamed = (collection: string, name: string) => (request: SimRequest) => {
  const path = pathOf(request);
  if (path === `/${collection}`)
    return (
      request.method === "GET" ||
      JSON.parse(request.body).name === name ||
      JSON.parse(request.body).metadata?.name === name
    );
  return path === `/${collection}/${name}`;
};

export const role: Subject = {
  name: "Role",
  provider: "Role",
  type: "pulumi-nodejs:dynamic/nim:Role",
  async start(number, now) {
    const { nim, ...common } = await startNim(number, now);
    const name = nameOf(number);
    const path = `/roles/${name}`;
    const objects = [{ resource: "Certs", values: ["web"] }];
    const permissions = [{ feature: "CERTIFICATES", accessTypes: ["READ"], objects }];
    const args = { name, displayName: "as made", tags: ["team"], permissions };
    let others = false;
    const live = () => latest(nim, path) as { metadata: Json; roleDef: Json } | undefined;
    return {
      ...common,
      args,
      changed: { ...args, displayName: "changed" },
      adopting: { ...args, adopt: true },
      makeByHand() {
        others = true;
        nim.control.write(
          "roles",
          name,
          { metadata: { name, description: "others" }, roleDef: { permissions: [] } },
          "alice",
        );
      },
      touch() {
        others = true;
        const { metadata, roleDef } = live() ?? { metadata: {}, roleDef: {} };
        nim.control.write("roles", name, { metadata: { ...metadata, description: "others" }, roleDef }, "alice");
      },
      missing({ displayName }) {
        const role = live();
        if (!role) return "there is no role";
        if (role.metadata.displayName !== displayName)
          return `displayName is ${JSON.stringify(role.metadata.displayName)}`;
        const there = role.roleDef.permissions as Json[];
        return there[0]?.feature === "CERTIFICATES" ? undefined : `permissions are ${JSON.stringify(there)}`;
      },
      exists: () => live() !== undefined,
      keepsOthers: () => !others || live()?.metadata.description === "others",
      // Who has a role is asked of users and groups.
      isOwn: (request) =>
        isNamed("roles", name)(request) ||
        (request.method === "GET" && ["/users", "/groups"].includes(pathOf(request) ?? "")),
    };
  },
};

/** Users and groups of users, which differ in names alone. */
const account = (name: "User" | "Group", one: "user" | "group", collection: "users" | "groups"): Subject => ({
  name,
  provider: name,
  type: `pulumi-nodejs:dynamic/nim:${name}`,
  async start(number, now) {
    const { nim, ...common } = await startNim(number, now);
    const account = nameOf(number);
    const definition = `${one}Def`;
    const args = { name: account, displayName: "as made", roles: ["admin"] };
    let others = false;
    const live = () => latest(nim, `/${collection}/${account}`) as Record<string, Json> | undefined;
    const describe = (found: Record<string, Json>) => {
      others = true;
      const metadata = { ...found.metadata, name: account, description: "others" };
      nim.control.write(collection, account, { metadata, [definition]: found[definition] ?? {} }, "alice");
    };
    return {
      ...common,
      args,
      changed: { ...args, displayName: "changed" },
      adopting: { ...args, adopt: true },
      makeByHand: () => describe({}),
      touch: () => describe(live() ?? {}),
      missing({ displayName }) {
        const found = live();
        if (!found) return `there is no ${one}`;
        if (found.metadata?.displayName !== displayName)
          return `displayName is ${JSON.stringify(found.metadata?.displayName)}`;
        const roles = found[definition]?.roles as { ref: string }[];
        const refs = roles.map(({ ref }) => ref).join(", ");
        return refs === `${api}/roles/admin` ? undefined : `the roles are "${refs}"`;
      },
      exists: () => live() !== undefined,
      keepsOthers: () => !others || live()?.metadata?.description === "others",
      // Whether there is a role, who is in a group, and who is an administrator besides, is looked up for a message.
      isOwn: (request) =>
        isNamed(collection, account)(request) ||
        (request.method === "GET" && ["/roles/admin", "/users"].includes(pathOf(request) ?? "")),
    };
  },
});

export const user = account("User", "user", "users");
export const group = account("Group", "group", "groups");

/** Objects that NIM keeps by a uid of its own. */
function isKeptByUid(nim: NimSimulator, collection: string, nameKey: string, name: string) {
  return {
    live: () => allIn(nim, collection).filter((body) => body[nameKey] === name),
    isOwn(request: SimRequest): boolean {
      const path = pathOf(request) ?? "";
      if (path === `/${collection}`) return request.method === "GET" || JSON.parse(request.body)[nameKey] === name;
      // Where an answer has another uid in its place (mutations.ts), nobody can tell that from the right one.
      if (request.method === "GET" && path === `/${collection}/mutated`) return true;
      return nim.control.history.of(api + path).some(({ body }) => body[nameKey] === name);
    },
  };
}

export const instanceGroup: Subject = {
  name: "InstanceGroup",
  provider: "InstanceGroup",
  type: "pulumi-nodejs:dynamic/nim:InstanceGroup",
  async start(number, now) {
    // Where NIM takes a second one of a name, a group that is made twice shows.
    const { nim, ...common } = await startNim(number, now, { switches: { instanceGroupName: "any" } });
    const name = nameOf(number);
    const args = { name, displayName: "as made" };
    let others = false;
    const { live, isOwn } = isKeptByUid(nim, "instance-groups", "name", name);
    const describe = () => {
      others = true;
      nim.control.write("instance-groups", name, { description: "others" }, "alice");
    };
    return {
      ...common,
      args,
      changed: { ...args, displayName: "changed" },
      adopting: { ...args, adopt: true },
      makeByHand: describe,
      touch: describe,
      missing({ displayName }) {
        const [found, ...more] = live();
        if (!found) return "there is no instance group";
        if (more.length > 0) return `there are ${more.length + 1} instance groups of the name`;
        return found.displayName === displayName ? undefined : `displayName is ${JSON.stringify(found.displayName)}`;
      },
      exists: () => live().length > 0,
      keepsOthers: () => !others || live().some(({ description }) => description === "others"),
      isOwn,
    };
  },
};

const issued = Promise.all(["first", "second", "by hand"].map(() => issue("border.example.com")));

export const certificate: Subject = {
  name: "Certificate",
  provider: "Certificate",
  type: "pulumi-nodejs:dynamic/nim:Certificate",
  async start(number, now) {
    const { nim, ...common } = await startNim(number, now);
    const name = nameOf(number);
    const [first, second, byHand] = await issued;
    if (!first || !second || !byHand) throw new Error("three certificates are issued");
    const args = { name, certificate: first.certificate, privateKey: first.key };
    const live = () => latest(nim, `/certs/${name}`);
    const bodyOf = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, "");
    return {
      ...common,
      args,
      changed: { ...args, certificate: second.certificate, privateKey: second.key },
      adopting: { ...args, adopt: true },
      makeByHand() {
        const certPEMDetails = { publicCert: byHand.certificate, privateKey: byHand.key };
        nim.control.write("certs", name, { name, certPEMDetails }, "alice");
      },
      touch() {},
      missing({ certificate: wanted }) {
        const found = live();
        if (!found) return "there is no certificate";
        const text = bodyOf(JSON.stringify(found).replaceAll("\\n", ""));
        return text.includes(bodyOf(String(wanted))) ? undefined : "it is another certificate";
      },
      exists: () => live() !== undefined,
      keepsOthers: () => true,
      isOwn: isNamed("certs", name),
      secrets: { ...common.secrets, key: first.key, "new key": second.key, "their key": byHand.key },
    };
  },
};

const mainFile = "/etc/nginx/nginx.conf";
const secretFile = "/etc/nginx/html/users.txt";
const main = (workers: number) => `worker_processes ${workers};\nevents {}\nhttp {\n  root /etc/nginx/html;\n}\n`;
const secret = "canary-user:canary-hash-of-an-aux-file";

export const config: Subject = {
  name: "NginxConfig",
  provider: "NginxConfig",
  type: "pulumi-nodejs:dynamic/nim:NginxConfig",
  async start(number, now) {
    const hostname = `border-${number}`;
    const { nim, ...common } = await startNim(number, now, { systems: [{ hostname }] });
    const [{ systemUid, instanceUid } = { systemUid: "", instanceUid: "" }] = nim.instances;
    const instance = `/systems/${systemUid}/instances/${instanceUid}`;
    const args = {
      instance: { systemUid, instanceUid },
      files: { [mainFile]: main(1) },
      auxFiles: { [secretFile]: secret },
      onDelete: { [mainFile]: "events {}\n" },
      adopt: true,
    };
    const files = () => {
      const found = latest(nim, `${instance}/config`) as unknown as Record<
        string,
        { files: { name: string; contents: string }[] }
      >;
      const all = [...(found?.configFiles?.files ?? []), ...(found?.auxFiles?.files ?? [])];
      return new Map(all.map((file) => [file.name, Buffer.from(file.contents, "base64").toString()]));
    };
    return {
      ...common,
      args,
      changed: { ...args, files: { [mainFile]: main(2) } },
      adopting: args,
      makeByHand: () =>
        nim.control.editConfig({ target: hostname, path: mainFile, content: main(7), via: "ui", user: "alice" }),
      touch() {},
      missing({ files: wanted }) {
        const there = files();
        const text = there.get(mainFile);
        if (text !== (wanted as Record<string, string>)[mainFile]) return `the main file is ${JSON.stringify(text)}`;
        return there.get(secretFile) === secret ? undefined : "the aux file is not there";
      },
      // It is never gone: deleted, its target has what `onDelete` says.
      exists: () => files().has(secretFile),
      keepsOthers: () => true,
      isOwn(request) {
        const path = pathOf(request);
        if (path === `${instance}/config`) return ["GET", "POST", "PUT"].includes(request.method);
        if (path === "/analysis") return request.method === "POST";
        const reads = [instance, "/systems"];
        return (
          request.method === "GET" &&
          (reads.includes(path ?? "") || /^\/systems\/instances\/deployments\/[\w-]+$/.test(path ?? ""))
        );
      },
      secrets: { ...common.secrets, "aux file": secret },
    };
  },
};

export const staged: Subject = {
  name: "StagedConfig",
  provider: "StagedConfig",
  type: "pulumi-nodejs:dynamic/nim:StagedConfig",
  async start(number, now) {
    const { nim, ...common } = await startNim(number, now);
    const name = nameOf(number);
    const files = { [mainFile]: main(1) };
    const args = { name, files, auxFiles: { [secretFile]: secret }, externalId: "release-1" };
    const { live, isOwn } = isKeptByUid(nim, "configs", "configName", name);
    const [{ instanceUid: nginxUid } = { instanceUid: "" }] = nim.instances;
    let others = false;
    let isByHand = false;
    const write = async (method: "POST" | "PUT", path: string, body: Json) => {
      others = true;
      await send(nim, method, path, { ...body, configName: name, nginxUid });
    };
    const contents = Buffer.from(main(7)).toString("base64");
    return {
      ...common,
      args,
      changed: { ...args, files: { [mainFile]: main(2) } },
      adopting: { ...args, adopt: true },
      makeByHand() {
        isByHand = true;
        return write("POST", "/configs", {
          configFiles: { rootDir: "/etc/nginx", files: [{ name: mainFile, contents }] },
        });
      },
      /** In NIM's UI somebody says for which instance it is meant. */
      async touch() {
        const [found = {}] = live();
        const { uid, configFiles, auxFiles, externalId } = found;
        await write("PUT", `/configs/${uid}`, { configFiles, auxFiles, externalId });
      },
      missing({ files: wanted }) {
        const all = live();
        const found = all.at(-1);
        if (!found) return "there is no staged config";
        // NIM takes another one of the name beside somebody else's, if a list hides that one.
        if (all.length > (isByHand ? 2 : 1)) return `there are ${all.length} staged configs of the name`;
        const { configFiles, auxFiles } = found as Record<string, { files: { name: string; contents: string }[] }>;
        const there = [...(configFiles?.files ?? []), ...(auxFiles?.files ?? [])];
        const text = (path: string) =>
          Buffer.from(there.find((file) => file.name === path)?.contents ?? "", "base64").toString();
        if (text(mainFile) !== (wanted as Record<string, string>)[mainFile])
          return `the main file is ${JSON.stringify(text(mainFile))}`;
        return text(secretFile) === secret ? undefined : "the aux file is not there";
      },
      exists: () => live().length > 0,
      keepsOthers: () => !others || live().some((found) => found.nginxUid === nginxUid),
      isOwn,
      secrets: { ...common.secrets, "aux file": secret },
    };
  },
};

export const systemTags: Subject = {
  name: "SystemTags",
  provider: "SystemTags",
  type: "pulumi-nodejs:dynamic/nim:SystemTags",
  async start(number, now) {
    const { nim, ...common } = await startNim(number, now, { systems: [{ hostname: `border-${number}` }] });
    const [{ systemUid } = { systemUid: "" }] = nim.instances;
    const path = `/systems/${systemUid}`;
    const args = { systemUid, tags: ["made:here", "env:prod"] };
    const changed = { systemUid, tags: ["made:here", "env:dev"] };
    const own = [...new Set([...args.tags, ...changed.tags])];
    const byHand = "by hand";
    let others = false;
    const tags = () => (latest(nim, path)?.tags ?? []) as string[];
    const write = (all: string[]) => {
      others = true;
      return send(nim, "PATCH", path, { tags: all });
    };
    return {
      ...common,
      args,
      changed,
      // Of what is there already it takes over what it names.
      adopting: args,
      makeByHand: () => write(["env:prod", byHand]),
      touch: () => write([...tags(), byHand]),
      missing({ tags: wanted }) {
        const isWanted = (tag: string) => (wanted as string[]).includes(tag);
        const there = tags();
        const isRight = own.every((tag) => there.includes(tag) === isWanted(tag));
        return isRight ? undefined : `the tags are ${JSON.stringify(there)}`;
      },
      // The system is never gone.
      exists: () => tags().some((tag) => own.includes(tag)),
      // A list that is empty may be null, or left out.
      saysGone({ uid, tags: all }) {
        const list = all ?? [];
        return uid === systemUid && Array.isArray(list) && !list.some((tag) => own.includes(tag));
      },
      keepsOthers: () => !others || tags().includes(byHand),
      isOwn: (request) => pathOf(request) === path && ["GET", "PATCH"].includes(request.method),
    };
  },
};
