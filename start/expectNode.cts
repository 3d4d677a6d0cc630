// What every entry of the package imports first: the rest is written for a newer Node than some have, and would fail there
// with words about a module or a syntax. So this file has nothing that an old Node does not know.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  const message = `pulumi-nginx-nsx needs Node.js 22.19 or newer, and this is ${process.versions.node} (${process.execPath}).`;
  const error = Object.assign(new Error(message), { stack: message });
  // Marked as Pulumi marks errors that it shows without a stack trace; others print no more of it than the line.
  throw Object.defineProperty(error, "__pulumiRunError", { value: true });
}
