// Whose an object is, and how much its last write knew of what is in it.
import { describe, expect, test } from "vitest";
import {
  isMadeBy,
  type Knowledge,
  knowledgeOf,
  markText,
  newMark,
  parseMark,
  stackOf,
  stampOf,
} from "../../provider/core/ownerMark.ts";

const owner = "acme/urn:pulumi:dev::shop::pulumi-nodejs:dynamic/nsx:NsxSegment::web";
const mark = newMark({ owner, nonce: () => "n1" });
const run = { id: "r1", began: 1_000 };
/** A server whose clock is so far ahead of ours. */
const server = (ahead = 0) => ({ serverTimeAt: (ours: number) => ours + ahead });
const client = server();

describe("a mark", () => {
  test("says project and stack to people, then the resource, then which object", () => {
    // As in all states and on all objects that there are: the form is for ever.
    expect(mark).toBe("shop/dev/27019ca7384babc5/n1");
  });

  test("is of the same resource in each run, and of no other", () => {
    const later = newMark({ owner, nonce: () => "n2" });
    expect(later).not.toBe(mark);
    expect(isMadeBy(later, owner)).toBe(true);
    expect(isMadeBy(mark, `${owner}2`)).toBe(false);
    expect(isMadeBy(mark, owner.replace("::shop::", "::cellar::"))).toBe(false);
    expect(isMadeBy(mark, `other-${owner}`)).toBe(false);
    expect(isMadeBy(undefined, owner)).toBe(false);
    expect(isMadeBy("shop/dev", owner)).toBe(false);
  });

  test("has only letters that a tag takes, however a project is called, and fits into one", () => {
    const odd = newMark({ owner: `acme/urn:pulumi:dev/Prüfung::a b:c::type::name`, nonce: () => "n" });
    expect(odd).toMatch(/^a-b-c\/dev-Pr-fung\/[0-9a-f]{16}\/n$/);
    const long = newMark({
      owner: `acme/urn:pulumi:${"s".repeat(300)}::${"p".repeat(300)}::type::name`,
      nonce: () => "12345678",
    });
    expect(long).toMatch(/^p{100}\/s{100}\/[0-9a-f]{16}\/12345678$/);
    expect(long.length).toBeLessThanOrEqual(227);
  });

  test("of an owner that is no URN has its hash all the same", () => {
    expect(newMark({ owner: "somebody", nonce: () => "n" })).toMatch(/^\/somebody\/[0-9a-f]{16}\/n$/);
    expect(isMadeBy(newMark({ owner: "somebody", nonce: () => "n" }), "somebody")).toBe(true);
  });

  test("names its stack", () => {
    expect(stackOf(mark)).toBe("shop/dev");
    expect(stackOf(undefined)).toBeUndefined();
  });
});

describe("on an object", () => {
  test("the stamp follows the mark, and is taken off again", () => {
    const text = markText({ mark, stamp: "7.r1" });
    expect(text).toBe(`${mark}/7.r1`);
    expect(parseMark(text)).toEqual({ mark, stamp: "7.r1" });
  });

  test("a mark without a stamp, as versions before have left it, is itself", () => {
    expect(markText({ mark, stamp: undefined })).toBe(mark);
    expect(parseMark(mark)).toEqual({ mark, stamp: undefined });
  });
});

describe("what a write knew", () => {
  const left = (stamp: string | undefined, of = mark) => ({ mark: of, stamp });

  test.each<[Knowledge, string]>([
    ["own", "7.r1"],
    ["all", "7.r1="],
    ["declared", "7.r1+"],
  ])("%s is in its stamp, %s", (knowledge, stamp) => {
    expect(stampOf("7", run, knowledge)).toBe(stamp);
    expect(knowledgeOf(left(stamp), { owner, run, client }, "7", undefined)).toBe(knowledge);
  });

  test("says nothing once somebody has written since", () => {
    expect(knowledgeOf(left("7.r1"), { owner, run, client }, "8", undefined)).toBeUndefined();
    expect(knowledgeOf(left("7.r1"), { owner, run, client }, "77", undefined)).toBeUndefined();
  });

  test("says nothing to another resource", () => {
    const other = { owner: `${owner}2`, run, client };
    expect(knowledgeOf(left("7.r1"), other, "7", undefined)).toBeUndefined();
  });

  test("says nothing where there is no stamp, no mark, or something else in its place", () => {
    for (const stamp of [undefined, "", "7", "7.", ".r1", "7.r1*", "7.r1=="]) {
      expect(knowledgeOf(left(stamp), { owner, run, client }, "7", undefined), String(stamp)).toBeUndefined();
    }
    expect(knowledgeOf(undefined, { owner, run, client }, "7", undefined)).toBeUndefined();
  });

  test("of a run at the same time is unknown also to a server whose clock is behind, or ahead", () => {
    const later = { id: "r2", began: 60_000 };
    // Written a second after this run began.
    for (const ahead of [-10_000, 10_000]) {
      const asking = { owner, run: later, client: server(ahead) };
      expect(knowledgeOf(left("7.r1="), asking, "7", 61_000 + ahead)).toBeUndefined();
      expect(knowledgeOf(left("7.r1="), asking, "7", 59_000 + ahead)).toBe("all");
    }
  });

  test("of another run is known once that run was over: it wrote before this one began", () => {
    const later = { id: "r2", began: 5_000 };
    expect(knowledgeOf(left("7.r1="), { owner, run: later, client }, "7", 4_999)).toBe("all");
    expect(knowledgeOf(left("7.r1="), { owner, run: later, client }, "7", 5_000)).toBe("all");
    expect(knowledgeOf(left("7.r1="), { owner, run: later, client }, "7", 5_001)).toBeUndefined();
  });

  test("of another run is not known where the server does not say when it wrote", () => {
    expect(
      knowledgeOf(left("7.r1="), { owner, run: { id: "r2", began: 5_000 }, client }, "7", undefined),
    ).toBeUndefined();
  });

  test("of this very run is known whenever it was", () => {
    expect(knowledgeOf(left("7.r1"), { owner, run, client }, "7", 999_999)).toBe("own");
  });

  test("a version with dots in it is told from the run", () => {
    expect(knowledgeOf(left("1.2.r1"), { owner, run, client }, "1.2", undefined)).toBe("own");
  });
});
