// The engine's side of Pulumi's gRPC protocol, as far as the dynamic provider speaks it.
import { createRequire } from "node:module";

const here = createRequire(import.meta.url);
// grpc and protobuf check messages by class, so they must come from the copies that Pulumi's own code uses.
const pulumi = createRequire(here.resolve("@pulumi/pulumi"));

export type Properties = Record<string, unknown>;

interface StructMessage {
  toJavaScript(): Properties;
}

type MessageClass = new () => Record<string, (value: unknown) => void>;

/** Every answer of the provider; a method that a message does not have is not called on it. */
interface Answer {
  getId(): string;
  getInputs(): StructMessage | undefined;
  getProperties(): StructMessage | undefined;
  getFailuresList(): { getProperty(): string; getReason(): string }[];
  getChanges(): number;
  getReplacesList(): string[];
  getDeletebeforereplace(): boolean;
  getReasonsList(): string[];
}

interface CallError extends Error {
  details: string;
  metadata?: { get(key: string): Uint8Array[] };
}

interface Client {
  close(): void;
  [method: string]: (request: unknown, callback: (error: CallError | null, answer: Answer) => void) => void;
}

export interface Grpc {
  Server: new () => {
    addService(service: object, implementation: object): void;
    bindAsync(address: string, credentials: unknown, done: (error: Error | null, port: number) => void): void;
    forceShutdown(): void;
  };
  ServerCredentials: { createInsecure(): unknown };
  credentials: { createInsecure(): unknown };
}

export const grpc: Grpc = pulumi("@grpc/grpc-js");
export const engineService: object = here("@pulumi/pulumi/proto/engine_grpc_pb").EngineService;
export const Empty: new () => object = pulumi("google-protobuf/google/protobuf/empty_pb").Empty;
const { Struct } = pulumi("google-protobuf/google/protobuf/struct_pb");
const messages: Record<string, MessageClass> = here("@pulumi/pulumi/proto/provider_pb");
const { ResourceProviderClient } = here("@pulumi/pulumi/proto/provider_grpc_pb");

export function connect(port: number): Client {
  return new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
}

/** The object exists, but is not finished: the engine saves `id` and `properties`, and shows `reasons`. */
export class InitFailed extends Error {
  override readonly name = "InitFailed";
  readonly id: string;
  readonly properties: Properties;
  readonly reasons: string[];

  constructor(detail: Answer) {
    super(detail.getReasonsList().join("; "));
    this.id = detail.getId();
    this.properties = detail.getProperties()?.toJavaScript() ?? {};
    this.reasons = detail.getReasonsList();
  }
}

/** Calls a method with a message of its request type; fields are named as in the protocol, objects become structs. */
export function call(client: Client, method: string, fields: Properties): Promise<Answer> {
  const Message = messages[`${method}Request`];
  if (!Message) throw new Error(`no request message for ${method}`);
  const request = new Message();
  for (const [name, value] of Object.entries(fields)) {
    const isPlain = typeof value === "object" && !Array.isArray(value);
    request[`set${name[0]?.toUpperCase()}${name.slice(1)}`]?.(isPlain ? Struct.fromJavaScript(value) : value);
  }
  return new Promise((resolve, reject) => {
    const done = (error: CallError | null, answer: Answer) => (error ? reject(toError(error)) : resolve(answer));
    client[method.toLowerCase()]?.(request, done);
  });
}

/** Go reads the structured part of an error from this trailer; grpc-js leaves that to its user. */
function toError(error: CallError): Error {
  const [trailer] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (!trailer) return new Error(error.details);
  const status = here("@pulumi/pulumi/proto/status_pb").Status.deserializeBinary(trailer);
  const { deserializeBinary } = messages.ErrorResourceInitFailed as unknown as { deserializeBinary: unknown };
  return new InitFailed(status.getDetailsList()[0].unpack(deserializeBinary, "pulumirpc.ErrorResourceInitFailed"));
}
