// A config that somebody else wrote, published to the simulator: whatever it says, the nginx that runs it reads, writes and
// reaches nothing of this machine outside its own folder. Each case is one way out that nginx itself has.
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEdits } from "../../simulators/nim/nginx/edits.ts";
import { parse } from "../../simulators/nim/nginx/parse.ts";
import { removePlus } from "../../simulators/nim/nginx/plus.ts";
import { describeWithNginx, type Files, main, type NimClient, startClient } from "./nim.client.ts";

const secret = "nobody may read this";
let outside: string;
let socket: Server;
let connections = 0;

beforeAll(async () => {
  // Short, for paths of sockets may not be long.
  outside = mkdtempSync(join(tmpdir(), "out-"));
  writeFileSync(join(outside, "secret.txt"), secret);
  socket = createServer((connection) => {
    connections += 1;
    connection.end(`HTTP/1.0 200 OK\r\n\r\n${secret}`);
  }).listen(join(outside, "s"));
  await once(socket, "listening");
});
afterAll(() => {
  socket.close();
  rmSync(outside, { recursive: true });
});

const contents = () => readdirSync(outside).sort();
let before: string[];
beforeEach(() => {
  before = contents();
  connections = 0;
});
// After each, whatever it was about.
afterEach(() => {
  expect(contents()).toEqual(before);
  expect(connections).toBe(0);
});

/** More steps up than there are folders. */
const up = "/..".repeat(20);
const http = (inner: string, more = "") => `${more}events {}\nhttp {\n${inner}\n}\n`;
const server = (inner: string, more = "") => http(`${more}\nserver { listen 80; ${inner} }`);

/** Publishes, and asks for a path with bytes as they are; undefined where nothing was published. */
async function attack(client: NimClient, files: Files, ...paths: string[]): Promise<string[] | string> {
  const deployment = await client.publish(files);
  if (deployment.status !== "successful") return deployment.details.failure[0].failMessage;
  return Promise.all(paths.map((path) => raw(client, path)));
}

/** Nothing where nobody answers. */
async function raw(client: NimClient, path: string): Promise<string> {
  const connection = connect(client.control.portOf("web-1", 80) ?? 0, "127.0.0.1");
  // Not ended: nginx takes half a connection for a client that has gone, and asks nobody on its behalf.
  connection.setTimeout(2000, () => connection.destroy());
  connection.write(`GET ${path} HTTP/1.0\r\nHost: web\r\nX-Path: ${up}${outside}\r\n\r\n`);
  let answer = "";
  try {
    for await (const chunk of connection) answer += chunk;
  } catch {
    return answer;
  }
  return answer;
}

describeWithNginx("a hostile config reads nothing outside", () => {
  it.each<[string, (at: string) => string, string]>([
    ["a root in a variable", (at) => server(`set $r "${at}"; root $r;`), "/secret.txt"],
    ["a root in a request", () => server("root $http_x_path;"), "/secret.txt"],
    ["a root below a folder, with a request's dots", () => server("root /srv/$arg_a;"), `/secret.txt?a=${up}`],
    [
      "a root put together from pieces",
      (at) => server(`set $d .; root /srv/$d$d${"/$d$d".repeat(20)}${at};`),
      "/secret.txt",
    ],
    ["an alias of a request", () => server("location ~ ^/f/(.*) { alias $arg_a/$1; }"), `/f/secret.txt?a=${up}`],
    ["an alias with a capture", () => server("location ~ ^/f(.*)x { alias /srv$1; }"), "/fx"],
    ["an alias in a variable", (at) => server(`set $r "${up}${at}"; location /a/ { alias $r/; }`), "/a/secret.txt"],
    ["a rewrite", (at) => server(`root /srv; rewrite ^ ${up}${at}/secret.txt break;`), "/x"],
    ["a rewrite without a root", (at) => server(`rewrite ^ ${up}${at}/secret.txt break;`), "/x"],
    ["a rewrite with a request", (at) => server(`root /srv; rewrite ^ $arg_a${at}/secret.txt last;`), `/x?a=${up}`],
    ["a rewrite from pieces", (at) => server(`rewrite ^/x(.)y ${"/$1$1".repeat(20)}${at}/secret.txt break;`), "/x.y"],
    ["an error page", (at) => server(`root /srv; error_page 404 = ${up}${at}/secret.txt;`), "/x"],
    ["a try", (at) => server(`root /srv; try_files ${up}${at}/secret.txt =404;`), "/x"],
    ["an index", (at) => server(`root /; index ${up.slice(1)}${at}/secret.txt;`), "/"],
    ["a list of a folder", (at) => server(`autoindex on; root /srv; rewrite ^ ${up}${at}/ break;`), "/x"],
    ["dots in a root", (at) => server(`root ${up}${at};`), "/secret.txt"],
    ["dots in an alias", (at) => server(`location /a/ { alias ../..${up}${at}/; }`), "/a/secret.txt"],
    ["an alias one too high", () => server("location /a { autoindex on; alias /; }"), "/a../"],
    ["a file that is there", (at) => server(`if (-f ${up}${at}/secret.txt) { return 200 "${secret}"; }`), "/"],
    [
      "a file that is there, in a variable",
      (at) => server(`set $f "${up}${at}/secret.txt"; if (-f $f) { return 200 "${secret}"; }`),
      "/",
    ],
    [
      "a file that is there, from the root",
      (at) =>
        server(`set $f "${up}${at}/secret.txt"; if (!-f $document_root$f) { return 404; } return 200 "${secret}";`),
      "/",
    ],
    ["passwords", (at) => server(`auth_basic x; auth_basic_user_file ${up}${at}/secret.txt; root /;`), "/"],
    ["passwords in a variable", () => server("auth_basic x; auth_basic_user_file $http_x_path/secret.txt;"), "/"],
  ])("by %s", async (_, config, path) => {
    const client = await startClient({ systems: [{ hostname: "web-1" }] });
    const answers = await attack(client, { [main]: config(outside), "/etc/nginx/html/x": "x" }, path);
    expect(String(answers)).not.toContain(secret);
    // Nor is it refused for another reason than the one meant here.
    expect(answers).toBeInstanceOf(Array);
    if (_ === "an alias one too high") expect(String(answers)).not.toMatch(/g\d+\/|data\//);
  });

  it.each<[string, (at: string) => string, RegExp]>([
    ["an include", (at) => `include ${up}${at}/secret.txt;`, /open\(\) ".*secret\.txt" failed/],
    ["a key of an engine", () => server("ssl_certificate_key engine:dynamic:x;"), /does not run ssl_certificate_key/],
    ["a key of a store", (at) => server(`ssl_certificate_key store:file:${at}/secret.txt;`), /does not run/],
    ["a setting of OpenSSL by its URI", (at) => server(`ssl_conf_command VerifyCAStore file:${at}/s;`), /does not run/],
    ["a variable in a list of certificates", () => server("ssl_crl $http_x;"), /does not run ssl_crl/],
    [
      "dots behind a variable",
      () => server("root /srv/$host/../x;"),
      /does not run root .*dots.* in \/etc\/nginx\/nginx.conf:4/,
    ],
  ])("by %s: it is refused, with file and line", async (_, config, words) => {
    const client = await startClient({ systems: [{ hostname: "web-1" }] });
    expect(await attack(client, { [main]: config(outside) })).toMatch(words);
  });

  it("loads and runs nothing that was published or lies around", async () => {
    const client = await startClient({ systems: [{ hostname: "web-1" }] });
    const published = { "aux:/etc/nginx/modules/evil.so": "no module at all" };
    for (const path of ["modules/evil.so", "/etc/nginx/modules/evil.so", `${outside}/secret.txt`]) {
      const said = await attack(client, { [main]: http("", `load_module ${path};\n`), ...published });
      // Not "invalid ELF header", which only who has opened it can say.
      expect(said).toMatch(/dlopen\(\) ".*" failed \(.*No such file or directory\)/);
    }
    for (const line of ["perl_modules /;", "js_import /x.js;", "init_by_lua_block { os.exit() }", "modsecurity on;"]) {
      const [name] = line.split(" ");
      expect(await attack(client, { [main]: http(line) })).toContain(`unknown directive "${name}" in ${main}:3`);
    }
  });
});

describeWithNginx("a hostile config writes nothing outside", () => {
  it.each<[string, (at: string) => string]>([
    ["an access log", (at) => server(`access_log ${up}${at}/w; return 204;`)],
    ["an access log with a variable", (at) => server(`access_log ${up}${at}/$host; root /; return 204;`)],
    ["an access log in a variable", () => server("access_log $http_x_path/w; root /;")],
    ["an access log on a device", (at) => server(`access_log /dev/..${at}/w; return 204;`)],
    ["an error log", (at) => http("", `error_log ${up}${at}/w debug;\n`)],
    ["the number of the process", (at) => http("", `pid ${at}/w;\n`)],
    ["a lock", (at) => http("", `lock_file ${at}/w;\n`)],
    ["a folder for bodies", (at) => server(`client_body_temp_path ${up}${at}/w;`)],
    ["a cache", (at) => http(`proxy_cache_path ${up}${at}/w keys_zone=a:1m;`)],
    [
      "a copy of an answer",
      (at) => http(`server { listen 80; location / { proxy_pass http://127.0.0.1:1; proxy_store ${up}${at}/w; } }`),
    ],
    ["a socket", (at) => http(`server { listen unix:${at}/w; }`)],
    ["a socket in capitals", (at) => http(`server { listen UNIX:${at}/w; }`)],
    ["a log to a socket", (at) => server(`access_log syslog:server=unix:${at}/s; return 204;`)],
  ])("by %s", async (_, config) => {
    const client = await startClient({ systems: [{ hostname: "web-1" }] });
    // It runs: what only the one nginx of a machine can do is left out, and the rest is done elsewhere.
    expect(await attack(client, { [main]: config(outside) }, "/")).toBeInstanceOf(Array);
    expect(contents()).toEqual(before);
  });

  it("nor by a publish over its own files: what runs again after a failure is what was checked", async () => {
    const client = await startClient({ systems: [{ hostname: "web-1" }] });
    const config = server("root /; location / { dav_methods PUT; }");
    await client.publish({ [main]: config });
    const url = client.control.instances()[0]?.url;
    const evil = http("", `error_log ${outside}/w debug;\n`);
    await fetch(`${url}${main}`, { method: "PUT", body: evil });
    // Right on paper, and refused at the reload: the same port twice, once as another kind of socket.
    await client.publish({ [main]: server(`proxy_cache_path /c keys_zone=a:1m;`) });
    await client.publish({ [main]: "events {} stream { server { listen 80; listen 80 udp; return x; } }" });
    expect(contents()).toEqual(before);
  });
});

describeWithNginx("a hostile config reaches no socket of this machine", () => {
  it.each<[string, (at: string) => string]>([
    ["an address", (at) => server(`location / { proxy_pass http://unix:${at}/s:/; }`)],
    ["an address in capitals", (at) => server(`location / { proxy_pass http://UNIX:${at}/s:/; }`)],
    ["dots", (at) => server(`location / { proxy_pass http://unix:${up}${at}/s; }`)],
    ["an upstream", (at) => server("location / { proxy_pass http://a; }", `upstream a { server unix:${at}/s; }`)],
    ["a variable", (at) => server(`set $a "unix:${at}/s:/"; location / { proxy_pass http://$a; }`)],
    ["pieces", (at) => server(`set $a "un"; set $b "ix:${at}/s:/"; location / { proxy_pass http://$a$b; }`)],
    ["FastCGI", (at) => server(`set $a "unix:${at}/s"; location / { fastcgi_pass $a; }`)],
    ["a stream", (at) => `events {} stream { server { listen 80; proxy_pass unix:${at}/s; } }`],
    [
      "a stream with a variable",
      (at) => `events {} stream { map $protocol $a { default "unix:${at}/s"; } server { listen 80; proxy_pass $a; } }`,
    ],
  ])("by %s", async (_, config) => {
    const client = await startClient({ systems: [{ hostname: "web-1" }] });
    const answers = await attack(client, { [main]: config(outside) }, "/");
    expect(answers).toBeInstanceOf(Array);
    expect(connections).toBe(0);
  });

  it("but its own ones", async () => {
    const client = await startClient({ systems: [{ hostname: "web-1" }] });
    const config = http(`server { listen unix:/run/app.sock; return 200 inside; }
      server { listen 80; location / { proxy_pass http://unix:/run/app.sock; } }`);
    expect(String(await attack(client, { [main]: config }, "/"))).toContain("inside");
  });

  it("and listens on loopback only, also on ranges of ports", async () => {
    const client = await startClient({ systems: [{ hostname: "web-1" }] });
    for (const address of ["8100-8110", "*:8200-8210", "0.0.0.0:8300-8310", "[::]:8400-8410"]) {
      await attack(client, { [main]: http(`server { listen ${address}; return 204; }`) });
      const port = Number(/(\d+)-/.exec(address)?.[1]);
      await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
    }
    expect(await attack(client, { [main]: http("server { listen host/x:80; }") })).toMatch(/does not run listen/);
  });
});

describeWithNginx("nginx sees only what the simulator has looked through", () => {
  const log = () => `error_log ${outside}/w debug;`;
  it.each<[string, () => Files]>([
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: nginx writes variables so.
    [
      "a brace behind an escaped dollar",
      () => ({ [main]: `events {}\nhttp { server { location /\\\${ ${log()} } } }` }),
    ],
    [
      "a brace behind a brace of a variable",
      () => ({ [main]: `events {}\nhttp { server { set $x a\${{; ${log()} } }` }),
    ],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above.
    [
      "a file that is included by a longer way",
      () => ({
        [main]: "include /etc/nginx/conf.d/../raw;\nevents {}",
        "aux:/etc/nginx/raw": log(),
      }),
    ],
    [
      "a file whose name is a pattern",
      () => ({
        [main]: "include conf.d/*;\nevents {}",
        "/etc/nginx/conf.d/raw[1]": "",
        "aux:/etc/nginx/raw1": log(),
      }),
    ],
    [
      "a pattern that two read differently",
      () => ({
        [main]: "include ra[!x];\nevents {}",
        "aux:/etc/nginx/raw": log(),
      }),
    ],
    ["a text that ends early", () => ({ [main]: `error_log "..\0/w" debug;\nevents {}` })],
    ["a file that does not end", () => ({ [main]: `${log()}\nevents {} http {` })],
  ])("not %s", async (_, files) => {
    const client = await startClient({ systems: [{ hostname: "web-1" }] });
    await attack(client, files(), "/");
    expect(contents()).toEqual(before);
  });
});

describeWithNginx("a NUL, at which a path ends for the operating system,", () => {
  it("is in no config", async () => {
    const client = await startClient({ systems: [{ hostname: "web-1" }] });
    expect(await attack(client, { [main]: `${http("")}# \0` })).toMatch(/does not run a NUL in/);
  });
});

describe("what only Plus knows", () => {
  it("leaves no words of its own in the copy", () => {
    const text = `keyval $a "$b { x; } } evil" zone=z;`;
    const [directive] = parse(text).directives;
    const edits = createEdits(text);
    if (directive) removePlus(directive, ["http"], edits);
    expect(parse(edits.apply()).directives.map(({ name }) => name)).toEqual(["map"]);
  });
});
