// The NIM simulator as a specification: publishing a config to instances and groups (docs/nim.md#publishing).
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { base, base64, describeWithNginx, main, type NimClient, payload, serving, startClient } from "./nim.client.ts";

describeWithNginx("publish to an instance", () => {
  it("serves the welcome page until something is published", async () => {
    expect(await (await startClient()).page()).toContain("Welcome to nginx!");
  });

  it("is accepted with 202, deploymentUID and links.rel, pending first and successful then (2.2, 7.1)", async () => {
    const { send, instance, control, page } = await startClient();
    const accepted = await send("POST", `${instance}/config`, payload({ [main]: serving("new page") }));
    expect(accepted.status).toBe(202);
    const { deploymentUID } = accepted.body;
    const rel = `${base}/systems/instances/deployments/${deploymentUID}`;
    expect(accepted.body).toEqual({ deploymentUID, links: { rel }, result: "Publish configuration request Accepted" });
    expect((await send("GET", rel)).body).toMatchObject({
      id: deploymentUID,
      status: "pending",
      details: { pending: [{ name: "web-1" }], success: [], failure: [] },
    });
    await control.settled();
    expect((await send("GET", rel)).body).toMatchObject({
      status: "successful",
      message: "Instance config successfully published to",
      details: { pending: [], success: [{ name: "web-1" }], failure: [] },
    });
    expect(await page()).toBe("new page");
  });

  it("takes PUT like POST", async () => {
    const { send, instance, deployment, page } = await startClient();
    await deployment(await send("PUT", `${instance}/config`, payload({ [main]: serving("put") })));
    expect(await page()).toBe("put");
  });

  it("fails with nginx's words, file and line; the previous config stays live and stored (7.2)", async () => {
    const { publish, page, files, simulator, send, instance } = await startClient();
    await publish({ [main]: serving("good") }, { externalId: "abc", externalIdType: "git" });
    const broken = {
      [main]: "events {}\nhttp { include conf.d/*.conf; }\n",
      "/etc/nginx/conf.d/a.conf": "server {\n  nope on;\n}\n",
    };
    const { status, message, details } = await publish(broken);
    expect([status, message]).toEqual(["failed", "Instance config failed to publish to"]);
    expect(details.failure).toEqual([
      {
        name: "web-1",
        failMessage:
          "Config apply failed (write): error running nginx -t -c /etc/nginx/nginx.conf:\n" +
          'nginx: [emerg] unknown directive "nope" in /etc/nginx/conf.d/a.conf:2\n' +
          "nginx: configuration file /etc/nginx/nginx.conf test failed\n",
      },
    ]);
    // A JSON text within the JSON (7.1).
    const error = JSON.parse(details.error);
    expect(error).toEqual({ [`instance:${simulator.instances[0]?.systemUid}`]: details.failure[0].failMessage });
    expect(await page()).toBe("good");
    expect(await files()).toEqual({ [main]: serving("good") });
    expect((await send("GET", `${instance}/config`)).body.externalId).toBe("abc");
    await publish({ [main]: serving("better") });
    expect(await page()).toBe("better");
  });

  it.each([
    ["a missing brace", "events {\n", 'unexpected end of file, expecting "}" in /etc/nginx/nginx.conf:2'],
    ["no semicolon", "events {}\nuser", 'unexpected end of file, expecting ";" or "}" in /etc/nginx/nginx.conf:2'],
    ["no events", "http {}\n", 'no "events" section in configuration'],
    [
      "a missing include",
      "events {}\nhttp {\n include a.conf;\n}\n",
      'open() "/etc/nginx/a.conf" failed (2: No such file or directory) in /etc/nginx/nginx.conf:3',
    ],
    [
      "a missing certificate",
      "events {}\nhttp { server { listen 443 ssl; ssl_certificate /etc/nginx/x.crt; ssl_certificate_key /etc/nginx/x.key; } }\n",
      'cannot load certificate "/etc/nginx/x.crt": BIO_new_file() failed',
    ],
    [
      "twice the same address",
      "events {}\nhttp { server {\n listen 80;\n listen *:80;\n} }\n",
      "a duplicate listen 0.0.0.0:80 in /etc/nginx/nginx.conf:4",
    ],
    [
      "a wrong port",
      "events {}\nhttp { server {\n listen 99999;\n} }\n",
      'invalid port in "99999" of the "listen" directive in /etc/nginx/nginx.conf:3',
    ],
    [
      "what only Plus knows",
      "events {}\nhttp { upstream a {\n server 127.0.0.1:1 slow_start=5s;\n} }\n",
      'invalid parameter "slow_start=5s" in /etc/nginx/nginx.conf:3',
    ],
  ])("says of %s what nginx says", async (_what, text, words) => {
    const { publish } = await startClient();
    const { details } = await publish({ [main]: text });
    expect(details.failure[0].failMessage).toContain(`nginx: [emerg] ${words}`);
  });

  it("refuses what the agent refuses: no main file, files outside its folders (7.2)", async () => {
    const { publish } = await startClient();
    const messageOf = async (files: Record<string, string>) => (await publish(files)).details.failure[0].failMessage;
    expect(await messageOf({ "/etc/nginx/conf.d/a.conf": "" })).toBe(
      "Config apply failed (write): should not delete /etc/nginx/nginx.conf",
    );
    for (const path of ["/etc/passwd", "/usr/share/nginx/html/x.html", "/etc/nginx/../passwd", "/etc/nginxx/a"]) {
      const outside = `Config apply failed (write): the file ${path} is outside the allowed directory list`;
      expect(await messageOf({ [main]: serving("x"), [`aux:${path}`]: "x" })).toBe(outside);
    }
    const wider = await startClient({ switches: { configDirs: "/etc/nginx:/usr/share/nginx/html" } });
    await wider.publish({ [main]: serving("x"), "aux:/usr/share/nginx/html/x.html": "x" });
  });

  it("says that a file cannot be where another needs a folder", async () => {
    const { publish, page } = await startClient();
    const files = { [main]: serving("x"), "aux:/etc/nginx/a": "file", "aux:/etc/nginx/a/b": "file" };
    expect((await publish(files)).details.failure[0].failMessage).toMatch(
      /^Config apply failed \(write\): E(NOTDIR|EXIST)/,
    );
    expect(await page()).toContain("Welcome");
  });

  it("deletes what belongs to the config and is not sent any more, and nothing else (7.2)", async () => {
    const { publish, files, control, instance, simulator } = await startClient();
    const conf = "events {}\nhttp { include /etc/nginx/conf.d/*.conf; server { listen 80; root /etc/nginx/html; } }\n";
    const all = {
      [main]: conf,
      "/etc/nginx/conf.d/a.conf": "# a\n",
      "aux:/etc/nginx/html/a.html": "a",
      "aux:/etc/nginx/b.html": "b",
    };
    await publish(all);
    // b.html is reached by nothing, so it is not read back and stays on the host (2.5).
    expect(Object.keys(await files())).toEqual([main, "/etc/nginx/conf.d/a.conf", "/etc/nginx/html/a.html"]);
    await publish({ [main]: conf.replace("html;", "html; location = /b.html { root /etc/nginx; }") });
    expect(await files(instance)).toMatchObject({ "/etc/nginx/b.html": "b" });
    expect(await files(instance)).not.toHaveProperty("/etc/nginx/html/a.html");
    expect(control.history.of(`${base}${instance}/config`)).toHaveLength(2);
    expect(simulator.nginx).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("knows offline agents and agents that refuse", async () => {
    const { publish, control } = await startClient();
    await control.setOnline("web-1", false);
    expect((await publish({ [main]: serving("x") })).details.failure[0].failMessage).toMatch(/not connected/);
    await control.setOnline("web-1", true);
    control.refuse("web-1", "disk full");
    expect((await publish({ [main]: serving("x") })).details.failure[0].failMessage).toBe("disk full");
    control.refuse("web-1");
    expect((await publish({ [main]: serving("x") })).status).toBe("successful");
  });

  it("refuses what does not fit, zipped, into one message to an agent: 8 MiB, or what it is set to (2.6)", async () => {
    const { publish, control } = await startClient();
    const four = (content: Buffer) =>
      publish({
        [main]: serving("x"),
        ...Object.fromEntries([1, 2, 3, 4].map((n) => [`aux:/etc/nginx/${n}`, content])),
      });
    expect((await four(Buffer.alloc(2_200_000, "x"))).status).toBe("successful");
    const different = Object.fromEntries([1, 2, 3, 4].map((n) => [`aux:/etc/nginx/${n}`, randomBytes(2_200_000)]));
    const { details } = await publish({ [main]: serving("x"), ...different });
    expect(details.failure[0].failMessage).toBe("nats: maximum payload exceeded");
    control.setSwitches({ maxMessageBytes: 16_000_000 });
    expect((await publish({ [main]: serving("x"), ...different })).status).toBe("successful");
  });

  it("keeps bytes, also those of others, and the main file wherever an instance has it", async () => {
    const { publish, control, instance, send, simulator } = await startClient({
      systems: [{ hostname: "web-1", configPath: "/etc/nginx/edge.conf" }],
    });
    expect((await send("GET", instance)).body.configPath).toBe("/etc/nginx/edge.conf");
    expect((await publish({ [main]: serving("x") })).details.failure[0].failMessage).toMatch(
      /should not delete \/etc\/nginx\/edge\.conf/,
    );
    const conf = serving("x").replace("return 200 'x'", "root /etc/nginx/html");
    const bytes = Buffer.from([0, 255, 254, 13, 10]);
    await publish({ "/etc/nginx/edge.conf": conf, "aux:/etc/nginx/html/a.ico": bytes });
    const icon = async () => (await send("GET", `${instance}/config`)).body.auxFiles.files[0].contents;
    expect(await icon()).toBe("AP/+DQo=");
    const [{ hostname: target } = { hostname: "" }] = simulator.instances;
    await control.editConfig({ target, path: "/etc/nginx/html/a.ico", content: { base64: "/w==" }, via: "dataPlane" });
    expect(await icon()).toBe("/w==");
  });

  it("takes time if told to, on the simulator's clock", async () => {
    const { send, instance, control } = await startClient({ switches: { deploymentMilliseconds: 3_600_000 } });
    const { body } = await send("POST", `${instance}/config`, payload({ [main]: serving("slow") }));
    const status = async () => (await send("GET", body.links.rel)).body.status;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await status()).toBe("pending");
    control.clock.advance(3_600_000);
    await control.settled();
    expect(await status()).toBe("successful");
    // One that is still under way does not keep the simulator from ending.
    await send("POST", `${instance}/config`, payload({ [main]: serving("slower") }));
  });

  it("forgets deployments when NIM restarts; the instance still knows its last one (7.1)", async () => {
    const { send, instance, control, publish } = await startClient();
    const { id } = await publish({ [main]: serving("x") });
    control.forgetDeployments();
    const gone = await send("GET", `/systems/instances/deployments/${id}`);
    expect([gone.status, gone.body.message]).toEqual([404, "Deployment Not Found"]);
    expect((await send("GET", instance)).body.lastDeploymentDetails).toMatchObject({ id, status: "successful" });
  });

  it("ends every deployment as finalized under the switch for NIM 2.1", async () => {
    const { publish } = await startClient({ switches: { doneStatus: "finalized" } });
    expect((await publish({ [main]: serving("x") })).status).toBe("finalized");
    expect(await publish({ [main]: "broken" })).toMatchObject({ status: "finalized", details: { failure: [{}] } });
  });

  it("checks first with validateConfig: true, unless the switch says that it does nothing", async () => {
    const { send, instance, control, publish } = await startClient();
    const body = payload({ [main]: "events {}\nnope;\n" }, { validateConfig: true });
    const refused = await send("POST", `${instance}/config`, body);
    expect(refused.status).toBe(400);
    expect(refused.body.message).toContain('nginx: [emerg] unknown directive "nope" in /etc/nginx/nginx.conf:2');
    expect((await publish({ [main]: serving("fine") }, { validateConfig: true })).status).toBe("successful");
    control.setSwitches({ validateConfig: "ignore" });
    expect((await send("POST", `${instance}/config`, body)).status).toBe(202);
    await control.settled();
  });
});

describeWithNginx("publish to a group", () => {
  const plusOnly = serving("plus").replace("listen 80;", "listen 80; status_zone web;");

  it("reaches every member; its deployments are under a path of their own (2.2)", async () => {
    const { publish, page, send, group, simulator } = await startClient();
    const accepted = await send("POST", `${group}/config`, payload({ [main]: serving("all") }));
    expect(accepted.body.result).toBe("Publish group configuration request Accepted");
    expect(accepted.body.links.rel).toBe(`${base}/instance-groups/deployments/${accepted.body.deploymentUID}`);
    expect((await send("GET", `/systems/instances/deployments/${accepted.body.deploymentUID}`)).status).toBe(404);
    const done = await publish({ [main]: serving("both") }, {}, group);
    expect(done).toMatchObject({
      status: "successful",
      message: "Instance Group config successfully published to web",
    });
    expect(done.details.success.map(({ name }: { name: string }) => name).sort()).toEqual(["web-1", "web-2"]);
    expect([await page("web-1"), await page("web-2")]).toEqual(["both", "both"]);
    const { body } = await send("GET", `${group}/config`);
    expect(body.instances).toEqual(simulator.instances.map(({ instanceUid }) => instanceUid));
  });

  it("counts as successful though one member refused, who keeps what he had (7.1)", async () => {
    const { publish, page, group, files } = await startClient();
    await publish({ [main]: serving("before") }, {}, group);
    const { status, details } = await publish({ [main]: plusOnly }, {}, group);
    expect([status, details.success]).toEqual(["successful", [{ name: "web-2" }]]);
    expect(details.failure).toMatchObject([{ name: "web-1", failMessage: expect.stringContaining("status_zone") }]);
    expect([await page("web-1"), await page("web-2")]).toEqual(["before", "plus"]);
    expect(await files(group)).toEqual({ [main]: plusOnly });
  });

  it("fails when every member refuses, and keeps the group's config", async () => {
    const { publish, group, files } = await startClient();
    await publish({ [main]: serving("before") }, {}, group);
    const { status, message } = await publish({ [main]: "nope;" }, {}, group);
    expect([status, message]).toEqual(["failed", "Instance Group config failed to publish to web"]);
    expect(await files(group)).toEqual({ [main]: serving("before") });
  });

  it("leaves out members that are offline; they take it up when they are back (7.1)", async () => {
    const { publish, page, group, control, send } = await startClient();
    await control.setOnline("web-2", false);
    const { status, details } = await publish({ [main]: serving("later") }, { externalId: "c1" }, group);
    expect([status, details.success, details.failure]).toEqual(["successful", [{ name: "web-1" }], []]);
    expect(await page("web-2")).toContain("Welcome");
    await control.setOnline("web-2", true);
    expect(await page("web-2")).toBe("later");
    await control.setOnline("web-1", false);
    await control.setOnline("web-2", false);
    expect(await publish({ [main]: serving("nobody") }, {}, group)).toMatchObject({
      status: "successful",
      details: { success: [], failure: [], pending: [] },
    });
    expect((await send("GET", `${group}/config`)).body.externalId).toBeNull();
  });

  it("carries out two simultaneous publishes one after the other (12)", async () => {
    const { send, group, page, control, files } = await startClient();
    const both = ["one", "two"].map((name) => send("POST", `${group}/config`, payload({ [main]: serving(name) })));
    const accepted = await Promise.all(both);
    await control.settled();
    for (const { body } of accepted) expect((await send("GET", body.links.rel)).body.status).toBe("successful");
    const shown = await page("web-1");
    expect(await page("web-2")).toBe(shown);
    expect(await files(group)).toEqual({ [main]: serving(shown) });
  });
});

describeWithNginx("conflicts and versions", () => {
  const stamp = (path: string, { send }: NimClient) =>
    send("GET", `${path}/config`).then(({ body }) => body.updateTime);

  it("compares times and nothing else (2.3)", async () => {
    const client = await startClient();
    const { send, instance, publish, control, page } = client;
    const read = await stamp(instance, client);
    await publish({ [main]: serving("mine") }, { updateTime: read });
    const late = payload({ [main]: serving("late") }, { updateTime: read });
    const refused = await send("POST", `${instance}/config`, late);
    expect([refused.status, refused.body.message]).toEqual([
      409,
      "The published configuration is older than the active instance configuration.",
    ]);
    control.setSwitches({ conflictStatus: 400 });
    expect((await send("POST", `${instance}/config`, late)).status).toBe(400);
    await publish({ [main]: serving("forced") }, { updateTime: read, ignoreConflict: true });
    await publish({ [main]: serving("no time, no comparison") });
    await publish({ [main]: serving("the time now wins") }, { updateTime: new Date(Date.now() + 1000).toISOString() });
    expect(await page()).toBe("the time now wins");
  });

  it("takes the payload's time as the config's under the switch", async () => {
    const client = await startClient({ switches: { activeUpdateTime: "payload" } });
    await client.publish({ [main]: serving("x") }, { updateTime: "2031-01-01T00:00:00.000Z" });
    expect(await stamp(client.instance, client)).toBe("2031-01-01T00:00:00.000Z");
  });

  it("keeps every version with its hash and its externalId (2.4)", async () => {
    const { publish, send, instance } = await startClient();
    await publish({ [main]: serving("1") }, { externalId: "commit-1", externalIdType: "git" });
    await publish({ [main]: serving("2") }, { externalId: "commit-2", externalIdType: "git" });
    await publish({ [main]: serving("1") }, { externalId: "commit-3", externalIdType: "git" });
    const { versions } = (await send("GET", instance)).body.configVersion;
    expect(versions.map(({ externalId }: { externalId: string }) => externalId)).toEqual([
      "commit-3",
      "commit-2",
      "commit-1",
      null,
    ]);
    for (const { versionHash } of versions) expect(versionHash).toMatch(/^[\da-f]{64}$/);
    expect(versions[0].versionHash).toBe(versions[2].versionHash);
    expect(versions[0].versionHash).not.toBe(versions[1].versionHash);
    const old = await send("GET", `${instance}/config?externalId=commit-2`);
    expect(old.body).toMatchObject({ externalId: "commit-2", externalIdType: "git" });
    expect(old.body.configFiles.files).toMatchObject([{ name: main, contents: base64(serving("2")) }]);
    expect((await send("GET", `${instance}/config?externalId=commit-9`)).status).toBe(404);
  });

  it("keeps only some under the switch", async () => {
    const { publish, send, instance } = await startClient({ switches: { versionsKept: 2 } });
    for (const page of ["1", "2", "3"]) await publish({ [main]: serving(page) }, { externalId: page });
    expect((await send("GET", instance)).body.configVersion.versions).toHaveLength(2);
  });

  it.each(["ui", "dataPlane"] as const)("loses the commit after an edit by hand (%s) (2.4)", async (via) => {
    const { publish, send, instance, control, page, files } = await startClient();
    await publish({ [main]: serving("mine") }, { externalId: "commit-1", externalIdType: "git" });
    await control.editConfig({ target: "web-1", path: main, content: serving("theirs"), via, user: "alice" });
    expect(await page()).toBe("theirs");
    expect(await files()).toEqual({ [main]: serving("theirs") });
    const { body } = await send("GET", `${instance}/config`);
    expect([body.externalId, body.externalIdType]).toEqual([null, "other"]);
    const history = control.history.of(`${base}${instance}/config`);
    expect(history.map(({ user }) => user)).toEqual(["admin", "alice"]);
    const broken = { target: "web-1", path: main, content: "nope", via };
    await expect(control.editConfig(broken)).rejects.toThrow("unexpected end of file");
  });

  it("has an edit of a group reach its members", async () => {
    const { publish, control, page, group, files } = await startClient();
    await publish({ [main]: serving("mine") }, { externalId: "commit-1" }, group);
    await control.editConfig({ target: "web", path: main, content: serving("theirs") });
    expect([await page("web-1"), await page("web-2")]).toEqual(["theirs", "theirs"]);
    expect(await files(group)).toEqual({ [main]: serving("theirs") });
  });
});

describeWithNginx("what comes back", () => {
  const conf = `events {}
http {
  include mime.types;
  include /etc/nginx/conf.d/*.conf;
}
`;
  const site = `server {
  listen 80;
  root /etc/nginx/html;
  location /$request_method { root /etc/nginx/$host; }
  location /private { auth_basic x; auth_basic_user_file /etc/nginx/.htpasswd; }
}
`;

  it("is what a real agent reads: main file first, includes, roots; no unreferenced files, no keys (2.5)", async () => {
    const { publish, files, send, instance, page } = await startClient();
    await publish({
      "/etc/nginx/conf.d/z.conf": "# last\r\n",
      "/etc/nginx/conf.d/b.conf": site,
      [main]: conf,
      "aux:/etc/nginx/mime.types": "types { text/html html; }\n",
      "aux:/etc/nginx/html/index.html": "ä\r\nno newline",
      "aux:/etc/nginx/html/empty.txt": "",
      "aux:/etc/nginx/.htpasswd": "a:b",
      "aux:/etc/nginx/license.jwt": "a.b.c",
    });
    const { body } = await send("GET", `${instance}/config`);
    const names = (part: "configFiles" | "auxFiles") => body[part].files.map(({ name }: { name: string }) => name);
    expect(names("configFiles")).toEqual([
      main,
      "/etc/nginx/conf.d/b.conf",
      "/etc/nginx/conf.d/z.conf",
      "/etc/nginx/mime.types",
    ]);
    expect(names("auxFiles")).toEqual(["/etc/nginx/html/empty.txt", "/etc/nginx/html/index.html"]);
    expect(await files()).toMatchObject({
      "/etc/nginx/conf.d/z.conf": "# last\r\n",
      "/etc/nginx/html/index.html": "ä\r\nno newline",
      "/etc/nginx/html/empty.txt": "",
    });
    expect(body.directoryMap["/etc/nginx/html"].files).toEqual([
      { contents: "", name: "/etc/nginx/html/empty.txt", size: 0 },
      { contents: "", name: "/etc/nginx/html/index.html", size: Buffer.byteLength("ä\r\nno newline") },
    ]);
    expect(body.configFiles.rootDir).toBe("/etc/nginx");
    expect(await page("web-1", "/index.html")).toBe("ä\r\nno newline");
  });

  it("has nothing of a relative root, which the agent takes as it is written", async () => {
    const { publish, files, page } = await startClient();
    const config = serving("x").replace("return 200 'x'", "root html");
    await publish({ [main]: config, "aux:/etc/nginx/html/index.html": "relative" });
    expect(await page()).toBe("relative");
    expect(await files()).toEqual({ [main]: config });
  });

  it("is the bytes that were sent, whatever they are", async () => {
    const client = await startClient();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const conf = Buffer.concat([
      Buffer.from("# \xe4 latin1\r\n", "latin1"),
      Buffer.from(serving("bytes").replace("return", "root /etc/nginx/b; return")),
    ]);
    await client.publish({ [main]: conf, "aux:/etc/nginx/b/x": bytes });
    const { body } = await client.send("GET", `${client.instance}/config`);
    expect(body.configFiles.files[0].contents).toBe(base64(conf));
    expect(body.auxFiles.files[0]).toEqual({ contents: base64(bytes), name: "/etc/nginx/b/x", size: 256 });
    expect(await client.page()).toBe("bytes");
  });

  it("takes both base64 alphabets, in one request (12)", async () => {
    const { send, instance, deployment, files } = await startClient();
    const text = `${serving("alphabets")}# ÿþ??>>\n`;
    const urlSafe = Buffer.from(text).toString("base64").replace(/\+/g, "-").replace(/\//g, "_");
    expect(urlSafe).toMatch(/[-_]/);
    const standard = { name: "/etc/nginx/conf.d/a.conf", contents: base64(Buffer.from([0xfb, 0xff])) };
    const body = { configFiles: { files: [{ name: main, contents: urlSafe }, standard] } };
    await deployment(await send("POST", `${instance}/config`, body));
    expect(await files()).toEqual({ [main]: text });
  });

  it("of a group is what was stored, not what a member reads back (2.5)", async () => {
    const { publish, group, files } = await startClient();
    const sent = { [main]: serving("x"), "aux:/etc/nginx/license.jwt": "a.b.c" };
    await publish(sent, {}, group);
    expect(await files(group)).toHaveProperty("/etc/nginx/license.jwt");
    expect(await files()).not.toHaveProperty("/etc/nginx/license.jwt");
  });
});
