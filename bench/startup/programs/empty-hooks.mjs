/** Hooks that change nothing. */
export function load(url, context, next) {
  return next(url, context);
}
