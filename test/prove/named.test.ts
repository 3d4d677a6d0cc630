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
let nimClock: VirtualClock;
let asked: string[];
let warnings: string[];
/** What the user is shown while something is waited for. */
let shown: string[];
/** In place of NIM; `undefined` lets the request through. */
let answer: (request: Request, number: number) => Instead | Promise<Instead>;
type Instead = Answer | "reset" | undefined;

beforeEach(async () => {
  nimClock = createVirtualClock();
  nim = await startNimBench({ systems: [], now: nimClock.now });
  [asked, warnings, shown] = [[], [], []];
  answer = () => undefined;
});
afterEach(() => nim.close());

/** Of a process that begins after whatever was done before. */
function laterClock(): VirtualClock {
  const clock = createVirtualClock();
  clock.advance(60_000);
  return clock;
}

function newProcess(
  kind = "Role",
  { clock = laterClock(), ...settings }: { clock?: VirtualClock; NIM_TIMEOUT?: string } = {},
): ProviderCalls {
  const { handle, username, password } = nim.simulator;
  const network = simulatorTransport(handle);
  const { byName } = createProviders({
    environment: { NIM_ENDPOINT: "https://nim.invalid", NIM_USERNAME: username, NIM_PASSWORD: password, ...settings },
    clock,
    log: { warn: (_, message) => void warnings.push(message), progress: (_, message) => void shown.push(message) },
    async transport(request) {
      asked.push(request.method);
      const instead = await answer(request, asked.length);
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
/** Lets NIM carry out the write, loses its answer, and lets somebody do something before the next look. */
const losing = (method: string, meanwhile: () => void = () => {}) => {
  const network = simulatorTransport(nim.simulator.handle);
  let isLost = false;
  answer = async (request) => {
    if (request.method !== method || isLost) return undefined;
    isLost = true;
    await network(request);
    meanwhile();
    return "reset";
  };
};
/** Loses the request itself, the first time, while somebody does something. */
const interrupting = (method: string, meanwhile: () => void = () => {}) => {
  let isOver = false;
  answer = (request) => {
    if (request.method !== method || isOver) return undefined;
    isOver = true;
    meanwhile();
    return "reset";
  };
};
/** As another stack does that has taken the role over. */
const takenOver = () => rewrite((metadata) => Object.assign(metadata, { tags: [`${markTag()}cellar/prod/0123/1`] }));
const byAlice = (metadata: Properties) => rewrite((before) => Object.assign(before, metadata));
const byHand = (metadata: Properties = {}) =>
  void nim.simulator.control.write(
    "roles",
    "team",
    { metadata: { name: "team", ...metadata }, roleDef: { permissions: [] } },
    "alice",
  );
const tagsBesideMark = () => live()?.metadata.tags?.filter((tag) => !tag.startsWith("pulumi.owner:"));
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

  test("a conflict that somebody before NIM tells in words of its own is looked into as well", async () => {
    always("POST", { status: 409, headers: {}, body: "conflict" });
    expect(await failure(newProcess().create(args))).toContain("answered 409");
    expect(asked).toEqual(["POST", "GET"]);
  });

  test("has seen all that it has made", async () => {
    expect(await made()).toHaveProperty("seen");
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

  test("and says what it waited for where the time is up before", async () => {
    always("POST", "reset");
    expect(await failure(newProcess("Role", { NIM_TIMEOUT: "0.5" }).create(args))).toBe(
      "Role team: create failed. Gave up waiting: the object is not there, and NIM did not say whether it creates it: the connection was reset.",
    );
    expect(asked.filter((method) => method === "POST").length).toBeLessThan(5);
  });

  test("whose answer was lost has seen all of it: its run's name stands on it, though the run began long before", async () => {
    const clock = createVirtualClock();
    nimClock.advance(5_000);
    losing("POST");
    expect((await newProcess("Role", { clock }).create(args)).outs).toHaveProperty("seen");
  });

  test("but not where somebody has changed it before it was found", async () => {
    losing("POST", () => byAlice({ displayName: "Team" }));
    expect((await newProcess().create(args)).outs).not.toHaveProperty("seen");
    expect(asked).toEqual(["POST", "GET"]);
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

  test("of what somebody made by hand keeps the elements that the program does not name", async () => {
    byHand({ tags: ["theirs"] });
    const { outs } = await newProcess().create({ ...args, tags: ["ours"], adopt: true });
    expect(tagsBesideMark()).toEqual(["theirs", "ours"]);
    expect(outs).not.toHaveProperty("seen");
  });

  test("that takes over is carried out once, whether its answer was lost or the request itself", async () => {
    for (const lost of [losing, interrupting]) {
      byHand();
      asked = [];
      lost("PUT");
      await newProcess().create({ ...args, adopt: true });
      expect(live()?.metadata.description).toBe("as made");
      const more = lost === interrupting ? ["PUT"] : [];
      expect(asked).toEqual(["POST", "GET", "PUT", "GET", ...more]);
    }
  });

  test("leaves it to another stack that takes it over at the same time", async () => {
    byHand();
    interrupting("PUT", () => byAlice({ tags: ["pulumi.owner:cellar/prod/0123/1"] }));
    expect(await failure(newProcess().create({ ...args, adopt: true }))).toContain(
      "/roles/team now belongs to cellar/prod (project/stack).",
    );
    expect(live()?.metadata.description).not.toBe("as made");
  });

  describe("that takes up what an interrupted run has made", () => {
    /** What the stack has left after a change of somebody else's that a refresh has shown. */
    async function madeAndRefreshed(): Promise<void> {
      const state = await made();
      byAlice({ displayName: "Team" });
      const { props = {} } = await newProcess().read("team", state);
      await newProcess().update("team", props, { ...args, description: "after a refresh" });
    }

    test.each<[string, boolean, () => Promise<unknown>]>([
      ["all that is in it is its own", true, () => made()],
      ["that run knew of everything that is in it", true, madeAndRefreshed],
      [
        "that run did not know of everything",
        false,
        async () => {
          const state = await made();
          byAlice({ displayName: "Team" });
          await newProcess().update("team", state, { ...args, description: "unrefreshed" });
        },
      ],
      ["somebody has changed it since", false, () => made().then(() => byAlice({ displayName: "Team" }))],
    ])("where %s it has seen the whole object: %s", async (_, isSeen, prepare) => {
      await prepare();
      const { outs = {} } = await newProcess().create({ ...args, description: live()?.metadata.description });
      expect("seen" in outs).toBe(isSeen);
    });

    test("gives back what is its own and the program no longer says, also after a second one", async () => {
      await made({ displayName: "Team" });
      await made({ displayName: "Team", description: "by the second run" });
      await newProcess().create(args);
      expect(live()?.metadata).toMatchObject({ description: "as made", displayName: "" });
    });

    test("stops before what somebody does to it meanwhile, and knows what it was", async () => {
      await made({ description: "by the interrupted run" });
      interrupting("PUT", () => byAlice({ description: "theirs" }));
      expect(await failure(newProcess().create(args))).toContain(
        'description: last applied "by the interrupted run", now "theirs", wanted "as made"',
      );
    });

    test("goes on where somebody does something else meanwhile", async () => {
      await madeAndRefreshed();
      interrupting("PUT", () => byAlice({ displayName: "Another team" }));
      const again = { ...args, description: live()?.metadata.description, tags: ["new"] };
      await newProcess().create(again);
      expect(live()?.metadata.displayName).toBe("Another team");
      expect(tagsBesideMark()).toEqual(["new"]);
    });
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

describe("an update", () => {
  test("has seen all of it, and not where others' changes are in it that no refresh has shown", async () => {
    const { outs: seen = {} } = await newProcess().update("team", await made(), changed);
    expect(seen).toHaveProperty("seen");
    byAlice({ displayName: "Team" });
    const { outs: unseen } = await newProcess().update("team", seen, { ...changed, description: "again" });
    expect(unseen).not.toHaveProperty("seen");
  });

  test("stops before somebody's change, also one that has only emptied a field", async () => {
    const state = await made();
    byAlice({ description: "" });
    expect(await failure(newProcess().update("team", state, changed))).toContain(
      'description: last applied "as made", now "", wanted "ours"',
    );
  });

  test("that was interrupted after its write is no conflict with itself, whatever else is in the object", async () => {
    const state = await made();
    byAlice({ displayName: "Team" });
    await newProcess().update("team", state, changed);
    await newProcess().update("team", state, { ...changed, description: "another" });
    expect(live()?.metadata).toMatchObject({ description: "another", displayName: "Team" });
    expect(await failure(newProcess().update("team", state, { ...changed, displayName: "Ours" }))).toContain(
      'displayName: not declared before, set by somebody else to "Team", wanted "Ours"',
    );
  });
});

describe("what NIM makes of what was sent", () => {
  /** As a NIM that writes descriptions its own way, and names what has no name. */
  const shouting = (declared: Properties) => {
    const network = simulatorTransport(nim.simulator.handle);
    answer = async (request) => {
      const given = await network(request);
      if (given.status >= 300) return given;
      const body = JSON.parse(given.body) as { metadata: Properties };
      const description = String(body.metadata.description).toUpperCase();
      return { ...given, body: JSON.stringify({ ...body, metadata: { ...body.metadata, ...declared, description } }) };
    };
  };
  const told =
    '/roles/team: NIM has made description "AS MADE" instead of what was sent. It is left so; put it into the program to have both the same.';

  test("is told once, is left so, and is no change of somebody's", async () => {
    shouting({ displayName: "team" });
    const { outs = {} } = await newProcess().create(args);
    expect(warnings).toEqual([told]);
    expect(outs.effective).toEqual({ description: "AS MADE", displayName: "team" });
    asked = [];
    const { outs: same = {} } = await newProcess().update("team", outs, args);
    expect(asked).toEqual(["GET"]);
    await newProcess().update("team", same, { ...args, tags: ["new"] });
    expect(tagsBesideMark()).toEqual(["new"]);
    expect(warnings).toEqual([told]);
  });

  test("is still what it was told to be after a refresh", async () => {
    shouting({ displayName: "team" });
    const { outs = {} } = await newProcess().create(args);
    const { props, inputs } = await newProcess().read("team", outs);
    expect(props?.effective).toEqual({ description: "AS MADE", displayName: "team" });
    expect(inputs).toMatchObject({ description: "as made" });
  });

  test("is nothing where it is as it was sent", async () => {
    expect((await made()).effective).toEqual({});
    expect(warnings).toEqual([]);
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

  test("shows a state that names no uid none of another one's object", async () => {
    const { uid: _, ...state } = await made();
    takenOver();
    expect((await newProcess().read("team", state)).props).toMatchObject({ uid: "" });
  });

  test("of what is only looked up makes it nobody's", async () => {
    await made();
    const read = await newProcess().read("team", {});
    expect(read.props).toMatchObject({ uid: live()?.metadata.uid });
    expect(read.props).not.toHaveProperty("ownerMark");
    expect(warnings).toEqual([]);
  });

  test("remembers what others have set where the program says nothing: it has been shown", async () => {
    const state = await made();
    byAlice({ displayName: "Team" });
    expect((await newProcess().read("team", state)).props?.effective).toEqual({ displayName: "Team" });
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
    expect(warnings).toEqual([]);
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

  test("and says what it waited for where the time is up before", async () => {
    const state = await made();
    always("DELETE", "reset");
    expect(await failure(newProcess("Role", { NIM_TIMEOUT: "0.5" }).delete("team", state))).toBe(
      "Role team: delete failed. Gave up waiting. NIM did not say whether it deleted the object: the connection was reset.",
    );
    expect(asked.filter((method) => method === "DELETE").length).toBeLessThan(5);
  });

  test("of what somebody uses names who does, also where somebody before NIM tells the conflict in words of its own", async () => {
    const state = await made();
    const userDef = { roles: [{ ref: path }] };
    nim.simulator.control.write("users", "bob", { metadata: { name: "bob" }, userDef }, "alice");
    for (const conflict of [refusal(409, "is in use"), { status: 409, headers: {}, body: "conflict" }]) {
      always("DELETE", conflict);
      expect(await failure(newProcess().delete("team", state))).toMatch(
        /answered 409.* It is held by user bob\. Take the role from whoever has it, and try again\.$/s,
      );
    }
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
    asked = [];
    await newProcess("Certificate").create(inputs);
    expect(asked).toEqual(["POST", "GET"]);
    expect(warnings).toEqual(["/certs/www was there already from an interrupted run, and has been adopted."]);
    const other = await inputsOf({ ...own, certificate: renewed.certificate, privateKey: renewed.key });
    expect(await failure(newProcess("Certificate").create(other))).toContain("/certs/www exists already. Nothing");
    await newProcess("Certificate").create({ ...other, adopt: true });
    expect(writtenCertificate()).toContain(renewed.certificate.split("\n")[2]);
  });

  test("that holds its leaf twice is told so, when it is made and when it is changed", async () => {
    const inputs = await inputsOf({ ...own, certificate: issued.certificate + issued.certificate });
    const { outs } = await newProcess("Certificate").create(inputs);
    await newProcess("Certificate").update("www", { ...outs, ...inputs }, inputs);
    const told = expect.stringMatching(/^\/certs\/www: certificate holds .* twice\.$/);
    expect(warnings).toEqual([told, told]);
  });

  test("gives up its own places on instances before it goes, and shows that it waits for that", async () => {
    await nim.close();
    nim = await startNimBench({ systems: [{ hostname: "web-1" }] });
    const instances = nim.simulator.instances.map(({ systemUid, instanceUid }) => ({ systemUid, instanceUid }));
    const inputs = await inputsOf({ ...own, instances });
    const { outs } = await newProcess("Certificate").create(inputs);
    asked = [];
    await newProcess("Certificate").delete("www", { ...inputs, ...outs });
    expect(asked).toEqual(["GET", "DELETE", "PUT", "GET", "DELETE"]);
    expect(shown).toEqual(["the stack's own references to it are being removed"]);
    expect(warnings).toEqual([]);
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
