// Least privilege: docs/nim.md#permissions says what each operation takes and has the smallest roles. Each permission is
// taken away here, and what fails then is what the table says; with the roles as they stand there, nothing does.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { nimRoles } from "../../cli/leastAccounts.ts";
import type { NimSwitches } from "../../simulators/nim/index.ts";
import { nimSwitches } from "../../simulators/nim/switches.ts";
import { issue } from "../tools/pki.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { startConfigBench } from "./nginxConfig.bench.ts";
import { api, type NimBench } from "./nim.bench.ts";

const docs = readFileSync(new URL("../../docs/nim.md", import.meta.url), "utf8");
const section = docs.split("\n## ").find((text) => text.startsWith("Permissions\n")) ?? "";

interface RoleBody {
  metadata: { name: string };
  roleDef: { permissions: { feature: string; accessTypes: string[] }[] };
}

const [up, drift] = [...section.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text ?? "")) as [
  RoleBody,
  RoleBody,
];

/** Rows of the table, one a resource and operation: `Role create` → `CREATE of USER-MANAGEMENT`, … */
const table = new Map(
  [...section.matchAll(/^\| (\w[^|]*) \| ([^|]*) \| ([A-Z, ]+) of (\S+) \|$/gm)].flatMap(
    ([, resource, operations = "", accesses = "", feature]) =>
      operations
        .split(", ")
        .map((operation) => [
          `${resource} ${operation}`,
          accesses.split(", ").map((access) => `${access} of ${feature}`),
        ]),
  ) as [string, string[]][],
);

const operations = ["create", "refresh", "update", "replace", "delete", "adopt"] as const;
type Operation = (typeof operations)[number];

const [first, second] = await Promise.all([issue("www.example.com"), issue("www.example.com")]);
const permissions = [{ feature: "SCAN", accessTypes: ["READ"] }];
const pem = ({ certificate, key }: typeof first) => ({ certificate, privateKey: key });

interface Arguments {
  readonly args: Properties;
  readonly changed: Properties;
  readonly replaced: Properties;
}

interface Subject {
  readonly type: string;
  readonly target: "instance" | "group";
  args(bench: Bench): Arguments | Promise<Arguments>;
  /** Not of what is nobody's to take over. */
  makeByHand?(bench: Bench): void | Promise<void>;
}

type Bench = Awaited<ReturnType<typeof startConfigBench>>;

const configOf = (target: Subject["target"]): Subject => ({
  type: "NginxConfig",
  target,
  // A group's config is replaced by that of a group, for another target has other permissions.
  args: async (bench) => {
    const { args, changed, replaced } = bench;
    const moved = target === "group" ? { ...args, instanceGroup: await makeGroup(bench) } : replaced;
    return { args, changed: changed.args, replaced: moved };
  },
  makeByHand: () => {},
});

const subjects: Readonly<Record<string, Subject>> = {
  Role: {
    type: "Role",
    target: "instance",
    args: () => ({
      args: { name: "it", permissions },
      changed: { name: "it", description: "changed", permissions },
      replaced: { name: "other", permissions },
    }),
    makeByHand: ({ simulator }) =>
      void simulator.control.write("roles", "it", { metadata: { name: "it" }, roleDef: { permissions: [] } }),
  },
  User: {
    type: "User",
    target: "instance",
    args: () => ({
      args: { name: "it", roles: ["admin"] },
      changed: { name: "it", description: "changed", roles: ["admin"] },
      replaced: { name: "other", roles: ["admin"] },
    }),
    makeByHand: ({ simulator }) =>
      void simulator.control.write("users", "it", { metadata: { name: "it" }, userDef: {} }),
  },
  Group: {
    type: "Group",
    target: "instance",
    args: () => ({
      args: { name: "it", roles: ["admin"] },
      changed: { name: "it", description: "changed", roles: ["admin"] },
      replaced: { name: "other", roles: ["admin"] },
    }),
    makeByHand: ({ simulator }) =>
      void simulator.control.write("groups", "it", { metadata: { name: "it" }, groupDef: {} }),
  },
  InstanceGroup: {
    type: "InstanceGroup",
    target: "instance",
    args: () => ({
      args: { name: "it", displayName: "It" },
      changed: { name: "it", displayName: "It", description: "changed" },
      replaced: { name: "other", displayName: "It" },
    }),
    makeByHand: ({ simulator }) => void simulator.control.write("instance-groups", "it", {}),
  },
  SystemTags: {
    type: "SystemTags",
    target: "instance",
    args: ({ simulator: { instances } }) => {
      const [{ systemUid } = {}, { systemUid: other } = {}] = instances;
      return {
        args: { systemUid, tags: ["env:prod"] },
        changed: { systemUid, tags: ["env:prod", "dc:ams"] },
        replaced: { systemUid: other, tags: ["env:prod"] },
      };
    },
  },
  Certificate: {
    type: "Certificate",
    target: "instance",
    args: () => ({
      args: { name: "it", ...pem(first) },
      changed: { name: "it", ...pem(second) },
      replaced: { name: "other", ...pem(second) },
    }),
    makeByHand: ({ simulator }) => {
      const certPEMDetails = { publicCert: second.certificate, privateKey: second.key };
      simulator.control.write("certs", "it", { name: "it", certPEMDetails });
    },
  },
  StagedConfig: {
    type: "StagedConfig",
    target: "instance",
    args: () => ({
      args: { name: "it", files: { "/etc/nginx/nginx.conf": "events {}\n" } },
      changed: { name: "it", files: { "/etc/nginx/nginx.conf": "# changed\n" } },
      replaced: { name: "other", files: { "/etc/nginx/nginx.conf": "# changed\n" } },
    }),
    async makeByHand({ simulator: { handle, username, password } }) {
      const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
      const body = JSON.stringify({ configName: "it", configFiles: { rootDir: "/etc/nginx", files: [] } });
      await handle({ method: "POST", path: `${api}/configs`, headers: { authorization }, body, remoteAddress: "" });
    },
  },
  "NginxConfig of an instance": configOf("instance"),
  "NginxConfig of a group": configOf("group"),
};

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const limited = { NIM_USERNAME: "pulumi", NIM_PASSWORD: "Kiebitz-1" };

/** A user who has one role alone. */
function giveRole({ simulator: { control } }: NimBench, role: RoleBody): void {
  control.write("roles", role.metadata.name, role);
  const roles = [{ ref: `${api}/roles/${role.metadata.name}` }];
  control.write("users", "pulumi", { metadata: { name: "pulumi" }, userDef: { roles } });
  control.setPassword("pulumi", limited.NIM_PASSWORD);
}

const without = (role: RoleBody, permission: string): RoleBody => ({
  ...role,
  roleDef: {
    permissions: role.roleDef.permissions.map(({ feature, accessTypes }) => ({
      feature,
      accessTypes: accessTypes.filter((access) => `${access} of ${feature}` !== permission),
    })),
  },
});

const granted = (role: RoleBody) =>
  role.roleDef.permissions.flatMap(({ feature, accessTypes }) =>
    accessTypes.map((access) => `${access} of ${feature}`),
  );

const writes = ({ simulator }: NimBench) =>
  simulator.control.history.all().filter(({ user }) => user === "pulumi").length;

interface Outcome {
  /** `undefined` where it succeeded. */
  message: string | undefined;
  /** Versions of objects that the limited user has written. */
  written: number;
  run: ResourceRun;
  args: Properties;
}

/** Does one operation as a user who has one role, after an administrator has done what comes before it. */
async function attempt(
  subject: Subject,
  operation: Operation,
  role: RoleBody,
  switches: Partial<NimSwitches> = {},
): Promise<Outcome> {
  await bench?.close();
  const world = await startConfigBench(subject.target, { switches });
  bench = world;
  const { args, changed, replaced } = await subject.args(world);
  const constants = { owner: `acme/urn:pulumi:dev::shop::x::it`, __provider: "text" };
  const runOf = (environment?: Record<string, string>) =>
    new ResourceRun(world.newProcess(environment).providers.byName[subject.type] as ResourceRun["provider"], constants);
  const admin = runOf();
  if (operation === "adopt") await subject.makeByHand?.(world);
  else if (operation !== "create") await admin.up(args);
  giveRole(world, role);
  const run = runOf(limited);
  run.state = admin.state;
  const doing: Record<Operation, () => Promise<unknown>> = {
    create: () => run.up(args),
    refresh: () => run.refresh(),
    update: () => run.up(changed),
    replace: () => run.up(replaced),
    delete: () => run.destroy(),
    adopt: () => run.up({ ...args, adopt: true }),
  };
  const message = await doing[operation]().then(
    () => undefined,
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );
  return { message, written: writes(world), run, args };
}

/** A second group, of the second instance. */
async function makeGroup({ simulator }: NimBench): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${simulator.username}:${simulator.password}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/json" };
  const body = JSON.stringify({ name: "other" });
  const path = `${api}/instance-groups`;
  const answer = await simulator.handle({ method: "POST", path, headers, body, remoteAddress: "127.0.0.1" });
  const { uid } = JSON.parse(answer.body);
  simulator.control.join("web-2", uid);
  return uid;
}

const subjectOf = (name: string) => subjects[name] as Subject;
const cases = Object.keys(subjects).flatMap((name) =>
  operations
    .filter((operation) => operation !== "adopt" || subjectOf(name).makeByHand)
    .map((operation) => [name, operation] as const),
);

test("the table has each operation of each resource, and the roles are what it adds up to", () => {
  expect([...table.keys()].sort()).toEqual(cases.map((each) => each.join(" ")).sort());
  expect([...new Set([...table.values()].flat())].sort()).toEqual(granted(up).sort());
  const reading = cases.filter(([, operation]) => operation === "refresh").flatMap((each) => table.get(each.join(" ")));
  expect([...new Set(reading)].sort()).toEqual(granted(drift).sort());
});

test("the simulator's accounts to try have these very roles", () => {
  const roles = [up, drift].map(({ metadata: { name }, roleDef }) => [
    name,
    Object.fromEntries(roleDef.permissions.map(({ feature, accessTypes }) => [feature, accessTypes])),
  ]);
  expect(nimRoles).toEqual(Object.fromEntries(roles));
});

describe.each(cases)("%s: %s", (name, operation) => {
  const subject = subjectOf(name);
  const takes = table.get(`${name} ${operation}`) ?? [];

  test("works with the role for up", async () => {
    expect((await attempt(subject, operation, up)).message).toBeUndefined();
  });

  test.each(granted(up))(
    "without %s it fails where the table says so, names it, and the role that has it",
    async (permission) => {
      const { message } = await attempt(subject, operation, without(up, permission));
      if (!takes.includes(permission)) return expect(message).toBeUndefined();
      expect(message).toContain(`answered 403 (error 403): The user lacks the permission: ${permission}`);
      expect(message).toMatch(
        /NIM knows the login of "pulumi", so a permission is missing. Check the user's roles: the role "pulumi-(up|drift)"/,
      );
      expect(message).not.toContain("was refused");
      return undefined;
    },
  );

  const verb = { adopt: "create", replace: "create" }[operation as string] ?? operation;
  test.runIf(operation !== "refresh")("with the role for drift ends in one error, and nothing is written", async () => {
    const { message, written, run } = await attempt(subject, operation, drift);
    expect(message).toMatch(new RegExp(`^${subject.type} .*: (${verb}|delete) failed\\. (GET|POST|PUT|PATCH|DELETE) `));
    expect(message).toContain('the role "pulumi-up" has all that "up" needs');
    expect(written).toBe(0);
    expect(run.state?.initErrors).toBeUndefined();
  });
});

describe.each(Object.keys(subjects))("%s with the role for drift", (name) => {
  test("is refreshed, looked at and previewed", async () => {
    const { message, run, args } = await attempt(subjectOf(name), "refresh", drift);
    expect(message).toBeUndefined();
    expect(await run.refresh({ save: false })).toEqual([]);

    expect(await run.up(args)).toBe("same");
  });
});

describe.each(nimSwitches.deniedSaid.values)("a missing permission that is said as %s", (deniedSaid) => {
  test("is no wrong password where NIM knows the login, and is asked for once", async () => {
    const { message } = await attempt(subjectOf("Role"), "update", drift, { deniedSaid });
    expect(message).toMatch(
      /so a permission is missing(, or it is good no longer)?\. Check the user's roles: the role "pulumi-up"/,
    );
    const { simulator } = bench as Bench;
    expect(simulator.control.requests.all().filter(({ method }) => method === "PUT")).toHaveLength(1);
  });
});

test("a publish that takes CREATE is told so, and works with that in the place of UPDATE", async () => {
  const subject = subjectOf("NginxConfig of an instance");
  const switches = { publishNeeds: "CREATE" } as const;
  expect((await attempt(subject, "update", up, switches)).message).toContain("CREATE of INSTANCE-MANAGEMENT");
  const other = {
    ...up,
    roleDef: { permissions: [{ feature: "INSTANCE-MANAGEMENT", accessTypes: ["READ", "CREATE"] }] },
  };
  expect((await attempt(subject, "update", other, switches)).message).toBeUndefined();
});

test("objects limit a permission: an instance that the role does not name is refused", async () => {
  const only = (values: string[]) => ({
    ...up,
    roleDef: {
      permissions: [
        { feature: "INSTANCE-MANAGEMENT", accessTypes: ["READ", "UPDATE"], objects: [{ resource: "Systems", values }] },
      ],
    },
  });
  const subject = subjectOf("NginxConfig of an instance");
  expect((await attempt(subject, "update", only(["web-1"]))).message).toBeUndefined();
  expect((await attempt(subject, "update", only(["web-2"]))).message).toContain("READ of INSTANCE-MANAGEMENT");
});

test("an account of the identity provider has what its group has, and asks for no other token where that is not enough", async () => {
  const world = await startConfigBench("instance", { switches: { oidc: true } });
  bench = world;
  const { control, oidc } = world.simulator;
  control.write("roles", "pulumi-drift", drift);
  const roles = [{ ref: `${api}/roles/pulumi-drift` }];
  control.write("groups", "nim-clients", { metadata: { name: "nim-clients" }, groupDef: { roles } });
  const { providers } = world.newProcess({
    NIM_USERNAME: "",
    NIM_PASSWORD: "",
    NIM_OIDC_TOKEN_URL: "https://nim.invalid/idp/oauth2/v2.0/token",
    NIM_OIDC_CLIENT_ID: oidc.clientId,
    NIM_OIDC_CLIENT_SECRET: oidc.clientSecret,
  });
  for (const name of ["one", "two", "three"]) {
    const constants = { owner: `acme/urn:pulumi:dev::shop::x::${name}`, __provider: "text" };
    const run = new ResourceRun(providers.byName.Role as ResourceRun["provider"], constants);
    await expect(run.up({ name, permissions })).rejects.toThrow(
      `NIM knows the account "${oidc.clientId}", so a permission is missing. Check the user's roles: the role "pulumi-up"`,
    );
  }
  expect(control.requests.count("POST /idp/**")).toBe(1);
  expect(control.requests.count(`POST ${api}/roles`)).toBe(3);
});
