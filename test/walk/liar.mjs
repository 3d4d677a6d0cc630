// Makes the provider of a stack lie, in the engine's own process of it: `NODE_OPTIONS="--import …/liar.mjs" WALK_LIE=update`.
// Who finds nothing on it finds nothing at all.
const lies = {
  /** Says that it has updated, and has not. */
  update: { update: async (_id, olds, news) => ({ outs: { ...olds, ...news } }) },
  /** Never sees drift. */
  read: { read: async (id, props) => ({ id, props, inputs: props }) },
  /** Always sees something to do. */
  diff: { diff: async () => ({ changes: true }) },
};

// Program and language host run with these options as well.
if (process.argv[1]?.includes("dynamic-provider")) {
  const provider = await import("pulumi-nginx-nsx/provider");
  for (const each of Object.values(provider)) Object.assign(each, lies[process.env.WALK_LIE]);
}
