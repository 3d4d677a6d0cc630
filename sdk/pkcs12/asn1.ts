import { type BaseBlock, BmpString, fromBER, Integer, ObjectIdentifier } from "asn1js";

/** One element; absent where a file ends too early. */
export type Element = BaseBlock | undefined;

/** @throws an Error when the bytes are no ASN.1 */
export function parse(bytes: Uint8Array): BaseBlock {
  // What an octet string holds is read when it is known to be ASN.1: a guess would cost time on what is encrypted.
  const { offset, result } = fromBER(bytes, { parseEmbedded: false });
  if (offset === -1) throw new Error("no ASN.1");
  return result;
}

/** The elements in one; also in an explicit tag. */
export function children(element: Element): BaseBlock[] {
  if (!element?.idBlock.isConstructed) throw new Error("no elements");
  return (element.valueBlock as unknown as { value: BaseBlock[] }).value;
}

/** The bytes of an octet string, also of one under an implicit tag or in pieces. */
export function octets(element: Element): Buffer {
  if (!element) throw new Error("no octets");
  if (element.idBlock.isConstructed) return Buffer.concat(children(element).map(octets));
  return Buffer.from((element.valueBlock as unknown as { valueHexView: Uint8Array }).valueHexView);
}

export function oid(element: Element): string {
  if (!(element instanceof ObjectIdentifier)) throw new Error("no object identifier");
  return element.getValue();
}

/** The text of a BMPString; of anything else nothing. */
export function text(element: Element): string | undefined {
  return element instanceof BmpString ? element.getValue() : undefined;
}

export function isInteger(element: Element): boolean {
  return element instanceof Integer;
}

/** A count: of repetitions, or of bytes. */
export function count(element: Element): number {
  const value = element instanceof Integer ? element.valueBlock.valueDec : 0;
  if (value < 1) throw new Error("no count");
  return value;
}

/** The element as it stands in the file. */
export function raw(element: Element): Buffer {
  if (!element) throw new Error("no element");
  return Buffer.from(element.valueBeforeDecodeView);
}
