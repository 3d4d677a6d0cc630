// What the text in every state requires, for the same reason as sdk.cts.
require("./expectNode.cjs");
module.exports = require("../provider/index.js");
