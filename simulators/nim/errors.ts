import { json, type SimResponse } from "../kit/index.ts";

/** An answer of one of NIM's services: ErrorModel {code, message, details:[{description}]} (docs/nim.md#errors). */
export class NimError extends Error {
  override name = "NimError";
  status: number;
  code: number;
  details: string[];

  constructor(status: number, message: string, { code = status, details = [] as string[] } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export function errorResponse({ status, code, message, details }: NimError): SimResponse {
  return json(status, { code, message, details: details.map((description) => ({ description })) });
}

export const badRequest = (message: string) => new NimError(400, message);
export const notFound = (what: string) => new NimError(404, `${what} Not Found`);
export const conflict = (message: string, details: string[] = []) => new NimError(409, message, { details });

/** The gateway answers before any service does: {code, message} without details (docs/nim.md#errors). */
export const gatewayError = (status: number, message: string): SimResponse => json(status, { code: status, message });

/** nginx's own page, where the gateway has no error_page (docs/nim.md#errors: 429). */
export function gatewayPage(status: number, reason: string): SimResponse {
  const title = `${status} ${reason}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { "content-type": "text/html" }, body };
}
