import { json, type SimResponse } from "../kit/index.ts";

/**
 * An answer in NSX's shape (schema ApiError: module_name, error_message, error_code; httpStatus is on the wire though
 * absent from the schema). The codes and where they come from: docs/nsx.md#errors.
 */
export class NsxError extends Error {
  override name = "NsxError";
  status: number;
  code: number;
  module: string;
  /** What it says, where managers say that in several ways (refusals.ts). */
  meaning: Meaning | undefined;
  /** What the gateway refuses before the Policy service sees it has no httpStatus. */
  fromGateway = false;

  constructor(status: number, code: number, message: string, module = "policy", meaning?: Meaning) {
    super(message);
    this.status = status;
    this.code = code;
    this.module = module;
    this.meaning = meaning;
  }
}

export type Meaning = "stale" | "exists" | "gone" | "inUse" | "beingDeleted" | "protected" | "expired" | "denied";

const httpStatus: Record<number, string> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  409: "CONFLICT",
  412: "PRECONDITION_FAILED",
  415: "UNSUPPORTED_MEDIA_TYPE",
  500: "INTERNAL_SERVER_ERROR",
  503: "SERVICE_UNAVAILABLE",
};

export function errorResponse(error: NsxError): SimResponse {
  return json(error.status, {
    httpStatus: error.fromGateway ? undefined : httpStatus[error.status],
    error_code: error.code,
    module_name: error.module,
    error_message: error.message,
  });
}

const missing = (what: string) =>
  `The requested object : ${what} could not be found. Object identifiers are case sensitive.`;

/** Something that is no object: a path of the API. */
export const notFound = (what: string) => new NsxError(404, 600, missing(what), "common-services");

/** @param name - of the object, as the words have it */
export const gone = (name: string) => new NsxError(404, 600, missing(name), "common-services", "gone");

export const exists = (path: string) =>
  new NsxError(400, 500127, `Cannot create an object with path=[${path}] as it already exists.`, "policy", "exists");

export const invalidPath = (path: string) => new NsxError(400, 500012, `The path=[${path}] is invalid`);

export const fieldErrors = (problems: string[]) =>
  new NsxError(400, 255, `Field level validation errors: {${problems.join(", ")}}`, "common-services");

export const unrecognized = (property: string) =>
  new NsxError(400, 287, `Json de-serialization error: property ${property} is unrecognized.`, "common-services");

export const unreadable = (why: string) =>
  new NsxError(400, 287, `Json de-serialization error: ${why}.`, "common-services");

/** What an HTTP server says; NSX's own words are not known. */
export const unsupportedType = (type: string) =>
  new NsxError(415, 415, `Content type '${type}' not supported`, "common-services");

export const noCharset = () =>
  new NsxError(400, 400, "The URL has UTF-8 in it, and Content-Type does not say charset=UTF-8.", "common-services");

/** 409 in the guide's prose, 412 in the schema: hence the switch. The code is a guess (docs/nsx.md#errors). */
export const staleRevision = (status: number, path: string, current: number, requested: unknown) =>
  new NsxError(
    status,
    604,
    `The object ${path} was changed. Object _revision mismatch! (current: ${current}, requested: ${requested}). ` +
      "Fetch the latest copy of the object and retry!",
    "policy",
    "stale",
  );

export function notOwner(user: string, owner: unknown, type: string): NsxError {
  const text = `Principal '${user}' attempts to delete or modify an object of type ${type} it doesn't own.`;
  return new NsxError(400, 8327, `${text} (createUser=${owner}, allowOverwrite=null)`, "common-services", "protected");
}

export const expired = () =>
  new NsxError(403, 403, "The session has expired or does not exist.", "common-services", "expired");

export const pendingDelete = (path: string) =>
  new NsxError(
    400,
    500045,
    `The path=[${path}] is marked for deletion. Either use another path or wait for the purge cycle to permanently remove it.`,
    "policy",
    "beingDeleted",
  );

export const inUse = (path: string, users: string[]) =>
  new NsxError(
    400,
    500030,
    `The object path=[${path}] cannot be deleted as either it has children or it is being referenced by other objects ` +
      `path=[${users.join(",")}].`,
    "policy",
    "inUse",
  );

export const portsAttached = (path: string, count: number) =>
  new NsxError(
    400,
    503040,
    `Segment ${path} has ${count} VMs or VIFs attached. Disconnect all VMs and VIFs before deleting a segment.`,
    "policy",
    "inUse",
  );

export const overlap = (network: string, other: string) =>
  new NsxError(400, 500105, `The subnet ${network} overlaps with a subnet of ${other}.`);

/** What VMware Cloud says to a token that has ended. */
export const notAuthorized = () =>
  new NsxError(401, 401, "User is not authorized to perform this operation on the application.", "common-services");

export const certificateNotTrusted = () =>
  new NsxError(500, 99, "The client certificate is not trusted.", "common-services");

/** @param permission - such as `update of segments` */
export const notPermitted = (permission: string) =>
  new NsxError(403, 289, `The user does not have the permission. It takes ${permission}.`, "policy", "denied");

export function loginRefused(status: number): NsxError {
  const text = "The credentials were incorrect or the account specified has been locked.";
  const error = new NsxError(status, status, text, "common-services");
  error.fromGateway = true;
  return error;
}
