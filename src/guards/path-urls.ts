/** Paths that are written as URLs, and URLs that stand where a path could. */
import { readingsOf } from './path-escape';

/**
 * What to judge as paths. A `file:` URL is the path in it, as the URL standard reads it and as one reads it who cuts its
 * front off. URLs of other schemes are the URL guard's and no paths, unless they go up: to a program that takes one for a
 * path, `x://../../etc` leads out of its folder.
 */
export function pathsOf(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    if (/^\s*file:/i.test(value)) return pathsOfFileUrl(value);
    return isOtherUrl(value) ? [] : [value];
  });
}

function isOtherUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(value) && !readingsOf(value).some(goesUp);
}

function goesUp(path: string): boolean {
  return path.includes('..') && path.split(/[\\/]/).some((name) => /^\s*\.\.[.\s]*$/.test(name));
}

function pathsOfFileUrl(text: string): string[] {
  const rest = text.replace(/^\s*file:(?:\/\/(?:localhost(?=\/))?)?/i, '');
  if (!URL.canParse(text)) return [withoutDrivesSlash(rest)];
  const { host, pathname } = new URL(text);
  // A host is a share.
  if (host !== '') return [`//${host}${pathname}`];
  return [withoutDrivesSlash(pathname), withoutDrivesSlash(rest)];
}

/** `/C:/data` is how a URL writes `C:/data`. */
function withoutDrivesSlash(path: string): string {
  return path.replace(/^\/(?=[a-z](?::|%3a)(?:[\\/]|$))/i, '');
}
