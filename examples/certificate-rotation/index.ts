import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Certificate } from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const instance = { systemUid: config.require("systemUid"), instanceUid: config.require("instanceUid") };
const warnDays = config.requireNumber("warnDays");

/**
 * One certificate for its whole life: new text under the same name renews it in place, and the instances get it. From
 * the stack's secrets or, as here and in CI, from the files that whoever issues certificates has written.
 */
const www = new Certificate("www", {
  name: `www-${pulumi.getStack()}`,
  certificate: config.get("certificate") ?? issued("tls.crt"),
  privateKey: config.getSecret("privateKey") ?? issued("tls.key"),
  instances: [instance],
});

// A run that did not renew it says so in time.
www.notAfter.apply((notAfter) => {
  const days = Math.floor((Date.parse(notAfter) - Date.now()) / (24 * 60 * 60 * 1000));
  if (days < warnDays) pulumi.log.warn(`good for ${days} more days only: renew it`, www);
});

export const notAfter = www.notAfter;
export const fingerprintSha256 = www.fingerprintSha256;
export const names = www.subjectAlternativeNames;

function issued(name: string): string {
  const path = join(__dirname, "certs", name);
  if (existsSync(path)) return readFileSync(path, "utf8");
  throw new pulumi.RunError(
    `There is no certs/${name} yet. "npm run certificate" makes a self-signed certificate; README.md says how to use your own.`,
  );
}
