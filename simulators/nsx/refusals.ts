// One refusal is said in several ways: by release, by type, and by the layer that answers. When something is refused is
// decided elsewhere (policy.ts, sessions.ts) and does not change; here is only how it is said. Sources: docs/nsx.md#errors.
import { empty, json, type SimResponse, type Switches } from "../kit/index.ts";
import { certificateNotTrusted, errorResponse, NsxError, notAuthorized } from "./errors.ts";

type Wording = (error: NsxError) => SimResponse;

/** Words that tell nothing: then the code alone says what is meant. */
const mute = "The request could not be carried out.";

const asIs: Wording = (error) => errorResponse(error);

const coded =
  (status: number, code: number, message?: string): Wording =>
  (error) =>
    errorResponse(new NsxError(status, code, message ?? error.message, error.module));

/** The code that tells is one of a related error; the one above it says only that something went wrong. */
const related =
  (status: number, code?: number): Wording =>
  (error) => {
    const { httpStatus, ...inner } = JSON.parse(errorResponse(error).body);
    const { body } = errorResponse(new NsxError(status, 500157, mute, error.module));
    return json(status, {
      ...JSON.parse(body),
      related_errors: [{ httpStatus, ...inner, error_code: code ?? error.code }],
    });
  };

const wordsAlone =
  (status: number): Wording =>
  ({ message, module }) =>
    json(status, { module_name: module, error_message: message });

/** vAPI, the layer before the services, has a shape of its own. */
const vapi =
  (status: number, type: string): Wording =>
  ({ message }) =>
    json(status, { error_type: type, messages: [{ id: "policy.error", default_message: message, args: [] }] });

/** Only the status tells, as when the body was dropped on the way. */
const statusAlone: Wording = ({ status }) => empty(status);

const stale = {
  "code 604": asIs,
  "code 206": (error) =>
    coded(error.status, 206, "The object Segment was modified by somebody else. Please retry.")(error),
  "400/500087": coded(400, 500087, mute),
  "400/500232": coded(400, 500232, mute),
  "400/100148": coded(400, 100148, mute),
  "404/500090": coded(404, 500090, mute),
  related: related(400, 500087),
  "related 206": related(400, 206),
  words: wordsAlone(400),
  messages: vapi(400, "INVALID_REQUEST"),
  "no body": statusAlone,
} satisfies Record<string, Wording>;

const exists = {
  "400/500127": asIs,
  "400/500127 mute": coded(400, 500127, mute),
  "409/500127": coded(409, 500127),
  related: related(400),
} satisfies Record<string, Wording>;

const nameIn = (message: string) => /object : (\S+)/.exec(message)?.[1] ?? "";

const gone = {
  "404/600": asIs,
  "404/600 by id": (error) =>
    coded(
      404,
      600,
      error.message.replace(/object : \S+/, `object : ${nameIn(error.message).split("/").at(-1)}`),
    )(error),
  "404/600 mute": coded(404, 600, "It is not there."),
  "404/500012": (error) => coded(404, 500012, `The path=[${nameIn(error.message)}] is invalid`)(error),
  "400/500012": (error) => coded(400, 500012, `The path=[${nameIn(error.message)}] is invalid`)(error),
  related: related(404),
  messages: vapi(404, "NOT_FOUND"),
} satisfies Record<string, Wording>;

const inUse = {
  "by cause": asIs,
  "by cause, mute": (error) => coded(400, error.code, mute)(error),
  "400/503101": coded(400, 503101, mute),
  "400/8402": coded(400, 8402, mute),
  related: related(400),
  words: wordsAlone(400),
} satisfies Record<string, Wording>;

const beingDeleted = {
  "400/500045": asIs,
  "400/500045 mute": coded(400, 500045, mute),
  related: related(400),
} satisfies Record<string, Wording>;

const isProtected = {
  "400/8327": asIs,
  "403/289": coded(403, 289),
  related: related(400),
} satisfies Record<string, Wording>;

const expired = {
  "403/403": asIs,
  "403/98": coded(403, 98, mute),
  "401/401": coded(401, 401, mute),
  "no body": statusAlone,
} satisfies Record<string, Wording>;

const denied = {
  "403/289": asIs,
  "403/289 mute": coded(403, 289, mute),
  "403/401": coded(403, 401, notAuthorized().message),
  related: related(403),
  messages: vapi(403, "UNAUTHORIZED"),
  "no body": statusAlone,
} satisfies Record<string, Wording>;

const wordings = { stale, exists, gone, inUse, beingDeleted, protected: isProtected, expired, denied };

const namesIn = <T extends object>(table: T) => Object.keys(table) as (keyof T & string)[];

export const refusalSwitches = {
  staleSaid: {
    default: "code 604",
    values: namesIn(stale),
    help: "how a stale revision is said; a row without a status has the one of staleRevisionStatus",
  },
  existsSaid: { default: "400/500127", values: namesIn(exists), help: "how it is said that an object exists already" },
  goneSaid: { default: "404/600", values: namesIn(gone), help: "how it is said that there is no such object" },
  inUseSaid: {
    default: "by cause",
    values: namesIn(inUse),
    help: "how it is said that an object is in use: 500030 for children and references, 503040 for ports, or otherwise",
  },
  beingDeletedSaid: {
    default: "400/500045",
    values: namesIn(beingDeleted),
    help: "how it is said that an object of that path waits for its purge",
  },
  protectedSaid: {
    default: "400/8327",
    values: namesIn(isProtected),
    help: "how it is said that an object is somebody else's and protected",
  },
  expiredSaid: { default: "403/403", values: namesIn(expired), help: "how it is said that a session has expired" },
  deniedSaid: { default: "403/289", values: namesIn(denied), help: "how it is said that a permission is missing" },
} as const;

/** The answer that says an error as the switches have it. */
export function refusal(error: NsxError, switches: Switches<typeof refusalSwitches>): SimResponse {
  if (error.meaning === undefined) return errorResponse(error);
  const rows: Record<string, Wording> = wordings[error.meaning];
  return (rows[switches[`${error.meaning}Said`]] ?? asIs)(error);
}

const refused = (status: number, code: number, message: string) => new NsxError(status, code, message);

/**
 * Refusals that come and go with the manager's load, or with what its administrator allows: no rule of an object calls
 * for one, so a test injects it by its name (`{ kind: "refusal", name }`).
 */
export const occasions: Record<string, () => SimResponse> = {
  "busy 404/202": () => errorResponse(refused(404, 202, mute)),
  "busy 400/60508": () => errorResponse(refused(400, 60508, "Indexing is in progress.")),
  "busy 400/60514": () => errorResponse(refused(400, 60514, "The search has timed out.")),
  "busy 400/60515": () => errorResponse(refused(400, 60515, "The index is out of sync.")),
  "busy 500/607": () => errorResponse(refused(500, 607, "The transaction was aborted.")),
  "busy 500/610": () => errorResponse(refused(500, 610, "The transaction was aborted.")),
  "busy, related": () => related(400)(refused(400, 60514, "The search has timed out.")),
  "busy, words of an atomic request": () =>
    wordsAlone(400)(refused(400, 0, "The object AtomicRequest/4711 is already present in the system.")),
  "busy, words of a migration": () => wordsAlone(400)(refused(400, 0, "Migration coordinator backend is busy.")),
  "denied 403/289": () => errorResponse(refused(403, 289, "The user does not have the permission.")),
  "denied 403/505": () => errorResponse(refused(403, 505, "The license does not allow it.")),
  "denied 401": () => errorResponse(refused(401, 401, "The user is not authorized for this operation.")),
  "denied 500/99": () => errorResponse(certificateNotTrusted()),
  "denied, no body": () => empty(403),
};
