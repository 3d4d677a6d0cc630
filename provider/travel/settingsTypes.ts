/** Settings that an explicit provider has for either system. */
export interface CommonProviderInputs {
  /** Authorities to trust besides Node's and the system's, as PEM text or as the path of a PEM file. */
  caCertificate?: string;
  /** SHA-256 fingerprint of the one certificate to trust, whoever issued it: 64 hexadecimal digits, colons may be left out. */
  thumbprint?: string;
  /** Accepts any certificate, with a warning in each run: for laboratories only. @default false */
  insecureSkipVerify?: boolean;
  /** Seconds that one operation may take, waiting and retries included; at most 2,000,000. @default 600 */
  timeout?: number;
  /**
   * Tags of other systems, which are neither drift nor ever removed; `*` stands for any characters. One text may hold
   * several, with commas between.
   * @default none
   */
  ignoreTags?: string | string[];
  /** Name of the account. */
  username?: string;
  /** Its password. A secret in the state, whether it is marked as one or not. */
  password?: string;
  /**
   * A JWT that somebody else renews, or the path of a file that holds nothing else. A secret in the state, whether it is
   * marked as one or not.
   */
  token?: string;
}
