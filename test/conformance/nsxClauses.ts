import type { Clause } from "./clause.ts";

const ours = "test/conformance/nsx.test.ts";
const writes = "test/simulators/nsx.writes.test.ts";
const segments = "test/simulators/nsx.segments.test.ts";
const sessions = "test/simulators/nsx.sessions.test.ts";
const simulatedWays = "test/simulators/nsx.waysIn.test.ts";
const waysIn = "test/nsx/waysIn.test.ts";
const errorRows = "test/nsx/errorRows.test.ts";
const settings = "test/travel/settings.test.ts";
const args = "test/nsx/nsxSegment.arguments.test.ts";
const json = "test/travel/json.test.ts";
const days = "test/nsx/nsxSegment.days.test.ts";
const pacer = "test/travel/pacer.test.ts";

const asJson = "go to documented paths of the Policy API only, as JSON (%s)";
const refusedArgument = "refused before anything is sent, by the property's path and with what is allowed > %s";
const anyError = "%i: create %s, refresh %s, delete %s";
const isOne = "%s: %s is one";
const isNone = "%s: %s is none";
const unusedFormat = { unused: "no field of a segment has it" };
const unknownFormat = { unseen: "no object whose fields the simulator knows has it" };
const unusedFormats = { [ours]: ["no field of a segment is a host's name, a port, or a list in one text"] };

/** The NSX-T Data Center API guide 3.2, from its first sentence to its last one. */
export const nsxClauses: readonly Clause[] = [
  {
    id: "NSX-1",
    section: "Overview",
    says: "The API is RESTful: each thing is a resource with a path of its own.",
    provider: "provider/nsx/policyResource.ts",
    simulator: "simulators/nsx/types.ts",
    tests: { [ours]: [asJson], [segments]: ["in a project, with the project in their path"] },
  },
  {
    id: "NSX-2",
    section: "Overview",
    says: "It is spoken over HTTPS.",
    provider: "provider/travel/settings.ts",
    simulator: "simulators/kit/listen.ts",
    tests: {
      [settings]: ["not to %s, where anybody on the way reads the password"],
      [simulatedWays]: ["comes in the handshake of TLS"],
      "test/simulators/kit.test.ts": ["speaks HTTPS with a certificate that a client can verify"],
    },
  },
  {
    id: "NSX-3",
    section: "Overview",
    says: "A method is told by its verb and its URI.",
    provider: "provider/nsx/client.ts",
    simulator: "simulators/nsx/objectApi.ts",
    tests: {
      [ours]: [asJson],
      [writes]: ["answers 404 to what it does not know and 405 to a method that it does not have"],
    },
  },
  {
    id: "NSX-4",
    section: "Overview",
    says: "Parameters of a method are pairs of key and value at the end of the URI.",
    provider: "provider/nsx/client.ts",
    simulator: "simulators/nsx/objectApi.ts",
    tests: {
      [ours]: ["a PATCH of a tree asks for its revisions to be checked, and has each object whole"],
      "test/simulators/nsx.hierarchical.test.ts": [
        "ignores _revision, unless enforce_revision_check asks for it (guide)",
      ],
      "test/simulators/nsx.reading.test.ts": [
        "comes in pages with a URL-safe cursor, and counts once (schema: result_count set only on first page)",
      ],
    },
  },
  {
    id: "NSX-5",
    section: "Overview",
    says: "Bodies are JSON unless something else is said.",
    provider: "provider/nsx/client.ts",
    simulator: "simulators/nsx/system.ts",
    tests: { [ours]: [asJson], [writes]: ["refuses a body that is not a JSON object"] },
  },
  {
    id: "NSX-6",
    section: "Overview",
    says: "A body has to be what the method's JSON schema wants.",
    provider: "provider/nsx/segmentInputs.ts",
    simulator: "simulators/nsx/fields.ts",
    tests: {
      [args]: [
        { title: refusedArgument, row: "an unknown argument" },
        { title: refusedArgument, row: "an unknown state" },
      ],
      [segments]: [
        { title: "what a segment may not be > %s", row: "an unknown property" },
        { title: "what a segment may not be > %s", row: "an unknown enum value" },
        { title: "what a segment may not be > %s", row: "text for a list" },
      ],
    },
  },
  {
    id: "NSX-7",
    section: "Overview",
    says: "Requests and answers are of the type application/json unless something else is said.",
    provider: "provider/nsx/client.ts",
    simulator: "simulators/nsx/system.ts",
    tests: {
      [ours]: [
        asJson,
        "a body that says that it is something else than JSON is refused; an answer says that it is JSON",
      ],
    },
  },
  {
    id: "NSX-8",
    section: "Overview",
    says: "What can be asked is what the guide documents.",
    provider: "provider/nsx/client.ts",
    simulator: "simulators/nsx/objectApi.ts",
    tests: {
      [ours]: [asJson],
      [writes]: ["answers 404 to what it does not know and 405 to a method that it does not have"],
    },
  },
  {
    id: "NSX-9",
    section: "Overview",
    says: "A request with encoded UTF-8 in its URL has to say charset=UTF-8 in its header Content-Type.",
    provider: "provider/nsx/client.ts",
    simulator: "simulators/nsx/system.ts",
    tests: { [ours]: ["with UTF-8 in their URL say so, and are refused where they do not"] },
  },
  {
    id: "NSX-10",
    section: "Overview: changes of the API",
    says: "A release may bring new APIs, and more in existing ones, that breaks nobody.",
    provider: "provider/core/form.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [json]: ["to NSX"],
      "test/core/form.test.ts": [
        { title: "may be %s, and stays as it is", row: "fields that nobody here knows, of any form" },
      ],
      [ours]: [{ title: "%s: %s is kept as it is written, through an update of ours", row: "integer" }],
    },
  },
  {
    id: "NSX-11",
    section: "Overview: changes of the API",
    says: "What breaks clients is announced a year before, in the guide and the release notes, and may come in any release.",
    provider: { others: "it is VMware's promise; what is counted on is in docs/nsx.md, with its source" },
    simulator: { unseen: "an announcement is no request" },
    tests: {
      [ours]: [asJson],
      "test/nsx/nsxReads.test.ts": ["a manager without the list is asked one by one"],
    },
  },
  {
    id: "NSX-12",
    section: "Overview: changes of the API",
    says: "What is experimental or not documented may change or go at any time.",
    provider: "provider/nsx/client.ts",
    simulator: "simulators/nsx/objectApi.ts",
    tests: {
      [ours]: [asJson],
      [writes]: ["answers 404 to what it does not know and 405 to a method that it does not have"],
    },
  },
  {
    id: "NSX-13",
    section: "Definitions: data types",
    says: "string: UTF-8.",
    provider: "provider/travel/json.ts",
    simulator: "simulators/nsx/fields.ts",
    tests: {
      [ours]: ["text is UTF-8 of any script"],
      [json]: ["text that is sent has no half of a surrogate pair"],
      [segments]: [{ title: "what a segment may not be > %s", row: "a number for text" }],
    },
  },
  {
    id: "NSX-14",
    section: "Definitions: data types",
    says: "string: where one has a greatest length it is documented as maxLength.",
    provider: "provider/nsx/segmentInputs.ts",
    simulator: "simulators/nsx/fields.ts",
    tests: {
      [args]: [
        { title: refusedArgument, row: "a name of 256 characters" },
        { title: refusedArgument, row: "a description of 1025 characters" },
        { title: refusedArgument, row: "a scope of 129 characters" },
        { title: refusedArgument, row: "a tag of 257 characters" },
        { title: "accepted: what NSX accepts > %s", row: "the edges" },
      ],
      [segments]: [
        { title: "what a segment may not be > %s", row: "a long display_name (255)" },
        { title: "what a segment may not be > %s", row: "a long description (1024)" },
        { title: "what a segment may not be > %s", row: "a long scope (128)" },
        { title: "what a segment may not be > %s", row: "a long tag (256)" },
      ],
      [sessions]: ["health, version and the limits of types"],
    },
  },
  {
    id: "NSX-15",
    section: "Definitions: data types",
    says: "integer: 64 bits with a sign, -9,223,372,036,854,775,808 to 9,223,372,036,854,775,807 where nothing else is said.",
    provider: "provider/travel/json.ts",
    simulator: "simulators/kit/rawNumber.ts",
    tests: {
      [ours]: [
        { title: "%s: %s is kept as it is written, through an update of ours", row: "9223372036854775807" },
        { title: "%s: %s is kept as it is written, through an update of ours", row: "-9223372036854775808" },
      ],
      [json]: [
        { title: "integers of 64 bits survive digit by digit > %s", row: "9223372036854775807" },
        { title: "integers of 64 bits survive digit by digit > %s", row: "-9223372036854775808" },
      ],
      "test/simulators/nsx.answers.test.ts": [
        "is answered digit by digit, alone, in lists and in the history, and brought back digit by digit",
      ],
      [segments]: [{ title: "what a segment may not be > %s", row: "a lease below 60" }],
    },
  },
  {
    id: "NSX-16",
    section: "Definitions: data types",
    says: "unsigned_integer: 64 bits without a sign, 0 to 9,223,372,036,854,775,807 where nothing else is said.",
    provider: "provider/travel/json.ts",
    simulator: "simulators/kit/rawNumber.ts",
    tests: {
      [ours]: [
        { title: "%s: %s is kept as it is written, through an update of ours", row: "18446744073709551615" },
        "no field of a segment is a host's name, a port, or a list in one text",
      ],
      [json]: [{ title: "integers of 64 bits survive digit by digit > %s", row: "18446744073709551615" }],
    },
  },
  {
    id: "NSX-17",
    section: "Definitions: data types",
    says: "int: 32 bits with a sign, -2,147,483,648 to 2,147,483,647 where nothing else is said.",
    provider: "provider/nsx/segmentInputs.ts",
    simulator: "simulators/nsx/fields.ts",
    tests: {
      [ours]: ["an int has 32 bits, and a boolean no quotes"],
      [segments]: [{ title: "what a segment may not be > %s", row: "a negative overlay_id" }],
      [args]: [{ title: refusedArgument, row: "a number as text" }],
    },
  },
  {
    id: "NSX-18",
    section: "Definitions: data types",
    says: "number: 64 bits with a floating point.",
    provider: "provider/travel/json.ts",
    simulator: "simulators/kit/rawNumber.ts",
    tests: {
      [ours]: [
        { title: "%s: %s is kept as it is written, through an update of ours", row: "1.7976931348623157e308" },
        { title: "%s: %s is kept as it is written, through an update of ours", row: "4.9406564584124654e-324" },
      ],
      [json]: ["for any JSON: read as JSON.parse reads it, written as JSON.stringify writes it"],
    },
  },
  {
    id: "NSX-19",
    section: "Definitions: data types",
    says: "boolean: true or false, never in quotes.",
    provider: "provider/nsx/segmentInputs.ts",
    simulator: "simulators/nsx/fields.ts",
    tests: {
      [ours]: ["an int has 32 bits, and a boolean no quotes"],
      [segments]: [{ title: "what a segment may not be > %s", row: "a quoted boolean (guide: do not use quotes)" }],
    },
  },
  {
    id: "NSX-20",
    section: "Definitions: data types",
    says: "object: JSON objects in one another.",
    provider: "provider/nsx/segmentInputs.ts",
    simulator: "simulators/nsx/fields.ts",
    tests: {
      [args]: [{ title: refusedArgument, row: "an unknown argument in a subnet" }],
      [segments]: [
        { title: "what a segment may not be > %s", row: "an unknown nested property" },
        "keeps what the full schema allows",
      ],
    },
  },
  {
    id: "NSX-21",
    section: "Definitions: data types",
    says: "array: a list of one of these types.",
    provider: "provider/nsx/segmentInputs.ts",
    simulator: "simulators/nsx/fields.ts",
    tests: {
      [args]: [
        { title: refusedArgument, row: "100 DHCP ranges" },
        { title: refusedArgument, row: "31 tags" },
      ],
      [segments]: [
        { title: "what a segment may not be > %s", row: "text for a list" },
        { title: "what a segment may not be > %s", row: "too many tags (30)" },
      ],
    },
  },
  {
    id: "NSX-22",
    section: "Definitions: formats",
    says: "A value that is not of its field's format is refused.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: { [ours]: [isOne, isNone] },
  },
  {
    id: "NSX-23",
    section: "Definitions: formats",
    says: "ipv4: an address as four numbers with dots.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: [
        { title: isOne, row: "192.168.1.232" },
        { title: isNone, row: "192.168.1" },
        { title: isNone, row: "192.168.1.256" },
        { title: isNone, row: "192.168.01.1" },
      ],
    },
  },
  {
    id: "NSX-24",
    section: "Definitions: formats",
    says: "ipv6: an address of version 6, also abbreviated.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: [
        { title: isOne, row: "2001:0db8:85a3:0000:0000:8a2e:0370:7334" },
        { title: isOne, row: "2001:db8:85a3::8a2e:370:7334" },
        { title: isNone, row: "2001:db8::85a3::1" },
        { title: isNone, row: "2001:db8:85a3:0:0:8a2e:370:7334:1" },
        "an abbreviated address, and a MAC address in another case, are the same",
      ],
      "test/nsx/nsxSegment.declared.test.ts": ["an IPv6 gateway that comes back uncompressed is the same"],
    },
  },
  {
    id: "NSX-25",
    section: "Definitions: formats",
    says: "ip: either of the two.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: [
        { title: isOne, row: "ip" },
        { title: isNone, row: "example.com" },
      ],
    },
  },
  {
    id: "NSX-26",
    section: "Definitions: formats",
    says: "hostname: a name of a host as RFC 1123 has it.",
    provider: unusedFormat,
    simulator: unknownFormat,
    tests: unusedFormats,
  },
  {
    id: "NSX-27",
    section: "Definitions: formats",
    says: "ipv4-cidr-block: an address of version 4, a slash, and the bits of its mask.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: [
        { title: isOne, row: "10.1.0.1/24" },
        { title: isNone, row: "10.1.0.1" },
        { title: isNone, row: "10.1.0.1/33" },
        { title: isNone, row: "10.1.0.1/255.255.255.0" },
      ],
    },
  },
  {
    id: "NSX-28",
    section: "Definitions: formats",
    says: "ipv6-cidr-block: the same of version 6.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: [
        { title: isOne, row: "2001:db8::1/32" },
        { title: isOne, row: "2001:db8::/32" },
        { title: isNone, row: "2001:db8::1/129" },
      ],
    },
  },
  {
    id: "NSX-29",
    section: "Definitions: formats",
    says: "ip-cidr-block: either of the two.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: [
        { title: isOne, row: "ip-cidr-block" },
        { title: isNone, row: "ip-cidr-block" },
      ],
    },
  },
  {
    id: "NSX-30",
    section: "Definitions: formats",
    says: "ipv4-address-range: the lower address of version 4, a dash, the upper one.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: [
        { title: isOne, row: "192.168.1.0-192.168.1.255" },
        { title: isNone, row: "192.168.1.20-192.168.1.10" },
        { title: isNone, row: "192.168.1.10-20" },
        { title: isNone, row: "192.168.1.10-192.168.1.20-192.168.1.30" },
      ],
    },
  },
  {
    id: "NSX-31",
    section: "Definitions: formats",
    says: "ipv6-address-range: the same of version 6.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: [
        { title: isOne, row: "fe80::0202:b3ff:fe1e:8329-fe80::0202:b3ff:fe1e:832a" },
        { title: isNone, row: "fe80::8329-fe80::8328" },
        { title: isNone, row: "fe80::8329-192.168.1.1" },
      ],
    },
  },
  {
    id: "NSX-32",
    section: "Definitions: formats",
    says: "address-or-block-or-range: an address, a block or a range of either version.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: [
        { title: isOne, row: "192.168.1.7" },
        { title: isOne, row: "192.168.1.128/25" },
        { title: isOne, row: "fe80::202:b3ff:fe1e:8329" },
        { title: isOne, row: "fe80::/112" },
        { title: isNone, row: "address-or-block-or-range" },
      ],
    },
  },
  {
    id: "NSX-33",
    section: "Definitions: formats",
    says: "port-or-range: a port, 0 to 65535, or the lower one, a dash, the upper one.",
    provider: unusedFormat,
    simulator: unknownFormat,
    tests: unusedFormats,
  },
  {
    id: "NSX-34",
    section: "Definitions: formats",
    says: "hostname-or-ip: a name of a host, or an address.",
    provider: unusedFormat,
    simulator: unknownFormat,
    tests: unusedFormats,
  },
  {
    id: "NSX-35",
    section: "Definitions: formats",
    says: "hostname-or-ipv4: a name of a host, or an address of version 4.",
    provider: unusedFormat,
    simulator: unknownFormat,
    tests: unusedFormats,
  },
  {
    id: "NSX-36",
    section: "Definitions: formats",
    says: "list-of-address-or-block-or-range: several of those, with commas between.",
    provider: unusedFormat,
    simulator: unknownFormat,
    tests: unusedFormats,
  },
  {
    id: "NSX-37",
    section: "Definitions: formats",
    says: "mac-address: six hexadecimal numbers with colons or with dashes between; case does not matter.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: [
        { title: isOne, row: "20:f3:75:5e:47:f0" },
        { title: isOne, row: "20-F3-75-5E-47-F0" },
        { title: isNone, row: "20:f3:75:5e:47" },
        { title: isNone, row: "20:f3:75-5e:47:f0" },
      ],
      "test/nsx/formats.test.ts": [{ title: "the server's notation is no change > %s", row: "a MAC address" }],
    },
  },
  {
    id: "NSX-38",
    section: "Error Handling",
    says: "Any request may fail, and says so by HTTP's own codes.",
    provider: "provider/nsx/errors.ts",
    simulator: "simulators/nsx/errors.ts",
    tests: {
      [ours]: [anyError],
      "test/travel/border.test.ts": [{ title: "what NSX's errors mean > %s", row: "a wrong field" }],
    },
  },
  {
    id: "NSX-39",
    section: "Error Handling",
    says: "301 may come at any time.",
    provider: "provider/nsx/managers.ts",
    simulator: "simulators/kit/faults.ts",
    tests: {
      [ours]: [{ title: anyError, row: "301" }],
      [errorRows]: [
        { title: "a redirect with %i > to a manager that is configured: all operations are done", row: "301" },
        { title: "a redirect with %i > to a stranger: told, and nothing changed", row: "301" },
      ],
    },
  },
  {
    id: "NSX-40",
    section: "Error Handling",
    says: "307 may come at any time.",
    provider: "provider/nsx/managers.ts",
    simulator: "simulators/kit/faults.ts",
    tests: {
      [ours]: [{ title: anyError, row: "307" }],
      [errorRows]: [
        { title: "a redirect with %i > to a manager that is configured: all operations are done", row: "307" },
        { title: "a redirect with %i > to a stranger: told, and nothing changed", row: "307" },
      ],
      "test/simulators/kit.test.ts": ["sends a request to the same path at another origin, with nothing committed"],
    },
  },
  {
    id: "NSX-41",
    section: "Error Handling",
    says: "400 may come at any time.",
    provider: "provider/nsx/errors.ts",
    simulator: "simulators/nsx/errors.ts",
    tests: {
      [ours]: [{ title: anyError, row: "400" }],
      [days]: ["a transport zone that does not exist is NSX's own error, and nothing is recorded"],
      [segments]: [{ title: "what a segment may not be > %s", row: "a transport zone that does not exist" }],
    },
  },
  {
    id: "NSX-42",
    section: "Error Handling",
    says: "401 may come at any time.",
    provider: "provider/nsx/cookieSession.ts",
    simulator: "simulators/nsx/errors.ts",
    tests: {
      [ours]: [{ title: anyError, row: "401" }],
      [errorRows]: [
        {
          title: "%s > all operations: told with the status, and nothing changed (%s)",
          row: "denied 401",
        },
      ],
    },
  },
  {
    id: "NSX-43",
    section: "Error Handling",
    says: "403 may come at any time.",
    provider: "provider/nsx/cookieSession.ts",
    simulator: "simulators/nsx/errors.ts",
    tests: {
      [ours]: [{ title: anyError, row: "403" }],
      [errorRows]: [
        {
          title: "%s > all operations: told with the status, and nothing changed (%s)",
          row: "denied 403/289",
        },
      ],
      [waysIn]: ["a role that may only read refreshes, and is told what it may not"],
    },
  },
  {
    id: "NSX-44",
    section: "Error Handling",
    says: "412 may come at any time.",
    provider: "provider/nsx/update.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [ours]: [{ title: anyError, row: "412" }],
      [errorRows]: [{ title: "(%i) > update: a change of what nobody manages is merged", row: "412" }],
    },
  },
  {
    id: "NSX-45",
    section: "Error Handling",
    says: "429 may come at any time.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [ours]: [{ title: anyError, row: "429" }],
      [sessions]: ["answer 429 with the real body, whose error_code is text"],
    },
  },
  {
    id: "NSX-46",
    section: "Error Handling",
    says: "500 may come at any time.",
    provider: "provider/nsx/errors.ts",
    simulator: "simulators/nsx/refusals.ts",
    tests: {
      [ours]: [{ title: anyError, row: "500" }],
      [errorRows]: [{ title: "%s > create, refresh, update and delete: done after %i of them", row: "busy 500/607" }],
    },
  },
  {
    id: "NSX-47",
    section: "Error Handling",
    says: "503 may come at any time.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [ours]: [{ title: anyError, row: "503" }],
      [sessions]: ["answer 503 when the whole server is busy"],
      "test/nsx/managers.test.ts": ["for a moment is asked again"],
    },
  },
  {
    id: "NSX-48",
    section: "Error Handling",
    says: "Other errors stand in the method's description, and all of them in a section of their own.",
    provider: "provider/nsx/errors.ts",
    simulator: "simulators/nsx/refusals.ts",
    tests: {
      "test/travel/border.test.ts": [
        { title: "what NSX's errors mean > %s", row: "gone, by its path" },
        { title: "what NSX's errors mean > %s", row: "in use, nested" },
      ],
      "test/simulators/nsx.refusals.test.ts": [
        "has a refusal for each switch, and words that only one of them changes",
      ],
      [errorRows]: ["refresh: says that it was deleted"],
    },
  },
  {
    id: "NSX-49",
    section: "Error Handling",
    says: "A request may fail because it meets another one, where NSX cannot have both.",
    provider: "provider/nsx/errors.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [writes]: ["another writer gets in between read and write: the second write is stale, and nothing is lost"],
      [errorRows]: ["(%i) > update: a change of the same field is told, and not written over"],
    },
  },
  {
    id: "NSX-50",
    section: "Error Handling",
    says: "Then the client fetches the resource again, applies its change to it, and sends that.",
    provider: "provider/nsx/update.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [errorRows]: [
        "(%i) > update: a change of what nobody manages is merged",
        "(%i) > delete: looks again, and removes what is still ours",
      ],
      [days]: ["a write in the moment between our read and our write is merged"],
      "test/nsx/groupCommit.test.ts": ["writers that get in between are merged with, and lose nothing"],
    },
  },
  {
    id: "NSX-51",
    section: "Authentication",
    says: "Nearly all calls need a login.",
    provider: "provider/nsx/waysIn.ts",
    simulator: "simulators/nsx/logins.ts",
    tests: {
      [ours]: ["nearly everything needs a login"],
      [sessions]: ["serves every user that there is, and nobody else (403, the real body)"],
    },
  },
  {
    id: "NSX-52",
    section: "Authentication",
    says: "There are several schemes.",
    provider: "provider/nsx/waysIn.ts",
    simulator: "simulators/nsx/logins.ts",
    tests: {
      [settings]: ["to NSX: a user with a password, a client certificate, a token, or VMware Cloud's in two forms"],
      [simulatedWays]: ["only %s"],
      [waysIn]: ["works: creates, refresh, update and destroy"],
    },
  },
  {
    id: "NSX-53",
    section: "Authentication",
    says: "Two schemes at once are not allowed.",
    provider: "provider/travel/settings.ts",
    simulator: "simulators/nsx/logins.ts",
    tests: {
      [ours]: ["a request shows one scheme and no other: %s"],
      [settings]: [{ title: "%s is refused, by name and without a value", row: "two ways" }],
      [simulatedWays]: ["never two at once, but for a session beside Basic, which clients send (guide)"],
    },
  },
  {
    id: "NSX-54",
    section: "Basic Authentication",
    says: "Basic: user and password with one colon between, in base64, in the header Authorization.",
    provider: "provider/nsx/fixedLogin.ts",
    simulator: "simulators/nsx/logins.ts",
    tests: {
      [ours]: ["Basic is user, colon and password in base64"],
      [sessions]: ["serves every user that there is, and nobody else (403, the real body)"],
      [waysIn]: [{ title: "%s > works: creates, refresh, update and destroy", row: "basic" }],
    },
  },
  {
    id: "NSX-55",
    section: "Basic Authentication",
    says: "The manager is an address or a host's name.",
    provider: "provider/nsx/settings.ts",
    simulator: "simulators/kit/guard.ts",
    tests: {
      [settings]: ["to a host, behind a reverse proxy with its path"],
      "test/travel/tls.test.ts": ["made out to an address"],
      "test/simulators/hostilePage.test.ts": ["are closed to names that point here, and answer programs as ever"],
    },
  },
  {
    id: "NSX-56",
    section: "Basic Authentication",
    says: "Not to verify a manager's certificate is possible, and it is safer to.",
    provider: "provider/travel/tls.ts",
    simulator: "simulators/kit/listen.ts",
    tests: {
      "test/travel/tls.test.ts": ["believes anybody", "is warned of once in each run, under a resource"],
      [settings]: ["defaults are the systems' own limits > of NSX"],
      "test/simulators/kit.test.ts": ["speaks HTTPS with a certificate that a client can verify"],
    },
  },
  {
    id: "NSX-57",
    section: "Basic Authentication",
    says: "Whom to trust is the certificate of an authority, in a PEM file.",
    provider: "provider/travel/tls.ts",
    simulator: "simulators/kit/certificate.ts",
    tests: {
      [settings]: ["as PEM text, or as the path of a file that has it"],
      "test/travel/tls.test.ts": ["of an authority that the settings name", "of the second one that they name"],
      [waysIn]: [{ title: "works, also behind a reverse proxy, below a path", row: "a client certificate" }],
      "test/simulators/kit.test.ts": ["speaks HTTPS with a certificate that a client can verify"],
    },
  },
  {
    id: "NSX-58",
    section: "Session-Based Authentication",
    says: "A call of /api/session/create begins a session, and answers a cookie for it.",
    provider: "provider/nsx/cookieSession.ts",
    simulator: "simulators/nsx/sessions.ts",
    tests: {
      [ours]: ["a session begins with a form, and its cookie and token go with each request"],
      [sessions]: ["are made from a form, give cookie and token, and serve the requests that carry both (guide)"],
    },
  },
  {
    id: "NSX-59",
    section: "Session-Based Authentication",
    says: "The cookie goes with each request that follows.",
    provider: "provider/nsx/cookieSession.ts",
    simulator: "simulators/nsx/sessions.ts",
    tests: {
      [ours]: [
        "a session begins with a form, and its cookie and token go with each request",
        { title: "a request shows one scheme and no other: %s", row: "session" },
      ],
      [days]: ["is opened once for everything that one process does, and ended with it"],
    },
  },
  {
    id: "NSX-60",
    section: "Session-Based Authentication",
    says: "A session is known to the server alone that has made it.",
    provider: "provider/nsx/managers.ts",
    simulator: "simulators/nsx/sessions.ts",
    tests: {
      [ours]: ["a session belongs to the manager that made it"],
      "test/nsx/managers.test.ts": [
        "is passed over at once, and whoever answers is asked from then on",
        "a redirect leads from one to the other",
      ],
    },
  },
  {
    id: "NSX-61",
    section: "Session-Based Authentication",
    says: "A session that nobody uses ends by itself.",
    provider: "provider/nsx/cookieSession.ts",
    simulator: "simulators/nsx/sessions.ts",
    tests: {
      [sessions]: ["expire after half an hour without a request, with 403 even beside valid Basic (guide)"],
      [waysIn]: [{ title: "%s: one login more, and all are made", row: "when its time is over" }],
    },
  },
  {
    id: "NSX-62",
    section: "Session-Based Authentication",
    says: "POST /api/session/destroy ends a session at once.",
    provider: "provider/nsx/cookieSession.ts",
    simulator: "simulators/nsx/sessions.ts",
    tests: {
      [sessions]: ["end at once by /api/session/destroy, or when a test says so"],
      [days]: ["is opened once for everything that one process does, and ended with it"],
      "test/nsx/nsxSession.test.ts": [
        "forty creates at once are two logins, and all sessions are ended with the process",
      ],
    },
  },
  {
    id: "NSX-63",
    section: "Session-Based Authentication",
    says: "The login is a form, with j_username and j_password, and an ampersand between.",
    provider: "provider/nsx/cookieSession.ts",
    simulator: "simulators/nsx/sessions.ts",
    tests: {
      [ours]: ["a session begins with a form, and its cookie and token go with each request"],
      [sessions]: ["take a password as a form: encoded, or plain as some clients send it, but a raw plus is a blank"],
    },
  },
  {
    id: "NSX-64",
    section: "Session-Based Authentication",
    says: "A remote user has @ and a domain behind the name.",
    provider: "provider/nsx/cookieSession.ts",
    simulator: "simulators/nsx/accounts.ts",
    tests: { [ours]: ["a remote user is known by name and domain (%s)"] },
  },
  {
    id: "NSX-65",
    section: "Session-Based Authentication",
    says: "The domain has to be one that a source of identities is configured for.",
    provider: { others: "who is known is the manager's to say; a refusal is told" },
    simulator: "simulators/nsx/accounts.ts",
    tests: { [ours]: ["a remote user is known by name and domain (%s)"] },
  },
  {
    id: "NSX-66",
    section: "Session-Based Authentication",
    says: "The answer to the login has a header X-XSRF-TOKEN, which goes with the requests that follow as well.",
    provider: "provider/nsx/cookieSession.ts",
    simulator: "simulators/nsx/sessions.ts",
    tests: {
      [ours]: [{ title: "a request shows one scheme and no other: %s", row: "session" }],
      [sessions]: ["refuse a missing or wrong token with code 98"],
    },
  },
  {
    id: "NSX-67",
    section: "Session-Based Authentication",
    says: "The answer's body has the roles and permissions of the user.",
    provider: { unused: "what a user may is found out where it is tried" },
    simulator: "simulators/nsx/sessions.ts",
    tests: {
      [sessions]: ["are made from a form, give cookie and token, and serve the requests that carry both (guide)"],
    },
  },
  {
    id: "NSX-68",
    section: "Session-Based Authentication",
    says: "A session that has ended is answered with 403, and the client gets another cookie and token.",
    provider: "provider/nsx/cookieSession.ts",
    simulator: "simulators/nsx/sessions.ts",
    tests: {
      [sessions]: ["expire after half an hour without a request, with 403 even beside valid Basic (guide)"],
      [days]: ["is renewed once when it has expired, at whatever request"],
      [errorRows]: [
        {
          title:
            "that the session has expired said as %s > create, refresh, update and delete: one login more each, and done",
          row: "403/403",
        },
      ],
    },
  },
  {
    id: "NSX-69",
    section: "X.509 Certificate Authentication",
    says: "A client certificate is a way in.",
    provider: "provider/nsx/fixedLogin.ts",
    simulator: "simulators/nsx/logins.ts",
    tests: {
      [waysIn]: [
        { title: "%s > works: creates, refresh, update and destroy", row: "a client certificate" },
        { title: "works, also behind a reverse proxy, below a path", row: "a client certificate" },
      ],
      [simulatedWays]: [
        "comes in the handshake of TLS",
        "that nobody knows, or after its time, is not trusted (500, code 99); beside a password it is not looked at",
      ],
    },
  },
  {
    id: "NSX-70",
    section: "X.509 Certificate Authentication",
    says: "It stands for a principal identity, which has a name, and may have a role.",
    provider: "provider/nsx/errors.ts",
    simulator: "simulators/nsx/accounts.ts",
    tests: {
      [simulatedWays]: ["is a principal identity's, whose objects are protected from others"],
      [errorRows]: ["that is explained: whose it is, and the setting for whoever may"],
    },
  },
  {
    id: "NSX-71",
    section: "X.509 Certificate Authentication",
    says: "Then no password has to be kept with a script.",
    provider: "provider/nsx/settings.ts",
    simulator: "simulators/nsx/logins.ts",
    tests: {
      [ours]: [{ title: "a request shows one scheme and no other: %s", row: "certificate" }],
      [settings]: ["to NSX: a user with a password, a client certificate, a token, or VMware Cloud's in two forms"],
    },
  },
  {
    id: "NSX-72",
    section: "X.509 Certificate Authentication",
    says: "The client has to have the certificate and its private key.",
    provider: "provider/nsx/settings.ts",
    simulator: "simulators/kit/listen.ts",
    tests: {
      [settings]: [
        "with a key of another certificate",
        "without the passphrase of its key, or with another one",
        "after its time",
      ],
      "test/travel/tls.test.ts": ["is shown to who asks for it"],
      [simulatedWays]: ["comes in the handshake of TLS"],
    },
  },
  {
    id: "NSX-73",
    section: "VMware Cloud on AWS",
    says: "An API token is always exchanged for a token that ends, and that one goes in a header of each call.",
    provider: "provider/nsx/vmcLogin.ts",
    simulator: "simulators/nsx/tokenEndpoint.ts",
    tests: {
      [ours]: [{ title: "a request shows one scheme and no other: %s", row: "vmc" }],
      [simulatedWays]: ["exchanges an API token, by a form, for a token that goes as csp-auth-token and ends (guide)"],
      [waysIn]: [{ title: "%s > works: creates, refresh, update and destroy", row: "VMware Cloud, an API token" }],
    },
  },
  {
    id: "NSX-74",
    section: "VMware Cloud on AWS",
    says: "That token is good for 30 minutes.",
    provider: "provider/travel/tokens.ts",
    simulator: "simulators/nsx/tokenEndpoint.ts",
    tests: {
      [simulatedWays]: ["exchanges an API token, by a form, for a token that goes as csp-auth-token and ends (guide)"],
      "test/travel/tokens.test.ts": [
        "after 24 minutes where nobody says how long it is good for",
        "anew when 80 % of its time is over, counted from when it was asked for",
      ],
    },
  },
  {
    id: "NSX-75",
    section: "VMware Cloud on AWS",
    says: "After that another one is got with the API token.",
    provider: "provider/nsx/vmcLogin.ts",
    simulator: "simulators/nsx/tokenEndpoint.ts",
    tests: { [waysIn]: ["the token is renewed before it ends: nothing is refused"] },
  },
  {
    id: "NSX-76",
    section: "VMware Cloud on AWS",
    says: "A call with a token that has ended is refused.",
    provider: "provider/travel/tokens.ts",
    simulator: "simulators/nsx/logins.ts",
    tests: {
      [simulatedWays]: ["exchanges an API token, by a form, for a token that goes as csp-auth-token and ends (guide)"],
      "test/travel/tokens.test.ts": ["having taken it before: another is got once, and all go on with it"],
      [waysIn]: [{ title: "%s: one login more, and all are made", row: "when its time is over" }],
    },
  },
  {
    id: "NSX-77",
    section: "VMware Cloud on AWS",
    says: "The exchange is a POST to the console's api-tokens/authorize, with the API token in a form.",
    provider: "provider/nsx/vmcLogin.ts",
    simulator: "simulators/nsx/tokenEndpoint.ts",
    tests: {
      [simulatedWays]: [
        "exchanges an API token, by a form, for a token that goes as csp-auth-token and ends (guide)",
        "refuses what it does not know, each in the words of its kind",
      ],
      [settings]: ["to NSX: a user with a password, a client certificate, a token, or VMware Cloud's in two forms"],
      "test/travel/oauth.test.ts": ["a form, to that one URL"],
      [waysIn]: [{ title: "%s > works: creates, refresh, update and destroy", row: "VMware Cloud, an API token" }],
    },
  },
  {
    id: "NSX-78",
    section: "VMware Cloud on AWS",
    says: "The answer is JSON, with the token as access_token.",
    provider: "provider/travel/oauth.ts",
    simulator: "simulators/nsx/tokenEndpoint.ts",
    tests: {
      [simulatedWays]: ["exchanges an API token, by a form, for a token that goes as csp-auth-token and ends (guide)"],
      "test/travel/oauth.test.ts": ["a form, to that one URL"],
      [waysIn]: [{ title: "%s > works: creates, refresh, update and destroy", row: "VMware Cloud, an API token" }],
    },
  },
  {
    id: "NSX-79",
    section: "VMware Cloud on AWS",
    says: "Where the NSX manager of an SDDC is, VMware Cloud tells under resource_config.nsx_api_public_endpoint_url.",
    provider: { others: "the user looks it up once, and gives it as nsx:endpoint" },
    simulator: "simulators/nsx/switches.ts",
    tests: {
      [settings]: ["to a host, behind a reverse proxy with its path"],
      [waysIn]: [{ title: "works, also behind a reverse proxy, below a path", row: "VMware Cloud, an API token" }],
    },
  },
  {
    id: "NSX-80",
    section: "VMware Cloud on AWS",
    says: "An API's URL is put behind that base URL, path and all.",
    provider: "provider/nsx/managers.ts",
    simulator: "simulators/nsx/system.ts",
    tests: {
      [waysIn]: [{ title: "works, also behind a reverse proxy, below a path", row: "VMware Cloud, an API token" }],
      [simulatedWays]: ["behind a reverse proxy it stands below a path, and the proxy has a page for everything else"],
      "test/nsx/managers.test.ts": ["a redirect leads from one to the other"],
    },
  },
  {
    id: "NSX-81",
    section: "Example Requests and Responses",
    says: "Optional fields that are empty are not in an answer.",
    provider: "provider/core/shape.ts",
    simulator: "simulators/nsx/fields.ts",
    tests: {
      [ours]: ["an optional field that is empty is not returned, which is no change"],
      [segments]: ["leaves out optional empty fields (guide: they are not returned)"],
    },
  },
  {
    id: "NSX-82",
    section: "Restrictions on Certain Fields in a Layer 2 Switching Payload",
    says: "Names of layer 2 have any character but ; | = , ~ and @.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/formats.ts",
    tests: {
      [ours]: ["a layer 2 name has no %s, and anything else"],
      [segments]: ["a name with %s (guide: layer 2 switching)"],
    },
  },
  {
    id: "NSX-83",
    section: "Restrictions on Certain Fields in a Layer 2 Switching Payload",
    says: "Their length is limited.",
    provider: "provider/nsx/formats.ts",
    simulator: "simulators/nsx/segmentFields.ts",
    tests: {
      [args]: [
        { title: refusedArgument, row: "a name of 256 characters" },
        { title: "accepted: what NSX accepts > %s", row: "the edges" },
      ],
      [segments]: [{ title: "what a segment may not be > %s", row: "a long display_name (255)" }],
    },
  },
  {
    id: "NSX-84",
    section: "Optimistic Concurrency",
    says: "No client overwrites what another one has changed.",
    provider: "provider/nsx/update.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [errorRows]: ["(%i) > update: a change of the same field is told, and not written over"],
      [writes]: ["another writer gets in between read and write: the second write is stale, and nothing is lost"],
      "test/nsx/nsxReads.requests.test.ts": ["writers that get in between many updates lose nothing"],
    },
  },
  {
    id: "NSX-85",
    section: "Optimistic Concurrency",
    says: "Every object has a _revision.",
    provider: "provider/nsx/policyObject.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: { [ours]: ["every object that is answered has one, which each update raises"] },
  },
  {
    id: "NSX-86",
    section: "Optimistic Concurrency",
    says: "It is an integer, and each update raises it.",
    provider: "provider/nsx/policyObject.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [ours]: ["every object that is answered has one, which each update raises"],
      [writes]: ["raises _revision even when nothing changes, or not; a switch"],
    },
  },
  {
    id: "NSX-87",
    section: "Optimistic Concurrency",
    says: "A PUT carries it.",
    provider: "provider/nsx/update.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [ours]: ["a PUT of ours carries none to create, and the one that it has read to update"],
      [writes]: ["refuses an update without _revision (guide: it must be provided with PUT); a switch"],
    },
  },
  {
    id: "NSX-88",
    section: "Optimistic Concurrency",
    says: "A PUT whose _revision is not the current one is refused, with 409.",
    provider: "provider/nsx/errors.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [writes]: [{ title: "refuses a stale _revision with %i (guide says 409, its error list 412)", row: "409" }],
      [errorRows]: [{ title: "(%i) > update: a change of what nobody manages is merged", row: "409" }],
    },
  },
  {
    id: "NSX-89",
    section: "Optimistic Concurrency",
    says: "Who was refused fetches the resource again, applies the change, and PUTs that.",
    provider: "provider/nsx/update.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [errorRows]: [
        { title: "(%i) > update: a change of what nobody manages is merged", row: "409" },
        { title: "(%i) > update: a change of the same field is told, and not written over", row: "409" },
      ],
      [days]: ["a write in the moment between our read and our write is merged"],
    },
  },
  {
    id: "NSX-90",
    section: "Optimistic Concurrency",
    says: "Below /policy a PUT that creates must not carry a _revision.",
    provider: "provider/nsx/create.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [ours]: ["a PUT of ours carries none to create, and the one that it has read to update"],
      [writes]: ["refuses to create with _revision (guide: must not be set), but takes null as absent; a switch"],
    },
  },
  {
    id: "NSX-91",
    section: "Optimistic Concurrency",
    says: "Once the resource is there, a PUT has to.",
    provider: "provider/nsx/update.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [ours]: ["a PUT of ours carries none to create, and the one that it has read to update"],
      [writes]: [
        "refuses an update without _revision (guide: it must be provided with PUT); a switch",
        "creates without _revision, and updates with the current one (guide: optimistic concurrency control)",
      ],
    },
  },
  {
    id: "NSX-92",
    section: "Optimistic Concurrency",
    says: "Below /policy there is PATCH, which needs no _revision.",
    provider: { unused: "an object of its own is never PATCHed: nothing would be checked" },
    simulator: "simulators/nsx/objectApi.ts",
    tests: {
      [writes]: ["creates or updates, answers an empty 200, and does not look at _revision (guide)"],
      [ours]: [{ title: asJson, row: "put" }],
    },
  },
  {
    id: "NSX-93",
    section: "Optimistic Concurrency",
    says: "A PATCH below /infra with enforce_revision_check=true has its _revision checked.",
    provider: "provider/nsx/groupCommit.ts",
    simulator: "simulators/nsx/hierarchical.ts",
    tests: {
      [ours]: ["a PATCH of a tree asks for its revisions to be checked, and has each object whole"],
      "test/simulators/nsx.hierarchical.test.ts": [
        "ignores _revision, unless enforce_revision_check asks for it (guide)",
      ],
      "test/nsx/groupCommit.test.ts": ["conflicts stop those that have one, by name, and no other"],
    },
  },
  {
    id: "NSX-94",
    section: "PUT",
    says: "A PUT replaces the whole resource: what it leaves out goes to its default.",
    provider: "provider/nsx/update.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [writes]: ["is a full replace: what is omitted goes back to its default (guide)"],
      [days]: ["removing an argument gives back only that field"],
      [ours]: ["a PUT of ours carries none to create, and the one that it has read to update"],
    },
  },
  {
    id: "NSX-95",
    section: "PUT",
    says: "So a client had better get the resource, change a copy of it, and PUT all of that.",
    provider: "provider/nsx/update.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      [ours]: ["a PUT of ours carries none to create, and the one that it has read to update"],
      [writes]: ["accepts and ignores every read-only field on a round trip"],
      [json]: ["to NSX"],
    },
  },
  {
    id: "NSX-96",
    section: "Partial Patch",
    says: "Some properties of an object can be patched alone, where that is switched on.",
    provider: { unused: "whole objects are sent, whatever a manager is set to" },
    simulator: "simulators/nsx/objectApi.ts",
    tests: {
      [writes]: [
        "resets what it omits when the switch says so, unless partial patch is on (guide: disabled by default)",
      ],
    },
  },
  {
    id: "NSX-97",
    section: "Partial Patch",
    says: "It is off by default; then PUT and PATCH below /policy have the whole object.",
    provider: "provider/nsx/groupCommit.ts",
    simulator: "simulators/nsx/objectApi.ts",
    tests: {
      [ours]: ["a PATCH of a tree asks for its revisions to be checked, and has each object whole"],
      "test/nsx/groupCommit.test.ts": [
        "what the program gives up is cleared, where a PATCH would %s what it does not carry",
      ],
      [writes]: [
        "resets what it omits when the switch says so, unless partial patch is on (guide: disabled by default)",
      ],
    },
  },
  {
    id: "NSX-98",
    section: "API Rate Limiting",
    says: "A client has a limit of requests a second; above it a request is refused with 429.",
    provider: "provider/travel/pacer.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [ours]: ["the simulated manager enforces all three limits of the guide when it is told them"],
      [pacer]: ["500 requests with the manager's limits on: not one is refused"],
      "test/simulators/kit.test.ts": ["refuse a user above its rate, for a second, and nobody else"],
      [sessions]: ["answer 429 with the real body, whose error_code is text"],
    },
  },
  {
    id: "NSX-99",
    section: "API Rate Limiting",
    says: "That limit is 100 where nobody has changed it.",
    provider: "provider/nsx/settings.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [settings]: ["defaults are the systems' own limits > of NSX"],
      [ours]: ["the simulated manager enforces all three limits of the guide when it is told them"],
      "test/simulators/nsx.cli.test.ts": ["has the limits of a real manager, and every switch as an option"],
    },
  },
  {
    id: "NSX-100",
    section: "API Rate Limiting",
    says: "A client has a limit of requests under way, over all its connections; above it a request is refused with 429.",
    provider: "provider/travel/pacer.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [ours]: ["the simulated manager enforces all three limits of the guide when it is told them"],
      [pacer]: [
        "holds back what is over the concurrency, halves it when the server is overloaded, and takes it back",
        "500 requests with the manager's limits on: not one is refused",
      ],
    },
  },
  {
    id: "NSX-101",
    section: "API Rate Limiting",
    says: "That limit is 40 where nobody has changed it.",
    provider: "provider/nsx/settings.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [settings]: ["defaults are the systems' own limits > of NSX"],
      [ours]: ["the simulated manager enforces all three limits of the guide when it is told them"],
      "test/simulators/nsx.cli.test.ts": ["has the limits of a real manager, and every switch as an option"],
    },
  },
  {
    id: "NSX-102",
    section: "API Rate Limiting",
    says: "The server has a limit of requests under way from everybody; at it a request is refused with 503.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [ours]: [
        "the simulated manager enforces all three limits of the guide when it is told them",
        { title: anyError, row: "503" },
      ],
      [sessions]: ["answer 503 when the whole server is busy"],
    },
  },
  {
    id: "NSX-103",
    section: "API Rate Limiting",
    says: "That limit is 199 where nobody has changed it.",
    provider: { others: "it is everybody's together: no client can keep it" },
    simulator: "simulators/kit/limits.ts",
    tests: {
      [ours]: ["the simulated manager enforces all three limits of the guide when it is told them"],
      "test/simulators/nsx.cli.test.ts": ["has the limits of a real manager, and every switch as an option"],
    },
  },
  {
    id: "NSX-104",
    section: "API Rate Limiting",
    says: "The first two are for fairness: no client keeps others from their share.",
    provider: "provider/travel/pacer.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [pacer]: ["two processes on one account both finish, with most of the limit used, and neither starves"],
      "test/simulators/kit.test.ts": ["refuse a user above its rate, for a second, and nobody else"],
      [sessions]: ["know a client by its user name, whether by Basic or by session"],
    },
  },
  {
    id: "NSX-105",
    section: "API Rate Limiting",
    says: "The last one keeps the server itself from harm.",
    provider: "provider/travel/pacer.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [pacer]: ["overload halves what is under way, to two at least, or to a lower limit, and leaves the rate"],
      [sessions]: ["answer 503 when the whole server is busy"],
    },
  },
  {
    id: "NSX-106",
    section: "API Rate Limiting",
    says: "All three can be changed by /api/v1/node/services/http, which is not recommended.",
    provider: "provider/nsx/limits.ts",
    simulator: "simulators/nsx/nodeApi.ts",
    tests: {
      "test/nsx/ownLimits.test.ts": [
        "are kept from when they are known: what comes after that is refused no more",
        "are used, and nothing is refused",
        "beside the tenth request, and by a process that sends fewer never",
      ],
      [sessions]: [
        "the limits of the API service, which are those that are kept; 0 is none",
        "those limits only as who may: a role that sees appliances, one that changes them, or nobody",
      ],
    },
  },
  {
    id: "NSX-107",
    section: "API Rate Limiting",
    says: "A client has to bear it well when a limit is exceeded.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [ours]: [
        { title: anyError, row: "429" },
        { title: anyError, row: "503" },
      ],
      [pacer]: ["when refused (%i) until the time is up, the error says whom the limit is about"],
      "test/nsx/peers.nsx.test.ts": [
        "are all made, changed in one field and made sure of, with no write that is blind",
      ],
    },
  },
  {
    id: "NSX-108",
    section: "API Rate Limiting",
    says: "One way is to send no more than 100 in any second.",
    provider: "provider/travel/pacer.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [pacer]: [
        "against a %s second, refusals counted: %s > alone, it uses the whole limit and is never refused",
        "500 requests with the manager's limits on: not one is refused",
      ],
    },
  },
  {
    id: "NSX-109",
    section: "API Rate Limiting",
    says: "And to have no more than 40 under way.",
    provider: "provider/travel/pacer.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [pacer]: [
        "holds back what is over the concurrency, halves it when the server is overloaded, and takes it back",
        "500 requests with the manager's limits on: not one is refused",
      ],
      [settings]: ["defaults are the systems' own limits > of NSX"],
    },
  },
  {
    id: "NSX-110",
    section: "API Rate Limiting",
    says: "The limit for everybody may be hit all the same, so a client has to look for 503.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/kit/limits.ts",
    tests: {
      [ours]: [{ title: anyError, row: "503" }],
      "test/nsx/managers.test.ts": ["for a moment is asked again", "last of all is given all the time there is"],
      [sessions]: ["answer 503 when the whole server is busy"],
    },
  },
  {
    id: "NSX-111",
    section: "API Rate Limiting",
    says: "After a 503 it waits, better with a pause that grows by powers.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/kit/faults.ts",
    tests: {
      [ours]: ["a 503 is followed by a pause, which grows with each one up to twenty seconds"],
      "test/travel/border.test.ts": [{ title: "Retry-After as %s is waited for", row: "seconds" }],
      "test/simulators/kit.test.ts": ["sends Retry-After in seconds or as a date"],
    },
  },
];

export const nsxLeftOut = [
  {
    section: "Authentication",
    what: "The commands of curl and jq, and what they print",
    why: "they are examples of what the sentences beside them say; some are missing in the copy at hand",
  },
  {
    section: "X.509 Certificate Authentication",
    what: "Where the administrator's guide says how to import a certificate",
    why: "it is about another document",
  },
  {
    section: "VMware Cloud on AWS",
    what: "Where in the console the pieces of information are",
    why: "it is about a browser; the list itself is missing in the copy at hand",
  },
  {
    section: "Restrictions on Certain Fields in a Layer 2 Switching Payload, Partial Patch, Basic Authentication",
    what: "The table of fields and lengths, the two ways to switch partial patch on and what to consider about it, the forms of a user's name",
    why: "they are missing in the copy at hand; what is taken for them is in docs/nsx.md",
  },
  {
    section: "API Rate Limiting",
    what: "Libraries that wait and try again, and an example with one",
    why: "they are a choice of others; what they are for is NSX-111",
  },
  {
    section: "OpenAPI Specification",
    what: "Where the specifications can be had",
    why: "it is about documents; the addresses are missing in the copy at hand",
  },
];
