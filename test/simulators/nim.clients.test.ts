// What clients that nobody here wrote send to NIM, by hand: NGINX-Declarative-API 5.6 and TuxInvader's
// Ansible collection were run unchanged against the simulator, and these are their requests.
import { expect, it } from "vitest";
import { createCertificate } from "../../simulators/kit/index.ts";
import { base, base64, basic, describeWithNginx, main, serving, startClient } from "./nim.client.ts";

const urlSafe = (text: string) => Buffer.from(text).toString("base64").replace(/\+/g, "-").replace(/\//g, "_");

describeWithNginx("NGINX-Declarative-API", () => {
  const nginxConf = `user  nginx;
worker_processes  auto;
error_log  /var/log/nginx/error.log notice;
pid        /var/run/nginx.pid;
events { worker_connections  1024; }
mgmt {
    usage_report endpoint=product.connect.nginx.com interval=1h;
    license_token /etc/nginx/license.jwt;
}
http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;
    access_log  /var/log/nginx/access.log;
    include /etc/nginx/conf.d/*.conf;
}
stream { include /etc/nginx/stream-conf.d/*.conf; }
`;
  const http = `upstream backend { zone backend 64k; server 127.0.0.1:9 weight=1 max_fails=1 fail_timeout=10s slow_start=0; }
server { listen 80; server_name shop.test; status_zone shop; location /page { return 200 PAGE; } location / { proxy_pass http://backend; } }
server { listen 443 ssl; server_name tls.test; ssl_certificate /etc/nginx/ssl/shop.crt; ssl_certificate_key /etc/nginx/ssl/shop.key; return 200 tls; }
`;
  const stream =
    "map $ssl_preread_server_name $l4 { default 127.0.0.1:9; }\nserver { listen 5000; ssl_preread on; status_zone tcp; proxy_pass $l4; }\n";

  async function publish(page: string) {
    const { key, certificate } = await createCertificate("tls.test");
    return {
      auxFiles: {
        rootDir: "/etc/nginx",
        files: [
          { contents: base64(certificate), name: "/etc/nginx/ssl/shop.crt" },
          { contents: base64(key), name: "/etc/nginx/ssl/shop.key" },
          { contents: urlSafe("types { text/html html; }\n"), name: "/etc/nginx/mime.types" },
        ],
      },
      configFiles: {
        rootDir: "/etc/nginx",
        files: [
          { contents: urlSafe(nginxConf), name: main },
          { contents: base64(http.replace("PAGE", page)), name: "/etc/nginx/conf.d/services.conf" },
          { contents: base64(stream), name: "/etc/nginx/stream-conf.d/services.conf" },
          { contents: "", name: "/etc/nginx/license.jwt" },
        ],
      },
      updateTime: new Date().toISOString(),
      ignoreConflict: true,
      validateConfig: false,
    };
  }

  it("finds its group, publishes, polls until nothing is pending, and shows the first failure", async () => {
    const systems = [
      { hostname: "plus-1", plus: true },
      { hostname: "plus-2", plus: true },
    ];
    const { send, control, page, simulator } = await startClient({ systems, instanceGroup: "ncg" });
    const groups = (await send("GET", "/instance-groups?limit=100", "", { accept: "*/*" })).body;
    const { uid } = groups.items.find(({ name }: { name: string }) => name === "ncg");
    expect(uid).toBe(simulator.instanceGroup);
    const poll = async (body: object) => {
      const accepted = await send("POST", `/instance-groups/${uid}/config`, body);
      expect(accepted.status).toBe(202);
      expect((await send("GET", accepted.body.links.rel)).body.details.pending).toHaveLength(2);
      await control.settled();
      return (await send("GET", accepted.body.links.rel)).body.details;
    };
    expect(await poll(await publish("one"))).toMatchObject({ pending: [], failure: [], success: [{}, {}] });
    expect(await page("plus-1", "/page")).toBe("one");
    const { failure, pending } = await poll(await publish("two; nonsense on"));
    expect(pending).toEqual([]);
    expect(failure[0]).toMatchObject({
      failMessage: expect.stringContaining('unknown directive "nonsense" in /etc/nginx/conf.d/services.conf:2'),
    });
    expect(await page("plus-1", "/page")).toBe("one");
    expect((await send("GET", "/instance-groups", "", basic("admin", "wrong"))).status).toBe(401);
  });
});

describeWithNginx("the Ansible collection", () => {
  it("stages, publishes by uid, and polls for finalized", async () => {
    const { send, control, page, group } = await startClient({ switches: { doneStatus: "finalized" } });
    const template = {
      configName: "base-config",
      auxFiles: { rootDir: "/", files: [] },
      configFiles: { rootDir: "/etc/nginx", files: [{ contents: base64(serving("ansible")), name: main }] },
    };
    const created = await send("POST", "/configs", template);
    expect(created.status).toBe(201);
    const { items } = (await send("GET", "/configs")).body;
    const config = items.find(({ configName }: { configName: string }) => configName === "base-config");
    expect((await send("PUT", `/configs/${config.uid}`, { ...template, uid: config.uid })).body.uid).toBe(config.uid);
    const publish = { configUid: config.uid, ignoreConflict: false, validateConfig: true };
    const accepted = await send("POST", `${group}/config`, publish);
    expect(accepted.status).toBe(202);
    await control.settled();
    const { status, details } = (await send("GET", accepted.body.links.rel)).body;
    expect([status, details.failure]).toEqual(["finalized", []]);
    expect(await page()).toBe("ansible");
  });

  it("upserts, tags and unregisters by the links it makes itself", async () => {
    const { send } = await startClient();
    const instances = (await send("GET", "/instances")).body.items;
    const { systemUid, uid } = instances.find(({ displayName }: { displayName: string }) => displayName === "web-1");
    const { key, certificate } = await createCertificate("nim.test");
    const instanceRefs = [`${base}/systems/${systemUid}/instances/${uid}`];
    const cert = {
      name: "NIM",
      instanceRefs,
      certPEMDetails: { type: "PEM", caCerts: [], publicCert: certificate, privateKey: key },
    };
    expect((await send("PUT", "/certs/NIM", cert)).status).toBe(201);
    expect((await send("PUT", "/certs/NIM", cert)).status).toBe(200);
    expect((await send("GET", "/users/devdebs")).status).toBe(404);
    const userDef = {
      email: "a@b.c",
      firstName: "D",
      lastName: "S",
      groups: [],
      roles: [{ ref: `${base}/roles/admin` }],
    };
    const user = { metadata: { name: "devdebs", displayName: "Debs", description: "x" }, userDef };
    expect((await send("POST", "/users", user)).status).toBe(201);
    expect((await send("PATCH", "/users/devdebs", user)).status).toBe(200);
    const systems = (await send("GET", "/systems?hostname=web-1")).body;
    expect(systems.count).toBe(1);
    expect(
      (await send("PATCH", `/systems/${systems.items[0].uid}`, { hostname: "web-1", tags: ["dc:azure"] })).status,
    ).toBe(200);
    expect((await send("DELETE", `/systems/${systemUid}/instances/${uid}`)).status).toBe(204);
  });
});
