// Whom to believe at the other end of a connection, and what to say of somebody who is not believed.
import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, getCACertificates, type SecureContext, TLSSocket } from "node:tls";
import { messageOf, WayRefused } from "./errors.ts";

export interface TlsOptions {
  /** The system's word, which its settings begin with: `nsx`. */
  readonly system: string;
  /** Authorities to trust besides Node's and the system's, in PEM form. */
  readonly caCertificate?: string;
  /** The SHA-256 fingerprint of the one certificate to trust, `AA:BB:…`; nothing else of it is looked at then. */
  readonly thumbprint?: string;
  /** Takes any certificate, unless one is named by its thumbprint. */
  readonly insecureSkipVerify?: boolean;
  /** What to show who asks for it, in PEM form, with its key. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly clientKeyPassphrase?: string;
  /** Told the certificate of each connection, believed or not. */
  readonly onCertificate?: (certificate: X509Certificate) => void;
}

/**
 * Whom to believe and what to show, for all connections of a process. The operating system's authorities are not on Node's
 * list, and the option that adds them (`--use-system-ca`) cannot be given to a plugin. Takes some 0.1 s the first time.
 *
 * @throws {@link WayRefused} for an authority that cannot be read, over which OpenSSL would go in silence
 */
export function secureContextOf(options: Partial<TlsOptions>): SecureContext {
  const { system, caCertificate, clientCertificate, clientKey, clientKeyPassphrase } = options;
  try {
    if (caCertificate !== undefined) fingerprintOf(caCertificate);
  } catch (error) {
    throw new WayRefused(`${system}:caCertificate cannot be read: ${messageOf(error)}.`, error);
  }
  const known = new Set([...getCACertificates("default"), ...getCACertificates("system")]);
  return createSecureContext({
    ca: [...known, ...(caCertificate === undefined ? [] : [caCertificate])],
    ...(clientCertificate === undefined ? {} : { cert: clientCertificate, key: clientKey }),
    ...(clientKeyPassphrase === undefined ? {} : { passphrase: clientKeyPassphrase }),
  });
}

/** SHA-256, in the form in which settings and messages have it. @param pem - of the first certificate in it */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

/**
 * Why a host is not to be believed, with the fingerprint that was seen and the setting that would trust it; `undefined`
 * where it is. The handshake has to be done, with Node's own verdict (`rejectUnauthorized`) left open: Node ends a
 * connection that it does not believe without showing whose it was.
 */
export function whyNotBelieved(socket: Socket, origin: string, options: TlsOptions): string | undefined {
  if (!(socket instanceof TLSSocket)) return `What answers for ${origin} does not speak TLS.`;
  const { system, thumbprint, insecureSkipVerify } = options;
  // Node shows it once in a connection: whoever else wants it is told here.
  const seen = socket.getPeerX509Certificate();
  if (seen) options.onCertificate?.(seen);
  const fingerprint = `its SHA-256 fingerprint is ${seen?.fingerprint256 ?? "none"}`;
  if (thumbprint !== undefined) {
    if (seen?.fingerprint256 === thumbprint) return undefined;
    return `The certificate of ${origin} is not the one that is trusted: ${fingerprint} and ${system}:thumbprint names another; if it was renewed, set ${system}:thumbprint to what its administrator says that it is.`;
  }
  if (socket.authorized || insecureSkipVerify) return undefined;
  const [why, wayOut] = explained(String(socket.authorizationError), seen, origin, system);
  return `The certificate of ${origin} does not verify: ${why} (${fingerprint}); ${wayOut}.`;
}

/** @param code - what Node calls it: OpenSSL's result, or its own of the names */
function explained(code: string, seen: X509Certificate | undefined, origin: string, system: string) {
  const pin = `set ${system}:thumbprint to the fingerprint if its administrator confirms it`;
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return [
        `it is made out to ${namesOf(seen)} and not to ${new URL(origin).hostname}`,
        `name the host as it does in ${system}:endpoint, or ${pin}`,
      ];
    case "CERT_HAS_EXPIRED": {
      const isItself = seen !== undefined && seen.validToDate.getTime() <= Date.now();
      const what = isItself ? `it expired at ${seen.validToDate.toISOString()}` : "an authority above it has expired";
      return [what, `have it renewed, or ${pin}`];
    }
    case "CERT_NOT_YET_VALID": {
      const isItself = seen !== undefined && seen.validFromDate.getTime() > Date.now();
      const what = isItself
        ? `it is valid from ${seen.validFromDate.toISOString()} on`
        : "an authority above it is not valid yet";
      return [what, `see whether the clock of this machine is right, or ${pin}`];
    }
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return [
        "it is signed by itself and by no authority",
        `if its administrator confirms the fingerprint, set ${system}:thumbprint to it or ${system}:caCertificate to the certificate`,
      ];
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return [
        `it leads to no authority that is known here, and names ${inOneLine(seen?.issuer)} as its issuer`,
        `set ${system}:caCertificate to that authority, or ${pin}`,
      ];
    // Node has no name for these.
    case "UNSPECIFIED":
      return [
        "its key or signature, or that of an authority above it, is one that OpenSSL does not take, such as SHA-1",
        `have it replaced, or ${pin}`,
      ];
    default:
      return [`OpenSSL says ${code}`, `have it replaced, or ${pin}`];
  }
}

function namesOf(seen: X509Certificate | undefined): string {
  return seen?.subjectAltName ?? inOneLine(seen?.subject);
}

/** Nothing but one line: the rest of a message is not the certificate's to write. */
function inOneLine(name: string | undefined): string {
  return name?.split("\n").join(", ") || "nobody";
}
