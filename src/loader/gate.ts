/**
 * Which of Node's module hooks are safe here.
 */

type Version = readonly [major: number, minor: number, patch: number];

/** First safe release of each line. Node 23 and older lines have none. */
const SAFE_SYNC_HOOKS: readonly Version[] = [
  [22, 22, 3],
  [24, 11, 1],
  [25, 1, 0],
];

/**
 * Whether `module.registerHooks` can be used. Before the releases above even a `load` hook that changes nothing makes
 * `import` of a larger CommonJS package fail (`request for './index.js' is not in cache`): nodejs/node#59929.
 *
 * @param version - of Node, such as `22.22.3`
 */
export function syncHooksAreSafe(version: string): boolean {
  const [major, minor, patch] = parse(version);
  if (major >= 26) return true;
  return SAFE_SYNC_HOOKS.some(
    ([line, firstMinor, firstPatch]) =>
      line === major && (minor > firstMinor || (minor === firstMinor && patch >= firstPatch)),
  );
}

/**
 * Whether a CommonJS module can `require()` an ES module whose own imports the asynchronous hooks never see:
 * Node 20.19 and later, and 22.12 to 22.14.
 *
 * @param canRequireEsm - `process.features.require_module`
 */
export function requireEsmIsHidden(version: string, canRequireEsm: boolean): boolean {
  const [major, minor] = parse(version);
  return canRequireEsm && (major === 20 || (major === 22 && minor < 15));
}

function parse(version: string): Version {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return [major, minor, patch];
}
