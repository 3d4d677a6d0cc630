// What a manager says of its own API: the OpenAPI document at /api/v1/spec/openapi/nsx_policy_api.json, of which a client
// needs what it says of segments. Made of the tables by which this manager reads bodies.
import type { Field, Fields, Json } from "./fields.ts";
import { commonFields, segmentFields } from "./segmentFields.ts";
import type { NsxSwitches } from "./switches.ts";

/** The schema's names of objects within a segment. */
const names: Readonly<Record<string, string>> = {
  tags: "Tag",
  subnets: "SegmentSubnet",
  "subnets.dhcp_config": "SegmentDhcpConfig",
  advanced_config: "SegmentAdvancedConfig",
  l2_extension: "L2Extension",
  bridge_profiles: "BridgeProfileConfig",
  extra_configs: "SegmentExtraConfig",
  address_bindings: "PortAddressBindingEntry",
};

/** `undefined` where it gives none. */
export function apiDocument(switches: NsxSwitches): Json | undefined {
  const { documentForm, documentLacks, documentLimits } = switches;
  if (documentForm === "absent") return undefined;
  const isSwagger = documentForm === "swagger 2";
  const root = isSwagger ? "#/definitions/" : "#/components/schemas/";
  const lacking = new Set(documentLacks.split(","));
  const ownLimits = documentLimits.split(",").map((limit) => limit.split("="));
  const definitions: Json = {};
  const to = (name: string) => ({ $ref: root + name });

  function propertiesOf(fields: Fields, path: string): Json {
    const below = (name: string) => (path === "" ? name : `${path}.${name}`);
    const there = Object.entries(fields).filter(([name]) => !lacking.has(below(name)));
    return Object.fromEntries(
      there.map(([name, field]) => [name, { ...schemaOf(field, below(name)), ...limitsAt(below(name)) }]),
    );
  }

  function limitsAt(path: string): Json {
    const own = ownLimits.filter(([place = ""]) => place.slice(0, place.lastIndexOf(".")) === path);
    return Object.fromEntries(
      own.map(([place = "", value = ""]) => [
        place.slice(place.lastIndexOf(".") + 1),
        Number.isNaN(Number(value)) ? value : Number(value),
      ]),
    );
  }

  function objectOf(fields: Fields, path: string, required: readonly string[] = []): Json {
    const object = {
      type: "object",
      properties: propertiesOf(fields, path),
      ...(required.length > 0 && { required }),
    };
    const name = names[path];
    if (name === undefined) return object;
    definitions[name] = object;
    return to(name);
  }

  function schemaOf(field: Field, path: string): Json {
    const common = { ...(field.readOnly && { readOnly: true }), ...("default" in field && { default: field.default }) };
    switch (field.kind) {
      case "string":
        return {
          type: "string",
          ...(field.max !== undefined && { maxLength: field.max }),
          ...(field.values && { enum: field.values }),
          ...common,
        };
      case "reference":
        return { type: "string", ...common };
      case "integer":
        return {
          type: "integer",
          ...(field.min !== undefined && { minimum: field.min }),
          ...(field.max !== undefined && { maximum: field.max }),
          ...common,
        };
      case "boolean":
        return { type: "boolean", ...common };
      case "list":
        return {
          type: "array",
          items: schemaOf(field.of, path),
          ...(field.min !== undefined && { minItems: field.min }),
          ...(field.max !== undefined && { maxItems: field.max }),
        };
      case "object":
        return objectOf(field.fields, path, field.required);
      case "variant":
        return variantsOf(field.variants, path);
      case "any":
        return common;
    }
  }

  /** A type that others extend, told apart by `resource_type`. */
  function variantsOf(variants: Record<string, Fields>, path: string): Json {
    const base = names[path] ?? path;
    const all = Object.values(variants);
    const shared = Object.fromEntries(
      Object.entries(all[0] ?? {}).filter(([name]) => all.every((fields) => name in fields)),
    );
    definitions[base] = {
      type: "object",
      discriminator: isSwagger ? "resource_type" : { propertyName: "resource_type" },
      properties: { resource_type: { type: "string", enum: Object.keys(variants) }, ...propertiesOf(shared, path) },
      required: ["resource_type"],
    };
    for (const [name, fields] of Object.entries(variants)) {
      const own = Object.fromEntries(Object.entries(fields).filter(([field]) => !(field in shared)));
      definitions[name] = { allOf: [to(base), { type: "object", properties: propertiesOf(own, path) }] };
    }
    return to(base);
  }

  const { display_name, description, tags, ...others } = commonFields as Record<string, Field>;
  const managed = { display_name, description, tags } as Fields;
  const own = Object.fromEntries(
    Object.entries(segmentFields).filter(([name]) => name === "display_name" || !(name in commonFields)),
  );
  definitions.ManagedResource = { type: "object", properties: propertiesOf(managed, "") };
  definitions.PolicyConfigResource = {
    allOf: [to("ManagedResource"), { type: "object", properties: propertiesOf(others as Fields, "") }],
  };
  definitions.Segment = {
    allOf: [to("PolicyConfigResource"), { type: "object", properties: propertiesOf(own, "") }],
  };
  const info = { title: "NSX Policy API", version: switches.version };
  if (isSwagger) return { swagger: "2.0", info, basePath: "/policy/api/v1", paths: {}, definitions };
  return { openapi: "3.0.3", info, paths: {}, components: { schemas: definitions } };
}
