// How a plugin's process ends: when the engine asks for it, and when the engine is no more.
import { fstatSync } from "node:fs";
import { connect } from "node:net";
import type { Providers } from "./providers.ts";

const policy = {
  /** For the logout. The engine waits for five seconds; after its death nobody would end a process that hangs. */
  longestEnd: 2_000,
  /** Between two looks whether the engine is really gone. */
  pause: 250,
};

/** A session left open would count against the manager's limit of them. @param engine - its address */
export function endWithEngine(providers: Providers, engine: string | undefined): void {
  const end = () => {
    const exit = () => process.exit(0);
    setTimeout(exit, policy.longestEnd);
    void providers.close().then(exit, exit);
  };
  // The engine ends its plugins with an interrupt.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  whenGone(engine, end);
}

/**
 * An engine that is killed tells its plugins nothing. Neither does their parent: that is the shell script which Pulumi
 * starts them with, and it lives on as long as they do. But stdin is a pipe to which the engine has the only other end,
 * so that the kernel closes it, however the engine dies. Its address is asked as well, since stdin may be closed for
 * other reasons; and again, since the kernel closes one thing after the other.
 */
function whenGone(engine: string | undefined, gone: () => void): void {
  const port = /^127\.0\.0\.1:(\d+)$/.exec(engine ?? "")?.[1];
  // Elsewhere than in a plugin's process stdin is somebody else's.
  if (port === undefined || !stdinIsPipe()) return;

  function ask(): void {
    const asking = connect({ host: "127.0.0.1", port: Number(port) });
    asking.once("connect", () => {
      asking.destroy();
      setTimeout(ask, policy.pause).unref();
    });
    asking.once("error", gone);
  }

  process.stdin.once("close", ask).on("error", () => {});
  process.stdin.resume();
}

function stdinIsPipe(): boolean {
  try {
    const stdin = fstatSync(0);
    return stdin.isFIFO() || stdin.isSocket();
  } catch {
    return false;
  }
}
