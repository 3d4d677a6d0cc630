import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { CertificateInputs, CertificateOutputs } from "../provider/nim/certificateTypes.ts";
import { type Args, resourceClass } from "./resource.ts";

/** Arguments of {@link Certificate}. */
export interface CertificateArgs extends Args<CertificateInputs> {}

/**
 * A certificate with its private key, which NGINX Instance Manager deploys to its instances.
 *
 * A new certificate under the same name renews it in place. The private key is a secret, whether the program marks it
 * as one or not; NIM never gives it back.
 *
 * @example
 * const www = new Certificate("www", {
 *   name: "www.example.com",
 *   certificate: readFileSync("fullchain.pem", "utf8"),
 *   privateKey: config.requireSecret("privateKey"),
 * });
 * export const expires = www.notAfter;
 */
export class Certificate extends resourceClass<
  CertificateInputs,
  Omit<CertificateOutputs, keyof Remembered> & { name: string }
>({
  type: "nim:Certificate",
  args: ["name", "certificate", "privateKey", "password", "caCertificates", "instances", "adopt"],
  outputs: [
    "name",
    "uid",
    "fingerprintSha256",
    "serialNumber",
    "subject",
    "issuer",
    "subjectAlternativeNames",
    "notBefore",
    "notAfter",
  ],
  secrets: ["privateKey", "password"],
}) {}
