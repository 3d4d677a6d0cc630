// What a write of a named object of NIM does and says on each bad answer: what is asked again, how often, and what the
// user reads. The counterpart of proveWrites.test.ts.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { ConnectionError } from "../../provider/travel/errors.ts";
import type { Answer, Request } from "../../provider/travel/transport.ts";
import { api, type NimBench, startNimBench } from "../nim/nim.bench.ts";
import { issue } from "../tools/pki.ts";
import type { Properties, ProviderCalls } from "../tools/stack.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";
import { simulatorTransport } from "../tools/world.ts";

const owner = "acme/urn:pulumi:dev::shop::pulumi-nodejs:dynamic/nim:Role::team";
const otherOwner = "acme/urn:pulumi:prod::cellar::pulumi-nodejs:dynamic/nim:Role::team";
const path = `${api}/roles/team`;
const args: Properties = { name: "team", description: "as made", permissions: [], owner };
const changed: Properties = { ...args, description: "ours" };

const issued = await issue("www.example.com");
const renewed = await issue("www.example.com");

let nim: NimBench;
let asked: string[];
let warnings: string[];
/** In place of NIM; `undefined` lets the request through. */
let answer: (request: Request, number: number) => Answer | "reset" | undefined;

beforeEach(async () => {
  nim = await startNimBench({ systems: [] });
  [asked, warnings] = [[], []];
  answer = () => undefined;
});
afterEach(() => nim.close());

/** Of a process that begins after whatever was done before. */
function laterClock(): VirtualClock {
  const clock = createVirtualClock();
  clock.advance(60_000);
  return clock;
}

function newProcess(kind = "Role"): ProviderCalls {
  const { handle, username, password } = nim.simulator;
  const network = simulatorTransport(handle);
  const { byName } = createProviders({
    environment: { NIM_ENDPOINT: "https://nim.invalid", NIM_USERNAME: username, NIM_PASSWORD: password },
    clock: laterClock(),
    log: { warn: (_, message) => void warnings.push(message), progress: () => {} },
    async transport(request) {
      asked.push(request.method);
      const instead = answer(request, asked.length);
      if (instead === "reset") throw new ConnectionError("the connection was reset.", true);
      return instead ?? network(request);
    },
  });
  return byName[kind] as unknown as ProviderCalls;
}

const refusal = (status: number, message = "NIM's words"): Answer => ({
  status,
  headers: {},
  body: JSON.stringify({ code: status, message }),
});

/** Lets only this be asked and answered like that, as often as it comes. */
const always = (method: string, what: Answer | "reset") => {
  answer = (request) => (request.method === method ? what : undefined);
};

const made = async (more: Properties = {}): Promise<Properties> => {
  const { outs } = await newProcess().create({ ...args, ...more });
  asked = [];
  return outs ?? {};
};
const bodyAt = <Body>(where: string) => nim.simulator.control.history.of(where).at(-1)?.body as Body | undefined;
const live = () => bodyAt<{ metadata: Properties & { tags?: string[] } }>(path);
const rewrite = (change: (metadata: Properties) => void) => {
  const role = structuredClone(live()) as { metadata: Properties };
  change(role.metadata);
  nim.simulator.control.write("roles", "team", role as unknown as Properties, "alice");
};
/** As another stack does that has taken the role over. */
const takenOver = () => rewrite((metadata) => Object.assign(metadata, { tags: [`${markTag()}cellar/prod/0123/1`] }));
const markTag = () => live()?.metadata.tags?.[0]?.split("shop/dev")[0];

async function failure(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => "it succeeded",
    (error: Error) => error.message,
  );
}

describe("create", () => {
  test("a refusal is the user's at once", async () => {
    always("POST", refusal(400));
    expect(await failure(newProcess().create(args))).toMatch(
      /^Role team: create failed\. POST .* answered 400 .*NIM's/,
    );
    expect(asked).toEqual(["POST"]);
  });

  test("a conflict with what is not there is the user's after one look", async () => {
    always("POST", refusal(409));
    expect(await failure(newProcess().create(args))).toContain("answered 409 (error 409): NIM's words");
    expect(asked).toEqual(["POST", "GET"]);
  });

  test("is sent again when nobody knows whether it was carried out, and the object is not there", async () => {
    answer = ({ method }) => (method === "POST" && asked.length < 4 ? "reset" : undefined);
    await newProcess().create(args);
    expect(asked).toEqual(["POST", "GET", "POST", "GET", "POST"]);
    expect(warnings).toEqual([]);
  });

  test("five times at most", async () => {
    always("POST", "reset");
    expect(await failure(newProcess().create(args))).toContain("the connection was reset.");
    expect(asked.filter((method) => method === "POST")).toHaveLength(5);
  });

  test("whose answer was lost is found by its mark, and written once", async () => {
    const network = simulatorTransport(nim.simulator.handle);
    answer = (request) => {
      if (request.method !== "POST") return undefined;
      void network(request);
      return "reset";
    };
    const { outs } = await newProcess().create(args);
    expect(asked).toEqual(["POST", "GET"]);
    expect(warnings).toEqual([]);
    expect(outs).toMatchObject({ uid: live()?.metadata.uid });
  });

  test("takes up what an interrupted run of the same resource has made, and says so", async () => {
    await made({ description: "by the interrupted run" });
    const { outs } = await newProcess().create(args);
    expect(asked).toEqual(["POST", "GET", "PUT"]);
    expect(warnings).toEqual(["/roles/team was there already from an interrupted run, and has been adopted."]);
    expect(live()?.metadata).toMatchObject({ description: "as made" });
    expect(outs?.ownerMark).toMatch(/^shop\/dev\/[0-9a-f]{16}\/.+/);
  });

  test("refuses what somebody made by hand, and takes it over when told to", async () => {
    nim.simulator.control.write("roles", "team", { metadata: { name: "team" }, roleDef: { permissions: [] } }, "alice");
    expect(await failure(newProcess().create(args))).toBe(
      'Role team: create failed. /roles/team exists already. Nothing was changed. Choose another name, or set "adopt: true" to take it over.',
    );
    expect(asked).toEqual(["POST", "GET"]);
    await newProcess().create({ ...args, adopt: true });
    expect(warnings).toEqual(["/roles/team was taken over."]);
  });

  test("names the stack that it belongs to", async () => {
    await made({ owner: otherOwner });
    expect(await failure(newProcess().create(args))).toContain(
      "/roles/team exists already, and belongs to cellar/prod (project/stack). Nothing was changed.",
    );
  });
});

describe("update", () => {
  test("of what is gone says how to make it again", async () => {
    expect(await failure(newProcess().update("team", { ...args, uid: "1" }, changed))).toBe(
      'Role team: update failed. /roles/team is gone. "pulumi up --refresh" makes it again.',
    );
    expect(asked).toEqual(["GET"]);
  });

  test("that finds everything as it is wanted writes nothing, and keeps the mark", async () => {
    const state = await made();
    const { outs } = await newProcess().update("team", state, args);
    expect(asked).toEqual(["GET"]);
    expect(outs?.ownerMark).toBe(state.ownerMark);
  });

  test("of a renamed resource only stamps a new mark", async () => {
    const state = await made();
    const { outs } = await newProcess().update("team", state, { ...args, owner: otherOwner });
    expect(asked).toEqual(["GET", "PUT"]);
    expect(outs?.ownerMark).toMatch(/^cellar\/prod\//);
    expect(JSON.stringify(live()?.metadata.tags)).toContain(String(outs?.ownerMark));
  });

  test("a refusal is the user's at once", async () => {
    const state = await made();
    always("PUT", refusal(400));
    expect(await failure(newProcess().update("team", state, changed))).toContain("NIM's words");
    expect(asked).toEqual(["GET", "PUT"]);
  });

  test("reads again when nobody knows whether it was carried out, five times at most", async () => {
    const state = await made();
    always("PUT", "reset");
    expect(await failure(newProcess().update("team", state, changed))).toContain("the connection was reset.");
    expect(asked).toEqual(["GET", "PUT", "GET", "PUT", "GET", "PUT", "GET", "PUT", "GET", "PUT"]);
  });

  test("compares again with what it reads then: a colleague's change in between stops it", async () => {
    const state = await made();
    answer = ({ method }) => {
      if (method !== "PUT") return undefined;
      rewrite((metadata) => Object.assign(metadata, { description: "alice's" }));
      return "reset";
    };
    expect(await failure(newProcess().update("team", state, changed))).toContain("alice's");
    expect(asked).toEqual(["GET", "PUT", "GET"]);
  });

  test("does not make the object again that somebody has deleted while an answer was lost", async () => {
    const state = await made();
    answer = ({ method }, number) => {
      if (method === "PUT" && number === 2) return "reset";
      return number === 3 ? refusal(404, "Role team Not Found") : undefined;
    };
    expect(await failure(newProcess().update("team", state, changed))).toContain("is gone");
    expect(asked).toEqual(["GET", "PUT", "GET"]);
  });

  test("of what another stack has taken over stops, says whose it is now, and goes on when told to", async () => {
    const state = await made();
    takenOver();
    expect(await failure(newProcess().update("team", state, changed))).toBe(
      'Role team: update failed. /roles/team now belongs to cellar/prod (project/stack). Nothing was changed. Set "adopt: true" to take it over, or give it up here with "pulumi state delete".',
    );
    expect(asked).toEqual(["GET"]);
    const { outs } = await newProcess().update("team", state, { ...changed, adopt: true });
    expect(live()?.metadata.description).toBe("ours");
    expect(outs?.ownerMark).toBe(state.ownerMark);
  });

  test("of what somebody made again without a mark says so", async () => {
    const state = await made();
    rewrite((metadata) => Object.assign(metadata, { tags: [] }));
    const stranger = { ...state, uid: "another" };
    expect(await failure(newProcess().update("team", stranger, changed))).toContain(
      "/roles/team was deleted and made again by somebody else. Nothing was changed.",
    );
    // The same object, whose tags somebody has removed, is known by its uid.
    await newProcess().update("team", state, changed);
    expect(live()?.metadata.description).toBe("ours");
  });
});

describe("read", () => {
  test("an object that another stack has taken over is shown, and stays another one", async () => {
    const state = await made();
    takenOver();
    const read = await newProcess().read("team", { ...state, uid: "ours" });
    expect(warnings).toContain("/roles/team now belongs to cellar/prod (project/stack).");
    expect(read.props).toMatchObject({ uid: "ours", ownerMark: state.ownerMark });
  });

  test("the stack's own is said nothing about", async () => {
    const state = await made();
    const read = await newProcess().read("team", state);
    expect(warnings).toEqual([]);
    expect(read.props).toMatchObject({ uid: live()?.metadata.uid, ownerMark: state.ownerMark });
  });
});

describe("delete", () => {
  test("of what is gone is a success without a request to delete", async () => {
    await newProcess().delete("team", { ...args, uid: "1" });
    expect(asked).toEqual(["GET"]);
  });

  test("that meets a 404 is a success", async () => {
    const state = await made();
    always("DELETE", refusal(404, "Role team Not Found"));
    await newProcess().delete("team", state);
    expect(asked).toEqual(["GET", "DELETE"]);
  });

  test("that meets a 404 which does not speak of the role is none", async () => {
    const state = await made();
    always("DELETE", refusal(404, "no route matched"));
    expect(await failure(newProcess().delete("team", state))).toContain("answered 404");
  });

  test("a refusal is the user's at once", async () => {
    const state = await made();
    always("DELETE", refusal(400));
    expect(await failure(newProcess().delete("team", state))).toContain("NIM's words");
    expect(asked).toEqual(["GET", "DELETE"]);
  });

  test("is tried five times when nobody knows whether it was carried out", async () => {
    const state = await made();
    always("DELETE", "reset");
    expect(await failure(newProcess().delete("team", state))).toContain("the connection was reset.");
    expect(asked.filter((method) => method === "DELETE")).toHaveLength(5);
    expect(asked).toHaveLength(10);
  });

  test("of what somebody uses is refused in NIM's words where nobody is found, with the way out", async () => {
    const state = await made();
    always("DELETE", refusal(409, "is in use"));
    expect(await failure(newProcess().delete("team", state))).toMatch(
      /^Role team: delete failed\. DELETE \S+ answered 409 \(error 409\): is in use\. Take the role from whoever has it, and try again\.$/,
    );
  });

  test("keeps what is no longer the stack's, and says so", async () => {
    const state = await made();
    takenOver();
    await newProcess().delete("team", state);
    expect(asked).toEqual(["GET"]);
    expect(warnings).toEqual(["/roles/team is no longer the object of this stack, and was kept."]);
  });
});

describe("a certificate, which has no place for a mark", () => {
  const own: Properties = { name: "www", privateKey: issued.key, certificate: issued.certificate, owner };
  const inputsOf = async (given: Properties) => (await newProcess("Certificate").check({}, given)).inputs;
  const writtenCertificate = () =>
    bodyAt<{ certPEMDetails: Properties }>(`${api}/certs/www`)?.certPEMDetails.publicCert;

  test("is written again when only its key's password has changed, which nobody can read", async () => {
    const inputs = await inputsOf(own);
    const { outs } = await newProcess("Certificate").create(inputs);
    asked = [];
    await newProcess("Certificate").update("www", { ...outs, ...inputs }, inputs);
    expect(asked).toEqual(["GET"]);
    await newProcess("Certificate").update("www", { ...outs, ...inputs, password: "before" }, inputs);
    expect(asked).toEqual(["GET", "GET", "PUT"]);
  });

  test("is found by its content after an interrupted run, and refused when it is another", async () => {
    const inputs = await inputsOf(own);
    await newProcess("Certificate").create(inputs);
    await newProcess("Certificate").create(inputs);
    expect(warnings).toEqual(["/certs/www was there already from an interrupted run, and has been adopted."]);
    const other = await inputsOf({ ...own, certificate: renewed.certificate, privateKey: renewed.key });
    expect(await failure(newProcess("Certificate").create(other))).toContain("/certs/www exists already. Nothing");
    await newProcess("Certificate").create({ ...other, adopt: true });
    expect(writtenCertificate()).toContain(renewed.certificate.split("\n")[2]);
  });

  test("that the same run has made anew under the same name is not deleted for the one before", async () => {
    const process = newProcess("Certificate");
    const inputs = await inputsOf(own);
    const { outs: before } = await process.create(inputs);
    await process.create(inputs);
    warnings = [];
    await process.delete("www", { ...inputs, ...before });
    expect(warnings).toEqual(["/certs/www is no longer the object of this stack, and was kept."]);
  });
});
