import type * as pulumi from "@pulumi/pulumi";
import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { CertificateInputs, CertificateOutputs } from "../provider/nim/certificateTypes.ts";
import { type Args, lookUp, resourceClass } from "./resource.ts";

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
}) {
  /**
   * A certificate that NIM has and that this stack only looks at: nothing is written, and `destroy` leaves it. Each preview
   * and each `up` reads it anew, and fails where there is none.
   *
   * Every argument is an output with its value in NIM, but `privateKey` and `password`, which NIM never gives back: those,
   * and `adopt`, are `undefined`.
   *
   * @param name - the resource's name in the stack
   * @param id - the certificate's name, not its uid
   * @param options - such as `{ provider }`, for an object of a second NIM
   *
   * @example
   * const shared = Certificate.get("shared", "wildcard.example.com");
   * export const expires = shared.notAfter;
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): Certificate {
    return lookUp(Certificate, name, id, options);
  }
}
