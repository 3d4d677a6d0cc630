import type { GroupReference, InstanceReference } from "./instanceTypes.ts";
import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";

/** Arguments of a certificate. */
export interface CertificateInputs extends NamedInputs {
  /**
   * The certificate's key in NIM; at most 255 characters. A change replaces the certificate.
   * @default the resource's name and eight characters made from its URN
   */
  name?: string;
  /**
   * The certificate in PEM form, the leaf first, followed by the chain if it has one. A change renews it in place. A chain
   * out of order and a certificate that is there twice are taken, with a warning; a private key in it is refused.
   */
  certificate: string;
  /**
   * Its private key in PEM form; what stands around the key is left out. Secret: NIM never gives it back, and the state
   * holds it encrypted.
   */
  privateKey: string;
  /** What opens the private key, if it is encrypted. Secret. */
  password?: string;
  /** Certificates of authorities in PEM form. */
  caCertificates?: string[];
  /**
   * Instances that get the certificate, and instance groups, whose members all do (NIM 2.9 and later). What others add, or
   * NIM adds because a config refers to the certificate, is left as it is.
   */
  instances?: (InstanceReference | GroupReference)[];
}

/** Outputs of a certificate, read from the leaf. */
export interface CertificateOutputs extends NamedOutputs {
  /** SHA-256 of the certificate, as colon-separated hexadecimal bytes. */
  fingerprintSha256: string;
  /** The serial number, in hexadecimal. */
  serialNumber: string;
  /** Whom it names, such as `CN=www.example.com`; empty where it has only names. */
  subject: string;
  /** Who signed it. */
  issuer: string;
  /** Names and addresses that it is good for, such as `DNS:www.example.com`. */
  subjectAlternativeNames: string[];
  /** When it begins to be valid, in ISO 8601 (UTC). */
  notBefore: string;
  /** When it ends to be valid, in ISO 8601 (UTC). */
  notAfter: string;
}
