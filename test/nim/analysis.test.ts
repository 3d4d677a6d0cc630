// What NIM's analysis does to a publish that nobody has asked to be analysed (docs/nim.md, "Analysis"): it stops what no
// nginx takes, and nothing that would have been served.
import { afterEach, describe, expect, test } from "vitest";
import type { Fault } from "../../simulators/kit/index.ts";
import { findNginx, type NimSwitches } from "../../simulators/nim/index.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";
import { createTestWorld } from "../tools/world.ts";
import { files, main, mainFile, site, siteFile, startConfigBench } from "./nginxConfig.bench.ts";
import { api, type NimBench } from "./nim.bench.ts";

let bench: Bench & NimBench;
let run: ResourceRun;
let clock: VirtualClock;
let warnings: { message: string }[];
/** How long NIM takes for an analysis. */
let delay = 0;

const analysis = `POST ${api}/analysis`;
const publish = `POST ${api}/**/config`;
const count = (match: string) => bench.simulator.control.requests.count(match);
const warned = () => warnings.map(({ message }) => message).join("\n");
const live = () => bench.live(run.state?.id ?? "") ?? {};
const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "it succeeded",
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );

async function start(
  target: "instance" | "group" = "instance",
  switches: Partial<NimSwitches> = {},
  { environment = {}, nginx = false }: { environment?: Record<string, string>; nginx?: boolean } = {},
): Promise<void> {
  delay = 0;
  bench = await startConfigBench(target, { switches, nginx });
  const { handle, username, password } = bench.simulator;
  clock = createVirtualClock();
  const world = createTestWorld(
    async (request) => {
      if (request.path === `${api}/analysis` && delay > 0) await clock.sleep(delay);
      return handle(request);
    },
    {
      clock,
      environment: {
        NIM_ENDPOINT: "https://nim.invalid",
        NIM_USERNAME: username,
        NIM_PASSWORD: password,
        ...environment,
      },
    },
  );
  warnings = world.warnings;
  run = new ResourceRun(world.providers.byName.NginxConfig as ResourceRun["provider"], {
    owner: "acme/urn:pulumi:dev::shop::x::web",
    __provider: "text",
  });
}
afterEach(() => bench?.close());

const answer = (body: object, status = 200): Fault => ({ kind: "respond", when: "before", status, body });
const withSite = (text: string): Properties => ({ ...bench.args, files: { ...files, [siteFile]: text } });
/** An error as crossplane tells it, about a config in which nothing is wrong. */
const mistake = (error: string, at: object = { file: siteFile, line: 2 }) =>
  answer({ status: "failed", errors: [{ ...at, error }] });

describe.each(["crossplane", "report"] as const)("in the form of %s", (form) => {
  test.each(["instance", "group"] as const)("an error of syntax stops a publish to an %s", async (target) => {
    await start(target, { analysis: form, validateConfig: "ignore" });
    const message = await failure(run.up({ ...bench.args, files: { [mainFile]: "events {}\nhttp {\n" } }));
    expect(message).toContain("NIM's analysis finds errors in the config:");
    expect(message).toContain('  /etc/nginx/nginx.conf:3: unexpected end of file, expecting "}"');
    expect(message).toContain("Nothing was published.");
    expect(run.state).toBeUndefined();
    expect(count(publish)).toBe(0);
    expect(await run.up(bench.args)).toBe("create");
  });

  test.runIf(findNginx())("a file that is not there is a warning, in nginx's own words", async () => {
    await start("instance", { analysis: form, validateConfig: "ignore" }, { nginx: true });
    const included = main.replace("http {", "http {\n    include /etc/nginx/secrets.conf;");
    await failure(run.up({ ...bench.args, files: { ...files, [mainFile]: included } }));
    expect(count(publish)).toBe(1);
    expect(warned()).toMatch(/warns:\n {2}error: .*open\(\) ".*secrets\.conf" failed \(2: No such file or directory\)/);
  });
});

describe("what the host may take otherwise than NIM", () => {
  test.each([
    'open() "/etc/nginx/mime.types" failed (2: No such file or directory)',
    'cannot load certificate "/etc/nginx/ssl/shop.crt": BIO_new_file() failed (SSL: error:02001002)',
    'cannot load certificate key "/etc/nginx/ssl/shop.key": BIO_new_file() failed',
    'host not found in upstream "app.internal"',
    'dlopen() "/etc/nginx/modules/ngx_http_js_module.so" failed',
    'unknown directive "brotli"',
    'invalid number of arguments in "keepalive" directive',
    '"http2" directive is not allowed here',
    'getpwnam("www-data") failed',
    "something that nobody has seen yet",
  ])("is published, and shown: %s", async (error) => {
    await start();
    bench.inject(analysis, mistake(error));
    expect(await run.up(bench.args)).toBe("create");
    expect(warned()).toContain(`warns:\n  error: ${siteFile}:2: ${error}\n`);
    expect(warned()).toContain('that stops nothing without analyze: "errors".');
  });

  test.each<[string, object]>([
    ["of which no place is told", {}],
    ["without a line", { file: siteFile }],
    ["in a file that this publish may remove", { file: "/etc/nginx/conf.d/old.conf", line: 1 }],
  ])("so is an error of syntax %s", async (_, at) => {
    await start();
    bench.inject(analysis, mistake('unexpected "}"', at));
    expect(await run.up(bench.args)).toBe("create");
    expect(warned()).toContain('unexpected "}"');
  });

  test("and what looks like one to whoever does not know the language in a block", async () => {
    await start();
    const lua = site("hello").replace("listen 80;", 'listen 80;\n    # content_by_lua_block { ngx.say("}") }');
    bench.inject(analysis, mistake('unexpected "}"'));
    expect(await run.up(withSite(lua))).toBe("create");
    expect(warned()).toContain('unexpected "}"');
  });
});

test.each([
  'unexpected "}"',
  'unexpected end of file, expecting ";" or "}"',
  'directive "listen" is not terminated by ";"',
  'directive "server" has no opening "{"',
])("what no nginx takes stops it: %s", async (error) => {
  await start();
  bench.inject(analysis, mistake(`${error} in conf.d/shop.conf:2`, { file: "conf.d/shop.conf", line: 2 }));
  expect(await failure(run.up(bench.args))).toContain(`\n  conf.d/shop.conf:2: ${error}\n`);
  expect(count(publish)).toBe(0);
});

describe("a NIM without an analysis that helps publishes without, says nothing, and is not asked again", () => {
  const faults: [string, Fault][] = [
    ...[404, 405, 501, 502].map((status): [string, Fault] => [
      `${status}`,
      answer({ code: status, message: "no matching operation was found" }, status),
    ]),
    ["a gateway's own page", { kind: "html502" }],
    ["no permission", answer({ code: 403, message: "Forbidden" }, 403)],
    ["no permission, as the guide has it", answer({ code: 401, message: "Unauthorized" }, 401)],
    ["another form", answer({ fine: false, problems: ['unexpected "}"'] })],
    ["a list of what says nothing", answer({ items: [{ uid: "1" }] })],
  ];

  test.each(faults)("%s", async (_, fault) => {
    await start();
    bench.simulator.control.faults.inject({ match: analysis, fault, times: "always" });
    expect(await run.up(bench.args)).toBe("create");
    expect(await run.up(bench.changed.args)).toBe("update");
    expect(count(analysis)).toBe(1);
    expect(warned()).not.toContain("analys");
  });

  test("in the simulator's own words", async () => {
    await start("group", { analysis: "none" });
    expect(await run.up(bench.args)).toBe("create");
    expect(await run.up(bench.changed.args)).toBe("update");
    expect(count(analysis)).toBe(1);
    expect(warned()).not.toContain("analys");
  });

  test("no answer in 30 s", async () => {
    await start();
    delay = 45_000;
    const began = clock.elapsed();
    expect(await run.up(bench.args)).toBe("create");
    expect(clock.elapsed() - began).toBeLessThan(40_000);
    expect(await run.up(bench.changed.args)).toBe("update");
    expect(warned()).not.toContain("analys");
    expect(count(publish)).toBe(2);
  });

  test("nor in a quarter of nim:timeout, where that is less", async () => {
    await start("instance", {}, { environment: { NIM_TIMEOUT: "20" } });
    delay = 10_000;
    const began = clock.elapsed();
    expect(await run.up(bench.args)).toBe("create");
    expect(clock.elapsed() - began).toBeLessThan(9_000);
  });
});

describe("what is wrong with this request alone stops nothing, and NIM is asked about the next one", () => {
  test.each<[string, Fault]>([
    ["400", answer({ code: 400, message: 'property "configFiles" is unsupported' }, 400)],
    ["413", answer({ code: 413, message: "too large" }, 413)],
    ["422", answer({ code: 422, message: "no" }, 422)],
    ["500", answer({ code: 500, message: "no" }, 500)],
    ["503", answer({ code: 503, message: "later" }, 503)],
    ["a drop", { kind: "reset", when: "after" }],
    ["half an answer", { kind: "cut" }],
  ])("%s", async (_, fault) => {
    await start();
    bench.inject(analysis, fault);
    expect(await run.up(bench.args)).toBe("create");
    expect(count(analysis)).toBe(1);
    expect(warned()).not.toContain("analys");
    expect(await run.up(bench.changed.args)).toBe("update");
    expect(count(analysis)).toBe(2);
  });
});

describe("requests", () => {
  test("one for a publish; none for a preview, a refresh, nothing to do, and what is left behind", async () => {
    await start();
    expect(await run.up(bench.args)).toBe("create");
    expect(count(analysis)).toBe(1);
    await run.provider.diff(run.state?.id ?? "", run.state?.outputs ?? {}, bench.changed.args);
    expect(await run.up(bench.args)).toBe("same");
    await run.refresh();
    expect(count(analysis)).toBe(1);
    await run.destroy();
    expect([count(analysis), count(publish)]).toEqual([1, 2]);
  });

  test("none with off", async () => {
    await start();
    expect(await run.up({ ...bench.args, analyze: "off" })).toBe("create");
    expect(count(analysis)).toBe(0);
  });

  test("an instance's names it and its main file's folder, a group's no instance", async () => {
    for (const target of ["instance", "group"] as const) {
      await start(target);
      const sent: string[] = [];
      bench.simulator.control.hook({
        before: ({ path, body }) => void (path === `${api}/analysis` && sent.push(body)),
      });
      expect(await run.up(bench.args)).toBe("create");
      const [{ nginxUid, configFiles } = {} as Properties] = sent.map((text) => JSON.parse(text) as Properties);
      expect(nginxUid).toBe(target === "group" ? undefined : bench.simulator.instances[0]?.instanceUid);
      expect(configFiles).toMatchObject({ rootDir: "/etc/nginx" });
      expect(Object.keys(live())).toContain(siteFile);
      await bench.close();
    }
  });
});

describe('with "errors"', () => {
  const wanted = () => ({ ...bench.args, analyze: "errors" });

  test("a missing file stops it as well", async () => {
    await start();
    bench.inject(analysis, mistake("host not found in upstream"));
    expect(await failure(run.up(wanted()))).toContain(`${siteFile}:2: host not found in upstream`);
    expect(count(publish)).toBe(0);
  });

  test.each([403, 422, 500])("and so does the answer %d", async (status) => {
    await start();
    bench.inject(analysis, answer({ code: status, message: "no" }, status));
    expect(await failure(run.up(wanted()))).toContain("The analysis did not answer, and nothing was published.");
    expect(count(publish)).toBe(0);
  });

  test("it is asked for although NIM has not answered before", async () => {
    await start("instance", { analysis: "none" });
    expect(await run.up(bench.args)).toBe("create");
    expect(await run.up({ ...bench.changed.args, analyze: "errors" })).toBe("update");
    expect(count(analysis)).toBe(2);
    expect(warned()).toContain("This NIM analyses no configs");
  });
});
