// The nginx behind the NIM simulator: its grammar, the copy of a config that runs, NGINX Plus, and its end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createPaperHost } from "../../simulators/nim/nginx/host.ts";
import { parse } from "../../simulators/nim/nginx/parse.ts";
import { type RunPlace, rewrite } from "../../simulators/nim/nginx/rewrite.ts";
import { readTree } from "../../simulators/nim/nginx/tree.ts";
import { describeWithNginx, main, serving, startClient } from "./nim.client.ts";

const disk = (files: Record<string, string>) =>
  new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text, "latin1")]));

describe("the grammar", () => {
  const words = (text: string) =>
    parse(text).directives.map(({ name, args }) => [name, ...args.map(({ value }) => value)]);

  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: nginx writes variables so.
  it("has words, quotes, escapes, variables and comments", () => {
    expect(words("a b  c\t'd e' \"f;{}\"; # g;\nh 'it\\'s' x\\ y ${v}w a#b;")).toEqual([
      ["a", "b", "c", "d e", "f;{}"],
      ["h", "it's", "x\\ y", "${v}w", "a#b"],
    ]);
  });
  it("takes a brace for a block where nginx does", () => {
    expect(words("a \\${ b; }")).toEqual([["a", "\\$"]]);
    expect(words("a x${{y} b;")).toEqual([["a", "x${{y}", "b"]]);
    expect(words("a \\\\${b} c;")).toEqual([["a", "\\${b}", "c"]]);
  });
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above.

  it("has blocks, and Lua that is none", () => {
    const { directives, error } = parse(
      "http { server { listen 80; }\n}\ncontent_by_lua_block { if x then y = {} end } z;",
    );
    expect(error).toBeUndefined();
    expect(directives.map(({ name, line }) => [name, line])).toEqual([
      ["http", 1],
      ["content_by_lua_block", 3],
      ["z", 3],
    ]);
    expect(directives[0]?.block?.[0]?.block?.[0]?.name).toBe("listen");
  });

  it.each([
    ["a {\n", 'unexpected end of file, expecting "}"', 2],
    ["a b", 'unexpected end of file, expecting ";" or "}"', 1],
    ["a 'b", 'unexpected end of file, expecting ";" or "}"', 1],
    ["}", 'unexpected "}"', 1],
    ["a }", 'unexpected "}"', 1],
    ["\n;", 'unexpected ";"', 2],
    ["{ }", 'unexpected "{"', 1],
    ["a 'b'c;", 'unexpected "c"', 1],
  ])("says of %j what nginx says", (text, message, line) => {
    expect(parse(text).error).toEqual({ message, line });
  });

  it("follows includes, also into each other, by folder and pattern", () => {
    const tree = readTree(
      disk({
        [main]: "include conf.d/*.conf; include none.conf;",
        "/etc/nginx/conf.d/b.conf": "b;",
        "/etc/nginx/conf.d/a.conf": "include conf.d/a.conf; a;",
        "/etc/nginx/conf.d/c.txt": "c;",
      }),
      main,
    );
    expect(tree.files.map(({ path }) => path)).toEqual([main, "/etc/nginx/conf.d/a.conf", "/etc/nginx/conf.d/b.conf"]);
    const seen: string[] = [];
    tree.walk(({ name }) => seen.push(name));
    expect(seen).toContain("a");
    expect(seen).toContain("b");
  });

  it.each([
    ["*.conf", ["!x.conf", "x.conf"], [".x.conf", "!x.conf", "x.conf"]],
    [".*.conf", [".x.conf"], [".x.conf"]],
    ["?x.conf", ["!x.conf"], [".x.conf", "!x.conf"]],
    ["[!.]*.conf", ["!x.conf", "x.conf"], [".x.conf", "!x.conf"]],
    ["[^.]*.conf", ["!x.conf", "x.conf"], ["!x.conf", "x.conf"]],
    ["[!x]*.conf", ["!x.conf"], ["!x.conf", "x.conf"]],
  ])("reads the pattern %s as nginx does, and as an agent does", (pattern, byNginx, byAgent) => {
    const files = disk({ [main]: `include ${pattern};`, ...named([".x.conf", "!x.conf", "x.conf"]) });
    const found = (reader: "nginx" | "agent") =>
      readTree(files, main, reader)
        .files.slice(1)
        .map(({ path }) => path.slice("/etc/nginx/".length));
    expect(found("nginx").sort()).toEqual([...byNginx].sort());
    expect(found("agent").sort()).toEqual([...byAgent].sort());
  });
  const named = (names: string[]) => Object.fromEntries(names.map((name) => [`/etc/nginx/${name}`, ""]));
});

describe("the copy that runs", () => {
  const place: RunPlace = {
    files: "/run/g1",
    data: "/run/data",
    nowhere: "/run/nowhere",
    secret: "s",
    listen: (address) => (address.startsWith("unix:") ? undefined : `127.0.0.1:9${address.replace(/\D/g, "")}`),
    module: (file) => (/^ngx_(stream|mail)_module\.so$/.test(file) ? `/modules/${file}` : undefined),
    mainDefaults: ["daemon off;"],
    httpDefaults: [{ name: "access_log", text: "access_log /run/data/a;" }],
    plus: false,
  };
  const copy = (text: string, more: Partial<RunPlace> = {}) =>
    rewrite(readTree(disk({ [main]: text }), main), { ...place, ...more });
  const textOf = (text: string, more = {}) => copy(text, more).files.get(main);

  it("leaves what is only for the one nginx of a machine, and keeps every line on its line", () => {
    expect(textOf("user  nginx;\nworker_processes auto;\npid /run/nginx.pid;\nevents {}\n")).toBe(
      "daemon off; \nworker_processes 1;\n\nevents {}\n",
    );
  });

  it("reads and writes below its folder, and dots do not lead out of it", () => {
    const text = textOf(
      "error_log logs/e.log; http { ssl_crl /srv/../../c; include ../../../../etc/passwd; access_log off; ssl_dhparam d; }",
    );
    expect(text).toContain("error_log /run/data/etc/nginx/logs/e.log;");
    expect(text).toContain(
      "ssl_crl /run/g1/c; include /run/g1/etc/passwd; access_log off; ssl_dhparam /run/g1/etc/nginx/d;",
    );
    expect(copy("error_log /var/log/x/e.log;").folders).toEqual(new Set(["/run/data/var/log/x"]));
    expect(copy("error_log /../../x/e.log;").folders).toEqual(new Set(["/run/data/x"]));
    expect(textOf("http { ssl_conf_command VerifyCAFile ../../a/b; ssl_conf_command Options x/y; }")).toContain(
      "ssl_conf_command VerifyCAFile /run/g1/a/b; ssl_conf_command Options x/y;",
    );
  });

  it("logs to no socket of this machine", () => {
    const text = textOf("error_log syslog:server=UNIX:/dev/log,tag=x; error_log syslog:server=10.0.0.1;");
    expect(text).toContain("syslog:server=unix:/run/data/dev/log,tag=x; error_log syslog:server=10.0.0.1;");
  });

  it("has nginx look at what shows only while it runs", () => {
    const text = textOf(
      "http { root /srv/www/; server { root /srv/$host/x; location /a { proxy_pass http://$arg_a; } } }",
    );
    const guard = (name: string) => `\${guard_s_${name}}`;
    expect(text).toContain(`root "/run/g1${guard("0")}/srv/www/"; server {`);
    expect(text).toContain(`root "/run/g1${guard("0")}${guard("1")}/srv/$host/x";`);
    expect(text).toContain(`proxy_pass "${guard("2")}http://$arg_a";`);
    expect(text).toContain("map $uri $guard_s_0 { volatile; ");
    expect(text).toContain("map /srv/$host/x $guard_s_1 { volatile; ");
    expect(text).toContain("map http://$arg_a $guard_s_2 { volatile; ");
  });

  it("names each included file, and what it does not know by a name that nobody knows", () => {
    const files = {
      [main]: "include conf.d/*.conf; include none/*; nope x;",
      "/etc/nginx/conf.d/a.conf": "map $a $b { nope x; }",
    };
    const rewritten = rewrite(readTree(disk(files), main), place);
    expect(rewritten.files.get(main)).toContain("include /run/g1/etc/nginx/conf.d/a.conf;  unknown_s_nope x;");
    expect(rewritten.files.get("/etc/nginx/conf.d/a.conf")).toBe("map $a $b { nope x; }");
  });

  it("listens on loopback only, also where a server does not say where", () => {
    const text = textOf(
      "http { access_log off; server { listen 80 default_server; } server { listen [::]:443 ssl ipv6only=on; } server { } upstream a { server b; } }",
    );
    expect(text).toContain("server { listen 127.0.0.1:980 default_server; }");
    expect(text).toContain("listen 127.0.0.1:9443 ssl ;");
    expect(text).toContain("server { listen 127.0.0.1:980; }");
    expect(text).toContain("upstream a { server b; }");
  });

  it("loads the modules of streams and mail where they are not inside", () => {
    expect(textOf("stream { }")).toMatch(/^daemon off; load_module \/modules\/ngx_stream_module\.so; stream/);
    expect(textOf("mail { }")).toBe("daemon off; load_module /modules/ngx_mail_module.so; mail { }");
    expect(textOf("mail { } stream { }")).toContain(
      "ngx_stream_module.so; load_module /modules/ngx_mail_module.so; mail",
    );
    expect(textOf("load_module modules/ngx_stream_module.so;\nstream { }")).toBe(
      "daemon off; load_module /modules/ngx_stream_module.so;\nstream { }",
    );
    expect(textOf("http { }")).toContain("http { access_log /run/data/a; root ");
  });

  it("is without what only Plus knows, if it is one", () => {
    const plus = `mgmt {
  license_token /etc/nginx/license.jwt;
}
load_module modules/ngx_http_app_protect_module.so;
http {
  keyval_zone zone=a:1m; keyval $remote_addr $target zone=a;
  map $uri $x { api 1; match 2; }
  upstream a { zone a 64k; server b:1 slow_start=0 max_fails=1; sticky cookie s; }
  server { listen 443 quic reuseport; listen 443 ssl; status_zone x; location /api { api write=on; } http2 on; }
}
`;
    const { files, leftOut } = copy(plus, { plus: true });
    const text = files.get(main) ?? "";
    expect(text.split("\n")).toHaveLength(plus.split("\n").length);
    expect(text).toContain('map "" $target { default ""; }');
    expect(text).toContain("map $uri $x { api 1; match 2; }");
    expect(text).toContain("upstream a { zone a 64k; server b:1  max_fails=1;  }");
    expect(text).toContain("server {  listen 127.0.0.1:9443 ssl;  location /api {  }  }");
    expect([...leftOut]).toEqual(expect.arrayContaining(["mgmt", "status_zone", "server slow_start=0", "listen quic"]));
    expect(copy(plus).leftOut.size).toBe(0);
  });

  it("is without the names that Plus resolves while it runs: at the start they may be nobody's", () => {
    const upstream = (server: string) => `http { upstream a { server ${server}; } }`;
    const text = (server: string) => copy(upstream(server), { plus: true }).files.get(main);
    expect(text("api.internal:8443 weight=2 resolve")).toContain("server 127.0.0.1:8443 down weight=2 ;");
    expect(text("api.internal service=http resolve")).toContain("server 127.0.0.1 down  ;");
    for (const server of ["api.internal:8443", "localhost:81", "192.0.2.1:81", "[2001:db8::1]:81"]) {
      expect(text(server)).toContain(`server ${server};`);
    }
    for (const server of ["localhost:81", "192.0.2.1:81", "[2001:db8::1]:81"]) {
      expect(text(`${server} resolve`)).toContain(`server ${server} ;`);
    }
  });
});

describe("without an nginx", () => {
  it("the simulator says so", async () => {
    const { simulator } = await startClient({ nginx: false });
    expect([simulator.nginx, simulator.instances[0]?.url]).toEqual([undefined, undefined]);
    expect(simulator.notes.at(-1)).toContain("syntax is not checked by nginx");
  });

  it("braces and semicolons are checked, and nothing is served", async () => {
    const host = createPaperHost({ folder: "/nowhere", configPath: main, plus: false });
    expect(await host.run(disk({ [main]: "events {}\nhttp { nope; }\n" }))).toMatchObject({ ok: true, stage: "test" });
    const broken = await host.test(disk({ [main]: "include a.conf;", "/etc/nginx/a.conf": "\nx" }));
    expect(broken.output).toBe(
      'nginx: [emerg] unexpected end of file, expecting ";" or "}" in /etc/nginx/a.conf:2\nnginx: configuration file /etc/nginx/nginx.conf test failed\n',
    );
    expect((await host.run(disk({}))).output).toContain('open() "/etc/nginx/nginx.conf" failed');
    expect(host.portFor(80)).toBeUndefined();
  });
});

describeWithNginx("a real nginx", () => {
  it("serves every port of its config on a loopback port of its own", async () => {
    const { publish, control } = await startClient();
    const conf = `user nginx nginx;
worker_processes auto;
worker_rlimit_nofile 100000;
pid /var/run/nginx.pid;
error_log /var/log/nginx/deep/error.log warn;
events { worker_connections 1024; }
http {
  access_log /var/log/nginx/access.log;
  proxy_cache_path /var/cache/nginx/a levels=1:2 keys_zone=a:1m;
  server { listen 80; listen [::]:80; return 200 a; }
  server { listen 10.1.2.3:8080; listen web.example:8081; listen 9000-9010; return 200 b; }
  server { server_name no-listen; return 200 c; }
}
stream { server { listen 5000; return hello; } }
`;
    expect(await publish({ [main]: conf })).toMatchObject({ status: "successful" });
    const [a] = control.instances();
    expect(await (await fetch(a?.url ?? "")).text()).toBe("a");
    const byName = await fetch(a?.url ?? "", { headers: { host: "no-listen" } });
    expect(byName.status).toBe(200);
    const socket = connect(control.portOf("web-1", 5000) ?? 0, "127.0.0.1");
    const [greeting] = await once(socket, "data");
    expect(String(greeting)).toBe("hello");
    expect(control.portOf("web-1", 9999)).toBeUndefined();
  });

  it("takes a Plus config as a Plus instance, and says what it does not run", async () => {
    const { publish, control, simulator, page } = await startClient();
    const conf = serving("plus").replace("listen 80;", "listen 80; status_zone web;");
    const [, plus] = simulator.instances;
    await publish({ [main]: conf }, {}, `/systems/${plus?.systemUid}/instances/${plus?.instanceUid}`);
    expect(await page("web-2")).toBe("plus");
    expect(control.instances()[1]?.leftOut).toEqual(["status_zone"]);
  });

  it("shows the new page and never the old one once a publish is done", async () => {
    const { publish, page } = await startClient();
    for (let i = 0; i < 5; i++) {
      await publish({ [main]: serving(`page ${i}`) });
      expect(await Promise.all([page(), page(), page(), page()])).toEqual(Array(4).fill(`page ${i}`));
    }
  });

  it("starts again at the next publish when it has died", async () => {
    const { publish, page, control } = await startClient({ systems: [{ hostname: "web-1" }] });
    await publish({ [main]: serving("before").replace("return 200", "add_header X-Pid $pid; return 200") });
    const worker = (await fetch(control.instances()[0]?.url ?? "")).headers.get("x-pid");
    const status = readFileSync(`/proc/${worker}/status`, "utf8");
    process.kill(Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]), "SIGKILL");
    process.kill(Number(worker), "SIGKILL");
    await sleep(100);
    await expect(page()).rejects.toThrow();
    await publish({ [main]: serving("after") });
    expect(await page()).toBe("after");
  });

  it.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)("ends with its simulator, which ends by %s", async (signal) => {
    const command = new URL("../../cli/index.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [command, "simulate"], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    while (!/web-2 {2}http/.test(output)) await once(child.stdout, "data");
    const url = /web-1 {2}(http\S+)/.exec(output)?.[1] ?? "";
    expect((await fetch(url)).status).toBe(200);
    child.kill(signal);
    await once(child, "exit");
    for (let i = 0; i < 100 && (await fetch(url).catch(() => undefined)); i++) await sleep(20);
    await expect(fetch(url)).rejects.toThrow();
  });
});
