// What it means, and what can be done, when there is no answer.
import { ConnectionError, WayRefused } from "./errors.ts";
import { fingerprintOf, type TlsOptions } from "./tls.ts";

/** Milliseconds. */
export const longest = { connectTimeout: 10_000, answerTimeout: 120_000 };

const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there; check host and port",
  ENOTFOUND: "the host name does not resolve; check the endpoint and DNS",
  EAI_AGAIN: "the host name does not resolve right now; check DNS",
  UND_ERR_CONNECT_TIMEOUT: "the host does not answer; check the endpoint, routes and firewalls",
  UND_ERR_HEADERS_TIMEOUT: `no answer within ${longest.answerTimeout / 1_000} s`,
  UND_ERR_BODY_TIMEOUT: `the answer stopped for ${longest.answerTimeout / 1_000} s`,
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_PRX_CONN: "the connection was cut",
  ECONNRESET: "the connection was reset",
};

/** What OpenSSL makes of an answer in plain HTTP. */
const speaksNoTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/;

/** The other side's words about a client certificate, or the lack of one; TLS 1.2 has the same for other disagreements. */
const aboutClientCertificate =
  /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(?:REVOKED|EXPIRED|UNKNOWN|REQUIRED)|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)$/;

/** What happens only before there is a connection, which through a proxy is the one to the proxy. */
const notReached: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_PRX_CONN",
]);

/** As Node names what OpenSSL finds wrong with a certificate. */
const isVerifyError = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;

/** Of a connection that was not made: nothing of a request has gone there. */
export function whileConnecting(origin: string, error: unknown, tls: TlsOptions): ConnectionError {
  const { code = "", message } = error as { code?: string; message: string };
  if (speaksNoTls.test(code)) {
    const words = `${origin} does not speak TLS there. Is it http:// in place of https://, or another port?`;
    return new WayRefused(words, error);
  }
  const refusal = clientCertificateRefused(origin, error, tls);
  if (refusal) return refusal;
  if (/^ERR_(?:SSL|TLS)/.test(code)) {
    return new WayRefused(`${origin} and this machine do not agree on TLS: ${message}.`, error);
  }
  return new ConnectionError(`No whole answer from ${origin}: ${advice[code] ?? message}.`, false, error);
}

/** Of a request that has gone there, at least in part. */
export function whileAnswering(origin: string, error: unknown, tls: TlsOptions): ConnectionError {
  const { code = "", message } = error as { code?: string; message: string };
  const refusal = clientCertificateRefused(origin, error, tls);
  return refusal ?? new ConnectionError(`No whole answer from ${origin}: ${advice[code] ?? message}.`, true, error);
}

/** Whether there is no answer because the other side's TLS does not take our certificate, or misses one. */
export function isClientCertificateRefused(error: unknown): boolean {
  const { cause } = error instanceof WayRefused ? (error as { cause?: { code?: string } }) : {};
  return aboutClientCertificate.test(cause?.code ?? "");
}

/** With TLS 1.3 a client hears of that when it has sent its first request, which nobody has read then. */
function clientCertificateRefused(origin: string, error: unknown, tls: TlsOptions): ConnectionError | undefined {
  const { code = "" } = error as { code?: string };
  const alert = aboutClientCertificate.exec(code)?.[1]?.toLowerCase().replaceAll("_", " ");
  if (alert === undefined) return undefined;
  const setting = `${tls.system}:clientCertificate`;
  const [what, wayOut] =
    tls.clientCertificate === undefined
      ? [
          "asks for a client certificate and was shown none",
          `where this system has a setting for one, it is ${setting}`,
        ]
      : [
          `refuses the client certificate of ${setting} (its SHA-256 fingerprint is ${fingerprintOf(tls.clientCertificate)})`,
          `have it trusted there, or set ${setting} and ${tls.system}:clientKey to another`,
        ];
  return new WayRefused(`${origin} ${what}, and says "${alert}"; ${wayOut}.`, error);
}

/**
 * Of a proxy on the way, so that nothing of a request has gone through it; `undefined` where the fault is the host's.
 *
 * @param proxy - its origin, without user and password
 */
export function atProxy(proxy: string, origin: string, error: unknown): ConnectionError | undefined {
  const { code = "", message } = error as { code?: string; message: string };
  const which = `The proxy ${proxy} on the way to ${origin}`;
  const where = "see HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment";
  const status = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  if (status === "407") {
    return new WayRefused(`${which} asks for a user and password, or refuses those in its URL; ${where}.`, error);
  }
  if (status !== undefined) return new WayRefused(`${which} answers ${status} and opens none; ${where}.`, error);
  // A host's certificate is looked at by us, so what undici finds is wrong with one is wrong with the proxy's.
  if (code === "UND_ERR_PRX_TLS" || isVerifyError.test(code)) {
    const { message: words } = (error as { cause?: Error }).cause ?? { message };
    return new WayRefused(`${which} shows a certificate that does not verify (${words}); ${where}.`, error);
  }
  if (!notReached.has(code)) return undefined;
  return new ConnectionError(`${which} is not reached: ${advice[code] ?? message}; ${where}.`, false, error);
}
