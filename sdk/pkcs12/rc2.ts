/** The bytes by which RC2 spreads a key, from the digits of pi. */
const table = Buffer.from(
  "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32" +
    "bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626" +
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a" +
    "961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731" +
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e" +
    "c5f3db47e5a59c770aa62068fe7fc1ad",
  "hex",
);

const turns = [1, 2, 3, 5] as const;

/**
 * RC2 in CBC mode, as RFC 2268 has it, backwards, with as many effective bits as the key has. OpenSSL 3 keeps it apart
 * from what Node is given, and half of the PKCS#12 files that are about have their certificates in it.
 *
 * @param key - 5 or 16 bytes
 * @throws an Error when what comes out has no proper end, as with a wrong key
 */
export function decryptRc2(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  if (data.length === 0 || data.length % 8 !== 0) throw new Error("not whole blocks");
  const words = spread(key);
  const plain = Buffer.alloc(data.length);
  for (let at = 0; at < data.length; at += 8) {
    const before = at === 0 ? iv : data.subarray(at - 8, at);
    decryptBlock(words, data.subarray(at, at + 8)).forEach((byte, i) => {
      plain[at + i] = byte ^ (before[i] ?? 0);
    });
  }
  const padding = plain.at(-1) ?? 0;
  const isPadded = padding >= 1 && padding <= 8 && plain.subarray(-padding).every((byte) => byte === padding);
  if (!isPadded) throw new Error("no proper end");
  return plain.subarray(0, -padding);
}

function spread(key: Buffer): Uint16Array {
  const bytes = Buffer.alloc(128);
  key.copy(bytes);
  const at = (index: number) => bytes[index] ?? 0;
  const look = (index: number) => table[index & 0xff] ?? 0;
  for (let i = key.length; i < 128; i += 1) bytes[i] = look(at(i - 1) + at(i - key.length));
  bytes[128 - key.length] = look(at(128 - key.length));
  for (let i = 127 - key.length; i >= 0; i -= 1) bytes[i] = look(at(i + 1) ^ at(i + key.length));
  return Uint16Array.from({ length: 64 }, (_, i) => bytes.readUInt16LE(2 * i));
}

function decryptBlock(words: Uint16Array, block: Buffer): Buffer {
  const r = Uint16Array.from({ length: 4 }, (_, i) => block.readUInt16LE(2 * i));
  const at = (index: number) => r[index & 3] ?? 0;
  const word = (index: number) => words[index] ?? 0;
  for (let round = 15; round >= 0; round -= 1) {
    for (let i = 3; i >= 0; i -= 1) {
      const turn = turns[i] ?? 0;
      const turned = (at(i) >>> turn) | (at(i) << (16 - turn));
      r[i] = turned - word(4 * round + i) - (at(i - 1) & at(i - 2)) - (~at(i - 1) & at(i - 3));
    }
    if (round !== 11 && round !== 5) continue;
    for (let i = 3; i >= 0; i -= 1) r[i] = at(i) - word(at(i - 1) & 63);
  }
  const plain = Buffer.alloc(8);
  r.forEach((value, i) => void plain.writeUInt16LE(value, 2 * i));
  return plain;
}
