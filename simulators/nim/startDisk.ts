import type { Disk } from "./nginx/tree.ts";

/** The main file of nginx.org's package. */
export const packagedMain = "/etc/nginx/nginx.conf";

/** What a host has before anybody published anything: about what nginx.org's package installs. */
export function startDisk(hostname: string, mainFile: string): Disk {
  const files: Record<string, string> = {
    [mainFile]: nginxConf,
    "/etc/nginx/mime.types": mimeTypes,
    "/etc/nginx/conf.d/default.conf": defaultConf,
    "/usr/share/nginx/html/index.html": `<!DOCTYPE html>\n<title>Welcome to nginx!</title>\n<h1>Welcome to nginx!</h1>\n<p>${hostname}</p>\n`,
    "/usr/share/nginx/html/50x.html": "<!DOCTYPE html>\n<title>Error</title>\n<h1>An error occurred.</h1>\n",
  };
  return new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
}

const nginxConf = `user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /var/run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;
    access_log    /var/log/nginx/access.log;
    sendfile      on;
    keepalive_timeout  65;
    include /etc/nginx/conf.d/*.conf;
}
`;

const mimeTypes = `types {
    text/html                             html htm;
    text/css                              css;
    text/plain                            txt;
    text/xml                              xml;
    application/javascript                js;
    application/json                      json;
    image/png                             png;
    image/jpeg                            jpeg jpg;
    image/svg+xml                         svg;
    font/woff2                            woff2;
}
`;

const defaultConf = `server {
    listen       80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;
