// The NIM simulator as a specification: managed certificates (docs/nim.md#certificates).
import { X509Certificate } from "node:crypto";
import { request as httpsRequest } from "node:https";
import { beforeAll, describe, expect, it } from "vitest";
import { createCertificate, type ServerCertificate } from "../../simulators/kit/index.ts";
import { base, describeWithNginx, main, type NimClient, serving, startClient } from "./nim.client.ts";

let first: ServerCertificate;
let second: ServerCertificate;
beforeAll(async () => {
  [first, second] = [await createCertificate("shop.test"), await createCertificate("shop.test")];
});

const pem = ({ certificate, key }: ServerCertificate) => ({ type: "PEM", publicCert: certificate, privateKey: key });
const body = (name: string, cert = first, more = {}) => ({ name, certPEMDetails: pem(cert), ...more });
const mask = "**********";

describe("a certificate", () => {
  it("comes back with its details, and with nothing private", async () => {
    const { send } = await startClient();
    const created = await send(
      "PUT",
      "/certs/shop",
      body("shop", first, { certPEMDetails: { ...pem(first), password: "" } }),
    );
    expect(created.status).toBe(201);
    const { body: read } = await send("GET", "/certs/shop");
    const x509 = new X509Certificate(first.certificate);
    expect(read.certPEMDetails).toEqual({
      caCerts: [],
      password: mask,
      privateKey: mask,
      publicCert: first.certificate,
      type: "PEM",
    });
    expect(read).toMatchObject({
      name: "shop",
      uid: expect.stringMatching(/^[\da-f-]{36}$/),
      serialNumber: BigInt(`0x${x509.serialNumber}`).toString(),
      certAssignmentDetails: [],
      instanceRefs: [],
    });
    expect(read.certMetadata).toMatchObject([
      {
        commonName: "shop.test",
        subject: "CN=shop.test",
        issuer: "CN=shop.test",
        expired: false,
        thumbprint: x509.fingerprint256,
        version: 3,
      },
    ]);
    expect(JSON.stringify(read)).not.toContain("PRIVATE KEY");
  });

  it("counts its expiry down in seconds", async () => {
    const { send, control } = await startClient();
    await send("PUT", "/certs/shop", body("shop"));
    const expiry = async () => (await send("GET", "/certs/shop")).body.certMetadata[0].expiry;
    const before = await expiry();
    control.clock.advance(100_000);
    expect(before - (await expiry())).toBeGreaterThanOrEqual(100);
    control.clock.advance(40 * 24 * 60 * 60 * 1000);
    expect((await send("GET", "/certs/shop")).body.certMetadata[0]).toMatchObject({ expired: true });
  });

  it("is kept by name: POST makes one, PUT makes or replaces one (201, 200)", async () => {
    const { send, control } = await startClient();
    expect((await send("POST", "/certs", body("shop"))).status).toBe(201);
    expect(await send("POST", "/certs", body("shop"))).toMatchObject({
      status: 409,
      body: { message: "Certificate shop already exists" },
    });
    const { uid, created } = (await send("GET", "/certs/shop")).body;
    const replaced = await send("PUT", "/certs/shop", body("shop", second));
    expect(replaced).toMatchObject({ status: 200, body: { uid, created } });
    expect(replaced.body.modified).not.toBe(created);
    expect((await send("PUT", "/certs/other", body("shop"))).status).toBe(400);
    expect(await send("DELETE", "/certs/shop")).toMatchObject({ status: 204 });
    expect((await send("GET", "/certs/shop")).status).toBe(404);
    expect((await send("DELETE", "/certs/shop")).status).toBe(404);
    const kinds = control.history.of(`${base}/certs/shop`).map(({ kind, revision }) => [revision, kind]);
    expect(kinds).toEqual([
      [0, "create"],
      [1, "update"],
      [2, "delete"],
    ]);
    control.setSwitches({ certCreateStatus: 200 });
    expect((await send("POST", "/certs", body("shop"))).status).toBe(200);
  });

  it("is refused where it is not whole", async () => {
    const { send } = await startClient();
    const put = async (certPEMDetails: object, name = "x") => {
      const answer = await send("PUT", `/certs/${name}`, { name, certPEMDetails });
      return [answer.status, answer.body.message];
    };
    expect(await put({ ...pem(first), privateKey: second.key })).toEqual([
      400,
      expect.stringContaining("does not belong"),
    ]);
    // What a GET shows is no key.
    expect(await put({ ...pem(first), privateKey: mask })).toEqual([
      400,
      expect.stringContaining("failed to parse privateKey"),
    ]);
    expect(await put({ ...pem(first), publicCert: "x" })).toEqual([
      400,
      expect.stringContaining("failed to parse publicCert"),
    ]);
    expect(await put({ type: "PEM" })).toEqual([400, "publicCert or caCerts is required"]);
    expect(await put({ type: "PKCS12" })).toEqual([400, expect.stringContaining('"/certPEMDetails/type"')]);
    // Known issue 34185.
    const long = await send("PUT", `/certs/${"n".repeat(256)}`, body("n".repeat(256)));
    expect([long.status, long.body.code]).toEqual([500, 134018]);
  });

  it("of an authority needs no key", async () => {
    const { send } = await startClient();
    const created = await send("PUT", "/certs/ca", { name: "ca", certPEMDetails: { caCerts: [first.certificate] } });
    expect([created.status, created.body.certMetadata.length]).toEqual([201, 1]);
  });

  it("has a serial number of its own, unless the switch says otherwise", async () => {
    const { send, control } = await startClient();
    await send("PUT", "/certs/a", body("a"));
    expect((await send("PUT", "/certs/b", body("b"))).status).toBe(409);
    expect((await send("PUT", "/certs/a", body("a"))).status).toBe(200);
    control.setSwitches({ duplicateSerial: "allow" });
    expect((await send("PUT", "/certs/b", body("b"))).status).toBe(201);
  });
});

describe("an assigned certificate", () => {
  const ref = ({ instance }: NimClient) => base + instance;
  const paths = [{ cert: "/etc/nginx/ssl/shop.crt", key: "/etc/nginx/ssl/shop.key" }];

  it("lands on the instance and says where (assignedKeyPaths)", async () => {
    const client = await startClient();
    const { send, control } = client;
    await send("PUT", "/certs/shop", body("shop", first, { instanceRefs: [ref(client)] }));
    await control.settled();
    const { certAssignmentDetails } = (await send("GET", "/certs/shop")).body;
    expect(certAssignmentDetails).toEqual([
      {
        type: "Instance",
        systemUID: client.simulator.instances[0]?.systemUid,
        assignedKeyPaths: paths,
        configKeyPaths: [],
      },
    ]);
    const unknown = body("shop", first, { instanceRefs: [`${base}/systems/x/instances/y`] });
    expect((await send("PUT", "/certs/shop", unknown)).status).toBe(400);
  });

  it("lands where the client wants it, on every member of a group", async () => {
    const client = await startClient();
    const { send, control, simulator } = client;
    const [one] = simulator.instances;
    const wanted = [{ cert: "/etc/nginx/tls/a.pem", key: "/etc/nginx/tls/a.key" }];
    const certAssignmentDetails = [
      { type: "Instance", systemUID: one?.systemUid, assignedKeyPaths: wanted, configKeyPaths: [] },
    ];
    await send(
      "PUT",
      "/certs/shop",
      body("shop", first, { instanceRefs: [base + client.group], certAssignmentDetails }),
    );
    await control.settled();
    const details = (await send("GET", "/certs/shop")).body.certAssignmentDetails;
    expect(details.map(({ assignedKeyPaths }: { assignedKeyPaths: object }) => assignedKeyPaths)).toEqual([
      wanted,
      paths,
    ]);
  });

  it("cannot be deleted; PUT without instanceRefs takes the assignments away, or keeps them", async () => {
    const client = await startClient();
    const { send, control } = client;
    await send("PUT", "/certs/shop", body("shop", first, { instanceRefs: [ref(client)] }));
    await control.settled();
    const refused = await send("DELETE", "/certs/shop");
    expect(refused).toMatchObject({
      status: 409,
      body: { message: "Certificate shop is referenced by another resource" },
    });
    expect(refused.body.details).toEqual([{ description: `it is assigned to ${ref(client)}` }]);
    control.setSwitches({ certWithoutRefs: "keep" });
    expect((await send("PUT", "/certs/shop", body("shop"))).body.instanceRefs).toEqual([ref(client)]);
    control.setSwitches({ certWithoutRefs: "clear" });
    expect((await send("PUT", "/certs/shop", body("shop"))).body.instanceRefs).toEqual([]);
    await control.settled();
    expect((await send("GET", "/certs/shop")).body.certAssignmentDetails).toEqual([]);
    expect((await send("DELETE", "/certs/shop")).status).toBe(204);
  });
});

describeWithNginx("a certificate that a config refers to", () => {
  const tls = `events {}
http { server {
  listen 443 ssl;
  ssl_certificate /etc/nginx/ssl/shop.crt;
  ssl_certificate_key /etc/nginx/ssl/shop.key;
  return 200 secure;
} }
`;
  /** The page over TLS, checked against the certificate, as a browser would. */
  const secure = ({ control }: NimClient, ca: string) =>
    new Promise((resolve, reject) => {
      const options = { ca, servername: "localhost", agent: false };
      httpsRequest(control.instances()[0]?.httpsUrl ?? "", options, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      })
        .on("error", reject)
        .end();
    });

  it("is deployed with it, and serves real TLS; its key is never read back", async () => {
    const client = await startClient();
    const { send, publish, files } = client;
    await send("PUT", "/certs/shop", body("shop"));
    expect((await publish({ [main]: tls })).status).toBe("successful");
    expect(await secure(client, first.certificate)).toBe("secure");
    expect(Object.keys(await files())).toEqual([main, "/etc/nginx/ssl/shop.crt"]);
    const [assignment] = (await send("GET", "/certs/shop")).body.certAssignmentDetails;
    expect(assignment.assignedKeyPaths).toEqual(assignment.configKeyPaths);
    expect(assignment.configKeyPaths).toHaveLength(1);
  });

  it("is exchanged on the instances when it is renewed", async () => {
    const client = await startClient();
    const { send, publish, control } = client;
    await send("PUT", "/certs/shop", body("shop"));
    await publish({ [main]: tls });
    await send("PUT", "/certs/shop", body("shop", second));
    await control.settled();
    expect(await secure(client, second.certificate)).toBe("secure");
    await expect(secure(client, first.certificate)).rejects.toThrow("self-signed");
    const renewed = await control.renewCert("shop", "bob");
    await control.settled();
    expect(await secure(client, (renewed.certPEMDetails as { publicCert: string }).publicCert)).toBe("secure");
    expect(control.history.of(`${base}/certs/shop`).at(-1)?.user).toBe("bob");
  });

  it("cannot be deleted, and survives publishes that do not send it", async () => {
    const client = await startClient();
    const { send, publish } = client;
    await send("PUT", "/certs/shop", body("shop"));
    await publish({ [main]: tls });
    await publish({ [main]: tls.replace("secure", "still") });
    expect(await secure(client, first.certificate)).toBe("still");
    const refused = await send("DELETE", "/certs/shop");
    expect(refused.status).toBe(409);
    expect(refused.body.details[0].description).toMatch(/^the config of instance web-1 .* refers to it$/);
    await publish({ [main]: serving("plain") });
    expect((await send("DELETE", "/certs/shop")).status).toBe(204);
  });

  it("that nobody manages goes with the config, as known issue 38596 says", async () => {
    const client = await startClient();
    const { publish } = client;
    const own = { "aux:/etc/nginx/ssl/shop.crt": first.certificate, "aux:/etc/nginx/ssl/shop.key": first.key };
    expect((await publish({ [main]: tls, ...own })).status).toBe("successful");
    const { details } = await publish({ [main]: tls });
    expect(details.failure[0].failMessage).toContain("BIO_new_file() failed");
    expect(await secure(client, first.certificate)).toBe("secure");
  });
});
