import type { Issued } from "../../tools/pki.ts";
import { binary, each, mimeTypes, type Tree, type TreeFiles } from "./tree.ts";

/** The folder of the site, which the agent has to be allowed (`config_dirs`). */
export const siteFolder = "/var/www";

/**
 * As the server configs of HTML5 Boilerplate lay it out: one concern a file, in folders by topic, relative includes of
 * files that include others; headers from maps over the type of the answer; a public folder with 500 files.
 */
export function h5bp({ certificate, key }: Issued): Tree {
  const etc = "/etc/nginx";
  const at = `${siteFolder}/example.com/public`;
  const concerns = Object.entries(h5bpFiles).map(([name, text]) => [`${etc}/h5bp/${name}.conf`, text]);
  return {
    files: {
      [`${etc}/nginx.conf`]: main,
      [`${etc}/mime.types`]: mimeTypes,
      // Hidden from nginx, whose patterns do not reach it, and not from the agent.
      [`${etc}/conf.d/.default.conf`]: "server { listen 443 ssl default_server; return 444; }\n",
      [`${etc}/conf.d/no-ssl.default.conf`]: plainDefault,
      [`${etc}/conf.d/example.com.conf`]: site,
      [`${etc}/custom.d/limits.conf`]: "worker_rlimit_nofile 8192;\n",
      ...Object.fromEntries(concerns),
    },
    auxFiles: {
      [`${etc}/conf.d/templates/example.com.conf`]: "# a site to begin with\nserver { listen 443 ssl; }\n",
      [`${etc}/certs/default.crt`]: certificate,
      [`${etc}/certs/default.key`]: key,
    },
    folder: { at, files: publicFiles() },
    unreported: [
      `${etc}/conf.d/templates/example.com.conf`,
      `${etc}/certs/default.key`,
      ...["tls/policy_strict", "location/svgz", "web_performance/no-transform"].map(
        (name) => `${etc}/h5bp/${name}.conf`,
      ),
    ],
    text: `${at}/css/12.css`,
    icon: `${at}/favicon.ico`,
    removed: `${at}/js/7.js`,
    url: ["example.com", "/favicon.ico"],
  };
}

function publicFiles(): TreeFiles {
  const numbered = (count: number, name: (n: number) => string, content: (n: number) => Buffer | string) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [name(n), content(n)]));
  const alike = {
    "favicon.ico": binary("ico", "favicon", 5_430),
    "icon.png": binary("png", "icon", 3_900),
    "site.webmanifest": '{ "icons": [{ "src": "icon.png", "type": "image/png", "sizes": "192x192" }] }\n',
    "404.html": "<!DOCTYPE html>\n<title>Nichts hier – rien ici</title>\n",
    "humans.txt": "",
    ".well-known/security.txt": "Contact: mailto:security@example.com\n",
    "img/.gitignore": "",
  };
  const all = {
    ...alike,
    ...numbered(
      4,
      (n) => `fonts/text-${n * 200 + 300}.woff2`,
      (n) => binary("woff2", `font ${n}`, 21_000),
    ),
    ...numbered(
      120,
      (n) => `css/${n}.css`,
      (n) => `.c${n}::before { content: "→ ${n}"; }\n`.repeat(12),
    ),
    ...numbered(
      120,
      (n) => `js/${n}.js`,
      (n) => `export const n${n} = ${n};\r\n`,
    ),
    ...numbered(
      149,
      (n) => `img/photos/${n} (small).jpg`,
      (n) => binary("jpg", `photo ${n}`, 1_500 + n),
    ),
    ...numbered(
      100,
      (n) => `posts/${n}/index.html`,
      (n) => `<!DOCTYPE html>\n<title>Beitrag №${n}</title>\n`,
    ),
  };
  return all;
}

const main = `user www-data;
worker_processes auto;
error_log /var/log/nginx/error.log warn;
pid /var/run/nginx.pid;
include custom.d/*.conf;

events { worker_connections 8000; }

http {
  include h5bp/security/server.conf;
  include h5bp/media_types/media_types.conf;
  include h5bp/media_types/character_encodings.conf;
  log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                  '$status $body_bytes_sent "$http_referer"';
  access_log /var/log/nginx/access.log main;
  keepalive_timeout 20s;
  include h5bp/web_performance/compression.conf;
  include h5bp/web_performance/expiration.conf;

  map $sent_http_content_type $cache_control {
    default                      "public, immutable";
    ""                           "no-store";
    ~*application/manifest\\+json "public";
    ~*image/svg\\+xml             "public, stale-while-revalidate"; # ; { } mean nothing here
    ~*text/html                  "private, must-revalidate";
    ~*(json|xml)                 "";
  }
  map $sent_http_content_type $frame_options { ~*text/html DENY; }
  map $sent_http_content_type $content_policy {
    ~*text/(html|javascript)|application/pdf "default-src 'self'; base-uri 'none'; object-src 'none'";
  }
  map $sent_http_content_type $cors {
    ~*image/ "*";
    ~*font/  "*";
  }

  include conf.d/*.conf;
}
`;

const plainDefault = `server {
  listen [::]:80 default_server deferred;
  listen 80 default_server deferred;
  server_name _;
  return 444;
}
`;

const site = `server {
  listen [::]:80;
  listen 80;
  server_name example.com;
  root ${siteFolder}/example.com/public;
  include h5bp/errors/pages.conf;
  include h5bp/basic.conf;
}
server {
  listen [::]:443 ssl http2;
  listen 443 ssl http2;
  server_name www.example.com;
  include h5bp/tls/engine.conf;
  include h5bp/tls/certificate_files.conf;
  include h5bp/tls/policy_balanced.conf;
  return 301 $scheme://example.com$request_uri;
}
`;

/** By path below h5bp, without its ending. */
const h5bpFiles: Readonly<Record<string, string>> = {
  basic: each("include", [
    "h5bp/security/referrer-policy.conf",
    "h5bp/security/content-type-options.conf",
    "h5bp/security/frame-options.conf",
    "h5bp/security/content-security-policy.conf",
    "h5bp/location/file_access.conf",
    "h5bp/location/cache_busting.conf",
    "h5bp/cross-origin/requests.conf",
    "h5bp/cross-origin/timing.conf",
    "h5bp/web_performance/cache-control.conf",
    "h5bp/web_performance/file-descriptors.conf",
    "h5bp/web_performance/pre-compressed.conf",
  ]),
  "cross-origin/requests": "add_header Access-Control-Allow-Origin $cors;\n",
  "cross-origin/timing": 'add_header Timing-Allow-Origin "*";\n',
  "errors/pages": "error_page 404 /404.html;\n",
  "location/file_access": `location ~* /\\.(?!well-known\\/) {
  deny all;
}
location ~* (?:#.*#|\\.(?:bak|conf|in[ci]|sql|sw[op])|~)$ {
  deny all;
}
`,
  // The regular expression has braces, so it stands in quotes.
  "location/cache_busting": `location ~* "(.+)\\.\\w{1,8}\\.(css|cur|gif|ico|jpe?g|m?js|png|webp)$" {
  try_files $uri $1.$2;
}
`,
  "location/svgz": `location ~* \\.svgz$ {
  gzip off;
  add_header Content-Encoding gzip;
  include h5bp/basic.conf;
}
`,
  "media_types/character_encodings":
    "charset utf-8;\ncharset_types\n  text/css\n  text/plain\n  text/javascript\n  application/json;\n",
  "media_types/media_types": "include mime.types;\ndefault_type application/octet-stream;\n",
  "security/content-security-policy": "add_header Content-Security-Policy $content_policy always;\n",
  "security/content-type-options": "add_header X-Content-Type-Options nosniff always;\n",
  "security/frame-options": "add_header X-Frame-Options $frame_options always;\n",
  "security/referrer-policy": "add_header Referrer-Policy no-referrer always;\n",
  "security/server": "server_tokens off;\n",
  "tls/certificate_files":
    "ssl_certificate /etc/nginx/certs/default.crt;\nssl_certificate_key /etc/nginx/certs/default.key;\n",
  "tls/engine":
    "ssl_session_timeout 24h;\nssl_session_cache shared:SSL:1m;\nkeepalive_timeout 300s;\nssl_session_tickets off;\n",
  "tls/policy_balanced":
    "ssl_protocols TLSv1.2;\nssl_ciphers EECDH+CHACHA20:EECDH+AES;\nssl_ecdh_curve X25519:prime256v1;\n",
  "tls/policy_strict": "ssl_protocols TLSv1.2 TLSv1.3;\n",
  "web_performance/cache-control": "add_header Cache-Control $cache_control;\n",
  "web_performance/compression":
    "gzip on;\ngzip_comp_level 5;\ngzip_vary on;\ngzip_types\n  application/json\n  text/css;\n",
  "web_performance/expiration": `map $sent_http_content_type $expires {
  default     1y;
  ""          off;
  ~*text/html epoch;
  ~*image/x-icon 1w;
}
expires $expires;
`,
  "web_performance/file-descriptors": "open_file_cache max=1000 inactive=20s;\nopen_file_cache_errors on;\n",
  "web_performance/no-transform": 'add_header Cache-Control "no-transform";\n',
  "web_performance/pre-compressed": "gzip_static on;\n",
};
