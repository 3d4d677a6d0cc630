// What a publish has really done, told by the real engine, with a real nginx behind each instance of the simulated NIM.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findNginx, type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { main, mainFile, siteFile } from "../nim/nginxConfig.bench.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { driftCheck, failing, failingUp, nimStack, program, resource } from "./stack.ts";

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

const folder = "/etc/nginx/sites-enabled";
/** A file that lies on a host, in a folder that a program begins to include. */
const legacy = `${folder}/legacy.conf`;
const forgotten = 'server { listen 80; server_name old.example; location / { return 200 "old\\n"; } }\n';
const wide = main.replace("http {", `http {\n    include ${folder}/*.conf;`);

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

  test("whose new include picks up a file on one member's host says so with its name, and keeps it until it is decided", async () => {
    const files = (text: string, greeting = "hello") => ({ [mainFile]: text, [siteFile]: site(greeting) });
    const careful = (more: object) =>
      program(resource("NginxConfig", "shop", { instanceGroup: nim.instanceGroup, ...more }));
    await begin(shop("hello"));
    await stack.up();
    await nim.control.editConfig({ target: second, path: legacy, content: forgotten, via: "dataPlane" });
    await driftCheck(stack, 0);

    await stack.writeProgram(careful({ files: files(wide) }));
    const told = await failingUp(stack);
    expect(told).toContain("files that lay on the host and that the program does not declare");
    expect(told).toContain(`${legacy} on ${second}`);
    expect(told).not.toContain("somebody else");
    expect(await driftCheck(stack, 7)).toContain("old.example");

    await stack.writeProgram(careful({ files: files(wide, "good morning") }));
    expect(await failingUp(stack)).toContain(`${legacy} on ${second}`);
    expect(nim.control.diskOf(second).get(legacy)?.toString()).toBe(forgotten);

    await stack.writeProgram(careful({ files: files(wide, "good morning"), adopt: true }));
    await stack.up();
    expect(await served()).toEqual(["good morning\n", "good morning\n"]);
    expect(nim.control.diskOf(second).has(legacy)).toBe(false);
    await driftCheck(stack, 0);
  });

  test.each(["one refused", "nobody was online"])(
    "whose onDelete not all have taken because %s: the up that the message names brings the program's config back",
    async (why) => {
      const onDelete = { [mainFile]: main.replace("http {", 'http { server { listen 80; return 200 "left\\n"; }') };
      await begin(shop("hello", { onDelete }));
      await stack.up();
      if (why === "one refused") nim.control.refuse(second, "no space left on device");
      else await bothOnline(false);
      const told = await failing(stack, ["destroy", "--yes", "--skip-preview"]);
      expect(told).not.toContain("saved in the state");
      expect(told).toContain('"pulumi up --refresh" brings its config back');

      nim.control.refuse(second);
      await bothOnline(true);
      await stack.up(["--refresh"]);
      expect(await served()).toEqual(["hello\n", "hello\n"]);
      await driftCheck(stack, 0);

      await stack.destroy();
      expect(await served()).toEqual(["left\n", "left\n"]);
    },
  );

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
