// The way to a host: straight or through a proxy, and never over a connection to somebody who is not believed.
import { atProxy, longest, whileConnecting } from "./connectionError.ts";
import { WayRefused } from "./errors.ts";
import { readProxies } from "./proxies.ts";
import type { Environment } from "./settings.ts";
import { secureContextOf, type TlsOptions, whyNotBelieved } from "./tls.ts";

type Undici = typeof import("undici");
type Dispatcher = InstanceType<Undici["Dispatcher"]>;
type Connect = ReturnType<Undici["buildConnector"]>;

export interface RouteOptions {
  /** Of a system; left out, Node judges by its authorities and the machine's. */
  readonly tls?: TlsOptions;
  /** At once to one host, kept alive between requests. */
  readonly connections: number;
  /** In which proxies are named. */
  readonly environment: Environment;
}

/**
 * What undici is to send requests with. Only what a request takes is opened: no certificates are read for plain HTTP.
 *
 * @throws {@link WayRefused} with the request, when its proxy is named in a way that names none
 */
export function openRoutes(undici: Undici, { tls, connections, environment }: RouteOptions): Dispatcher {
  const proxies = readProxies(environment);

  // The verdict is left to `whyNotBelieved`. No session of TLS goes on in another connection: there Node looks at no name
  // any more, and shows no certificate.
  const tlsToHost = once(() => ({
    timeout: longest.connectTimeout,
    secureContext: secureContextOf(tls ?? {}),
    maxCachedSessions: 0,
    rejectUnauthorized: tls === undefined,
  }));

  function described(error: Error, host: string, proxy: string | undefined): Error {
    if (!tls) return error;
    const ofProxy = proxy === undefined ? undefined : atProxy(proxy, host, error);
    return ofProxy ?? whileConnecting(host, error, tls);
  }

  /** @param given - has the way through the proxy, if there is one, as a function */
  function poolOf(origin: string | URL, given: { connect?: Connect }, proxy?: string): Dispatcher {
    const { protocol, origin: host } = new URL(origin);
    const isSecure = protocol === "https:";
    const straight = () => undici.buildConnector(isSecure ? tlsToHost() : { timeout: longest.connectTimeout });
    const connect = given.connect ?? straight();
    return new undici.Pool(origin, {
      ...given,
      connect: (to, done) =>
        connect(to, (...[error, socket]) => {
          if (error) return done(described(error, host, proxy), null);
          const why = isSecure && tls ? whyNotBelieved(socket, host, tls) : undefined;
          if (why === undefined) {
            // Else undici would forget over the end of the connection what the other side says was wrong.
            socket.once("error", () => socket.destroy());
            return done(null, socket);
          }
          socket.destroy();
          done(new WayRefused(why), null);
        }),
    });
  }

  const options = {
    connections,
    headersTimeout: longest.answerTimeout,
    bodyTimeout: longest.answerTimeout,
  };
  const straight = once(() => new undici.Agent({ ...options, factory: (origin, given) => poolOf(origin, given) }));
  const throughProxies = once(() => {
    const { httpProxy, httpsProxy } = proxies.urls();
    const nameOf = ({ protocol }: URL) => {
      const { protocol: scheme, host } = new URL((protocol === "https:" && httpsProxy) || httpProxy);
      return `${scheme}//${host}`;
    };
    return new undici.EnvHttpProxyAgent({
      ...options,
      httpProxy,
      httpsProxy,
      noProxy: proxies.noProxy,
      connectTimeout: longest.connectTimeout,
      requestTls: tlsToHost(),
      // Only a host is shown the client certificate, and only a host may be pinned.
      proxyTls: { secureContext: secureContextOf({ system: tls?.system, caCertificate: tls?.caCertificate }) },
      factory: (origin, given: { connect?: Connect }) =>
        poolOf(origin, given, given.connect && nameOf(new URL(origin))),
      clientFactory: (proxy, given) => new undici.Pool(proxy, { ...options, ...given, connections: null }),
    });
  });

  class Routes extends undici.Dispatcher {
    override dispatch(...[request, handler]: Parameters<Dispatcher["dispatch"]>): boolean {
      const to = new URL(String(request.origin));
      return (proxies.mayConcern(to) ? throughProxies() : straight()).dispatch(request as never, handler);
    }
  }
  return new Routes();
}

function once<T>(make: () => T): () => T {
  let made: { readonly it: T } | undefined;
  return () => {
    made ??= { it: make() };
    return made.it;
  };
}
