/** What a PKCS#12 file holds, in the form that a Certificate takes. */
export interface Pkcs12Contents {
  /** The certificate that the key belongs to, in PEM form. */
  certificate: string;
  /** The private key in PEM form, not encrypted any more: wrap it in `pulumi.secret` wherever else it goes. */
  privateKey: string;
  /** The other certificates of the file, in PEM form. */
  caCertificates: string[];
}

/**
 * Reads a PKCS#12 file (`.p12`, `.pfx`), because NGINX Instance Manager takes PEM. RSA and EC keys, old and new ways of
 * encryption. Needs the package `node-forge` beside this one.
 *
 * @param content - the bytes of the file
 * @param password - what opens it
 * @throws an Error that says what to do when `node-forge` is missing, the password is wrong, or the file has no key
 *
 * @example
 * const pem = await readPkcs12(readFileSync("www.p12"), config.require("p12Password"));
 * const www = new Certificate("www", { name: "www.example.com", ...pem });
 */
export async function readPkcs12(content: Uint8Array, password: string): Promise<Pkcs12Contents> {
  const { default: forge } = await import("node-forge").catch((cause) => {
    throw new Error(`Reading PKCS#12 needs the package node-forge: "npm install node-forge".`, { cause });
  });
  const { asn1, pkcs12, pki, util } = forge;
  const file = readOrExplain(() => {
    const der = util.createBuffer(Buffer.from(content).toString("binary"));
    return pkcs12.pkcs12FromAsn1(asn1.fromDer(der), password);
  });
  const bags = file.safeContents.flatMap(({ safeBags }) => safeBags);
  const key = bags.find(({ type }) => type === pki.oids.pkcs8ShroudedKeyBag || type === pki.oids.keyBag);
  if (!key) throw new Error("The PKCS#12 file has no private key.");
  const keyInfo = key.key ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(key.key)) : key.asn1;
  // forge understands only RSA; of anything else it hands over the bytes as they are.
  const certificates = bags
    .filter(({ type }) => type === pki.oids.certBag)
    .map(({ cert, asn1: raw }) => pem("CERTIFICATE", asn1.toDer(cert ? pki.certificateToAsn1(cert) : raw).getBytes()));
  const privateKey = pem("PRIVATE KEY", asn1.toDer(keyInfo).getBytes());
  return { privateKey, ...(await leafFirst(certificates, privateKey)) };
}

function readOrExplain<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error("This is no PKCS#12 file, or the password does not open it.", { cause });
  }
}

async function leafFirst(certificates: string[], privateKey: string): Promise<Omit<Pkcs12Contents, "privateKey">> {
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const key = createPrivateKey(privateKey);
  const certificate = certificates.find((text) => new X509Certificate(text).checkPrivateKey(key));
  if (!certificate) throw new Error("The PKCS#12 file has no certificate for its private key.");
  return { certificate, caCertificates: certificates.filter((text) => text !== certificate) };
}

function pem(label: string, binary: string): string {
  const lines =
    Buffer.from(binary, "binary")
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
