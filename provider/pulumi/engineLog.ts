import { createRequire } from "node:module";
import { debuglog } from "node:util";

/** Speaks to the user under a resource's own line in Pulumi's display. */
export interface Log {
  /** Stays in the diagnostics of the run. */
  warn(urn: string, message: string): void;
  /** Shows what is waited for, only while it is. */
  progress(urn: string, message: string): void;
  /** For whoever looks for an error; not there when nobody does. */
  debug?(line: string): void;
}

/** The part of Pulumi's generated gRPC client that is used here; the package has no types for it. */
interface EngineClient {
  log(request: object, callback: (error: unknown) => void): void;
}

interface LogRequest {
  setSeverity(severity: number): void;
  setUrn(urn: string): void;
  setMessage(message: string): void;
  setEphemeral(ephemeral: boolean): void;
}

/**
 * The engine's own Log service. Whatever a provider prints lands unlabelled under the stack; through the service it
 * stands under the resource that it is about. The engine gives its address as the plugin's first argument. Only with
 * `NODE_DEBUG=pulumi-nginx-nsx` something is printed.
 */
export function engineLog(address: string | undefined): Log {
  const debugging = debuglog("pulumi-nginx-nsx");
  const debug = debugging.enabled ? { debug: (line: string) => debugging(line) } : {};
  if (!address) return { warn() {}, progress() {}, ...debug };
  let client: EngineClient | undefined;
  const require = createRequire(import.meta.url);

  function send(urn: string, message: string, ephemeral: boolean): void {
    const { LogRequest, LogSeverity } = require("@pulumi/pulumi/proto/engine_pb");
    client ??= connect(require, address as string);
    const request: LogRequest = new LogRequest();
    request.setSeverity(ephemeral ? LogSeverity.INFO : LogSeverity.WARNING);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    // The engine going away must not fail the operation that only wanted to say something.
    client.log(request, () => {});
  }

  return {
    warn: (urn, message) => send(urn, message, false),
    progress: (urn, message) => send(urn, message, true),
    ...debug,
  };
}

function connect(require: NodeJS.Require, address: string): EngineClient {
  const { EngineClient } = require("@pulumi/pulumi/proto/engine_grpc_pb");
  // grpc checks credentials by class, so they must come from the copy that Pulumi's client was made with.
  const grpc = createRequire(require.resolve("@pulumi/pulumi"))("@grpc/grpc-js");
  // The engine is on this machine; a proxy of the environment (`https_proxy`) would not lead there.
  return new EngineClient(address, grpc.credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
}
