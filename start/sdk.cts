// What `require("pulumi-nginx-nsx")` loads: an old Node refuses to require the module itself before that can say a word.
require("./expectNode.cjs");
module.exports = require("../sdk/index.js");
