// Ways in that show the same with each request: a user with a password, a token, or a client certificate.
import { isClientCertificateRefused } from "../travel/connectionError.ts";
import { hasCode, type LoginError } from "../travel/errors.ts";
import { within } from "../travel/timeLimit.ts";
import type { Answer, Request, Transport } from "../travel/transport.ts";
import { isBadCredentials, loginError, type Session, withHeaders } from "./session.ts";
import type { NsxLogin } from "./settings.ts";

type Fixed = Extract<NsxLogin, { auth: "basic" | "token" | "certificate" }> & {
  /** Where what is shown can be given. */
  readonly credentials: string;
};

interface Shown {
  /** Of a certificate none: the handshake of TLS has carried it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly what: string;
  readonly advice: string;
}

export function fixedLogin(login: Fixed, manager: string, http: Transport): Session {
  const { headers, what, advice } = shown(login);
  const isRefusal = login.auth === "certificate" ? isBadCertificate : isBadCredentials;
  let refused: LoginError | undefined;
  let first: Promise<unknown> | undefined;

  const check = () => {
    if (refused) throw refused;
  };

  async function sendOne(request: Request): Promise<Answer> {
    try {
      return await http({ ...withHeaders(request, headers), check });
    } catch (error) {
      // What the work goes on without says nothing about the login that it goes on with.
      if (request.once || !isRefusal(error)) throw error;
      refused ??= loginError(manager, what, error, advice);
      throw refused;
    }
  }

  return {
    async send(request) {
      // A few wrong passwords lock the account for everybody: the first request finds out for all that come with it.
      const foundOut = first;
      if (foundOut) await within(request.limit, "the first request had no answer", () => foundOut);
      check();
      const sent = sendOne(request);
      first ??= sent.catch(() => {});
      return await sent;
    },
    end: async () => {},
  };
}

function shown(login: Fixed): Shown {
  switch (login.auth) {
    case "basic": {
      const { username, password } = login;
      return {
        headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` },
        what: `the login of "${username}"`,
        advice: `Check ${login.credentials}.`,
      };
    }
    case "token":
      return {
        headers: { authorization: `Bearer ${login.token}` },
        what: "the token",
        advice: `It may have ended: set a fresh one as ${login.credentials}.`,
      };
    case "certificate":
      return {
        headers: {},
        what: "the client certificate",
        advice: `It has to be a principal identity's there, and no proxy may stand between that ends TLS. Check ${login.credentials}.`,
      };
  }
}

/** Either NSX says so, as nobody's credentials or with a code of its own (docs/nsx.md#errors), or TLS does. */
function isBadCertificate(error: unknown): boolean {
  return isBadCredentials(error) || hasCode(error, "99") || isClientCertificateRefused(error);
}
