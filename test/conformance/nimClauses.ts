import type { Clause } from "./clause.ts";

const gateway = "test/simulators/nim.gateway.test.ts";
const objects = "test/simulators/nim.objects.test.ts";
const publishes = "test/simulators/nim.publish.test.ts";
const certs = "test/simulators/nim.certs.test.ts";
const ours = "test/conformance/nim.test.ts";
const waysIn = "test/nim/waysIn.test.ts";
const settings = "test/travel/settings.test.ts";
const lifecycle = "test/tools/lifecycleSuite.ts";
const queries = "test/nim/queries.test.ts";
const analytics = "test/simulators/nim.analytics.test.ts";
const staged = "test/nim/nginxConfig.staged.test.ts";
const errorRows = "test/nim/errorRows.test.ts";

/** The guide "Overview: NGINX Instance Manager REST API", from its first sentence to its last one. */
export const nimClauses: readonly Clause[] = [
  {
    id: "NIM-1",
    section: "Introduction",
    says: "The API has HTTP's own verbs, each for what it stands for.",
    provider: "provider/nim/client.ts",
    simulator: "simulators/nim/router.ts",
    tests: {
      [gateway]: [
        "answers 502 for what no service has (1.0), 404 for what a service does not have, 405 for a wrong method",
      ],
      [lifecycle]: ["create, read, update, delete > updates in place"],
      [ours]: ["are 201 for what is created, 200 for what is read or replaced, 204 for what is deleted"],
    },
  },
  {
    id: "NIM-2",
    section: "Introduction",
    says: "Through it both the manager itself and the instances that it manages are managed.",
    provider: "provider/resources.ts",
    simulator: "simulators/nim/system.ts",
    tests: {
      "test/nim/peers.nim.test.ts": ["an edit in the UI is drift, and taken back"],
      [objects]: ["are created or replaced by PUT (201, 200), and read back with what NIM adds"],
      [ours]: ["are 202 for a config that is in process, which is followed until it is done"],
    },
  },
  {
    id: "NIM-3",
    section: "Introduction: features",
    says: "Metrics of hosts and instances can be read.",
    provider: "provider/nim/analyticsQueries.ts",
    simulator: "simulators/nim/analytics.ts",
    tests: {
      [queries]: ["the catalog, the last value, and values put together"],
      [analytics]: ["are the last value of each instance, or all of a time"],
    },
  },
  {
    id: "NIM-4",
    section: "Introduction: features",
    says: "What hosts and instances there are, and what is known of each, can be read.",
    provider: "provider/nim/groupMembers.ts",
    simulator: "simulators/nim/systems.ts",
    tests: {
      [objects]: [
        "are listed with their instances, and found by host name",
        "show build, versions, links and status of one instance (1.4)",
      ],
      "test/nim/nginxConfig.days.test.ts": [
        "has the main files of all members that take the config: each has its own",
        "of which one member is away is published to the others",
      ],
    },
  },
  {
    id: "NIM-5",
    section: "Introduction: features",
    says: "Configurations of NGINX can be read and changed.",
    provider: "provider/nim/nginxConfig.ts",
    simulator: "simulators/nim/publish.ts",
    tests: {
      "test/nim/peers.nim.test.ts": [
        "an edit in the UI is drift, and taken back",
        "an edit before our publish is not overwritten, and their new file not removed",
      ],
      [publishes]: ["has an edit of a group reach its members"],
    },
  },
  {
    id: "NIM-6",
    section: "Introduction: features",
    says: "A configuration can be saved for a later deployment.",
    provider: "provider/nim/stagedConfig.ts",
    simulator: "simulators/nim/configs.ts",
    tests: {
      [objects]: ["are kept by uid, listed without contents, and may share a name"],
      "test/nim/stagedConfig.test.ts": ["holds bytes as they are, text as well as what is none"],
      [staged]: ["by its uid alone; then nothing is to be done"],
    },
  },
  {
    id: "NIM-7",
    section: "Introduction: features",
    says: "Saved and current configurations can be analysed for errors in their syntax.",
    provider: "provider/nim/analysis.ts",
    simulator: "simulators/nim/platform.ts",
    tests: {
      [objects]: ["analysis of a config"],
      [staged]: [
        "an error in the form of %s stops it, with file and line",
        "what it only warns of is shown, and published",
      ],
      "test/nim/actionQueries.test.ts": [
        "in a staged config by its name, its uid, and its ref",
        "in what an instance and a group have now",
      ],
    },
  },
  {
    id: "NIM-8",
    section: "Introduction: features",
    says: "Configurations can be published to instances.",
    provider: "provider/nim/publish.ts",
    simulator: "simulators/nim/publish.ts",
    tests: {
      [ours]: ["are 202 for a config that is in process, which is followed until it is done"],
      [publishes]: [
        "is accepted with 202, deploymentUID and links.rel, pending first and successful then (2.2, 7.1)",
        "reaches every member; its deployments are under a path of their own (2.2)",
      ],
      [lifecycle]: ["creates, and a second up changes nothing and asks nothing"],
    },
  },
  {
    id: "NIM-9",
    section: "Introduction: features",
    says: "The network can be scanned for instances that nobody manages yet.",
    provider: "provider/nim/scan.ts",
    simulator: "simulators/nim/scan.ts",
    tests: {
      "test/nim/scan.test.ts": ["finds the nginx that nobody manages, and not those of an earlier scan elsewhere"],
      "test/cli/scanTop.test.ts": ["lists what is there by address, and marks what NIM does not manage"],
      "test/nim/actionQueries.test.ts": ["only those that nobody manages, in several networks, each one scan"],
      [analytics]: ["finds what is in the network and on these ports, once"],
    },
  },
  {
    id: "NIM-10",
    section: "Introduction: features",
    says: "Certificates can be managed.",
    provider: "provider/nim/certificate.ts",
    simulator: "simulators/nim/certs.ts",
    tests: {
      [certs]: ["is kept by name: POST makes one, PUT makes or replaces one (201, 200)"],
      "test/nim/certificate.test.ts": [
        "a renewal keeps what others assigned, and a refresh does not take it for drift",
        "what the leaf says becomes outputs, and neither key nor password does",
      ],
    },
  },
  {
    id: "NIM-11",
    section: "Introduction: features",
    says: "Roles and their permissions can be made, for access by role.",
    provider: "provider/nim/role.ts",
    simulator: "simulators/nim/rbac.ts",
    tests: {
      [objects]: [
        "are created or replaced by PUT (201, 200), and read back with what NIM adds",
        "are refused with a wrong name, feature or access type",
        "lose a permission when somebody else takes it",
      ],
      "test/nim/role.test.ts": ["that somebody holds is not deleted, and the error says who holds it"],
    },
  },
  {
    id: "NIM-12",
    section: "Introduction: features",
    says: "Users and groups of users can be made.",
    provider: "provider/nim/user.ts",
    simulator: "simulators/nim/rbac.ts",
    tests: {
      [objects]: ["users and groups > are changed by PATCH, which leaves what it does not name"],
      "test/nim/user.test.ts": [
        "loses the roles that the program takes away, and keeps what it does not mention",
        "is changed by PATCH alone, and tags that somebody gave it stay",
      ],
      "test/nim/group.test.ts": ["in which somebody is, is not deleted, and the error says who"],
    },
  },
  {
    id: "NIM-13",
    section: "Usage",
    says: "Any client of HTTP will do.",
    provider: "provider/travel/transport.ts",
    simulator: "simulators/kit/listen.ts",
    tests: {
      "test/simulators/nim.clients.test.ts": ["upserts, tags and unregisters by the links it makes itself"],
      [ours]: ["is UTF-8 on the wire, there and back"],
    },
  },
  {
    id: "NIM-14",
    section: "Usage",
    says: "A URL is the host over HTTPS, then /api/platform/ and the version.",
    provider: "provider/nim/settings.ts",
    simulator: "simulators/nim/system.ts",
    tests: {
      [ours]: [
        "that NIM does not have is nowhere, and v1 is where nothing else is said",
        "goes over TLS alone, unless to this machine",
      ],
      [settings]: ["defaults are the systems' own limits > of NIM"],
    },
  },
  {
    id: "NIM-15",
    section: "Usage",
    says: "Each call carries what authenticates it.",
    provider: "provider/nim/login.ts",
    simulator: "simulators/nim/auth.ts",
    tests: {
      [ours]: [
        "goes with every call, except to ask whether a service lives",
        "of a user is Basic, with name, colon and password in base64, with each request",
      ],
      [gateway]: [{ title: "answers 401 to %s, in the gateway's words", row: "no credentials" }],
    },
  },
  {
    id: "NIM-16",
    section: "Usage",
    says: "To a certificate that nobody vouches for a client has to close its eyes, or it cannot connect.",
    provider: "provider/travel/tls.ts",
    simulator: "simulators/kit/listen.ts",
    tests: {
      "test/travel/tls.test.ts": [
        "believes anybody",
        "is warned of once in each run, under a resource",
        "that signed itself where the settings name it",
      ],
      "test/simulators/kit.test.ts": ["speaks HTTPS with a certificate that a client can verify"],
    },
  },
  {
    id: "NIM-17",
    section: "Authentication",
    says: "There are two ways in, and one has to be taken: Basic, or a JSON Web Token.",
    provider: "provider/nim/settings.ts",
    simulator: "simulators/nim/auth.ts",
    tests: {
      [settings]: [
        "to NIM: a user with a password, a token, or an account of the identity provider",
        "where nothing is given, all ways are named",
      ],
      [gateway]: [
        "takes Basic, and says so in a header (3)",
        "gives tokens for client credentials, and takes them until they expire",
      ],
    },
  },
  {
    id: "NIM-18",
    section: "Authentication: Basic",
    says: "Basic is user, colon and password, without a line's end, in base64, as Basic in the header Authorization.",
    provider: "provider/nim/login.ts",
    simulator: "simulators/nim/auth.ts",
    tests: {
      [ours]: ["of a user is Basic, with name, colon and password in base64, with each request"],
      [gateway]: [
        "takes Basic, and says so in a header (3)",
        { title: "answers 401 to %s, in the gateway's words", row: "a wrong password" },
      ],
    },
  },
  {
    id: "NIM-19",
    section: "Authentication: Basic",
    says: "Base64 hides nothing: whoever reads what is sent has the password.",
    provider: "provider/travel/settings.ts",
    simulator: { unseen: "who else reads, no server knows" },
    tests: {
      [ours]: ["goes over TLS alone, unless to this machine"],
      "test/travel/redaction.test.ts": ["in base64, behind %j"],
      [settings]: ["not to %s, where anybody on the way reads the password"],
    },
  },
  {
    id: "NIM-20",
    section: "Authentication: Basic",
    says: "In production OpenID Connect is to be preferred.",
    provider: "provider/nim/login.ts",
    simulator: "simulators/nim/auth.ts",
    tests: {
      [waysIn]: [
        "gets one token for all that wait, with its scope, and shows none of it",
        "is refused where NIM has OIDC on, and told what to set",
      ],
    },
  },
  {
    id: "NIM-21",
    section: "Authentication: JWT",
    says: "With OpenID Connect on, who comes without a token is sent to the identity provider to log in.",
    provider: "provider/nim/login.ts",
    simulator: "simulators/nim/auth.ts",
    tests: {
      [gateway]: ["refuses Basic to everybody under OIDC, with the way to the login page (3)"],
      [waysIn]: ["is refused where NIM has OIDC on, and told what to set"],
      [errorRows]: [{ title: "$type > %s: told, and nothing is taken for done", row: "a redirect to somebody else" }],
    },
  },
  {
    id: "NIM-22",
    section: "Authentication: JWT",
    says: "Who is known there can ask for a token, which is good for the calls that follow.",
    provider: "provider/travel/oauth.ts",
    simulator: "simulators/nim/auth.ts",
    tests: {
      [waysIn]: [
        "gets one token for all that wait, with its scope, and shows none of it",
        "gets another before its token ends (answer to one that has: %i)",
      ],
      [gateway]: ["gives tokens for client credentials, and takes them until they expire"],
    },
  },
  {
    id: "NIM-23",
    section: "Authentication: JWT",
    says: "How a token is asked for is the identity provider's own affair.",
    provider: "provider/nim/settings.ts",
    simulator: {
      others: "the identity provider is somebody else; one that follows RFC 6749 stands beside the simulator",
    },
    tests: {
      [waysIn]: ["a token that somebody else renews > lets in, and is shown to nobody"],
      [settings]: ["to NIM: a user with a password, a token, or an account of the identity provider"],
    },
  },
  {
    id: "NIM-24",
    section: "Authentication: JWT",
    says: "A token goes as Bearer in the header Authorization.",
    provider: "provider/nim/login.ts",
    simulator: "simulators/nim/auth.ts",
    tests: {
      [ours]: ["with a token is Bearer, with each request"],
      [gateway]: [
        "gives tokens for client credentials, and takes them until they expire",
        { title: "answers 401 to %s, in the gateway's words", row: "a token, while OIDC is off" },
      ],
    },
  },
  {
    id: "NIM-25",
    section: "Authentication: JWT, security",
    says: "Tokens are sensitive: they are kept safe, and no longer than they are needed.",
    provider: "provider/pulumi/wayOut.ts",
    simulator: { unseen: "where a client keeps a token, no server knows" },
    tests: {
      [waysIn]: [
        "a token that somebody else renews > lets in, and is shown to nobody",
        "gets one token for all that wait, with its scope, and shows none of it",
      ],
      "test/travel/oauth.test.ts": ["every token in it is a secret, and the form in which an account was sent"],
    },
  },
  {
    id: "NIM-26",
    section: "Authentication: JWT, security",
    says: "What stands in a command stands in the shell's history: passwords and tokens are to be kept out of it.",
    provider: "provider/travel/settings.ts",
    simulator: { unseen: "what a shell remembers, no server knows" },
    tests: {
      [settings]: [
        "a token may stand in a file, and nothing but it",
        "credentials from the environment first, since the state may hold old ones",
        "an endpoint with a user in it",
      ],
    },
  },
  {
    id: "NIM-27",
    section: "Response codes",
    says: "Whether a request has succeeded is told by HTTP's own codes.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/nim/errors.ts",
    tests: {
      [ours]: [
        "are 201 for what is created, 200 for what is read or replaced, 204 for what is deleted",
        "has one of the guide's statuses and its reason in the message, whatever is wrong",
      ],
    },
  },
  {
    id: "NIM-28",
    section: "Response codes",
    says: "2xx is success.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/nim/rbac.ts",
    tests: {
      [ours]: [
        "are 201 for what is created, 200 for what is read or replaced, 204 for what is deleted",
        "any other one of 2xx is no success of that request, such as %i",
      ],
    },
  },
  {
    id: "NIM-29",
    section: "Response codes",
    says: "4xx is failure, for the reasons in the answer's message.",
    provider: "provider/nim/errors.ts",
    simulator: "simulators/nim/errors.ts",
    tests: {
      [ours]: [
        "with %i is told with the reason in its message",
        "has one of the guide's statuses and its reason in the message, whatever is wrong",
      ],
    },
  },
  {
    id: "NIM-30",
    section: "Response codes",
    says: "A request that lacks what is required fails so.",
    provider: "provider/core/check.ts",
    simulator: "simulators/nim/validate.ts",
    tests: {
      [gateway]: [{ title: "refuses %s", row: "a missing field" }],
      "test/core/check.test.ts": [{ title: "%s %j", row: "permissions[0].accessTypes: is required" }],
    },
  },
  {
    id: "NIM-31",
    section: "Response codes",
    says: "A request with no credentials or wrong ones fails so.",
    provider: "provider/nim/login.ts",
    simulator: "simulators/nim/auth.ts",
    tests: {
      [gateway]: [
        { title: "answers 401 to %s, in the gateway's words", row: "no credentials" },
        { title: "answers 401 to %s, in the gateway's words", row: "a wrong password" },
      ],
      [waysIn]: ["who is wrong is told so"],
    },
  },
  {
    id: "NIM-32",
    section: "Response codes",
    says: "A request that refers to what does not exist fails so.",
    provider: "provider/nim/errors.ts",
    simulator: "simulators/nim/rbac.ts",
    tests: {
      [objects]: ["refer to what there is"],
      [errorRows]: ["update: told, with the way out, and made again by nobody"],
      "test/nim/nginxConfig.days.test.ts": ["an instance that does not exist is one clear error"],
    },
  },
  {
    id: "NIM-33",
    section: "Response codes",
    says: "A request that refers to what others use fails so.",
    provider: "provider/nim/errors.ts",
    simulator: "simulators/nim/rbac.ts",
    tests: {
      [objects]: ["say who has them, and cannot be deleted as long as somebody has"],
      [errorRows]: ["delete: told, with who holds it, and kept; done when it is free"],
    },
  },
  {
    id: "NIM-34",
    section: "HTTP Status Codes",
    says: "200: the request was received.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/nim/rbac.ts",
    tests: {
      [ours]: [
        "are 201 for what is created, 200 for what is read or replaced, 204 for what is deleted",
        { title: "any other one of 2xx is no success of that request, such as %i", row: "200" },
      ],
    },
  },
  {
    id: "NIM-35",
    section: "HTTP Status Codes",
    says: "201: the resource was created.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/nim/rbac.ts",
    tests: {
      [ours]: [
        "are 201 for what is created, 200 for what is read or replaced, 204 for what is deleted",
        { title: "any other one of 2xx is no success of that request, such as %i", row: "201" },
      ],
      [objects]: ["are created by POST once"],
    },
  },
  {
    id: "NIM-36",
    section: "HTTP Status Codes",
    says: "202: the request was accepted, and the configuration is in process.",
    provider: "provider/nim/publish.ts",
    simulator: "simulators/nim/publish.ts",
    tests: {
      [ours]: [
        "are 202 for a config that is in process, which is followed until it is done",
        { title: "any other one of 2xx is no success of that request, such as %i", row: "202" },
      ],
      [publishes]: ["is accepted with 202, deploymentUID and links.rel, pending first and successful then (2.2, 7.1)"],
    },
  },
  {
    id: "NIM-37",
    section: "HTTP Status Codes",
    says: "204: the resource was deleted.",
    provider: "provider/travel/http.ts",
    simulator: "simulators/nim/rbac.ts",
    tests: {
      [ours]: [
        "are 201 for what is created, 200 for what is read or replaced, 204 for what is deleted",
        { title: "any other one of 2xx is no success of that request, such as %i", row: "204" },
      ],
    },
  },
  {
    id: "NIM-38",
    section: "HTTP Status Codes",
    says: "400: what is required is missing, or in a wrong form.",
    provider: "provider/travel/errors.ts",
    simulator: "simulators/nim/validate.ts",
    tests: {
      [gateway]: [
        { title: "refuses %s", row: "a missing field" },
        { title: "refuses %s", row: "a wrong type" },
      ],
      [ours]: [{ title: "with %i is told with the reason in its message", row: "400" }],
    },
  },
  {
    id: "NIM-39",
    section: "HTTP Status Codes",
    says: "401: not logged in, or without the permission.",
    provider: "provider/nim/login.ts",
    simulator: "simulators/nim/auth.ts",
    tests: {
      [gateway]: [{ title: "answers 401 to %s, in the gateway's words", row: "nobody" }],
      [errorRows]: [{ title: "$type > %s: told, and nothing is taken for done", row: "denied 401" }],
      [ours]: [{ title: "with %i is told with the reason in its message", row: "401" }],
    },
  },
  {
    id: "NIM-40",
    section: "HTTP Status Codes",
    says: "404: the resource does not exist.",
    provider: "provider/nim/errors.ts",
    simulator: "simulators/nim/errors.ts",
    tests: {
      [errorRows]: [
        "refresh: says that it was deleted, and it is made again",
        "delete: is done, also when it went in the last moment",
      ],
      [certs]: ["is kept by name: POST makes one, PUT makes or replaces one (201, 200)"],
      [ours]: [{ title: "with %i is told with the reason in its message", row: "404" }],
    },
  },
  {
    id: "NIM-41",
    section: "HTTP Status Codes",
    says: "409: the resource exists already.",
    provider: "provider/nim/errors.ts",
    simulator: "simulators/nim/errors.ts",
    tests: {
      [errorRows]: ["that it exists said by %s > create: told, and left as it is"],
      [objects]: ["are created by POST once"],
      "test/travel/border.test.ts": ["a conflict means what was asked for"],
    },
  },
  {
    id: "NIM-42",
    section: "HTTP Status Codes",
    says: "409: another resource refers to it.",
    provider: "provider/nim/errors.ts",
    simulator: "simulators/nim/errors.ts",
    tests: {
      [errorRows]: ["delete: told, with who holds it, and kept; done when it is free"],
      [objects]: ["say who has them, and cannot be deleted as long as somebody has"],
      "test/travel/border.test.ts": ["a conflict means what was asked for"],
    },
  },
  {
    id: "NIM-43",
    section: "Encoding",
    says: "By default requests and answers are JSON.",
    provider: "provider/nim/client.ts",
    simulator: "simulators/nim/system.ts",
    tests: {
      [ours]: ["is JSON, and said to be, on both ways"],
      [gateway]: ["reads JSON, also without a media type, and nothing else"],
    },
  },
  {
    id: "NIM-44",
    section: "Encoding",
    says: "JSON is encoded as UTF-8.",
    provider: "provider/travel/transport.ts",
    simulator: "simulators/kit/listen.ts",
    tests: {
      [ours]: ["is UTF-8 on the wire, there and back"],
      "test/travel/json.test.ts": ["text that is sent has no half of a surrogate pair"],
    },
  },
  {
    id: "NIM-45",
    section: "Encoding",
    says: "Where a call names no media type it is application/json.",
    provider: "provider/nim/client.ts",
    simulator: "simulators/nim/system.ts",
    tests: {
      [gateway]: ["reads JSON, also without a media type, and nothing else"],
      [ours]: ["is JSON, and said to be, on both ways"],
    },
  },
  {
    id: "NIM-46",
    section: "Pagination",
    says: "Endpoints at the top level give lists of their resources.",
    provider: "provider/nim/client.ts",
    simulator: "simulators/nim/lists.ts",
    tests: {
      [ours]: [
        { title: "of %s has pages", row: "certs" },
        { title: "of %s has pages", row: "roles" },
        { title: "of %s has pages", row: "systems" },
        { title: "of %s has pages", row: "instances" },
      ],
      "test/nim/nimLists.test.ts": ["has all of %i"],
    },
  },
  {
    id: "NIM-47",
    section: "Pagination",
    says: "A list may be large: its client says how much of it comes at once, and goes through the pages by further calls.",
    provider: "provider/nim/client.ts",
    simulator: "simulators/nim/lists.ts",
    tests: {
      "test/nim/nimLists.test.ts": [{ title: "has all of %i", row: "200" }],
      [ours]: ["is asked for by pages of a hundred under the token of its first page"],
      [gateway]: ["have 100 objects a page; pageSize=0 is all of them"],
    },
  },
  {
    id: "NIM-48",
    section: "Pagination",
    says: "page is the number of a page, an integer, 1 where nobody says.",
    provider: "provider/nim/client.ts",
    simulator: "simulators/nim/lists.ts",
    tests: {
      [ours]: [
        "begins with page 1, has a hundred a page where nobody says, and no page more than that",
        "is asked for by pages of a hundred under the token of its first page",
      ],
      [gateway]: [
        { title: "refuse %s", row: "page=0" },
        { title: "refuse %s", row: "page=x" },
      ],
    },
  },
  {
    id: "NIM-49",
    section: "Pagination",
    says: "pageToken keeps what is shown the same over all pages.",
    provider: "provider/nim/client.ts",
    simulator: "simulators/nim/lists.ts",
    tests: {
      "test/nim/nimLists.test.ts": ["what is added or deleted between two pages neither hides nor doubles anything"],
      [gateway]: ["stay as they were under one pageToken"],
    },
  },
  {
    id: "NIM-50",
    section: "Pagination",
    says: "pageSize is how many come on one page, 100 where nobody says.",
    provider: "provider/nim/client.ts",
    simulator: "simulators/nim/lists.ts",
    tests: {
      [ours]: [
        "begins with page 1, has a hundred a page where nobody says, and no page more than that",
        "is asked for by pages of a hundred under the token of its first page",
      ],
    },
  },
  {
    id: "NIM-51",
    section: "Pagination",
    says: "pageSize is 100 at most.",
    provider: "provider/nim/client.ts",
    simulator: "simulators/nim/lists.ts",
    tests: {
      [gateway]: [{ title: "refuse %s", row: "pageSize=101" }],
      [ours]: ["is asked for by pages of a hundred under the token of its first page"],
    },
  },
  {
    id: "NIM-52",
    section: "Pagination",
    says: "pageSize=0 is no pages: everything comes at once.",
    provider: { unused: "a page of a hundred is known to be small enough" },
    simulator: "simulators/nim/lists.ts",
    tests: { [gateway]: ["have 100 objects a page; pageSize=0 is all of them"] },
  },
  {
    id: "NIM-53",
    section: "Versioning",
    says: "Within one major version a newer release takes what an older one took.",
    provider: "provider/core/form.ts",
    simulator: "simulators/nim/switches.ts",
    tests: {
      [ours]: ["that a later release of the same version adds is no change"],
      "test/travel/json.test.ts": ["to NIM"],
      "test/core/form.test.ts": [
        { title: "may be %s, and stays as it is", row: "fields that nobody here knows, of any form" },
      ],
      "test/nim/peers.nim.test.ts": ["a publish has succeeded under either word for it (%s)"],
    },
  },
  {
    id: "NIM-54",
    section: "Versioning",
    says: "What would break clients comes with a new major version only.",
    provider: "provider/nim/settings.ts",
    simulator: "simulators/nim/system.ts",
    tests: {
      [ours]: ["that NIM does not have is nowhere, and v1 is where nothing else is said"],
      [settings]: ["defaults are the systems' own limits > of NIM"],
    },
  },
  {
    id: "NIM-55",
    section: "Versioning",
    says: "The version is a part of the URI.",
    provider: "provider/nim/settings.ts",
    simulator: "simulators/nim/system.ts",
    tests: {
      [ours]: [
        "stands in the path of each request, and is the same in all",
        "that NIM does not have is nowhere, and v1 is where nothing else is said",
      ],
    },
  },
  {
    id: "NIM-56",
    section: "Versioning",
    says: "Who wants another version asks below its path.",
    provider: "provider/nim/settings.ts",
    simulator: "simulators/nim/system.ts",
    tests: {
      [ours]: [
        "stands in the path of each request, and is the same in all",
        "is another one where somebody wants it: a server of that version takes all, and one of v1 is told from it",
      ],
      "test/nim/apiVersion.test.ts": [
        "stands in every request of every kind's whole life, and in what refers to something",
        "is named with the setting by each operation of each kind, and nothing is forgotten or written",
      ],
    },
  },
  {
    id: "NIM-57",
    section: "Versioning",
    says: "A new version is one of the whole API: objects of two versions are never mixed in one.",
    provider: "provider/nim/client.ts",
    simulator: "simulators/nim/system.ts",
    tests: {
      [ours]: [
        "stands in the path of each request, and is the same in all",
        "that NIM does not have is nowhere, and v1 is where nothing else is said",
      ],
    },
  },
];

export const nimLeftOut = [
  {
    section: "Introduction",
    what: "That paths and commands still say nms",
    why: "it is about the documentation",
  },
  {
    section: "API documentation",
    what: "How to find the API's reference in the web interface",
    why: "it is about a browser",
  },
  {
    section: "Usage",
    what: "The steps of Try it Out, and that it has the browser's login",
    why: "it is about a browser",
  },
  {
    section: "Authentication",
    what: "The commands that make the base64, call /systems and clear a history; whom to ask for one's identity provider",
    why: "they are examples of what the sentences beside them say",
  },
];
