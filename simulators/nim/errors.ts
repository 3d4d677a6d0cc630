import { json, type SimResponse } from "../kit/index.ts";

/** An answer of one of NIM's services: ErrorModel {code, message, details:[{description}]} (docs/nim.md#errors). */
export class NimError extends Error {
  override name = "NimError";
  status: number;
  code: number;
  details: string[];
  /** What it says, where NIM says that in several ways (refusals.ts). */
  meaning: Meaning | undefined;

  constructor(
    status: number,
    message: string,
    { code = status, details = [], meaning }: { code?: number; details?: string[]; meaning?: Meaning } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.meaning = meaning;
  }
}

export type Meaning = "stale" | "exists" | "inUse" | "gone" | "denied";

export function errorResponse({ status, code, message, details }: NimError): SimResponse {
  return json(status, { code, message, details: details.map((description) => ({ description })) });
}

export const badRequest = (message: string) => new NimError(400, message);
/** Of the very object that the path of the request names. */
export const gone = (noun: string) => new NimError(404, `${noun} Not Found`, { meaning: "gone" });
export const notFound = (what: string) => new NimError(404, `${what} Not Found`);
export const conflict = (message: string, details: string[] = []) => new NimError(409, message, { details });
export const exists = (what: string, details: string[] = []) =>
  new NimError(409, `${what} already exists`, { details, meaning: "exists" });
export const referenced = (what: string, details: string[]) =>
  new NimError(409, `${what} is referenced by another resource`, { details, meaning: "inUse" });
export const older = (status: number) =>
  new NimError(status, "The published configuration is older than the active instance configuration.", {
    meaning: "stale",
  });

/** @param permission - such as `UPDATE of CERTIFICATES` */
export const lacksPermission = (permission: string) =>
  new NimError(403, `The user lacks the permission: ${permission}`, { meaning: "denied" });

/** The gateway answers before any service does: {code, message} without details (docs/nim.md#errors). */
export const gatewayError = (status: number, message: string): SimResponse => json(status, { code: status, message });

/** nginx's own page, where the gateway has no error_page (docs/nim.md#errors: 429). */
export function gatewayPage(status: number, reason: string): SimResponse {
  const title = `${status} ${reason}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { "content-type": "text/html" }, body };
}
