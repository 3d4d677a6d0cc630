// Writes docs/conformance.md.
import { writeFileSync } from "node:fs";
import { conformancePage } from "./markdown.ts";

writeFileSync(new URL("../../docs/conformance.md", import.meta.url), conformancePage());
