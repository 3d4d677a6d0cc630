import { Empty, engineService, grpc } from "./messages.ts";

export interface LogEntry {
  readonly urn: string;
  readonly message: string;
  readonly severity: "debug" | "info" | "warning" | "error";
  /** Shown as live status only. */
  readonly ephemeral: boolean;
}

export interface EngineLog {
  /** What plugins are given as their first argument. */
  readonly address: string;
  readonly entries: LogEntry[];
  close(): void;
}

interface LogCall {
  request: { getUrn(): string; getMessage(): string; getSeverity(): number; getEphemeral(): boolean };
}

const severities = ["debug", "info", "warning", "error"] as const;

/** The engine's own Log service, on a free port of the loopback. */
export async function startEngineLog(): Promise<EngineLog> {
  const entries: LogEntry[] = [];
  const server = new grpc.Server();
  server.addService(engineService, {
    log: ({ request }: LogCall, done: (error: null, answer: object) => void) => {
      entries.push({
        urn: request.getUrn(),
        message: request.getMessage(),
        severity: severities[request.getSeverity()] ?? "error",
        ephemeral: request.getEphemeral(),
      });
      done(null, new Empty());
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, entries, close: () => server.forceShutdown() };
}
