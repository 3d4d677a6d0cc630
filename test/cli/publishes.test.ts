// What a publish has really done, told by the real engine, with a real nginx behind each instance of the simulated NIM.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findNginx, type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { main, mainFile, siteFile } from "../nim/nginxConfig.bench.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { driftCheck, failingUp, nimStack, program, resource } from "./stack.ts";

const nginx = findNginx();
const why = nginx ? "" : " (not run: there is no nginx here, and set-up found none)";

const site = (greeting: string) => `server { listen 80; location / { return 200 "${greeting}\\n"; } }\n`;

let nim: NimSimulator;
let stack: Workspace;
beforeEach(async () => {
  nim = await startNimSimulator();
});
afterEach(async () => {
  await stack?.remove();
  await nim.close();
});

const begin = async (text: string) => {
  stack = await nimStack(nim, { program: text });
};
const served = () =>
  Promise.all(
    nim.control.instances().map(async ({ url = "" }) => {
      // Over a connection of its own: the one before may belong to a worker of the config before.
      const answer = await fetch(url, { headers: { connection: "close" } });
      return answer.text();
    }),
  );
const hosts = ["web-1", "web-2"] as const;
const [first, second] = hosts;
const bothOnline = async (online: boolean) => {
  for (const name of hosts) await nim.control.setOnline(name, online);
};

describe.skipIf(!nginx)(`a group${why}`, { timeout: 600_000 }, () => {
  const shop = (greeting: string, more: object = {}) => {
    const files = { [mainFile]: main, [siteFile]: site(greeting) };
    return program(resource("NginxConfig", "shop", { instanceGroup: nim.instanceGroup, files, adopt: true, ...more }));
  };

  test("of which nobody is online has taken nothing: said, saved as unfinished, and done by the next up", async () => {
    await begin(shop("hello"));
    await stack.up();
    await bothOnline(false);
    await stack.writeProgram(shop("good morning"));
    expect(await failingUp(stack)).toMatch(
      /No instance of \/instance-groups\/\S+ is online[\s\S]*the next "pulumi up"/,
    );
    expect(await served()).toEqual(["hello\n", "hello\n"]);
    await bothOnline(true);
    await stack.up();
    expect(await served()).toEqual(["good morning\n", "good morning\n"]);
    await stack.up(["--expect-no-changes"]);
    await driftCheck(stack, 0);
  });

  describe.each([
    ["with a commit", { externalId: "v1" }],
    ["without one", {}],
  ])("published %s", (_, more) => {
    test("of which somebody has edited one member alone is drift by its host's name, and is not published over unseen", async () => {
      await begin(shop("hello", more));
      await stack.up();
      await nim.control.editConfig({ target: second, path: siteFile, content: site("pwned"), via: "dataPlane" });
      expect(await served()).toEqual(["hello\n", "pwned\n"]);
      expect(await driftCheck(stack, 7)).toContain(second);

      await stack.writeProgram(shop("good morning", more));
      expect(await failingUp(stack)).toMatch(
        /Members of the group were changed apart from [^:]+: web-2\. Nothing was published/,
      );
      expect(await served()).toEqual(["hello\n", "pwned\n"]);

      await stack.up(["--refresh"]);
      expect(await served()).toEqual(["good morning\n", "good morning\n"]);
      await driftCheck(stack, 0);
    });
  });
});

describe.skipIf(!nginx)(`an instance${why}`, { timeout: 600_000 }, () => {
  const folder = "/etc/nginx/sites-enabled";
  const legacy = `${folder}/legacy.conf`;
  const wide = main.replace("http {", `http {\n    include ${folder}/*.conf;`);
  /** With what the package of nginx puts there, so that nothing has to be adopted. */
  const edge = (more: Record<string, string>, adopt?: boolean) => {
    const { systemUid, instanceUid } = nim.instances[0] ?? {};
    const packaged = { "/etc/nginx/conf.d/default.conf": "# ours\n", "/etc/nginx/mime.types": "types {}\n" };
    const files = { [mainFile]: main, [siteFile]: site("hello"), ...packaged, ...more };
    return program(resource("NginxConfig", "edge", { instance: { systemUid, instanceUid }, files, adopt }));
  };

  test("on which a new include picks up a file that lay there says so at once, and keeps it until it is decided", async () => {
    await begin(edge({}));
    await stack.up();
    const forgotten = 'server { listen 80; server_name old.example; location / { return 200 "old\\n"; } }\n';
    await nim.control.editConfig({ target: first, path: legacy, content: forgotten, via: "dataPlane" });
    await driftCheck(stack, 0);

    await stack.writeProgram(edge({ [mainFile]: wide }));
    const told = await failingUp(stack);
    expect(told).toContain(legacy);
    expect(told).toContain("files that lay on the host and that the program does not declare");
    expect(told).not.toContain("somebody else");

    await stack.writeProgram(edge({ [mainFile]: wide }, true));
    expect((await stack.up()).output).toContain("~ 1 updated");
    await driftCheck(stack, 0);
    await stack.up(["--expect-no-changes"]);
  });
});
