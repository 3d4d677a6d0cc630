import { describe, expect, it } from "vitest";
import type { NsxSwitches } from "../../simulators/nsx/index.ts";
import { nsxSwitches } from "../../simulators/nsx/index.ts";
import { occasions } from "../../simulators/nsx/refusals.ts";
import { basic, type NsxClient, startClient } from "./nsx.client.ts";

const web = "/infra/segments/web";

/** How each refusal is brought about, whatever it is called. */
const refused: Record<string, (client: NsxClient) => ReturnType<NsxClient["send"]>> = {
  async staleSaid({ send }) {
    await send("PUT", web, {});
    await send("PUT", web, { _revision: 0 });
    return send("PUT", web, { _revision: 0 });
  },
  async existsSaid({ send, simulator }) {
    simulator.control.setSwitches({ putWithoutRevision: "exists" });
    await send("PUT", web, {});
    return send("PUT", web, {});
  },
  goneSaid: ({ send }) => send("GET", web),
  async inUseSaid({ send, simulator }) {
    await send("PUT", web, {});
    simulator.control.change(`${web}/ports/vm`, { attachment: { id: "vif" } });
    return send("DELETE", web);
  },
  async beingDeletedSaid({ send, simulator }) {
    simulator.control.setSwitches({ purgeDelay: 1_000 });
    await send("PUT", web, {});
    await send("DELETE", web);
    return send("PUT", web, {});
  },
  async protectedSaid({ send, simulator }) {
    simulator.control.change(web, {}, "alice");
    simulator.control.protect(web, "REQUIRE_OVERRIDE");
    return send("DELETE", web);
  },
  deniedSaid({ send, simulator }) {
    simulator.control.setRole("admin", "auditor");
    return send("DELETE", web);
  },
  expiredSaid: ({ send }) => send("GET", web, "", { ...basic("admin", ""), cookie: "JSESSIONID=old" }),
};

const switchNames = Object.keys(nsxSwitches).filter((name) => name.endsWith("Said")) as (keyof NsxSwitches)[];

describe("one refusal in other words", () => {
  it.each<[Partial<NsxSwitches>, number, object | undefined]>([
    [{ staleSaid: "code 604" }, 412, { error_code: 604 }],
    [{ staleSaid: "code 206", staleRevisionStatus: 409 }, 409, { error_code: 206 }],
    [{ staleSaid: "400/500087" }, 400, { error_code: 500087 }],
    [{ staleSaid: "400/500232" }, 400, { error_code: 500232 }],
    [{ staleSaid: "400/100148" }, 400, { error_code: 100148 }],
    [{ staleSaid: "404/500090" }, 404, { httpStatus: "NOT_FOUND", error_code: 500090 }],
    [{ staleSaid: "related" }, 400, { error_code: 500157, related_errors: [{ error_code: 500087 }] }],
    [{ staleSaid: "related 206" }, 400, { error_code: 500157, related_errors: [{ error_code: 206 }] }],
    [{ staleSaid: "words" }, 400, { error_message: expect.stringContaining("Fetch the latest copy of the object") }],
    [{ staleSaid: "messages" }, 400, { messages: [{ default_message: expect.stringContaining("Fetch the latest") }] }],
    [{ staleSaid: "no body" }, 412, undefined],
    [{ existsSaid: "400/500127" }, 400, { error_code: 500127 }],
    [{ existsSaid: "400/500127 mute" }, 400, { error_code: 500127 }],
    [{ existsSaid: "409/500127" }, 409, { httpStatus: "CONFLICT", error_code: 500127 }],
    [{ existsSaid: "related" }, 400, { error_code: 500157, related_errors: [{ error_code: 500127 }] }],
    [{ goneSaid: "404/600" }, 404, { error_message: expect.stringContaining(`object : ${web} could not be found`) }],
    [{ goneSaid: "404/600 by id" }, 404, { error_message: expect.stringContaining("object : web could not be found") }],
    [{ goneSaid: "404/600 mute" }, 404, { error_code: 600, error_message: "It is not there." }],
    [{ goneSaid: "404/500012" }, 404, { error_code: 500012, error_message: `The path=[${web}] is invalid` }],
    [{ goneSaid: "400/500012" }, 400, { error_code: 500012, error_message: `The path=[${web}] is invalid` }],
    [{ goneSaid: "related" }, 404, { error_code: 500157, related_errors: [{ error_code: 600 }] }],
    [{ goneSaid: "messages" }, 404, { error_type: "NOT_FOUND" }],
    [{ inUseSaid: "by cause" }, 400, { error_code: 503040 }],
    [
      { inUseSaid: "by cause, mute" },
      400,
      { error_code: 503040, error_message: "The request could not be carried out." },
    ],
    [{ inUseSaid: "400/503101" }, 400, { error_code: 503101 }],
    [{ inUseSaid: "400/8402" }, 400, { error_code: 8402 }],
    [{ inUseSaid: "related" }, 400, { error_code: 500157, related_errors: [{ error_code: 503040 }] }],
    [{ inUseSaid: "words" }, 400, { error_message: expect.stringContaining("VMs or VIFs attached") }],
    [{ beingDeletedSaid: "400/500045" }, 400, { error_code: 500045 }],
    [{ beingDeletedSaid: "400/500045 mute" }, 400, { error_code: 500045 }],
    [{ beingDeletedSaid: "related" }, 400, { error_code: 500157, related_errors: [{ error_code: 500045 }] }],
    [{ deniedSaid: "403/289" }, 403, { error_code: 289, error_message: expect.stringContaining("delete of segments") }],
    [{ deniedSaid: "403/289 mute" }, 403, { error_code: 289 }],
    [{ deniedSaid: "403/401" }, 403, { error_code: 401 }],
    [{ deniedSaid: "related" }, 403, { error_code: 500157, related_errors: [{ error_code: 289 }] }],
    [{ deniedSaid: "messages" }, 403, { error_type: "UNAUTHORIZED" }],
    [{ deniedSaid: "no body" }, 403, undefined],
    [{ protectedSaid: "400/8327" }, 400, { error_code: 8327 }],
    [{ protectedSaid: "403/289" }, 403, { error_code: 289 }],
    [{ protectedSaid: "related" }, 400, { error_code: 500157, related_errors: [{ error_code: 8327 }] }],
    [{ expiredSaid: "403/403" }, 403, { error_code: 403 }],
    [{ expiredSaid: "403/98" }, 403, { error_code: 98 }],
    [{ expiredSaid: "401/401" }, 401, { error_code: 401 }],
    [{ expiredSaid: "no body" }, 403, undefined],
  ])("%o", async (switches, status, body) => {
    const client = await startClient({ switches });
    const name = Object.keys(switches)[0] as string;
    const answer = await refused[name]?.(client);
    expect(answer?.status).toBe(status);
    if (body) expect(answer?.body).toMatchObject(body);
    else expect(answer?.body).toBeUndefined();
  });

  it("has a refusal for each switch, and words that only one of them changes", async () => {
    expect(Object.keys(refused).sort()).toEqual([...switchNames].sort());
    for (const [name, act] of Object.entries(refused)) {
      const others = switchNames.filter((other) => other !== name);
      const turned = Object.fromEntries(others.map((other) => [other, lastOf(other)]));
      const [plain, changed] = [await startClient({ seed: 1 }), await startClient({ seed: 1, switches: turned })];
      expect((await act(changed)).body, name).toEqual((await act(plain)).body);
    }
  });

  const lastOf = (name: keyof NsxSwitches) => (nsxSwitches[name] as { values: readonly string[] }).values.at(-1);
});

describe("what is said now and then", () => {
  it.each(Object.keys(occasions))("%s: by its name, and nothing is committed", async (name) => {
    const { send, simulator } = await startClient();
    simulator.control.faults.inject({ match: "PUT /policy/**", fault: { kind: "refusal", name } });
    const status = Number(/\b\d{3}\b/.exec(name)?.[0] ?? (name.startsWith("denied") ? 403 : 400));
    expect((await send("PUT", web, {})).status).toBe(status);
    expect(simulator.control.object(web)).toBeUndefined();
    expect((await send("PUT", web, {})).status).toBe(200);
  });

  it("is refused under a name that it does not have", async () => {
    const { simulator } = await startClient();
    expect(() =>
      simulator.control.faults.inject({ match: "* /**", fault: { kind: "refusal", name: "tired" } }),
    ).toThrow('no refusal "tired"; there are busy 404/202; ');
  });
});
