import type { Issued } from "../../tools/pki.ts";
import { binary, each, mimeTypes, type Tree } from "./tree.ts";

/**
 * As Debian and Ubuntu lay it out: sites-available with links to them in sites-enabled, which are files of their own here
 * since NIM knows no links; conf.d, snippets, parameters of FastCGI and others, a folder of modules that is empty.
 */
export function debian({ certificate, key }: Issued): Tree {
  const etc = "/etc/nginx";
  return {
    files: {
      [`${etc}/nginx.conf`]: main,
      [`${etc}/mime.types`]: mimeTypes,
      [`${etc}/fastcgi_params`]: parameters("fastcgi_param"),
      [`${etc}/uwsgi_params`]: parameters("uwsgi_param"),
      [`${etc}/proxy_params`]: each("proxy_set_header", proxyHeaders),
      [`${etc}/koi-win`]:
        "charset_map koi8-r windows-1251 {\n    80 88; # euro\n    95 95;\n    A3 B8;\n    C0 FE;\n}\n",
      [`${etc}/conf.d/log.conf`]: logFormat,
      [`${etc}/conf.d/maps.conf`]: maps,
      [`${etc}/conf.d/upstreams.conf`]: upstreams,
      [`${etc}/snippets/fastcgi-php.conf`]: php,
      [`${etc}/snippets/ssl-intermediate.conf`]: tls,
      [`${etc}/snippets/security-headers.conf`]: headers,
      [`${etc}/snippets/moved.map`]: "/old-shop    /shop;\n/imprint.htm /imprint;\n~^/blog/(\\d+)$ /posts/$1;\n",
      [`${etc}/sites-enabled/default`]: defaultSite,
      [`${etc}/sites-enabled/shop.example.com`]: shopSite,
      [`${etc}/sites-enabled/wiki`]: wikiSite,
    },
    auxFiles: {
      [`${etc}/sites-available/default`]: defaultSite,
      [`${etc}/sites-available/shop.example.com`]: shopSite,
      [`${etc}/sites-available/wiki`]: wikiSite,
      [`${etc}/sites-available/parked`]: "server { listen 80; server_name parked.example.com; return 410; }\n",
      [`${etc}/ssl/shop.crt`]: certificate,
      [`${etc}/ssl/shop.key`]: key,
      [`${etc}/htpasswd`]: "alice:{PLAIN}S3cret\n",
      [`${etc}/html/index.html`]: "<!DOCTYPE html>\n<title>Grüße</title>\r\n<p>no newline at the end",
      [`${etc}/html/favicon.ico`]: binary("ico", "favicon", 1_150),
      [`${etc}/html/robots.txt`]: "",
    },
    unreported: [
      ...["default", "shop.example.com", "wiki", "parked"].map((site) => `${etc}/sites-available/${site}`),
      `${etc}/ssl/shop.key`,
      `${etc}/htpasswd`,
    ],
    text: `${etc}/snippets/security-headers.conf`,
    icon: `${etc}/html/favicon.ico`,
    removed: `${etc}/sites-enabled/wiki`,
    onlyOfRemoved: [`${etc}/uwsgi_params`],
    url: ["shop.example.com", "/favicon.ico"],
  };
}

const main = `user www-data;
worker_processes auto;
worker_cpu_affinity auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
include /etc/nginx/modules-enabled/*.conf;

events {
	worker_connections 768;
	# multi_accept on;
}

http {
	##
	# What all sites have
	##
	sendfile on;
	tcp_nopush on;
	types_hash_max_size 2048;
	server_tokens off;
	server_names_hash_bucket_size 64;

	include /etc/nginx/mime.types;
	default_type application/octet-stream;

	ssl_protocols TLSv1.2 TLSv1.3; # none before
	ssl_prefer_server_ciphers on;

	access_log /var/log/nginx/access.log;

	gzip on;
	gzip_types text/plain text/css application/json text/javascript image/svg+xml;

	include /etc/nginx/conf.d/*.conf;
	include /etc/nginx/sites-enabled/*;
}

#mail {
#	server { listen localhost:143; protocol imap; }
#}
`;

const variables = {
  QUERY_STRING: "$query_string",
  REQUEST_METHOD: "$request_method",
  CONTENT_TYPE: "$content_type",
  CONTENT_LENGTH: "$content_length",
  REQUEST_URI: "$request_uri",
  DOCUMENT_ROOT: "$document_root",
  SERVER_PROTOCOL: "$server_protocol",
  REMOTE_ADDR: "$remote_addr",
  SERVER_NAME: "$server_name",
  "HTTPS           ": "$https if_not_empty",
};

const parameters = (directive: string) =>
  each(
    directive,
    Object.entries(variables).map(([name, value]) => `${name} ${value}`),
  );

const proxyHeaders = [
  "Host $http_host",
  "X-Real-IP $remote_addr",
  "X-Forwarded-For $proxy_add_x_forwarded_for",
  "X-Forwarded-Proto $scheme",
];

const logFormat = `log_format json escape=json
    '{"time":"$time_iso8601",'
    '"request":"$request",'
    '"status":$status,'
    '"upstream":"$upstream_addr"}';
`;

const maps = `map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      close;
}
map $uri $moved {
    include /etc/nginx/snippets/moved.map;
}
include /etc/nginx/koi-win;
limit_req_zone $binary_remote_addr zone=login:1m rate=5r/m;
proxy_cache_path /var/cache/nginx/shop levels=1:2 keys_zone=shop:1m max_size=64m inactive=1h use_temp_path=off;
`;

const upstreams = `upstream php { server unix:/run/php/php8.2-fpm.sock; }
upstream shop {
    least_conn;
    server 127.0.0.1:8081 max_fails=2 fail_timeout=5s;
    server 127.0.0.1:8082 backup;
    keepalive 16;
}
`;

const php = `fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
try_files $fastcgi_script_name =404;
set $path_info $fastcgi_path_info;
fastcgi_param PATH_INFO $path_info;
fastcgi_index index.php;
fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
include fastcgi_params;
`;

const tls = `ssl_session_timeout 1d;
ssl_session_cache shared:Sites:1m;
ssl_session_tickets off;
ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305;
ssl_prefer_server_ciphers off;
`;

const headers = `add_header X-Content-Type-Options "nosniff" always;
add_header Referrer-Policy 'strict-origin-when-cross-origin' always;
add_header Content-Security-Policy "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'" always;
`;

/** Its pages come from elsewhere: no agent may write there. */
const defaultSite = `server {
	listen 80 default_server;
	listen [::]:80 default_server;
	root /var/www/html;
	index index.html index.htm index.nginx-debian.html;
	server_name _;
	location / { try_files $uri $uri/ =404; }
	#location ~ /\\.ht { deny all; }
}
`;

const shopSite = `server {
    listen 80;
    listen [::]:80;
    listen 443 ssl http2;
    server_name shop.example.com *.shop.example.com "~^(?<tenant>[a-z]{2,8})\\.shop\\.example$";
    ssl_certificate /etc/nginx/ssl/shop.crt;
    ssl_certificate_key /etc/nginx/ssl/shop.key;
    include snippets/ssl-intermediate.conf;
    include snippets/security-headers.conf;
    root /etc/nginx/html;
    access_log /var/log/nginx/shop.log json buffer=32k flush=5s;
    if ($moved) { return 301 $moved; }
    location / { try_files $uri @shop; }
    location @shop {
        include proxy_params;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_cache shop;
        proxy_cache_valid 200 5m;
        proxy_pass http://shop;
    }
    location = /login {
        limit_req zone=login burst=5 nodelay;
        include proxy_params;
        proxy_pass http://shop/login$is_args$args;
    }
    location ~ \\.php$ {
        include snippets/fastcgi-php.conf;
        fastcgi_pass php;
    }
}
`;

const wikiSite = `server {
    listen 8080;
    server_name wiki.example.com;
    auth_basic "Wiki";
    auth_basic_user_file /etc/nginx/htpasswd;
    location / {
        include uwsgi_params;
        uwsgi_pass unix:///run/wiki.sock;
    }
}
`;
