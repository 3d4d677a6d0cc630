// Files without contents. An nginx is not needed: what is looked at is what NIM keeps and reads back.
import { describe, expect, it } from "vitest";
import { main, serving, startClient } from "./nim.client.ts";

const rooted = serving("x").replace("return", "root /etc/nginx/html; return");
const empty = "/etc/nginx/html/empty.txt";

describe("an empty aux file", () => {
  it("is published and read back where the config refers to its folder", async () => {
    const { publish, files, send, instance } = await startClient({ nginx: false });
    expect((await publish({ [main]: rooted, [`aux:${empty}`]: "" })).status).toBe("successful");
    expect((await send("GET", `${instance}/config`)).body.auxFiles.files).toEqual([
      { name: empty, contents: "", size: 0 },
    ]);
    // It may take the place of one with contents, and the other way round.
    await publish({ [main]: rooted, [`aux:${empty}`]: "text" });
    expect(await files()).toMatchObject({ [empty]: "text" });
    await publish({ [main]: rooted, [`aux:${empty}`]: "" });
    expect(await files()).toMatchObject({ [empty]: "" });
    await publish({ [main]: rooted });
    expect(await files()).not.toHaveProperty(empty);
  });

  it("may be sent without contents; in a group it is what was stored", async () => {
    const { send, deployment, group, files, publish } = await startClient({ nginx: false });
    await publish({ [main]: rooted }, {}, group);
    const stored = (await send("GET", `${group}/config`)).body;
    const body = { configFiles: stored.configFiles, auxFiles: { files: [{ name: empty }], rootDir: "/" } };
    await deployment(await send("POST", `${group}/config`, body));
    for (const path of [group, undefined]) expect(await files(path)).toMatchObject({ [empty]: "" });
  });

  it("that nothing refers to is published and not read back", async () => {
    const { publish, files } = await startClient({ nginx: false });
    expect((await publish({ [main]: serving("x"), [`aux:${empty}`]: "" })).status).toBe("successful");
    expect(await files()).not.toHaveProperty(empty);
  });
});
