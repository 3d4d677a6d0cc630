import { isDeepStrictEqual } from "node:util";
import { type Acts, actsOn, type Stage } from "./stage.ts";
import type { Role, Segment } from "./systems.ts";

const somebody = "maria";
const gateway = { ours: "10.20.1.1/24", theirs: "10.20.1.254/24" };
const domain = { before: "web.shop.example", after: "shop.example" };
const siteConf = "nginx/conf.d/site.conf";
const page = "nginx/html/index.html";
const root = "    root   /etc/nginx/html;";
const proxy = { right: "        proxy_pass  http://shop;", wrong: "        proxy_pass  http://shop" };
const sign = { before: "The shop is open", after: "Open until midnight" };

/** Every scene in order. @throws Untrue as soon as something is not as it was said to be */
export async function playScenes(stage: Stage): Promise<void> {
  const acts = actsOn(stage);
  const { systems } = stage;
  const atFirst = { nsx: systems.nsxObjects(), nim: await systems.managed() };
  await create(stage, acts);
  await showDrift(stage, acts);
  await repair(stage, acts);
  await refuseMistake(stage, acts);
  await stopOnConflict(stage, acts);
  await keepTheirs(stage, acts);
  await takeDown(stage, acts, atFirst);
}

async function create({ narration, systems, workspace }: Stage, acts: Acts): Promise<void> {
  const { check } = narration;
  narration.step(
    "Create",
    `A site from examples/edge-site: two networks on NSX, on NIM a certificate, an nginx that
uses it, and a role for those who look after it.`,
  );
  await acts.script("node examples/edge-site/certificate.mjs shop.example");
  await acts.pulumi("up --yes --skip-preview", { quiet: [] });
  const [web, storage, role] = [systems.segment("web"), systems.segment("storage"), await systems.role()];
  check(
    `NSX routes web through the gateway ${gateway.ours}, and storage has VLANs 110 and 120-129`,
    web.type === "ROUTED" &&
      systems.gatewayOf("web") === gateway.ours &&
      isDeepStrictEqual(storage.vlan_ids, ["110", "120-129"]),
    { web, storage },
  );
  check(
    "operators may publish; segments and role carry a mark that says which stack they belong to",
    mayPublish(role) && [marksOf(web), marksOf(storage), role.metadata.tags].every(hasMarkOf(workspace.stack)),
    role,
  );
  const declared = await acts.read(page);
  const plain = await acts.visit();
  if (plain) check("nginx serves the page that the stack declares", plain.page === declared, plain);
  const secure = await acts.visit(await acts.read("certs/tls.crt"));
  if (!secure) return;
  const { certificateFingerprint } = await workspace.outputs();
  check(
    `over HTTPS, too, with the stack's certificate (SHA-256 ${String(certificateFingerprint).slice(0, 11)}…)`,
    secure.page === declared && secure.fingerprint === certificateFingerprint,
    secure,
  );
}

async function showDrift(stage: Stage, acts: Acts): Promise<void> {
  const { narration, systems, colleague } = stage;
  const { check } = narration;
  narration.step(
    "See what others changed",
    "Somebody works on both systems by hand. Pulumi shows each change, and writes nothing.",
  );
  narration.act(
    somebody,
    `moves the gateway of web to ${gateway.theirs} and deletes storage. On NIM she closes
the site for an hour, and takes from the operators the right to publish.`,
  );
  moveGateway(stage);
  colleague.nsx.delete(systems.segment("storage").path, somebody);
  const target = { target: "web-1", path: "/etc/nginx/conf.d/site.conf" };
  const closed = (await systems.configFile(target.path)).replace(root, `    return 503;\n${root}`);
  await colleague.nim.editConfig({ ...target, content: closed, user: somebody });
  const { name } = (await systems.role()).metadata;
  colleague.nim.revokePermission(name, "INSTANCE-MANAGEMENT", "UPDATE", somebody);
  const visit = await acts.visit();
  if (visit) check("visitors meet a closed door", visit.status === 503, visit);
  const before = systems.writes();
  const { stdout } = await acts.pulumi("refresh --preview-only --diff");
  check(
    `the gateway: ${gateway.ours} is now ${gateway.theirs}`,
    hasLine(stdout, `~ gatewayAddress: "${gateway.ours}" => "${gateway.theirs}"`),
  );
  check(
    "the segment: storage is gone",
    /- pulumi-nodejs:dynamic\/nsx:NsxSegment: \(delete\)\s+\[id=\S*\/storage-/.test(stdout),
  );
  check("the config: its new line is return 503", hasLine(stdout, "+ return 503;"));
  check("the role: UPDATE is gone", hasLine(stdout, '- [1]: "UPDATE"'));
  check("nothing was written", systems.writes() === before);
}

async function repair({ narration, systems, workspace }: Stage, acts: Acts): Promise<void> {
  const { check } = narration;
  narration.step(
    "Repair",
    "One command brings both systems back to what the program says. Then nothing is left to do.",
  );
  await acts.pulumi("up --refresh --yes --skip-preview");
  check(`the gateway of web is ${gateway.ours} again`, systems.gatewayOf("web") === gateway.ours);
  check("storage is back", hasMarkOf(workspace.stack)(marksOf(systems.segment("storage"))));
  check("operators may publish again", mayPublish(await systems.role()));
  const visit = await acts.visit();
  if (visit) check("the site is open again", visit.page === (await acts.read(page)), visit);
  await acts.pulumi("refresh --preview-only --expect-no-changes");
  check("no drift is left", true);
}

async function refuseMistake({ narration, systems, workspace }: Stage, acts: Acts): Promise<void> {
  const { check } = narration;
  const site = async () => (await workspace.resources("nim:NginxConfig"))[0];
  narration.step("Make a mistake", "We change the page, and lose a semicolon in the config.");
  await acts.edit(page, [sign.before, sign.after]);
  await acts.edit(siteConf, [proxy.right, proxy.wrong]);
  const [live, state] = [await systems.configFile("/etc/nginx/conf.d/site.conf"), await site()];
  const { output } = await acts.pulumi("up --yes --skip-preview", { succeeds: false });
  const line = output.match(/\/etc\/nginx\/conf\.d\/site\.conf:\d+: unexpected/)?.[0];
  check("NIM's analysis says what is wrong, and in which line", line !== undefined);
  check("the state is as it was", isDeepStrictEqual(await site(), state));
  const visit = await acts.visit();
  if (visit) check("the site is open all the same, with the page from before", visit.page.includes(sign.before), visit);
  else check("so is the config on NIM", (await systems.configFile("/etc/nginx/conf.d/site.conf")) === live);
  await acts.edit(siteConf, [proxy.wrong, proxy.right]);
  await acts.pulumi("up --yes --skip-preview");
  const corrected = await acts.visit();
  if (corrected)
    check("with the semicolon back, the new page is there", corrected.page.includes(sign.after), corrected);
}

async function stopOnConflict(stage: Stage, acts: Acts): Promise<void> {
  const { narration, systems } = stage;
  const { check } = narration;
  narration.step(
    "Lose nobody's change",
    `We edit web. Before our update arrives, somebody else changes the same segment:
one field that our program manages, and one that it does not mention.`,
  );
  await acts.edit("index.ts", [`domainName: "${domain.before}"`, `domainName: "${domain.after}"`]);
  narration.act(somebody, `moves the gateway of web to ${gateway.theirs}, and sets\nits replication mode to SOURCE.`);
  moveGateway(stage, { replication_mode: "SOURCE" });
  const theirs = systems.segment("web");
  const { output } = await acts.pulumi("up --yes --skip-preview", { succeeds: false });
  check("Pulumi stopped before it wrote anything", isDeepStrictEqual(systems.segment("web"), theirs));
  check(
    "it says which field, both values, who and when",
    output.includes(`changed by ${somebody} at ${new Date(theirs._last_modified_time).toISOString()}`) &&
      output.includes(`gatewayAddress: last applied "${gateway.ours}", now "${gateway.theirs}"`),
  );
  check(`it says how to go on: write over the change, or keep it`, /pulumi up --refresh.*keep it/s.test(output));
}

async function keepTheirs({ narration, systems }: Stage, acts: Acts): Promise<void> {
  const { check } = narration;
  narration.step(
    "Go on",
    `We keep ${somebody}'s gateway: the program says so now. Our own change is still in it, too.`,
  );
  await acts.edit("index.ts", [`gatewayAddress: "${gateway.ours}"`, `gatewayAddress: "${gateway.theirs}"`]);
  await acts.pulumi("up --yes --skip-preview");
  const web = systems.segment("web");
  check(`our change is on NSX: the domain is ${domain.after}`, web.domain_name === domain.after, web);
  check(`${somebody}'s gateway is still there: ${gateway.theirs}`, systems.gatewayOf("web") === gateway.theirs, web);
  check("so is the replication mode, which the program never mentions: SOURCE", web.replication_mode === "SOURCE", web);
}

async function takeDown(
  { narration, systems }: Stage,
  acts: Acts,
  atFirst: { nsx: unknown; nim: unknown },
): Promise<void> {
  const { check } = narration;
  narration.step("Back out", "Everything that this stack made goes, and nothing else.");
  await acts.pulumi("destroy --yes --skip-preview");
  check("NSX is as it was before the first step", isDeepStrictEqual(systems.nsxObjects(), atFirst.nsx));
  const managed = await systems.managed();
  check("NIM has the certificates and roles from before", isDeepStrictEqual(managed, atFirst.nim), managed);
  const config = await systems.configFile("/etc/nginx/nginx.conf");
  check(
    "the instance has the config that the program keeps for this",
    config === (await acts.read("nginx/after-destroy.conf")),
  );
  const visit = await acts.visit();
  if (visit) check("it runs, and serves nothing", visit.status === 404, visit);
}

function moveGateway({ systems, colleague }: Stage, further: Record<string, unknown> = {}): void {
  const { path, subnets = [] } = systems.segment("web");
  const moved = subnets.map((subnet) => ({ ...subnet, gateway_address: gateway.theirs }));
  colleague.nsx.change(path, { subnets: moved, ...further }, somebody);
}

const marksOf = ({ tags = [] }: Segment) => tags.map(({ scope, tag }) => `${scope}:${tag}`);
const hasMarkOf = (stack: string) => (marks: string[]) =>
  marks.some((mark) => mark.startsWith(`pulumi.owner:quickstart/${stack}/`));

function mayPublish({ roleDef }: Role): boolean {
  const found = roleDef.permissions.find(({ feature }) => feature === "INSTANCE-MANAGEMENT");
  return found?.accessTypes.includes("UPDATE") ?? false;
}

/** Whether Pulumi's diff has a line, however wide its columns are. */
function hasLine(output: string, wanted: string): boolean {
  return output.split("\n").some((line) => line.trim().replace(/\s+/g, " ") === wanted);
}
