import type { Issued } from "../../tools/pki.ts";
import { binary, type Tree } from "./tree.ts";

/**
 * The edge of a network on NGINX Plus: streams by name of the server and by share of the clients, mail, njs, zones that
 * workers share, addresses by country, and a ticket key for all edges; a colleague's comment is in Latin-1.
 *
 * @param mail - whether the nginx behind it knows mail, which Debian's has as a package of its own
 */
export function edge({ certificate, key }: Issued, mail: boolean): Tree {
  const etc = "/etc/nginx";
  return {
    files: {
      [`${etc}/nginx.conf`]: main(mail),
      [`${etc}/modules.conf`]:
        "load_module modules/ngx_http_js_module.so;\nload_module modules/ngx_stream_js_module.so;\n",
      [`${etc}/http.d/00-zones.conf`]: zones,
      [`${etc}/http.d/10-clients.conf`]: clients,
      [`${etc}/http.d/20-edge.conf`]: site,
      [`${etc}/http.d/30-colleague.conf`]: Buffer.from(
        '# Für die Börse in Zürich: «nicht anfassen»\nadd_header X-Edge "Zürich";\n',
        "latin1",
      ),
      [`${etc}/geo/countries.geo`]: "192.0.2.0/24 CH;\n198.51.100.0/24 DE;\n2001:db8::/32 AT;\n",
      [`${etc}/stream.d/tls.conf`]: tlsStreams,
      [`${etc}/stream.d/dns.conf`]: dns,
      ...(mail && { [`${etc}/mail.d/mail.conf`]: mailServers }),
    },
    auxFiles: {
      [`${etc}/njs/edge.js`]: script,
      [`${etc}/njs/stream.js`]: "export default { tag: (s) => s.remoteAddress };\n",
      [`${etc}/ssl/edge.crt`]: certificate,
      [`${etc}/ssl/edge.key`]: key,
      [`${etc}/ssl/ticket.key`]: binary("key", "ticket", 80),
      [`${etc}/html/favicon.png`]: binary("png", "edge", 700),
      [`${etc}/html/maintenance.html`]: "<!DOCTYPE html>\n<title>Wartung – maintenance</title>\n",
      [`${etc}/html/empty.gif`]: "",
    },
    unreported: ["njs/edge.js", "njs/stream.js", "ssl/edge.key", "ssl/ticket.key"].map((name) => `${etc}/${name}`),
    text: `${etc}/geo/countries.geo`,
    icon: `${etc}/html/favicon.png`,
    removed: `${etc}/stream.d/dns.conf`,
    url: ["edge.example.com", "/favicon.png"],
  };
}

const main = (mail: boolean) => `user nginx;
worker_processes auto;
worker_shutdown_timeout 30s;
pid /var/run/nginx.pid;
error_log /var/log/nginx/error.log notice;
include modules.conf;

events { worker_connections 4096; }

http {
    js_path /etc/nginx/njs/;
    js_import edge.js;
    js_set $edge_id edge.id;
    js_shared_dict_zone zone=ids:32k timeout=60s;
    include /etc/nginx/http.d/*.conf;
}

stream {
    js_import njs/stream.js;
    include /etc/nginx/stream.d/*.conf;
}
${mail ? "\nmail {\n    include /etc/nginx/mail.d/mail.conf;\n}\n" : ""}`;

const zones = `upstream api {
    zone api 64k;
    random two least_conn;
    server 192.0.2.10:8443 weight=3 max_conns=100 slow_start=10s;
    server [2001:db8::10]:8443 weight=1;
    server api.internal:8443 resolve;
    keepalive 32;
    sticky cookie edge expires=1h;
}
resolver 127.0.0.1 valid=10s ipv6=off status_zone=edge;
proxy_cache_path /var/cache/nginx/edge keys_zone=answers:1m;
keyval_zone zone=banned:32k state=/var/lib/nginx/banned.json;
keyval $remote_addr $is_banned zone=banned;
`;

const clients = `geo $country {
    default        ZZ;
    include        geo/countries.geo;
    127.0.0.0/8    local;
}
map "$country:$http_accept_language" $greeting {
    hostnames;
    volatile;
    default            hello;
    "~^(?i)CH:.*\\bfr"  bonjour;
    '~^DE:'            "guten Tag";
}
split_clients "\${remote_addr}\${http_user_agent}" $variant {
    0.5%  canary;
    20%   next;
    *     "";
}
limit_conn_zone $binary_remote_addr zone=each:1m;
ssl_session_cache shared:edge:1m;
ssl_session_ticket_key /etc/nginx/ssl/ticket.key;
`;

const site = `server {
    listen 80;
    listen 443 ssl;
    listen 8443 quic reuseport;
    listen 127.0.0.1:8080;
    http3 on;
    status_zone edge;
    server_name edge.example.com;
    ssl_certificate /etc/nginx/ssl/edge.crt;
    ssl_certificate_key /etc/nginx/ssl/edge.key;
    root /etc/nginx/html;
    limit_conn each 20;
    error_page 502 503 504 /maintenance.html;
    location /id { js_content edge.answer; }
    location /api/ {
        proxy_ssl_server_name on;
        proxy_set_header X-Edge-Id $edge_id;
        proxy_set_header X-Variant $variant;
        proxy_set_header X-Greeting $greeting;
        proxy_cache answers;
        proxy_pass https://api;
        health_check uri=/health match=healthy;
    }
    location = /upstreams { api write=off; allow 127.0.0.1; deny all; }
}
match healthy { status 200-299; body ~ "ok"; }
`;

const tlsStreams = `map $ssl_preread_server_name $by_name {
    ~^db\\d+\\.example\\.com$ databases;
    default                  others;
}
log_format edge '$remote_addr [$time_local] $protocol $status $bytes_sent "$ssl_preread_server_name"';
access_log /var/log/nginx/stream.log edge;
upstream databases { zone databases 64k; hash $remote_addr consistent; server 192.0.2.20:5432; }
upstream others { zone others 64k; server 192.0.2.21:443; }
server {
    listen 5432 so_keepalive=on;
    ssl_preread on;
    js_access stream.tag;
    proxy_connect_timeout 1s;
    proxy_pass $by_name;
}
`;

const dns = `split_clients $remote_addr $resolver {
    50% 192.0.2.53:53;
    *   192.0.2.54:53;
}
server {
    listen 5353 udp;
    proxy_responses 1;
    proxy_timeout 2s;
    proxy_pass $resolver;
}
`;

const mailServers = `server_name mail.example.com;
auth_http 127.0.0.1:9000/auth;
auth_http_header X-Edge one;
proxy_pass_error_message on;
ssl_certificate /etc/nginx/ssl/edge.crt;
ssl_certificate_key /etc/nginx/ssl/edge.key;
server { listen 143; protocol imap; imap_capabilities "IMAP4rev1" "UIDPLUS"; starttls on; }
server { listen 995 ssl; protocol pop3; pop3_auth plain apop; }
server { listen 587; protocol smtp; smtp_auth login plain; xclient off; starttls only; }
`;

const script = `// braces in here { are no blocks of nginx
function id(r) { return \`\${r.variables.remote_addr}-\${ngx.worker_id}\`; }
function answer(r) { r.return(200, JSON.stringify({ id: id(r) })); }
export default { id, answer };
`;
