// Makes a private key and a self-signed certificate in certs/, for trying things out; in production an ACME client or your
// company's authority takes its place.  node certificate.mjs NAME [--days N]
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generate } from "selfsigned";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { days: { type: "string", default: "90" } },
});
const [name = "shop.example"] = positionals;
const notAfterDate = new Date(Date.now() + Number(values.days) * 24 * 60 * 60 * 1000);

const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
  keyType: "ec",
  notAfterDate,
  extensions: [
    { name: "basicConstraints", cA: false, critical: true },
    { name: "subjectAltName", altNames: [{ type: 2, value: name }] },
  ],
});
const folder = join(import.meta.dirname, "certs");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "tls.crt"), cert);
writeFileSync(join(folder, "tls.key"), key, { mode: 0o600 });
console.log(`certs/tls.crt and tls.key for ${name}, good until ${notAfterDate.toISOString()}`);
